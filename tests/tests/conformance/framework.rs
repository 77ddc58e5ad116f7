//! cqrs-es on the log, and postgres-es, unmodified, on the log's table.

use std::collections::HashMap;
use std::sync::Arc;

use cqrs_es::persist::{PersistedEventRepository, PersistedEventStore};
use cqrs_es::{AggregateContext, AggregateError, CqrsFramework, EventEnvelope, EventStore};
use lienthong_engine::log::cqrs::{COMMAND_ID, LogStore};
use lienthong_engine::log::{Log, StreamId};
use postgres_es::PostgresEventRepository;
use sqlx::PgPool;
use uuid::Uuid;

use crate::counter::{Count, Counter};
use crate::store::{Store, second, whole};

fn log_store(log: &Arc<dyn Log>) -> LogStore<Counter> {
    LogStore::new(Arc::clone(log), Arc::new(|| second(5)))
}

fn metadata() -> HashMap<String, String> {
    [(COMMAND_ID.to_owned(), Uuid::now_v7().to_string())].into()
}

fn count(n: u32) -> Count {
    Count { n, name: "Trần Thị \"Bé\" 🌱".to_owned() }
}

pub(crate) async fn the_framework_runs_on_the_log(store: &Store) {
    let log = store.open().await;
    let framework = CqrsFramework::new(log_store(&log), Vec::new(), ());
    framework.execute_with_metadata("a", count(2), metadata()).await.unwrap();
    framework.execute_with_metadata("a", count(3), metadata()).await.unwrap();
    let refused = framework.execute_with_metadata("a", count(0), metadata()).await;
    assert!(matches!(refused, Err(AggregateError::UserError(_))));
    assert!(framework.execute("a", count(1)).await.is_err(), "a command needs its id");

    let store_of_log = log_store(&log);
    let mut context = store_of_log.load_aggregate("a").await.unwrap();
    assert_eq!((context.aggregate().total, context.aggregate().names.len()), (9, 5));
    let stale = store_of_log.load_aggregate("a").await.unwrap();
    let events = vec![store_of_log.load_events("a").await.unwrap().remove(0).payload];
    store_of_log.commit(events.clone(), context, metadata()).await.unwrap();
    let conflict = store_of_log.commit(events, stale, metadata()).await;
    assert!(matches!(conflict, Err(AggregateError::AggregateConflict)));
    assert_eq!(whole(&*log).await, 6);
    let recorded = log.load(&StreamId::new("counter", "a")).await.unwrap();
    assert_eq!(recorded[5].recorded_at, second(5));
    if let Store::Postgres { address } = store {
        postgres_es_reads_the_same(address, &log).await;
    }
}

async fn postgres_es_reads_the_same(address: &str, log: &Arc<dyn Log>) {
    let pool = PgPool::connect(address).await.unwrap();
    let repository = PostgresEventRepository::new(pool.clone());
    let found = repository.get_events::<Counter>("a").await.unwrap();
    let found: Vec<EventEnvelope<Counter>> =
        found.into_iter().map(|it| it.try_into().unwrap()).collect();
    let ours = log_store(log).load_events("a").await.unwrap();
    assert_eq!(found.len(), 6);
    for (theirs, ours) in found.iter().zip(&ours) {
        assert_eq!((&theirs.aggregate_id, theirs.sequence), (&ours.aggregate_id, ours.sequence));
        assert_eq!((&theirs.payload, &theirs.metadata), (&ours.payload, &ours.metadata));
    }
    let theirs = PersistedEventStore::<_, Counter>::new_event_store(repository);
    let mut their_context = theirs.load_aggregate("a").await.unwrap();
    let mut our_context = log_store(log).load_aggregate("a").await.unwrap();
    assert_eq!(their_context.aggregate(), our_context.aggregate());

    let event = ours[0].payload.clone();
    let inserted = theirs.commit(vec![event], their_context, metadata()).await;
    assert!(inserted.is_err(), "only the log itself makes positions and hashes");
    pool.close().await;
    assert_eq!(whole(&**log).await, 6);
}
