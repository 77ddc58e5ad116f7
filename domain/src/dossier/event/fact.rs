//! The kinds of facts about a dossier. Must not decide what follows from one.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Attachment, Channel, ClockAfterSupplement, Conclusion, Counted, Delivery, GroupVersion, Item,
    Moment, RequestFault, SkipReason, StopReason,
};
use crate::calendar::{Due, Measure, StopKind};
use crate::digest::Digest;
use crate::dossier::national::NationalStatus;

/// The kinds of facts. Their wire names are for ever.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    DossierSubmitted {
        dossier: Uuid,
        code: String,
        group: GroupVersion,
        calendar: Digest,
        directory: Digest,
        /// The applicant's account; an opaque name, not a personal id.
        account: String,
        channel: Channel,
        /// Every task of the group, in the order of the definition.
        tasks: Vec<String>,
        /// Those of them that go before the one that receives the application.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        preconditions: Vec<String>,
        attachments: Vec<Attachment>,
    },
    /// The dossier goes on with a newer edition of its calendar, since its own ends too early.
    CalendarRenewed {
        calendar: Digest,
    },
    /// The applicant corrected what the application says.
    ApplicationAmended {
        /// By dotted path; what they say now is personal.
        fields: Vec<String>,
        /// The ids of the messages to the agencies that are shown them.
        messages: Vec<String>,
    },
    /// On the applicant's request the dossier goes on by newer rules.
    RulesAdopted {
        group: GroupVersion,
        /// Every task of the group, in the order of the newer definition.
        tasks: Vec<String>,
    },
    /// Something is due at another time, since the calendar was amended.
    DueMoved {
        task: String,
        counted: Counted,
        due: Due,
        /// The id of the message to the agency, if one has the task.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// The national portal is told how the dossier and its tasks stand.
    StatusAnnounced {
        /// The id of the message.
        message: String,
        dossier: NationalStatus,
        /// Those that are reported at all.
        tasks: BTreeMap<String, NationalStatus>,
    },
    TaskSkipped {
        task: String,
        because: SkipReason,
    },
    /// A total over several tasks is watched from here.
    WatchStarted {
        watch: usize,
        of: Vec<String>,
        due: Due,
    },
    /// A total ends later, since it stood still while the applicant supplied something.
    WatchMoved {
        watch: usize,
        due: Due,
    },
    WatchOverdue {
        watch: usize,
    },
    TaskDispatched {
        task: String,
        /// The message id, which every answer names.
        dispatch: String,
        office: String,
        /// The limit that applies; none where there is only a reminder.
        limit: Option<Measure>,
        /// None while the limit has not begun.
        due: Option<Due>,
        remind_at: Option<Moment>,
        /// By when the agency has to say that something is missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notice: Option<Box<Due>>,
        /// When all parties are alerted unless it is acknowledged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alert_at: Option<Moment>,
        /// The versions of the results that went with it.
        uses: BTreeMap<String, u32>,
    },
    TaskAcknowledged {
        task: String,
        dispatch: String,
        /// Set where the limit runs from here.
        due: Option<Due>,
    },
    /// The agency has not said that it has the task. All parties are alerted.
    HandoverAlerted {
        task: String,
        dispatch: String,
        /// 1 for the first.
        alert: u32,
        /// The ids of the messages to the offices, of this task and of those that it builds on.
        messages: Vec<String>,
        /// By when the cause must be mended; counted from the first alert.
        repair: Moment,
        /// When all are alerted again.
        alert_at: Moment,
    },
    /// What was sent has not reached its office in the time in which systems agree with each other.
    DeliveryOverdue {
        task: String,
        dispatch: String,
        /// The ids of the messages to all parties.
        messages: Vec<String>,
    },
    /// The agency moved to its declared longer limit; why is personal.
    LimitExtended {
        task: String,
        dispatch: String,
        limit: Measure,
        due: Due,
    },
    TaskOverdue {
        task: String,
        remind_at: Option<Moment>,
    },
    /// An apology for a late task waits for its officer.
    ApologyDrafted {
        task: String,
        /// By when it must be sent.
        send_by: Moment,
    },
    /// The agency apologised and gave a new date; why it is late is personal.
    ApologySent {
        task: String,
        dispatch: String,
        until: NaiveDate,
    },
    /// It was not sent in time, and those above are told.
    ApologyEscalated {
        task: String,
        /// The id of the message that reminds the office.
        message: String,
        /// When they are told again.
        send_by: Moment,
    },
    /// Another office took the task over; its code and its clock stay.
    TaskMoved {
        task: String,
        from: String,
        to: String,
        /// The ids of the messages to both offices.
        messages: Vec<String>,
    },
    /// The agency is reminded of a task in which it is its turn.
    TaskReminded {
        task: String,
        /// The id of the message that reminds it.
        message: String,
        remind_at: Option<Moment>,
    },
    /// The limit of a task stands still from here.
    ClockStopped {
        task: String,
        kind: StopKind,
        /// What it stands for, e.g. `consent/1`; unique among the stops of its task.
        by: String,
        /// By when that must be over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Moment>,
    },
    /// What a limit stands for is not over, though it should be.
    StopOverdue {
        task: String,
        by: String,
        /// When it is looked at again.
        again: Moment,
    },
    /// What a limit stood for is over.
    ClockResumed {
        task: String,
        by: String,
        /// The new due time; none where nothing is due, or where the limit stands for something
        /// else as well.
        due: Option<Due>,
        /// Set where it is the agency's turn again and no limit runs.
        remind_at: Option<Moment>,
    },
    /// Another person is asked to agree.
    ConsentAsked {
        task: String,
        /// From 1 within the task.
        consent: u32,
        /// Where in the form the person stands, e.g. `residence.householder` or `relatives.0`.
        of: String,
        window: Due,
        /// When the person is reminded.
        remind_at: Moment,
    },
    ConsentReminded {
        task: String,
        consent: u32,
    },
    ConsentGiven {
        task: String,
        consent: u32,
    },
    ConsentDeclined {
        task: String,
        consent: u32,
    },
    /// No answer came in the window.
    ConsentLapsed {
        task: String,
        consent: u32,
    },
    /// The agency lets the applicant look at what it will issue.
    DraftSent {
        task: String,
        dispatch: String,
        /// 1 for the task's first.
        draft: u32,
        documents: Vec<Attachment>,
        window: Due,
    },
    /// The applicant said that it is right, or what is wrong with it, which is personal.
    DraftAnswered {
        task: String,
        draft: u32,
        accepted: bool,
        /// The id of the message that tells the agency.
        message: String,
    },
    /// Nothing was said in the window, which accepts.
    DraftLapsed {
        task: String,
        draft: u32,
        message: String,
    },
    /// Data does not agree between agencies; what is personal.
    MismatchReported {
        task: String,
        dispatch: String,
        /// 1 for the task's first.
        mismatch: u32,
        /// The earlier task whose data it is about.
        of: Option<String>,
        /// By when it is to be mended.
        due: Moment,
        /// The ids of the messages to its owners.
        messages: Vec<String>,
    },
    /// It was not mended in time; its owners are told again.
    MismatchOverdue {
        task: String,
        mismatch: u32,
        /// When they are told once more.
        again: Moment,
        messages: Vec<String>,
    },
    MismatchResolved {
        task: String,
        mismatch: u32,
        messages: Vec<String>,
    },
    /// An agency sent an earlier result back as faulty; why is personal.
    ResultReturned {
        task: String,
        dispatch: String,
        /// The earlier task, and which version of its result.
        of: String,
        version: u32,
        /// The id of the message that tells the agency of the earlier task.
        message: String,
    },
    /// A task that had completed is to issue its result anew.
    TaskReopened {
        task: String,
        /// The version that is faulty.
        version: u32,
        limit: Option<Measure>,
        due: Option<Due>,
        remind_at: Option<Moment>,
        /// The id of the message that tells its agency, unless another message did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// A task goes on with another version of an earlier result.
    ResultUpdated {
        task: String,
        of: String,
        version: u32,
        /// The id of the message that brings it.
        message: String,
    },
    /// An agency is to look whether its result still stands, since an earlier one was issued anew
    /// or annulled.
    ReviewRequested {
        task: String,
        of: String,
        /// 0 where there is no result any more.
        version: u32,
        message: String,
        remind_at: Moment,
    },
    ResultUpheld {
        task: String,
        version: u32,
    },
    /// The agency took its own result back; why is personal.
    ResultAnnulled {
        task: String,
        version: u32,
    },
    /// The applicant is asked to pay.
    PaymentRequested {
        task: String,
        /// 1 for the task's first.
        payment: u32,
        /// In đồng.
        amount: u64,
        /// The office that collects it.
        office: String,
        window: Due,
    },
    PaymentReceived {
        task: String,
        payment: u32,
        amount: u64,
        /// The number of the receipt or of the transaction.
        reference: String,
    },
    /// Nothing has to be paid after all; why is personal.
    PaymentWaived {
        task: String,
        payment: u32,
    },
    /// Nothing was paid in the window.
    PaymentLapsed {
        task: String,
        payment: u32,
    },
    /// What was paid is to be paid back.
    RefundOrdered {
        task: String,
        payment: u32,
        amount: u64,
        /// The id of the message that tells the office.
        message: String,
        remind_at: Moment,
    },
    RefundPaid {
        task: String,
        payment: u32,
        reference: String,
    },
    /// The applicant's own task has begun.
    TaskBegun {
        task: String,
        /// What the applicant is to provide.
        items: Vec<Item>,
        window: Due,
    },
    /// The applicant has done their own task.
    ApplicantProvided {
        task: String,
        attachments: Vec<Attachment>,
    },
    /// A time passes in which nobody has to do anything.
    WaitBegun {
        task: String,
        due: Due,
    },
    /// A task is done without a result.
    TaskConcluded {
        task: String,
        because: Conclusion,
        /// The id of the message to its agency, if that is to be told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// A consulted agency is silent, and the head was told.
    SilenceReported {
        task: String,
        /// 1 for the first time.
        report: u32,
        /// The id of the message to the office that received the application.
        message: String,
    },
    SupplementRequested {
        task: String,
        dispatch: String,
        /// 1 for the task's first request.
        request: u32,
        items: Vec<Item>,
        window: Due,
        /// What is to be held against the agency.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        faults: Vec<RequestFault>,
    },
    SupplementSupplied {
        task: String,
        request: u32,
        /// The id of the message that tells the agency.
        message: String,
        attachments: Vec<Attachment>,
        /// The new due time, where a limit runs.
        due: Option<Due>,
        clock: ClockAfterSupplement,
        /// Set where no limit runs.
        remind_at: Option<Moment>,
    },
    SupplementLapsed {
        task: String,
        request: u32,
        /// The new due time, where the officer has to decide and a limit runs.
        due: Option<Due>,
        /// Set where the officer has to decide.
        remind_at: Option<Moment>,
    },
    TaskCompleted {
        task: String,
        dispatch: String,
        /// 1 for the first result.
        version: u32,
        documents: Vec<Attachment>,
        delivery: Delivery,
        /// Set where the result is still to be handed over.
        remind_at: Option<Moment>,
    },
    TaskRefused {
        task: String,
        dispatch: String,
    },
    TaskStopped {
        task: String,
        because: StopReason,
        /// The id of the message that tells the agency, if it did not stop the task itself.
        message: Option<String>,
    },
    TaskWithdrawn {
        task: String,
        /// The withdrawn task that this one needed; none where the applicant withdrew this one.
        with: Option<String>,
        /// The id of the message that tells the agency, if it had the task.
        message: Option<String>,
    },
    ResultDelivered {
        task: String,
        version: u32,
        method: Delivery,
        /// The number of the consignment or of the transfer, where a carrier says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
}

impl Fact {
    /// The wire name of the kind, e.g. `task_dispatched`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::DossierSubmitted { .. } => "dossier_submitted",
            Self::CalendarRenewed { .. } => "calendar_renewed",
            Self::ApplicationAmended { .. } => "application_amended",
            Self::RulesAdopted { .. } => "rules_adopted",
            Self::DueMoved { .. } => "due_moved",
            Self::DraftSent { .. } => "draft_sent",
            Self::DraftAnswered { .. } => "draft_answered",
            Self::DraftLapsed { .. } => "draft_lapsed",
            Self::MismatchReported { .. } => "mismatch_reported",
            Self::MismatchOverdue { .. } => "mismatch_overdue",
            Self::MismatchResolved { .. } => "mismatch_resolved",
            Self::StatusAnnounced { .. } => "status_announced",
            Self::TaskSkipped { .. } => "task_skipped",
            Self::WatchStarted { .. } => "watch_started",
            Self::WatchMoved { .. } => "watch_moved",
            Self::WatchOverdue { .. } => "watch_overdue",
            Self::TaskDispatched { .. } => "task_dispatched",
            Self::TaskAcknowledged { .. } => "task_acknowledged",
            Self::HandoverAlerted { .. } => "handover_alerted",
            Self::DeliveryOverdue { .. } => "delivery_overdue",
            Self::LimitExtended { .. } => "limit_extended",
            Self::TaskOverdue { .. } => "task_overdue",
            Self::ApologyDrafted { .. } => "apology_drafted",
            Self::ApologySent { .. } => "apology_sent",
            Self::ApologyEscalated { .. } => "apology_escalated",
            Self::TaskMoved { .. } => "task_moved",
            Self::TaskReminded { .. } => "task_reminded",
            Self::ClockStopped { .. } => "clock_stopped",
            Self::StopOverdue { .. } => "stop_overdue",
            Self::ClockResumed { .. } => "clock_resumed",
            Self::ConsentAsked { .. } => "consent_asked",
            Self::ConsentReminded { .. } => "consent_reminded",
            Self::ConsentGiven { .. } => "consent_given",
            Self::ConsentDeclined { .. } => "consent_declined",
            Self::ConsentLapsed { .. } => "consent_lapsed",
            Self::ResultReturned { .. } => "result_returned",
            Self::TaskReopened { .. } => "task_reopened",
            Self::ResultUpdated { .. } => "result_updated",
            Self::ReviewRequested { .. } => "review_requested",
            Self::ResultUpheld { .. } => "result_upheld",
            Self::ResultAnnulled { .. } => "result_annulled",
            Self::PaymentRequested { .. } => "payment_requested",
            Self::PaymentReceived { .. } => "payment_received",
            Self::PaymentWaived { .. } => "payment_waived",
            Self::PaymentLapsed { .. } => "payment_lapsed",
            Self::RefundOrdered { .. } => "refund_ordered",
            Self::RefundPaid { .. } => "refund_paid",
            Self::TaskBegun { .. } => "task_begun",
            Self::ApplicantProvided { .. } => "applicant_provided",
            Self::WaitBegun { .. } => "wait_begun",
            Self::TaskConcluded { .. } => "task_concluded",
            Self::SilenceReported { .. } => "silence_reported",
            Self::SupplementRequested { .. } => "supplement_requested",
            Self::SupplementSupplied { .. } => "supplement_supplied",
            Self::SupplementLapsed { .. } => "supplement_lapsed",
            Self::TaskCompleted { .. } => "task_completed",
            Self::TaskRefused { .. } => "task_refused",
            Self::TaskStopped { .. } => "task_stopped",
            Self::TaskWithdrawn { .. } => "task_withdrawn",
            Self::ResultDelivered { .. } => "result_delivered",
        }
    }

    /// The task that it is about; none for facts about the whole dossier.
    #[must_use]
    pub fn task(&self) -> Option<&str> {
        match self {
            Self::DossierSubmitted { .. }
            | Self::CalendarRenewed { .. }
            | Self::ApplicationAmended { .. }
            | Self::RulesAdopted { .. }
            | Self::StatusAnnounced { .. }
            | Self::WatchStarted { .. }
            | Self::WatchMoved { .. }
            | Self::WatchOverdue { .. } => None,
            Self::TaskSkipped { task, .. }
            | Self::DueMoved { task, .. }
            | Self::DraftSent { task, .. }
            | Self::DraftAnswered { task, .. }
            | Self::DraftLapsed { task, .. }
            | Self::MismatchReported { task, .. }
            | Self::MismatchOverdue { task, .. }
            | Self::MismatchResolved { task, .. }
            | Self::TaskDispatched { task, .. }
            | Self::TaskAcknowledged { task, .. }
            | Self::HandoverAlerted { task, .. }
            | Self::DeliveryOverdue { task, .. }
            | Self::LimitExtended { task, .. }
            | Self::TaskOverdue { task, .. }
            | Self::ApologyDrafted { task, .. }
            | Self::ApologySent { task, .. }
            | Self::ApologyEscalated { task, .. }
            | Self::TaskMoved { task, .. }
            | Self::TaskReminded { task, .. }
            | Self::ClockStopped { task, .. }
            | Self::StopOverdue { task, .. }
            | Self::ClockResumed { task, .. }
            | Self::ConsentAsked { task, .. }
            | Self::ConsentReminded { task, .. }
            | Self::ConsentGiven { task, .. }
            | Self::ConsentDeclined { task, .. }
            | Self::ConsentLapsed { task, .. }
            | Self::ResultReturned { task, .. }
            | Self::TaskReopened { task, .. }
            | Self::ResultUpdated { task, .. }
            | Self::ReviewRequested { task, .. }
            | Self::ResultUpheld { task, .. }
            | Self::ResultAnnulled { task, .. }
            | Self::PaymentRequested { task, .. }
            | Self::PaymentReceived { task, .. }
            | Self::PaymentWaived { task, .. }
            | Self::PaymentLapsed { task, .. }
            | Self::RefundOrdered { task, .. }
            | Self::RefundPaid { task, .. }
            | Self::TaskBegun { task, .. }
            | Self::ApplicantProvided { task, .. }
            | Self::WaitBegun { task, .. }
            | Self::TaskConcluded { task, .. }
            | Self::SilenceReported { task, .. }
            | Self::SupplementRequested { task, .. }
            | Self::SupplementSupplied { task, .. }
            | Self::SupplementLapsed { task, .. }
            | Self::TaskCompleted { task, .. }
            | Self::TaskRefused { task, .. }
            | Self::TaskStopped { task, .. }
            | Self::TaskWithdrawn { task, .. }
            | Self::ResultDelivered { task, .. } => Some(task),
        }
    }
}
