//! The append on SQLite: one immediate transaction of prepared statements.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Transaction, TransactionBehavior};

use crate::failpoint::{self, Point};
use crate::log::columns::{partition_column, signed, unsigned};
use crate::log::ownership::Leases;
use crate::log::plan::{Fence, PartitionedRows, Plan, PlannedReceipt};
use crate::log::{Error, Recorded, Reference};

use crate::sabotage::{self, Bug};

use super::checkpoint::Checkpoints;
use super::database::Store;
use super::failure;

/// The store's one writer.
pub(crate) struct Writer {
    pub(crate) store: Store,
    pub(crate) leases: Arc<Leases>,
    /// Set after a commit or a writing back whose outcome is unknown: what the file holds is then
    /// only known by opening it again.
    pub(crate) is_lost: bool,
}

impl Writer {
    pub(crate) fn append(&mut self, mut plan: Plan) -> Result<Vec<Vec<Recorded>>, Error> {
        plan.rebase(&self.leases)?;
        match self.write(&plan) {
            Ok(()) => {
                self.leases.advance(&plan.fences);
                Ok(plan.events)
            }
            Err(error) => Err(self.explained(error, &plan)),
        }
    }

    fn write(&mut self, plan: &Plan) -> Result<(), Error> {
        let tx = self.store.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        fence(&tx, &plan.fences, &self.leases)?;
        failpoint::hit(Point::AppendBegun);
        insert_events(&tx, plan.events.iter().flatten())?;
        failpoint::hit(Point::AppendEvents);
        insert_receipts(&tx, &plan.receipts)?;
        write_dossiers(&tx, &plan.dossiers)?;
        failpoint::hit(Point::AppendBeforeCommit);
        let committed = tx.commit().map_err(failure::of_commit);
        failpoint::hit(Point::AppendAfterCommit);
        self.is_lost = matches!(committed, Err(Error::AmbiguousCommit(_)));
        committed
    }

    /// Does its part of the writing back.
    pub(crate) fn attend(&mut self, checkpoints: &Checkpoints) {
        if let Err(failure) = checkpoints.attend(&self.store.connection) {
            tracing::error!(%failure, "the write-ahead log could not be written back");
            self.is_lost |= matches!(failure, Error::AmbiguousCommit(_));
        }
    }

    /// A statement that was refused because a stream is not where it was believed to be is a
    /// conflict.
    fn explained(&self, error: Error, plan: &Plan) -> Error {
        if !matches!(error, Error::Refused(_)) {
            return error;
        }
        self.ends(plan).map_or(error.clone(), |ends| plan.conflict(&ends).unwrap_or(error))
    }

    fn ends(&self, plan: &Plan) -> Result<BTreeMap<crate::log::StreamId, u64>, Error> {
        let sql = include_str!("select_end.sql");
        let mut statement = self.store.connection.prepare_cached(sql)?;
        let mut ends = BTreeMap::new();
        for stream in plan.expected.keys() {
            let key = (&stream.aggregate_type, &stream.aggregate_id);
            let end: i64 = statement.query_row(key, |row| row.get(0))?;
            ends.insert(stream.clone(), unsigned(end)?);
        }
        Ok(ends)
    }

    pub(crate) fn keep(&mut self, reference: &Reference) -> Result<(), Error> {
        self.store.connection.execute(
            "INSERT INTO reference (digest, kind, name, content) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT DO NOTHING",
            (reference.digest.as_str(), &reference.kind, &reference.name, &reference.content),
        )?;
        Ok(())
    }
}

/// Advances the heads, each of which must be where its owner left it; else it is somebody else's.
fn fence(
    tx: &Transaction<'_>,
    fences: &BTreeMap<u32, Fence>,
    leases: &Leases,
) -> Result<(), Error> {
    let sql = if sabotage::on(Bug::LeaseWithoutEpoch) {
        "UPDATE heads SET head = ?4 WHERE partition = ?1 AND ?2 = ?2 AND head = ?3"
    } else {
        include_str!("advance_head.sql")
    };
    let mut statement = tx.prepare_cached(sql)?;
    for (&partition, fence) in fences {
        let advanced = statement.execute((
            partition_column(partition)?,
            fence.epoch,
            signed(fence.before)?,
            signed(fence.after)?,
        ))?;
        if advanced == 0 {
            leases.forget(&[partition]);
            return Err(Error::NotOwner { partition });
        }
    }
    Ok(())
}

