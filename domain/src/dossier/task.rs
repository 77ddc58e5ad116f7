//! One task of a dossier: how far it is, whose turn it is, and what its events mean.

mod check;
mod evolve;
mod payment;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

pub use check::{DraftOutcome, DraftState, MismatchState};
pub use payment::{PaymentOutcome, PaymentState, RefundState};

use super::event::{Attachment, Delivery, Item, Moment, RequestFault, SkipReason, StopReason};
use crate::calendar::{Due, Measure, Stop, StopKind};
use crate::language::Text;
use crate::personal::Personal;

/// How far a task is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// Earlier tasks go first.
    #[default]
    Waiting,
    /// Sent to its agency, which has not said yet that it has it.
    Dispatched,
    Acknowledged,
    SupplementRequested,
    /// What was asked for has been supplied; the agency goes on.
    Supplied,
    Completed,
    /// Its result was faulty and is being corrected.
    Reopened,
    /// A time passes in which nobody has to do anything.
    Elapsing,
    Refused,
    /// Ended undecided.
    Stopped,
    Withdrawn,
    /// Not chosen, does not apply, or what it needs did not come about.
    Skipped,
}

impl TaskStatus {
    pub const ALL: [Self; 12] = [
        Self::Waiting,
        Self::Dispatched,
        Self::Acknowledged,
        Self::SupplementRequested,
        Self::Supplied,
        Self::Completed,
        Self::Reopened,
        Self::Elapsing,
        Self::Refused,
        Self::Stopped,
        Self::Withdrawn,
        Self::Skipped,
    ];

    /// Whether it has begun and is undecided.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::Dispatched
            | Self::Acknowledged
            | Self::SupplementRequested
            | Self::Supplied
            | Self::Reopened
            | Self::Elapsing => true,
            Self::Waiting
            | Self::Completed
            | Self::Refused
            | Self::Stopped
            | Self::Withdrawn
            | Self::Skipped => false,
        }
    }

    /// Whether nothing more will be decided.
    #[must_use]
    pub fn has_ended(self) -> bool {
        !self.is_open() && self != Self::Waiting
    }

    /// The wire name, e.g. `supplement_requested`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Dispatched => "dispatched",
            Self::Acknowledged => "acknowledged",
            Self::SupplementRequested => "supplement_requested",
            Self::Supplied => "supplied",
            Self::Completed => "completed",
            Self::Reopened => "reopened",
            Self::Elapsing => "elapsing",
            Self::Refused => "refused",
            Self::Stopped => "stopped",
            Self::Withdrawn => "withdrawn",
            Self::Skipped => "skipped",
        }
    }

    /// What people read.
    #[must_use]
    pub fn words(self) -> Text {
        let (vi, en) = match self {
            Self::Waiting => ("Chưa bắt đầu", "Not started"),
            Self::Dispatched => ("Chờ tiếp nhận", "Waiting to be taken in"),
            Self::Acknowledged => ("Đang xử lý", "In progress"),
            Self::SupplementRequested => ("Chờ bạn bổ sung", "Waiting for you"),
            Self::Supplied => ("Đang xử lý tiếp", "In progress again"),
            Self::Completed => ("Đã xong", "Done"),
            Self::Reopened => ("Đang đính chính kết quả", "Result being corrected"),
            Self::Elapsing => ("Đang chờ hết thời hạn", "Waiting for a time to pass"),
            Self::Refused => ("Bị từ chối", "Refused"),
            Self::Stopped => ("Dừng xử lý", "Stopped"),
            Self::Withdrawn => ("Đã rút", "Withdrawn"),
            Self::Skipped => ("Không thực hiện", "Not carried out"),
        };
        Text::new(vi, en)
    }
}

