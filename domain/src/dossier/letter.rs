//! Which receipts and slips there are about a task by now. What they say is told where people read
//! them.

use super::event::StopReason;
use super::task::{TaskState, TaskStatus};
use crate::workflow::{LetterKind, Task};

impl TaskState {
    /// The letters there are about it, by its definition.
    #[must_use]
    pub fn letters(&self, definition: &Task) -> Vec<LetterKind> {
        LetterKind::ALL.into_iter().filter(|it| self.has_letter(definition, *it)).collect()
    }

    #[must_use]
    pub fn has_letter(&self, definition: &Task, kind: LetterKind) -> bool {
        let by_agency = self.status == TaskStatus::Refused
            || self.status == TaskStatus::Stopped && self.stopped == Some(StopReason::Agency);
        match kind {
            LetterKind::Receipt => self.acknowledged_at.is_some(),
            LetterKind::Supplement => !self.supplements.is_empty() && self.office.is_some(),
            LetterKind::Refusal => by_agency,
            // Until it is sent, a draft for the officer.
            LetterKind::Apology => self.apology.is_some() || self.apology_due.is_some(),
            LetterKind::Control => self.dispatched_at.is_some(),
            LetterKind::Notice => {
                definition.notice.is_some() && self.status == TaskStatus::Completed
            }
        }
    }
}
