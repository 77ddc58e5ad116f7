//! What operators announce reaches what comes later too, after a restart as before it; what a
//! directory says of offices that are no more moves their work by itself. On both stores.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset};
use lienthong_domain::bulletin::{Announcement, Command, Concerned, Entry};
use lienthong_domain::catalogue::{Catalogue, Reference, ReferenceKind};
use lienthong_domain::dossier::Turn;
use lienthong_engine::clock::ManualClock;
use lienthong_engine::log::{self, Log, SqliteLog};
use lienthong_engine::runtime::{Error, Runtime};
use lienthong_tests::engine::{Engine, moment, references};
use lienthong_tests::postgres;
use serde_json::json;

const MORNING: &str = "2026-11-19T09:12:00+07:00";
const REGISTRAR: &str = "civil-status.00565";

fn at(text: &str) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(text).unwrap()
}

fn announce(name: &str, what: Announcement) -> Command {
    let entry = Entry {
        what,
        reason: "Mất điện".to_owned(),
        by: "ops.hanoi".to_owned(),
        at: at(MORNING),
        ended_at: None,
    };
    Command::Announce { name: name.to_owned(), entry }
}

/// At the police of every commune of a province.
fn outage(from: &str, until: Option<&str>) -> Announcement {
    let concerned = Concerned {
        offices: Vec::new(),
        kinds: vec!["commune-police".to_owned()],
        areas: vec!["01".to_owned()],
    };
    Announcement::Outage { at: concerned, from: at(from), until: until.map(at) }
}

async fn register(engine: &Engine, dossier: uuid::Uuid) {
    let results = json!({ "personal_id": "001326012345" });
    engine.complete(dossier, "registration", results, &["certificate"]).await;
}

async fn an_outage_reaches_what_is_dispatched_later(log: Arc<dyn Log>) {
    let engine = Engine::start(Arc::clone(&log), MORNING).await;
    let begins = "2026-11-19T10:00:00+07:00";
    let outage = outage(begins, Some("2026-11-20T11:00:00+07:00"));
    let told = engine.runtime.announce(announce("net-1", outage.clone())).await.unwrap();
    assert_eq!(told, 0, "it has not begun");
    let dossier = engine.submit("birth").await;
    register(&engine, dossier).await;
    engine.runtime.bring_announcements().await.unwrap();
    assert!(matches!(engine.task(dossier, "residence").await.turn(), Turn::Agency(_)));

    engine.at("2026-11-19T10:00:01+07:00").await;
    let told = engine.runtime.announce(announce("net-1", outage)).await.unwrap();
    assert_eq!(told, 1);
    assert_eq!(engine.task(dossier, "residence").await.turn(), Turn::System);
    assert!(matches!(engine.task(dossier, "health_insurance").await.turn(), Turn::Agency(_)));

    engine.at("2026-11-19T14:00:00+07:00").await;
    let later = engine.submit("birth").await;
    register(&engine, later).await;
    engine.runtime.bring_announcements().await.unwrap();
    assert_eq!(engine.task(later, "residence").await.turn(), Turn::System);
    assert_eq!(engine.task(later, "residence").await.standing[0].by, "outage/net-1");

    engine.at("2026-11-20T11:00:00+07:00").await;
    engine.runtime.bring_announcements().await.unwrap();
    engine.runtime.bring_announcements().await.unwrap();
    for dossier in [dossier, later] {
        let residence = engine.task(dossier, "residence").await;
        assert!(matches!(residence.turn(), Turn::Agency(_)));
        assert_eq!(residence.due.unwrap().at, at("2026-11-25T17:00:00+07:00"));
    }
    assert!(engine.runtime.announced().await.unwrap().entries().is_empty(), "it is settled");
    engine.runtime.shutdown().await;
}

