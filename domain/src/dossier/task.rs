//! One task of a dossier: how far it is, whose turn it is, and what its events mean.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::event::{
    Attachment, ClockAfterSupplement, Delivery, Event, Fact, Item, Moment, RequestFault,
    SkipReason, StopReason,
};
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
    Refused,
    /// Ended undecided.
    Stopped,
    Withdrawn,
    /// Not chosen, does not apply, or what it needs did not come about.
    Skipped,
}

impl TaskStatus {
    pub const ALL: [Self; 11] = [
        Self::Waiting,
        Self::Dispatched,
        Self::Acknowledged,
        Self::SupplementRequested,
        Self::Supplied,
        Self::Completed,
        Self::Reopened,
        Self::Refused,
        Self::Stopped,
        Self::Withdrawn,
        Self::Skipped,
    ];

    /// Whether an agency has it and it is undecided.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::Dispatched
            | Self::Acknowledged
            | Self::SupplementRequested
            | Self::Supplied
            | Self::Reopened => true,
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
    /// It has ended and, if there was a result, that was delivered.
    Nobody,
}

impl TaskState {
    #[must_use]
    pub fn turn(&self) -> Turn {
        let agency = || Turn::Agency(self.office.clone().unwrap_or_default());
        match self.status {
            TaskStatus::Waiting if self.awaits_consent() => Turn::Person,
            TaskStatus::Waiting => Turn::Earlier,
            TaskStatus::SupplementRequested => Turn::Applicant,
            status if status.is_open() && self.is_standing_for(StopKind::Outage) => Turn::System,
            status if status.is_open() && self.is_standing_for(StopKind::Correction) => {
                Turn::Correction
            }
            status if status.is_open() && self.awaits_consent() => Turn::Person,
            TaskStatus::Dispatched
            | TaskStatus::Acknowledged
            | TaskStatus::Supplied
            | TaskStatus::Reopened => agency(),
            TaskStatus::Completed if self.delivered_at.is_none() || self.in_review => agency(),
            TaskStatus::Completed
            | TaskStatus::Refused
            | TaskStatus::Stopped
            | TaskStatus::Withdrawn
            | TaskStatus::Skipped => Turn::Nobody,
        }
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

    fn end(&mut self, status: TaskStatus, at: Moment) {
        self.status = status;
        self.apology_due = None;
        for consent in &mut self.consents {
            if consent.outcome == ConsentOutcome::Open {
                consent.outcome = ConsentOutcome::Overtaken(at);
            }
        }
        let standing = std::mem::take(&mut self.standing);
        self.stops.extend(standing.iter().map(|it| it.until(at)));
        self.ended_at = Some(at);
        self.remind_at = None;
        self.close_supplement(SupplementOutcome::Overtaken(at));
    }

    /// The applicant's turn is over.
    fn close_supplement(&mut self, outcome: SupplementOutcome) {
        let last = self.supplements.last_mut();
        if let Some(request) = last.filter(|it| it.outcome == SupplementOutcome::Open) {
            request.outcome = outcome;
            self.stops.extend(request.stop());
        }
    }

    #[expect(clippy::too_many_lines, reason = "an arm for each kind of event")]
    pub(super) fn evolve(&mut self, event: &Event, sequence: u64) {
        let at = event.at;
        let place = (sequence, at);
        match &event.fact {
            Fact::TaskSkipped { because, .. } => {
                self.end(TaskStatus::Skipped, at);
                self.skipped = Some(because.clone());
            }
            Fact::TaskDispatched { dispatch, .. } => {
                self.dispatched(event);
                self.tell(Some(dispatch), MessageKind::Dispatch, place);
            }
            Fact::TaskAcknowledged { due, .. } => {
                self.status = TaskStatus::Acknowledged;
                self.acknowledged_at = Some(at);
                if due.is_some() {
                    self.due.clone_from(due);
                    self.remind_at = None;
                }
            }
            Fact::HandoverAlerted { alert, repair, alert_at, .. } => {
                self.alert_at = Some(*alert_at);
                self.alerts = Some(AlertState { count: *alert, repair: *repair });
            }
            Fact::LimitExtended { .. }
            | Fact::TaskOverdue { .. }
            | Fact::ApologyDrafted { .. }
            | Fact::ApologySent { .. }
            | Fact::ApologyEscalated { .. }
            | Fact::TaskReminded { .. }
            | Fact::ClockStopped { .. }
            | Fact::StopOverdue { .. }
            | Fact::ClockResumed { .. } => self.evolve_clock(event, place),
            Fact::SupplementRequested { .. }
            | Fact::SupplementSupplied { .. }
            | Fact::SupplementLapsed { .. } => self.evolve_supplement(event, place),
            Fact::ConsentAsked { .. }
            | Fact::ConsentReminded { .. }
            | Fact::ConsentGiven { .. }
            | Fact::ConsentDeclined { .. }
            | Fact::ConsentLapsed { .. } => self.evolve_consent(event),
            Fact::TaskMoved { from, to, messages, .. } => {
                self.former_offices.push(from.clone());
                self.office = Some(to.clone());
                for message in messages {
                    self.tell(Some(message), MessageKind::Moved, place);
                }
            }
            Fact::TaskReopened { .. }
            | Fact::ResultUpdated { .. }
            | Fact::ReviewRequested { .. }
            | Fact::ResultUpheld { .. }
            | Fact::ResultAnnulled { .. } => self.evolve_result(event, place),
            Fact::TaskCompleted { .. } => self.completed(event),
            Fact::TaskRefused { .. } => {
                self.end(TaskStatus::Refused, at);
                self.reason = note(event);
            }
            Fact::TaskStopped { because, message, .. } => {
                self.end(TaskStatus::Stopped, at);
                self.tell(message.as_ref(), MessageKind::Stopped, place);
                self.stopped = Some(*because);
                self.reason = note(event);
            }
            Fact::TaskWithdrawn { with, message, .. } => {
                self.end(TaskStatus::Withdrawn, at);
                self.withdrawn_with.clone_from(with);
                self.tell(message.as_ref(), MessageKind::Withdrawn, place);
            }
            Fact::ResultDelivered { .. } => {
                self.delivered_at = Some(at);
                self.remind_at = None;
            }
            Fact::DossierSubmitted { .. }
            | Fact::CalendarRenewed { .. }
            | Fact::ResultReturned { .. }
            | Fact::WatchStarted { .. }
            | Fact::WatchMoved { .. }
            | Fact::WatchOverdue { .. } => {}
        }
    }

    /// What moves its limit, and what is said about it.
    fn evolve_clock(&mut self, event: &Event, place: (u64, Moment)) {
        match &event.fact {
            Fact::LimitExtended { limit, due, .. } => {
                self.limit = Some(*limit);
                self.due = Some(due.clone());
                self.extension = Some(ExtensionState { at: event.at, reason: note(event) });
            }
            Fact::TaskOverdue { remind_at, .. } => {
                self.overdue = true;
                self.remind_at = *remind_at;
            }
            Fact::ApologyDrafted { send_by, .. } => self.apology_due = Some(*send_by),
            Fact::ApologySent { until, .. } => {
                self.apology_due = None;
                let (at, until) = (event.at, *until);
                self.apology = Some(ApologyState { at, until, reason: note(event) });
            }
            Fact::ApologyEscalated { message, send_by, .. } => {
                self.apology_due = Some(*send_by);
                self.tell(Some(message), MessageKind::Apology, place);
            }
            Fact::TaskReminded { message, remind_at, .. } => {
                self.remind_at = *remind_at;
                self.tell(Some(message), MessageKind::Reminder, place);
            }
            Fact::StopOverdue { by, again, .. } => {
                let mut standing = self.standing.iter_mut();
                if let Some(stop) = standing.find(|it| it.by == *by) {
                    stop.limit = Some(*again);
                }
            }
            Fact::ClockStopped { kind, by, until, .. } => {
                let (by, from, limit) = (by.clone(), event.at, *until);
                let standing = Standing { kind: *kind, by, from, limit };
                self.standing.push(standing);
            }
            Fact::ClockResumed { .. } => self.resumed(event),
            _ => {}
        }
    }

    /// What becomes of its result, or of one that it uses.
    fn evolve_result(&mut self, event: &Event, place: (u64, Moment)) {
        match &event.fact {
            Fact::TaskReopened { limit, due, remind_at, message, .. } => {
                self.status = TaskStatus::Reopened;
                self.ended_at = None;
                self.in_review = false;
                self.overdue = false;
                self.apology_due = None;
                self.limit = *limit;
                self.due.clone_from(due);
                self.remind_at = *remind_at;
                self.tell(message.as_ref(), MessageKind::Returned, place);
            }
            Fact::ResultUpdated { of, version, message, .. } => {
                self.uses.insert(of.clone(), *version);
                self.tell(Some(message), MessageKind::Updated, place);
            }
            Fact::ReviewRequested { of, version, message, remind_at, .. } => {
                self.uses.insert(of.clone(), *version);
                self.in_review = true;
                self.remind_at = Some(*remind_at);
                self.tell(Some(message), MessageKind::Review, place);
            }
            Fact::ResultUpheld { .. } => {
                self.in_review = false;
                self.remind_at = None;
            }
            Fact::ResultAnnulled { .. } => {
                self.end(TaskStatus::Stopped, event.at);
                self.supersede(event.at);
                self.in_review = false;
                self.stopped = Some(StopReason::ResultAnnulled);
                self.reason = note(event);
            }
            _ => {}
        }
    }

    fn evolve_consent(&mut self, event: &Event) {
        let at = event.at;
        match &event.fact {
            Fact::ConsentAsked { of, window, remind_at, .. } => self.consents.push(ConsentState {
                of: of.clone(),
                asked_at: at,
                window: window.clone(),
                remind_at: Some(*remind_at),
                outcome: ConsentOutcome::Open,
            }),
            Fact::ConsentReminded { consent, .. } => {
                self.with_consent(*consent, |it| it.remind_at = None);
            }
            Fact::ConsentGiven { consent, .. } => {
                self.with_consent(*consent, |it| it.outcome = ConsentOutcome::Given(at));
            }
            Fact::ConsentDeclined { consent, .. } => {
                self.with_consent(*consent, |it| it.outcome = ConsentOutcome::Declined(at));
            }
            Fact::ConsentLapsed { consent, .. } => {
                self.with_consent(*consent, |it| it.outcome = ConsentOutcome::Lapsed(at));
            }
            _ => {}
        }
    }

    fn with_consent(&mut self, number: u32, change: impl FnOnce(&mut ConsentState)) {
        let place = usize::try_from(number).ok().and_then(|it| it.checked_sub(1));
        if let Some(consent) = place.and_then(|it| self.consents.get_mut(it)) {
            change(consent);
        }
    }

    /// The last version is not the current one any more.
    fn supersede(&mut self, at: Moment) {
        if let Some(last) = self.versions.last_mut() {
            last.superseded_at = last.superseded_at.or(Some(at));
        }
    }

    fn evolve_supplement(&mut self, event: &Event, place: (u64, Moment)) {
        match &event.fact {
            Fact::SupplementRequested { .. } => self.supplement_requested(event),
            Fact::SupplementSupplied { message, .. } => {
                self.supplied(event);
                self.tell(Some(message), MessageKind::Supplied, place);
            }
            Fact::SupplementLapsed { due, remind_at, .. } => {
                self.status = TaskStatus::Acknowledged;
                self.close_supplement(SupplementOutcome::Lapsed(event.at));
                self.due = due.clone().or(self.due.take());
                self.remind_at = *remind_at;
            }
            _ => {}
        }
    }

    pub(super) fn tell(
        &mut self,
        message: Option<&String>,
        kind: MessageKind,
        place: (u64, Moment),
    ) {
        let (sequence, at) = place;
        self.messages.extend(message.map(|id| Message { id: id.clone(), kind, sequence, at }));
    }

    fn dispatched(&mut self, event: &Event) {
        let Fact::TaskDispatched {
            dispatch,
            office,
            limit,
            due,
            remind_at,
            notice,
            alert_at,
            uses,
            ..
        } = &event.fact
        else {
            return;
        };
        let begins_anew = self.dispatch.is_some();
        if begins_anew {
            self.begin_anew(event.at);
        }
        self.status = TaskStatus::Dispatched;
        self.office = Some(office.clone());
        self.dispatch = Some(dispatch.clone());
        self.dispatched_at = Some(event.at);
        self.limit = *limit;
        self.due.clone_from(due);
        self.remind_at = *remind_at;
        self.notice = notice.as_deref().cloned();
        self.alert_at = *alert_at;
        self.uses.clone_from(uses);
    }

    fn resumed(&mut self, event: &Event) {
        let Fact::ClockResumed { by, due, remind_at, .. } = &event.fact else { return };
        if let Some(place) = self.standing.iter().position(|it| it.by == *by) {
            self.stops.push(self.standing.remove(place).until(event.at));
        }
        if due.is_some() {
            if self.due.is_none() {
                self.remind_at = None;
            }
            self.due.clone_from(due);
        }
        self.remind_at = remind_at.or(self.remind_at);
    }

    /// Nothing of the earlier dispatch counts any more.
    fn begin_anew(&mut self, at: Moment) {
        self.close_supplement(SupplementOutcome::Overtaken(at));
        let (over, standing): (Vec<_>, Vec<_>) =
            self.standing.drain(..).partition(|it| it.kind == StopKind::Correction);
        self.stops.extend(over.iter().map(|it| it.until(at)));
        self.standing = standing;
        self.acknowledged_at = None;
        self.apology_due = None;
        self.overdue = false;
        self.extension = None;
        self.alerts = None;
    }

    fn supplement_requested(&mut self, event: &Event) {
        let Fact::SupplementRequested { items, window, faults, .. } = &event.fact else { return };
        self.status = TaskStatus::SupplementRequested;
        self.supplements.push(SupplementState {
            items: items.clone(),
            note: note(event),
            requested_at: event.at,
            window: window.clone(),
            faults: faults.clone(),
            outcome: SupplementOutcome::Open,
            attachments: Vec::new(),
        });
    }

    fn supplied(&mut self, event: &Event) {
        let Fact::SupplementSupplied { due, clock, attachments, remind_at, .. } = &event.fact
        else {
            return;
        };
        self.status = TaskStatus::Supplied;
        self.remind_at = *remind_at;
        self.close_supplement(SupplementOutcome::Supplied(event.at));
        if let Some(request) = self.supplements.last_mut() {
            request.attachments.clone_from(attachments);
        }
        if *clock == ClockAfterSupplement::Restarted {
            self.apology_due = None;
            self.overdue = false;
        }
        if due.is_some() {
            self.due.clone_from(due);
        }
    }

    fn completed(&mut self, event: &Event) {
        let Fact::TaskCompleted { version, documents, delivery, remind_at, .. } = &event.fact
        else {
            return;
        };
        self.end(TaskStatus::Completed, event.at);
        self.supersede(event.at);
        self.versions.push(ResultVersion {
            version: *version,
            at: event.at,
            documents: documents.clone(),
            superseded_at: None,
        });
        self.in_review = false;
        self.delivered_at = None;
        self.version = *version;
        self.remind_at = *remind_at;
        self.documents.clone_from(documents);
        self.delivery = Some(*delivery);
        let results = event.personal.as_ref().and_then(|it| it.reveal().results.clone());
        self.results = results.map(Personal::new);
    }
}

fn note(event: &Event) -> Option<Personal<String>> {
    event.personal.as_ref()?.reveal().note.clone().map(Personal::new)
}