/// One procedure of the dossier.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskState {
    pub name: String,
    /// It goes before the one that receives the application.
    pub is_precondition: bool,
    pub status: TaskStatus,
    pub office: Option<String>,
    /// The offices that had it before, and do no more.
    pub former_offices: Vec<String>,
    /// The message id of its dispatch, which answers name.
    pub dispatch: Option<String>,
    pub dispatched_at: Option<Moment>,
    pub acknowledged_at: Option<Moment>,
    pub ended_at: Option<Moment>,
    pub limit: Option<Measure>,
    pub due: Option<Due>,
    /// Times at which the limit stood still, and that are over.
    pub stops: Vec<Stop>,
    /// What it stands still for now, beside an open supplement.
    pub standing: Vec<Standing>,
    pub overdue: bool,
    /// By when the agency has to say that something is missing.
    pub notice: Option<Due>,
    /// All parties were told that what was sent has not reached the office.
    pub delivery_overdue: bool,
    /// When all parties are alerted unless it is acknowledged.
    pub alert_at: Option<Moment>,
    /// The alerts so far, and by when their cause must be mended.
    pub alerts: Option<AlertState>,
    pub extension: Option<ExtensionState>,
    /// By when an apology that was drafted must be sent.
    pub apology_due: Option<Moment>,
    /// The apology that was sent; there is only one.
    pub apology: Option<ApologyState>,
    pub remind_at: Option<Moment>,
    pub consents: Vec<ConsentState>,
    pub supplements: Vec<SupplementState>,
    pub payments: Vec<PaymentState>,
    pub drafts: Vec<DraftState>,
    pub mismatches: Vec<MismatchState>,
    /// How often the head was told that its agency is silent.
    pub silences: u32,
    /// How often its result made it begin again.
    pub repeats: u32,
    /// The versions of earlier results that it was sent.
    pub uses: BTreeMap<String, u32>,
    /// 1 for the first result; 0 before.
    pub version: u32,
    #[serde(skip)]
    pub results: Option<Personal<Json>>,
    pub documents: Vec<Attachment>,
    /// Every version of the result, the current one last.
    pub versions: Vec<ResultVersion>,
    /// Its agency is to look whether its result still stands.
    pub in_review: bool,
    pub delivery: Option<Delivery>,
    pub delivered_at: Option<Moment>,
    /// Why it was refused or stopped, in the agency's words.
    #[serde(skip)]
    pub reason: Option<Personal<String>>,
    pub skipped: Option<SkipReason>,
    pub stopped: Option<StopReason>,
    pub withdrawn_with: Option<String>,
    /// Messages to the agency after the dispatch, in order.
    pub messages: Vec<Message>,
}

/// A message to an agency that follows a dispatch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub id: String,
    pub kind: MessageKind,
    /// Of the event that causes it.
    pub sequence: u64,
    /// When that happened.
    pub at: Moment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    Dispatch,
    Supplied,
    Reminder,
    /// A handover was not acknowledged: this office's own, or of what was made from its result.
    Alert,
    /// An apology waits to be sent.
    Apology,
    /// Another office took the task over.
    Moved,
    /// Its result was sent back as faulty.
    Returned,
    /// An earlier result was issued anew.
    Updated,
    /// Its result is to be looked at again.
    Review,
    Stopped,
    Withdrawn,
    /// What the applicant paid is to be paid back.
    Refund,
    /// Something is due at another time.
    Due,
    /// The applicant corrected what the application says.
    Amended,
    /// The applicant has looked at a draft, or has not.
    Draft,
    /// Data does not agree, or does again.
    Mismatch,
    /// A consulted agency is silent; whoever received the application decides.
    Silence,
    /// How a dossier stands, for the national portal.
    Status,
}

impl Message {
    /// The office that it goes to, as its id says.
    #[must_use]
    pub fn addressee(&self) -> &str {
        self.id.split('/').nth(2).unwrap_or_default()
    }
}

