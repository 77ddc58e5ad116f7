//! I4, on what the engine's own subscription has made: its counts are those of the events up to its
//! checkpoints, each taken in once. A dossier that is parked counts up to where it is parked.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde_json::Value as Json;

use crate::history::{Followed, History, ParkedRow, Row};
use crate::report::{Invariant, Report};

/// Its name, before the version.
const NAME: &str = "traffic@";
/// Days are those of Hà Nội, so many seconds ahead of UTC.
const AHEAD: i32 = 7 * 3_600;
/// What events count as.
const FACTS: &[(&str, &str)] = &[
    ("task_dispatched", "requested"),
    ("task_acknowledged", "acknowledged"),
    ("task_completed", "completed"),
    ("task_refused", "refused"),
    ("task_stopped", "stopped"),
    ("task_overdue", "late"),
];

/// Office, day and fact.
type Key = (String, NaiveDate, String);

pub(crate) fn check(history: &History, report: &mut Report) {
    let offices = offices(history);
    let heads: BTreeMap<u32, u64> =
        history.heads.iter().map(|it| (it.partition, it.head)).collect();
    let followed = &history.followed;
    for place in &followed.checkpoints {
        let subject = format!("{} in partition {}", place.name, place.partition);
        if heads.get(&place.partition).is_none_or(|head| place.position > *head) {
            let what = format!("it is at {}, beyond the log", place.position);
            report.add(Invariant::I4, subject.clone(), what, &[]);
        }
        if !place.name.starts_with(NAME) {
            continue;
        }
        let is_in = |row: &&Row| {
            row.partition == place.partition
                && row.position <= place.position
                && !is_left_out(row, &place.name, followed)
        };
        let mut expected: BTreeMap<Key, i64> = BTreeMap::new();
        for key in history.events.iter().filter(is_in).filter_map(|it| key(it, &offices)) {
            *expected.entry(key).or_default() += 1;
        }
        let rows = followed.traffic.iter();
        let rows = rows.filter(|it| it.name == place.name && it.partition == place.partition);
        let counted: BTreeMap<Key, i64> =
            rows.map(|it| ((it.office.clone(), it.day, it.fact.clone()), it.count)).collect();
        for key in expected.keys().chain(counted.keys()).collect::<BTreeSet<_>>() {
            let of = |counts: &BTreeMap<Key, i64>| counts.get(key).copied().unwrap_or_default();
            let (expected, counted) = (of(&expected), of(&counted));
            if expected != counted {
                let (office, day, fact) = key;
                let what = format!("{fact} of {office} on {day}: {counted}, not {expected}");
                report.add(Invariant::I4, subject.clone(), what, &[]);
            }
        }
    }
}

/// Whether a subscription has not taken in an event that it has come by.
fn is_left_out(row: &Row, name: &str, followed: &Followed) -> bool {
    let waits = |it: &ParkedRow| {
        it.name == name && it.aggregate_id == row.aggregate_id && it.position <= row.position
    };
    let is_skipped = followed
        .skipped
        .iter()
        .any(|it| it.name == name && it.partition == row.partition && it.position == row.position);
    is_skipped || followed.parked.iter().any(waits)
}

/// Who has each task of each dossier.
fn offices(history: &History) -> BTreeMap<(String, String), String> {
    let office = |row: &Row| {
        let control = control(row)?;
        let task = (row.aggregate_id.clone(), control["task"].as_str()?.to_owned());
        Some((task, control["office"].as_str()?.to_owned()))
    };
    let dispatches = history.events.iter().filter(|it| it.event_type == "task_dispatched");
    dispatches.filter_map(office).collect()
}

/// What an event counts as; `None` where nothing is counted.
fn key(row: &Row, offices: &BTreeMap<(String, String), String>) -> Option<Key> {
    let (_, fact) = FACTS.iter().find(|(event_type, _)| *event_type == row.event_type)?;
    let control = control(row)?;
    let task = (row.aggregate_id.clone(), control["task"].as_str()?.to_owned());
    let at = DateTime::parse_from_rfc3339(control["at"].as_str()?).ok()?;
    let day = at.with_timezone(&FixedOffset::east_opt(AHEAD)?).date_naive();
    Some((offices.get(&task)?.clone(), day, (*fact).to_owned()))
}

fn control(row: &Row) -> Option<Json> {
    let payload: Json = serde_json::from_str(&row.payload).ok()?;
    payload.get("control").cloned()
}
