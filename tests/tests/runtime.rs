//! The runtime on real stores, without HTTP: a birth goes from submission to its last result.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lienthong_domain::dossier::{Item, NationalStatus, TaskStatus};
use lienthong_engine::clock::ManualClock;
use lienthong_engine::log::{self, DossierPage, Log, PostgresLog, SqliteLog, Worklist};
use lienthong_engine::runtime::{
    Company, Error, Outcome, Peers, Runtime, SubmitRequest, Unreachable,
};
use lienthong_tests::client::eventually;
use lienthong_tests::engine::{Engine, applicant, example, moment, references};
use lienthong_tests::postgres;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

/// A process that takes orders and never answers.
struct Silent;

#[async_trait]
impl Peers for Silent {
    async fn send(&self, _: &str, _: Vec<u8>) -> Result<Vec<u8>, Unreachable> {
        std::future::pending().await
    }
}

/// An engine with its store, which goes when this does.
struct Trial {
    engine: Engine,
    _folder: tempfile::TempDir,
}

impl std::ops::Deref for Trial {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

async fn engine(now: &str) -> Trial {
    let folder = tempfile::tempdir().unwrap();
    let log: Arc<dyn Log> = Arc::new(SqliteLog::open(&folder.path().join("log.db")).await.unwrap());
    Trial { engine: Engine::start(log, now).await, _folder: folder }
}

fn submission(engine: &Engine, command_id: Uuid, application: Value) -> SubmitRequest {
    SubmitRequest { command_id, ..engine.submission("birth", application) }
}

#[tokio::test]
async fn a_birth_goes_through_all_its_agencies() {
    let engine = engine("2026-11-19T09:12:00+07:00").await;
    let dossier = engine.submit("birth").await;
    engine
        .complete(dossier, "registration", json!({"personal_id": "001326012345"}), &["certificate"])
        .await;
    let state = engine.runtime.dossier(dossier).await.unwrap().unwrap();
    assert_eq!(state.task("residence").unwrap().status, TaskStatus::Dispatched);
    assert_eq!(state.code, "000.05.65.H26-261119-0001");

    engine.complete(dossier, "birth_support", json!({}), &["decision"]).await;
    engine.complete(dossier, "residence", json!({}), &["notice"]).await;
    engine.complete(dossier, "health_insurance", json!({}), &["card"]).await;
    engine.complete(dossier, "identity_card", json!({"issued_on": "2026-11-19"}), &[]).await;
    let state = engine.runtime.dossier(dossier).await.unwrap().unwrap();
    assert_eq!(state.national(), NationalStatus::Decided);
    engine.deliver(dossier, "registration").await;
    engine.deliver(dossier, "identity_card").await;

    let row = engine.runtime.log().dossier(&dossier.to_string()).await.unwrap().unwrap();
    assert_eq!(row.status, NationalStatus::Returned.number());
    assert!(engine.runtime.log().timers_of(&dossier.to_string()).await.unwrap().is_empty());
    let state = engine.runtime.dossier(dossier).await.unwrap().unwrap();
    assert_eq!(engine.runtime.events(dossier).await.unwrap().len() as u64, state.sequence);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_an_owner_that_is_gone_is_answered_by_its_successor() {
    let Some(cluster) = postgres::shared() else { return };
    let address = cluster.database().await;
    let gone = PostgresLog::open(&address).await.unwrap();
    gone.beat(Some("gone")).await.unwrap();
    log::take_all(&gone).await.unwrap();
    let company = Company { address: Some("here".to_owned()), peers: Arc::new(Silent) };
    let log = Arc::new(PostgresLog::open(&address).await.unwrap());
    let clock = Arc::new(ManualClock::new(moment("2026-11-19T09:12:00+07:00")));
    let starting = Runtime::start_among(log, clock.clone(), references(), Some(company));
    let engine = Engine::of(starting.await.unwrap(), clock);
    let submitted = tokio::time::timeout(Duration::from_secs(10), engine.submit("birth"));
    assert!(submitted.await.is_ok(), "it still waits for who is gone");
}

/// Its lease is forgotten, and it is another's share: nobody else may take it while its holder lives.
#[tokio::test(flavor = "multi_thread")]
async fn a_partition_that_its_holder_has_lost_sight_of_comes_to_whose_share_it_is() {
    let Some(cluster) = postgres::shared() else { return };
    let address = cluster.database().await;
    let mut processes = Vec::new();
    for name in ["first", "second"] {
        let log = Arc::new(PostgresLog::open(&address).await.unwrap());
        let clock = Arc::new(ManualClock::new(moment("2026-11-19T09:12:00+07:00")));
        let company = Company { address: Some(name.to_owned()), peers: Arc::new(Silent) };
        let started = Runtime::start_among(log.clone(), clock, references(), Some(company));
        processes.push((log, started.await.unwrap()));
    }
    let [(first, _first), (second, _second)] = processes.try_into().ok().unwrap();
    let within = Duration::from_secs(20);
    let owned = || (0..second.partitions()).find(|it| second.owns(*it));
    let partition = eventually("a share", within, async || owned()).await;
    let mut store = PgConnection::connect(&address).await.unwrap();
    let lost = "UPDATE heads SET engine = $1, epoch = epoch + 1 WHERE partition = $2";
    let lost = sqlx::query(lost).bind(first.engine()).bind(i32::try_from(partition).unwrap());
    lost.execute(&mut store).await.unwrap();
    let is_back = async || {
        let holdings = second.census().await.unwrap().holdings;
        (holdings[partition as usize].engine == Some(second.engine())).then_some(())
    };
    eventually("it is the second one's again", within, is_back).await;
    let is_owned = || second.owns(partition).then_some(());
    eventually("it knows", within, async || is_owned()).await;
}

#[tokio::test]
async fn a_repeated_submission_is_the_same_dossier() {
    let engine = engine("2026-11-19T09:12:00+07:00").await;
    let id = engine.id();
    let first = engine.runtime.submit(submission(&engine, id, example("birth"))).await.unwrap();
    let again = engine.runtime.submit(submission(&engine, id, example("birth"))).await.unwrap();
    assert_eq!(first, again);
    let other = SubmitRequest { digest: [9; 32], ..submission(&engine, id, example("birth")) };
    assert!(matches!(engine.runtime.submit(other).await, Err(Error::OtherContent)));
}

#[tokio::test]
async fn an_application_comes_to_its_end_though_nobody_waits_for_it() {
    let engine = engine("2026-11-19T09:12:00+07:00").await;
    let id = engine.id();
    {
        let submitting = engine.runtime.submit(submission(&engine, id, example("birth")));
        let mut submitting = std::pin::pin!(submitting);
        assert!(futures::poll!(submitting.as_mut()).is_pending());
    }
    let account = applicant("birth").account;
    let page = || DossierPage { account: account.clone(), before: None, limit: 1 };
    eventually("the dossier is there", Duration::from_secs(10), async || {
        engine.runtime.log().dossiers_of(page()).await.unwrap().pop()
    })
    .await;
}

#[tokio::test]
async fn a_command_is_remembered_for_thirty_days() {
    let engine = engine("2026-11-19T09:12:00+07:00").await;
    let id = engine.id();
    let again = || engine.runtime.submit(submission(&engine, id, example("birth")));
    let first = again().await.unwrap();

    engine.clock.set(moment("2026-12-19T09:11:59+07:00"));
    assert_eq!(engine.runtime.forget_old_receipts().await.unwrap(), 0);
    assert_eq!(again().await.unwrap(), first);

    engine.clock.set(moment("2026-12-21T09:12:01+07:00"));
    assert_eq!(engine.runtime.forget_old_receipts().await.unwrap(), 1);
    assert!(matches!(again().await, Err(Error::CommandId(_))));
}

#[tokio::test]
async fn bad_input_leaves_nothing_and_does_not_use_up_its_id() {
    let engine = engine("2026-11-19T09:12:00+07:00").await;
    let id = engine.id();
    let mut wrong = example("birth");
    wrong["child"]["full_name"] = json!(7);
    let refused = engine.runtime.submit(submission(&engine, id, wrong)).await;
    let Err(Error::Invalid(faults)) = refused else { panic!("{refused:?}") };
    assert_eq!(faults[0].pointer, "/child/full_name");
    for partition in 0..engine.runtime.log().partitions() {
        assert_eq!(engine.runtime.log().head(partition).await.unwrap(), 0);
    }
    let outcome = engine.runtime.submit(submission(&engine, id, example("birth"))).await.unwrap();
    assert!(matches!(outcome, Outcome::Accepted { .. }));
}

#[tokio::test]
async fn a_dossier_that_cannot_be_read_holds_nobody_else_up() {
    const SPOIL: &str = "DROP TRIGGER events_never_change;
        UPDATE events SET payload = '{\"of\": \"no kind\"}' WHERE aggregate_id = ?1";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.db");
    let start = async || {
        let log = Arc::new(SqliteLog::open(&path).await.unwrap());
        Engine::start(log, "2026-11-19T09:12:00+07:00").await
    };
    let engine = start().await;
    let (good, spoilt) = (engine.submit("birth").await, engine.submit("birth").await);
    engine.runtime.shutdown().await;
    let store = rusqlite::Connection::open(&path).unwrap();
    store.execute_batch(&SPOIL.replace("?1", &format!("'{spoilt}'"))).unwrap();
    drop(store);
    let engine = start().await;
    let found = engine.runtime.dossiers(&[spoilt, good, Uuid::nil(), good]).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|it| it.map(|it| it.id)).collect();
    assert_eq!(found, [None, Some(good), None, Some(good)]);
    assert!(matches!(engine.runtime.dossier(spoilt).await, Err(Error::Corrupt(_))));
    engine.acknowledge(good, "registration").await;
}

