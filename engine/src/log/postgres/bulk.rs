//! A PostgreSQL database written to beside its writers.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::{Connection as _, PgConnection};

use crate::log::bulk::{self, Bulk, DOSSIER, End, Fold, TABLES};
use crate::log::columns::{partition_column, signed};
use crate::log::feeds::Delivery;
use crate::log::plan::{PartitionedRows, Plan, PlannedReceipt};
use crate::log::{Error, Receipt, Recorded};

use super::{append, database, scan};

pub(crate) struct PostgresBulk {
    connection: PgConnection,
}

impl PostgresBulk {
    pub(crate) async fn open(address: &str) -> Result<Self, Error> {
        let options = database::options_beside(address)?;
        Ok(Self { connection: PgConnection::connect_with(&options).await? })
    }
}

fn texts(rows: &[Delivery], text: fn(&Delivery) -> &str) -> Vec<&str> {
    rows.iter().map(text).collect()
}

fn moments(rows: &[Delivery], moment: fn(&Delivery) -> Option<DateTime<Utc>>) -> Vec<Option<i64>> {
    rows.iter().map(|it| moment(it).map(|it| it.timestamp_micros())).collect()
}

/// What an append would write, without a fence.
fn plan(events: Vec<Recorded>, dossiers: Vec<PartitionedRows>) -> Plan {
    Plan {
        partitions: 0,
        fences: BTreeMap::new(),
        events: vec![events],
        receipts: Vec::new(),
        dossiers,
        expected: BTreeMap::new(),
    }
}

#[async_trait]
impl Bulk for PostgresBulk {
    async fn replace(
        &mut self,
        partition: u32,
        ids: Vec<String>,
        fold: Fold,
    ) -> Result<u64, Error> {
        let mut tx = self.connection.begin().await?;
        // Appends wait here, before they begin. Waiting for a row, one would go on with what it saw
        // before, and miss rows that it is to delete.
        sqlx::query("LOCK TABLE heads IN EXCLUSIVE MODE").execute(&mut *tx).await?;
        let dossiers = fold(&scan::streams(&mut tx, partition, DOSSIER, &ids).await?)?;
        let n = dossiers.len() as u64;
        let plan = plan(Vec::new(), dossiers);
        for table in TABLES {
            let sql = format!(
                "DELETE FROM {table} WHERE partition = $1 AND dossier_id = ANY ($2::text[])"
            );
            sqlx::query(&sql)
                .bind(partition_column(partition)?)
                .bind(&ids)
                .execute(&mut *tx)
                .await?;
        }
        append::bind(sqlx::query(append::STATEMENT), &plan)?.execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(n)
    }

    async fn prune(&mut self, partition: u32) -> Result<u64, Error> {
        let mut tx = self.connection.begin().await?;
        let mut pruned = 0;
        for table in TABLES {
            let sql = format!(
                "DELETE FROM {table} WHERE partition = $1 AND NOT EXISTS (\
                 SELECT 1 FROM events WHERE aggregate_type = '{DOSSIER}' \
                 AND aggregate_id = {table}.dossier_id AND sequence = 1 \
                 AND events.partition = {table}.partition)"
            );
            let column = partition_column(partition)?;
            pruned += sqlx::query(&sql).bind(column).execute(&mut *tx).await?.rows_affected();
        }
        tx.commit().await?;
        Ok(pruned)
    }

    async fn add_events(
        &mut self,
        events: Vec<Recorded>,
        ends: BTreeMap<u32, End>,
    ) -> Result<(), Error> {
        let plan = plan(events, Vec::new());
        let partitions = ends.keys().map(|it| partition_column(*it));
        let positions = ends.values().map(|it| signed(it.position));
        let mut tx = self.connection.begin().await?;
        append::bind(sqlx::query(append::STATEMENT), &plan)?.execute(&mut *tx).await?;
        sqlx::query(
            "UPDATE heads SET head = it.head, epoch = greatest(heads.epoch, it.epoch) \
             FROM unnest($1::int[], $2::bigint[], $3::bigint[]) AS it (partition, head, epoch) \
             WHERE heads.partition = it.partition",
        )
        .bind(partitions.collect::<Result<Vec<_>, _>>()?)
        .bind(positions.collect::<Result<Vec<_>, _>>()?)
        .bind(ends.values().map(|it| it.epoch).collect::<Vec<_>>())
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    async fn add_receipts(&mut self, receipts: Vec<Receipt>) -> Result<(), Error> {
        let receipts: Vec<PlannedReceipt> = receipts.into_iter().map(Into::into).collect();
        let statement = sqlx::query(include_str!("insert_receipts.sql"));
        append::receipts(statement, &receipts)?.execute(&mut self.connection).await?;
        Ok(())
    }

    async fn add_deliveries(&mut self, deliveries: Vec<Delivery>) -> Result<(), Error> {
        let partitions = deliveries.iter().map(|it| partition_column(it.outgoing.partition));
        let sequences = deliveries.iter().map(|it| signed(it.outgoing.message.sequence));
        let added = sqlx::query(include_str!("import_deliveries.sql"))
            .bind(partitions.collect::<Result<Vec<_>, _>>()?)
            .bind(texts(&deliveries, |it| &it.outgoing.message.message_id))
            .bind(texts(&deliveries, |it| &it.outgoing.message.addressee))
            .bind(texts(&deliveries, |it| &it.outgoing.message.dossier_id))
            .bind(texts(&deliveries, |it| &it.outgoing.message.kind))
            .bind(texts(&deliveries, |it| &it.outgoing.message.task))
            .bind(sequences.collect::<Result<Vec<_>, _>>()?)
            .bind(moments(&deliveries, |it| Some(it.outgoing.message.caused_at)))
            .bind(texts(&deliveries, |it| it.state.name()))
            .bind(deliveries.iter().map(|it| i64::from(it.attempts)).collect::<Vec<_>>())
            .bind(moments(&deliveries, |it| Some(it.next_at)))
            .bind(deliveries.iter().map(|it| it.last_failure.as_deref()).collect::<Vec<_>>())
            .bind(deliveries.iter().map(|it| it.owner.as_deref()).collect::<Vec<_>>())
            .bind(moments(&deliveries, |it| it.delivered_at))
            .execute(&mut self.connection)
            .await?
            .rows_affected();
        if added == deliveries.len() as u64 { Ok(()) } else { Err(bulk::of_no_event()) }
    }

    async fn begin_at_heads(&mut self, subscription: &str) -> Result<(), Error> {
        let sql = "INSERT INTO subscriptions (name, partition, position) \
                   SELECT $1, partition, head FROM heads ON CONFLICT DO NOTHING";
        sqlx::query(sql).bind(subscription).execute(&mut self.connection).await?;
        Ok(())
    }
}