impl MessageKind {
    /// The wire name, which is also in the message's id.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dispatch => "dispatch",
            Self::Supplied => "supplied",
            Self::Reminder => "reminder",
            Self::Alert => "alert",
            Self::Apology => "apology",
            Self::Moved => "moved",
            Self::Returned => "returned",
            Self::Updated => "updated",
            Self::Review => "review",
            Self::Stopped => "stopped",
            Self::Withdrawn => "withdrawn",
            Self::Refund => "refund",
            Self::Due => "due",
            Self::Amended => "amended",
            Self::Draft => "draft",
            Self::Mismatch => "mismatch",
            Self::Silence => "silence",
            Self::Status => "status",
        }
    }
}

/// That another person is asked to agree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConsentState {
    /// Where in the form the person stands.
    pub of: String,
    pub asked_at: Moment,
    pub window: Due,
    /// None once the person was reminded.
    pub remind_at: Option<Moment>,
    pub outcome: ConsentOutcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentOutcome {
    Open,
    Given(Moment),
    Declined(Moment),
    Lapsed(Moment),
    /// The task ended before there was an answer.
    Overtaken(Moment),
}

/// One version of a result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResultVersion {
    pub version: u32,
    pub at: Moment,
    pub documents: Vec<Attachment>,
    /// When a later version took its place, or it was annulled.
    pub superseded_at: Option<Moment>,
}

/// That the agency has not said that it has the task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertState {
    pub count: u32,
    pub repair: Moment,
}

/// That the agency apologised for being late.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApologyState {
    pub at: Moment,
    /// The new date.
    pub until: NaiveDate,
    /// Why it is late, in the agency's words.
    #[serde(skip)]
    pub reason: Option<Personal<String>>,
}

/// That the declared longer limit applies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExtensionState {
    pub at: Moment,
    /// Why, in the agency's words.
    #[serde(skip)]
    pub reason: Option<Personal<String>>,
}

/// A stop of the clock that is not over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub kind: StopKind,
    /// What it stands for, e.g. `consent/1`.
    pub by: String,
    pub from: Moment,
    /// When it is to be over, or is looked at again.
    pub limit: Option<Moment>,
}

impl Standing {
    /// The time that it took, up to a moment.
    #[must_use]
    pub fn until(&self, until: Moment) -> Stop {
        Stop { kind: self.kind, from: self.from, until }
    }
}

/// One request for more, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SupplementState {
    pub items: Vec<Item>,
    #[serde(skip)]
    pub note: Option<Personal<String>>,
    pub requested_at: Moment,
    pub window: Due,
    /// What is to be held against the agency.
    pub faults: Vec<RequestFault>,
    pub outcome: SupplementOutcome,
    /// The files that came with it.
    pub attachments: Vec<Attachment>,
}

/// What came of a request for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupplementOutcome {
    Open,
    Supplied(Moment),
    /// Its window ended.
    Lapsed(Moment),
    /// The task ended before it was answered.
    Overtaken(Moment),
}

impl SupplementState {
    /// The time for which the applicant had it, up to a moment.
    #[must_use]
    pub fn stop_until(&self, until: Moment) -> Stop {
        Stop { kind: StopKind::Supplement, from: self.requested_at, until }
    }

    /// When the applicant's turn was over.
    #[must_use]
    pub fn ended_at(&self) -> Option<Moment> {
        match self.outcome {
            SupplementOutcome::Open => None,
            SupplementOutcome::Supplied(at)
            | SupplementOutcome::Lapsed(at)
            | SupplementOutcome::Overtaken(at) => Some(at),
        }
    }

    /// The time for which the applicant had it, once it is over.
    #[must_use]
    pub fn stop(&self) -> Option<Stop> {
        self.ended_at().map(|it| self.stop_until(it))
    }
}

/// Whose turn it is with a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The agency, by its office.
    Agency(String),
    Applicant,
    /// Earlier tasks go first.
    Earlier,
    /// Somebody else who must agree.
    Person,
    /// The agency of an earlier task, whose result is being corrected.
    Correction,
    /// Whoever mends what keeps the office from working.
    System,
    /// Nobody has to do anything until a time has passed.
    Time,
    /// It has ended and, if there was a result, that was delivered.
    Nobody,
}

