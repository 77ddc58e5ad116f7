//! One connection, one prepared statement, one transaction for each batch, each on disk before the
//! next begins.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};

use super::{Row, Source, batch};
use crate::error::Error;
use crate::load::per_second;

const INSERT: &str = "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, \
    event_version, payload, metadata, partition, position, command_id, recorded_at, hash) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

/// Inserts for some time and gives the rows in a second.
pub(super) fn fill(
    path: &Path,
    source: &mut Source,
    rows: usize,
    time: Duration,
) -> Result<f64, Error> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let mut partitions: Vec<_> = source.partitions.iter_mut().collect();
    let (begun, mut done) = (Instant::now(), 0);
    while begun.elapsed() < time {
        let batch = batch(&mut partitions, rows);
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut insert = tx.prepare_cached(INSERT)?;
        for Row { pattern: row, id, position } in &batch {
            insert.execute((
                &row.stream.aggregate_type,
                &**id,
                signed(row.sequence),
                &row.event_type,
                &row.event_version,
                &row.payload,
                &row.metadata,
                row.partition,
                signed(*position),
                row.command_id.to_string(),
                row.recorded_at.timestamp_micros(),
                row.hash,
            ))?;
        }
        drop(insert);
        tx.commit()?;
        done += rows as u64;
    }
    Ok(per_second(done, begun.elapsed().as_secs_f64()))
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
