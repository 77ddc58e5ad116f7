//! I7: every open dossier has somebody whose turn it is and a timer, as the tables say; and while
//! an engine is up, none of those timers is left lying.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::case::Case;
use crate::history::History;
use crate::report::{Invariant, Report};

/// A timer fires within this time while an engine is up.
const FIRES_WITHIN: TimeDelta = TimeDelta::seconds(5);

pub(crate) fn check<'a>(
    history: &History,
    cases: impl Iterator<Item = &'a Case>,
    awake_until: Option<DateTime<Utc>>,
    report: &mut Report,
) {
    let armed: BTreeSet<&str> = history.timers.iter().map(|it| it.dossier_id.as_str()).collect();
    let held = history.tasks.iter().filter(|it| match it.turn.as_str() {
        "agency" => !it.office.is_empty(),
        turn => ["applicant", "correction", "person", "system", "time"].contains(&turn),
    });
    let held: BTreeSet<&str> = held.map(|it| it.dossier_id.as_str()).collect();
    for case in cases.filter(|it| it.is_open()) {
        let id = case.id.as_str();
        if !armed.contains(id) {
            report.add(Invariant::I7, id, "it is open and no timer is armed", &[]);
        }
        if !held.contains(id) {
            report.add(Invariant::I7, id, "it is open and it is nobody's turn", &[]);
        }
    }
    let Some(until) = awake_until.map(|it| (it - FIRES_WITHIN).timestamp_micros()) else { return };
    for row in history.timers.iter().filter(|it| it.due_at < until) {
        let what = format!("{} is overdue and has not fired", row.timer);
        report.add(Invariant::I10, &row.dossier_id, what, &[]);
    }
}
