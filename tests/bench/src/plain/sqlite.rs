//! The least repository on SQLite: one connection, and a durable transaction for the events of each
//! command.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cqrs_es::Aggregate;
use cqrs_es::persist::{
    PersistedEventRepository, PersistenceError, ReplayStream, SerializedEvent, SerializedSnapshot,
};
use rusqlite::{Connection, Row};
use serde_json::Value as Json;
use tokio::task::block_in_place;

const SCHEMA: &str = "CREATE TABLE events (
    aggregate_type TEXT NOT NULL, aggregate_id TEXT NOT NULL, sequence INTEGER NOT NULL,
    event_type TEXT NOT NULL, event_version TEXT NOT NULL, payload TEXT NOT NULL,
    metadata TEXT NOT NULL, PRIMARY KEY (aggregate_type, aggregate_id, sequence)) STRICT";
const INSERT: &str = "INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const SELECT: &str = "SELECT aggregate_type, aggregate_id, sequence, event_type, event_version, \
    payload, metadata FROM events WHERE aggregate_type = ?1 AND aggregate_id = ?2 ORDER BY sequence";

pub(super) struct Repository(Mutex<Connection>);

impl Repository {
    pub(super) fn make(path: &Path) -> Result<Self, rusqlite::Error> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self(Mutex::new(connection)))
    }

    fn select<A: Aggregate>(&self, id: &str) -> Result<Vec<SerializedEvent>, rusqlite::Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(SELECT)?;
        let rows = statement.query_map((A::TYPE, id), event)?;
        rows.collect()
    }

    fn insert(&self, events: &[SerializedEvent]) -> Result<(), rusqlite::Error> {
        let mut connection = self.connection();
        let tx = connection.transaction()?;
        let mut statement = tx.prepare_cached(INSERT)?;
        for it in events {
            statement.execute((
                &it.aggregate_type,
                &it.aggregate_id,
                i64::try_from(it.sequence).unwrap_or(i64::MAX),
                &it.event_type,
                &it.event_version,
                it.payload.to_string(),
                it.metadata.to_string(),
            ))?;
        }
        drop(statement);
        tx.commit()
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn event(row: &Row<'_>) -> Result<SerializedEvent, rusqlite::Error> {
    let json = |place: usize| -> Result<Json, rusqlite::Error> {
        let text: String = row.get(place)?;
        Ok(serde_json::from_str(&text).unwrap_or_default())
    };
    Ok(SerializedEvent {
        aggregate_type: row.get(0)?,
        aggregate_id: row.get(1)?,
        sequence: usize::try_from(row.get::<_, i64>(2)?).unwrap_or_default(),
        event_type: row.get(3)?,
        event_version: row.get(4)?,
        payload: json(5)?,
        metadata: json(6)?,
    })
}

fn failure(error: rusqlite::Error) -> PersistenceError {
    PersistenceError::UnknownError(Box::new(error))
}

fn not_here<T>() -> Result<T, PersistenceError> {
    Err(PersistenceError::UnknownError("neither snapshots nor replay are measured".into()))
}

impl PersistedEventRepository for Repository {
    async fn get_events<A: Aggregate>(
        &self,
        id: &str,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        block_in_place(|| self.select::<A>(id)).map_err(failure)
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        _: &str,
        _: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        not_here()
    }

    async fn get_snapshot<A: Aggregate>(
        &self,
        _: &str,
    ) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        not_here()
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        _: Option<(String, Json, usize)>,
    ) -> Result<(), PersistenceError> {
        block_in_place(|| self.insert(events)).map_err(failure)
    }

    async fn stream_events<A: Aggregate>(&self, _: &str) -> Result<ReplayStream, PersistenceError> {
        not_here()
    }

    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        not_here()
    }
}
