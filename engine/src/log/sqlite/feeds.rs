//! What follows the log, on SQLite: written by the store's one writer.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use async_trait::async_trait;
use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use rusqlite::{OptionalExtension as _, Transaction, TransactionBehavior};

use crate::failpoint::{self, Point};
use crate::log::columns::{self, partition_column, signed};
use crate::log::feeds::{
    Advance, Attempted, Change, Checkpoint, Delivery, DeliveryPage, Dispatched, Effect, Feeds,
    Held, OpenDeliveries, Operation, Parked, Shown, TrafficRow,
};
use crate::log::{Error, Log as _, Outgoing, Recorded, StreamId, TaskRow};
use crate::sabotage::{self, Bug};

use super::append::Writer;
use super::{SqliteLog, failure, rows};

#[async_trait]
impl Feeds for SqliteLog {
    fn held(&self) -> Vec<Held> {
        self.leases.held()
    }

    async fn begin(&self, subscription: &str) -> Result<(), Error> {
        let name = subscription.to_owned();
        let sql = "INSERT INTO subscriptions (name, partition, position) \
                   SELECT ?1, partition, 0 FROM heads WHERE true ON CONFLICT DO NOTHING";
        self.write(move |writer| {
            writer.store.connection.execute(sql, (name,))?;
            Ok(())
        })
        .await
    }

    async fn shown(&self) -> Result<Vec<Shown>, Error> {
        self.readers.all("SELECT * FROM shown ORDER BY name", (), rows::shown).await
    }

    async fn checkpoints(&self) -> Result<Vec<Checkpoint>, Error> {
        let sql = "SELECT * FROM subscriptions ORDER BY name, partition";
        self.readers.all(sql, (), rows::checkpoint).await
    }

    async fn claim(&self, partitions: Vec<Held>) -> Result<(), Error> {
        self.write(move |writer| writer.claim(&partitions)).await
    }

    async fn heads(&self) -> Result<Vec<(u32, u64)>, Error> {
        let sql = "SELECT partition, head FROM heads ORDER BY partition";
        self.readers.all(sql, (), rows::head).await
    }

    async fn events_after(
        &self,
        places: Vec<(u32, u64)>,
        limit: u32,
    ) -> Result<Vec<Recorded>, Error> {
        let sql = include_str!("select_partition.sql");
        let key = |(partition, after)| {
            Ok((partition_column(partition)?, signed(after)?, columns::rows(limit)))
        };
        let keys = places.into_iter().map(key).collect::<Result<_, Error>>()?;
        Ok(self.readers.each(sql, keys, rows::recorded).await?.concat())
    }

    async fn addressees_between(
        &self,
        places: Vec<(u32, u64, u64)>,
    ) -> Result<BTreeSet<String>, Error> {
        let sql = include_str!("select_addressees_between.sql");
        let key = |(partition, after, until)| {
            Ok((partition_column(partition)?, signed(after)?, signed(until)?))
        };
        let keys = places.into_iter().map(key).collect::<Result<_, Error>>()?;
        Ok(self.readers.each(sql, keys, rows::text).await?.into_iter().flatten().collect())
    }

    async fn messages_between(
        &self,
        places: Vec<(u32, u64, u64)>,
        offices: Vec<String>,
    ) -> Result<Vec<Outgoing>, Error> {
        let sql = include_str!("select_messages_between.sql");
        let offices = serde_json::Value::from(offices).to_string();
        let key = |(partition, after, until)| {
            let offices = offices.clone();
            Ok((partition_column(partition)?, signed(after)?, signed(until)?, offices))
        };
        let keys = places.into_iter().map(key).collect::<Result<_, Error>>()?;
        Ok(self.readers.each(sql, keys, rows::outgoing).await?.concat())
    }

