//! Works out what a batch writes, the same for both stores: which heads advance by how much, which
//! streams' last events must be known, and, once they are, every row. Touches no database.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use lienthong_domain::digest::Digest;
use lienthong_domain::event::stored_text;
use serde_json::value::RawValue;

use super::columns::to_micros;
use super::event::{Append, NewEvent, Receipt, Recorded, Reference, StreamId};
use super::tables::DossierRows;
use super::{
    BATCH_APPENDS_MAX, BATCH_EVENTS_MAX, Error, Hash, METADATA_BYTES_MAX, PAYLOAD_BYTES_MAX,
    REFERENCE_BYTES_MAX, TEXT_BYTES_MAX, chain, partition_of,
};

/// What must be known before a batch can be planned.
pub(crate) struct Needs {
    /// By how much each partition's head advances; 0 for receipts alone, which are fenced too.
    pub(crate) advance: BTreeMap<u32, u64>,
    pub(crate) streams: BTreeSet<StreamId>,
}

/// The last event of a stream.
#[derive(Clone)]
pub(crate) struct Tail {
    pub(crate) sequence: u64,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) hash: Hash,
}

/// All rows that a batch writes.
pub(crate) struct Plan {
    pub(crate) events: Vec<Vec<Recorded>>,
    pub(crate) receipts: Vec<Receipt>,
    /// One per dossier: its last state in the batch, with the messages of all of them.
    pub(crate) dossiers: Vec<PartitionedRows>,
}

pub(crate) struct PartitionedRows {
    pub(crate) partition: u32,
    pub(crate) rows: DossierRows,
}

/// Checks the batch against the log's rules and says what must be known to plan it.
pub(crate) fn needs(batch: &[Append], partitions: u32) -> Result<Needs, Error> {
    let events: usize = batch.iter().map(|it| it.events.len()).sum();
    require(batch.len() <= BATCH_APPENDS_MAX, "too many appends in a batch")?;
    require(events <= BATCH_EVENTS_MAX, "too many events in a batch")?;
    let mut needs = Needs { advance: BTreeMap::new(), streams: BTreeSet::new() };
    for append in batch {
        check(append)?;
        let partition = partition_of(&append.stream.aggregate_id, partitions);
        *needs.advance.entry(partition).or_default() += append.events.len() as u64;
        needs.streams.insert(append.stream.clone());
    }
    Ok(needs)
}

/// `heads` are the heads before the batch, `tails` the last events of the streams that exist.
pub(crate) fn plan(
    batch: Vec<Append>,
    partitions: u32,
    mut heads: BTreeMap<u32, u64>,
    mut tails: BTreeMap<StreamId, Tail>,
) -> Result<Plan, Error> {
    let mut plan = Plan { events: Vec::new(), receipts: Vec::new(), dossiers: Vec::new() };
    let mut dossiers = BTreeMap::new();
    for append in batch {
        let partition = partition_of(&append.stream.aggregate_id, partitions);
        let tail = tails.get(&append.stream).cloned();
        let found = tail.as_ref().map_or(0, |it| it.sequence);
        if found != append.expected {
            let Append { stream, expected, .. } = append;
            return Err(Error::Conflict { stream, expected, found });
        }
        let head = heads.entry(partition).or_default();
        let (recorded, tail) = record(&append, partition, head, tail)?;
        if let Some(tail) = tail {
            tails.insert(append.stream.clone(), tail);
        }
        plan.events.push(recorded);
        plan.receipts.extend(receipt(&append, partition));
        if let Some(rows) = append.rows {
            coalesce(&mut dossiers, partition, rows);
        }
    }
    plan.dossiers.extend(dossiers.into_values());
    Ok(plan)
}

/// The rows of the append's events, and the stream's last event after them.
fn record(
    append: &Append,
    partition: u32,
    head: &mut u64,
    mut tail: Option<Tail>,
) -> Result<(Vec<Recorded>, Option<Tail>), Error> {
    let mut recorded_at = to_micros(append.recorded_at);
    if let Some(tail) = &tail {
        recorded_at = recorded_at.max(tail.recorded_at);
    }
    let mut recorded = Vec::with_capacity(append.events.len());
    for event in &append.events {
        *head += 1;
        let mut row = Recorded {
            partition,
            position: *head,
            stream: append.stream.clone(),
            sequence: tail.as_ref().map_or(0, |it| it.sequence) + 1,
            event_type: event.event_type.clone(),
            event_version: event.event_version.clone(),
            payload: payload_text(event)?,
            metadata: metadata_text(event)?,
            command_id: append.command_id,
            recorded_at,
            hash: chain::START,
        };
        let previous = tail.as_ref().map_or(chain::START, |it| it.hash);
        row.hash =
            chain::link(&row, &previous).map_err(|fault| Error::Invalid(fault.to_string()))?;
        tail = Some(Tail { sequence: row.sequence, recorded_at, hash: row.hash });
        recorded.push(row);
    }
    Ok((recorded, tail))
}

