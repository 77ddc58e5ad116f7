//! What happens by the clock: in order, each thing at its own moment, once.

use super::fixture::{Story, catalogue_with, moment};
use crate::catalogue::Reference;
use crate::dossier::{Error, Item, NationalStatus, TaskStatus, decide};

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
    assert_eq!(facts, ["task_overdue", "apology_drafted"]);
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

/// The birth group with one text in its definition replaced by another.
fn with(from: &str, to: &str) -> Story {
    Story::on(catalogue_with(|path, text| match path {
        "birth.yaml" => text.replacen(from, to, 1),
        _ => text.to_owned(),
    }))
}

#[test]
fn an_answer_in_the_last_second_of_a_limit_keeps_it() {
    let mut story = Story::begin();
    let facts = story.accept(&story.complete("registration", "2026-11-20T09:12:00.400+07:00"));
    assert!(!facts.contains(&"task_overdue"), "{facts:?}");
    assert!(!story.task("registration").overdue);
}

#[test]
fn who_has_not_acknowledged_is_reminded_where_the_limit_begins_there() {
    let story = with("limit: 24 hours", "limit: { is: 24 hours, from: acknowledged }");
    let timers = story.dossier.timers();
    assert!(timers.iter().any(|(_, it)| it.to_string() == "reminder/registration"), "{timers:?}");
}

#[test]
fn a_result_that_waits_to_be_handed_over_is_not_forgotten() {
    let mut story = Story::begin();
    story.accept(&story.complete("registration", "2026-11-19T14:00:00+07:00"));
    story.accept(&Story::withdraw(None, "2026-11-19T15:00:00+07:00"));
    let facts = story.accept(&Story::elapse("2026-12-31T00:00:00+07:00"));
    assert_eq!(facts, ["task_reminded", "task_reminded"], "after 10 working days each");
    assert_eq!(story.task("registration").messages.len(), 3, "dispatch and reminders");
    assert!(!story.dossier.timers().is_empty());
}

#[test]
fn a_limit_that_begins_anew_is_not_overdue_any_more() {
    let mut story = with("clock: continue", "clock: restart");
    let item = Item::Document("marriage_certificate".into());
    story.accept(&story.request("registration", "2026-11-20T16:00:00+07:00", &[item]));
    assert!(story.task("registration").overdue);
    let supply =
        Story::supply("registration", "2026-11-23T09:00:00+07:00", &["marriage_certificate"]);
    story.accept(&supply);
    assert!(!story.task("registration").overdue);
    let facts = story.accept(&Story::elapse("2026-11-24T09:00:00+07:00"));
    assert!(facts.contains(&"task_overdue"), "{facts:?}");
}

#[test]
fn a_lapse_counts_against_nobody_and_the_officer_goes_on() {
    let mut story = with("lapse: stop", "lapse: remind");
    let item = Item::Document("marriage_certificate".into());
    story.accept(&story.request(
        "registration",
        "2026-11-19T16:00:00+07:00",
        std::slice::from_ref(&item),
    ));
    let facts = story.accept(&Story::elapse("2026-12-02T00:00:00+07:00"));
    assert!(facts.contains(&"supplement_lapsed") && !facts.contains(&"watch_overdue"), "{facts:?}");
    assert_eq!(story.dossier.national(), NationalStatus::Accepted);
    let due = story.task("registration").due.as_ref().unwrap().at;
    assert_eq!(due, moment("2026-12-02T17:12:00+07:00"), "6 h 48 min were used before");
    let again = story.request("registration", "2026-12-02T10:00:00+07:00", &[item]);
    assert_eq!(story.accept(&again), ["supplement_requested"]);
}

#[test]
fn a_reminder_waits_anew_after_a_supply() {
    let mut story = Story::begin();
    story.accept(&story.acknowledge("registration", "2026-11-19T09:20:00+07:00"));
    let item = Item::Document("authorization".into());
    story.accept(&story.request("birth_support", "2026-12-01T09:00:00+07:00", &[item]));
    story.accept(&Story::supply("birth_support", "2026-12-09T10:00:00+07:00", &["authorization"]));
    let reminded = story.task("birth_support").remind_at.unwrap();
    assert!(reminded > moment("2026-12-16T00:00:00+07:00"), "{reminded}");
}

#[test]
fn a_dossier_outlives_the_edition_of_its_calendar() {
    let mut story = Story::begin();
    story.accept(&story.acknowledge("registration", "2026-11-19T09:20:00+07:00"));
    story.accept(&Story::elapse("2027-12-30T09:00:00+07:00"));
    let complete = story.complete("registration", "2027-12-30T10:00:00+07:00");
    assert!(matches!(
        decide(&story.dossier, &complete, &story.catalogue),
        Err(Error::Undecidable(_))
    ));
    let withdraw = Story::withdraw(None, "2028-01-10T10:00:00+07:00");
    assert!(decide(&story.dossier, &withdraw, &story.catalogue).is_ok());

    let next_year = "\n  2028:\n    status: provisional\n    source: x\n    days_off: []\n";
    let calendar = include_str!("../../../../workflows/calendars/vn.yaml").to_owned() + next_year;
    let newer = Reference::calendar("vn", &calendar);
    story.catalogue.publish(&newer).unwrap();
    let facts = story.accept(&complete);
    assert!(facts.contains(&"calendar_renewed"), "{facts:?}");
    assert_eq!(story.dossier.calendar, newer.digest);
    assert_eq!(story.task("residence").due.as_ref().unwrap().basis.provisional, [2027, 2028]);
}
