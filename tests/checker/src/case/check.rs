//! Drafts, data that does not agree, and due times that moved, as the checker folds them.

use lienthong_domain::dossier::{Counted, Fact, Moment};

use super::Task;

impl Task {
    pub(super) fn take_check(&mut self, fact: &Fact, sequence: u64) {
        match fact {
            Fact::DraftSent { window, .. } => self.drafts.push(Some(window.at)),
            Fact::DraftAnswered { draft, message, .. } => {
                settle(&mut self.drafts, *draft, None);
                self.tell(Some(message), "draft", sequence);
            }
            Fact::DraftLapsed { draft, message, .. } => {
                settle(&mut self.drafts, *draft, None);
                self.tell(Some(message), "draft", sequence);
            }
            Fact::MismatchReported { due, .. } => self.mismatches.push(Some(*due)),
            Fact::MismatchOverdue { mismatch, again, .. } => {
                settle(&mut self.mismatches, *mismatch, Some(*again));
            }
            Fact::MismatchResolved { mismatch, .. } => {
                settle(&mut self.mismatches, *mismatch, None);
            }
            Fact::DueMoved { counted, due, message, .. } => {
                self.move_due(*counted, due.at);
                self.tell(message.as_ref(), "due", sequence);
            }
            _ => {}
        }
    }

    fn move_due(&mut self, counted: Counted, at: Moment) {
        match counted {
            Counted::Limit | Counted::Wait => self.due = Some(at),
            // Not kept here.
            Counted::Notice => {}
            Counted::Supplement => self.window = Some(at),
            Counted::Draft => {
                if let Some(open) = self.drafts.last_mut() {
                    *open = Some(at);
                }
            }
            Counted::Consent(number) => {
                let place = place(number).and_then(|it| self.consents.get_mut(it)?.as_mut());
                if let Some((lapse, _)) = place {
                    *lapse = at;
                }
            }
            Counted::Payment(number) => {
                if let Some(it) = place(number).and_then(|it| self.payments.get_mut(it)) {
                    it.open = Some(at);
                }
            }
        }
    }

    /// Whether an entry of a list is still open.
    pub(crate) fn is_open_in(list: &[Option<Moment>], number: u32) -> bool {
        place(number).and_then(|it| list.get(it)).is_some_and(Option::is_some)
    }
}

fn place(number: u32) -> Option<usize> {
    usize::try_from(number).ok()?.checked_sub(1)
}

fn settle(list: &mut [Option<Moment>], number: u32, to: Option<Moment>) {
    if let Some(it) = place(number).and_then(|it| list.get_mut(it)) {
        *it = to;
    }
}
