//! Leases on SQLite: the rules are those of many processes, though one at a time has the file.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, TransactionBehavior};
use uuid::Uuid;

use crate::log::columns::{partition_column, signed, small, unsigned, uuid};
use crate::log::ownership::Lease;
use crate::log::{Census, Error, Holding, Member};

use super::append::Writer;

impl Writer {
    pub(crate) fn census(&self) -> Result<Census, Error> {
        let connection = &self.store.connection;
        let mut statement = connection
            .prepare_cached("SELECT engine, address, beat FROM engines ORDER BY engine")?;
        let mut rows = statement.query(())?;
        let mut census = Census::default();
        while let Some(row) = rows.next()? {
            let engine = uuid(&row.get::<_, String>(0)?)?;
            census.members.push(Member {
                engine,
                address: row.get(1)?,
                beat: row.get(2)?,
                is_connected: true,
            });
        }
        let mut statement = connection
            .prepare_cached("SELECT partition, epoch, engine FROM heads ORDER BY partition")?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            let engine: Option<String> = row.get(2)?;
            census.holdings.push(Holding {
                partition: small(row.get(0)?)?,
                epoch: row.get(1)?,
                engine: engine.map(|it| uuid(&it)).transpose()?,
            });
        }
        Ok(census)
    }

    /// Where nobody else can be waiting for a sign of life, the file is written only once.
    pub(crate) fn beat(&mut self, engine: Uuid, address: Option<&str>) -> Result<Census, Error> {
        let census = self.census()?;
        let shown = |it: &Member| it.engine == engine && it.address.as_deref() == address;
        if !self.store.is_shared && census.members.iter().any(shown) {
            return Ok(census);
        }
        self.store.connection.execute(
            "INSERT INTO engines (engine, address, beat) VALUES (?1, ?2, 1) \
             ON CONFLICT DO UPDATE SET address = excluded.address, beat = beat + 1",
            (engine.to_string(), address),
        )?;
        self.census()
    }

    pub(crate) fn take(&mut self, engine: Uuid, seen: &[Holding]) -> Result<Vec<u32>, Error> {
        let tx = self.store.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut taken = Vec::new();
        for holding in seen {
            let lease: Option<(i64, i64)> = tx
                .prepare_cached(include_str!("take_partition.sql"))?
                .query_row(
                    (partition_column(holding.partition)?, holding.epoch, engine.to_string()),
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            if let Some((epoch, head)) = lease {
                taken.push((holding.partition, Lease { epoch, head: unsigned(head)? }));
            }
        }
        tx.commit()?;
        for (partition, lease) in &taken {
            self.leases.put(*partition, *lease)?;
        }
        Ok(taken.into_iter().map(|(partition, _)| partition).collect())
    }

    pub(crate) fn release(&mut self, engine: Uuid, partitions: &[u32]) -> Result<(), Error> {
        self.leases.forget(partitions);
        let tx = self.store.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for &partition in partitions {
            tx.prepare_cached(
                "UPDATE heads SET engine = NULL WHERE partition = ?1 AND engine = ?2",
            )?
            .execute((partition_column(partition)?, engine.to_string()))?;
        }
        Ok(tx.commit()?)
    }

    /// Forgets processes that own nothing.
    pub(crate) fn bury(&mut self, engines: &[Uuid]) -> Result<(), Error> {
        let engines: BTreeSet<String> = engines.iter().map(Uuid::to_string).collect();
        for engine in engines {
            self.store.connection.execute(
                "DELETE FROM engines WHERE engine = ?1 \
                 AND NOT EXISTS (SELECT 1 FROM heads WHERE heads.engine = ?1)",
                (engine,),
            )?;
        }
        Ok(())
    }

    pub(crate) fn prune_receipts(
        &mut self,
        partition: u32,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<u64, Error> {
        let Lease { .. } = self.leases.get(partition)?;
        let pruned =
            self.store.connection.prepare_cached(include_str!("prune_receipts.sql"))?.execute((
                partition_column(partition)?,
                crate::log::columns::first_id(before).as_bytes(),
                signed(u64::from(limit))?,
            ))?;
        Ok(pruned as u64)
    }
}
