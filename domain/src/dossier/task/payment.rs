//! What the applicant is asked to pay for a task, and what its events mean.

use serde::{Deserialize, Serialize};

use super::evolve::note;
use super::{MessageKind, TaskState, TaskStatus};
use crate::calendar::{Due, Stop, StopKind};
use crate::dossier::event::{Event, Fact, Moment};
use crate::personal::Personal;

/// That the applicant is asked to pay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentState {
    /// In đồng.
    pub amount: u64,
    /// The office that collects it.
    pub office: String,
    /// What for, in the agency's words.
    #[serde(skip)]
    pub note: Option<Personal<String>>,
    pub requested_at: Moment,
    pub window: Due,
    pub outcome: PaymentOutcome,
    /// The number of the receipt.
    pub reference: Option<String>,
    pub refund: Option<RefundState>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentOutcome {
    Open,
    Paid(Moment),
    Waived(Moment),
    Lapsed(Moment),
    /// The task ended before it was paid.
    Overtaken(Moment),
}

/// That a payment is paid back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundState {
    pub ordered_at: Moment,
    pub paid_at: Option<Moment>,
    pub reference: Option<String>,
}

impl PaymentState {
    /// Whether it is still to be paid, or paid back.
    fn is_unsettled(&self) -> bool {
        let is_owed = self.refund.as_ref().is_some_and(|it| it.paid_at.is_none());
        is_owed || self.outcome == PaymentOutcome::Open
    }
}

impl TaskState {
    /// Whether the applicant is still asked to pay.
    #[must_use]
    pub fn awaits_payment(&self) -> bool {
        self.payments.iter().any(|it| it.outcome == PaymentOutcome::Open)
    }

    /// The payment of a number.
    #[must_use]
    pub fn payment(&self, number: u32) -> Option<&PaymentState> {
        self.payments.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    /// Whether something is to be paid back.
    #[must_use]
    pub fn owes_refund(&self) -> bool {
        let refunds = self.payments.iter().filter_map(|it| it.refund.as_ref());
        refunds.into_iter().any(|it| it.paid_at.is_none())
    }

    /// Whether an office collects a payment that is open, or has to pay one back.
    pub(super) fn has_money_at(&self, office: &str) -> bool {
        self.payments.iter().any(|it| it.office == office && it.is_unsettled())
    }

    /// Another office collects what this one did, and pays back what it owes.
    pub(super) fn move_money(&mut self, from: &str, to: &str) {
        for payment in self.payments.iter_mut().filter(|it| it.office == from && it.is_unsettled())
        {
            to.clone_into(&mut payment.office);
        }
    }

    pub(super) fn evolve_payment(&mut self, event: &Event, place: (u64, Moment)) {
        let at = event.at;
        match &event.fact {
            Fact::PaymentRequested { amount, office, window, .. } => {
                self.payments.push(PaymentState {
                    amount: *amount,
                    office: office.clone(),
                    note: note(event),
                    requested_at: at,
                    window: window.clone(),
                    outcome: PaymentOutcome::Open,
                    reference: None,
                    refund: None,
                });
            }
            Fact::PaymentReceived { payment, reference, .. } => {
                self.settle_payment(*payment, PaymentOutcome::Paid(at));
                self.with_payment(*payment, |it| it.reference = Some(reference.clone()));
            }
            Fact::PaymentWaived { payment, .. } => {
                self.settle_payment(*payment, PaymentOutcome::Waived(at));
            }
            Fact::PaymentLapsed { payment, .. } => {
                self.settle_payment(*payment, PaymentOutcome::Lapsed(at));
            }
            Fact::RefundOrdered { payment, message, remind_at, .. } => {
                let refund = RefundState { ordered_at: at, paid_at: None, reference: None };
                self.with_payment(*payment, |it| it.refund = Some(refund));
                self.remind_at = Some(*remind_at);
                self.tell(Some(message), MessageKind::Refund, place);
            }
            Fact::RefundPaid { payment, reference, .. } => {
                self.with_payment(*payment, |it| {
                    if let Some(refund) = &mut it.refund {
                        refund.paid_at = Some(at);
                        refund.reference = Some(reference.clone());
                    }
                });
                self.remind_at = self.remind_at.filter(|_| self.owes_refund());
            }
            _ => {}
        }
    }

    /// The time that the applicant took counts for nobody; where an agency has the task, its clock
    /// stood for it.
    fn settle_payment(&mut self, number: u32, outcome: PaymentOutcome) {
        let waits = self.status == TaskStatus::Waiting;
        let mut stop = None;
        self.with_payment(number, |it| {
            let (PaymentOutcome::Paid(until)
            | PaymentOutcome::Waived(until)
            | PaymentOutcome::Lapsed(until)
            | PaymentOutcome::Overtaken(until)) = outcome
            else {
                return;
            };
            it.outcome = outcome;
            stop = Some(Stop { kind: StopKind::Payment, from: it.requested_at, until });
        });
        self.stops.extend(stop.filter(|_| waits));
    }

    pub(super) fn with_payment(&mut self, number: u32, change: impl FnOnce(&mut PaymentState)) {
        let place = usize::try_from(number).ok().and_then(|it| it.checked_sub(1));
        if let Some(payment) = place.and_then(|it| self.payments.get_mut(it)) {
            change(payment);
        }
    }
}