pub(crate) fn insert_events<'a>(
    tx: &Transaction<'_>,
    events: impl IntoIterator<Item = &'a Recorded>,
) -> Result<(), Error> {
    let mut statement = tx.prepare_cached(include_str!("insert_event.sql"))?;
    for event in events {
        statement.execute((
            &event.stream.aggregate_type,
            &event.stream.aggregate_id,
            signed(event.sequence)?,
            &event.event_type,
            &event.event_version,
            &event.payload,
            &event.metadata,
            partition_column(event.partition)?,
            signed(event.position)?,
            event.command_id.to_string(),
            event.recorded_at.timestamp_micros(),
            event.hash,
        ))?;
    }
    Ok(())
}

pub(crate) fn insert_receipts<'a>(
    tx: &Transaction<'_>,
    receipts: impl IntoIterator<Item = &'a PlannedReceipt>,
) -> Result<(), Error> {
    let mut statement = tx.prepare_cached(include_str!("insert_receipt.sql"))?;
    for PlannedReceipt { receipt, outcome } in receipts {
        let inserted = statement.execute((
            partition_column(receipt.partition)?,
            receipt.command_id.as_bytes(),
            &receipt.sender,
            receipt.request_digest,
            outcome,
            receipt.recorded_at.timestamp_micros(),
        ))?;
        if inserted == 0 {
            return Err(Error::ReceiptExists(receipt.key()));
        }
    }
    Ok(())
}

/// The rows of dossiers, one table after the other.
pub(crate) fn write_dossiers(tx: &Transaction<'_>, all: &[PartitionedRows]) -> Result<(), Error> {
    upsert_dossiers(tx, all)?;
    upsert_tasks(tx, all)?;
    delete_timers(tx, all)?;
    upsert_timers(tx, all)?;
    insert_messages(tx, all)
}

fn upsert_dossiers(tx: &Transaction<'_>, all: &[PartitionedRows]) -> Result<(), Error> {
    let mut statement = tx.prepare_cached(include_str!("upsert_dossier.sql"))?;
    for PartitionedRows { partition, change, .. } in all {
        let Some(row) = &change.dossier else { continue };
        statement.execute((
            partition_column(*partition)?,
            &row.dossier_id,
            &row.code,
            &row.group_name,
            &row.group_version,
            &row.account,
            row.status,
            row.submitted_at.timestamp_micros(),
        ))?;
    }
    Ok(())
}

fn upsert_tasks(tx: &Transaction<'_>, all: &[PartitionedRows]) -> Result<(), Error> {
    let mut statement = tx.prepare_cached(include_str!("upsert_task.sql"))?;
    for PartitionedRows { partition, change, .. } in all {
        let partition = partition_column(*partition)?;
        for row in &change.tasks {
            statement.execute((
                partition,
                &row.dossier_id,
                &row.task,
                &row.office,
                &row.status,
                &row.turn,
                &row.dispatch,
                row.due_at.map(|it| it.timestamp_micros()),
            ))?;
        }
    }
    Ok(())
}

fn delete_timers(tx: &Transaction<'_>, all: &[PartitionedRows]) -> Result<(), Error> {
    let mut statement = tx.prepare_cached(include_str!("delete_timer.sql"))?;
    for PartitionedRows { partition, change, .. } in all {
        let partition = partition_column(*partition)?;
        for timer in &change.timers_gone {
            statement.execute((partition, &change.dossier_id, timer))?;
        }
    }
    Ok(())
}

fn upsert_timers(tx: &Transaction<'_>, all: &[PartitionedRows]) -> Result<(), Error> {
    let mut statement = tx.prepare_cached(include_str!("upsert_timer.sql"))?;
    for PartitionedRows { partition, change, .. } in all {
        let partition = partition_column(*partition)?;
        for row in &change.timers {
            statement.execute((
                partition,
                &row.dossier_id,
                &row.timer,
                row.due_at.timestamp_micros(),
                &row.person,
            ))?;
        }
    }
    Ok(())
}

fn insert_messages(tx: &Transaction<'_>, all: &[PartitionedRows]) -> Result<(), Error> {
    let mut statement = tx.prepare_cached(include_str!("insert_message.sql"))?;
    for PartitionedRows { partition, change, positions } in all {
        let partition = partition_column(*partition)?;
        for (message, &position) in change.outbox.iter().zip(positions) {
            statement.execute((
                partition,
                signed(position)?,
                &message.message_id,
                &message.dossier_id,
                &message.addressee,
                &message.kind,
                &message.task,
                signed(message.sequence)?,
                message.caused_at.timestamp_micros(),
            ))?;
        }
    }
    Ok(())
}
