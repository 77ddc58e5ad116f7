//! R2: the core read tables are what the events say, row by row, and hold nothing else.

use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::case::Case;
use crate::history::{DossierRow, History, MessageRow, TaskRow, TimerRow};
use crate::report::{Invariant, Report};
use crate::status;

/// What of a dossier must be in the tables: its rows, and its messages after an event.
pub(crate) type Shown<'a> = (&'a Case, u64);

pub(crate) fn check<'a>(
    history: &History,
    shown: impl Iterator<Item = Shown<'a>> + Clone,
    report: &mut Report,
) {
    let submitted = || shown.clone().filter(|(it, _)| it.submitted_at.is_some());
    compare(
        "dossiers",
        &history.dossiers,
        submitted().filter_map(|(it, _)| dossier(it)).collect(),
        |it| (it.dossier_id.clone(), String::new()),
        report,
    );
    compare(
        "tasks",
        &history.tasks,
        submitted().flat_map(|(it, _)| tasks(it)).collect(),
        |it| (it.dossier_id.clone(), it.task.clone()),
        report,
    );
    compare(
        "timers",
        &history.timers,
        submitted().flat_map(|(it, _)| timers(it)).collect(),
        |it| (it.dossier_id.clone(), it.timer.clone()),
        report,
    );
    compare(
        "outbox",
        &history.outbox,
        submitted().flat_map(|(it, after)| outbox(it, after)).collect(),
        |it| (it.dossier_id.clone(), it.message_id.clone()),
        report,
    );
}

fn dossier(case: &Case) -> Option<DossierRow> {
    Some(DossierRow {
        partition: case.partition,
        dossier_id: case.id.clone(),
        code: case.code.clone(),
        group_name: case.group.clone(),
        group_version: case.version.to_string(),
        account: case.account.clone(),
        status: status::national(case),
        submitted_at: case.submitted_at?.timestamp_micros(),
    })
}

fn tasks(case: &Case) -> impl Iterator<Item = TaskRow> {
    case.tasks.iter().map(|task| TaskRow {
        partition: case.partition,
        dossier_id: case.id.clone(),
        task: task.name.clone(),
        office: task.office.clone().unwrap_or_default(),
        status: task.status.name().to_owned(),
        turn: task.turn().to_owned(),
        dispatch: task.dispatch.clone(),
        due_at: task.due.map(|it| it.timestamp_micros()),
    })
}

fn timers(case: &Case) -> impl Iterator<Item = TimerRow> {
    case.timers().into_iter().map(|(timer, at)| TimerRow {
        partition: case.partition,
        dossier_id: case.id.clone(),
        timer,
        due_at: at.timestamp_micros(),
    })
}

fn outbox(case: &Case, after: u64) -> impl Iterator<Item = MessageRow> {
    let of_tasks = case.tasks.iter().map(|it| (it.name.as_str(), &it.messages));
    let all = of_tasks.chain([("", &case.announcements)]);
    all.flat_map(move |(task, messages)| {
        let messages = messages.iter().filter(move |it| it.sequence > after);
        messages.map(move |message| MessageRow {
            partition: case.partition,
            dossier_id: case.id.clone(),
            message_id: message.id.clone(),
            addressee: message.id.split('/').nth(2).unwrap_or_default().to_owned(),
            kind: message.kind.to_owned(),
            task: task.to_owned(),
            sequence: message.sequence,
        })
    })
}

/// A key begins with the dossier that the row is about.
type Key = (String, String);

fn compare<T: PartialEq + Debug>(
    table: &str,
    stored: &[T],
    expected: Vec<T>,
    key: impl Fn(&T) -> Key,
    report: &mut Report,
) {
    let mut wrong = |(dossier, name): &Key, what: String| {
        report.add(Invariant::R2, dossier, format!("{table} {name}: {what}"), &[]);
    };
    let mut rows: BTreeMap<Key, &T> = BTreeMap::new();
    for row in stored {
        let key = key(row);
        if rows.insert(key.clone(), row).is_some() {
            wrong(&key, "it is there twice".to_owned());
        }
    }
    for expected in &expected {
        let key = key(expected);
        match rows.remove(&key) {
            None => wrong(&key, format!("it is missing: {expected:?}")),
            Some(row) if row != expected => {
                wrong(&key, format!("it is {row:?}, and should be {expected:?}"));
            }
            Some(_) => {}
        }
    }
    for key in rows.keys() {
        wrong(key, "no event says so".to_owned());
    }
}
