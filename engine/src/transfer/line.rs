//! The lines of an exported log.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use lienthong_domain::digest::{Digest, hex};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::log::feeds::{self, DeliveryState};
use crate::log::{self, Hash, OutboxRow, Outgoing, Stored, StoredReceipt};

/// The version of the file's form.
pub(super) const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Line<'a> {
    Log(Header),
    Reference(#[serde(borrow)] Reference<'a>),
    Event(#[serde(borrow)] Event<'a>),
    Receipt(#[serde(borrow)] Receipt<'a>),
    Delivery(#[serde(borrow)] Delivery<'a>),
    End(End),
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    pub version: u32,
    pub partitions: u32,
    /// Of the log, if it has one.
    pub incarnation: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reference<'a> {
    pub(super) digest: Digest,
    pub(super) kind: Cow<'a, str>,
    pub(super) name: Cow<'a, str>,
    pub(super) content: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event<'a> {
    pub(super) partition: u32,
    pub(super) position: u64,
    #[serde(borrow)]
    pub(super) aggregate_type: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) aggregate_id: Cow<'a, str>,
    pub(super) sequence: u64,
    #[serde(borrow)]
    pub(super) event_type: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) event_version: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) payload: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) metadata: Cow<'a, str>,
    pub(super) command_id: Uuid,
    /// Microseconds since 1970 in UTC.
    pub(super) recorded_at: i64,
    #[serde(with = "hex_hash")]
    pub(super) hash: Hash,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Receipt<'a> {
    pub(super) partition: u32,
    #[serde(borrow)]
    pub(super) sender: Cow<'a, str>,
    pub(super) command_id: Uuid,
    #[serde(with = "hex_hash")]
    pub(super) request_digest: Hash,
    #[serde(borrow)]
    pub(super) outcome: Cow<'a, str>,
    /// Microseconds since 1970 in UTC.
    pub(super) recorded_at: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Delivery<'a> {
    pub(super) partition: u32,
    #[serde(borrow)]
    message_id: Cow<'a, str>,
    #[serde(borrow)]
    office: Cow<'a, str>,
    #[serde(borrow)]
    dossier_id: Cow<'a, str>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    task: Cow<'a, str>,
    sequence: u64,
    /// Microseconds since 1970 in UTC, as all moments.
    caused_at: i64,
    #[serde(borrow)]
    state: Cow<'a, str>,
    attempts: u32,
    next_at: i64,
    last_failure: Option<String>,
    owner: Option<String>,
    delivered_at: Option<i64>,
}

/// The last line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    pub references: u64,
    pub events: u64,
    pub receipts: u64,
    pub deliveries: u64,
    /// Whether for every event it was found out what is to be pushed: what is in no delivery then
    /// never will be.
    pub followed: bool,
    /// Of partitions that have events, by partition.
    pub heads: Vec<LineHead>,
    /// The SHA-256 of every byte before this line.
    pub digest: Digest,
}

/// The last event of a partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineHead {
    pub partition: u32,
    pub position: u64,
    #[serde(with = "hex_hash")]
    pub hash: Hash,
}

impl<'a> From<&'a log::Reference> for Reference<'a> {
    fn from(reference: &'a log::Reference) -> Self {
        Self {
            digest: reference.digest.clone(),
            kind: reference.kind.as_str().into(),
            name: reference.name.as_str().into(),
            content: reference.content.as_str().into(),
        }
    }
}

impl From<Reference<'_>> for log::Reference {
    fn from(reference: Reference<'_>) -> Self {
        Self {
            digest: reference.digest,
            kind: reference.kind.into_owned(),
            name: reference.name.into_owned(),
            content: reference.content.into_owned(),
        }
    }
}

impl<'a> From<&Stored<'a>> for Event<'a> {
    fn from(event: &Stored<'a>) -> Self {
        Self {
            partition: event.partition,
            position: event.position,
            aggregate_type: event.aggregate_type.into(),
            aggregate_id: event.aggregate_id.into(),
            sequence: event.sequence,
            event_type: event.event_type.into(),
            event_version: event.event_version.into(),
            payload: event.payload.into(),
            metadata: event.metadata.into(),
            command_id: event.command_id,
            recorded_at: event.recorded_at,
            hash: event.hash,
        }
    }
}

impl<'a> From<&'a Event<'_>> for Stored<'a> {
    fn from(event: &'a Event<'_>) -> Self {
        Self {
            partition: event.partition,
            position: event.position,
            aggregate_type: &event.aggregate_type,
            aggregate_id: &event.aggregate_id,
            sequence: event.sequence,
            event_type: &event.event_type,
            event_version: &event.event_version,
            payload: &event.payload,
            metadata: &event.metadata,
            command_id: event.command_id,
            recorded_at: event.recorded_at,
            hash: event.hash,
        }
    }
}

impl<'a> Receipt<'a> {
    pub(super) fn new(partition: u32, receipt: &'a StoredReceipt) -> Self {
        Self {
            partition,
            sender: receipt.sender.as_str().into(),
            command_id: receipt.command_id,
            request_digest: receipt.request_digest,
            outcome: receipt.outcome.as_str().into(),
            recorded_at: receipt.recorded_at,
        }
    }
}

impl<'a> From<&'a feeds::Delivery> for Delivery<'a> {
    fn from(delivery: &'a feeds::Delivery) -> Self {
        let message = &delivery.outgoing.message;
        Self {
            partition: delivery.outgoing.partition,
            message_id: message.message_id.as_str().into(),
            office: message.addressee.as_str().into(),
            dossier_id: message.dossier_id.as_str().into(),
            kind: message.kind.as_str().into(),
            task: message.task.as_str().into(),
            sequence: message.sequence,
            caused_at: message.caused_at.timestamp_micros(),
            state: delivery.state.name().into(),
            attempts: delivery.attempts,
            next_at: delivery.next_at.timestamp_micros(),
            last_failure: delivery.last_failure.clone(),
            owner: delivery.owner.clone(),
            delivered_at: delivery.delivered_at.map(|it| it.timestamp_micros()),
        }
    }
}

impl Delivery<'_> {
    /// As the store has it, but for the position of its event.
    pub(super) fn read(self) -> Result<feeds::Delivery, String> {
        let message = OutboxRow {
            dossier_id: self.dossier_id.into_owned(),
            message_id: self.message_id.into_owned(),
            addressee: self.office.into_owned(),
            kind: self.kind.into_owned(),
            task: self.task.into_owned(),
            sequence: self.sequence,
            caused_at: moment(self.caused_at)?,
        };
        let state = DeliveryState::find(&self.state);
        Ok(feeds::Delivery {
            outgoing: Outgoing { partition: self.partition, position: 0, message },
            state: state.ok_or_else(|| format!("{} is no state", self.state))?,
            attempts: self.attempts,
            next_at: moment(self.next_at)?,
            last_failure: self.last_failure,
            owner: self.owner,
            delivered_at: self.delivered_at.map(moment).transpose()?,
        })
    }
}

pub(super) fn moment(micros: i64) -> Result<DateTime<Utc>, String> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| format!("{micros} is no moment"))
}

/// A hash as 64 lower-case hex digits.
mod hex_hash {
    use super::{Digest, Hash, hex};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(hash: &Hash, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex(hash))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Hash, D::Error> {
        let digest = Digest::deserialize(from)?;
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digest.as_str().as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(serde::de::Error::custom)?;
            *byte = u8::from_str_radix(pair, 16).map_err(serde::de::Error::custom)?;
        }
        Ok(hash)
    }
}
