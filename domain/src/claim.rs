//! What only one dossier may stand for at a time, such as the notice of a birth: a claim per value,
//! taken before a dossier begins. Whether its holder still stands in the way is told from outside.

use chrono::{DateTime, Utc};
use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::digest::Digest;
use crate::event::{Payload, StoredEvent};
use crate::personal::Salt;

/// Who holds what the claim is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    holder: Option<(Uuid, DateTime<Utc>)>,
}

/// A dossier takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Take {
    pub dossier: Uuid,
    /// The holder that was found to stand in nobody's way any more.
    pub displaces: Option<Uuid>,
    pub at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    control: Fact,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Fact {
    ClaimTaken { dossier: Uuid, at: DateTime<Utc> },
}

/// It is held by another dossier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is held by {by} since {since}")]
pub struct Held {
    pub by: Uuid,
    pub since: DateTime<Utc>,
}

/// The id of the claim on a value in a group: a digest, since the value may point to a person.
#[must_use]
pub fn id(group: &str, value: &str) -> String {
    let value = value.trim().to_uppercase();
    Digest::of(format!("{group}\n{value}").as_bytes()).to_string()
}

impl Claim {
    /// Nothing happens where the dossier holds it already.
    ///
    /// # Errors
    /// The holder, where it is another that is not to be displaced.
    pub fn decide(&self, command: Take) -> Result<Option<Event>, Held> {
        match self.holder {
            Some((holder, _)) if holder == command.dossier => Ok(None),
            Some((by, since)) if command.displaces != Some(by) => Err(Held { by, since }),
            Some(_) | None => {
                let Take { dossier, at, .. } = command;
                Ok(Some(Event { control: Fact::ClaimTaken { dossier, at } }))
            }
        }
    }

    pub fn evolve(&mut self, event: &Event) {
        let Fact::ClaimTaken { dossier, at } = event.control;
        self.holder = Some((dossier, at));
    }
}

impl Aggregate for Claim {
    const TYPE: &'static str = "claim";
    type Command = Take;
    type Event = Event;
    type Error = Held;
    type Services = ();

    async fn handle(&mut self, command: Take, (): &(), sink: &EventSink<Self>) -> Result<(), Held> {
        if let Some(event) = self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        self.evolve(&event);
    }
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        "claim_taken".to_owned()
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
    //! One holder at a time, and the same one as often as it asks.

    use super::*;

    fn take(dossier: u128, displaces: Option<u128>) -> Take {
        let displaces = displaces.map(Uuid::from_u128);
        Take { dossier: Uuid::from_u128(dossier), displaces, at: DateTime::UNIX_EPOCH }
    }

    fn held(by: u128) -> Held {
        Held { by: Uuid::from_u128(by), since: DateTime::UNIX_EPOCH }
    }

    #[test]
    fn one_dossier_holds_it_until_it_is_displaced() {
        let mut claim = Claim::default();
        let taken = claim.decide(take(1, None)).unwrap().unwrap();
        claim.evolve(&taken);
        assert_eq!(claim.decide(take(1, None)), Ok(None));
        assert_eq!(claim.decide(take(2, None)), Err(held(1)));
        assert_eq!(claim.decide(take(2, Some(3))), Err(held(1)));
        let taken = claim.decide(take(2, Some(1))).unwrap().unwrap();
        claim.evolve(&taken);
        assert_eq!(claim.decide(take(1, None)), Err(held(2)));
    }

    #[test]
    fn a_value_is_claimed_however_it_is_written() {
        assert_eq!(id("birth", " 01901.gcs.00457.26 "), id("birth", "01901.GCS.00457.26"));
        assert_ne!(id("birth", "01901.GCS.00457.26"), id("birth", "01901.GCS.00458.26"));
        assert_ne!(id("birth", "1"), id("death", "1"));
    }
}
