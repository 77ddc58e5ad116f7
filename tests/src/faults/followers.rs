//! Who follows the log, and what is pushed: nothing is skipped, repeated or renamed.

use std::time::Duration;

use chrono::Utc;
use lienthong_checker::history::History;
use lienthong_checker::ledger::{Ledger, Received};
use lienthong_checker::{Evidence, Report, check};
use lienthong_engine::failpoint::Point;
use lienthong_engine::sabotage::Bug;
use serde_json::json;
use uuid::Uuid;

use crate::called::Called;
use crate::client::eventually;
use crate::manner::Manner;
use crate::people::application;
use crate::server::{Place, Server};

/// More than there are partitions, so that some have several.
const DOSSIERS: u32 = 40;
/// At which commit of subscriptions the process dies: there are dossiers in it.
const DIES_AT: u64 = 3;
/// Attempts at a message until its agency takes it.
const ATTEMPTS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(60);
const OFFICE: &str = "civil-status.00565";
const APPLICANT: &str = "001089012345";

/// Some dossiers on a server that ends in order.
///
/// # Panics
/// If it takes no applications.
pub async fn some_dossiers(manner: Manner) -> Report {
    let mut server = Server::start_in(Place::sqlite(), manner);
    for n in 0..DOSSIERS {
        let _ = apply(&server, n).await.expect("an application that is taken");
    }
    server.stop();
    checked(&server, Ledger::default()).await
}

/// Dossiers until the server dies between the effects of subscriptions and what it does next; then
/// one without faults goes on.
///
/// # Panics
/// If it does not die.
pub async fn death_after_effects(bug: Option<Bug>) -> Report {
    let mut manner = Manner::dying_at(Point::FeedAfterCommit, DIES_AT);
    let sabotage = bug.and_then(|it| Manner::with_bug(it).faults).into_iter().flatten();
    manner.faults.get_or_insert_default().extend(sabotage);
    let mut server = Server::start_in(Place::sqlite(), manner);
    let mut n = 0;
    let dies = async {
        while server.ended().is_none() {
            apply(&server, n).await;
            n += 1;
        }
    };
    tokio::time::timeout(PATIENCE, dies).await.expect("it dies");
    server.manner = Manner::default();
    server.start_again();
    let _ = apply(&server, n + 1).await.expect("an application that is taken");
    server.stop();
    Report { faults: 1, ..checked(&server, Ledger::default()).await }
}

/// What an agency knows that takes a message at the third attempt.
///
/// # Panics
/// If it is not called so often.
pub async fn several_attempts(manner: Manner) -> Report {
    let place = Place::sqlite();
    let called = Called::answering(|call| if call + 1 < ATTEMPTS { 503 } else { 204 }).await;
    place.set_endpoint(OFFICE, called.url());
    let mut server = Server::start_in(place, manner);
    let dossier = apply(&server, 0).await.expect("an application that is taken");
    let is_taken = async || (called.ids().len() >= ATTEMPTS).then_some(());
    eventually("the last attempt", PATIENCE, is_taken).await;
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

/// Applies and gives the dossier's id, if there is an answer.
async fn apply(server: &Server, n: u32) -> Option<String> {
    let father = server.citizen("father", APPLICANT);
    let body = json!({ "application": application("birth", n) });
    let answer = father.try_command(Uuid::now_v7(), "/api/v1/applications/birth", &body).await;
    Some(answer.ok()?.json()["id"].as_str()?.to_owned())
}

async fn checked(server: &Server, ledger: Ledger) -> Report {
    let history = History::read(server.place.store()).await.expect("read the store");
    check(&Evidence { history, ledger, ..Evidence::default() })
}
