//! The append on PostgreSQL: one transaction of a few set-based statements, however many events
//! the batch has.

mod insert;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

use crate::log::columns::{self, partition_column, signed, unsigned};
use crate::log::plan::{self, Plan, Tail};
use crate::log::{Append, Error, Recorded, Reference, StreamId};

use super::{database, failure};

/// The one writer, with its connection while it is good.
pub(crate) struct Writer {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    /// By partition.
    epochs: Vec<i64>,
}

impl Writer {
    pub(crate) fn new(options: PgConnectOptions, epochs: Vec<i64>) -> Self {
        Self { options, connection: None, epochs }
    }

    pub(crate) async fn append(&mut self, batch: Vec<Append>) -> Result<Vec<Vec<Recorded>>, Error> {
        let mut connection = self.connect().await?;
        let appended = append(&mut connection, &self.epochs, batch).await;
        if is_good_after(&appended) {
            self.connection = Some(connection);
        }
        appended
    }

    pub(crate) async fn keep(&mut self, reference: &Reference) -> Result<(), Error> {
        let mut connection = self.connect().await?;
        let kept = keep(&mut connection, reference).await;
        if is_good_after(&kept) {
            self.connection = Some(connection);
        }
        kept
    }

    pub(crate) async fn close(self) {
        if let Some(connection) = self.connection {
            let _ = connection.close().await;
        }
    }

    async fn connect(&mut self) -> Result<PgConnection, Error> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => Ok(PgConnection::connect_with(&self.options).await?),
        }
    }
}

/// A connection whose state is in doubt is dropped, and with it whatever it had open.
fn is_good_after<T>(outcome: &Result<T, Error>) -> bool {
    match outcome {
        Ok(_)
        | Err(
            Error::Conflict { .. }
            | Error::ReceiptExists { .. }
            | Error::NotOwner { .. }
            | Error::Invalid(_),
        ) => true,
        Err(
            Error::InUse(_)
            | Error::Unavailable(_)
            | Error::AmbiguousCommit(_)
            | Error::Corrupt(_)
            | Error::Refused(_)
            | Error::Closed,
        ) => false,
    }
}

async fn append(
    connection: &mut PgConnection,
    epochs: &[i64],
    batch: Vec<Append>,
) -> Result<Vec<Vec<Recorded>>, Error> {
    let partitions = database::count(epochs)?;
    let needs = plan::needs(&batch, partitions)?;
    let mut tx = connection.begin().await?;
    let written = async {
        let heads = advance(&mut tx, &needs.advance, epochs).await?;
        let tails = tails(&mut tx, &needs.streams, partitions).await?;
        let plan = plan::plan(batch, partitions, heads, tails)?;
        insert::write(&mut tx, &plan).await?;
        Ok::<Plan, Error>(plan)
    };
    match written.await {
        Ok(plan) => {
            tx.commit().await.map_err(failure::of_commit)?;
            Ok(plan.events)
        }
        Err(error) => {
            tx.rollback().await?;
            Err(error)
        }
    }
}

async fn keep(connection: &mut PgConnection, reference: &Reference) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO reference (digest, kind, name, content) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
    )
    .bind(reference.digest.as_str())
    .bind(&reference.kind)
    .bind(&reference.name)
    .bind(&reference.content)
    .execute(connection)
    .await?;
    Ok(())
}

/// Advances the heads, locked in ascending order, and returns them as they were before.
async fn advance(
    connection: &mut PgConnection,
    advance: &BTreeMap<u32, u64>,
    epochs: &[i64],
) -> Result<BTreeMap<u32, u64>, Error> {
    let mut partitions = Vec::with_capacity(advance.len());
    let mut owned = Vec::with_capacity(advance.len());
    let mut counts = Vec::with_capacity(advance.len());
    for (&partition, &n) in advance {
        partitions.push(partition_column(partition)?);
        owned.push(epochs[partition as usize]);
        counts.push(signed(n)?);
    }
    let rows: Vec<(i32, i64)> = sqlx::query_as(include_str!("advance_heads.sql"))
        .bind(partitions)
        .bind(owned)
        .bind(counts)
        .fetch_all(connection)
        .await?;
    let after: BTreeMap<i32, i64> = rows.into_iter().collect();
    let mut heads = BTreeMap::new();
    for (&partition, &n) in advance {
        let head = after.get(&partition_column(partition)?).copied();
        let head = head.ok_or(Error::NotOwner { partition })?;
        heads.insert(partition, unsigned(head)? - n);
    }
    Ok(heads)
}

type TailRow = (String, String, i64, DateTime<Utc>, Vec<u8>);

async fn tails(
    connection: &mut PgConnection,
    streams: &BTreeSet<StreamId>,
    partitions: u32,
) -> Result<BTreeMap<StreamId, Tail>, Error> {
    let of =
        |it: &StreamId| partition_column(crate::log::partition_of(&it.aggregate_id, partitions));
    let rows: Vec<TailRow> = sqlx::query_as(include_str!("select_tails.sql"))
        .bind(streams.iter().map(|it| it.aggregate_type.as_str()).collect::<Vec<_>>())
        .bind(streams.iter().map(|it| it.aggregate_id.as_str()).collect::<Vec<_>>())
        .bind(streams.iter().map(of).collect::<Result<Vec<_>, _>>()?)
        .fetch_all(connection)
        .await?;
    let mut tails = BTreeMap::new();
    for (aggregate_type, aggregate_id, sequence, recorded_at, hash) in rows {
        let stream = StreamId { aggregate_type, aggregate_id };
        let sequence = unsigned(sequence)?;
        tails.insert(stream, Tail { sequence, recorded_at, hash: columns::hash(&hash)? });
    }
    Ok(tails)
}
