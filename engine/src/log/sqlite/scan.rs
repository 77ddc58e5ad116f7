//! An SQLite store read from end to end, by a connection that can't write.

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Params, Row};
use uuid::Uuid;

use crate::log::columns::{self, partition_column, signed, small, unsigned, uuid};
use crate::log::feeds::Delivery;
use crate::log::scan::{DELIVERIES, RECEIPTS, REFERENCES, STREAMS, check_schema};
use crate::log::stored::{PAGE_EVENTS, Page, Stored};
use crate::log::{Error, Hash, Head, Reference, Scan, StoredReceipt};

use super::{database, readers, rows};

/// Of the store's file in memory, in KiB.
const CACHE_KIB: i64 = 32 * 1024;

pub(crate) struct SqliteScan {
    partitions: u32,
    /// Away while a read is on its way; gone if one did not come back.
    connection: Option<Connection>,
}

impl SqliteScan {
    /// `None` if there is no log.
    pub(crate) async fn find(path: &Path) -> Result<Option<Self>, Error> {
        let path = path.to_owned();
        let opening = tokio::task::spawn_blocking(move || {
            if !path.exists() {
                return Ok(None);
            }
            let connection = readers::open(&path)?;
            connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
            let schema = database::schema(&connection)?;
            check_schema(schema)?;
            if schema.0 == 0 {
                return Ok(None);
            }
            let partitions = database::partitions(&connection)?;
            Ok(Some(Self { partitions, connection: Some(connection) }))
        });
        opening.await.map_err(Error::unavailable)?
    }

    /// All rows of a query.
    async fn all<P, T>(
        &mut self,
        sql: &'static str,
        params: P,
        row: fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error>
    where
        P: Params + Send + 'static,
        T: Send + 'static,
    {
        self.read(move |connection| readers::select(connection, sql, params, row)).await
    }

    /// Reads on a thread that may wait.
    async fn read<T: Send + 'static>(
        &mut self,
        read: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let connection = self.connection.take().ok_or(Error::Closed)?;
        let reading = tokio::task::spawn_blocking(move || {
            let found = read(&connection);
            (connection, found)
        });
        let (connection, found) = reading.await.map_err(Error::unavailable)?;
        self.connection = Some(connection);
        found
    }
}

#[async_trait]
impl Scan for SqliteScan {
    fn partitions(&self) -> u32 {
        self.partitions
    }

    async fn schema(&mut self) -> Result<(i64, i64), Error> {
        self.read(database::schema).await
    }

    async fn meta(&mut self) -> Result<BTreeMap<String, String>, Error> {
        let sql = "SELECT key, value FROM meta";
        let rows = self.all(sql, (), |row| Ok((row.get(0)?, row.get(1)?))).await?;
        Ok(rows.into_iter().collect())
    }

    async fn hash(&mut self, partition: u32, position: u64) -> Result<Option<Hash>, Error> {
        let place = (partition_column(partition)?, signed(position)?);
        let sql = "SELECT hash FROM events WHERE partition = ?1 AND position = ?2";
        Ok(self.all(sql, place, |row| hash(row, 0)).await?.pop())
    }

    async fn heads(&mut self) -> Result<Vec<Head>, Error> {
        self.all(include_str!("select_heads.sql"), (), |row| {
            let is_there = !matches!(row.get_ref(2)?, ValueRef::Null);
            Ok(Head {
                partition: small(row.get(0)?)?,
                position: unsigned(row.get(1)?)?,
                hash: is_there.then(|| hash(row, 2)).transpose()?,
            })
        })
        .await
    }

    async fn events(&mut self, partition: u32, after: u64, page: Page) -> Result<Page, Error> {
        let place = (partition_column(partition)?, signed(after)?, PAGE_EVENTS);
        self.read(move |connection| {
            let mut page = page;
            page.clear();
            let mut statement = connection.prepare_cached(include_str!("select_partition.sql"))?;
            let mut rows = statement.query(place)?;
            while !page.is_full()
                && let Some(row) = rows.next()?
            {
                page.push(&stored(row)?);
            }
            Ok(page)
        })
        .await
    }