/// The entries of a list with their numbers, from 1.
pub(in crate::dossier) fn numbered<T>(list: &[T]) -> impl Iterator<Item = (u32, &T)> {
    (1..).zip(list)
}

impl TaskState {
    #[must_use]
    pub fn turn(&self) -> Turn {
        let agency = || Turn::Agency(self.office.clone().unwrap_or_default());
        match self.status {
            TaskStatus::Waiting if self.awaits_payment() => Turn::Applicant,
            TaskStatus::Waiting if self.awaits_consent() => Turn::Person,
            TaskStatus::Waiting => Turn::Earlier,
            TaskStatus::SupplementRequested => Turn::Applicant,
            status if status.is_open() && self.is_standing_for(StopKind::Outage) => Turn::System,
            status if status.is_open() && self.is_standing_for(StopKind::Correction) => {
                Turn::Correction
            }
            status if status.is_open() && self.open_draft().is_some() => Turn::Applicant,
            status if status.is_open() && self.awaits_payment() => Turn::Applicant,
            status if status.is_open() && self.awaits_consent() => Turn::Person,
            TaskStatus::Elapsing => Turn::Time,
            TaskStatus::Dispatched
            | TaskStatus::Acknowledged
            | TaskStatus::Supplied
            | TaskStatus::Reopened => agency(),
            TaskStatus::Completed if self.delivered_at.is_none() || self.in_review => agency(),
            status if status.has_ended() && self.owes_refund() => agency(),
            TaskStatus::Completed
            | TaskStatus::Refused
            | TaskStatus::Stopped
            | TaskStatus::Withdrawn
            | TaskStatus::Skipped => Turn::Nobody,
        }
    }

    /// Whether an office has it and has not done all there is to do.
    #[must_use]
    pub fn is_unfinished_at(&self, office: &str) -> bool {
        let undelivered = self.status == TaskStatus::Completed && self.delivered_at.is_none();
        let has_it = self.office.as_deref() == Some(office);
        has_it && (self.status.is_open() || undelivered) || self.has_money_at(office)
    }

    /// Whether somebody else is still asked to agree.
    #[must_use]
    pub fn awaits_consent(&self) -> bool {
        self.consents.iter().any(|it| it.outcome == ConsentOutcome::Open)
    }

    /// The consent of a number, if it is open.
    #[must_use]
    pub fn open_consent(&self, number: u32) -> Option<&ConsentState> {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        self.consents.get(place).filter(|it| it.outcome == ConsentOutcome::Open)
    }

    fn is_standing_for(&self, kind: StopKind) -> bool {
        self.standing.iter().any(|it| it.kind == kind)
    }

    /// The request that the applicant has not answered yet.
    #[must_use]
    pub fn open_supplement(&self) -> Option<&SupplementState> {
        self.supplements.last().filter(|it| it.outcome == SupplementOutcome::Open)
    }

    /// Whether its limit is running: set, and not stopped.
    #[must_use]
    pub fn clock_runs(&self) -> bool {
        self.due.is_some()
            && self.standing.is_empty()
            && match self.status {
                TaskStatus::Dispatched
                | TaskStatus::Acknowledged
                | TaskStatus::Supplied
                | TaskStatus::Reopened => true,
                TaskStatus::SupplementRequested
                | TaskStatus::Elapsing
                | TaskStatus::Waiting
                | TaskStatus::Completed
                | TaskStatus::Refused
                | TaskStatus::Stopped
                | TaskStatus::Withdrawn
                | TaskStatus::Skipped => false,
            }
    }

    /// Every time at which the limit stood still, up to a moment.
    #[must_use]
    pub fn stops_until(&self, until: Moment) -> Vec<Stop> {
        let open = self.open_supplement().map(|it| it.stop_until(until));
        let standing = self.standing.iter().map(|it| it.until(until));
        self.stops.iter().copied().chain(open).chain(standing).collect()
    }
}
