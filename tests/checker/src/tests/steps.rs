//! Step by step the same is found as at the end, and what only the step shows.

use super::forge::Forge;
use crate::history::History;
use crate::ledger::Ledger;
use crate::report::{Invariant, Report};
use crate::steps::Steps;

/// A log to which the whole story is written in one step.
fn one_step(history: &History) -> (Steps, Report) {
    let (mut steps, report) = Steps::begin(history.partitions, &history.references);
    assert!(report.holds(), "{report}");
    let report = steps.written(history, &Ledger::default());
    (steps, report)
}

#[test]
fn a_whole_story_holds_in_one_step() {
    let Forge { history } = Forge::story();
    let (steps, report) = one_step(&history);
    assert!(report.holds(), "{report}");
    assert_eq!(steps.events(), history.events.len());
    assert_eq!(steps.heads().len(), history.heads.len());
    let id = &history.dossiers[0].dossier_id;
    let events = history.events.iter().filter(|it| it.aggregate_id == *id).count();
    assert_eq!(steps.length(id), events as u64);
}

#[test]
fn a_step_under_an_epoch_that_is_over_is_seen() {
    let Forge { history } = Forge::story().tells("birth", "task_dispatched", "epoch", "-1");
    assert!(one_step(&history).1.violates(Invariant::I11));
}

#[test]
fn a_step_that_leaves_a_gap_is_seen() {
    let Forge { mut history } = Forge::story();
    let row = history.events.pop().unwrap();
    let (mut steps, report) = one_step(&history);
    assert!(report.violates(Invariant::I3), "its head is not its last event: {report}");
    let again = History { events: vec![row], partitions: history.partitions, ..History::default() };
    let again = History { heads: history.heads, ..again };
    assert!(steps.written(&again, &Ledger::default()).violates(Invariant::I3));
}

#[test]
fn a_command_that_is_committed_in_two_steps_is_seen() {
    let Forge { history } = Forge::story();
    let (mut steps, _) = one_step(&history);
    let mut last = history.events.last().unwrap().clone();
    let head = history.heads.iter().find(|it| it.partition == last.partition).unwrap();
    let mut head = head.clone();
    head.head += 1;
    last.position = head.head;
    let news = History { events: vec![last], heads: vec![head], ..History::default() };
    let report = steps.written(&news, &Ledger::default());
    assert!(report.violates(Invariant::I2), "{report}");
}