    async fn begun(
        &mut self,
        partition: u32,
        aggregate_type: &'static str,
        after: u64,
    ) -> Result<Vec<(u64, String)>, Error> {
        let place = (partition_column(partition)?, aggregate_type, signed(after)?, STREAMS);
        self.all(include_str!("select_begun.sql"), place, |row| {
            Ok((unsigned(row.get(0)?)?, row.get(1)?))
        })
        .await
    }

    async fn commands(&mut self, partition: u32, after: u64) -> Result<Vec<(u64, Uuid)>, Error> {
        let place = (partition_column(partition)?, signed(after)?, RECEIPTS);
        self.all(include_str!("select_commands.sql"), place, |row| {
            Ok((unsigned(row.get(0)?)?, uuid(text(row, 1)?)?))
        })
        .await
    }

    async fn receipts(
        &mut self,
        partition: u32,
        after: Option<(Uuid, String)>,
    ) -> Result<Vec<StoredReceipt>, Error> {
        let (id, sender) = after.unwrap_or_default();
        let place = (partition_column(partition)?, id.into_bytes(), sender, RECEIPTS);
        self.all(include_str!("select_receipts_page.sql"), place, |row| {
            Ok(StoredReceipt {
                command_id: Uuid::from_bytes(row.get(0)?),
                sender: row.get(1)?,
                request_digest: hash(row, 2)?,
                outcome: row.get(3)?,
                recorded_at: row.get(4)?,
            })
        })
        .await
    }

    async fn deliveries(&mut self, partition: u32, after: &str) -> Result<Vec<Delivery>, Error> {
        let place = (partition_column(partition)?, after.to_owned(), DELIVERIES);
        self.all(include_str!("select_deliveries_page.sql"), place, rows::delivery).await
    }

    async fn followed(&mut self, subscription: &str) -> Result<Vec<(u32, u64)>, Error> {
        let sql = "SELECT partition, position FROM subscriptions WHERE name = ?1";
        self.all(sql, (subscription.to_owned(),), |row| {
            Ok((small(row.get(0)?)?, unsigned(row.get(1)?)?))
        })
        .await
    }

    async fn references(&mut self, after: &str) -> Result<Vec<Reference>, Error> {
        let place = (after.to_owned(), REFERENCES);
        self.all(include_str!("select_references.sql"), place, rows::reference).await
    }
}

/// All events of some streams of a type, one stream after the other, each in order.
pub(crate) fn streams(
    connection: &Connection,
    aggregate_type: &str,
    ids: &[String],
) -> Result<Page, Error> {
    let mut page = Page::default();
    let mut statement = connection.prepare_cached(include_str!("select_stream.sql"))?;
    for id in ids {
        let mut rows = statement.query((aggregate_type, id))?;
        while let Some(row) = rows.next()? {
            page.push(&stored(row)?);
        }
    }
    Ok(page)
}

/// A row of `select_partition.sql` or `select_stream.sql`, borrowed.
fn stored<'a>(row: &'a Row<'_>) -> Result<Stored<'a>, Error> {
    Ok(Stored {
        partition: small(row.get(0)?)?,
        position: unsigned(row.get(1)?)?,
        aggregate_type: text(row, 2)?,
        aggregate_id: text(row, 3)?,
        sequence: unsigned(row.get(4)?)?,
        event_type: text(row, 5)?,
        event_version: text(row, 6)?,
        payload: text(row, 7)?,
        metadata: text(row, 8)?,
        command_id: uuid(text(row, 9)?)?,
        recorded_at: row.get(10)?,
        hash: hash(row, 11)?,
    })
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, Error> {
    row.get_ref(column)?.as_str().map_err(rows::wrong_type)
}

fn hash(row: &Row<'_>, column: usize) -> Result<Hash, Error> {
    columns::hash(row.get_ref(column)?.as_blob().map_err(rows::wrong_type)?)
}
