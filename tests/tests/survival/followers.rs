//! Who follows the log, and what is pushed: nothing is skipped, repeated or renamed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use chrono::Utc;
use lienthong_checker::history::History;
use lienthong_checker::ledger::{Ledger, Received};
use lienthong_checker::{Evidence, Invariant, Report, check};
use lienthong_engine::failpoint::Point;
use lienthong_engine::sabotage::Bug;
use lienthong_tests::manner::Manner;
use lienthong_tests::people::application;
use lienthong_tests::program;
use lienthong_tests::server::{Place, Server};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
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

/// An agency that takes nothing at first. Gives the id of every message that it is sent.
async fn agency(listener: TcpListener, calls: usize) -> Vec<String> {
    let mut ids = Vec::new();
    while ids.len() < calls {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (mut length, mut line) = (0, String::new());
        let mut request = BufReader::new(&mut stream);
        while request.read_line(&mut line).await.unwrap() > 2 {
            let (name, value) = line.split_once(": ").unwrap_or_default();
            match name {
                "webhook-id" => ids.push(value.trim().to_owned()),
                "content-length" => length = value.trim().parse().unwrap(),
                _ => {}
            }
            line.clear();
        }
        request.read_exact(&mut vec![0; length]).await.unwrap();
        let status = if ids.len() < calls { "503 Later" } else { "204 Thanks" };
        let answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
    ids
}

/// What an agency knows that takes a message at the third attempt.
async fn after_attempts(manner: Manner) -> Report {
    let place = Place::sqlite();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/tasks", listener.local_addr().unwrap());
    let mut set = program::command(&["agency", "set-endpoint", OFFICE, &url]);
    set.arg("--data").arg(place.data()).args(["--store", place.store()]);
    let _ = program::output(set);
    let mut server = Server::start_in(place, manner);
    let dossier = apply(&server, 0).await.unwrap();
    let ids = tokio::time::timeout(PATIENCE, agency(listener, 3)).await.unwrap();
    server.stop();
    let received = ids.into_iter().map(|dispatch| Received {
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
