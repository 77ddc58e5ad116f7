//! Agencies' answers: what they change, and which change nothing.

use cqrs_es::test::TestFramework;
use serde_json::json;

use super::fixture::{Story, file, moment, submission};
use crate::dossier::{Action, Actor, Command, Dossier, Refusal, TaskStatus};

const MORNING: &str = "2026-11-19T10:00:00+07:00";
const NOON: &str = "2026-11-19T14:00:00+07:00";

#[test]
fn an_acknowledgement_starts_what_waits_for_it() {
    let mut story = Story::begin();
    let facts = story.accept(&story.acknowledge("registration", MORNING));
    assert_eq!(facts, ["task_acknowledged", "task_dispatched"]);
    assert_eq!(story.task("birth_support").status, TaskStatus::Dispatched);
    assert_eq!(story.task("residence").status, TaskStatus::Waiting);
}

#[test]
fn a_result_goes_out_and_its_users_start_in_the_same_decision() {
    let mut story = Story::begin();
    story.accept(&story.acknowledge("registration", MORNING));
    let facts = story.accept(&story.complete("registration", NOON));
    assert_eq!(facts, ["task_completed", "task_dispatched", "task_dispatched"]);
    assert_eq!(story.task("residence").uses["registration"], 1);
}

#[test]
fn an_answer_proves_that_the_task_was_received() {
    let mut story = Story::begin();
    let facts = story.accept(&story.refuse("registration", MORNING));
    assert_eq!(facts[..2], ["task_acknowledged", "task_refused"]);
}

#[test]
fn what_needs_a_refused_task_never_starts_and_the_rest_goes_on() {
    let mut story = Story::begin();
    story.accept(&story.complete("registration", NOON));
    let facts = story.accept(&story.refuse("residence", "2026-11-20T10:00:00+07:00"));
    assert_eq!(facts, ["task_acknowledged", "task_refused", "task_skipped"]);
    assert_eq!(story.task("identity_card").status, TaskStatus::Skipped);
    assert_eq!(story.task("health_insurance").status, TaskStatus::Dispatched);
}

#[test]
fn a_second_acknowledgement_changes_nothing() {
    let mut story = Story::begin();
    story.accept(&story.acknowledge("registration", MORNING));
    let again = story.acknowledge("registration", NOON);
    assert_eq!(story.refused(&again), Refusal::AlreadyAcknowledged);
}

#[test]
fn a_stale_answer_changes_nothing_and_says_so() {
    let mut story = Story::begin();
    story.accept(&story.complete("registration", NOON));
    let ended = Refusal::Ended(TaskStatus::Completed);
    assert_eq!(story.refused(&story.acknowledge("registration", NOON)), ended);
    assert_eq!(story.refused(&story.complete("registration", NOON)), ended);
    assert_eq!(story.refused(&story.refuse("registration", NOON)), ended);
    assert!(ended.sentence().en.contains("already ended (done)"));
}

#[test]
fn an_answer_names_the_dispatch_that_it_answers() {
    let story = Story::begin();
    let action =
        Action::Acknowledge { task: "registration".into(), dispatch: "another/dispatch".into() };
    let command = story.at_office("registration", MORNING, action);
    assert_eq!(story.refused(&command), Refusal::OtherDispatch);
}

#[test]
fn another_office_finds_no_such_task() {
    let story = Story::begin();
    let command = Command {
        actor: Actor::Agency("police.00565".into()),
        ..story.acknowledge("registration", MORNING)
    };
    assert_eq!(story.refused(&command), Refusal::NoSuchTask);
    let waiting = story.at_office(
        "residence",
        MORNING,
        Action::Acknowledge { task: "residence".into(), dispatch: "…".into() },
    );
    assert_eq!(story.refused(&waiting), Refusal::NotDispatched);
}

#[test]
fn a_completion_brings_exactly_what_the_task_declares() {
    let story = Story::begin();
    let complete = |results, documents: &[&str]| {
        let action = Action::Complete {
            task: "registration".into(),
            dispatch: story.dispatch("registration"),
            results,
            documents: documents.iter().map(|it| file(it)).collect(),
        };
        story.invalid(&story.at_office("registration", NOON, action))
    };
    assert_eq!(
        complete(json!({}), &[]),
        [
            ("/results/certificate".to_owned(), "required"),
            ("/results/personal_id".to_owned(), "required")
        ]
    );
    assert_eq!(
        complete(json!({"personal_id": "13", "colour": "red"}), &["certificate"]),
        [
            ("/results/personal_id".to_owned(), "wrong-value"),
            ("/results/colour".to_owned(), "unknown-result")
        ]
    );
    assert_eq!(
        complete(json!({"personal_id": "001326012345"}), &["certificate", "certificate"]),
        [("/results/certificate".to_owned(), "repeated")]
    );
    assert_eq!(
        complete(json!({"personal_id": "001326012345", "certificate": "…"}), &[]),
        [("/results/certificate".to_owned(), "wrong-value")]
    );
}

#[test]
fn a_result_on_paper_is_delivered_by_an_answer_of_its_own() {
    let mut story = Story::begin();
    let deliver = |story: &Story, task: &str| {
        let dispatch = story.dispatch(task);
        story.at_office(task, NOON, Action::Deliver { task: task.into(), dispatch })
    };
    assert_eq!(story.refused(&deliver(&story, "registration")), Refusal::NoResult);
    story.accept(&story.complete("registration", NOON));
    assert_eq!(story.task("registration").delivered_at, None);
    assert_eq!(story.accept(&deliver(&story, "registration")), ["result_delivered"]);
    assert_eq!(story.refused(&deliver(&story, "registration")), Refusal::AlreadyDelivered);
}

#[test]
fn a_reason_is_needed_and_bounded() {
    let story = Story::begin();
    let refuse = |reason: String| {
        let dispatch = story.dispatch("registration");
        let action = Action::Refuse { task: "registration".into(), dispatch, reason };
        story.invalid(&story.at_office("registration", NOON, action))
    };
    assert_eq!(refuse("  ".into()), [("/reason".to_owned(), "text-length")]);
    let long = "ă".repeat(crate::dossier::NOTE_CHARS_MAX + 1);
    assert_eq!(refuse(long), [("/reason".to_owned(), "text-length")]);
}

#[test]
fn an_overdue_answer_counts() {
    let mut story = Story::begin();
    let facts = story.accept(&story.complete("registration", "2026-11-20T15:12:00+07:00"));
    assert_eq!(
        facts[..4],
        ["task_overdue", "apology_drafted", "task_acknowledged", "task_completed"]
    );
    assert_eq!(
        story.events.iter().find(|it| it.fact.name() == "task_overdue").unwrap().at,
        moment("2026-11-20T09:12:00+07:00")
    );
    let due = story.task("residence").due.as_ref().unwrap();
    assert_eq!(due.at, moment("2026-11-26T17:00:00+07:00"));
}

#[test]
fn the_framework_of_the_aggregate_agrees() {
    let story = Story::begin();
    let again = submission(super::fixture::application());
    let result = TestFramework::<Dossier>::with(story.catalogue)
        .given(story.events)
        .when(again)
        .inspect_result();
    assert!(matches!(result, Err(crate::dossier::Error::Refused(Refusal::AlreadySubmitted))));
}
