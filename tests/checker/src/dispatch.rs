//! I5: what agencies received is in the log, under one id that is never given twice. I8: what was
//! requested has arrived or is under way.

use std::collections::{BTreeMap, BTreeSet};

use crate::Evidence;
use crate::case::{Case, Message, Status, Task};
use crate::ledger::Received;
use crate::report::{Invariant, Report};

pub(crate) fn check(cases: &BTreeMap<String, Case>, evidence: &Evidence, report: &mut Report) {
    unique(cases, report);
    let received = &evidence.ledger.received;
    for it in received {
        arrives(cases.get(&it.dossier), it, report);
    }
    if evidence.circumstances.settled {
        let received: BTreeSet<&str> = received.iter().map(|it| it.dispatch.as_str()).collect();
        arrived(cases, &received, report);
    }
}

/// What an agency received went out to it.
pub(crate) fn arrives(case: Option<&Case>, it: &Received, report: &mut Report) {
    // A task may be sent more than once, to another office too: the id names it.
    let is_to = it.dispatch.split('/').nth(2) == Some(&it.office);
    let is_it = |message: &Message| message.kind == "dispatch" && message.id == it.dispatch;
    let sent = |task: &Task| is_to && task.messages.iter().any(is_it);
    if !case.and_then(|case| case.task(&it.task)).is_some_and(sent) {
        let what = format!("{} received {}, which the log lacks", it.office, it.dispatch);
        report.add(Invariant::I5, &it.dossier, what, &[]);
    }
}

/// No two messages have one id.
fn unique(cases: &BTreeMap<String, Case>, report: &mut Report) {
    let mut known = BTreeSet::new();
    let tasks = cases.values().flat_map(|case| case.tasks.iter().map(move |it| (case, it)));
    for (case, task) in tasks {
        for message in &task.messages {
            if !known.insert(&message.id) {
                let what = format!("two messages have the id {}", message.id);
                report.add(Invariant::I5, &case.id, what, &[]);
            }
        }
    }
}

/// By agency: what was dispatched and what the agency says it has. A task that was withdrawn before
/// its agency acknowledged it need not have arrived.
fn arrived(cases: &BTreeMap<String, Case>, received: &BTreeSet<&str>, report: &mut Report) {
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for task in cases.values().flat_map(|it| &it.tasks) {
        let recalled = task.status == Status::Withdrawn && !task.was_acknowledged;
        let (Some(office), Some(dispatch)) = (&task.office, &task.dispatch) else { continue };
        if !recalled && !received.contains(dispatch.as_str()) {
            missing.entry(office).or_default().push(dispatch);
        }
    }
    for (office, ids) in missing {
        let what = format!("{} dispatches never arrived, the first {}", ids.len(), ids[0]);
        report.add(Invariant::I8, office, what, &[]);
    }
}
