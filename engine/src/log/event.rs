//! What goes into the log and what comes out of it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use lienthong_domain::digest::Digest;
use lienthong_domain::event::Payload;
use uuid::Uuid;

use super::tables::RowsChange;

/// A SHA-256.
pub type Hash = [u8; 32];

/// One aggregate's sequence of events.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamId {
    pub aggregate_type: String,
    pub aggregate_id: String,
}

impl StreamId {
    #[must_use]
    pub fn new(aggregate_type: impl Into<String>, aggregate_id: impl Into<String>) -> Self {
        Self { aggregate_type: aggregate_type.into(), aggregate_id: aggregate_id.into() }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.aggregate_type, self.aggregate_id)
    }
}

/// The end of a stream: what the next append to it follows. Only the log makes one, so a caller
/// can hold an end that is old, but none that never was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    pub(crate) sequence: u64,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) hash: Hash,
}

impl Tail {
    /// The end of a stream without events.
    pub const START: Self =
        Self { sequence: 0, recorded_at: DateTime::<Utc>::MIN_UTC, hash: super::chain::START };

    /// The sequence of the last event, 0 if there is none.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }
}

/// An event to be appended.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub event_type: String,
    pub event_version: String,
    pub payload: Payload,
}

/// The outcome of a command, to be remembered for its sender.
#[derive(Clone, Debug)]
pub struct NewReceipt {
    pub sender: String,
    pub command_id: Uuid,
    /// Of the request's content: the same id with another digest is another request.
    pub request_digest: Hash,
    pub outcome: serde_json::Value,
}

/// What one command adds to one stream. Events may be empty: a refusal has a receipt alone.
#[derive(Clone, Debug)]
pub struct Append {
    pub stream: StreamId,
    /// The end of the stream as it was known when this was decided; `None` where it follows what
    /// is earlier in the same batch.
    pub after: Option<Tail>,
    pub command_id: Uuid,
    /// Kept to the microsecond, and raised to the stream's previous if it is earlier.
    pub recorded_at: DateTime<Utc>,
    /// Of all events.
    pub metadata: BTreeMap<String, String>,
    pub events: Vec<NewEvent>,
    pub receipt: Option<NewReceipt>,
    /// What these events change in the core read tables.
    pub rows: Option<RowsChange>,
}

/// A stored event. `payload` and `metadata` are the stored texts, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub partition: u32,
    pub position: u64,
    pub stream: StreamId,
    pub sequence: u64,
    pub event_type: String,
    pub event_version: String,
    pub payload: String,
    pub metadata: String,
    pub command_id: Uuid,
    pub recorded_at: DateTime<Utc>,
    pub hash: Hash,
}

/// The stored payload is not `{"control":…}` or `{"control":…,"personal":"…"}`.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the payload is not in its stored form")]
pub struct Unreadable;

impl Recorded {
    /// The end of the stream with this as its last event.
    #[must_use]
    pub fn tail(&self) -> Tail {
        Tail { sequence: self.sequence, recorded_at: self.recorded_at, hash: self.hash }
    }

    /// The stored bytes of the control member and the personal string.
    ///
    /// # Errors
    /// If the stored text is not exactly what [`lienthong_domain::event::stored_text`] makes.
    pub fn payload(&self) -> Result<Payload, Unreadable> {
        let (control, personal) = super::stored::members(&self.payload)?;
        Ok(Payload { control: control.to_owned(), personal: personal.map(Cow::into_owned) })
    }

    /// # Errors
    /// If the stored text is not a JSON object of strings.
    pub fn metadata(&self) -> Result<BTreeMap<String, String>, Unreadable> {
        serde_json::from_str(&self.metadata).map_err(|_| Unreadable)
    }
}

/// What a receipt is found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReceiptKey {
    pub partition: u32,
    pub command_id: Uuid,
    pub sender: String,
}

/// The remembered outcome of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    pub partition: u32,
    pub sender: String,
    pub command_id: Uuid,
    pub request_digest: Hash,
    pub outcome: serde_json::Value,
    pub recorded_at: DateTime<Utc>,
}

impl Receipt {
    #[must_use]
    pub fn key(&self) -> ReceiptKey {
        let Self { partition, command_id, .. } = *self;
        ReceiptKey { partition, command_id, sender: self.sender.clone() }
    }
}

/// One version of a definition, calendar, directory or the like, named by its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub digest: Digest,
    pub kind: String,
    pub name: String,
    pub content: String,
}

impl Reference {
    #[must_use]
    pub fn new(
        kind: impl Into<String>,
        name: impl Into<String>,
        content: impl Into<String>,
    ) -> Self {
        let content = content.into();
        let digest = Digest::of(content.as_bytes());
        Self { digest, kind: kind.into(), name: name.into(), content }
    }
}
