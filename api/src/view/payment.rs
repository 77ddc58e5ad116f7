//! What the applicant is asked to pay, and what came of it.

use chrono::{DateTime, FixedOffset};
use lienthong_domain::dossier::{PaymentOutcome, PaymentState, TaskState};
use lienthong_domain::personal::Personal;
use serde::Serialize;
use utoipa::ToSchema;

use super::task::Office;
use super::{DueView, Words, office_name};
use crate::app::Opened;

/// A payment.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentView {
    /// From 1 within the task.
    pub number: u32,
    /// In đồng.
    pub amount: u64,
    pub office: Office,
    /// What for, as the agency wrote it.
    pub note: Option<String>,
    /// `open`, `paid`, `waived`, `lapsed` or `overtaken`.
    pub outcome: String,
    pub words: Words,
    pub until: DueView,
    /// The number of the receipt.
    pub reference: Option<String>,
    /// It is paid back, or is to be.
    pub refund: Option<RefundView>,
}

/// That a payment is paid back.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundView {
    pub ordered_at: DateTime<FixedOffset>,
    pub paid_at: Option<DateTime<FixedOffset>>,
    pub reference: Option<String>,
}

pub(super) fn payments(opened: &Opened, state: &TaskState) -> Vec<PaymentView> {
    (1..).zip(&state.payments).map(|(number, it)| payment(opened, number, it)).collect()
}

fn payment(opened: &Opened, number: u32, state: &PaymentState) -> PaymentView {
    let (outcome, words) = match state.outcome {
        PaymentOutcome::Open => ("open", ("Chờ bạn nộp", "To be paid")),
        PaymentOutcome::Paid(_) => ("paid", ("Đã nộp", "Paid")),
        PaymentOutcome::Waived(_) => ("waived", ("Được miễn", "Waived")),
        PaymentOutcome::Lapsed(_) => ("lapsed", ("Đã hết hạn nộp", "Not paid in time")),
        PaymentOutcome::Overtaken(_) => ("overtaken", ("Không còn cần nộp", "No longer wanted")),
    };
    let words = match &state.refund {
        None => words,
        Some(it) if it.paid_at.is_none() => ("Sẽ được hoàn trả", "To be paid back"),
        Some(_) => ("Đã hoàn trả", "Paid back"),
    };
    PaymentView {
        number,
        amount: state.amount,
        office: Office { id: state.office.clone(), name: office_name(opened, &state.office) },
        note: state.note.as_ref().map(Personal::reveal).cloned(),
        outcome: outcome.to_owned(),
        words: Words::new(words.0, words.1),
        until: (&state.window).into(),
        reference: state.reference.clone(),
        refund: state.refund.as_ref().map(|it| RefundView {
            ordered_at: it.ordered_at,
            paid_at: it.paid_at,
            reference: it.reference.clone(),
        }),
    }
}

/// An amount of đồng in groups of three digits.
#[must_use]
pub fn money(amount: u64) -> String {
    let digits = amount.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    format!("{grouped} đ")
}

#[cfg(test)]
mod tests {
    use super::money;

    #[test]
    fn money_is_grouped() {
        assert_eq!(money(0), "0 đ");
        assert_eq!(money(999), "999 đ");
        assert_eq!(money(2_000_000), "2.000.000 đ");
    }
}
