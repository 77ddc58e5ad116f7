//! Dossiers to which something happens that may not.

use chrono::{DateTime, Utc};

use super::forge::{Forge, dossier};
use super::{caught, report_of};
use crate::{Circumstances, Evidence, Invariant, check};

#[test]
fn a_task_that_goes_out_before_those_that_it_needs() {
    let report = caught(Invariant::I6, Forge::story().without("birth", "task_completed"));
    assert!(report.to_string().contains("goes out before registration"), "{report}");
}

#[test]
fn a_dossier_that_does_not_begin_with_its_submission() {
    caught(Invariant::I6, Forge::story().without("birth", "dossier_submitted"));
}

#[test]
fn an_older_result_that_goes_with_a_task() {
    let forge = Forge::story().with(|_| {}).says("birth", "task_completed", |it| {
        it["version"] = 2.into();
    });
    caught(Invariant::I6, forge);
}

#[test]
fn an_answer_that_counts_twice() {
    caught(Invariant::I5, Forge::story().again("open", "task_acknowledged"));
}

#[test]
fn an_answer_to_another_dispatch() {
    let forge = Forge::story().says("open", "task_acknowledged", |it| {
        it["dispatch"] = "another".into();
    });
    caught(Invariant::I5, forge);
}

#[test]
fn an_answer_of_another_office() {
    let forge = Forge::story().tells("open", "task_acknowledged", "actor", "agency:police.00565");
    caught(Invariant::I5, forge);
}

#[test]
fn a_supplement_of_somebody_else() {
    let forge = Forge::story().tells("birth", "supplement_supplied", "actor", "citizen:other");
    caught(Invariant::I5, forge);
}

#[test]
fn two_messages_of_one_id() {
    let dispatch = Forge::story().row("birth", "task_dispatched").clone();
    let id = serde_json::from_str::<serde_json::Value>(&dispatch.payload).unwrap();
    let id = id["control"]["dispatch"].clone();
    let forge = Forge::story().says("birth", "task_reminded", |it| it["message"] = id.clone());
    caught(Invariant::I5, forge);
}

#[test]
fn something_that_happens_after_the_end() {
    caught(Invariant::I9, Forge::story().again("birth", "task_completed"));
    caught(Invariant::I9, Forge::story().again("lapsed", "task_stopped"));
    caught(Invariant::I9, Forge::story().again("birth", "dossier_submitted"));
}

#[test]
fn tasks_that_are_not_those_of_the_definition() {
    let forge = Forge::story().says("open", "dossier_submitted", |it| {
        it["tasks"].as_array_mut().unwrap().pop();
    });
    caught(Invariant::I13, forge);
}

#[test]
fn a_timer_that_fires_early() {
    let forge = Forge::story().says("lapsed", "supplement_lapsed", |it| {
        it["at"] = "2026-12-15T10:00:00+07:00".into();
    });
    caught(Invariant::I10, forge);
}

#[test]
fn a_timer_that_fires_before_the_clock_says_so() {
    let noticed = "2026-12-08T00:00:00+00:00";
    let forge = Forge::story().tells("lapsed", "supplement_lapsed", "taken_in_at", noticed);
    let report = caught(Invariant::I10, forge);
    assert!(report.to_string().contains("before the clock"), "{report}");
}

#[test]
fn a_timer_that_fires_twice() {
    caught(Invariant::I10, Forge::story().again("birth", "task_overdue"));
}

#[test]
fn a_timer_that_never_fired() {
    let report = caught(Invariant::I10, Forge::story().without("birth", "task_overdue"));
    assert!(report.to_string().contains("had not fired"), "{report}");
}

#[test]
fn a_timer_that_lies_while_an_engine_is_up() {
    let evidence = |until: DateTime<Utc>| Evidence {
        history: Forge::story().history,
        circumstances: Circumstances { awake_until: Some(until), ..Circumstances::default() },
        ..Evidence::default()
    };
    let due = Forge::story().history.timers.iter().map(|it| it.due_at).min().unwrap();
    let after = |seconds: i64| DateTime::from_timestamp_micros(due + seconds * 1_000_000).unwrap();
    assert!(check(&evidence(after(4))).holds());
    assert!(check(&evidence(after(6))).violates(Invariant::I10));
}

#[test]
fn neighbours_that_changed_places() {
    let report = report_of(Forge::story().swapped("open", "task_acknowledged"));
    assert!(report.violates(Invariant::I5), "{report}");
    assert!(!report.violates(Invariant::I3), "{report}");
    assert!(report.violations.iter().any(|it| it.subject == dossier("open")), "{report}");
}
