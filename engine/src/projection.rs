//! The core read tables as a function of state: the rows of a dossier are read off the dossier.
//! Nothing personal, and no clock of its own, so that the same events always make the same rows.

use chrono::Utc;
use lienthong_domain::agency::Agency;
use lienthong_domain::dossier::{Dossier, TaskState, Turn};
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

impl Projected for SerialBook {
    fn rows(&self) -> Option<DossierRows> {
        None
    }
}

impl Projected for Dossier {
    fn rows(&self) -> Option<DossierRows> {
        rows(self)
    }
}

/// The rows of a submitted dossier; `None` before.
fn rows(dossier: &Dossier) -> Option<DossierRows> {
    let submitted_at = dossier.submitted_at?.with_timezone(&Utc);
    let dossier_id = dossier.id.to_string();
    Some(DossierRows {
        dossier: DossierRow {
            dossier_id: dossier_id.clone(),
            code: dossier.code.clone(),
            group_name: dossier.group.name.clone(),
            group_version: dossier.group.version.to_string(),
            account: dossier.account.clone(),
            status: dossier.national().number(),
            submitted_at,
            sequence: dossier.sequence,
        },
        tasks: dossier.tasks.iter().map(|it| task_row(&dossier_id, it)).collect(),
        timers: dossier
            .timers()
            .into_iter()
            .map(|(at, timer)| TimerRow {
                dossier_id: dossier_id.clone(),
                timer: timer.to_string(),
                due_at: at.with_timezone(&Utc),
            })
            .collect(),
        outbox: dossier.tasks.iter().flat_map(|it| messages(&dossier_id, it)).collect(),
    })
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
            Turn::Nobody => "nobody",
        }
        .to_owned(),
        dispatch: task.dispatch.clone(),
        due_at: task.due.as_ref().map(|it| it.at.with_timezone(&Utc)),
    }
}

fn messages(dossier_id: &str, task: &TaskState) -> impl Iterator<Item = OutboxRow> {
    task.messages.iter().map(|message| OutboxRow {
        dossier_id: dossier_id.to_owned(),
        message_id: message.id.clone(),
        addressee: task.office.clone().unwrap_or_default(),
        kind: message.kind.name().to_owned(),
        task: task.name.clone(),
        sequence: message.sequence,
        caused_at: message.at.with_timezone(&Utc),
    })
}
