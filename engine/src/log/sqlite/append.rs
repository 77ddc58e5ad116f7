//! The append on SQLite: one immediate transaction of prepared statements.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Transaction, TransactionBehavior};

use crate::failpoint::{self, Point};
use crate::log::columns::{partition_column, signed, unsigned};
use crate::log::ownership::Leases;
use crate::log::plan::{Fence, PartitionedRows, Plan};
use crate::log::{Error, Receipt, Recorded, Reference};

use crate::sabotage::{self, Bug};

use super::database::Store;
use super::failure;

/// The store's one writer.
pub(crate) struct Writer {
    pub(crate) store: Store,
    pub(crate) leases: Arc<Leases>,
    /// Set after a commit whose outcome is unknown: what the file holds is then only known by
    /// opening it again.
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
        for event in plan.events.iter().flatten() {
            insert_event(&tx, event)?;
        }
        failpoint::hit(Point::AppendEvents);
        for receipt in &plan.receipts {
            insert_receipt(&tx, receipt)?;
        }
        for dossier in &plan.dossiers {
            write_dossier(&tx, dossier)?;
        }
        failpoint::hit(Point::AppendBeforeCommit);
        let committed = tx.commit().map_err(failure::of_commit);
        failpoint::hit(Point::AppendAfterCommit);
        self.is_lost = matches!(committed, Err(Error::AmbiguousCommit(_)));
        committed
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

pub(crate) fn insert_event(tx: &Transaction<'_>, event: &Recorded) -> Result<(), Error> {
    tx.prepare_cached(include_str!("insert_event.sql"))?.execute((
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
    Ok(())
}

pub(crate) fn insert_receipt(tx: &Transaction<'_>, receipt: &Receipt) -> Result<(), Error> {
    let inserted = tx.prepare_cached(include_str!("insert_receipt.sql"))?.execute((
        partition_column(receipt.partition)?,
        receipt.command_id.as_bytes(),
        &receipt.sender,
        receipt.request_digest,
        receipt.outcome.to_string(),
        receipt.recorded_at.timestamp_micros(),
    ))?;
    if inserted == 0 { Err(Error::ReceiptExists(receipt.key())) } else { Ok(()) }
}

pub(crate) fn write_dossier(tx: &Transaction<'_>, dossier: &PartitionedRows) -> Result<(), Error> {
    let PartitionedRows { change, positions, .. } = dossier;
    let partition = partition_column(dossier.partition)?;
    let row = &change.dossier;
    tx.prepare_cached(include_str!("upsert_dossier.sql"))?.execute((
        partition,
        &row.dossier_id,
        &row.code,
        &row.group_name,
        &row.group_version,
        &row.account,
        row.status,
        row.submitted_at.timestamp_micros(),
        signed(row.sequence)?,
    ))?;
    for row in &change.tasks {
        tx.prepare_cached(include_str!("upsert_task.sql"))?.execute((
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
    for timer in &change.timers_gone {
        tx.prepare_cached(include_str!("delete_timer.sql"))?.execute((
            partition,
            &row.dossier_id,
            timer,
        ))?;
    }
    for timer in &change.timers {
        let due_at = timer.due_at.timestamp_micros();
        tx.prepare_cached(include_str!("upsert_timer.sql"))?.execute((
            partition,
            &timer.dossier_id,
            &timer.timer,
            due_at,
            &timer.person,
        ))?;
    }
    for (message, &position) in change.outbox.iter().zip(positions) {
        tx.prepare_cached(include_str!("insert_message.sql"))?.execute((
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
    Ok(())
}
