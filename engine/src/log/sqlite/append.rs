//! The append on SQLite: one immediate transaction of prepared statements.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{OptionalExtension, Transaction, TransactionBehavior};

use crate::log::columns::{self, moment, partition_column, signed, unsigned};
use crate::log::plan::{self, PartitionedRows, Plan, Tail};
use crate::log::{Append, Error, Receipt, Recorded, Reference, StreamId};

use super::database::Store;
use super::failure;

/// The store's one writer.
pub(crate) struct Writer {
    store: Store,
}

impl Writer {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    pub(crate) fn append(&mut self, batch: Vec<Append>) -> Result<Vec<Vec<Recorded>>, Error> {
        let partitions = self.store.partitions();
        let needs = plan::needs(&batch, partitions)?;
        let tx = self.store.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let heads = advance(&tx, &needs.advance, &self.store.epochs)?;
        let tails = tails(&tx, &needs.streams)?;
        let plan = plan::plan(batch, partitions, heads, tails)?;
        write(&tx, &plan)?;
        tx.commit().map_err(failure::of_commit)?;
        Ok(plan.events)
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

/// Advances the heads in ascending order and returns them as they were before.
fn advance(
    tx: &Transaction<'_>,
    advance: &BTreeMap<u32, u64>,
    epochs: &[i64],
) -> Result<BTreeMap<u32, u64>, Error> {
    let mut statement = tx.prepare_cached(include_str!("advance_head.sql"))?;
    let mut heads = BTreeMap::new();
    for (&partition, &n) in advance {
        let epoch = epochs[partition as usize];
        let head: Option<i64> = statement
            .query_row((partition_column(partition)?, epoch, signed(n)?), |row| row.get(0))
            .optional()?;
        let head = head.ok_or(Error::NotOwner { partition })?;
        heads.insert(partition, unsigned(head)? - n);
    }
    Ok(heads)
}

fn tails(
    tx: &Transaction<'_>,
    streams: &BTreeSet<StreamId>,
) -> Result<BTreeMap<StreamId, Tail>, Error> {
    let mut statement = tx.prepare_cached(include_str!("select_tail.sql"))?;
    let mut tails = BTreeMap::new();
    for stream in streams {
        let mut rows = statement.query((&stream.aggregate_type, &stream.aggregate_id))?;
        if let Some(row) = rows.next()? {
            let tail = Tail {
                sequence: unsigned(row.get(0)?)?,
                recorded_at: moment(row.get(1)?)?,
                hash: columns::hash(&row.get::<_, Vec<u8>>(2)?)?,
            };
            tails.insert(stream.clone(), tail);
        }
    }
    Ok(tails)
}

fn write(tx: &Transaction<'_>, plan: &Plan) -> Result<(), Error> {
    for event in plan.events.iter().flatten() {
        insert_event(tx, event)?;
    }
    for receipt in &plan.receipts {
        insert_receipt(tx, receipt)?;
    }
    for dossier in &plan.dossiers {
        write_dossier(tx, dossier)?;
    }
    Ok(())
}

fn insert_event(tx: &Transaction<'_>, event: &Recorded) -> Result<(), Error> {
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

fn insert_receipt(tx: &Transaction<'_>, receipt: &Receipt) -> Result<(), Error> {
    let inserted = tx.prepare_cached(include_str!("insert_receipt.sql"))?.execute((
        partition_column(receipt.partition)?,
        &receipt.sender,
        receipt.command_id.to_string(),
        receipt.request_digest,
        receipt.outcome.to_string(),
        receipt.recorded_at.timestamp_micros(),
    ))?;
    if inserted == 0 {
        let Receipt { partition, sender, command_id, .. } = receipt.clone();
        return Err(Error::ReceiptExists { partition, sender, command_id });
    }
    Ok(())
}

fn write_dossier(tx: &Transaction<'_>, dossier: &PartitionedRows) -> Result<(), Error> {
    let PartitionedRows { partition, rows } = dossier;
    let partition = partition_column(*partition)?;
    let row = &rows.dossier;
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
    let mut tasks = tx.prepare_cached(include_str!("upsert_task.sql"))?;
    for row in &rows.tasks {
        tasks.execute((
            partition,
            &row.dossier_id,
            &row.task,
            &row.office,
            &row.status,
            &row.turn,
            &row.dispatch,
            row.due_at.map(|it| it.timestamp_micros()),
            signed(row.sequence)?,
        ))?;
    }
    tx.prepare_cached("DELETE FROM timers WHERE partition = ?1 AND dossier_id = ?2")?
        .execute((partition, &row.dossier_id))?;
    let mut timers = tx.prepare_cached(
        "INSERT INTO timers (partition, dossier_id, timer, due_at) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for row in &rows.timers {
        let due_at = row.due_at.timestamp_micros();
        timers.execute((partition, &row.dossier_id, &row.timer, due_at))?;
    }
    insert_messages(tx, partition, rows)
}

fn insert_messages(
    tx: &Transaction<'_>,
    partition: i32,
    rows: &crate::log::DossierRows,
) -> Result<(), Error> {
    let mut messages = tx.prepare_cached(include_str!("insert_message.sql"))?;
    for row in &rows.outbox {
        messages.execute((
            partition,
            &row.dossier_id,
            &row.message_id,
            &row.addressee,
            &row.kind,
            &row.task,
            signed(row.sequence)?,
        ))?;
    }
    Ok(())
}
