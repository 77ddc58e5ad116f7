//! What a store holds, row by row, as the checker's own SQL reads it. A history can be written
//! down as JSON and read again.

mod postgres;
mod sqlite;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::report::Place;

/// Events with the partitions' heads, receipts, reference data and read tables, all of one moment.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct History {
    pub partitions: u32,
    pub heads: Vec<Head>,
    /// By partition and position.
    pub events: Vec<Row>,
    pub receipts: Vec<Receipt>,
    pub references: Vec<Reference>,
    pub dossiers: Vec<DossierRow>,
    pub tasks: Vec<TaskRow>,
    pub timers: Vec<TimerRow>,
    pub outbox: Vec<MessageRow>,
    /// Empty where the store is older than subscriptions.
    #[serde(default)]
    pub followed: Followed,
}

/// How far subscriptions are, and what they have made.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Followed {
    pub checkpoints: Vec<CheckpointRow>,
    pub traffic: Vec<TrafficRow>,
    pub parked: Vec<ParkedRow>,
    pub skipped: Vec<SkippedRow>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckpointRow {
    pub name: String,
    pub partition: u32,
    pub position: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TrafficRow {
    pub name: String,
    pub partition: u32,
    pub office: String,
    pub day: NaiveDate,
    pub fact: String,
    pub count: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ParkedRow {
    pub name: String,
    pub aggregate_id: String,
    pub position: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SkippedRow {
    pub name: String,
    pub partition: u32,
    pub position: u64,
}

/// How far a partition goes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Head {
    pub partition: u32,
    pub head: u64,
    pub epoch: i64,
}

/// An event; `payload` and `metadata` as stored, byte for byte.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    pub partition: u32,
    pub position: u64,
    pub aggregate_type: String,
    pub aggregate_id: String,
    pub sequence: u64,
    pub event_type: String,
    pub event_version: String,
    pub payload: String,
    pub metadata: String,
    pub command_id: Uuid,
    /// Microseconds since 1970 in UTC.
    pub recorded_at: i64,
    /// In hex.
    pub hash: String,
}

/// The remembered outcome of a command.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Receipt {
    pub partition: u32,
    pub sender: String,
    pub command_id: Uuid,
    #[serde(deserialize_with = "json_or_text")]
    pub outcome: Json,
}

/// One version of reference data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reference {
    pub digest: String,
    pub kind: String,
    pub name: String,
    pub content: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DossierRow {
    pub partition: u32,
    pub dossier_id: String,
    pub code: String,
    pub group_name: String,
    pub group_version: String,
    pub account: String,
    pub status: u8,
    /// Microseconds since 1970 in UTC, like every moment of the read tables.
    pub submitted_at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRow {
    pub partition: u32,
    pub dossier_id: String,
    pub task: String,
    pub office: String,
    pub status: String,
    pub turn: String,
    pub dispatch: Option<String>,
    pub due_at: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerRow {
    pub partition: u32,
    pub dossier_id: String,
    pub timer: String,
    pub due_at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRow {
    pub partition: u32,
    pub dossier_id: String,
    pub message_id: String,
    pub addressee: String,
    pub kind: String,
    pub task: String,
    /// Of the event that causes it.
    pub sequence: u64,
}

/// A store that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("a store is sqlite:PATH or postgres://…")]
    Address,
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("PostgreSQL: {0}")]
    Postgres(#[from] sqlx::Error),
    #[error("a row of {table} is not what it should be: {cause}")]
    Row { table: &'static str, cause: String },
    #[error("SQLite says about the file: {0}")]
    Integrity(String),
    #[error("the reading was cut off")]
    CutOff(#[from] tokio::task::JoinError),
}

impl History {
    /// Reads a store in one transaction. SQLite's own check of the file comes first.
    ///
    /// # Errors
    /// If it can't be read.
    pub async fn read(address: &str) -> Result<Self, Error> {
        if let Some(path) = address.strip_prefix("sqlite:") {
            let path = path.to_owned();
            tokio::task::spawn_blocking(move || sqlite::read(&path)).await?
        } else if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            postgres::read(address).await
        } else {
            Err(Error::Address)
        }
    }

    /// Reads an SQLite store over a connection.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn of(connection: &mut rusqlite::Connection) -> Result<Self, Error> {
        sqlite::whole(connection)
    }

    /// What a write has added to an SQLite store since its partitions ended at `heads`, and
    /// everything about the dossiers that it touched.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn news(
        connection: &rusqlite::Connection,
        heads: &BTreeMap<u32, Head>,
    ) -> Result<Self, Error> {
        sqlite::news(connection, heads)
    }

    /// The receipts that a command id has in an SQLite store, whoever sent it.
    ///
    /// # Errors
    /// If they can't be read.
    pub fn receipts(
        connection: &rusqlite::Connection,
        command: Uuid,
    ) -> Result<Vec<Receipt>, Error> {
        sqlite::receipts(connection, command)
    }

    /// The events of every stream, by aggregate type and id, in the order of their sequences.
    #[must_use]
    pub fn streams(&self) -> BTreeMap<(&str, &str), Vec<&Row>> {
        let mut streams: BTreeMap<_, Vec<&Row>> = BTreeMap::new();
        for row in &self.events {
            let stream = (row.aggregate_type.as_str(), row.aggregate_id.as_str());
            streams.entry(stream).or_default().push(row);
        }
        for rows in streams.values_mut() {
            rows.sort_by_key(|it| (it.sequence, it.position));
        }
        streams
    }
}

impl Row {
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            partition: self.partition,
            position: self.position,
            sequence: self.sequence,
            event_type: self.event_type.clone(),
        }
    }

    /// A member of the metadata.
    #[must_use]
    pub fn told(&self, name: &str) -> Option<String> {
        let metadata: BTreeMap<String, String> = serde_json::from_str(&self.metadata).ok()?;
        metadata.get(name).cloned()
    }
}

/// The columns of an event, in the order in which both stores are asked for them.
const EVENT_COLUMNS: &str = "partition, position, aggregate_type, aggregate_id, sequence, \
                             event_type, event_version";

fn row<T: for<'de> Deserialize<'de>>(table: &'static str, row: Json) -> Result<T, Error> {
    serde_json::from_value(row).map_err(|it| Error::Row { table, cause: it.to_string() })
}

fn number<T: TryFrom<i64>>(table: &'static str, number: i64) -> Result<T, Error> {
    T::try_from(number).map_err(|_| Error::Row { table, cause: format!("the number {number}") })
}

/// SQLite keeps JSON as a text, PostgreSQL as JSON.
fn json_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
    match Json::deserialize(deserializer)? {
        Json::String(text) => serde_json::from_str(&text).map_err(serde::de::Error::custom),
        json => Ok(json),
    }
}
