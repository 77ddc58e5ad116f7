//! A real dossier, as the engine writes it, read back by every road: the engine itself, cqrs-es on
//! the log, and postgres-es on the log's table.

use std::sync::Arc;

use cqrs_es::persist::PersistedEventStore;
use cqrs_es::{AggregateContext, EventStore};
use lienthong_domain::catalogue::{SourceFile, read};
use lienthong_domain::dossier::{Action, Actor, Channel, Citizen, Dossier};
use lienthong_domain::personal::Personal;
use lienthong_engine::clock::ManualClock;
use lienthong_engine::log::cqrs::LogStore;
use lienthong_engine::log::{Hash, Log};
use lienthong_engine::runtime::{Outcome, Request, Runtime, SubmitRequest};
use postgres_es::PostgresEventRepository;
use sqlx::PgPool;
use uuid::{NoContext, Timestamp, Uuid};

use crate::store::{Store, whole};

const DIGEST: Hash = [1; 32];

pub(crate) async fn a_dossier_reads_the_same_by_every_road(store: &Store) {
    let log = store.open().await;
    let runtime = Runtime::start(Arc::clone(&log), clock(), references()).await.unwrap();
    let id = submit_and_acknowledge(&runtime).await;
    let dossier = runtime.dossier(id).await.unwrap().unwrap();
    assert!(dossier.sequence >= 3 && !dossier.tasks.is_empty());
    assert!(dossier.application.is_some());

    let id = id.to_string();
    let ours = LogStore::<Dossier>::new(Arc::clone(&log), Arc::new(chrono::Utc::now));
    let mut through_framework = ours.load_aggregate(&id).await.unwrap();
    assert_eq!(through_framework.aggregate(), dossier.as_ref());
    if let Store::Postgres { address } = store {
        let pool = PgPool::connect(address).await.unwrap();
        let repository = PostgresEventRepository::new(pool.clone());
        let theirs = PersistedEventStore::<_, Dossier>::new_event_store(repository);
        let mut through_postgres_es = theirs.load_aggregate(&id).await.unwrap();
        assert_eq!(through_postgres_es.aggregate(), dossier.as_ref());
        pool.close().await;
    }
    let row = log.dossier(&id).await.unwrap().unwrap();
    assert_eq!((row.code, row.status), (dossier.code.clone(), dossier.national().number()));
    assert!(whole(&*log).await > dossier.sequence, "the serial of its code is in the log too");
    no_personal_values_in_the_clear(store, &*log, &id).await;
}

/// Nothing of the application is in a control member or in a read table.
async fn no_personal_values_in_the_clear(store: &Store, log: &dyn Log, id: &str) {
    let stream = lienthong_engine::log::StreamId::new("dossier", id);
    let events = log.load(&stream).await.unwrap();
    let control: String = events.iter().map(|it| it.payload().unwrap().control).collect();
    let personal = ["Nguyễn", "001089012345", "0912345678", "Vietcombank"];
    for value in personal {
        assert!(!control.contains(value), "{value} in {control}");
        for table in ["dossiers", "tasks", "timers", "outbox", "receipts"] {
            let found = format!(
                "SELECT count(*) FROM {table} WHERE CAST({} AS text) LIKE '%{value}%'",
                match store {
                    Store::Sqlite { .. } | Store::Simulated { .. } => columns(table),
                    Store::Postgres { .. } => table.to_owned(),
                }
            );
            assert_eq!(store.count(&found).await, 0, "{value} in {table}");
        }
    }
}

/// The text columns of a table, as one text.
fn columns(table: &str) -> String {
    match table {
        "dossiers" => "code || group_name || account",
        "tasks" => "task || office || status || turn || coalesce(dispatch, '')",
        "timers" => "timer",
        "outbox" => "message_id || addressee || kind || task",
        _ => "sender || outcome",
    }
    .to_owned()
}

async fn submit_and_acknowledge(runtime: &Runtime) -> Uuid {
    let application = lienthong_workflows::example("birth").unwrap();
    let request = SubmitRequest {
        command_id: command_id(1),
        digest: DIGEST,
        citizen: Citizen {
            account: "account-1".to_owned(),
            personal_id: Personal::new("001089012345".to_owned()),
            identity_level: 2,
        },
        group: "birth".to_owned(),
        channel: Channel::Online,
        application: serde_json::from_str(&application).unwrap(),
        attachments: Vec::new(),
    };
    let outcome = runtime.submit(request).await.unwrap();
    let Outcome::Accepted { dossier: id, .. } = outcome else { panic!("{outcome:?}") };
    let dossier = runtime.dossier(id).await.unwrap().unwrap();
    let task = dossier.tasks.iter().find(|it| it.dispatch.is_some()).unwrap();
    let request = Request {
        command_id: command_id(2),
        digest: DIGEST,
        dossier: id,
        actor: Actor::Agency(task.office.clone().unwrap()),
        action: Action::Acknowledge {
            task: task.name.clone(),
            dispatch: task.dispatch.clone().unwrap(),
        },
    };
    let outcome = runtime.execute(request).await.unwrap();
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    id
}

/// Thursday, 19 November 2026, 09:12 in Hà Nội.
fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new("2026-11-19T02:12:00Z".parse().unwrap()))
}

fn command_id(seconds: u64) -> Uuid {
    Uuid::new_v7(Timestamp::from_unix(NoContext, 1_795_054_320 + seconds, 0))
}

fn references() -> Vec<lienthong_domain::catalogue::Reference> {
    let files = lienthong_workflows::files();
    let files: Vec<_> = files.into_iter().map(|(path, text)| SourceFile { path, text }).collect();
    read(&files).references
}
