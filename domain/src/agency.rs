//! An agency as the engine knows it: the keys by which its systems identify themselves. What it
//! does and where is in the directory. Only digests of keys are kept.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::event::{Payload, StoredEvent};
use crate::personal::Salt;

/// An office has at most this many keys at a time: one in use, others during a change.
pub const KEYS_MAX: usize = 4;

/// The aggregate; its id is the id of the office.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    /// Digest of each valid key's secret, by the key's id.
    keys: BTreeMap<String, Digest>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Command {
    /// `secret` is the digest of a secret of at least 256 random bits.
    IssueKey {
        at: DateTime<FixedOffset>,
        key: String,
        secret: Digest,
    },
    RevokeKey {
        at: DateTime<FixedOffset>,
        key: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    control: Control,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Control {
    at: DateTime<FixedOffset>,
    #[serde(flatten)]
    fact: Fact,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Fact {
    AgencyKeyIssued { key: String, secret: Digest },
    AgencyKeyRevoked { key: String },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("an office has at most {KEYS_MAX} keys; revoke one first")]
    TooManyKeys,
    #[error("there is already a key of this name")]
    KnownKey,
    #[error("there is no key of this name")]
    NoSuchKey,
}

impl Agency {
    /// The digest of a valid key's secret.
    #[must_use]
    pub fn secret(&self, key: &str) -> Option<&Digest> {
        self.keys.get(key)
    }

    /// # Errors
    /// If the key can't be issued or revoked.
    pub fn decide(&self, command: &Command) -> Result<Event, Error> {
        let (at, fact) = match command {
            Command::IssueKey { key, .. } if self.keys.contains_key(key) => {
                return Err(Error::KnownKey);
            }
            Command::IssueKey { .. } if self.keys.len() >= KEYS_MAX => {
                return Err(Error::TooManyKeys);
            }
            Command::IssueKey { at, key, secret } => {
                (at, Fact::AgencyKeyIssued { key: key.clone(), secret: secret.clone() })
            }
            Command::RevokeKey { key, .. } if !self.keys.contains_key(key) => {
                return Err(Error::NoSuchKey);
            }
            Command::RevokeKey { at, key } => (at, Fact::AgencyKeyRevoked { key: key.clone() }),
        };
        Ok(Event { control: Control { at: *at, fact } })
    }

    pub fn evolve(&mut self, event: &Event) {
        match &event.control.fact {
            Fact::AgencyKeyIssued { key, secret } => {
                self.keys.insert(key.clone(), secret.clone());
            }
            Fact::AgencyKeyRevoked { key } => {
                self.keys.remove(key);
            }
        }
    }
}

impl Aggregate for Agency {
    const TYPE: &'static str = "agency";
    type Command = Command;
    type Event = Event;
    type Error = Error;
    type Services = ();

    async fn handle(
        &mut self,
        command: Command,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Error> {
        let event = self.decide(&command)?;
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        self.evolve(&event);
    }
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        match self.control.fact {
            Fact::AgencyKeyIssued { .. } => "agency_key_issued".to_owned(),
            Fact::AgencyKeyRevoked { .. } => "agency_key_revoked".to_owned(),
        }
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl StoredEvent for Event {
    fn encode(&self, _: Salt) -> Result<Payload, serde_json::Error> {
        Ok(Payload { control: serde_json::to_string(&self.control)?, personal: None })
    }
}
