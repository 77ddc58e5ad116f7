//! I3: the log is gapless by partition, dense by stream, chained by hashes, and what was read once
//! never changes. I15: codes and serials are given out once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use crate::chain::{self, hex};
use crate::history::{History, Row};
use crate::report::{Invariant, Prefix, Report};

pub(crate) fn check(history: &History, earlier: &[Prefix], report: &mut Report) {
    report.events = history.events.len();
    positions(history, report);
    for ((kind, id), rows) in history.streams() {
        stream(history, &format!("{kind} {id}"), &rows, report);
        if kind == "serial" {
            serials(id, &rows, report);
        }
    }
    prefixes(history, earlier, report);
    codes(history, report);
}

pub(crate) fn positions(history: &History, report: &mut Report) {
    let mut by_partition: BTreeMap<u32, Vec<&Row>> = BTreeMap::new();
    for row in &history.events {
        by_partition.entry(row.partition).or_default().push(row);
    }
    for head in &history.heads {
        let rows = by_partition.remove(&head.partition).unwrap_or_default();
        let subject = format!("partition {}", head.partition);
        for (expected, row) in (1..).zip(&rows) {
            if row.position != expected {
                let what = format!("position {expected} is missing");
                report.add(Invariant::I3, &subject, what, &[row]);
                break;
            }
        }
        let last = rows.last().map_or(0, |it| it.position);
        if last != head.head {
            let what = format!("the head is {}, the last event {last}", head.head);
            report.add(Invariant::I3, &subject, what, &[]);
        }
    }
    for (partition, rows) in by_partition {
        let what = "events in a partition without a head";
        report.add(Invariant::I3, format!("partition {partition}"), what, &rows[..1]);
    }
}

/// The end of a stream.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tail {
    sequence: u64,
    position: u64,
    recorded_at: Option<i64>,
    hash: [u8; 32],
}

fn stream(history: &History, subject: &str, rows: &[&Row], report: &mut Report) {
    let mut tail = Tail { hash: chain::BEGINNING, ..Tail::default() };
    let _ = rows.iter().try_for_each(|row| {
        tail = follow(tail, subject, row, history.partitions, report)?;
        Some(())
    });
}

/// The end of a stream after one event more; `None` if nothing can be said of what comes then.
pub(crate) fn follow(
    tail: Tail,
    subject: &str,
    row: &Row,
    partitions: u32,
    report: &mut Report,
) -> Option<Tail> {
    let mut wrong = |what: String| report.add(Invariant::I3, subject, what, &[row]);
    let expected = tail.sequence + 1;
    if row.sequence != expected {
        wrong(format!("sequence {} where {expected} follows", row.sequence));
        return None;
    }
    if row.partition != partition_of(&row.aggregate_id, partitions) {
        wrong("it is in another partition than its id".to_owned());
    }
    if tail.recorded_at.is_some_and(|it| row.recorded_at < it) {
        wrong("it was recorded before its stream's previous event".to_owned());
    }
    if row.position <= tail.position {
        wrong("its position is not after its stream's previous event".to_owned());
    }
    if row.told("command_id") != Some(row.command_id.to_string()) {
        wrong("its metadata name another command".to_owned());
    }
    let Row { sequence, position, .. } = *row;
    let after = Tail { sequence, position, recorded_at: Some(row.recorded_at), ..tail };
    match chain::hash(row, &tail.hash) {
        None => {
            wrong("the payload is not in its stored form".to_owned());
            Some(after)
        }
        Some(hash) if hex(&hash) == row.hash => Some(Tail { hash, ..after }),
        Some(_) => {
            wrong("it is not what was hashed".to_owned());
            None
        }
    }
}

/// The first eight bytes of the id's SHA-256, modulo the number of partitions.
pub(crate) fn partition_of(id: &str, partitions: u32) -> u32 {
    let digest = Sha256::digest(id);
    let first = digest.iter().take(8).fold(0_u64, |number, it| number << 8 | u64::from(*it));
    u32::try_from(first % u64::from(partitions.max(1))).unwrap_or(u32::MAX)
}

/// What was read earlier is still there as it was.
fn prefixes(history: &History, earlier: &[Prefix], report: &mut Report) {
    let mut digests: BTreeMap<u32, (u64, Sha256)> = BTreeMap::new();
    let mut changed: BTreeSet<&Prefix> = earlier.iter().collect();
    let mut compare = |partition: u32, position: u64, digest: &Sha256| {
        let digest = hex(&digest.clone().finalize());
        let is_same = |it: &&Prefix| {
            it.partition == partition && it.position == position && it.digest == digest
        };
        changed.retain(|it| !is_same(it));
        digest
    };
    for head in &history.heads {
        compare(head.partition, 0, &Sha256::new());
        digests.insert(head.partition, (0, Sha256::new()));
    }
    for row in &history.events {
        let (position, digest) = digests.entry(row.partition).or_default();
        *position = row.position;
        for part in [&row.aggregate_type, &row.aggregate_id, &row.hash] {
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        }
        compare(row.partition, *position, digest);
    }
    let epochs: BTreeMap<u32, i64> =
        history.heads.iter().map(|it| (it.partition, it.epoch)).collect();
    for (&partition, &(position, ref digest)) in &digests {
        let digest = compare(partition, position, digest);
        let epoch = epochs.get(&partition).copied().unwrap_or_default();
        report.prefixes.push(Prefix { partition, position, digest, epoch });
    }
    for Prefix { partition, position, .. } in changed {
        let what = format!("up to {position} it is not any more what somebody read of it");
        report.add(Invariant::I3, format!("partition {partition}"), what, &[]);
    }
}

/// Blocks of serials follow one another.
fn serials(book: &str, rows: &[&Row], report: &mut Report) {
    let mut last = 0;
    for row in rows {
        let payload: Json = serde_json::from_str(&row.payload).unwrap_or_default();
        let number = |name: &str| payload["control"][name].as_u64().unwrap_or_default();
        if number("first") != last + 1 || number("last") < number("first") {
            report.add(Invariant::I15, format!("serial {book}"), "a block overlaps", &[row]);
        }
        last = number("last");
    }
}

fn codes(history: &History, report: &mut Report) {
    let mut known: BTreeMap<String, &Row> = BTreeMap::new();
    let submitted = history.events.iter().filter(|it| it.event_type == "dossier_submitted");
    for row in submitted {
        let payload: Json = serde_json::from_str(&row.payload).unwrap_or_default();
        let code = payload["control"]["code"].as_str().unwrap_or_default().to_owned();
        if let Some(other) = known.insert(code.clone(), row) {
            report.add(Invariant::I15, code, "two dossiers have this code", &[other, row]);
        }
    }
}
