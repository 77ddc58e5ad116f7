//! What the applicant is asked to pay, as the checker folds it.

use lienthong_domain::dossier::{Fact, Moment};

use super::Task;

#[derive(Clone, Debug)]
pub(crate) struct Payment {
    /// The end of the window, while it is open.
    pub(crate) open: Option<Moment>,
    pub(crate) amount: u64,
    pub(crate) paid: bool,
    /// Whether it is to be paid back, and still is.
    pub(crate) refund: Option<bool>,
}

impl Task {
    pub(crate) fn awaits_payment(&self) -> bool {
        self.payments.iter().any(|it| it.open.is_some())
    }

    /// Whether something is to be paid, or to be paid back.
    pub(crate) fn has_money(&self) -> bool {
        self.awaits_payment() || self.payments.iter().any(|it| it.refund == Some(true))
    }

    /// The payment of a number.
    pub(crate) fn payment(&self, number: u32) -> Option<&Payment> {
        self.payments.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    pub(super) fn take_payment(&mut self, fact: &Fact, sequence: u64) {
        let (Fact::PaymentReceived { payment, .. }
        | Fact::PaymentWaived { payment, .. }
        | Fact::PaymentLapsed { payment, .. }
        | Fact::RefundOrdered { payment, .. }
        | Fact::RefundPaid { payment, .. }) = fact
        else {
            if let Fact::PaymentRequested { amount, window, .. } = fact {
                let (open, amount) = (Some(window.at), *amount);
                self.payments.push(Payment { open, amount, paid: false, refund: None });
            }
            return;
        };
        let place = usize::try_from(*payment).ok().and_then(|it| it.checked_sub(1));
        let Some(it) = place.and_then(|it| self.payments.get_mut(it)) else { return };
        match fact {
            Fact::RefundOrdered { message, remind_at, .. } => {
                it.refund = Some(true);
                self.remind_at = Some(*remind_at);
                self.tell(Some(message), "refund", sequence);
            }
            Fact::RefundPaid { .. } => {
                it.refund = Some(false);
                if self.payments.iter().all(|it| it.refund != Some(true)) {
                    self.remind_at = None;
                }
            }
            _ => {
                it.open = None;
                it.paid = matches!(fact, Fact::PaymentReceived { .. });
                self.just_lapsed = matches!(fact, Fact::PaymentLapsed { .. });
            }
        }
    }
}
