//! Works out what a batch writes, the same for both stores and before either is asked: from where to
//! where each partition's head advances, and every row. Touches no database.

use std::collections::BTreeMap;

use lienthong_domain::digest::Digest;
use lienthong_domain::event::stored_text;
use serde_json::value::RawValue;

use super::columns::to_micros;
use super::event::{Append, NewEvent, Receipt, Recorded, Reference, StreamId, Tail};
use super::ownership::{Lease, Leases};
use super::tables::RowsChange;
use super::{
    BATCH_APPENDS_MAX, BATCH_EVENTS_MAX, Error, METADATA_BYTES_MAX, PAYLOAD_BYTES_MAX,
    REFERENCE_BYTES_MAX, TEXT_BYTES_MAX, chain, partition_of,
};

/// The metadata key of the epoch of the partition's owner.
pub(crate) const EPOCH: &str = "epoch";

/// All rows that a batch writes.
pub(crate) struct Plan {
    pub(crate) partitions: u32,
    /// By partition; also where there are receipts alone.
    pub(crate) fences: BTreeMap<u32, Fence>,
    pub(crate) events: Vec<Vec<Recorded>>,
    pub(crate) receipts: Vec<PlannedReceipt>,
    /// One per dossier: what the whole batch changes.
    pub(crate) dossiers: Vec<PartitionedRows>,
    /// Where each stream was believed to end before the batch.
    pub(crate) expected: BTreeMap<StreamId, u64>,
}

/// A receipt with its outcome as it is stored.
pub(crate) struct PlannedReceipt {
    pub(crate) receipt: Receipt,
    pub(crate) outcome: String,
}

pub(crate) struct PartitionedRows {
    pub(crate) partition: u32,
    pub(crate) change: RowsChange,
    /// The position of the event that causes each message, in the order of `change.outbox`.
    pub(crate) positions: Vec<u64>,
}

/// What must still be so of a partition's head row when the batch is written, and the head after.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fence {
    pub(crate) epoch: i64,
    pub(crate) before: u64,
    pub(crate) after: u64,
}

impl Plan {
    /// Moves the batch to where the heads stand now, if others have been written since it was
    /// worked out.
    pub(crate) fn rebase(&mut self, leases: &Leases) -> Result<(), Error> {
        let mut moved = BTreeMap::new();
        for (&partition, fence) in &mut self.fences {
            let Lease { epoch, head } = leases.get(partition)?;
            // The events say under which epoch they are written.
            if epoch != fence.epoch {
                return Err(Error::NotOwner { partition });
            }
            if head != fence.before {
                moved.insert(partition, (fence.before, head));
                let after = head + (fence.after - fence.before);
                *fence = Fence { epoch, before: head, after };
            }
        }
        let place = |partition: &u32, position: u64| match moved.get(partition) {
            Some((before, head)) => head + (position - before),
            None => position,
        };
        for event in self.events.iter_mut().flatten() {
            event.position = place(&event.partition, event.position);
        }
        for PartitionedRows { partition, positions, .. } in &mut self.dossiers {
            positions.iter_mut().for_each(|it| *it = place(partition, *it));
        }
        Ok(())
    }

    /// The first stream that does not end where it was believed to.
    pub(crate) fn conflict(&self, found: &BTreeMap<StreamId, u64>) -> Option<Error> {
        self.expected.iter().find_map(|(stream, &expected)| {
            let found = found.get(stream).copied().unwrap_or_default();
            let stream = stream.clone();
            (found != expected).then_some(Error::Conflict { stream, expected, found })
        })
    }
}

/// Checks the batch against the log's rules and works out its rows.
pub(crate) fn plan(batch: Vec<Append>, partitions: u32, leases: &Leases) -> Result<Plan, Error> {
    let events: usize = batch.iter().map(|it| it.events.len()).sum();
    require(batch.len() <= BATCH_APPENDS_MAX, "too many appends in a batch")?;
    require(events <= BATCH_EVENTS_MAX, "too many events in a batch")?;
    let mut planning = Planning {
        fences: BTreeMap::new(),
        tails: BTreeMap::new(),
        events: Vec::with_capacity(batch.len()),
        receipts: Vec::with_capacity(batch.len()),
        dossiers: BTreeMap::new(),
        expected: BTreeMap::new(),
    };
    for append in batch {
        check(&append)?;
        let partition = partition_of(&append.stream.aggregate_id, partitions);
        let lease = leases.get(partition)?;
        planning.add(append, partition, lease)?;
    }
    let Planning { fences, events, receipts, dossiers, expected, .. } = planning;
    let dossiers = dossiers.into_values().collect();
    Ok(Plan { partitions, fences, events, receipts, dossiers, expected })
}

impl From<Receipt> for PlannedReceipt {
    fn from(receipt: Receipt) -> Self {
        Self { outcome: receipt.outcome.to_string(), receipt }
    }
}

struct Planning {
    fences: BTreeMap<u32, Fence>,
    /// Where each stream ends after the batch so far.
    tails: BTreeMap<StreamId, Tail>,
    events: Vec<Vec<Recorded>>,
    receipts: Vec<PlannedReceipt>,
    dossiers: BTreeMap<String, PartitionedRows>,
    expected: BTreeMap<StreamId, u64>,
}