    async fn tasks_of_all(&self, dossiers: Vec<String>) -> Result<Vec<TaskRow>, Error> {
        let sql = include_str!("select_tasks.sql");
        let key = |it: String| Ok((partition_column(self.partition_of(&it))?, it));
        let keys = dossiers.into_iter().map(key).collect::<Result<Vec<_>, Error>>()?;
        if keys.is_empty() {
            Ok(Vec::new())
        } else {
            Ok(self.readers.each(sql, keys, rows::task).await?.concat())
        }
    }

    async fn apply(&self, effects: Vec<Effect>) -> Result<bool, Error> {
        self.write(move |writer| writer.apply(&effects)).await
    }

    async fn parked(&self) -> Result<Vec<Parked>, Error> {
        let sql = "SELECT * FROM parked ORDER BY name, partition, aggregate_type, aggregate_id";
        self.readers.all(sql, (), rows::parked).await
    }

    async fn traffic(
        &self,
        subscription: &str,
        days: RangeInclusive<NaiveDate>,
    ) -> Result<Vec<TrafficRow>, Error> {
        let sql = "SELECT office, day, fact, sum(count) AS count FROM traffic \
                   WHERE name = ?1 AND day BETWEEN ?2 AND ?3 \
                   GROUP BY office, day, fact ORDER BY office, day, fact";
        let (first, last) = (days.start().to_string(), days.end().to_string());
        self.readers.all(sql, (subscription.to_owned(), first, last), rows::traffic).await
    }

    async fn due_deliveries(
        &self,
        partitions: &[u32],
        until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Delivery>, Error> {
        let sql = include_str!("select_pending_offices.sql");
        let offices = self.readers.all(sql, (), rows::text).await?;
        let key = |office| (office, until.timestamp_micros(), columns::rows(limit));
        let keys = offices.into_iter().map(key).collect();
        let sql = include_str!("select_due_deliveries.sql");
        let mut due = self.readers.each(sql, keys, rows::delivery).await?.concat();
        due.retain(|it| partitions.contains(&it.outgoing.partition));
        Ok(due)
    }

    async fn deliveries(&self, page: DeliveryPage) -> Result<Vec<Delivery>, Error> {
        let sql = include_str!("select_deliveries.sql");
        let (office, message) = page.after.unwrap_or_default();
        let (state, limit) = (page.state.name(), columns::rows(page.limit));
        self.readers.all(sql, (state, page.office, office, message, limit), rows::delivery).await
    }

    async fn open_deliveries(&self) -> Result<OpenDeliveries, Error> {
        let sql = "SELECT state, count(*) AS count FROM deliveries \
                   WHERE state IN ('pending', 'parked') GROUP BY state";
        let counts = self.readers.all(sql, (), rows::count).await?;
        Ok(columns::open_deliveries(counts))
    }

    async fn dispatched(
        &self,
        partition: u32,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
        zone: FixedOffset,
    ) -> Result<Vec<Dispatched>, Error> {
        let (from, until) = (from.timestamp_micros(), until.timestamp_micros());
        let key = (partition_column(partition)?, from, until, columns::micros_ahead(zone));
        self.readers.all(include_str!("select_dispatched.sql"), key, rows::dispatched).await
    }

    async fn operate(&self, operation: Operation) -> Result<u64, Error> {
        self.write(move |writer| writer.operate(operation)).await
    }
}

impl Writer {
    fn apply(&mut self, effects: &[Effect]) -> Result<bool, Error> {
        let tx = self.store.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if !hold(&tx, effects)? {
            return Ok(false);
        }
        let apart = sabotage::on(Bug::CheckpointApart);
        if !apart && !advance(&tx, effects)? {
            return Ok(false);
        }
        for effect in effects {
            for change in &effect.changes {
                if !write(&tx, effect.partition, change)? {
                    return Ok(false);
                }
            }
        }
        failpoint::hit(Point::FeedBeforeCommit);
        let committed = tx.commit().map_err(failure::of_commit);
        self.is_lost = matches!(committed, Err(Error::AmbiguousCommit(_)));
        failpoint::hit(Point::FeedAfterCommit);
        if apart {
            let tx = self.store.connection.transaction()?;
            let moved = advance(&tx, effects)?;
            return tx.commit().map(|()| moved).map_err(failure::of_commit);
        }
        committed.map(|()| true)
    }