#[tokio::test]
async fn an_outage_reaches_what_is_dispatched_later_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    an_outage_reaches_what_is_dispatched_later(sqlite(folder.path()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_reaches_what_is_dispatched_later_on_postgres() {
    let Some(cluster) = postgres::shared() else { return };
    let log = log::open(&cluster.database().await).await.unwrap();
    an_outage_reaches_what_is_dispatched_later(log).await;
}

async fn sqlite(folder: &Path) -> Arc<dyn Log> {
    Arc::new(SqliteLog::open(&folder.join("log.db")).await.unwrap())
}

#[tokio::test]
async fn a_restart_forgets_no_announcement() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::start(sqlite(folder.path()).await, MORNING).await;
    let succession =
        Announcement::Succession { from: REGISTRAR.into(), to: "civil-status.00562".into() };
    engine.runtime.announce(announce("merger", succession)).await.unwrap();
    engine.runtime.shutdown().await;

    let engine = Engine::start(sqlite(folder.path()).await, MORNING).await;
    let dossier = engine.submit("birth").await;
    assert_eq!(engine.task(dossier, "registration").await.office.as_deref(), Some(REGISTRAR));
    engine.runtime.bring_announcements().await.unwrap();
    let moved = engine.task(dossier, "registration").await;
    assert_eq!(moved.office.as_deref(), Some("civil-status.00562"));
    let by = engine.runtime.events(dossier).await.unwrap().pop().unwrap().actor;
    assert_eq!(by, "operator:ops.hanoi");

    let end = |name: &str| Command::End {
        name: name.to_owned(),
        by: "ops.hanoi".to_owned(),
        at: at(MORNING),
    };
    engine.runtime.announce(end("merger")).await.unwrap();
    let stays = engine.submit("birth").await;
    engine.runtime.bring_announcements().await.unwrap();
    assert_eq!(engine.task(stays, "registration").await.office.as_deref(), Some(REGISTRAR));
    let unknown = engine.runtime.announce(end("merger")).await;
    assert!(matches!(unknown, Err(Error::Announcement(_))), "{unknown:?}");
    engine.runtime.shutdown().await;
}

/// The directory of an edition in which a registrar's office has ended.
fn merged() -> Vec<Reference> {
    let edit = |reference: Reference| {
        if reference.kind != ReferenceKind::Directory {
            return reference;
        }
        let line = "  civil-status.00565: { kind: commune-civil-status, areas: [\"00565\"], \
                    code: 000.05.65.H26";
        assert!(reference.content.contains(line), "{}", reference.content);
        let ended = format!("{line}, to: 2026-11-19, successor: civil-status.00562");
        let content = reference.content.replacen(line, &ended, 1);
        Reference::directory(&reference.name, &content)
    };
    references().into_iter().map(edit).collect()
}

#[tokio::test]
async fn work_follows_the_directory() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::start(sqlite(folder.path()).await, MORNING).await;
    let dossier = engine.submit("birth").await;
    engine.runtime.shutdown().await;

    let clock = Arc::new(ManualClock::new(moment(MORNING)));
    let log = sqlite(folder.path()).await;
    let runtime = Runtime::start(log, clock.clone(), merged()).await.unwrap();
    let engine = Engine::of(runtime, clock);
    engine.runtime.bring_announcements().await.unwrap();
    let office = engine.task(dossier, "registration").await.office;
    assert_eq!(office.as_deref(), Some(REGISTRAR), "its last day is not over");
    engine.at("2026-11-20T00:00:00+07:00").await;
    engine.runtime.bring_announcements().await.unwrap();
    let moved = engine.task(dossier, "registration").await;
    assert_eq!(moved.office.as_deref(), Some("civil-status.00562"));
    assert_eq!(moved.former_offices, [REGISTRAR]);
    engine.runtime.shutdown().await;
}

/// The shipped calendar with a holiday that was declared late.
fn amended() -> String {
    let shipped = references().into_iter().find(|it| it.kind == ReferenceKind::Calendar).unwrap();
    let late = "    days_off:\n      - { date: 2026-11-20, name: { vi: Nghỉ muộn, en: Late } }\n";
    let (before, year) = shipped.content.split_once("  2026:\n").unwrap();
    format!("{before}  2026:\n{}", year.replacen("    days_off:\n", late, 1))
}

#[tokio::test]
async fn an_amended_calendar_is_current_after_a_restart_too() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::start(sqlite(folder.path()).await, MORNING).await;
    let dossier = engine.submit("birth").await;
    register(&engine, dossier).await;
    let before = engine.task(dossier, "residence").await.due.unwrap().at;
    assert_eq!(before, at("2026-11-23T17:00:00+07:00"));
    let edition = engine.runtime.published().amended("vn", &amended()).unwrap();
    engine.runtime.keep_calendar(&edition).await.unwrap();
    let what = Announcement::Calendar { calendar: "vn".into(), digest: edition.digest.clone() };
    assert_eq!(engine.runtime.announce(announce("calendar:vn", what)).await.unwrap(), 1);
    let after = engine.task(dossier, "residence").await.due.unwrap().at;
    assert_eq!(after, at("2026-11-25T17:00:00+07:00"));
    engine.runtime.shutdown().await;

    let engine = Engine::start(sqlite(folder.path()).await, MORNING).await;
    let (current, _) = engine.runtime.published().current_calendar("vn").unwrap();
    assert_eq!(current, edition.digest, "the files say otherwise");
    let later = engine.submit("birth").await;
    assert_eq!(engine.dossier(later).await.calendar, edition.digest);
    engine.runtime.shutdown().await;
}

#[test]
fn only_a_calendar_that_covers_as_much_takes_the_place_of_another() {
    let mut catalogue = Catalogue::default();
    for reference in references() {
        catalogue.publish(&reference).unwrap();
    }
    let shorter = amended().split_once("  # Not announced").unwrap().0.to_owned();
    assert_eq!(catalogue.amended("vn", &shorter).unwrap_err().faults[0].code, "missing-calendar");
    let renamed = amended().replace("calendar: vn", "calendar: other");
    assert!(catalogue.amended("vn", &renamed).is_err());
    assert!(!catalogue.amended("vn", "calendar: [").unwrap_err().faults.is_empty());
}
