//! Who does not say that it has a task is alerted, with those whose results went along.

use super::fixture::*;
use crate::dossier::{Fact, MessageKind};

fn dispatched_to_all() -> Story {
    let mut story = Story::on(shipped(|_, text| text.to_owned()));
    story.accept(&story.acknowledge("registration", "2026-11-19T09:20:00+07:00"));
    story.accept(&story.acknowledge("birth_support", "2026-11-19T09:30:00+07:00"));
    story.accept(&story.complete("registration", "2026-11-19T14:00:00+07:00"));
    story.accept(&story.acknowledge("residence", "2026-11-19T14:20:00+07:00"));
    story
}

#[test]
fn all_parties_are_alerted_and_again_until_it_is_acknowledged() {
    let mut story = dispatched_to_all();
    assert!(story.accept(&Story::elapse("2026-11-19T15:59:59+07:00")).is_empty());
    assert_eq!(story.accept(&Story::elapse("2026-11-19T16:00:00+07:00")), ["handover_alerted"]);
    assert_eq!(story.accept(&Story::elapse("2026-11-20T10:30:00+07:00")).len(), 2);
    let alerts = story.task("health_insurance").alerts.clone().unwrap();
    assert_eq!((alerts.count, alerts.repair), (3, moment("2026-11-20T17:00:00+07:00")));
    story.accept(&story.acknowledge("health_insurance", "2026-11-20T11:00:00+07:00"));
    assert!(story.accept(&Story::elapse("2026-11-23T09:00:00+07:00")).is_empty());
}

#[test]
fn an_alert_reaches_the_office_and_those_whose_results_went_along() {
    let mut story = dispatched_to_all();
    story.accept(&Story::elapse("2026-11-20T08:30:00+07:00"));
    let alerts = |task: &str| -> Vec<String> {
        let messages = story.task(task).messages.iter();
        let alerts = messages.filter(|it| it.kind == MessageKind::Alert);
        alerts.map(|it| it.addressee().to_owned()).collect()
    };
    assert_eq!(alerts("health_insurance"), ["social-insurance.01"; 2]);
    assert_eq!(alerts("registration"), ["civil-status.00565"; 2]);
    assert!(alerts("residence").is_empty());
    let mut ids: Vec<&String> = story
        .events
        .iter()
        .filter_map(|it| match &it.fact {
            Fact::HandoverAlerted { messages, .. } => Some(messages),
            _ => None,
        })
        .flatten()
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4, "every message has an id of its own");
}