fn receipt(append: &Append, partition: u32) -> Option<Receipt> {
    append.receipt.clone().map(|new| Receipt {
        partition,
        sender: new.sender,
        command_id: new.command_id,
        request_digest: new.request_digest,
        outcome: new.outcome,
        recorded_at: to_micros(append.recorded_at),
    })
}

fn coalesce(
    dossiers: &mut BTreeMap<String, PartitionedRows>,
    partition: u32,
    mut rows: DossierRows,
) {
    let id = rows.dossier.dossier_id.clone();
    if let Some(earlier) = dossiers.remove(&id) {
        rows.outbox.splice(0..0, earlier.rows.outbox);
    }
    dossiers.insert(id, PartitionedRows { partition, rows });
}

fn payload_text(event: &NewEvent) -> Result<String, Error> {
    let control = serde_json::from_str::<&RawValue>(&event.payload.control);
    let is_one_value = control.is_ok_and(|it| it.get() == event.payload.control);
    require(is_one_value, "a control member that is not one JSON value")?;
    let text = stored_text(&event.payload)
        .map_err(|fault| Error::Invalid(format!("the payload: {fault}")))?;
    require(text.len() <= PAYLOAD_BYTES_MAX, "the payload is too large")?;
    Ok(text)
}

fn metadata_text(event: &NewEvent) -> Result<String, Error> {
    let text = serde_json::to_string(&event.metadata)
        .map_err(|fault| Error::Invalid(format!("the metadata: {fault}")))?;
    require(text.len() <= METADATA_BYTES_MAX, "the metadata is too large")?;
    Ok(text)
}

fn check(append: &Append) -> Result<(), Error> {
    text(&append.stream.aggregate_type, "an aggregate type")?;
    text(&append.stream.aggregate_id, "an aggregate id")?;
    for event in &append.events {
        text(&event.event_type, "an event type")?;
        text(&event.event_version, "an event version")?;
    }
    if let Some(receipt) = &append.receipt {
        text(&receipt.sender, "a sender")?;
    }
    append.rows.as_ref().map_or(Ok(()), |rows| check_rows(append, rows))
}

fn check_rows(append: &Append, rows: &DossierRows) -> Result<(), Error> {
    let dossier = &rows.dossier;
    let id = append.stream.aggregate_id.as_str();
    let ids = std::iter::once(&dossier.dossier_id)
        .chain(rows.tasks.iter().map(|it| &it.dossier_id))
        .chain(rows.timers.iter().map(|it| &it.dossier_id))
        .chain(rows.outbox.iter().map(|it| &it.dossier_id));
    require(ids.into_iter().all(|it| it == id), "rows of another dossier")?;
    let sequence = append.expected + append.events.len() as u64;
    require(dossier.sequence == sequence, "rows that are not of the last event")?;
    require((1..=10).contains(&dossier.status), "a status that is not a national one")?;
    let tasks: BTreeSet<_> = rows.tasks.iter().map(|it| &it.task).collect();
    require(tasks.len() == rows.tasks.len(), "two rows of one task")?;
    let timers: BTreeSet<_> = rows.timers.iter().map(|it| &it.timer).collect();
    require(timers.len() == rows.timers.len(), "two rows of one timer")
}

/// The digest is that of the content, and the texts fit.
pub(crate) fn check_reference(reference: &Reference) -> Result<(), Error> {
    text(&reference.kind, "a kind")?;
    text(&reference.name, "a name")?;
    let content = &reference.content;
    require(content.len() <= REFERENCE_BYTES_MAX, "reference data that are too large")?;
    require(!content.contains('\0'), "reference data with a NUL")?;
    let digest = Digest::of(content.as_bytes());
    require(digest == reference.digest, "reference data under a digest that is not theirs")
}

/// Neither store keeps a NUL in a text as it is.
fn text(text: &str, what: &str) -> Result<(), Error> {
    let fits = !text.is_empty() && text.len() <= TEXT_BYTES_MAX && !text.contains('\0');
    require(fits, what).map_err(|_| Error::Invalid(format!("{what} that is empty or too long")))
}

fn require(condition: bool, what: &str) -> Result<(), Error> {
    if condition { Ok(()) } else { Err(Error::Invalid(what.to_owned())) }
}
