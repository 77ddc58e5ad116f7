//! An agency as the engine knows it: the keys by which its systems identify themselves, and where
//! they are reached by push. What it does and where is in the directory. Only digests of keys are
//! kept.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use chrono::{DateTime, FixedOffset};
use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::event::{Payload, StoredEvent};
use crate::personal::Salt;

/// An office has at most this many keys at a time: one in use, others during a change.
pub const KEYS_MAX: usize = 4;

/// An address has at most this many bytes.
pub const URL_BYTES_MAX: usize = 512;

/// The aggregate; its id is the id of the office.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    /// Digest of each valid key's secret, by the key's id.
    keys: BTreeMap<String, Digest>,
    /// Where it is reached by push, if it is.
    #[serde(default)]
    endpoint: Option<Endpoint>,
    /// How often an address was set.
    #[serde(default)]
    generation: u32,
}

/// An address to which messages are posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    pub url: String,
    /// 1 for the office's first address. Every one has a secret of its own.
    pub generation: u32,
    pub set_at: DateTime<FixedOffset>,
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
    /// From now on messages are pushed to this address.
    SetEndpoint {
        at: DateTime<FixedOffset>,
        url: String,
    },
    RemoveEndpoint {
        at: DateTime<FixedOffset>,
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
#[serde(tag = "type")]
enum Fact {
    #[serde(rename = "agency_key_issued")]
    KeyIssued { key: String, secret: Digest },
    #[serde(rename = "agency_key_revoked")]
    KeyRevoked { key: String },
    #[serde(rename = "agency_endpoint_set")]
    EndpointSet { url: String, generation: u32 },
    #[serde(rename = "agency_endpoint_removed")]
    EndpointRemoved,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("an office has at most {KEYS_MAX} keys; revoke one first")]
    TooManyKeys,
    #[error("there is already a key of this name")]
    KnownKey,
    #[error("there is no key of this name")]
    NoSuchKey,
    #[error(
        "an address is http://, a loopback address, a port and a path, e.g. \
         http://127.0.0.1:9000/tasks; others are not reached yet"
    )]
    NotLoopback,
    #[error("the office has no address")]
    NoEndpoint,
}

impl Agency {
    /// The digest of a valid key's secret.
    #[must_use]
    pub fn secret(&self, key: &str) -> Option<&Digest> {
        self.keys.get(key)
    }

    /// Where it is reached by push, if it is.
    #[must_use]
    pub fn endpoint(&self) -> Option<&Endpoint> {
        self.endpoint.as_ref()
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
                (at, Fact::KeyIssued { key: key.clone(), secret: secret.clone() })
            }
            Command::RevokeKey { key, .. } if !self.keys.contains_key(key) => {
                return Err(Error::NoSuchKey);
            }
            Command::RevokeKey { at, key } => (at, Fact::KeyRevoked { key: key.clone() }),
            Command::SetEndpoint { url, .. } if !is_loopback(url) => {
                return Err(Error::NotLoopback);
            }
            Command::SetEndpoint { at, url } => {
                let generation = self.generation + 1;
                (at, Fact::EndpointSet { url: url.clone(), generation })
            }
            Command::RemoveEndpoint { .. } if self.endpoint.is_none() => {
                return Err(Error::NoEndpoint);
            }
            Command::RemoveEndpoint { at } => (at, Fact::EndpointRemoved),
        };
        Ok(Event { control: Control { at: *at, fact } })
    }

    pub fn evolve(&mut self, event: &Event) {
        match &event.control.fact {
            Fact::KeyIssued { key, secret } => {
                self.keys.insert(key.clone(), secret.clone());
            }
            Fact::KeyRevoked { key } => {
                self.keys.remove(key);
            }
            Fact::EndpointSet { url, generation } => {
                let (url, set_at) = (url.clone(), event.control.at);
                self.generation = *generation;
                self.endpoint = Some(Endpoint { url, generation: *generation, set_at });
            }
            Fact::EndpointRemoved => self.endpoint = None,
        }
    }
}

/// Whether an address is on this machine: what is sent is personal, and nothing hides it on its way
/// yet.
fn is_loopback(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let authority = rest.split('/').next().unwrap_or_default();
    let is_plain = url.len() <= URL_BYTES_MAX && url.bytes().all(|it| it.is_ascii_graphic());
    let address: Option<SocketAddr> = authority.parse().ok();
    is_plain && address.is_some_and(|it| it.ip().is_loopback() && it.port() != 0)
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
            Fact::KeyIssued { .. } => "agency_key_issued".to_owned(),
            Fact::KeyRevoked { .. } => "agency_key_revoked".to_owned(),
            Fact::EndpointSet { .. } => "agency_endpoint_set".to_owned(),
            Fact::EndpointRemoved => "agency_endpoint_removed".to_owned(),
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

#[cfg(test)]
mod tests {
    //! An address is on this machine, and each has a generation of its own.

    use super::*;

    fn at() -> DateTime<FixedOffset> {
        DateTime::parse_from_rfc3339("2026-11-25T09:00:00+07:00").unwrap()
    }

    #[test]
    fn only_loopback_addresses_are_taken() {
        let set = |url: &str| {
            let command = Command::SetEndpoint { at: at(), url: url.to_owned() };
            Agency::default().decide(&command).map(drop)
        };
        for url in ["http://127.0.0.1:9000/tasks", "http://[::1]:80", "http://127.8.8.8:1/"] {
            assert_eq!(set(url), Ok(()), "{url}");
        }
        for url in [
            "https://127.0.0.1:9000/",
            "http://10.0.0.1:9000/",
            "http://localhost:9000/",
            "http://127.0.0.1/",
            "http://127.0.0.1:0/",
            "http://127.0.0.1:9000@10.0.0.1:80/",
            "http://127.0.0.1:9000/a b",
        ] {
            assert_eq!(set(url), Err(Error::NotLoopback), "{url}");
        }
    }

    #[test]
    fn a_generation_is_never_used_twice() {
        let mut agency = Agency::default();
        let set = Command::SetEndpoint { at: at(), url: "http://127.0.0.1:9000/".to_owned() };
        let remove = Command::RemoveEndpoint { at: at() };
        assert_eq!(agency.decide(&remove), Err(Error::NoEndpoint));
        for command in [&set, &set, &remove, &set] {
            let event = agency.decide(command).unwrap();
            agency.evolve(&event);
        }
        assert_eq!(agency.endpoint().map(|it| it.generation), Some(3));
    }
}
