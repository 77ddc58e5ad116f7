//! Subscriptions on real stores: what they have made at any moment is what they would make of the
//! log up to there, and an event that can't be taken in stops nobody but its own dossier.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use lienthong_domain::dossier::{Event, Fact, TaskStatus};
use lienthong_domain::event::Payload;
use lienthong_engine::clock::Clock as _;
use lienthong_engine::log::feeds::{Change, Operation, TrafficRow};
use lienthong_engine::log::{self, Append, Log, NewEvent, Recorded, SqliteLog, StreamId, Tail};
use lienthong_engine::subscription::{Offices, Subscription, rebuild, shown, standings, traffic};
use lienthong_tests::engine::{Engine, example, moment};
use lienthong_tests::seed::Choices;
use lienthong_tests::{postgres, story};
use serde_json::json;
use uuid::Uuid;

type Counts = BTreeMap<(String, NaiveDate, String), u64>;

const TRAFFIC: Subscription = traffic::SUBSCRIPTION;

async fn sqlite() -> (Arc<dyn Log>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteLog::open(&folder.path().join("log.db")).await.unwrap();
    (Arc::new(log), folder)
}

async fn events(log: &dyn Log) -> Vec<Recorded> {
    let mut events = Vec::new();
    for partition in 0..log.partitions() {
        events.extend(log.read(partition, 0, log::READ_ROWS_MAX).await.unwrap());
    }
    events
}

fn counts(rows: Vec<TrafficRow>) -> Counts {
    rows.into_iter().map(|it| ((it.office, it.day, it.fact), it.count)).collect()
}

fn ever() -> RangeInclusive<NaiveDate> {
    "1970-01-01".parse().unwrap()..="9999-12-31".parse().unwrap()
}

/// What is in the tables under a name.
async fn named(log: &dyn Log, name: &str) -> Counts {
    counts(log.traffic(name, ever()).await.unwrap())
}

/// What is in the tables, as they were built first.
async fn live(log: &dyn Log) -> Counts {
    named(log, &TRAFFIC.id()).await
}

/// What the subscription makes of the whole log.
async fn rebuilt(log: &dyn Log) -> Counts {
    let events = events(log).await;
    let dossiers: Vec<String> = events.iter().map(|it| it.stream.aggregate_id.clone()).collect();
    let tasks = log.tasks_of_all(dossiers).await.unwrap();
    let offices: Offices =
        tasks.into_iter().map(|it| ((it.dossier_id, it.task), it.office)).collect();
    let mut made = Counts::new();
    for event in &events {
        for change in (TRAFFIC.apply)(&TRAFFIC.id(), event, &offices).unwrap() {
            let Change::Count { row, .. } = change else { panic!("{change:?}") };
            *made.entry((row.office, row.day, row.fact)).or_default() += row.count;
        }
    }
    made
}

/// The same, counted without the subscription.
async fn recounted(log: &dyn Log) -> Counts {
    let mut made = Counts::new();
    let mut offices = BTreeMap::new();
    for recorded in events(log).await {
        if recorded.stream.aggregate_type != "dossier" {
            continue;
        }
        let event: Event = serde_json::from_str(&recorded.payload).unwrap();
        let fact = match &event.fact {
            Fact::TaskDispatched { task, office, .. } => {
                let key = (recorded.stream.aggregate_id.clone(), task.clone());
                offices.insert(key, office.clone());
                "requested"
            }
            Fact::TaskAcknowledged { .. } => "acknowledged",
            Fact::TaskCompleted { .. } => "completed",
            Fact::TaskRefused { .. } => "refused",
            Fact::TaskStopped { .. } => "stopped",
            Fact::TaskOverdue { .. } => "late",
            _ => continue,
        };
        let key = (recorded.stream.aggregate_id, event.fact.task().unwrap().to_owned());
        let key = (offices[&key].clone(), event.at.date_naive(), fact.to_owned());
        *made.entry(key).or_default() += 1;
    }
    made
}

async fn something_happens(engine: &Engine, dossiers: &mut Vec<Uuid>, choices: &mut Choices) {
    let choice = choices.between(0, 11);
    if dossiers.is_empty() || choice < 2 {
        dossiers.push(engine.submit("birth").await);
        return;
    }
    if choice == 2 {
        let hours = i64::try_from(choices.between(1, 100)).unwrap();
        let later = engine.clock.now() + TimeDelta::hours(hours);
        engine.at(&later.to_rfc3339()).await;
        return;
    }
    let dossier = dossiers[usize::try_from(choices.between(0, dossiers.len() as u64)).unwrap()];
    let state = engine.dossier(dossier).await;
    let open: Vec<_> = state.tasks.iter().filter(|it| it.status.is_open()).collect();
    if open.is_empty() {
        return;
    }
    let task = open[usize::try_from(choices.between(0, open.len() as u64)).unwrap()];
    let (results, documents) = match task.name.as_str() {
        "registration" => (json!({"personal_id": "001326012345"}), vec!["certificate"]),
        "birth_support" => (json!({}), vec!["decision"]),
        "residence" => (json!({}), vec!["notice"]),
        "health_insurance" => (json!({}), vec!["card"]),
        _ => (json!({"issued_on": "2026-11-19"}), vec![]),
    };
    match choice {
        3..=5 if task.status == TaskStatus::Dispatched => {
            engine.acknowledge(dossier, &task.name).await;
        }
        6 => engine.refuse(dossier, &task.name, "Nộp không đúng nơi.").await,
        7 => engine.withdraw(dossier, Some(&task.name)).await,
        _ => engine.complete(dossier, &task.name, results, &documents).await,
    }
}

