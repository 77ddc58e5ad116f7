//! The applicant withdraws what is undecided, with what needs it; nothing issued is un-issued.

use super::fixture::Story;
use crate::dossier::{NationalStatus, Refusal, TaskStatus};

const NOON: &str = "2026-11-19T14:00:00+07:00";
const NEXT_DAY: &str = "2026-11-20T10:00:00+07:00";

#[test]
fn a_task_goes_with_what_needs_it() {
    let mut story = Story::begin();
    story.accept(&story.complete("registration", NOON));
    let facts = story.accept(&Story::withdraw(Some("residence"), NEXT_DAY));
    assert_eq!(facts, ["task_withdrawn", "task_withdrawn"]);
    let card = story.task("identity_card");
    assert_eq!(card.status, TaskStatus::Withdrawn);
    assert_eq!(card.withdrawn_with.as_deref(), Some("residence"));
    assert!(card.messages.is_empty(), "its agency never had it");
    assert_eq!(story.task("residence").messages.len(), 2, "dispatch and withdrawal");
    assert_eq!(story.task("registration").status, TaskStatus::Completed);
    assert_eq!(story.task("health_insurance").status, TaskStatus::Dispatched);
}

#[test]
fn what_is_decided_stays() {
    let mut story = Story::begin();
    story.accept(&story.complete("registration", NOON));
    let command = Story::withdraw(Some("registration"), NEXT_DAY);
    assert_eq!(story.refused(&command), Refusal::Ended(TaskStatus::Completed));
}

#[test]
fn everything_open_can_be_withdrawn_at_once() {
    let mut story = Story::begin();
    story.accept(&Story::withdraw(None, NOON));
    assert!(story.dossier.has_ended());
    assert_eq!(story.dossier.national(), NationalStatus::WithdrawnByCitizen);
    assert_eq!(story.refused(&Story::withdraw(None, NEXT_DAY)), Refusal::NothingOpen);
    assert!(story.dossier.timers().is_empty());
}
