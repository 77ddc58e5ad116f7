//! A small aggregate to run the framework on: a person counts things.

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use lienthong_domain::event::{Payload, StoredEvent};
use lienthong_domain::personal::{Personal, Salt, open, seal};
use lienthong_engine::log::DossierRows;
use lienthong_engine::projection::Projected;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counter {
    pub(crate) total: u32,
    pub(crate) names: Vec<String>,
}

pub(crate) struct Count {
    pub(crate) n: u32,
    pub(crate) name: String,
}

#[derive(Debug, thiserror::Error)]
#[error("nothing to count")]
pub(crate) struct NothingToCount;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Control {
    pub(crate) n: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counted {
    pub(crate) control: Control,
    /// As stored once it was stored, as given before.
    pub(crate) personal: String,
}

impl Counted {
    fn name(&self) -> String {
        open(&self.personal).map_or_else(|| self.personal.clone(), Personal::into_inner)
    }
}

impl DomainEvent for Counted {
    fn event_type(&self) -> String {
        "counted".to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl StoredEvent for Counted {
    fn encode(&self, salt: Salt) -> Result<Payload, serde_json::Error> {
        Ok(Payload {
            control: serde_json::to_string(&self.control)?,
            personal: Some(seal(&Personal::new(self.name()), salt)?),
        })
    }
}

impl Projected for Counter {
    fn rows(&self) -> Option<DossierRows> {
        None
    }
}

impl Aggregate for Counter {
    const TYPE: &'static str = "counter";
    type Command = Count;
    type Event = Counted;
    type Error = NothingToCount;
    type Services = ();

    async fn handle(
        &mut self,
        Count { n, name }: Count,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), NothingToCount> {
        if n == 0 {
            return Err(NothingToCount);
        }
        for n in 1..=n {
            let event = Counted { control: Control { n }, personal: name.clone() };
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Counted) {
        self.total += event.control.n;
        self.names.push(event.name());
    }
}
