//! An SQLite store written to beside its writer.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::log::bulk::{self, Bulk, DOSSIER, End, Fold, TABLES};
use crate::log::columns::{partition_column, signed};
use crate::log::feeds::Delivery;
use crate::log::{Error, Receipt, Recorded};

use super::{append, database, scan};

/// A server may be busy writing for long.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct SqliteBulk {
    /// Away while a write is on its way; gone if one did not come back.
    connection: Option<Connection>,
}

impl SqliteBulk {
    pub(crate) async fn open(path: &Path) -> Result<Self, Error> {
        let path = path.to_owned();
        let opening = tokio::task::spawn_blocking(move || {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(path, flags)?;
            database::configure(&connection)?;
            connection.busy_timeout(PATIENCE)?;
            Ok(Self { connection: Some(connection) })
        });
        opening.await.map_err(Error::unavailable)?
    }

    /// Does something on a thread that may wait.
    async fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let mut connection = self.connection.take().ok_or(Error::Closed)?;
        let working = tokio::task::spawn_blocking(move || {
            let done = work(&mut connection);
            (connection, done)
        });
        let (connection, done) = working.await.map_err(Error::unavailable)?;
        self.connection = Some(connection);
        done
    }

    /// Does something in one transaction, in which nobody else writes.
    async fn write<T: Send + 'static>(
        &mut self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(|connection| {
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = write(&tx)?;
            tx.commit()?;
            Ok(done)
        })
        .await
    }
}

/// Rows of dossiers that the log does not have.
fn strays(table: &str) -> String {
    format!(
        "FROM {table} WHERE partition = ?1 AND NOT EXISTS (\
         SELECT 1 FROM events WHERE aggregate_type = '{DOSSIER}' \
         AND aggregate_id = {table}.dossier_id AND sequence = 1)"
    )
}

#[async_trait]
impl Bulk for SqliteBulk {
    async fn replace(
        &mut self,
        partition: u32,
        ids: Vec<String>,
        fold: Fold,
    ) -> Result<u64, Error> {
        let partition = partition_column(partition)?;
        self.write(move |tx| {
            let dossiers = fold(&scan::streams(tx, DOSSIER, &ids)?)?;
            for table in TABLES {
                let sql = format!("DELETE FROM {table} WHERE partition = ?1 AND dossier_id = ?2");
                let mut statement = tx.prepare_cached(&sql)?;
                for id in &ids {
                    statement.execute((partition, id))?;
                }
            }
            append::write_dossiers(tx, &dossiers)?;
            Ok(dossiers.len() as u64)
        })
        .await
    }

    async fn prune(&mut self, partition: u32) -> Result<u64, Error> {
        let partition = partition_column(partition)?;
        // To look takes long and hinders nobody; mostly there is nothing to take away.
        let found = self.run(move |connection| {
            let mut found = Vec::new();
            for table in TABLES {
                let sql = format!("SELECT EXISTS (SELECT 1 {})", strays(table));
                if connection.query_row(&sql, (partition,), |row| row.get(0))? {
                    found.push(table);
                }
            }
            Ok(found)
        });
        let found = found.await?;
        if found.is_empty() {
            return Ok(0);
        }
        self.write(move |tx| {
            let mut pruned = 0;
            for table in found {
                pruned += tx.execute(&format!("DELETE {}", strays(table)), (partition,))?;
            }
            Ok(pruned as u64)
        })
        .await
    }

    async fn add_events(
        &mut self,
        events: Vec<Recorded>,
        ends: BTreeMap<u32, End>,
    ) -> Result<(), Error> {
        self.write(move |tx| {
            append::insert_events(tx, &events)?;
            let sql = "UPDATE heads SET head = ?2, epoch = max(epoch, ?3) WHERE partition = ?1";
            let mut statement = tx.prepare_cached(sql)?;
            for (partition, end) in ends {
                let position = signed(end.position)?;
                statement.execute((partition_column(partition)?, position, end.epoch))?;
            }
            Ok(())
        })
        .await
    }

    async fn add_receipts(&mut self, receipts: Vec<Receipt>) -> Result<(), Error> {
        self.write(move |tx| {
            for receipt in receipts {
                match append::insert_receipts(tx, &[receipt.into()]) {
                    Ok(()) | Err(Error::ReceiptExists(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        })
        .await
    }

    async fn add_deliveries(&mut self, deliveries: Vec<Delivery>) -> Result<(), Error> {
        self.write(move |tx| {
            let mut statement = tx.prepare_cached(include_str!("import_delivery.sql"))?;
            for Delivery {
                outgoing,
                state,
                attempts,
                next_at,
                last_failure,
                owner,
                delivered_at,
            } in deliveries
            {
                let message = outgoing.message;
                let added = statement.execute((
                    partition_column(outgoing.partition)?,
                    message.message_id,
                    message.addressee,
                    message.dossier_id,
                    message.kind,
                    message.task,
                    signed(message.sequence)?,
                    message.caused_at.timestamp_micros(),
                    state.name(),
                    attempts,
                    next_at.timestamp_micros(),
                    last_failure,
                    owner,
                    delivered_at.map(|it| it.timestamp_micros()),
                ))?;
                if added == 0 {
                    return Err(bulk::of_no_event());
                }
            }
            Ok(())
        })
        .await
    }

    async fn begin_at_heads(&mut self, subscription: &str) -> Result<(), Error> {
        let name = subscription.to_owned();
        let sql = "INSERT INTO subscriptions (name, partition, position) \
                   SELECT ?1, partition, head FROM heads WHERE true ON CONFLICT DO NOTHING";
        self.write(move |tx| {
            tx.execute(sql, (name,))?;
            Ok(())
        })
        .await
    }
}
