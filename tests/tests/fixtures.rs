//! Stores that earlier programs wrote, in `fixtures/logs`: today's program opens each, finds it
//! whole, and reads every dossier as it was.
//!
//! The files are never edited and none goes away. When the stored form changes, a new one is added:
//! `LIENTHONG_NEW_FIXTURE=0002-what-changed cargo test --package lienthong-tests --test fixtures`
//! plays the story on today's program, writes the dump and, for kinds of events that had none yet,
//! the golden files in `domain/tests/golden`. It overwrites nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lienthong_domain::dossier::{NationalStatus, TaskStatus};
use lienthong_engine::log::{Log, SqliteLog, Verified};
use lienthong_tests::engine::Engine;
use lienthong_tests::story::{self, Story};
use rusqlite::Connection;
use rusqlite::types::Value;
use uuid::Uuid;

/// When the dumps are opened: the day after the story's end.
const OPENED: &str = "2026-12-29T08:00:00+07:00";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/logs")
}

async fn open(path: &Path) -> Arc<dyn Log> {
    Arc::new(SqliteLog::open(path).await.unwrap())
}

async fn assert_whole(log: &dyn Log) {
    for partition in 0..log.partitions() {
        let verified = log.verify(partition).await.unwrap();
        assert!(matches!(verified, Verified::Whole { .. }), "partition {partition}: {verified:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_of_earlier_programs_are_opened_and_read() {
    let mut dumps: Vec<PathBuf> =
        fs::read_dir(folder()).unwrap().map(|it| it.unwrap().path()).collect();
    dumps.retain(|it| it.extension().is_some_and(|it| it == "sql"));
    dumps.sort();
    assert!(dumps.first().is_some_and(|it| it.ends_with("0001-first.sql")), "{dumps:?}");
    for dump in dumps {
        println!("{}", dump.display());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.db");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(&fs::read_to_string(&dump).unwrap()).unwrap();
        connection.close().unwrap();

        let engine = Engine::start(open(&path).await, OPENED).await;
        assert_whole(engine.runtime.log().as_ref()).await;
        let story = read_story(&fs::read_to_string(&dump).unwrap());
        assert_as_told(&engine, &story).await;
        goes_on(&engine, story.open).await;
        assert_whole(engine.runtime.log().as_ref()).await;
        engine.runtime.shutdown().await;
    }
}

async fn assert_as_told(engine: &Engine, story: &Story) {
    let expected = [
        (story.birth, NationalStatus::Returned),
        (story.death, NationalStatus::Returned),
        (story.lapsed, NationalStatus::Stopped),
        (story.refused, NationalStatus::NotAccepted),
        (story.withdrawn, NationalStatus::Decided),
        (story.open, NationalStatus::SupplementRequested),
    ];
    for (id, status) in expected {
        let dossier = engine.dossier(id).await;
        assert_eq!(dossier.national(), status, "{id}");
        let row = engine.runtime.log().dossier(&id.to_string()).await.unwrap().unwrap();
        assert_eq!(row.status, status.number(), "{id}");
        assert_eq!(row.code, dossier.code);
        assert!(dossier.application.is_some(), "{id}: what is personal can be opened");
        let events = engine.runtime.events(id).await.unwrap();
        assert_eq!(events.len() as u64, dossier.sequence);
        engine.runtime.catalogue(&dossier).await.unwrap();
    }
    let birth = engine.dossier(story.birth).await;
    assert!(birth.task("registration").unwrap().overdue);
    let name = birth.application.as_ref().unwrap().reveal()["child"]["full_name"].clone();
    assert_eq!(name, "Nguyễn Minh Ân", "as supplied");
    let after = engine.task(story.withdrawn, "residence").await;
    assert_eq!(after.status, TaskStatus::Withdrawn);
    assert_eq!(engine.task(story.refused, "residence").await.status, TaskStatus::Skipped);
}

/// What is open is open: it is supplied and goes to its end.
async fn goes_on(engine: &Engine, open: Uuid) {
    engine.supply(open, "registration", &["marriage_certificate"], Default::default()).await;
    let results = serde_json::json!({"personal_id": "001326012345"});
    engine.complete(open, "registration", results, &["certificate"]).await;
    assert_eq!(engine.task(open, "residence").await.status, TaskStatus::Dispatched);
}

// The story's ids stand at the head of the dump, one comment a dossier.

fn heading(story: &Story) -> String {
    let Story { birth, death, lapsed, refused, withdrawn, open } = story;
    format!(
        "-- birth {birth}\n-- death {death}\n-- lapsed {lapsed}\n-- refused {refused}\n\
         -- withdrawn {withdrawn}\n-- open {open}\n"
    )
}

fn read_story(dump: &str) -> Story {
    let id = |name: &str| -> Uuid {
        let line = dump.lines().find_map(|it| it.strip_prefix(&format!("-- {name} ")));
        line.unwrap().parse().unwrap()
    };
    Story {
        birth: id("birth"),
        death: id("death"),
        lapsed: id("lapsed"),
        refused: id("refused"),
        withdrawn: id("withdrawn"),
        open: id("open"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_can_be_dumped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.db");
    let engine = Engine::start(open(&path).await, story::BEGINS).await;
    let story = story::play(&engine).await;
    assert_as_told(&engine, &story).await;
    engine.runtime.shutdown().await;

    let connection = Connection::open(&path).unwrap();
    let dump = heading(&story) + &dumped(&connection);
    assert_eq!(dump.matches("INSERT INTO dossiers ").count(), 6);
    if let Some(name) = std::env::var_os("LIENTHONG_NEW_FIXTURE") {
        let target = self::folder().join(name).with_extension("sql");
        create_new(&target, &dump);
        write_golden_files(&connection);
    }
}

/// The whole database as statements that make it again.
fn dumped(connection: &Connection) -> String {
    let mut dump = String::new();
    let version: i64 = connection.pragma_query_value(None, "user_version", |it| it.get(0)).unwrap();
    writeln!(dump, "PRAGMA user_version = {version};").unwrap();
    let mut made: Vec<(String, String, String)> = rows(
        connection,
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL \
         ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 ELSE 2 END, name",
    )
    .into_iter()
    .map(|row| (text(&row[0]), text(&row[1]), text(&row[2])))
    .collect();
    let later = made.split_off(made.iter().take_while(|it| it.0 == "table").count());
    for (_, name, sql) in made {
        writeln!(dump, "{sql};").unwrap();
        for row in rows(connection, &format!("SELECT * FROM {name}")) {
            let values: Vec<String> = row.iter().map(literal).collect();
            writeln!(dump, "INSERT INTO {name} VALUES ({});", values.join(", ")).unwrap();
        }
    }
    for (_, _, sql) in later {
        writeln!(dump, "{sql};").unwrap();
    }
    dump
}

fn rows(connection: &Connection, sql: &str) -> Vec<Vec<Value>> {
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map((), |row| (0..columns).map(|it| row.get(it)).collect()).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => panic!("no text: {other:?}"),
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Blob(bytes) => format!("x'{}'", lienthong_domain::digest::hex(bytes)),
    }
}

/// The first event of each kind and version becomes its golden file, if there is none.
fn write_golden_files(connection: &Connection) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/tests/golden");
    let first = "SELECT aggregate_type, event_type, event_version, payload FROM events \
                 ORDER BY length(payload) DESC";
    for row in rows(connection, first) {
        let [aggregate, kind, version, payload] = [0, 1, 2, 3].map(|it| text(&row[it]));
        let folder = golden.join(aggregate);
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{kind}.{version}.json"));
        if !path.exists() {
            create_new(&path, &(payload + "\n"));
        }
    }
}

fn create_new(path: &Path, text: &str) {
    use std::io::Write as _;
    let mut file = fs::File::create_new(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    println!("wrote {}", path.display());
}
