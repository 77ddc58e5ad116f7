//! LG3 as one would write it with cqrs-es alone: which task is how far, and no command out of turn.

use std::collections::BTreeMap;

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    Dispatched,
    Acknowledged,
    Completed,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Case {
    application: Option<Json>,
    tasks: BTreeMap<String, Stage>,
}

pub(super) enum Command {
    Submit { application: Json },
    Dispatch { task: String },
    Acknowledge { task: String },
    Complete { task: String, results: Json },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Event {
    Submitted { application: Json },
    Dispatched { task: String },
    Acknowledged { task: String },
    Completed { task: String, results: Json },
}

#[derive(Debug, thiserror::Error)]
#[error("not now")]
pub(super) struct OutOfTurn;

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        let name = match self {
            Self::Submitted { .. } => "submitted",
            Self::Dispatched { .. } => "dispatched",
            Self::Acknowledged { .. } => "acknowledged",
            Self::Completed { .. } => "completed",
        };
        name.to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl Aggregate for Case {
    const TYPE: &'static str = "case";
    type Command = Command;
    type Event = Event;
    type Error = OutOfTurn;
    type Services = ();

    async fn handle(
        &mut self,
        command: Command,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), OutOfTurn> {
        let stage = |task: &str| self.tasks.get(task).copied();
        let event = match command {
            Command::Submit { application } if self.application.is_none() => {
                Event::Submitted { application }
            }
            Command::Dispatch { task } if self.application.is_some() && stage(&task).is_none() => {
                Event::Dispatched { task }
            }
            Command::Acknowledge { task } if stage(&task) == Some(Stage::Dispatched) => {
                Event::Acknowledged { task }
            }
            Command::Complete { task, results } if stage(&task) == Some(Stage::Acknowledged) => {
                Event::Completed { task, results }
            }
            _ => return Err(OutOfTurn),
        };
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        match event {
            Event::Submitted { application } => self.application = Some(application),
            Event::Dispatched { task } => drop(self.tasks.insert(task, Stage::Dispatched)),
            Event::Acknowledged { task } => drop(self.tasks.insert(task, Stage::Acknowledged)),
            Event::Completed { task, .. } => drop(self.tasks.insert(task, Stage::Completed)),
        }
    }
}
