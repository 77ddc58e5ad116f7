//! What happens by the clock: in order, each thing at its own moment, once.

use super::fixture::{Story, moment};
use crate::dossier::{Item, TaskStatus};

#[test]
fn an_open_dossier_always_waits_for_somebody_and_for_a_timer() {
    let mut story = Story::begin();
    assert!(!story.dossier.timers().is_empty());
    story.accept(&story.complete("registration", "2026-11-19T14:00:00+07:00"));
    story.accept(&Story::elapse("2026-12-31T00:00:00+07:00"));
    assert!(story.task("residence").overdue);
    assert!(!story.dossier.has_ended());
    assert!(!story.dossier.timers().is_empty(), "who is overdue is reminded");
}

#[test]
fn what_is_due_happens_once() {
    let mut story = Story::begin();
    let facts = story.accept(&Story::elapse("2026-11-20T09:12:00+07:00"));
    assert_eq!(facts, ["task_overdue"]);
    assert!(story.accept(&Story::elapse("2026-11-20T09:13:00+07:00")).is_empty());
}

#[test]
fn a_moment_too_early_changes_nothing() {
    let mut story = Story::begin();
    assert!(story.accept(&Story::elapse("2026-11-20T09:11:59+07:00")).is_empty());
}

#[test]
fn a_limit_stands_still_while_the_applicant_is_asked() {
    let mut story = Story::begin();
    let item = Item::Document("marriage_certificate".into());
    story.accept(&story.request("registration", "2026-11-19T16:00:00+07:00", &[item]));
    let facts = story.accept(&Story::elapse("2026-12-01T23:59:59+07:00"));
    assert!(!facts.contains(&"task_overdue"));
    assert!(!facts.contains(&"watch_overdue"));
    let facts = story.accept(&Story::elapse("2026-12-05T00:00:00+07:00"));
    assert!(facts.starts_with(&["supplement_lapsed", "task_stopped"]), "{facts:?}");
    let task = story.task("registration");
    assert_eq!(task.status, TaskStatus::Stopped);
    assert_eq!(task.ended_at, Some(moment("2026-12-02T00:00:00+07:00")));
}

#[test]
fn time_never_goes_back_in_a_dossier() {
    let mut story = Story::begin();
    story.accept(&story.acknowledge("registration", "2026-11-19T10:00:00+07:00"));
    story.accept(&story.complete("registration", "2026-11-19T09:00:00+07:00"));
    let moments: Vec<_> = story.events.iter().map(|it| it.at).collect();
    assert!(moments.is_sorted());
}
