//! What an application must be, and what follows from it at once.

use serde_json::{Value as Json, json};

use super::fixture::{Story, application, catalogue, code, father, submission};
use crate::digest::Digest;
use crate::dossier::{
    Action, Actor, Citizen, Command, Dossier, Error, Fact, Refusal, SkipReason, decide, vet,
};
use crate::personal::Personal;

fn faults(command: &Command) -> Vec<(String, &'static str)> {
    match decide(&Dossier::default(), command, &catalogue()) {
        Err(Error::Invalid(faults)) => {
            faults.into_iter().map(|it| (it.pointer.clone(), code(&it))).collect()
        }
        other => panic!("{other:?} is not invalid"),
    }
}

fn changed(pointer: &str, value: Json) -> Command {
    let mut application = application();
    *application.pointer_mut(pointer).unwrap() = value;
    submission(application)
}

#[test]
fn a_dossier_pins_the_versions_that_it_started_on() {
    let story = Story::begin();
    assert_eq!(story.dossier.group.name, "birth");
    assert!(story.catalogue.group(&story.dossier.group.digest).is_some());
    assert!(story.catalogue.calendar(&story.dossier.calendar).is_some());
    assert!(story.catalogue.directory(&story.dossier.directory).is_some());
    assert_eq!(story.dossier.code, "000.05.65.H26-261119-0001");
}

#[test]
fn the_office_that_receives_it_gives_the_code() {
    let command = submission(application());
    let Action::Submit(submit) = &command.action else { unreachable!() };
    let (office, _) = vet(&command, submit, &catalogue()).unwrap();
    assert_eq!(office, "000.05.65.H26");
}

#[test]
fn what_was_vetted_is_checked_again_only_under_other_rules() {
    let mut command = submission(application());
    let Action::Submit(submit) = &mut command.action else { unreachable!() };
    let (right, at) = (submit.clone(), command.at);
    let probe = Command { at, actor: command.actor.clone(), action: Action::Elapse };
    let (_, vetted) = vet(&probe, &right, &catalogue()).unwrap();
    submit.vetted = Some(vetted);
    // Nobody does that; it shows that nothing is checked twice.
    submit.application["child"]["full_name"] = Json::from(7);
    assert!(decide(&Dossier::default(), &command, &catalogue()).is_ok());
    command.at += chrono::TimeDelta::days(1);
    assert!(!faults(&command).is_empty(), "what was right yesterday may be wrong today");
}

#[test]
fn what_was_not_chosen_is_settled_at_once() {
    let mut alone = application();
    for part in ["residence", "health_insurance", "birth_support"] {
        alone.as_object_mut().unwrap().remove(part);
    }
    alone["scope"] = json!({"residence": false, "health_insurance": false, "identity_card": false});
    let events = decide(&Dossier::default(), &submission(alone), &catalogue()).unwrap();
    let skipped: Vec<&str> = events
        .iter()
        .filter(|it| matches!(&it.fact, Fact::TaskSkipped { because: SkipReason::NotChosen, .. }))
        .filter_map(|it| it.fact.task())
        .collect();
    assert_eq!(skipped, ["birth_support", "residence", "identity_card", "health_insurance"]);
}

#[test]
fn somebody_less_surely_known_is_refused_at_the_field() {
    let citizen = Citizen { identity_level: 1, ..father() };
    let command = Command { actor: Actor::Citizen(citizen), ..submission(application()) };
    assert_eq!(faults(&command), [("/applicant/personal_id".to_owned(), "identity-level")]);
}

#[test]
fn nobody_applies_under_another_personal_id() {
    let citizen = Citizen { personal_id: Personal::new("001192054321".into()), ..father() };
    let command = Command { actor: Actor::Citizen(citizen), ..submission(application()) };
    assert_eq!(faults(&command), [("/applicant/personal_id".to_owned(), "not-your-own")]);
}

#[test]
fn a_file_that_was_not_uploaded_is_refused() {
    let digest = Digest::of(b"elsewhere");
    let documents = json!([
        {"type": "birth_notice", "source": "health-data", "reference": "01901.GCS.00457.26"},
        {"type": "marriage_certificate", "source": "upload", "digest": digest}
    ]);
    let command = changed("/documents", documents);
    assert_eq!(faults(&command), [("/documents/1/digest".to_owned(), "not-uploaded")]);
}

#[test]
fn a_required_document_must_be_named() {
    let command = changed("/documents", json!([]));
    assert_eq!(faults(&command), [("/documents".to_owned(), "missing-document")]);
}

#[test]
fn a_group_that_is_not_in_force_is_refused() {
    let command = Command {
        at: super::fixture::moment("2026-08-31T23:59:59+07:00"),
        ..submission(application())
    };
    let result = decide(&Dossier::default(), &command, &catalogue());
    assert!(matches!(result, Err(Error::Refused(Refusal::NotInForce))));
}

#[test]
fn only_its_applicant_may_ask_anything_of_it() {
    let story = Story::begin();
    let stranger = Citizen { account: "account-2".into(), ..father() };
    let command = Command {
        actor: Actor::Citizen(stranger),
        ..Story::withdraw(None, "2026-11-19T10:00:00+07:00")
    };
    assert_eq!(story.refused(&command), Refusal::NoSuchDossier);
}
