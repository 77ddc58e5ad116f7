//! From the application to the last result in the applicant's hands.

use std::time::Duration;

use lienthong_tests::client::eventually;
use lienthong_tests::people::{Applicant, application, complete_everything, statuses, task};
use lienthong_tests::server::{Place, Server};
use serde_json::Value as Json;

const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn a_birth_and_a_death_are_completed(place: Place) {
    let server = Server::start(place);
    for group in ["birth", "death"] {
        let application = application(group, 1);
        let applicant = Applicant::of(&server, group, &application);
        let id = applicant.apply(group, application).await;
        let first = applicant.dossier(&id).await;
        assert_eq!(first["status"]["number"], 1);
        assert_is_told(&first);
        let last = complete_everything(&server, &applicant, &id).await;
        assert_complete(&last);
        let documents = last["tasks"].as_array().unwrap().iter().flat_map(documents);
        let documents: Vec<&str> = documents.collect();
        assert!(documents.len() >= 4, "{documents:?}");
        for url in documents {
            let answer = applicant.client.get(url).await;
            assert_eq!((answer.status, &answer.bytes[..5]), (200, &b"%PDF-"[..]), "{url}");
        }
    }
}

fn documents(task: &Json) -> impl Iterator<Item = &str> {
    let results = task["results"].as_array().unwrap().iter();
    results.filter_map(|it| it["document"]["url"].as_str())
}

/// The applicant is told whose turn it is, by when, and why then.
fn assert_is_told(dossier: &Json) {
    let registration = task(dossier, "registration");
    assert_eq!(registration["turn"], "agency");
    assert!(registration["office"]["name"]["vi"].as_str().unwrap().starts_with("UBND "));
    for language in ["vi", "en"] {
        let why = registration["due"]["explanation"][language].as_str().unwrap();
        assert!(why.contains("24"), "{why}");
    }
    assert_eq!(dossier["history"][0]["kind"], "dossier_submitted");
}

fn assert_complete(dossier: &Json) {
    assert_eq!(dossier["status"]["number"], 10, "{:?}", statuses(dossier));
    let ended = |it: &&str| matches!(*it, "completed" | "skipped");
    assert!(statuses(dossier).values().all(ended), "{:?}", statuses(dossier));
    let sequences = dossier["history"].as_array().unwrap().iter();
    let sequences: Vec<u64> = sequences.map(|it| it["sequence"].as_u64().unwrap()).collect();
    assert!(sequences.iter().copied().eq(1..=sequences.len() as u64), "{sequences:?}");
}

pub(crate) async fn simulated_agencies_complete_them_too(place: Place) {
    let server = Server::start(place);
    let agencies = server.agencies(&["--seed=7", "--delay=0ms..=20ms"]);
    for group in ["birth", "death"] {
        let application = application(group, 1);
        let applicant = Applicant::of(&server, group, &application);
        let id = applicant.apply(group, application).await;
        let complete = eventually("a complete dossier", PATIENCE, async || {
            let dossier = applicant.dossier(&id).await;
            (dossier["status"]["number"] == 10).then_some(dossier)
        });
        assert_complete(&complete.await);
    }
    assert!(agencies.end().success());
}
