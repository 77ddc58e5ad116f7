//! Payments: the applicant is asked to pay before a task is sent or while an agency has it; the time
//! that it takes is not the agency's (Decree 63/2024/NĐ-CP, articles 4.7 and 9.3). Must not move
//! money: who collects says that it was paid.

use super::answer::written;
use super::{Deciding, undecidable};
use crate::calendar::StopKind;
use crate::dossier::command::Actor;
use crate::dossier::event::{Details, Fact, StopReason};
use crate::dossier::refusal::{Error, Refusal};
use crate::dossier::task::{MessageKind, PaymentOutcome, PaymentState, TaskState};
use crate::language::Text;
use crate::personal::Personal;
use crate::workflow::{Facts, Fee, FeeAsked, FieldFault, Lapse, Task};

/// A request for a payment is of at most so much, in đồng.
const AMOUNT_MAX: u64 = 1_000_000_000;
/// The number of a receipt has at most this many characters.
const REFERENCE_CHARS_MAX: usize = 64;

impl Deciding {
    /// Whether the task waits for its fee before it is sent. Asks for it where nobody has.
    pub(super) fn awaits_fee(&mut self, task: &Task) -> Result<bool, Error> {
        let Some(fee) = task.fee.as_ref().filter(|it| it.asked == FeeAsked::Start) else {
            return Ok(false);
        };
        let payments = self.state.task(&task.name).map_or(&[][..], |it| &it.payments);
        if let Some(last) = payments.last() {
            return Ok(last.outcome == PaymentOutcome::Open);
        }
        match self.set_amount(fee)? {
            None | Some(0) => Ok(false),
            Some(amount) => {
                let office = self.office(task)?;
                self.ask_for_payment(task, (amount, office), None)?;
                Ok(true)
            }
        }
    }

    /// What is to be paid if it is asked for now; `None` where the agency sets it.
    fn set_amount(&self, fee: &Fee) -> Result<Option<u64>, Error> {
        let today = self.at.date_naive();
        let received = self.state.submitted_at.map(|it| it.date_naive());
        let amount = |facts: &Facts<'_>| fee.amount(&Facts { today: received, ..*facts }, today);
        self.with_facts(amount).map_err(undecidable)
    }

    fn ask_for_payment(
        &mut self,
        task: &Task,
        (amount, office): (u64, String),
        note: Option<Personal<Details>>,
    ) -> Result<u32, Error> {
        let within = task.fee.as_ref().map_or(1, |it| it.within);
        let number = self.state.task(&task.name).map_or(0, |it| it.payments.len()) + 1;
        let payment = u32::try_from(number).map_err(undecidable)?;
        let at = self.at;
        let window = self.count(|calendar| calendar.window(within, at))?;
        let task = task.name.clone();
        self.emit(Fact::PaymentRequested { task, payment, amount, office, window }, note);
        Ok(payment)
    }

    /// The agency asks, and its clock stands. It sets the amount where the definition does not.
    pub(super) fn request_payment(
        &mut self,
        name: &str,
        amount: Option<u64>,
        note: &str,
    ) -> Result<(), Error> {
        let group = self.group.clone();
        let task = group.task(name).ok_or(Refusal::NoSuchTask)?;
        let (state, _) = self.task(name)?;
        let fee = task.fee.as_ref().filter(|it| it.asked == FeeAsked::Agency);
        let fee = fee.ok_or(Refusal::NoFee)?;
        if state.awaits_payment() {
            return Err(Refusal::PaymentAlreadyRequested.into());
        }
        let office = state.office.clone().unwrap_or_default();
        let amount = match (self.set_amount(fee)?, amount) {
            (Some(0), _) => return Err(Refusal::NoFee.into()),
            (Some(set), None) => set,
            (Some(set), Some(asked)) if set == asked => set,
            (None, Some(asked)) if asked <= AMOUNT_MAX => asked,
            _ => 0,
        };
        if amount == 0 {
            return Err(wrong_amount());
        }
        let note = Details::note(written("/note", note)?);
        let payment = self.ask_for_payment(task, (amount, office), note)?;
        self.stop_clock(name, (StopKind::Payment, payment_name(payment)), None);
        Ok(())
    }

    /// Who collects says that it was paid: a clerk of the office, or a gateway.
    pub(super) fn paid(
        &mut self,
        actor: &Actor,
        (name, payment): (&str, u32),
        amount: u64,
        reference: &str,
    ) -> Result<(), Error> {
        let asked = self.open_payment(actor, name, payment)?;
        if asked.amount != amount {
            return Err(wrong_amount());
        }
        let (task, reference) = (name.to_owned(), numbered(reference)?);
        self.emit(Fact::PaymentReceived { task, payment, amount, reference }, None);
        self.resume_clock(name, payment_name(payment))
    }

    pub(super) fn waive_payment(
        &mut self,
        actor: &Actor,
        (name, payment): (&str, u32),
        reason: &str,
    ) -> Result<(), Error> {
        self.open_payment(actor, name, payment)?;
        let personal = Details::note(written("/reason", reason)?);
        self.emit(Fact::PaymentWaived { task: name.to_owned(), payment }, personal);
        self.resume_clock(name, payment_name(payment))
    }

