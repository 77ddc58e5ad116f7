//! What went on between the engine and each office on each day: tasks that were requested,
//! acknowledged, decided, and not decided in time. For reconciliation; nothing personal.

use std::borrow::Cow;

use chrono::{DateTime, FixedOffset};
use cqrs_es::Aggregate as _;
use lienthong_domain::dossier::Dossier;
use serde::Deserialize;

use super::{Offices, Poison, Subscription};
use crate::clock::zone;
use crate::log::Recorded;
use crate::log::feeds::{Change, TrafficRow};

pub const SUBSCRIPTION: Subscription = Subscription { name: "traffic", version: 1, needs, apply };

/// The fact that a task was sent to its office.
pub const REQUESTED: &str = "requested";

const UNREADABLE: Poison = Poison("unreadable-event");
const NO_OFFICE: Poison = Poison("task-without-office");

/// What of an event matters here.
#[derive(Deserialize)]
struct Stored<'a> {
    #[serde(borrow)]
    control: Told<'a>,
}

#[derive(Deserialize)]
struct Told<'a> {
    at: DateTime<FixedOffset>,
    #[serde(borrow)]
    task: Cow<'a, str>,
    #[serde(borrow)]
    office: Option<Cow<'a, str>>,
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
        "task_dispatched" => REQUESTED,
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
    let says_itself = event.event_type == "task_dispatched" || is_answer(event);
    (counts && !says_itself).then_some(event.stream.aggregate_id.as_str())
}

/// Whether the office of the task caused the event. What becomes due may come about with somebody
/// else's command.
fn is_answer(event: &Recorded) -> bool {
    let answers = ["task_acknowledged", "task_completed", "task_refused"];
    answers.contains(&event.event_type.as_str()) && event.metadata.contains(r#""agency:"#)
}

fn answered_by(event: &Recorded) -> Option<Cow<'_, str>> {
    let Said { actor } = serde_json::from_str(&event.metadata).ok().filter(|_| is_answer(event))?;
    let office = actor.strip_prefix("agency:")?;
    Some(office.to_owned().into())
}

fn apply(name: &str, event: &Recorded, offices: &Offices) -> Result<Vec<Change>, Poison> {
    if event.stream.aggregate_type != Dossier::TYPE {
        return Ok(Vec::new());
    }
    let Some(fact) = fact(&event.event_type) else { return Ok(Vec::new()) };
    let Stored { control } = serde_json::from_str(&event.payload).map_err(|_| UNREADABLE)?;
    let of_task = || offices.get(&(event.stream.aggregate_id.clone(), control.task.into_owned()));
    let office = control.office.or_else(|| answered_by(event)).map(Cow::into_owned);
    let office = office.or_else(|| of_task().cloned()).ok_or(NO_OFFICE)?;
    let day = control.at.with_timezone(&zone()).date_naive();
    let row = TrafficRow { office, day, fact: fact.to_owned(), count: 1 };
    Ok(vec![Change::Count { subscription: name.to_owned(), row }])
}