async fn rebuilt_equals_live(log: Arc<dyn Log>, steps: u64) {
    let mut choices = Choices::announced("rebuilt equals live");
    let engine = Engine::start(Arc::clone(&log), "2026-11-19T09:12:00+07:00").await;
    let mut dossiers = Vec::new();
    for _ in 0..steps {
        something_happens(&engine, &mut dossiers, &mut choices).await;
        if choices.between(0, 3) > 0 {
            engine.runtime.follow().await.unwrap();
            let live = live(&*log).await;
            assert_eq!(live, rebuilt(&*log).await);
            assert_eq!(live, recounted(&*log).await);
        }
    }
    assert!(events(&*log).await.len() > dossiers.len());
    let built = rebuild(&*log, TRAFFIC.name).await.unwrap().unwrap();
    let is_switched = async || shown(&*log, TRAFFIC.name).await.unwrap().unwrap().next.is_none();
    until(&engine, is_switched).await;
    engine.runtime.follow().await.unwrap();
    assert_eq!(named(&*log, &built).await, recounted(&*log).await, "built beside and switched to");
    engine.runtime.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rebuilt_equals_live_on_sqlite() {
    let (log, _folder) = sqlite().await;
    rebuilt_equals_live(log, 60).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rebuilt_equals_live_on_postgres() {
    let Some(cluster) = postgres::shared() else { return };
    let log = log::open(&cluster.database().await).await.unwrap();
    rebuilt_equals_live(log, 20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_goes_on_where_the_last_one_was() {
    let (log, folder) = sqlite().await;
    let engine = Engine::start(log, story::BEGINS).await;
    story::play(&engine).await;
    engine.runtime.follow().await.unwrap();
    let before = live(&**engine.runtime.log()).await;
    engine.runtime.shutdown().await;
    let log: Arc<dyn Log> = Arc::new(SqliteLog::open(&folder.path().join("log.db")).await.unwrap());
    let engine = Engine::start(Arc::clone(&log), "2026-12-29T10:00:00+07:00").await;
    engine.runtime.follow().await.unwrap();
    assert_eq!(live(&*log).await, before);
    engine.submit("birth").await;
    engine.runtime.follow().await.unwrap();
    assert_eq!(live(&*log).await, recounted(&*log).await);
    for standing in standings(&*log).await.unwrap() {
        assert_eq!((standing.lag, standing.parked), (0, 0), "{standing:?}");
    }
}

/// An event of a dossier that nothing can be made of.
fn poison(dossier: Uuid, control: &str, after: Option<Tail>) -> Append {
    Append {
        stream: StreamId::new("dossier", dossier.to_string()),
        after,
        command_id: Uuid::now_v7(),
        recorded_at: moment("2026-11-19T09:00:00+07:00"),
        metadata: BTreeMap::new(),
        events: vec![NewEvent {
            event_type: "task_dispatched".to_owned(),
            event_version: "1".to_owned(),
            payload: Payload { control: control.to_owned(), personal: None },
        }],
        receipt: None,
        rows: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_event_parks_its_dossier_alone_until_it_is_skipped() {
    let (log, _folder) = sqlite().await;
    log::take_all(&*log).await.unwrap();
    let bad = Uuid::now_v7();
    let good = r#"{"at":"2026-11-19T09:00:00+07:00","task":"t","office":"somewhere"}"#;
    log.append(vec![poison(bad, r#"{"n":1}"#, Some(Tail::START)), poison(bad, good, None)])
        .await
        .unwrap();
    let engine = Engine::start(Arc::clone(&log), "2026-11-19T09:12:00+07:00").await;
    for _ in 0..20 {
        engine.submit("birth").await;
    }
    engine.runtime.follow().await.unwrap();
    let requested = |counts: Counts| -> u64 { counts.into_values().sum() };
    assert_eq!(requested(live(&*log).await), 20, "everybody else goes on");
    let parked = log.parked().await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].stream.aggregate_id, bad.to_string());
    assert_eq!((parked[0].sequence, parked[0].attempts), (1, 1));
    assert_eq!(parked[0].error_code, "unreadable-event");

    let (name, aggregate_id) = (TRAFFIC.id(), bad.to_string());
    let retry = Operation::Retry { subscription: name.clone(), aggregate_id: None };
    assert_eq!(log.operate(retry).await.unwrap(), 1);
    until(&engine, async || log.parked().await.unwrap()[0].attempts == 2).await;
    assert_eq!(requested(live(&*log).await), 20);

    let skip = Operation::Skip {
        subscription: name,
        aggregate_id,
        reason: "a trial".to_owned(),
        owner: "somebody".to_owned(),
        at: engine.clock.now(),
    };
    assert_eq!(log.operate(skip).await.unwrap(), 1);
    until(&engine, async || log.parked().await.unwrap().is_empty()).await;
    assert_eq!(requested(live(&*log).await), 21, "what waited behind it");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_parks_everything_stands_still() {
    let (log, _folder) = sqlite().await;
    log::take_all(&*log).await.unwrap();
    let dossiers: Vec<Uuid> = (0..1_000).map(|_| Uuid::now_v7()).collect();
    for lane in 0..log.lanes() {
        let lane_of = |it: &Uuid| log::lane_of(log.partition_of(&it.to_string()), log.lanes());
        let of_lane = dossiers.iter().filter(|it| lane_of(it) == lane);
        let bad = of_lane.map(|it| poison(*it, r#"{"n":1}"#, Some(Tail::START)));
        log.append(bad.collect()).await.unwrap();
    }
    let engine = Engine::start(Arc::clone(&log), "2026-11-19T09:12:00+07:00").await;
    engine.runtime.follow().await.unwrap();
    engine.submit("birth").await;
    engine.runtime.follow().await.unwrap();
    let standing = async || {
        let all = standings(&*log).await.unwrap();
        all.into_iter().find(|it| it.subscription == TRAFFIC.id()).unwrap()
    };
    assert_eq!(standing().await.parked, 1_000);
    assert!(standing().await.lag > 0);
    let skip = Operation::Skip {
        subscription: TRAFFIC.id(),
        aggregate_id: dossiers[0].to_string(),
        reason: "a trial".to_owned(),
        owner: "somebody".to_owned(),
        at: engine.clock.now(),
    };
    log.operate(skip).await.unwrap();
    until(&engine, async || standing().await.lag == 0).await;
    assert_eq!(live(&*log).await.into_values().sum::<u64>(), 1, "the others go on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_subscription_stands_still_and_catches_up() {
    let (log, _folder) = sqlite().await;
    let engine = Engine::start(Arc::clone(&log), "2026-11-19T09:12:00+07:00").await;
    let pause = |is_paused| Operation::Pause { subscription: TRAFFIC.id(), is_paused };
    log.operate(pause(true)).await.unwrap();
    engine.apply("birth", example("birth")).await;
    engine.runtime.follow().await.unwrap();
    assert!(live(&*log).await.is_empty());
    let standing = standings(&*log).await.unwrap().into_iter().find(|it| it.is_paused).unwrap();
    assert_eq!(standing.subscription, TRAFFIC.id());
    assert!(standing.lag > 0);
    assert!(engine.runtime.backlog().await.unwrap().subscriptions.contains(&standing));
    log.operate(pause(false)).await.unwrap();
    until(&engine, async || !live(&*log).await.is_empty()).await;
    assert_eq!(live(&*log).await, recounted(&*log).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_built_beside_takes_the_place_of_what_was_there() {
    let (log, _folder) = sqlite().await;
    let engine = Engine::start(Arc::clone(&log), story::BEGINS).await;
    story::play(&engine).await;
    engine.runtime.follow().await.unwrap();
    let before = live(&*log).await;
    let built = rebuild(&*log, "traffic").await.unwrap().unwrap();
    assert_eq!(rebuild(&*log, "traffic").await.unwrap(), None, "it is being built");
    assert_eq!(live(&*log).await, before, "meanwhile the old one is read from");
    until(&engine, async || shown(&*log, "traffic").await.unwrap().unwrap().next.is_none()).await;
    assert_eq!(shown(&*log, "traffic").await.unwrap().unwrap().subscription, built);
    assert_eq!(named(&*log, &built).await, before);
    assert!(live(&*log).await.is_empty(), "the one before is dropped");
    engine.submit("birth").await;
    engine.runtime.follow().await.unwrap();
    assert_eq!(named(&*log, &built).await, recounted(&*log).await);
}

/// What operators change is seen within a moment.
async fn until(engine: &Engine, is_so: impl AsyncFn() -> bool) {
    let seen = async {
        while !is_so().await {
            engine.runtime.follow().await.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), seen).await.unwrap();
}
