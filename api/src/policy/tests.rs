//! Every deed is denied to everybody who was not named for it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use lienthong_domain::dossier::{Attachment, ResultVersion};
use lienthong_domain::personal::Personal;
use serde_json::json;

use super::*;

fn person(account: &str) -> Actor {
    Actor::Citizen(Person {
        account: account.to_owned(),
        personal_id: Personal::new("001089012345".to_owned()),
        name: Personal::new("Nguyễn Văn Hùng".to_owned()),
        level: 2,
        expires: DateTime::<Utc>::MAX_UTC,
    })
}

fn file(text: &str) -> Attachment {
    Attachment {
        kind: "birth_notice".to_owned(),
        digest: Digest::of(text.as_bytes()),
        media_type: "application/pdf".to_owned(),
        bytes: 1,
    }
}

fn task(office: &str) -> TaskState {
    TaskState {
        office: Some(office.to_owned()),
        dispatch: Some("d/registration/o/dispatch/1".to_owned()),
        documents: vec![file("issued")],
        versions: vec![version(1, "corrected"), version(2, "issued")],
        ..TaskState::default()
    }
}

fn version(version: u32, text: &str) -> ResultVersion {
    let at = DateTime::UNIX_EPOCH.fixed_offset();
    ResultVersion { version, at, documents: vec![file(text)], superseded_at: None }
}

fn dossier() -> Dossier {
    Dossier {
        account: "a".to_owned(),
        submitted_at: Some(DateTime::UNIX_EPOCH.fixed_offset()),
        attachments: vec![file("attached")],
        tasks: vec![task("police.1")],
        ..Dossier::default()
    }
}

fn sight() -> Sight {
    Sight {
        form: json!({}),
        documents: vec![file("shown")],
        results: BTreeMap::new(),
        result_documents: Vec::new(),
    }
}

#[test]
fn a_citizen_has_their_own_dossier_and_its_files() {
    let (own, dossier) = (person("a"), dossier());
    let digest = |text: &str| Digest::of(text.as_bytes());
    assert_eq!(may(&own, Deed::ReadDossier(&dossier)), Ok(()));
    assert_eq!(may(&own, Deed::ChangeDossier(&dossier)), Ok(()));
    for (text, outcome) in [
        ("attached", Ok(())),
        ("issued", Ok(())),
        ("corrected", Ok(())),
        ("other", Err(Denial::NotFound)),
    ] {
        let deed = Deed::ReadDocument { dossier: &dossier, digest: &digest(text) };
        assert_eq!(may(&own, deed), outcome, "{text}");
        assert_eq!(may(&person("b"), deed), Err(Denial::NotFound), "{text}");
    }
    assert_eq!(may(&person("b"), Deed::ReadDossier(&dossier)), Err(Denial::NotFound));
    assert_eq!(may(&person(""), Deed::ReadDossier(&Dossier::default())), Err(Denial::NotFound));
}

#[test]
fn an_agency_has_its_own_tasks_and_what_they_are_shown() {
    let (own, other) = (Actor::Agency("police.1".into()), Actor::Agency("police.2".into()));
    let (task, sight) = (task("police.1"), sight());
    assert_eq!(may(&own, Deed::AnswerTask(&task)), Ok(()));
    assert_eq!(may(&other, Deed::AnswerTask(&task)), Err(Denial::NotFound));
    for (text, outcome) in
        [("shown", Ok(())), ("issued", Ok(())), ("attached", Err(Denial::NotFound))]
    {
        let digest = Digest::of(text.as_bytes());
        let deed = Deed::ReadTaskDocument { task: &task, sight: &sight, digest: &digest };
        assert_eq!(may(&own, deed), outcome, "{text}");
        assert_eq!(may(&other, deed), Err(Denial::NotFound), "{text}");
    }
    let not_sent = TaskState { dispatch: None, ..task };
    assert_eq!(may(&own, Deed::ReadTask(&not_sent)), Err(Denial::NotFound));
}

#[test]
fn nobody_does_the_deeds_of_another_kind() {
    let (dossier, task) = (dossier(), task("police.1"));
    let citizens = [Deed::Apply, Deed::UploadAsCitizen, Deed::ReadDossier(&dossier)];
    let agencies = [Deed::ListOwnTasks, Deed::UploadAsAgency, Deed::AnswerTask(&task)];
    for deed in citizens {
        assert_eq!(may(&Actor::Agency("police.1".into()), deed), Err(Denial::Forbidden));
        assert_eq!(may(&Actor::Anybody, deed), Err(Denial::Unauthenticated));
    }
    for deed in agencies {
        assert_eq!(may(&person("a"), deed), Err(Denial::Forbidden));
        assert_eq!(may(&Actor::Anybody, deed), Err(Denial::Unauthenticated));
    }
}
