//! What went on between the engine and each office on each day: tasks that were requested,
//! acknowledged, decided, and not decided in time. For reconciliation; nothing personal.

use std::borrow::Cow;

use chrono::{DateTime, FixedOffset};
use cqrs_es::Aggregate as _;
use lienthong_domain::dossier::Dossier;
use serde::Deserialize;

use super::{Offices, Poison, Subscription};
use crate::log::Recorded;
use crate::log::feeds::{Change, TrafficRow};

pub const SUBSCRIPTION: Subscription = Subscription { name: "traffic", version: 1, needs, apply };

const UNREADABLE: Poison = Poison("unreadable-event");
const NO_OFFICE: Poison = Poison("task-without-office");

/// What of an event matters here.
#[derive(Deserialize)]
struct Stored {
    control: Told,
}

#[derive(Deserialize)]
struct Told {
    at: DateTime<FixedOffset>,
    task: String,
    office: Option<String>,
}

/// Who caused an event.
#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow)]
    actor: Cow<'a, str>,
}

/// What an event counts as.
fn fact(event_type: &str) -> Option<&'static str> {
    Some(match event_type {
        "task_dispatched" => "requested",
        "task_acknowledged" => "acknowledged",
        "task_completed" => "completed",
        "task_refused" => "refused",
        "task_stopped" => "stopped",
        "task_overdue" => "late",
        _ => return None,
    })
}

fn needs(event: &Recorded) -> Option<&str> {
    let counts = event.stream.aggregate_type == Dossier::TYPE && fact(&event.event_type).is_some();
    let says_itself = event.event_type == "task_dispatched" || answered_by(event).is_some();
    (counts && !says_itself).then_some(event.stream.aggregate_id.as_str())
}

/// The office that gave an answer. What becomes due may come about with somebody else's command.
fn answered_by(event: &Recorded) -> Option<String> {
    let answers = ["task_acknowledged", "task_completed", "task_refused"];
    if !answers.contains(&event.event_type.as_str()) {
        return None;
    }
    let said: Said<'_> = serde_json::from_str(&event.metadata).ok()?;
    said.actor.strip_prefix("agency:").map(str::to_owned)
}

fn apply(name: &str, event: &Recorded, offices: &Offices) -> Result<Vec<Change>, Poison> {
    if event.stream.aggregate_type != Dossier::TYPE {
        return Ok(Vec::new());
    }
    let Some(fact) = fact(&event.event_type) else { return Ok(Vec::new()) };
    let Stored { control } = serde_json::from_str(&event.payload).map_err(|_| UNREADABLE)?;
    let of_task = || offices.get(&(event.stream.aggregate_id.clone(), control.task)).cloned();
    let office = control.office.or_else(|| answered_by(event)).or_else(of_task);
    let office = office.ok_or(NO_OFFICE)?;
    let day = control.at.date_naive();
    let row = TrafficRow { office, day, fact: fact.to_owned(), count: 1 };
    Ok(vec![Change::Count { subscription: name.to_owned(), row }])
}
