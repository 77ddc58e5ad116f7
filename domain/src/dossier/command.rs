//! What may be asked of a dossier. A command carries everything that its decision needs except
//! reference data: who asks, when it was taken in, and what is asked.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use super::decide::Vetted;
use super::event::{Attachment, Channel, Item, Moment};
use super::state::Dossier;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Command {
    /// When it was taken in.
    pub at: Moment,
    pub actor: Actor,
    pub action: Action,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    Citizen(Citizen),
    /// An agency, by the id of its office.
    Agency(String),
    /// Time itself.
    Timer,
    /// Somebody who runs the system, by name.
    Operator(String),
    /// Whoever collects payments for the agencies, by name.
    Gateway(String),
}

/// Somebody who signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citizen {
    /// The account; an opaque name.
    pub account: String,
    /// The personal id that sign-in vouches for.
    #[serde(with = "crate::personal::revealed")]
    pub personal_id: crate::personal::Personal<String>,
    /// How surely sign-in knows the person: 1 or 2.
    pub identity_level: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Action {
    Submit(Submit),
    Acknowledge {
        task: String,
        dispatch: String,
    },
    RequestSupplement {
        task: String,
        dispatch: String,
        items: Vec<Item>,
        note: String,
    },
    /// The fee is asked for; the agency sets the amount where the definition does not.
    RequestPayment {
        task: String,
        dispatch: String,
        /// In đồng.
        amount: Option<u64>,
        note: String,
    },
    /// Who collects it has it.
    Pay {
        task: String,
        payment: u32,
        amount: u64,
        /// The number of the receipt or of the transaction.
        reference: String,
    },
    /// Nothing has to be paid after all.
    Waive {
        task: String,
        payment: u32,
        reason: String,
    },
    /// What was to be paid back has been.
    Refund {
        task: String,
        payment: u32,
        reference: String,
    },
    /// The applicant corrects what the application says, by dotted path.
    Amend {
        fields: BTreeMap<String, Json>,
    },
    /// The national portal is told once more how the dossier stands.
    Announce,
    /// The applicant asks for the newer rules.
    Adopt,
    /// The calendar was amended: everything is counted anew.
    Recount {
        reason: String,
    },
    /// The applicant is to look at what will be issued.
    SendDraft {
        task: String,
        dispatch: String,
        documents: Vec<Attachment>,
    },
    /// It is right, or this is wrong with it.
    AnswerDraft {
        task: String,
        wrong: Option<String>,
    },
    /// Data does not agree; of which earlier task, if of one.
    ReportMismatch {
        task: String,
        dispatch: String,
        of: Option<String>,
        note: String,
    },
    /// The head goes on without the answer of who was silent, or ends the task.
    DecideSilence {
        task: String,
        goes_on: bool,
        reason: String,
    },
    ResolveMismatch {
        task: String,
        mismatch: u32,
    },
    Supply {
        task: String,
        attachments: Vec<Attachment>,
        fields: BTreeMap<String, Json>,
    },
    Complete {
        task: String,
        dispatch: String,
        results: Json,
        documents: Vec<Attachment>,
    },
    Refuse {
        task: String,
        dispatch: String,
        reason: String,
    },
    Stop {
        task: String,
        dispatch: String,
        reason: String,
    },
    /// The declared longer limit applies from now.
    Extend {
        task: String,
        dispatch: String,
        reason: String,
    },
    /// The result was handed over, posted or paid.
    Deliver {
        task: String,
        dispatch: String,
    },
    /// A carrier or a bank has brought the result.
    Carried {
        task: String,
        /// The number of the consignment or of the transfer.
        reference: String,
    },
    /// One task, or all that are still open.
    Withdraw {
        task: Option<String>,
    },
    /// The result of an earlier task is faulty.
    Return {
        task: String,
        dispatch: String,
        /// The earlier task.
        of: String,
        note: String,
    },
    /// A result that was to be looked at again still stands.
    Uphold {
        task: String,
        dispatch: String,
    },
    /// The agency takes its own result back.
    Annul {
        task: String,
        dispatch: String,
        reason: String,
    },
    /// Somebody who was asked agrees, in their own account.
    Confirm {
        task: String,
        consent: u32,
    },
    /// Or does not.
    Decline {
        task: String,
        consent: u32,
    },
    /// The late agency apologises and gives a new date.
    Apologise {
        task: String,
        dispatch: String,
        reason: String,
        until: NaiveDate,
    },
    /// One office took over the work of another.
    Succeed {
        from: String,
        to: String,
        /// Why.
        #[serde(default)]
        reason: Option<String>,
    },
    /// An outage was announced that keeps these offices from working.
    BeginOutage {
        outage: String,
        offices: Vec<String>,
        /// Why.
        #[serde(default)]
        reason: Option<String>,
    },
    /// It is over.
    EndOutage {
        outage: String,
    },
    /// What was sent to a task's agency has not reached it yet.
    ReportUndelivered {
        task: String,
        dispatch: String,
    },
    /// Whatever is due by now happens.
    Elapse,
}

/// A dossier that stands for what another application asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicateOf {
    /// Its code, for its own applicant alone.
    pub code: Option<String>,
}

impl DuplicateOf {
    /// Whose dossier it is learns its code; others learn that there is one.
    #[must_use]
    pub fn seen_by(first: &Dossier, actor: &Actor) -> Self {
        let own = matches!(actor, Actor::Citizen(it) if it.account == first.account);
        Self { code: own.then(|| first.code.clone()) }
    }
}

/// An application.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Submit {
    pub dossier: Uuid,
    /// The code claimed for it.
    pub code: String,
    pub group: String,
    pub channel: Channel,
    /// The form as filled in.
    pub application: Json,
    /// The stored files that the form names by digest.
    pub attachments: Vec<Attachment>,
    /// Another dossier stands for the same: its code, where the applicant is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<DuplicateOf>,
    /// Set where the application was checked before and is not to be checked again. It does not
    /// travel.
    #[serde(skip)]
    pub vetted: Option<Vetted>,
}
