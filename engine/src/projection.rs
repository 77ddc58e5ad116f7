//! The core read tables as a function of state: the rows of a dossier are read off the dossier.
//! Nothing personal, and no clock of its own, so that the same events always make the same rows.

pub mod rebuild;

use chrono::Utc;
use lienthong_domain::agency::Agency;
use lienthong_domain::bulletin::Bulletin;
use lienthong_domain::claim::Claim;
use lienthong_domain::dossier::{Dossier, Message, Moment, TaskState, Timer, Turn};
use lienthong_domain::serial::SerialBook;

use crate::log::{DossierRow, DossierRows, OutboxRow, RowsChange, TaskRow, TimerRow};

/// An aggregate that may have rows in the core read tables.
pub trait Projected {
    /// Its rows as they are after its last event; `None` where it has none.
    fn rows(&self) -> Option<DossierRows>;

    /// What differs from the rows of an earlier state of the same aggregate.
    fn change(&self, before: &Self) -> Option<RowsChange> {
        self.rows().map(|it| it.since(before.rows().as_ref()))
    }
}

impl Projected for Agency {
    fn rows(&self) -> Option<DossierRows> {
        None
    }
}

impl Projected for Bulletin {
    fn rows(&self) -> Option<DossierRows> {
        None
    }
}

impl Projected for Claim {
    fn rows(&self) -> Option<DossierRows> {
        None
    }
}

impl Projected for SerialBook {
    fn rows(&self) -> Option<DossierRows> {
        None
    }
}

impl Projected for Dossier {
    fn rows(&self) -> Option<DossierRows> {
        let id = self.id.to_string();
        Some(DossierRows {
            sequence: self.sequence,
            dossier: dossier_row(self, &id)?,
            tasks: self.tasks.iter().map(|it| task_row(&id, it)).collect(),
            timers: self.timers().into_iter().map(|it| timer_row(self, &id, it)).collect(),
            outbox: outbox(self, &id, 0),
        })
    }

    /// As by the rows, without making those of tasks that are as they were.
    fn change(&self, before: &Self) -> Option<RowsChange> {
        if !before.is_submitted() {
            return self.rows().map(|it| it.since(None));
        }
        let id = self.id.to_string();
        let mut dossier = Some(dossier_row(self, &id)?);
        dossier.take_if(|it| Some(&*it) == dossier_row(before, &id).as_ref());
        let mut tasks = Vec::new();
        for (after, before) in self.tasks.iter().zip(&before.tasks).filter(|(a, b)| a != b) {
            let row = task_row(&id, after);
            if row != task_row(&id, before) {
                tasks.push(row);
            }
        }
        let (timers, timers_before) = (self.timers(), before.timers());
        let is_left = |gone: &&(Moment, Timer)| timers.iter().any(|it| it.1 == gone.1);
        let gone = timers_before.iter().filter(|it| !is_left(it)).map(|it| it.1.to_string());
        let timers_gone = gone.collect();
        // Whom a question is for may have been corrected.
        let is_new = |it: &&(Moment, Timer)| {
            !timers_before.contains(it) || self.asks(&it.1) != before.asks(&it.1)
        };
        let set = timers.iter().filter(is_new).cloned();
        Some(RowsChange {
            sequence: self.sequence,
            dossier,
            tasks,
            timers: set.map(|it| timer_row(self, &id, it)).collect(),
            timers_gone,
            outbox: outbox(self, &id, before.sequence),
            dossier_id: id,
        })
    }
}

/// `None` before the dossier is submitted.
fn dossier_row(dossier: &Dossier, dossier_id: &str) -> Option<DossierRow> {
    Some(DossierRow {
        dossier_id: dossier_id.to_owned(),
        code: dossier.code.clone(),
        group_name: dossier.group.name.clone(),
        group_version: dossier.group.version.to_string(),
        account: dossier.account.clone(),
        status: dossier.national().number(),
        submitted_at: dossier.submitted_at?.with_timezone(&Utc),
    })
}

fn timer_row(dossier: &Dossier, dossier_id: &str, (at, timer): (Moment, Timer)) -> TimerRow {
    TimerRow {
        dossier_id: dossier_id.to_owned(),
        timer: timer.to_string(),
        due_at: at.with_timezone(&Utc),
        person: dossier.asks(&timer).map(|it| it.to_string()),
    }
}

fn task_row(dossier_id: &str, task: &TaskState) -> TaskRow {
    TaskRow {
        dossier_id: dossier_id.to_owned(),
        task: task.name.clone(),
        office: task.office.clone().unwrap_or_default(),
        status: task.status.name().to_owned(),
        turn: match task.turn() {
            Turn::Agency(_) => "agency",
            Turn::Applicant => "applicant",
            Turn::Earlier => "earlier",
            Turn::System => "system",
            Turn::Correction => "correction",
            Turn::Person => "person",
            Turn::Time => "time",
            Turn::Nobody => "nobody",
        }
        .to_owned(),
        dispatch: task.dispatch.clone(),
        due_at: task.due.as_ref().map(|it| it.at.with_timezone(&Utc)),
    }
}

/// The messages that events after a sequence have caused.
fn outbox(dossier: &Dossier, dossier_id: &str, after: u64) -> Vec<OutboxRow> {
    let of_tasks = dossier.tasks.iter().map(|it| (it.name.as_str(), &it.messages));
    // The portal is told of the dossier, not of a task.
    let all = of_tasks.chain([("", &dossier.announcements)]);
    all.flat_map(|(task, messages)| sent(dossier_id, task, messages, after)).collect()
}

fn sent(
    dossier_id: &str,
    task: &str,
    messages: &[Message],
    after: u64,
) -> impl Iterator<Item = OutboxRow> {
    messages.iter().filter(move |it| it.sequence > after).map(move |message| OutboxRow {
        dossier_id: dossier_id.to_owned(),
        message_id: message.id.clone(),
        addressee: message.addressee().to_owned(),
        kind: message.kind.name().to_owned(),
        task: task.to_owned(),
        sequence: message.sequence,
        caused_at: message.at.with_timezone(&Utc),
    })
}