    fn claim(&mut self, partitions: &[Held]) -> Result<(), Error> {
        let tx = self.store.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for held in partitions {
            let key = (partition_column(held.partition)?, held.epoch);
            let sql = "UPDATE subscriptions SET epoch = ?2 WHERE partition = ?1 AND epoch < ?2";
            tx.prepare_cached(sql)?.execute(key)?;
        }
        tx.commit()?;
        Ok(())
    }

    fn operate(&mut self, operation: Operation) -> Result<u64, Error> {
        let tx = self.store.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let changed = match operation {
            Operation::Show { name, subscription } => tx.execute(
                "INSERT INTO shown (name, subscription) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                (name, subscription),
            )?,
            Operation::Build { name, next } => tx.execute(
                "UPDATE shown SET next = ?2 WHERE name = ?1 AND next IS NULL \
                 AND subscription <> ?2",
                (name, next),
            )?,
            Operation::Switch { name, next } => switch(&tx, &name, &next)?,
            Operation::Pause { subscription, is_paused } => tx.execute(
                "UPDATE subscriptions SET is_paused = ?2 WHERE name = ?1",
                (subscription, is_paused),
            )?,
            Operation::Retry { subscription, aggregate_id } => tx.execute(
                "UPDATE parked SET is_retried = 1 \
                  WHERE name = ?1 AND aggregate_id = coalesce(?2, aggregate_id)",
                (subscription, aggregate_id),
            )?,
            Operation::Skip { subscription, aggregate_id, reason, owner, at } => {
                tx.execute(
                    "INSERT INTO skipped SELECT name, partition, aggregate_type, aggregate_id, \
                     position, ?3, ?4, ?5 FROM parked WHERE name = ?1 AND aggregate_id = ?2",
                    (&subscription, &aggregate_id, reason, owner, at.timestamp_micros()),
                )?;
                tx.execute(
                    "UPDATE parked SET position = position + 1, is_retried = 1 \
                      WHERE name = ?1 AND aggregate_id = ?2",
                    (subscription, aggregate_id),
                )?
            }
            Operation::RetryDeliveries { office, message_id, at } => tx.execute(
                "UPDATE deliveries SET state = 'pending', attempts = 0, next_at = ?3 \
                  WHERE state = 'parked' AND office = coalesce(?1, office) \
                    AND message_id = coalesce(?2, message_id)",
                (office, message_id, at.timestamp_micros()),
            )?,
            Operation::TakeDelivery { message_id, owner } => tx.execute(
                "UPDATE deliveries SET owner = ?2 WHERE message_id = ?1",
                (message_id, owner),
            )?,
        };
        tx.commit()?;
        Ok(changed as u64)
    }
}

/// Reads from what was built, and drops the one before.
fn switch(tx: &Transaction<'_>, name: &str, next: &str) -> Result<usize, Error> {
    let before: Option<String> = tx
        .query_row(
            "SELECT subscription FROM shown WHERE name = ?1 AND next = ?2",
            (name, next),
            |row| row.get(0),
        )
        .optional()?;
    let Some(before) = before else { return Ok(0) };
    for sql in [
        "DELETE FROM traffic WHERE name = ?1",
        "DELETE FROM parked WHERE name = ?1",
        "DELETE FROM subscriptions WHERE name = ?1",
    ] {
        tx.execute(sql, (&before,))?;
    }
    let switched = "UPDATE shown SET subscription = next, next = NULL WHERE name = ?1";
    Ok(tx.execute(switched, (name,))?)
}

/// Whether all partitions are still under the epochs of the effects.
fn hold(tx: &Transaction<'_>, effects: &[Effect]) -> Result<bool, Error> {
    let mut statement = tx.prepare_cached("SELECT epoch FROM heads WHERE partition = ?1")?;
    for effect in effects {
        let key = (partition_column(effect.partition)?,);
        let epoch: Option<i64> = statement.query_row(key, |row| row.get(0)).optional()?;
        if epoch != Some(effect.epoch) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Moves the checkpoints; not if one is somewhere else.
fn advance(tx: &Transaction<'_>, effects: &[Effect]) -> Result<bool, Error> {
    let mut statement = tx.prepare_cached(
        "UPDATE subscriptions SET position = ?4 \
          WHERE name = ?1 AND partition = ?2 AND position = ?3 AND epoch = ?5 AND is_paused = 0",
    )?;
    for effect in effects {
        let Some(Advance { subscription, before, after }) = &effect.advance else { continue };
        let partition = partition_column(effect.partition)?;
        let (before, after) = (signed(*before)?, signed(*after)?);
        if statement.execute((subscription, partition, before, after, effect.epoch))? == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `false` if it can't be written any more.
fn write(tx: &Transaction<'_>, partition: u32, change: &Change) -> Result<bool, Error> {
    let partition = partition_column(partition)?;
    match change {
        Change::Deliver(outgoing) => deliver(tx, partition, outgoing)?,
        Change::Attempted(attempted) => note_attempt(tx, partition, attempted)?,
        Change::Count { subscription, row } => count(tx, partition, subscription, row)?,
        Change::Park(parked) => park(tx, partition, parked)?,
        Change::Retried { subscription, stream, position, after } => {
            let StreamId { aggregate_type, aggregate_id } = stream;
            let sql = "DELETE FROM parked WHERE name = ?1 AND partition = ?2 \
                       AND aggregate_type = ?3 AND aggregate_id = ?4 AND position = ?5";
            let key = (subscription, partition, aggregate_type, aggregate_id, signed(*position)?);
            if tx.prepare_cached(sql)?.execute(key)? == 0 {
                return Ok(false);
            }
            if let Some(after) = after {
                park(tx, partition, after)?;
            }
        }
    }
    Ok(true)
}

fn deliver(tx: &Transaction<'_>, partition: i32, outgoing: &Outgoing) -> Result<(), Error> {
    let Outgoing { position, message, .. } = outgoing;
    tx.prepare_cached(include_str!("insert_delivery.sql"))?.execute((
        partition,
        &message.message_id,
        &message.addressee,
        &message.dossier_id,
        &message.kind,
        &message.task,
        signed(message.sequence)?,
        signed(*position)?,
        message.caused_at.timestamp_micros(),
    ))?;
    Ok(())
}

fn note_attempt(tx: &Transaction<'_>, partition: i32, it: &Attempted) -> Result<(), Error> {
    tx.prepare_cached(include_str!("update_delivery.sql"))?.execute((
        partition,
        &it.message_id,
        it.attempts_before,
        it.state.name(),
        it.next_at.timestamp_micros(),
        &it.failure,
        it.delivered_at.map(|at| at.timestamp_micros()),
    ))?;
    Ok(())
}

fn count(
    tx: &Transaction<'_>,
    partition: i32,
    subscription: &str,
    row: &TrafficRow,
) -> Result<(), Error> {
    let (day, count) = (row.day.to_string(), signed(row.count)?);
    tx.prepare_cached(
        "INSERT INTO traffic VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT DO UPDATE SET count = count + excluded.count",
    )?
    .execute((subscription, partition, &row.office, day, &row.fact, count))?;
    Ok(())
}

fn park(tx: &Transaction<'_>, partition: i32, it: &Parked) -> Result<(), Error> {
    let sql = "INSERT INTO parked VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)";
    tx.prepare_cached(sql)?.execute((
        &it.subscription,
        partition,
        &it.stream.aggregate_type,
        &it.stream.aggregate_id,
        signed(it.position)?,
        signed(it.sequence)?,
        it.attempts,
        &it.error_code,
    ))?;
    Ok(())
}
