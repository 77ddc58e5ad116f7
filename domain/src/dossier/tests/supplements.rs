//! Asking for more, and supplying it: exactly that, and in time.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::fixture::{Story, father, file, moment};
use crate::dossier::{Action, Actor, Command, Item, Refusal, TaskStatus, sight};

const ASKED: &str = "2026-11-19T16:00:00+07:00";
const LATER: &str = "2026-11-20T10:00:00+07:00";

fn document() -> Item {
    Item::Document("marriage_certificate".into())
}

fn asked(items: &[Item]) -> Story {
    let mut story = Story::begin();
    story.accept(&story.request("registration", ASKED, items));
    story
}

fn supply_fields(at: &str, fields: &[(&str, Json)]) -> Command {
    let fields: BTreeMap<String, Json> =
        fields.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect();
    let action = Action::Supply { task: "registration".into(), attachments: Vec::new(), fields };
    Command { at: moment(at), actor: Actor::Citizen(father()), action }
}

#[test]
fn the_applicant_is_asked_for_exactly_that() {
    let story = asked(&[document()]);
    let request = story.task("registration").open_supplement().unwrap();
    assert_eq!(request.items, [document()]);
    assert_eq!(request.window.at, moment("2026-12-02T00:00:00+07:00"));
    assert_eq!(story.task("registration").turn(), crate::dossier::Turn::Applicant);
}

#[test]
fn what_was_supplied_reaches_the_agency() {
    let mut story = asked(&[document()]);
    let facts = story.accept(&Story::supply("registration", LATER, &["marriage_certificate"]));
    assert_eq!(facts, ["supplement_supplied", "watch_moved"]);
    assert_eq!(story.dossier.attachments, [file("marriage_certificate")]);
    assert!(story.dossier.application.is_some(), "the form stays");
    assert_eq!(story.task("registration").status, TaskStatus::Supplied);
}

#[test]
fn a_supplied_field_replaces_what_the_form_said() {
    let mut story = asked(&[Item::Field("child.home_town".into())]);
    story.accept(&supply_fields(LATER, &[("child.home_town", json!("xã Bát Tràng, Hà Nội"))]));
    let form = story.dossier.application.as_ref().unwrap().reveal();
    assert_eq!(form["child"]["home_town"], "xã Bát Tràng, Hà Nội");
    assert_eq!(form["child"]["full_name"], "Nguyễn Minh An");
}

#[test]
fn a_supplied_field_keeps_the_rules_as_of_the_day_of_the_application() {
    let born_on = |day: &str| {
        let mut story = Story::begin();
        let field = Item::Field("child.date_of_birth".into());
        story.accept(&story.request("registration", ASKED, &[field]));
        (story, supply_fields(LATER, &[("child.date_of_birth", json!(day))]))
    };
    let (story, command) = born_on("2020-11-19");
    assert_eq!(story.invalid(&command), [("/child/date_of_birth".to_owned(), "rule")]);
    // Six years old by now, but not when the application was received.
    let (mut story, command) = born_on("2020-11-20");
    story.accept(&command);
    assert_eq!(story.task("registration").status, TaskStatus::Supplied);
}

#[test]
fn less_more_or_worse_than_was_asked_is_refused_at_its_place() {
    let story = asked(&[document(), Item::Field("child.home_town".into())]);
    let nothing = Story::supply("registration", LATER, &[]);
    assert_eq!(
        story.invalid(&nothing),
        [
            ("/documents".to_owned(), "missing-document"),
            ("/fields/child.home_town".to_owned(), "required")
        ]
    );
    let story = asked(&[Item::Field("child.home_town".into())]);
    let other = supply_fields(LATER, &[("child.full_name", json!("Nguyễn Minh Anh"))]);
    let codes: Vec<_> = story.invalid(&other).into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["not-asked", "required"]);
    let wrong = supply_fields(LATER, &[("child.home_town", json!(5))]);
    assert_eq!(story.invalid(&wrong), [("/child/home_town".to_owned(), "wrong-type")]);
}

