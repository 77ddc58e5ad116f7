//! What was requested of offices is what has arrived, is under way or was given up, whatever
//! happens; and if something is missing, that shows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{NaiveDate, TimeDelta};
use lienthong_engine::clock::Clock as _;
use lienthong_engine::delivery::balance::{Balance, balances};
use lienthong_engine::delivery::{Message, Sender, Sent};
use lienthong_engine::log::feeds::{Arrival, OpenDeliveries};
use lienthong_engine::log::{self, Log, SqliteLog};
use lienthong_tests::engine::Engine;
use lienthong_tests::postgres;
use serde_json::json;
use uuid::Uuid;

const MORNING: &str = "2026-11-19T09:12:00+07:00";
const REGISTRAR: &str = "civil-status.00565";
const POLICE: &str = "police.00565";
const DOSSIERS: usize = 8;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

async fn of_all(log: &dyn Log) -> Vec<Balance> {
    balances(log, day("2026-11-01")..=day("2026-11-30")).await.unwrap()
}

fn of(balances: &[Balance], office: &str, arrival: Arrival) -> u64 {
    balances.iter().filter(|it| it.office == office).map(|it| it.of(arrival)).sum()
}

/// The registrar's way is good, the police are gone.
struct Way;

#[async_trait]
impl Sender for Way {
    async fn send(&self, message: &Message) -> Sent {
        match message.delivery.outgoing.message.addressee.as_str() {
            REGISTRAR => Sent::Taken,
            _ => Sent::Gone("gone"),
        }
    }
}

