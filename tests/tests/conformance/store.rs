//! A store to try the log on, with a second way into it: raw SQL, as somebody who is not the log.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use lienthong_domain::event::Payload;
use lienthong_engine::log::sqlite::line::{Asked, Line, SharedStore};
use lienthong_engine::log::{
    self, Append, Error, Log, NewEvent, Recorded, StreamId, Tail, Verified, lane_of,
};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

pub(crate) enum Store {
    Sqlite { folder: tempfile::TempDir },
    Postgres { address: String },
    Simulated { store: SharedStore },
}

/// A line on which nothing goes wrong.
struct Good;

impl Line for Good {
    fn send(&self, asked: Asked) {
        asked.carry_out().arrive();
    }
}

impl Store {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn simulated() -> Self {
        Self::Simulated { store: SharedStore::new().unwrap() }
    }

    /// `None`, with a reason on stderr, where PostgreSQL is not installed.
    pub(crate) async fn postgres() -> Option<Self> {
        let cluster = lienthong_tests::postgres::shared()?;
        Some(Self::Postgres { address: cluster.database().await })
    }

    /// Opens the log and takes all of it.
    pub(crate) async fn open(&self) -> Arc<dyn Log> {
        let log = self.open_free().await.unwrap();
        log::take_all(&*log).await.unwrap();
        log
    }

    /// Opens the log; it owns nothing yet.
    pub(crate) async fn open_free(&self) -> Result<Arc<dyn Log>, Error> {
        match self {
            Self::Simulated { store } => Ok(Arc::new(store.log(Uuid::now_v7(), Arc::new(Good)))),
            Self::Sqlite { .. } | Self::Postgres { .. } => {
                log::open(&self.address().unwrap()).await
            }
        }
    }

    /// Where it is for somebody who reads it beside the log; `None` if it is in memory alone.
    pub(crate) fn address(&self) -> Option<String> {
        match self {
            Self::Sqlite { folder } => Some(format!("sqlite:{}", file(folder).display())),
            Self::Postgres { address } => Some(address.clone()),
            Self::Simulated { .. } => None,
        }
    }

    /// Runs a statement beside the log and returns what the database says against it.
    pub(crate) async fn run(&self, sql: &str) -> Result<(), String> {
        match self {
            Self::Sqlite { folder } => {
                let connection = rusqlite::Connection::open(file(folder)).unwrap();
                connection.execute_batch(sql).map_err(|fault| fault.to_string())
            }
            Self::Postgres { address } => {
                let mut connection = PgConnection::connect(address).await.unwrap();
                let done = sqlx::raw_sql(sql).execute(&mut connection).await;
                done.map(drop).map_err(|fault| fault.to_string())
            }
            Self::Simulated { store } => {
                store.look(|it| it.execute_batch(sql)).map_err(|fault| fault.to_string())
            }
        }
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        match self {
            Self::Sqlite { folder } => {
                let connection = rusqlite::Connection::open(file(folder)).unwrap();
                connection.query_row(sql, (), |row| row.get(0)).unwrap()
            }
            Self::Postgres { address } => {
                let mut connection = PgConnection::connect(address).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
            }
            Self::Simulated { store } => {
                store.look(|it| it.query_row(sql, (), |row| row.get(0))).unwrap()
            }
        }
    }

    /// Takes away what refuses changes, as an attacker who owns the database would.
    pub(crate) async fn unprotect(&self) {
        let sql = match self {
            Self::Sqlite { .. } | Self::Simulated { .. } => {
                "DROP TRIGGER events_never_change; DROP TRIGGER events_never_go"
            }
            Self::Postgres { .. } => "ALTER TABLE events DISABLE TRIGGER ALL",
        };
        self.run(sql).await.unwrap();
    }
}

fn file(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("log.db")
}

/// A moment of the tests, some seconds after 1 September 2026, 08:00 in Hà Nội.
pub(crate) fn second(seconds: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-09-01T01:00:00Z".parse().unwrap();
    start + TimeDelta::seconds(seconds)
}

pub(crate) fn stream(id: &str) -> StreamId {
    StreamId::new("thing", id)
}

pub(crate) fn event(n: u32) -> NewEvent {
    NewEvent {
        event_type: "thing_counted".to_owned(),
        event_version: "1".to_owned(),
        payload: Payload { control: format!(r#"{{"n":{n}}}"#), personal: None },
    }
}

/// An append that is to follow an event of its stream, by its sequence.
#[derive(Clone)]
pub(crate) struct Draft {
    append: Append,
    expected: u64,
}

impl std::ops::Deref for Draft {
    type Target = Append;

    fn deref(&self) -> &Append {
        &self.append
    }
}

impl std::ops::DerefMut for Draft {
    fn deref_mut(&mut self) -> &mut Append {
        &mut self.append
    }
}

/// An append of some events to a stream, without receipt and rows.
pub(crate) fn append(id: &str, expected: u64, events: u32) -> Draft {
    let append = Append {
        stream: stream(id),
        after: None,
        command_id: Uuid::now_v7(),
        recorded_at: second(0),
        metadata: [("actor".to_owned(), "test".to_owned())].into(),
        events: (0..events).map(event).collect(),
        receipt: None,
        rows: None,
    };
    Draft { append, expected }
}

/// Appends drafts, each after the event that it is to follow.
pub(crate) async fn write(log: &dyn Log, drafts: Vec<Draft>) -> Result<Vec<Vec<Recorded>>, Error> {
    let mut batch: Vec<Append> = Vec::new();
    let mut ends = BTreeMap::new();
    for Draft { mut append, expected } in drafts {
        let follows_the_batch = ends.get(&append.stream) == Some(&expected);
        append.after = if follows_the_batch {
            None
        } else if expected == 0 {
            Some(Tail::START)
        } else {
            let recorded = log.load(&append.stream).await.unwrap();
            Some(recorded[usize::try_from(expected).unwrap() - 1].tail())
        };
        ends.insert(append.stream.clone(), expected + append.events.len() as u64);
        batch.push(append);
    }
    log.append(batch).await
}

/// Names of streams that share a writer.
pub(crate) fn names(log: &dyn Log, n: usize) -> Vec<String> {
    let named = (0..).map(|it| format!("stream-{it}"));
    named.filter(|it| lane_of(log.partition_of(it), log.lanes()) == 0).take(n).collect()
}

/// Every partition is whole; returns the number of events in all.
pub(crate) async fn whole(log: &dyn Log) -> u64 {
    let mut total = 0;
    for partition in 0..log.partitions() {
        match log.verify(partition).await.unwrap() {
            Verified::Whole { events } => total += events,
            broken @ Verified::Broken { .. } => panic!("partition {partition}: {broken:?}"),
        }
    }
    total
}
