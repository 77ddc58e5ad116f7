//! A PostgreSQL database read from end to end, by a connection that can't write.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;
use sqlx::postgres::PgRow;
use sqlx::{Connection as _, PgConnection, Row as _};
use uuid::Uuid;

use crate::log::columns::{self, partition_column, signed, small, unsigned};
use crate::log::feeds::Delivery;
use crate::log::scan::{DELIVERIES, RECEIPTS, REFERENCES, STREAMS, check_schema};
use crate::log::stored::{PAGE_EVENTS, Page, Stored};
use crate::log::{Error, Hash, Head, Reference, Scan, StoredReceipt};

use super::{database, rows};

pub(crate) struct PostgresScan {
    partitions: u32,
    connection: PgConnection,
}

impl PostgresScan {
    /// `None` if there is no log.
    pub(crate) async fn find(address: &str) -> Result<Option<Self>, Error> {
        let options =
            database::options_beside(address)?.options([("default_transaction_read_only", "on")]);
        let mut connection = PgConnection::connect_with(&options).await?;
        let schema = database::schema(&mut connection).await?;
        check_schema(schema)?;
        if schema.0 == 0 {
            return Ok(None);
        }
        let partitions = database::partitions(&mut connection).await?;
        Ok(Some(Self { partitions, connection }))
    }
}

#[async_trait]
impl Scan for PostgresScan {
    fn partitions(&self) -> u32 {
        self.partitions
    }

    async fn schema(&mut self) -> Result<(i64, i64), Error> {
        database::schema(&mut self.connection).await
    }

    async fn meta(&mut self) -> Result<BTreeMap<String, String>, Error> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT key, value FROM meta").fetch_all(&mut self.connection).await?;
        Ok(rows.into_iter().collect())
    }

    async fn hash(&mut self, partition: u32, position: u64) -> Result<Option<Hash>, Error> {
        let sql = "SELECT hash FROM events WHERE partition = $1 AND position = $2";
        let hash: Option<Vec<u8>> = sqlx::query_scalar(sql)
            .bind(partition_column(partition)?)
            .bind(signed(position)?)
            .fetch_optional(&mut self.connection)
            .await?;
        hash.map(|it| columns::hash(&it)).transpose()
    }

    async fn heads(&mut self) -> Result<Vec<Head>, Error> {
        let rows: Vec<(i32, i64, Option<Vec<u8>>)> =
            sqlx::query_as(include_str!("select_heads.sql"))
                .fetch_all(&mut self.connection)
                .await?;
        let heads = rows.into_iter().map(|(partition, position, hash)| {
            Ok(Head {
                partition: small(i64::from(partition))?,
                position: unsigned(position)?,
                hash: hash.map(|it| columns::hash(&it)).transpose()?,
            })
        });
        heads.collect()
    }

    async fn events(&mut self, partition: u32, after: u64, mut page: Page) -> Result<Page, Error> {
        page.clear();
        let mut rows = sqlx::query(include_str!("select_stored.sql"))
            .bind(partition_column(partition)?)
            .bind(signed(after)?)
            .bind(i64::from(PAGE_EVENTS))
            .fetch(&mut self.connection);
        while !page.is_full()
            && let Some(row) = rows.try_next().await?
        {
            page.push(&stored(&row)?);
        }
        Ok(page)
    }

    async fn begun(
        &mut self,
        partition: u32,
        aggregate_type: &'static str,
        after: u64,
    ) -> Result<Vec<(u64, String)>, Error> {
        let rows: Vec<(i64, String)> = sqlx::query_as(include_str!("select_begun.sql"))
            .bind(partition_column(partition)?)
            .bind(aggregate_type)
            .bind(signed(after)?)
            .bind(i64::from(STREAMS))
            .fetch_all(&mut self.connection)
            .await?;
        rows.into_iter().map(|(position, id)| Ok((unsigned(position)?, id))).collect()
    }

    async fn commands(&mut self, partition: u32, after: u64) -> Result<Vec<(u64, Uuid)>, Error> {
        let rows: Vec<(i64, Uuid)> = sqlx::query_as(include_str!("select_commands.sql"))
            .bind(partition_column(partition)?)
            .bind(signed(after)?)
            .bind(i64::from(RECEIPTS))
            .fetch_all(&mut self.connection)
            .await?;
        rows.into_iter().map(|(position, id)| Ok((unsigned(position)?, id))).collect()
    }

    async fn receipts(
        &mut self,
        partition: u32,
        after: Option<(Uuid, String)>,
    ) -> Result<Vec<StoredReceipt>, Error> {
        let (id, sender) = after.unwrap_or_default();
        let rows = sqlx::query(include_str!("select_receipts_page.sql"))
            .bind(partition_column(partition)?)
            .bind(id)
            .bind(sender)
            .bind(i64::from(RECEIPTS))
            .fetch_all(&mut self.connection)
            .await?;
        rows.iter().map(receipt).collect()
    }

    async fn deliveries(&mut self, partition: u32, after: &str) -> Result<Vec<Delivery>, Error> {
        let rows = sqlx::query(include_str!("select_deliveries_page.sql"))
            .bind(partition_column(partition)?)
            .bind(after)
            .bind(i64::from(DELIVERIES))
            .fetch_all(&mut self.connection)
            .await?;
        rows.iter().map(rows::delivery).collect()
    }

    async fn followed(&mut self, subscription: &str) -> Result<Vec<(u32, u64)>, Error> {
        let sql = "SELECT partition, position FROM subscriptions WHERE name = $1";
        let rows: Vec<(i32, i64)> =
            sqlx::query_as(sql).bind(subscription).fetch_all(&mut self.connection).await?;
        let place = |(partition, position): (i32, i64)| {
            Ok((small(i64::from(partition))?, unsigned(position)?))
        };
        rows.into_iter().map(place).collect()
    }

    async fn references(&mut self, after: &str) -> Result<Vec<Reference>, Error> {
        let rows = sqlx::query(include_str!("select_references.sql"))
            .bind(after)
            .bind(i64::from(REFERENCES))
            .fetch_all(&mut self.connection)
            .await?;
        rows.iter().map(rows::reference).collect()
    }
}