/// What is open, once nothing is to be pushed any more.
async fn pushed(engine: &Engine) -> OpenDeliveries {
    let settled = async {
        loop {
            engine.runtime.follow().await.unwrap();
            let deliveries = engine.runtime.backlog().await.unwrap().deliveries;
            if deliveries.pending == 0 {
                return deliveries;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), settled).await.unwrap()
}

async fn register(engine: &Engine, dossier: Uuid) {
    let results = json!({ "personal_id": "001326012345" });
    engine.complete(dossier, "registration", results, &["certificate"]).await;
}

/// Two days on which everything happens that can become of a dispatch.
async fn two_days(log: Arc<dyn Log>) {
    let engine = Engine::start(Arc::clone(&log), MORNING).await;
    engine.submit("birth").await;
    let withdrawn = engine.submit("birth").await;
    engine.runtime.follow().await.unwrap();
    engine.withdraw(withdrawn, None).await;
    let after_all = engine.submit("birth").await;
    engine.acknowledge(after_all, "registration").await;
    engine.withdraw(after_all, None).await;
    engine.runtime.follow().await.unwrap();
    let found = of_all(&*log).await;
    assert!(found.iter().all(Balance::is_even), "{found:?}");
    assert!(found.iter().all(Balance::is_even), "{found:?}");
    let registrar = |arrival| of(&found, REGISTRAR, arrival);
    assert_eq!(registrar(Arrival::Pending), 1);
    assert_eq!(registrar(Arrival::Recalled), 2, "and what began at the acknowledgement");
    assert_eq!(registrar(Arrival::Delivered), 1, "it was acknowledged before it was withdrawn");

    engine.at(&(engine.clock.now() + TimeDelta::days(1)).to_rfc3339()).await;
    engine.runtime.deliver_by(Arc::new(Way));
    for office in [REGISTRAR, POLICE] {
        let url = "http://127.0.0.1:9/";
        engine.runtime.set_agency_endpoint(office, url).await.unwrap();
    }
    let mut dossiers = Vec::new();
    for _ in 0..DOSSIERS {
        dossiers.push(engine.submit("birth").await);
    }
    for dossier in &dossiers[1..] {
        register(&engine, *dossier).await;
    }
    let n = u64::try_from(dossiers.len()).unwrap();
    let open = pushed(&engine).await;
    let found = of_all(&*log).await;
    assert!(found.iter().all(Balance::is_even), "{found:?}");
    let today: Vec<_> = found.into_iter().filter(|it| it.day == day("2026-11-20")).collect();
    assert_eq!(of(&today, REGISTRAR, Arrival::Delivered), 2 * n - 1, "with birth support");
    assert_eq!(open.parked, of(&today, POLICE, Arrival::Parked));
    assert!(open.parked >= n - 1, "{open:?}");
    let insurance: u64 = today.iter().map(|it| it.of(Arrival::Pending)).sum();
    assert!(insurance >= n - 1, "those who pull have not asked yet");
    engine.complete(dossiers[1], "residence", json!({}), &["notice"]).await;
    pushed(&engine).await;
    let found = of_all(&*log).await;
    assert!(found.iter().all(Balance::is_even), "{found:?}");
    assert_eq!(of(&found, POLICE, Arrival::Delivered), 1, "an answer proves receipt");
    engine.runtime.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_days_add_up_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    two_days(sqlite(folder.path()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_days_add_up_on_postgres() {
    let Some(cluster) = postgres::shared() else { return };
    two_days(log::open(&cluster.database().await).await.unwrap()).await;
}

/// Pushed to somebody who never says that it has arrived.
struct Silence;

#[async_trait]
impl Sender for Silence {
    async fn send(&self, _: &Message) -> Sent {
        Sent::Gone("gone")
    }
}

async fn what_does_not_arrive_is_told(log: Arc<dyn Log>) {
    let engine = Engine::start(Arc::clone(&log), MORNING).await;
    engine.runtime.set_agency_endpoint(REGISTRAR, "http://127.0.0.1:9/").await.unwrap();
    engine.runtime.deliver_by(Arc::new(Silence));
    let dossier = engine.submit("birth").await;
    let acknowledged = engine.submit("birth").await;
    pushed(&engine).await;
    engine.acknowledge(acknowledged, "registration").await;
    engine.at("2026-11-19T09:21:59+07:00").await;
    engine.runtime.report_undelivered().await.unwrap();
    assert!(!engine.task(dossier, "registration").await.delivery_overdue, "not ten minutes yet");
    for _ in 0..2 {
        engine.at("2026-11-19T09:22:00+07:00").await;
        engine.runtime.report_undelivered().await.unwrap();
    }
    for (dossier, times) in [(dossier, 1), (acknowledged, 0)] {
        let events = engine.runtime.events(dossier).await.unwrap();
        // Birth support was sent with the acknowledgement, and may be told of as well.
        let facts = events.iter().map(|it| &it.event.fact);
        let told =
            facts.filter(|it| it.name() == "delivery_overdue" && it.task() == Some("registration"));
        assert_eq!(told.count(), times);
    }
    engine.runtime.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_arrive_is_told_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    what_does_not_arrive_is_told(sqlite(folder.path()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_arrive_is_told_on_postgres() {
    let Some(cluster) = postgres::shared() else { return };
    what_does_not_arrive_is_told(log::open(&cluster.database().await).await.unwrap()).await;
}

async fn sqlite(folder: &Path) -> Arc<dyn Log> {
    Arc::new(SqliteLog::open(&folder.join("log.db")).await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_shows() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::start(sqlite(folder.path()).await, MORNING).await;
    engine.submit("birth").await;
    engine.submit("birth").await;
    engine.runtime.shutdown().await;
    let log = sqlite(folder.path()).await;
    assert!(of_all(&*log).await.iter().all(Balance::is_even));
    log.close().await;
    let store = rusqlite::Connection::open(folder.path().join("log.db")).unwrap();
    let lost = "DELETE FROM outbox WHERE message_id = \
                (SELECT min(message_id) FROM outbox WHERE message_id LIKE '%/dispatch/%')";
    assert_eq!(store.execute(lost, ()).unwrap(), 1);
    drop(store);
    let found = of_all(&*sqlite(folder.path()).await).await;
    assert_eq!(found.iter().filter(|it| !it.is_even()).count(), 1, "{found:?}");
}
