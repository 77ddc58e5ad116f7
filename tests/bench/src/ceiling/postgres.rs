//! Connections side by side, each with partitions of its own, one statement for each batch.

use std::time::{Duration, Instant};

use futures::future::try_join_all;
use sqlx::{Connection as _, PgConnection};

use super::{Row, Source, batch};
use crate::error::Error;
use crate::load::per_second;

const INSERT: &str = "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, \
    event_version, payload, metadata, partition, position, command_id, recorded_at, hash) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], \
    $6::json[], $7::json[], $8::int[], $9::bigint[], $10::uuid[], $11::timestamptz[], \
    $12::bytea[])";

/// Inserts for some time and gives the rows in a second.
pub(super) async fn fill(
    store: &str,
    source: &mut Source,
    connections: usize,
    rows: usize,
    time: Duration,
) -> Result<f64, Error> {
    let parts = source.split(connections).into_iter();
    let opened =
        try_join_all(parts.map(async |partitions| {
            Ok::<_, Error>((PgConnection::connect(store).await?, partitions))
        }));
    let opened = opened.await?;
    let begun = Instant::now();
    let filling = opened.into_iter().map(async |(mut connection, mut partitions)| {
        let mut done = 0;
        while begun.elapsed() < time {
            insert(&mut connection, &batch(&mut partitions, rows)).await?;
            done += rows as u64;
        }
        connection.close().await?;
        Ok::<u64, Error>(done)
    });
    let done: u64 = try_join_all(filling).await?.into_iter().sum();
    Ok(per_second(done, begun.elapsed().as_secs_f64()))
}

async fn insert(connection: &mut PgConnection, rows: &[Row<'_>]) -> Result<(), Error> {
    fn column<'a, V>(rows: &'a [Row<'_>], value: impl Fn(&'a Row<'_>) -> V) -> Vec<V> {
        rows.iter().map(value).collect()
    }
    let signed = |it: u64| i64::try_from(it).unwrap_or(i64::MAX);
    sqlx::query(INSERT)
        .bind(column(rows, |it| it.pattern.stream.aggregate_type.as_str()))
        .bind(column(rows, |it| &*it.id))
        .bind(column(rows, |it| signed(it.pattern.sequence)))
        .bind(column(rows, |it| it.pattern.event_type.as_str()))
        .bind(column(rows, |it| it.pattern.event_version.as_str()))
        .bind(column(rows, |it| it.pattern.payload.as_str()))
        .bind(column(rows, |it| it.pattern.metadata.as_str()))
        .bind(column(rows, |it| i32::try_from(it.pattern.partition).unwrap_or(i32::MAX)))
        .bind(column(rows, |it| signed(it.position)))
        .bind(column(rows, |it| it.pattern.command_id))
        .bind(column(rows, |it| it.pattern.recorded_at))
        .bind(column(rows, |it| it.pattern.hash.as_slice()))
        .execute(connection)
        .await?;
    Ok(())
}