#[test]
fn what_is_missing_hides_nothing_that_is_wrong() {
    let fields = ["child.home_town", "child.full_name", "child.ethnicity"];
    let items = fields.map(|it| Item::Field(it.into()));
    let story = asked(&[&[document()], items.as_slice()].concat());
    let wrong = [("child.home_town", json!(5)), ("child.ethnicity", json!(""))];
    assert_eq!(
        story.invalid(&supply_fields(LATER, &wrong)),
        [
            ("/documents".to_owned(), "missing-document"),
            ("/fields/child.full_name".to_owned(), "required"),
            ("/child/ethnicity".to_owned(), "required"),
            ("/child/home_town".to_owned(), "wrong-type"),
        ]
    );
}

#[test]
fn nothing_can_be_supplied_that_was_not_asked_for() {
    let story = Story::begin();
    let supply = Story::supply("registration", LATER, &["marriage_certificate"]);
    assert_eq!(story.refused(&supply), Refusal::NothingAsked);
}

#[test]
fn a_window_closes_at_its_end_however_late_the_timer_is() {
    let story = asked(&[document()]);
    let last =
        Story::supply("registration", "2026-12-01T23:59:59+07:00", &["marriage_certificate"]);
    assert!(crate::dossier::decide(&story.dossier, &last, &story.catalogue).is_ok());
    let late =
        Story::supply("registration", "2026-12-02T00:00:00+07:00", &["marriage_certificate"]);
    assert_eq!(story.refused(&late), Refusal::Ended(TaskStatus::Stopped));
}

#[test]
fn one_request_at_a_time_and_only_for_what_the_agency_may_see() {
    let story = asked(&[document()]);
    let again = story.request("registration", LATER, &[document()]);
    assert_eq!(story.refused(&again), Refusal::AlreadyRequested);
    let story = Story::begin();
    let ask = |items: &[Item]| story.invalid(&story.request("registration", LATER, items));
    assert_eq!(ask(&[]), [("/items".to_owned(), "item-count")]);
    let unseen = Item::Field("birth_support.payment.account".into());
    let unknown = Item::Document("passport".into());
    assert_eq!(
        ask(&[document(), unseen, unknown, document()]),
        [
            ("/items/1".to_owned(), "unknown-item"),
            ("/items/2".to_owned(), "unknown-item"),
            ("/items/3".to_owned(), "unknown-item")
        ]
    );
}

#[test]
fn an_agency_sees_what_it_asked_for() {
    let mut story = Story::begin();
    story.accept(&story.complete("registration", "2026-11-19T14:00:00+07:00"));
    story.accept(&story.request("health_insurance", "2026-11-19T15:00:00+07:00", &[document()]));
    story.accept(&Story::supply("health_insurance", LATER, &["marriage_certificate"]));
    let group = story.catalogue.group(&story.dossier.group.digest).unwrap();
    let seen = |task: &str| sight(&story.dossier, &group, group.task(task).unwrap()).documents;
    assert_eq!(seen("health_insurance"), [file("marriage_certificate")]);
    assert!(seen("residence").is_empty());
}

#[test]
fn a_total_does_not_count_a_time_that_was_the_applicants() {
    let mut story = Story::begin();
    story.accept(&story.complete("registration", "2026-11-19T14:00:00+07:00"));
    let papers = Item::Document("residence_papers".into());
    story.accept(&story.request("residence", "2026-11-19T15:00:00+07:00", &[papers]));
    let facts = story.accept(&Story::elapse("2026-12-02T00:00:01+07:00"));
    assert!(facts.contains(&"supplement_lapsed") && facts.contains(&"watch_moved"), "{facts:?}");
    assert!(!story.dossier.watches[0].overdue);
}

#[test]
fn what_held_for_the_application_holds_for_what_is_supplied() {
    let story = asked(&[Item::Field("applicant.personal_id".into())]);
    let other = supply_fields(LATER, &[("applicant.personal_id", json!("001192054321"))]);
    assert_eq!(story.invalid(&other), [("/applicant/personal_id".to_owned(), "not-your-own")]);
}
