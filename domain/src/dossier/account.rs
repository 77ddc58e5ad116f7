//! Who had a task for how long, from events alone: so that being late is laid at the door of whoever
//! held it, and nowhere else. Must not judge by anything but turns and moments.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::{Event, Moment};
use super::state::Dossier;
use super::task::Turn;

/// Who holds a task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// By the id of its office.
    Agency(String),
    Applicant,
    /// Somebody else who must agree.
    Person,
    /// The agency of an earlier task, whose result is being corrected.
    Correction,
    /// Whoever mends what keeps the office from working.
    System,
    /// Nobody has to do anything until a time has passed.
    Time,
    /// Earlier tasks go first.
    Earlier,
    Nobody,
}

impl From<Turn> for Holder {
    fn from(turn: Turn) -> Self {
        match turn {
            Turn::Agency(office) => Self::Agency(office),
            Turn::Applicant => Self::Applicant,
            Turn::Person => Self::Person,
            Turn::Correction => Self::Correction,
            Turn::System => Self::System,
            Turn::Time => Self::Time,
            Turn::Earlier => Self::Earlier,
            Turn::Nobody => Self::Nobody,
        }
    }
}

/// A stretch of time in which a task had one holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub by: Holder,
    pub from: Moment,
    pub until: Moment,
    /// Of it the time after the limit had ended.
    pub late: bool,
}

/// Who held each task when, by task: without gaps from the submission to `until`. A stretch ends
/// where the holder changes, or where the limit ends.
#[must_use]
pub fn held(events: &[Event], until: Moment) -> BTreeMap<String, Vec<Held>> {
    let mut dossier = Dossier::default();
    let mut accounts: BTreeMap<String, Vec<Held>> = BTreeMap::new();
    for event in events {
        dossier.evolve(event);
        for task in &dossier.tasks {
            // A task that came later was nobody's before.
            let begun = dossier.submitted_at.unwrap_or(event.at);
            let spans = accounts.entry(task.name.clone()).or_default();
            let from = if spans.is_empty() { begun } else { event.at };
            let now = (Holder::from(task.turn()), task.overdue && !task.status.has_ended());
            match spans.last_mut() {
                Some(last) if (&last.by, last.late) == (&now.0, now.1) => {}
                last => {
                    if let Some(last) = last {
                        last.until = event.at;
                    }
                    spans.push(Held { by: now.0, from, until: from, late: now.1 });
                }
            }
        }
    }
    for spans in accounts.values_mut() {
        if let Some(last) = spans.last_mut() {
            last.until = until.max(last.from);
        }
        // Two events of one moment make a stretch of nothing.
        spans.retain(|it| it.from < it.until);
    }
    accounts
}
