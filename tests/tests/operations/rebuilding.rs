//! The core read tables follow from the log alone: made again, they are as they were.

use lienthong_engine::log;
use lienthong_tests::engine::Engine;
use lienthong_tests::seed::Choices;
use lienthong_tests::server::Place;
use lienthong_tests::story;
use lienthong_tests::wander::wander;

use crate::json;
use crate::tables::{TABLES, rows, run};

const DOSSIERS: u64 = 30;
const STEPS: u64 = 400;

pub(crate) async fn rebuilt_tables_are_as_they_were(place: Place) {
    let mut choices = Choices::announced("rebuilding");
    let log = log::open(place.store()).await.unwrap();
    let engine = Engine::start(log, story::BEGINS).await;
    wander(&engine, &mut choices, DOSSIERS, STEPS).await;
    engine.runtime.shutdown().await;
    let before = rows(&place, &TABLES).await;
    assert_eq!(before["dossiers"].len() as u64, DOSSIERS);
    assert!(before.values().all(|it| !it.is_empty()), "{before:?}");

    let rebuild = || json(&place.run(&["log", "rebuild", "--json"]));
    let rebuilt = rebuild();
    assert_eq!((&rebuilt["dossiers"], &rebuilt["strays"]), (&DOSSIERS.into(), &0.into()));
    assert_eq!(rows(&place, &TABLES).await, before);

    // Whatever happened to them.
    let partition = if place.store().starts_with("sqlite:") { 3 } else { 200 };
    for damage in [
        "DELETE FROM tasks; DELETE FROM timers".to_owned(),
        "UPDATE dossiers SET status = 5, account = 'somebody'; UPDATE tasks SET turn = 'x'"
            .to_owned(),
        "DELETE FROM dossiers; DELETE FROM outbox".to_owned(),
        "UPDATE outbox SET addressee = 'nobody'; UPDATE timers SET due_at = 7".to_owned(),
        format!("INSERT INTO timers VALUES ({partition}, 'no-such-dossier', 'due', 7, NULL)"),
    ] {
        run(&place, &damage).await;
        assert_ne!(rows(&place, &TABLES).await, before, "{damage}");
        let strays = u64::from(damage.contains("no-such-dossier"));
        assert_eq!(rebuild()["strays"], strays, "{damage}");
        assert_eq!(rows(&place, &TABLES).await, before, "{damage}");
    }
}

/// A server goes on while the tables are made again: nothing of what it writes meanwhile is lost,
/// and it fails at nothing.
pub(crate) async fn tables_are_rebuilt_while_a_server_goes_on(place: Place) {
    let mut choices = Choices::announced("rebuilding beside");
    let log = log::open(place.store()).await.unwrap();
    let engine = Engine::start(log, story::BEGINS).await;
    wander(&engine, &mut choices, DOSSIERS, STEPS / 4).await;
    run(&place, "UPDATE tasks SET turn = 'x'; UPDATE dossiers SET account = 'somebody'").await;
    let going_on = tokio::spawn(async move {
        wander(&engine, &mut choices, DOSSIERS, STEPS / 2).await;
        engine.runtime.shutdown().await;
    });
    let mut rebuilds = 0;
    while rebuilds == 0 || !going_on.is_finished() {
        let rebuilt = json(&place.run(&["log", "rebuild", "--json"]));
        assert!(rebuilt["dossiers"].as_u64() >= Some(DOSSIERS), "{rebuilt}");
        assert_eq!(rebuilt["strays"], 0);
        rebuilds += 1;
    }
    going_on.await.unwrap();
    let left = rows(&place, &TABLES).await;
    assert!(!left["dossiers"].iter().any(|it| it.contains("somebody")));
    json(&place.run(&["log", "rebuild", "--json"]));
    assert_eq!(rows(&place, &TABLES).await, left, "after {rebuilds} beside it");
}