#[tokio::test]
async fn a_window_lapses_by_the_clock() {
    let engine = engine("2026-11-16T10:00:00+07:00").await;
    let dossier = engine.submit("birth").await;
    engine.at("2026-11-16T16:00:00+07:00").await;
    let items = vec![Item::Document("marriage_certificate".to_owned())];
    engine.ask(dossier, "registration", items, "The certificate of marriage is missing.").await;
    engine.at("2026-11-26T23:59:59+07:00").await;
    let state = engine.runtime.dossier(dossier).await.unwrap().unwrap();
    assert_eq!(state.task("registration").unwrap().status, TaskStatus::SupplementRequested);
    engine.at("2026-11-27T00:00:00+07:00").await;
    let state = engine.runtime.dossier(dossier).await.unwrap().unwrap();
    assert_eq!(state.task("registration").unwrap().status, TaskStatus::Stopped);
    assert_eq!(state.last_at.unwrap(), moment("2026-11-27T00:00:00+07:00"));
    assert_eq!(state.task("residence").unwrap().status, TaskStatus::Skipped);
}

#[tokio::test]
async fn an_agency_finds_its_open_tasks_at_once() {
    let engine = engine("2026-11-19T09:12:00+07:00").await;
    let dossier = engine.submit("birth").await;
    let state = engine.runtime.dossier(dossier).await.unwrap().unwrap();
    let office = state.task("registration").unwrap().office.clone().unwrap();
    let page = Worklist { office, statuses: vec!["dispatched".to_owned()], after: None, limit: 10 };
    let tasks = engine.runtime.log().worklist(page).await.unwrap();
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0].dossier_id, dossier.to_string());
}

#[tokio::test]
async fn a_key_opens_its_own_office_only_until_it_is_revoked() {
    let engine = engine("2026-11-19T09:12:00+07:00").await;
    let key = engine.runtime.issue_agency_key("police.00565").await.unwrap();
    let office = engine.runtime.agency_of_key(key.reveal()).await.unwrap();
    assert_eq!(office.as_deref(), Some("police.00565"));
    let forged = key.reveal().replace("police.00565", "police.06325");
    assert_eq!(engine.runtime.agency_of_key(&forged).await.unwrap(), None);
    let id = key.reveal().rsplit('.').nth(1).unwrap().to_owned();
    engine.runtime.revoke_agency_key("police.00565", &id).await.unwrap();
    assert_eq!(engine.runtime.agency_of_key(key.reveal()).await.unwrap(), None);
}
