//! The aggregates' libraries as judges of our log. postgres-es, unmodified, reads a log that real
//! dossiers ran on, and cqrs-es folds it to the same dossiers as our runtime; cqrs-es's framework
//! runs a dossier on our log.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::sync::Arc;

use cqrs_es::persist::{PersistedEventRepository, PersistedEventStore};
use cqrs_es::{AggregateContext, AggregateError, CqrsFramework, EventEnvelope, EventStore};
use lienthong_domain::catalogue::Catalogue;
use lienthong_domain::dossier::{
    Action, Actor, Channel, Command, Dossier, DossierCode, Submit, TaskStatus,
};
use lienthong_engine::log::cqrs::{COMMAND_ID, LogStore};
use lienthong_engine::log::{Log, PostgresLog, SqliteLog, Verified};
use lienthong_tests::engine::{Engine, applicant, example, file, moment, references};
use lienthong_tests::{postgres, story};
use postgres_es::PostgresEventRepository;
use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

const NOW: &str = "2026-11-19T09:12:00+07:00";

#[tokio::test(flavor = "multi_thread")]
async fn postgres_es_loads_the_same_dossiers() {
    let Some(cluster) = postgres::shared() else { return };
    let address = cluster.database().await;
    let log: Arc<dyn Log> = Arc::new(PostgresLog::open(&address).await.unwrap());
    let engine = Engine::start(log, story::BEGINS).await;
    let story = story::play(&engine).await;
    let pool = PgPool::connect(&address).await.unwrap();

    let all = [story.birth, story.death, story.lapsed, story.refused, story.withdrawn, story.open];
    for id in all {
        let ours = engine.dossier(id).await;
        let events = engine.runtime.events(id).await.unwrap();
        let id = id.to_string();

        let repository = PostgresEventRepository::new(pool.clone());
        let stored = repository.get_events::<Dossier>(&id).await.unwrap();
        let theirs: Vec<EventEnvelope<Dossier>> =
            stored.into_iter().map(|it| it.try_into().unwrap()).collect();
        assert_eq!(theirs.len(), events.len());
        for (theirs, ours) in theirs.iter().zip(&events) {
            assert_eq!(theirs.sequence as u64, ours.sequence);
            assert_eq!(theirs.payload, ours.event);
            assert_eq!(theirs.metadata["actor"], ours.actor);
        }

        let store = PersistedEventStore::<_, Dossier>::new_event_store(repository);
        let mut context = store.load_aggregate(&id).await.unwrap();
        assert_eq!(*context.aggregate(), *ours, "{}", ours.code);
    }
    pool.close().await;
    engine.runtime.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_framework_runs_a_dossier_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteLog::open(&folder.path().join("log.db")).await.unwrap();
    the_framework_runs_a_dossier(Arc::new(log)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_framework_runs_a_dossier_on_postgres() {
    let Some(cluster) = postgres::shared() else { return };
    let log = PostgresLog::open(&cluster.database().await).await.unwrap();
    the_framework_runs_a_dossier(Arc::new(log)).await;
}

async fn the_framework_runs_a_dossier(log: Arc<dyn Log>) {
    lienthong_engine::log::take_all(&*log).await.unwrap();
    let store = LogStore::<Dossier>::new(Arc::clone(&log), Arc::new(|| moment(NOW)));
    let framework = CqrsFramework::new(store, Vec::new(), catalogue());
    let id = Uuid::now_v7();
    let stream = id.to_string();
    let execute = |command| framework.execute_with_metadata(&stream, command, metadata());

    execute(submit(id)).await.unwrap();
    let twice = execute(submit(id)).await;
    assert!(matches!(twice, Err(AggregateError::UserError(_))), "{twice:?}");
    let registration = load(&log, id).await.task("registration").unwrap().clone();
    let complete = Action::Complete {
        task: registration.name,
        dispatch: registration.dispatch.unwrap(),
        results: json!({"personal_id": "001326012345"}),
        documents: vec![file("certificate")],
    };
    execute(command(Actor::Agency(registration.office.unwrap()), complete)).await.unwrap();

    let dossier = load(&log, id).await;
    assert_eq!(dossier.task("registration").unwrap().status, TaskStatus::Completed);
    assert_eq!(dossier.task("residence").unwrap().status, TaskStatus::Dispatched);

    // What the framework wrote is a log like any other.
    let partition = log.partition_of(&id.to_string());
    let verified = log.verify(partition).await.unwrap();
    assert_eq!(verified, Verified::Whole { events: dossier.sequence });
    let engine = Engine::start(Arc::clone(&log), NOW).await;
    assert_eq!(*engine.dossier(id).await, dossier);
    engine.runtime.shutdown().await;
}

async fn load(log: &Arc<dyn Log>, id: Uuid) -> Dossier {
    let store = LogStore::<Dossier>::new(Arc::clone(log), Arc::new(|| moment(NOW)));
    store.load_aggregate(&id.to_string()).await.unwrap().aggregate().clone()
}

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    for reference in references() {
        catalogue.publish(&reference).unwrap();
    }
    catalogue
}

fn command(actor: Actor, action: Action) -> Command {
    Command { at: moment(NOW).fixed_offset(), actor, action }
}

fn submit(dossier: Uuid) -> Command {
    let day = moment(NOW).date_naive();
    let code = DossierCode { agency: "000.05.65.H26".to_owned(), day, serial: 1 };
    let submit = Submit {
        dossier,
        code: code.to_string(),
        group: "birth".to_owned(),
        channel: Channel::Online,
        application: example("birth"),
        attachments: Vec::new(),
        duplicate_of: None,
        vetted: None,
    };
    command(Actor::Citizen(applicant("birth")), Action::Submit(submit))
}

fn metadata() -> HashMap<String, String> {
    let id = [(COMMAND_ID, Uuid::now_v7().to_string()), ("actor", "a framework".to_owned())];
    id.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