    /// What a payment's collector may still settle.
    fn open_payment(
        &self,
        actor: &Actor,
        name: &str,
        payment: u32,
    ) -> Result<&PaymentState, Refusal> {
        let asked = self.payment(actor, name, payment)?;
        match asked.outcome {
            PaymentOutcome::Open => Ok(asked),
            PaymentOutcome::Paid(_) | PaymentOutcome::Waived(_) => Err(Refusal::AlreadyPaid),
            PaymentOutcome::Lapsed(_) | PaymentOutcome::Overtaken(_) => {
                Err(Refusal::PaymentWindowClosed)
            }
        }
    }

    fn payment(&self, actor: &Actor, name: &str, payment: u32) -> Result<&PaymentState, Refusal> {
        let (state, _) = self.task(name)?;
        let asked = state.payment(payment).ok_or(Refusal::NoSuchTask)?;
        let collects = match actor {
            Actor::Gateway(_) => true,
            Actor::Agency(office) => {
                *office == asked.office || state.office.as_ref() == Some(office)
            }
            Actor::Citizen(_) | Actor::Timer | Actor::Operator(_) => false,
        };
        if collects { Ok(asked) } else { Err(Refusal::NoSuchTask) }
    }

    pub(super) fn payment_lapsed(&mut self, name: &str, payment: u32) -> Result<(), Error> {
        let (state, task) = self.task(name)?;
        let lapse = task.fee.as_ref().map_or(Lapse::Stop, |it| it.lapse);
        let is_open = state.status.is_open();
        self.emit(Fact::PaymentLapsed { task: name.to_owned(), payment }, None);
        match lapse {
            Lapse::Remind => self.resume_clock(name, payment_name(payment)),
            Lapse::Stop => {
                let message = is_open.then(|| self.next_message(name, MessageKind::Stopped));
                let (task, because) = (name.to_owned(), StopReason::NotPaid);
                self.emit(Fact::TaskStopped { task, because, message }, None);
                Ok(())
            }
        }
    }

    /// What was paid for a task that ended without a result is paid back, where the definition says
    /// so.
    pub(super) fn order_refunds(&mut self) {
        let group = self.group.clone();
        for task in group.tasks.iter().filter(|it| it.fee.as_ref().is_some_and(|it| it.refund)) {
            let ended = |it: &&TaskState| {
                it.status.has_ended() && it.version == 0 && it.delivered_at.is_none()
            };
            let Some(state) = self.state.task(&task.name).filter(ended) else { continue };
            let owed = (1..).zip(&state.payments).filter(|(_, it)| {
                matches!(it.outcome, PaymentOutcome::Paid(_)) && it.refund.is_none()
            });
            let owed: Vec<(u32, u64)> = owed.map(|(number, it)| (number, it.amount)).collect();
            for (payment, amount) in owed {
                let fact = Fact::RefundOrdered {
                    task: task.name.clone(),
                    payment,
                    amount,
                    message: self.next_message(&task.name, MessageKind::Refund),
                    remind_at: self.remind_at(super::elapse::REMINDER),
                };
                self.emit(fact, None);
            }
        }
    }

    pub(super) fn refunded(
        &mut self,
        actor: &Actor,
        (name, payment): (&str, u32),
        reference: &str,
    ) -> Result<(), Error> {
        let asked = self.payment(actor, name, payment)?;
        match asked.refund.as_ref().map(|it| it.paid_at) {
            None => return Err(Refusal::NoRefund.into()),
            Some(Some(_)) => return Err(Refusal::AlreadyRefunded.into()),
            Some(None) => {}
        }
        let (task, reference) = (name.to_owned(), numbered(reference)?);
        self.emit(Fact::RefundPaid { task, payment, reference }, None);
        Ok(())
    }
}

/// What a clock stands for.
fn payment_name(number: u32) -> String {
    format!("payment/{number}")
}

/// The number of a receipt: letters, digits and signs without spaces.
fn numbered(reference: &str) -> Result<String, Error> {
    let length = 1..=REFERENCE_CHARS_MAX;
    if length.contains(&reference.len()) && reference.bytes().all(|it| it.is_ascii_graphic()) {
        return Ok(reference.to_owned());
    }
    let message = Text::new(
        format!("Số biên lai gồm tối đa {REFERENCE_CHARS_MAX} chữ cái, chữ số và dấu."),
        format!("A receipt's number has at most {REFERENCE_CHARS_MAX} letters, digits and signs."),
    );
    Err(Error::Invalid(vec![FieldFault::new("/reference".to_owned(), "wrong-reference", message)]))
}

fn wrong_amount() -> Error {
    let message = Text::new(
        "Số tiền không đúng với mức phí, lệ phí của thủ tục này.",
        "The amount is not what this procedure costs.",
    );
    Error::Invalid(vec![FieldFault::new("/amount".to_owned(), "wrong-amount", message)])
}
