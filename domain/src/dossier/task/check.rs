//! What somebody looks at before a result is issued: drafts, by the applicant; data that does not
//! agree, by those whose data it is.

use serde::{Deserialize, Serialize};

use super::evolve::note;
use super::{MessageKind, TaskState, numbered};
use crate::calendar::Due;
use crate::dossier::event::{Attachment, Event, Fact, Moment};
use crate::personal::Personal;

/// A draft that the applicant was sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftState {
    pub documents: Vec<Attachment>,
    pub sent_at: Moment,
    pub window: Due,
    pub outcome: DraftOutcome,
    /// What is wrong with it, in the applicant's words.
    #[serde(skip)]
    pub wrong: Option<Personal<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftOutcome {
    Open,
    Accepted(Moment),
    Disputed(Moment),
    /// Nothing was said in the window, which accepts.
    Silent(Moment),
    /// The task ended before anything was said.
    Overtaken(Moment),
}

/// Data that does not agree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MismatchState {
    /// The earlier task whose data it is about.
    pub of: Option<String>,
    #[serde(skip)]
    pub note: Option<Personal<String>>,
    pub reported_at: Moment,
    /// By when it is to be mended, or its owners are told again.
    pub due: Moment,
    pub overdue: bool,
    pub resolved_at: Option<Moment>,
}

impl TaskState {
    /// The draft that the applicant has not answered yet, with its number.
    #[must_use]
    pub fn open_draft(&self) -> Option<(u32, &DraftState)> {
        numbered(&self.drafts).find(|(_, it)| it.outcome == DraftOutcome::Open)
    }

    /// The mismatch of a number.
    #[must_use]
    pub fn mismatch(&self, number: u32) -> Option<&MismatchState> {
        self.mismatches.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    pub(super) fn evolve_check(&mut self, event: &Event, place: (u64, Moment)) {
        let at = event.at;
        match &event.fact {
            Fact::DraftSent { documents, window, .. } => self.drafts.push(DraftState {
                documents: documents.clone(),
                sent_at: at,
                window: window.clone(),
                outcome: DraftOutcome::Open,
                wrong: None,
            }),
            Fact::DraftAnswered { accepted, message, .. } => {
                let outcome =
                    if *accepted { DraftOutcome::Accepted(at) } else { DraftOutcome::Disputed(at) };
                self.close_draft(outcome);
                if let Some(draft) = self.drafts.last_mut() {
                    draft.wrong = note(event);
                }
                self.tell(Some(message), MessageKind::Draft, place);
            }
            Fact::DraftLapsed { message, .. } => {
                self.close_draft(DraftOutcome::Silent(at));
                self.tell(Some(message), MessageKind::Draft, place);
            }
            Fact::MismatchReported { of, due, .. } => self.mismatches.push(MismatchState {
                of: of.clone(),
                note: note(event),
                reported_at: at,
                due: *due,
                overdue: false,
                resolved_at: None,
            }),
            Fact::MismatchOverdue { mismatch, again, .. } => {
                self.with_mismatch(*mismatch, |it| {
                    it.overdue = true;
                    it.due = *again;
                });
            }
            Fact::MismatchResolved { mismatch, .. } => {
                self.with_mismatch(*mismatch, |it| it.resolved_at = Some(at));
            }
            _ => {}
        }
    }

    /// Nothing of it is looked at any more.
    pub(super) fn end_checks(&mut self, at: Moment) {
        self.close_draft(DraftOutcome::Overtaken(at));
        for mismatch in &mut self.mismatches {
            mismatch.resolved_at = mismatch.resolved_at.or(Some(at));
        }
    }

    fn close_draft(&mut self, outcome: DraftOutcome) {
        let last = self.drafts.last_mut();
        if let Some(draft) = last.filter(|it| it.outcome == DraftOutcome::Open) {
            draft.outcome = outcome;
        }
    }

    fn with_mismatch(&mut self, number: u32, change: impl FnOnce(&mut MismatchState)) {
        let place = usize::try_from(number).ok().and_then(|it| it.checked_sub(1));
        if let Some(mismatch) = place.and_then(|it| self.mismatches.get_mut(it)) {
            change(mismatch);
        }
    }
}