impl Planning {
    fn add(&mut self, append: Append, partition: u32, lease: Lease) -> Result<(), Error> {
        let after = match (append.after, self.tails.get(&append.stream)) {
            (None, Some(tail)) => *tail,
            (Some(after), None) => after,
            (None, None) => {
                return Err(Error::Invalid("nothing is earlier in the batch".to_owned()));
            }
            (Some(after), Some(tail)) => {
                let (expected, found) = (after.sequence, tail.sequence);
                return Err(Error::Conflict { stream: append.stream, expected, found });
            }
        };
        if let Some(rows) = &append.rows {
            check_rows(&append, after, rows)?;
        }
        self.expected.entry(append.stream.clone()).or_insert(after.sequence);
        let Lease { epoch, head } = lease;
        let fence = Fence { epoch, before: head, after: head };
        let fence = self.fences.entry(partition).or_insert(fence);
        let before = fence.after;
        let (recorded, tail) = record(&append, partition, fence, after)?;
        self.tails.insert(append.stream.clone(), tail);
        self.events.push(recorded);
        let Append { receipt, recorded_at, rows, .. } = append;
        self.receipts.extend(receipt.map(|new| {
            PlannedReceipt::from(Receipt {
                partition,
                sender: new.sender,
                command_id: new.command_id,
                request_digest: new.request_digest,
                outcome: new.outcome,
                recorded_at: to_micros(recorded_at),
            })
        }));
        if let Some(change) = rows {
            let position = |sequence: u64| before + sequence.saturating_sub(after.sequence);
            let positions = change.outbox.iter().map(|it| position(it.sequence)).collect();
            self.coalesce(PartitionedRows { partition, change, positions });
        }
        Ok(())
    }

    fn coalesce(&mut self, later: PartitionedRows) {
        match self.dossiers.get_mut(&later.change.dossier_id) {
            Some(earlier) => {
                earlier.change.then(later.change);
                earlier.positions.extend(later.positions);
            }
            None => {
                let id = later.change.dossier_id.clone();
                self.dossiers.insert(id, later);
            }
        }
    }
}

/// The rows of the append's events, and the stream's end after them.
fn record(
    append: &Append,
    partition: u32,
    fence: &mut Fence,
    mut tail: Tail,
) -> Result<(Vec<Recorded>, Tail), Error> {
    let metadata = metadata_text(append, fence.epoch)?;
    let recorded_at = to_micros(append.recorded_at).max(tail.recorded_at);
    let mut recorded = Vec::with_capacity(append.events.len());
    for event in &append.events {
        fence.after += 1;
        let mut row = Recorded {
            partition,
            position: fence.after,
            stream: append.stream.clone(),
            sequence: tail.sequence + 1,
            event_type: event.event_type.clone(),
            event_version: event.event_version.clone(),
            payload: payload_text(event)?,
            metadata: metadata.clone(),
            command_id: append.command_id,
            recorded_at,
            hash: chain::START,
        };
        row.hash = chain::link(&row, &event.payload, &tail.hash)
            .map_err(|fault| Error::Invalid(fault.to_string()))?;
        tail = row.tail();
        recorded.push(row);
    }
    Ok((recorded, tail))
}

fn payload_text(event: &NewEvent) -> Result<String, Error> {
    let control = serde_json::from_str::<&RawValue>(&event.payload.control);
    let is_one_value = control.is_ok_and(|it| it.get() == event.payload.control);
    require(is_one_value, "a control member that is not one JSON value")?;
    let is_distinct = event.payload.personal.as_deref() != Some("");
    require(is_distinct, "an empty personal member, which would hash like none")?;
    let text = stored_text(&event.payload)
        .map_err(|fault| Error::Invalid(format!("the payload: {fault}")))?;
    require(text.len() <= PAYLOAD_BYTES_MAX, "the payload is too large")?;
    Ok(text)
}

/// What the caller says, and the epoch under which this is written.
fn metadata_text(append: &Append, epoch: i64) -> Result<String, Error> {
    let mut metadata: BTreeMap<&str, &str> =
        append.metadata.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let epoch = epoch.to_string();
    metadata.insert(EPOCH, &epoch);
    let text = serde_json::to_string(&metadata)
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
    Ok(())
}

fn check_rows(append: &Append, after: Tail, rows: &RowsChange) -> Result<(), Error> {
    let id = append.stream.aggregate_id.as_str();
    let ids = std::iter::once(&rows.dossier_id)
        .chain(rows.dossier.iter().map(|it| &it.dossier_id))
        .chain(rows.tasks.iter().map(|it| &it.dossier_id))
        .chain(rows.timers.iter().map(|it| &it.dossier_id))
        .chain(rows.outbox.iter().map(|it| &it.dossier_id));
    require(ids.into_iter().all(|it| it == id), "rows of another dossier")?;
    let sequence = after.sequence + append.events.len() as u64;
    require(rows.sequence == sequence, "rows that are not of the last event")?;
    let is_national = rows.dossier.iter().all(|it| (1..=10).contains(&it.status));
    require(is_national, "a status that is not a national one")?;
    require(are_distinct(rows.tasks.iter().map(|it| &it.task)), "two rows of one task")?;
    let timers = rows.timers.iter().map(|it| &it.timer).chain(&rows.timers_gone);
    require(are_distinct(timers), "two rows of one timer")?;
    let new = (after.sequence + 1)..=sequence;
    let of_these = rows.outbox.iter().all(|it| new.contains(&it.sequence));
    require(of_these, "a message of another event")
}

fn are_distinct<'a>(names: impl Iterator<Item = &'a String> + Clone) -> bool {
    let mut later = names.clone();
    names.into_iter().all(|it| {
        later.next();
        later.clone().all(|other| other != it)
    })
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
