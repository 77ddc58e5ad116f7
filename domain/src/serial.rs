//! The serials of dossier codes: one book per agency and day, claimed in blocks. What is claimed
//! and not used is lost, so there are gaps; nothing is given out twice.

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};

use crate::event::{Payload, StoredEvent};
use crate::personal::Salt;

/// A claim takes at most this many serials.
pub const BLOCK_MAX: u64 = 1_000;

/// The serials given out so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SerialBook {
    last: u64,
}

/// Claims the next block of serials.
#[derive(Clone, Copy, Debug)]
pub struct ClaimBlock {
    /// 1 to [`BLOCK_MAX`].
    pub size: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    control: Fact,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Fact {
    /// The serials `first..=last` belong to the claimer.
    SerialBlockClaimed { first: u64, last: u64 },
}

#[derive(Debug, thiserror::Error)]
#[error("a block has 1 to {BLOCK_MAX} serials")]
pub struct Error;

impl Event {
    /// The serials that were claimed.
    #[must_use]
    pub fn block(&self) -> std::ops::RangeInclusive<u64> {
        let Fact::SerialBlockClaimed { first, last } = self.control;
        first..=last
    }
}

impl SerialBook {
    /// # Errors
    /// If the size is out of range.
    pub fn decide(&self, command: ClaimBlock) -> Result<Event, Error> {
        if !(1..=BLOCK_MAX).contains(&command.size) {
            return Err(Error);
        }
        let (first, last) = (self.last + 1, self.last + command.size);
        Ok(Event { control: Fact::SerialBlockClaimed { first, last } })
    }

    pub fn evolve(&mut self, event: &Event) {
        self.last = self.last.max(*event.block().end());
    }
}

impl Aggregate for SerialBook {
    const TYPE: &'static str = "serial";
    type Command = ClaimBlock;
    type Event = Event;
    type Error = Error;
    type Services = ();

    async fn handle(
        &mut self,
        command: ClaimBlock,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Error> {
        let event = self.decide(command)?;
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        self.evolve(&event);
    }
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        "serial_block_claimed".to_owned()
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
