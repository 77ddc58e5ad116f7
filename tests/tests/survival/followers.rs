//! Who follows the log, and what is pushed: nothing is skipped, repeated or renamed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use chrono::Utc;
use lienthong_checker::history::History;
use lienthong_checker::ledger::{Ledger, Received};
use lienthong_checker::{Evidence, Invariant, Report, check};
use lienthong_engine::failpoint::Point;
use lienthong_engine::sabotage::Bug;
use lienthong_tests::called::Called;
use lienthong_tests::client::eventually;
use lienthong_tests::manner::Manner;
use lienthong_tests::people::application;
use lienthong_tests::server::{Place, Server};
use serde_json::json;
use uuid::Uuid;

/// More than there are partitions, so that some have several.
const DOSSIERS: u32 = 40;
/// At which commit of subscriptions the process dies: there are dossiers in it.
const DIES_AT: u64 = 3;
const PATIENCE: Duration = Duration::from_secs(60);
const OFFICE: &str = "civil-status.00565";
const APPLICANT: &str = "001089012345";

/// Applies and gives the dossier's id, if there is an answer.
async fn apply(server: &Server, n: u32) -> Option<String> {
    let father = server.citizen("father", APPLICANT);
    let body = json!({ "application": application("birth", n) });
    let answer = father.try_command(Uuid::now_v7(), "/api/v1/applications/birth", &body).await;
    Some(answer.ok()?.json()["id"].as_str()?.to_owned())
}

async fn checked(server: &Server, ledger: Ledger) -> Report {
    let history = History::read(server.place.store()).await.unwrap();
    check(&Evidence { history, ledger, ..Evidence::default() })
}

/// Some dossiers on a server that ends in order.
async fn after_dossiers(manner: Manner) -> Report {
    let mut server = Server::start_in(Place::sqlite(), manner);
    for n in 0..DOSSIERS {
        apply(&server, n).await.unwrap();
    }
    server.stop();
    checked(&server, Ledger::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_by_sequence_is_caught() {
    let report = after_dossiers(Manner::with_bug(Bug::ReadBySequence)).await;
    assert!(report.violates(Invariant::I4), "nobody noticed: {report}");
    let report = after_dossiers(Manner::default()).await;
    assert!(report.holds(), "{report}");
}

/// Applies until the server dies between the effects of subscriptions and what it does next; then
/// one without faults goes on.
async fn after_death(bug: Option<Bug>) -> Report {
    let mut manner = Manner::dying_at(Point::FeedAfterCommit, DIES_AT);
    let sabotage = bug.map(|it| ("LIENTHONG_SABOTAGE", it.name().to_owned()));
    manner.faults.get_or_insert_default().extend(sabotage);
    let mut server = Server::start_in(Place::sqlite(), manner);
    let dies = async {
        let mut n = 0;
        while server.ended().is_none() {
            apply(&server, n).await;
            n += 1;
        }
    };
    tokio::time::timeout(PATIENCE, dies).await.unwrap();
    server.manner = Manner::default();
    server.start_again();
    apply(&server, 0).await.unwrap();
    server.stop();
    checked(&server, Ledger::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_in_another_transaction_is_caught() {
    let report = after_death(Some(Bug::CheckpointApart)).await;
    assert!(report.violates(Invariant::I4), "nobody noticed: {report}");
    let report = after_death(None).await;
    assert!(report.holds(), "{report}");
}

/// What an agency knows that takes a message at the third attempt.
async fn after_attempts(manner: Manner) -> Report {
    let place = Place::sqlite();
    let called = Called::answering(|call| if call < 2 { 503 } else { 204 }).await;
    place.set_endpoint(OFFICE, called.url());
    let mut server = Server::start_in(place, manner);
    let dossier = apply(&server, 0).await.unwrap();
    let is_taken = async || (called.ids().len() > 2).then_some(());
    eventually("the third attempt", PATIENCE, is_taken).await;
    server.stop();
    let received = called.ids().into_iter().map(|dispatch| Received {
        office: OFFICE.to_owned(),
        dossier: dossier.clone(),
        task: "registration".to_owned(),
        dispatch,
        at: Utc::now(),
    });
    let ledger = Ledger { received: received.collect(), ..Ledger::default() };
    checked(&server, ledger).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_id_on_retry_is_caught() {
    let report = after_attempts(Manner::with_bug(Bug::NewIdOnRetry)).await;
    assert!(report.violates(Invariant::I5), "nobody noticed: {report}");
    let report = after_attempts(Manner::default()).await;
    assert!(report.holds(), "{report}");
}