/// All events of some streams of a type, one stream after the other, each in order.
pub(crate) async fn streams(
    connection: &mut PgConnection,
    partition: u32,
    aggregate_type: &str,
    ids: &[String],
) -> Result<Page, Error> {
    let mut page = Page::default();
    let mut rows = sqlx::query(include_str!("select_streams.sql"))
        .bind(partition_column(partition)?)
        .bind(aggregate_type)
        .bind(ids)
        .fetch(connection);
    while let Some(row) = rows.try_next().await? {
        page.push(&stored(&row)?);
    }
    Ok(page)
}

/// A row of `select_stored.sql` or `select_streams.sql`, borrowed.
fn stored(row: &PgRow) -> Result<Stored<'_>, Error> {
    Ok(Stored {
        partition: small(i64::from(row.try_get::<i32, _>(0)?))?,
        position: unsigned(row.try_get(1)?)?,
        aggregate_type: row.try_get(2)?,
        aggregate_id: row.try_get(3)?,
        sequence: unsigned(row.try_get(4)?)?,
        event_type: row.try_get(5)?,
        event_version: row.try_get(6)?,
        payload: text(row, 7)?,
        metadata: text(row, 8)?,
        command_id: row.try_get::<Uuid, _>(9)?,
        recorded_at: row.try_get::<DateTime<Utc>, _>(10)?.timestamp_micros(),
        hash: columns::hash(row.try_get(11)?)?,
    })
}

/// A `json` column as it is stored; the driver would parse it.
fn text(row: &PgRow, column: usize) -> Result<&str, Error> {
    row.try_get_raw(column)?.as_str().map_err(|fault| Error::Corrupt(fault.to_string()))
}

/// A row of `select_receipts_page.sql`.
fn receipt(row: &PgRow) -> Result<StoredReceipt, Error> {
    Ok(StoredReceipt {
        command_id: row.try_get(0)?,
        sender: row.try_get(1)?,
        request_digest: columns::hash(row.try_get(2)?)?,
        outcome: text(row, 3)?.to_owned(),
        recorded_at: row.try_get::<DateTime<Utc>, _>(4)?.timestamp_micros(),
    })
}
