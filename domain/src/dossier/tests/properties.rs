//! Laws: whatever is asked in whatever order, state follows from events alone, and what is
//! personal never shows where it must not.

use proptest::prelude::*;

use super::fixture::{Story, catalogue, moment};
use crate::dossier::{Dossier, Event, Fact, Holder, Item, Moment, TaskStatus, Turn, decide, held};
use crate::event::{StoredEvent, stored_text};

fn stored(event: &Event) -> String {
    stored_text(&event.encode([7; 16]).unwrap()).unwrap()
}

#[test]
fn what_is_stored_comes_back_equal() {
    let mut story = Story::begin();
    let item = Item::Document("marriage_certificate".into());
    story.accept(&story.request("registration", "2026-11-19T16:00:00+07:00", &[item]));
    for event in &story.events {
        let back: Event = serde_json::from_str(&stored(event)).unwrap();
        assert_eq!(&back, event);
    }
}

#[test]
fn nothing_personal_is_in_control_or_in_debug() {
    let mut story = Story::begin();
    story.accept(&story.complete("registration", "2026-11-19T14:00:00+07:00"));
    let secrets = ["Nguyễn", "001089012345", "001326012345", "0912345678", "0011004123456"];
    for event in &story.events {
        let control = event.encode([7; 16]).unwrap().control;
        let debug = format!("{event:?}");
        for secret in secrets {
            assert!(!control.contains(secret), "{control}");
            assert!(!debug.contains(secret), "{debug}");
        }
    }
    let debug = format!("{:?}", story.dossier);
    assert!(secrets.iter().all(|it| !debug.contains(it)));
}

#[test]
fn a_dossier_goes_on_where_personal_values_were_erased() {
    let mut story = Story::begin();
    story.accept(&story.complete("registration", "2026-11-19T14:00:00+07:00"));
    let mut erased = Dossier::default();
    for event in &story.events {
        erased.evolve(&Event { personal: None, ..event.clone() });
    }
    let mut whole = story.dossier.clone();
    whole.application = None;
    for task in &mut whole.tasks {
        task.results = None;
    }
    assert_eq!(erased, whole);
}

/// A step of a random story: which task, what is done, how many hours later.
fn steps() -> impl Strategy<Value = Vec<(usize, u8, i64)>> {
    prop::collection::vec((0..5_usize, 0..8_u8, 0..60_i64), 0..25)
}

const TASKS: [&str; 5] =
    ["registration", "birth_support", "residence", "health_insurance", "identity_card"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn state_is_the_fold_of_events_and_never_loses_its_holder(steps in steps()) {
        let catalogue = catalogue();
        let mut story = Story::begin();
        let mut now = moment(super::fixture::ARRIVAL);
        for (task, deed, hours) in steps {
            now += chrono::TimeDelta::hours(hours);
            let (task, at) = (TASKS[task], now.to_rfc3339());
            let item = Item::Document("marriage_certificate".into());
            let command = match deed {
                0 | 1 => story.acknowledge(task, &at),
                2 | 3 => story.complete(task, &at),
                4 => story.refuse(task, &at),
                5 => story.request(task, &at, &[item]),
                6 => Story::supply(task, &at, &["marriage_certificate"]),
                _ => Story::withdraw(Some(task), &at),
            };
            let decided = decide(&story.dossier, &command, &catalogue);
            prop_assert_eq!(decided.is_ok(), decide(&story.dossier, &command, &catalogue).is_ok());
            for event in decided.unwrap_or_default() {
                let before = story.dossier.clone();
                story.dossier.evolve(&event);
                for (was, is) in before.tasks.iter().zip(&story.dossier.tasks) {
                    prop_assert!(!was.status.has_ended() || was.status == is.status);
                }
                story.events.push(event);
            }
            check(&story.dossier)?;
        }
        accounts(&story, now)?;
        let mut again = Dossier::default();
        for event in &story.events {
            again.evolve(&serde_json::from_str(&stored(event)).unwrap());
        }
        prop_assert_eq!(again, story.dossier);
    }
}

/// Every moment of every task is somebody's, and only one's; what is late is laid at the door of
/// who held it then.
fn accounts(story: &Story, now: Moment) -> Result<(), TestCaseError> {
    let accounts = held(&story.events, now);
    let begun = story.dossier.submitted_at.unwrap();
    for task in &story.dossier.tasks {
        let spans = &accounts[&task.name];
        let mut at = begun;
        for span in spans {
            prop_assert_eq!(span.from, at, "a gap or an overlap in {}", task.name);
            prop_assert!(span.from < span.until);
            at = span.until;
        }
        prop_assert!(at == now.max(at), "{} ends early", task.name);
        // What began just now has not lasted.
        let lasts = story.dossier.last_at.is_some_and(|it| it < now);
        if let Some(last) = spans.last().filter(|_| lasts) {
            prop_assert_eq!(&last.by, &Holder::from(task.turn()));
        }
        let overdue_at = story.events.iter().find(
            |it| matches!(&it.fact, Fact::TaskOverdue { task: name, .. } if *name == task.name),
        );
        for span in spans.iter().filter(|it| it.late) {
            prop_assert!(overdue_at.is_some_and(|it| it.at <= span.from));
        }
    }
    Ok(())
}

/// Whoever's turn it is, a timer is armed; and nothing waits that nobody can move.
fn check(dossier: &Dossier) -> Result<(), TestCaseError> {
    let open = dossier.tasks.iter().any(|it| it.status.is_open());
    let awaited =
        dossier.tasks.iter().any(|it| matches!(it.turn(), Turn::Agency(_) | Turn::Applicant));
    prop_assert_eq!(awaited, !dossier.timers().is_empty());
    prop_assert!(open || dossier.has_ended(), "nothing waits for ever");
    for task in &dossier.tasks {
        prop_assert_eq!(
            task.status == TaskStatus::Waiting,
            task.office.is_none() && !task.status.has_ended()
        );
    }
    Ok(())
}
