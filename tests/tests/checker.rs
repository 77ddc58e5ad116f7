//! The checker reads what the engine really writes, on both stores, and sees what was done to it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use lienthong_checker::history::History;
use lienthong_checker::{Evidence, Invariant, Report, check};
use lienthong_engine::log::{Log, PostgresLog, SqliteLog};
use lienthong_tests::engine::Engine;
use lienthong_tests::{postgres, story};
use rusqlite::Connection;

async fn play(log: Arc<dyn Log>) {
    let engine = Engine::start(log, story::BEGINS).await;
    story::play(&engine).await;
    engine.runtime.shutdown().await;
}

async fn judge(address: &str) -> Report {
    let history = History::read(address).await.unwrap();
    check(&Evidence { history, ..Evidence::default() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_on_postgres_holds() {
    let Some(cluster) = postgres::shared() else { return };
    let address = cluster.database().await;
    play(Arc::new(PostgresLog::open(&address).await.unwrap())).await;
    let report = judge(&address).await;
    assert!(report.holds(), "{report}");
    assert_eq!(report.dossiers, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_on_sqlite_holds_until_somebody_meddles_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.sqlite");
    play(Arc::new(SqliteLog::open(&path).await.unwrap())).await;
    let address = format!("sqlite:{}", path.display());
    let report = judge(&address).await;
    assert!(report.holds(), "{report}");

    let meddle = |sql: &str| Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    meddle("DELETE FROM timers");
    assert!(judge(&address).await.violates(Invariant::I7));
    meddle("DROP TRIGGER events_never_change; UPDATE events SET recorded_at = recorded_at + 1");
    assert!(judge(&address).await.violates(Invariant::I3));
}
