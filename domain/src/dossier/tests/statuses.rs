//! The national statuses are total: every state has one, and none is reported as another.

use super::fixture::Story;
use crate::dossier::{NationalStatus, TaskState, TaskStatus};

#[test]
fn every_task_status_has_its_national_one() {
    let national = |status, delivered: bool| {
        let delivered_at = delivered.then(|| super::fixture::moment("2026-11-19T14:00:00+07:00"));
        let office = Some("civil-status.00565".to_owned());
        let task = TaskState { status, delivered_at, office, ..TaskState::default() };
        task.national().map(u8::from)
    };
    let expected = [
        (TaskStatus::Waiting, Some(1)),
        (TaskStatus::Dispatched, Some(1)),
        (TaskStatus::Acknowledged, Some(2)),
        (TaskStatus::SupplementRequested, Some(5)),
        (TaskStatus::Supplied, Some(4)),
        (TaskStatus::Completed, Some(9)),
        (TaskStatus::Reopened, Some(4)),
        (TaskStatus::Elapsing, Some(4)),
        (TaskStatus::Refused, Some(3)),
        (TaskStatus::Stopped, Some(8)),
        (TaskStatus::Withdrawn, Some(7)),
        (TaskStatus::Skipped, None),
    ];
    assert_eq!(expected.map(|(status, _)| status), TaskStatus::ALL);
    for (status, number) in expected {
        assert_eq!(national(status, false), number, "{status:?}");
    }
    assert_eq!(national(TaskStatus::Completed, true), Some(10));
    let own = TaskState { status: TaskStatus::Completed, ..TaskState::default() };
    assert_eq!(own.national(), None, "no agency had it");
}

#[test]
fn numbers_are_those_of_the_portal() {
    let numbers = NationalStatus::ALL.map(NationalStatus::number);
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for status in NationalStatus::ALL {
        assert_eq!(NationalStatus::try_from(status.number()).unwrap(), status);
    }
    assert!(NationalStatus::try_from(0).is_err());
    assert!(NationalStatus::try_from(11).is_err());
}

#[test]
fn a_refused_first_task_refuses_the_dossier_unless_something_was_issued() {
    let mut story = Story::begin();
    story.accept(&Story::withdraw(Some("birth_support"), "2026-11-19T09:30:00+07:00"));
    story.accept(&story.refuse("registration", "2026-11-19T10:00:00+07:00"));
    assert_eq!(story.dossier.national(), NationalStatus::NotAccepted);

    let mut story = Story::begin();
    story.accept(&story.complete("registration", "2026-11-19T14:00:00+07:00"));
    story.accept(&Story::withdraw(None, "2026-11-20T10:00:00+07:00"));
    assert_eq!(story.dossier.national(), NationalStatus::Decided);
}
