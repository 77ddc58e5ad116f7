//! A dossier as the checker folds it: only what the rules and the read tables need.

mod check;
mod payment;

use std::collections::BTreeMap;

use lienthong_domain::calendar::StopKind;
use lienthong_domain::dossier::{
    ClockAfterSupplement, Event, Fact, GroupVersion, Moment, SkipReason, StopReason,
};

pub(crate) use payment::Payment;

/// A dossier after some of its events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) code: String,
    pub(crate) group: String,
    pub(crate) version: u32,
    pub(crate) digest: String,
    pub(crate) account: String,
    pub(crate) submitted_at: Option<Moment>,
    pub(crate) last_at: Option<Moment>,
    pub(crate) sequence: u64,
    pub(crate) tasks: Vec<Task>,
    pub(crate) watches: BTreeMap<usize, Watch>,
    /// The messages that told the national portal how it stands.
    pub(crate) announcements: Vec<Message>,
    pub(crate) partition: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Status {
    #[default]
    Waiting,
    Dispatched,
    Acknowledged,
    SupplementRequested,
    Supplied,
    Completed,
    Reopened,
    Elapsing,
    Refused,
    Stopped,
    Withdrawn,
    Skipped,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Task {
    pub(crate) name: String,
    /// It goes before the one that receives the application.
    pub(crate) goes_before: bool,
    pub(crate) status: Status,
    pub(crate) office: Option<String>,
    pub(crate) dispatch: Option<String>,
    pub(crate) was_acknowledged: bool,
    pub(crate) due: Option<Moment>,
    pub(crate) overdue: bool,
    /// By when an apology must be sent, and whether one was.
    pub(crate) apology_due: Option<Moment>,
    pub(crate) has_apologised: bool,
    /// When all are alerted unless it is acknowledged, and how often they were.
    pub(crate) alert_at: Option<Moment>,
    pub(crate) alerts: u32,
    /// All were told that what was sent has not arrived.
    pub(crate) was_undelivered: bool,
    /// The longer limit applies.
    pub(crate) is_extended: bool,
    /// What its limit stands still for, and whether totals do as well.
    pub(crate) standing: BTreeMap<String, Standing>,
    pub(crate) remind_at: Option<Moment>,
    /// Others who are asked to agree: the end of the window and the reminder, while open.
    pub(crate) consents: Vec<Option<(Moment, Option<Moment>)>>,
    /// What the applicant is asked to pay, and what came of it.
    pub(crate) payments: Vec<Payment>,
    /// Drafts that the applicant was sent: the end of the window, while it is open.
    pub(crate) drafts: Vec<Option<Moment>>,
    /// Data that does not agree: when its owners are told again, while it is not mended.
    pub(crate) mismatches: Vec<Option<Moment>>,
    /// How often the head was told that its agency is silent.
    pub(crate) silences: u32,
    /// The end of the window that is open.
    pub(crate) window: Option<Moment>,
    /// The last request for more.
    pub(crate) request: u32,
    /// A window closed with nothing supplied, and nothing has happened to the task since.
    pub(crate) just_lapsed: bool,
    /// Of the last result; 0 before.
    pub(crate) version: u32,
    pub(crate) delivered: bool,
    /// Whether its result still stands is to be looked at.
    pub(crate) in_review: bool,
    /// The versions of earlier results that it has.
    pub(crate) uses: BTreeMap<String, u32>,
    /// It was not chosen, or does not apply.
    pub(crate) not_asked_for: bool,
    pub(crate) messages: Vec<Message>,
}

#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) kind: StopKind,
    pub(crate) limit: Option<Moment>,
}

#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) sequence: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) of: Vec<String>,
    pub(crate) due: Moment,
    pub(crate) overdue: bool,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
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

    /// It has begun and is not decided.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::SupplementRequested | Self::Elapsing) || self.is_in_work()
    }

    /// An agency has it and it is the agency's turn.
    pub(crate) fn is_in_work(self) -> bool {
        matches!(self, Self::Dispatched | Self::Acknowledged | Self::Supplied | Self::Reopened)
    }

    pub(crate) fn has_ended(self) -> bool {
        self != Self::Waiting && !self.is_open()
    }
}

impl Task {
    pub(crate) fn turn(&self) -> &'static str {
        match self.status {
            Status::Waiting if self.awaits_payment() => "applicant",
            Status::Waiting if self.awaits_consent() => "person",
            Status::Waiting => "earlier",
            Status::SupplementRequested => "applicant",
            it if it.is_open() && self.stands_for(StopKind::Outage) => "system",
            it if it.is_open() && self.stands_for(StopKind::Correction) => "correction",
            it if it.is_open() && self.drafts.iter().any(Option::is_some) => "applicant",
            it if it.is_open() && self.awaits_payment() => "applicant",
            it if it.is_open() && self.awaits_consent() => "person",
            Status::Elapsing => "time",
            Status::Completed if !self.delivered || self.in_review => "agency",
            it if it.is_in_work() => "agency",
            it if it.has_ended() && self.payments.iter().any(|it| it.refund == Some(true)) => {
                "agency"
            }
            _ => "nobody",
        }
    }

    /// What the applicant or time alone does, and what ends without a result.
    fn take_without_agency(&mut self, fact: &Fact, sequence: u64) {
        match fact {
            Fact::TaskBegun { window, .. } => {
                self.status = Status::SupplementRequested;
                self.request = 1;
                self.window = Some(window.at);
            }
            Fact::WaitBegun { due, .. } => {
                self.status = Status::Elapsing;
                self.due = Some(due.at);
            }
            Fact::ApplicantProvided { .. } => {
                self.end(Status::Completed);
                self.delivered = true;
            }
            Fact::SilenceReported { report, .. } => self.silences = *report,
            Fact::TaskConcluded { message, .. } => {
                self.end(Status::Completed);
                self.delivered = true;
                self.tell(message.as_ref(), "stopped", sequence);
            }
            _ => {}
        }
    }

    pub(crate) fn awaits_consent(&self) -> bool {
        self.consents.iter().any(Option::is_some)
    }

    /// The consent of a number, while it is open.
    pub(crate) fn open_consent(&self, number: u32) -> Option<&(Moment, Option<Moment>)> {
        self.consents.get(usize::try_from(number).ok()?.checked_sub(1)?)?.as_ref()
    }

    fn settle(&mut self, number: u32) {
        let place = usize::try_from(number).ok().and_then(|it| it.checked_sub(1));
        if let Some(open) = place.and_then(|it| self.consents.get_mut(it)) {
            *open = None;
        }
    }

    fn take_consent(&mut self, fact: &Fact) {
        match fact {
            Fact::ConsentAsked { window, remind_at, .. } => {
                self.consents.push(Some((window.at, Some(*remind_at))));
            }
            Fact::ConsentReminded { consent, .. } => {
                let place = usize::try_from(*consent).ok().and_then(|it| it.checked_sub(1));
                let open = place.and_then(|it| self.consents.get_mut(it)?.as_mut());
                if let Some((_, remind_at)) = open {
                    *remind_at = None;
                }
            }
            Fact::ConsentGiven { consent, .. } | Fact::ConsentDeclined { consent, .. } => {
                self.settle(*consent);
            }
            Fact::ConsentLapsed { consent, .. } => {
                self.settle(*consent);
                self.just_lapsed = true;
            }
            _ => {}
        }
    }

    fn stands_for(&self, kind: StopKind) -> bool {
        self.standing.values().any(|it| it.kind == kind)
    }

    fn end(&mut self, status: Status) {
        self.status = status;
        self.remind_at = None;
        self.window = None;
        self.apology_due = None;
        self.standing.clear();
        self.payments.iter_mut().for_each(|it| it.open = None);
        self.drafts.iter_mut().for_each(|it| *it = None);
        self.mismatches.iter_mut().for_each(|it| *it = None);
        self.consents.iter_mut().for_each(|it| *it = None);
    }

    fn tell(&mut self, id: Option<&String>, kind: &'static str, sequence: u64) {
        self.messages.extend(id.map(|id| Message { id: id.clone(), kind, sequence }));
    }

    fn take_supplement(&mut self, fact: &Fact, sequence: u64) {
        match fact {
            Fact::SupplementRequested { request, window, .. } => {
                self.status = Status::SupplementRequested;
                self.request = *request;
                self.window = Some(window.at);
            }
            Fact::SupplementSupplied { message, due, clock, remind_at, .. } => {
                self.status = Status::Supplied;
                self.window = None;
                self.remind_at = *remind_at;
                if *clock == ClockAfterSupplement::Restarted {
                    self.overdue = false;
                    self.apology_due = None;
                }
                self.due = due.as_ref().map(|it| it.at).or(self.due);
                self.tell(Some(message), "supplied", sequence);
            }
            Fact::SupplementLapsed { due, remind_at, .. } => {
                self.status = Status::Acknowledged;
                self.window = None;
                self.just_lapsed = true;
                self.due = due.as_ref().map(|it| it.at).or(self.due);
                self.remind_at = *remind_at;
            }
            _ => {}
        }
    }

    /// A second dispatch takes the place of the first.
    fn begin_anew(&mut self) {
        self.standing.retain(|_, it| it.kind != StopKind::Correction);
        self.window = None;
        self.apology_due = None;
        self.overdue = false;
        self.is_extended = false;
        self.alerts = 0;
        self.was_undelivered = false;
    }

    /// What becomes of its result, or of one that it uses.
    fn take_result(&mut self, fact: &Fact, sequence: u64) {
        match fact {
            Fact::TaskReopened { due, remind_at, message, .. } => {
                self.status = Status::Reopened;
                self.in_review = false;
                self.apology_due = None;
                self.overdue = false;
                self.due = due.as_ref().map(|it| it.at);
                self.remind_at = *remind_at;
                self.tell(message.as_ref(), "returned", sequence);
            }
            Fact::ResultUpdated { of, version, message, .. } => {
                self.uses.insert(of.clone(), *version);
                self.tell(Some(message), "updated", sequence);
            }
            Fact::ReviewRequested { of, version, message, remind_at, .. } => {
                self.uses.insert(of.clone(), *version);
                self.in_review = true;
                self.remind_at = Some(*remind_at);
                self.tell(Some(message), "review", sequence);
            }
            Fact::ResultUpheld { .. } => {
                self.in_review = false;
                self.remind_at = self.remind_at.filter(|_| !self.delivered);
            }
            Fact::ResultAnnulled { .. } => {
                self.end(Status::Stopped);
                self.in_review = false;
            }
            _ => {}
        }
    }

    /// What moves its limit, and what is said about it.
    fn take_time(&mut self, fact: &Fact, sequence: u64) {
        match fact {
            Fact::HandoverAlerted { alert, alert_at, .. } => {
                self.alerts = *alert;
                self.alert_at = Some(*alert_at);
            }
            Fact::LimitExtended { due, .. } => {
                self.is_extended = true;
                self.due = Some(due.at);
            }
            Fact::ApologyDrafted { send_by, .. } => self.apology_due = Some(*send_by),
            Fact::ApologySent { .. } => {
                self.apology_due = None;
                self.has_apologised = true;
            }
            Fact::ApologyEscalated { message, send_by, .. } => {
                self.apology_due = Some(*send_by);
                self.tell(Some(message), "apology", sequence);
            }
            Fact::TaskOverdue { remind_at, .. } => {
                self.overdue = true;
                self.remind_at = *remind_at;
            }
            Fact::TaskReminded { message, remind_at, .. } => {
                self.remind_at = *remind_at;
                self.tell(Some(message), "reminder", sequence);
            }
            Fact::ClockStopped { kind, by, until, .. } => {
                self.standing.insert(by.clone(), Standing { kind: *kind, limit: *until });
            }
            Fact::StopOverdue { by, again, .. } => {
                if let Some(it) = self.standing.get_mut(by) {
                    it.limit = Some(*again);
                }
            }
            Fact::ClockResumed { by, due, remind_at, .. } => {
                self.standing.remove(by);
                self.due = due.as_ref().map(|it| it.at).or(self.due);
                self.remind_at = remind_at.or(self.remind_at);
            }
            _ => {}
        }
    }

    #[expect(clippy::too_many_lines, reason = "an arm for each kind of event")]
    fn take(&mut self, fact: &Fact, sequence: u64) {
        self.just_lapsed = false;
        match fact {
            Fact::TaskSkipped { because, .. } => {
                self.end(Status::Skipped);
                self.not_asked_for = !matches!(because, SkipReason::Without { .. });
            }
            Fact::TaskDispatched { dispatch, office, due, remind_at, alert_at, uses, .. } => {
                self.begin_anew();
                self.delivered = false;
                self.uses.clone_from(uses);
                self.alert_at = *alert_at;
                self.status = Status::Dispatched;
                self.dispatch = Some(dispatch.clone());
                self.office = Some(office.clone());
                self.due = due.as_ref().map(|it| it.at);
                self.remind_at = *remind_at;
                self.tell(Some(dispatch), "dispatch", sequence);
            }
            Fact::TaskAcknowledged { due, .. } => {
                self.status = Status::Acknowledged;
                self.was_acknowledged = true;
                if let Some(due) = due {
                    self.due = Some(due.at);
                    self.remind_at = None;
                }
            }
            Fact::DeliveryOverdue { .. } => self.was_undelivered = true,
            Fact::HandoverAlerted { .. }
            | Fact::LimitExtended { .. }
            | Fact::TaskOverdue { .. }
            | Fact::ApologyDrafted { .. }
            | Fact::ApologySent { .. }
            | Fact::ApologyEscalated { .. }
            | Fact::TaskReminded { .. }
            | Fact::ClockStopped { .. }
            | Fact::StopOverdue { .. }
            | Fact::ClockResumed { .. } => self.take_time(fact, sequence),
            Fact::SupplementRequested { .. }
            | Fact::SupplementSupplied { .. }
            | Fact::SupplementLapsed { .. } => self.take_supplement(fact, sequence),
            Fact::ConsentAsked { .. }
            | Fact::ConsentReminded { .. }
            | Fact::ConsentGiven { .. }
            | Fact::ConsentDeclined { .. }
            | Fact::ConsentLapsed { .. } => self.take_consent(fact),
            Fact::PaymentRequested { .. }
            | Fact::PaymentReceived { .. }
            | Fact::PaymentWaived { .. }
            | Fact::PaymentLapsed { .. }
            | Fact::RefundOrdered { .. }
            | Fact::RefundPaid { .. } => self.take_payment(fact, sequence),
            Fact::DueMoved { .. }
            | Fact::DraftSent { .. }
            | Fact::DraftAnswered { .. }
            | Fact::DraftLapsed { .. }
            | Fact::MismatchReported { .. }
            | Fact::MismatchOverdue { .. }
            | Fact::MismatchResolved { .. } => self.take_check(fact, sequence),
            Fact::TaskBegun { .. }
            | Fact::ApplicantProvided { .. }
            | Fact::WaitBegun { .. }
            | Fact::SilenceReported { .. }
            | Fact::TaskConcluded { .. } => self.take_without_agency(fact, sequence),
            Fact::TaskMoved { from, to, messages, .. } => {
                if self.office.as_ref() == Some(from) {
                    self.office = Some(to.clone());
                }
                messages.iter().for_each(|it| self.tell(Some(it), "moved", sequence));
            }
            Fact::TaskReopened { .. }
            | Fact::ResultUpdated { .. }
            | Fact::ReviewRequested { .. }
            | Fact::ResultUpheld { .. }
            | Fact::ResultAnnulled { .. } => self.take_result(fact, sequence),
            Fact::TaskCompleted { version, remind_at, .. } => {
                self.end(Status::Completed);
                self.in_review = false;
                self.delivered = false;
                self.version = *version;
                self.remind_at = *remind_at;
            }
            Fact::TaskRefused { .. } => self.end(Status::Refused),
            Fact::TaskStopped { message, because, .. } => {
                self.end(Status::Stopped);
                self.not_asked_for = *because == StopReason::NoLongerNeeded;
                self.tell(message.as_ref(), "stopped", sequence);
            }
            Fact::TaskWithdrawn { message, .. } => {
                self.end(Status::Withdrawn);
                self.tell(message.as_ref(), "withdrawn", sequence);
            }
            Fact::ResultDelivered { .. } => {
                self.delivered = true;
                self.remind_at = self.remind_at.filter(|_| self.in_review);
            }
            Fact::DossierSubmitted { .. }
            | Fact::CalendarRenewed { .. }
            | Fact::ApplicationAmended { .. }
            | Fact::RulesAdopted { .. }
            | Fact::StatusAnnounced { .. }
            | Fact::ResultReturned { .. }
            | Fact::WatchStarted { .. }
            | Fact::WatchMoved { .. }
            | Fact::WatchOverdue { .. } => {}
        }
    }
}

impl Case {
    pub(crate) fn task(&self, name: &str) -> Option<&Task> {
        self.tasks.iter().find(|it| it.name == name)
    }

    /// Somebody still has to do something.
    pub(crate) fn is_open(&self) -> bool {
        self.tasks.iter().any(|it| it.turn() != "nobody")
    }

    pub(crate) fn take(&mut self, event: &Event) {
        self.sequence += 1;
        self.last_at = self.last_at.max(Some(event.at));
        match &event.fact {
            Fact::DossierSubmitted {
                dossier, code, group, account, tasks, preconditions, ..
            } => {
                self.id = dossier.to_string();
                self.code.clone_from(code);
                self.group.clone_from(&group.name);
                self.version = group.version;
                self.digest = group.digest.to_string();
                self.account.clone_from(account);
                self.submitted_at = Some(event.at);
                let task = |name: &String| Task {
                    name: name.clone(),
                    goes_before: preconditions.contains(name),
                    ..Task::default()
                };
                self.tasks = tasks.iter().map(task).collect();
            }
            Fact::WatchStarted { watch, of, due } => {
                let started = Watch { of: of.clone(), due: due.at, overdue: false };
                self.watches.insert(*watch, started);
            }
            Fact::WatchMoved { watch, due } => {
                if let Some(it) = self.watches.get_mut(watch) {
                    it.due = due.at;
                }
            }
            Fact::WatchOverdue { watch } => {
                if let Some(it) = self.watches.get_mut(watch) {
                    it.overdue = true;
                }
            }
            Fact::StatusAnnounced { message, .. } => self.announcements.push(Message {
                id: message.clone(),
                kind: "status",
                sequence: self.sequence,
            }),
            Fact::RulesAdopted { group, tasks } => self.adopt(group, tasks),
            fact => {
                let sequence = self.sequence;
                match fact {
                    Fact::HandoverAlerted { messages, .. }
                    | Fact::DeliveryOverdue { messages, .. } => self.tell_each(messages, "alert"),
                    Fact::ApplicationAmended { messages, .. } => {
                        self.tell_each(messages, "amended");
                    }
                    Fact::MismatchReported { messages, .. }
                    | Fact::MismatchOverdue { messages, .. }
                    | Fact::MismatchResolved { messages, .. } => {
                        self.tell_each(messages, "mismatch");
                    }
                    Fact::SilenceReported { message, .. } => {
                        self.tell_each(std::slice::from_ref(message), "silence");
                    }
                    _ => {}
                }
                if let Fact::ResultReturned { of, message, .. } = fact
                    && let Some(task) = self.tasks.iter_mut().find(|it| it.name == *of)
                {
                    task.tell(Some(message), "returned", sequence);
                }
                let mut tasks = self.tasks.iter_mut();
                if let Some(task) = tasks.find(|it| fact.task() == Some(&it.name)) {
                    task.take(fact, sequence);
                }
            }
        }
    }

    /// What has begun goes on; the rest is as the newer definition has it.
    fn adopt(&mut self, group: &GroupVersion, tasks: &[String]) {
        self.version = group.version;
        self.digest = group.digest.to_string();
        let known = std::mem::take(&mut self.tasks);
        let task = |name: &String| {
            let known = known.iter().find(|it| it.name == *name).cloned();
            known.unwrap_or_else(|| Task { name: name.clone(), ..Task::default() })
        };
        self.tasks = tasks.iter().map(task).collect();
        self.watches.clear();
    }

    /// Each message is about the task that its id names.
    fn tell_each(&mut self, messages: &[String], kind: &'static str) {
        for id in messages {
            let name = id.split('/').nth(1);
            if let Some(task) = self.tasks.iter_mut().find(|it| name == Some(&it.name)) {
                task.tell(Some(id), kind, self.sequence);
            }
        }
    }

    /// The timers that are armed, by the names under which they are kept.
    pub(crate) fn timers(&self) -> BTreeMap<String, Moment> {
        let mut timers = BTreeMap::new();
        for task in &self.tasks {
            let name = &task.name;
            let runs = task.status.is_in_work() && task.standing.is_empty() && !task.overdue;
            timers.extend(task.due.filter(|_| runs).map(|at| (format!("due/{name}"), at)));
            timers.extend(task.window.map(|at| (format!("supplement/{name}"), at)));
            for (number, (lapse, remind)) in
                (1..).zip(&task.consents).filter_map(|(n, it)| Some((n, (*it)?)))
            {
                timers.insert(format!("consent/{name}/{number}"), lapse);
                timers.extend(remind.map(|at| (format!("consent-reminder/{name}/{number}"), at)));
            }
            for (number, at) in (1..).zip(&task.drafts) {
                timers.extend(at.map(|at| (format!("draft/{name}/{number}"), at)));
            }
            for (number, at) in (1..).zip(&task.mismatches) {
                timers.extend(at.map(|at| (format!("mismatch/{name}/{number}"), at)));
            }
            for (number, it) in (1..).zip(&task.payments) {
                timers.extend(it.open.map(|at| (format!("payment/{name}/{number}"), at)));
            }
            let wait = task.due.filter(|_| task.status == Status::Elapsing);
            timers.extend(wait.map(|at| (format!("wait/{name}"), at)));
            for (by, it) in &task.standing {
                timers.extend(it.limit.map(|at| (format!("stop/{name}/{by}"), at)));
            }
            let remind = task.remind_at.filter(|_| task.turn() == "agency");
            let apology = task.apology_due.filter(|_| task.turn() == "agency");
            timers.extend(apology.map(|at| (format!("apology/{name}"), at)));
            let alert = task.alert_at.filter(|_| task.status == Status::Dispatched);
            timers.extend(alert.map(|at| (format!("handover/{name}"), at)));
            timers.extend(remind.map(|at| (format!("reminder/{name}"), at)));
        }
        for (number, watch) in &self.watches {
            let tasks = || watch.of.iter().filter_map(|it| self.task(it));
            let runs = tasks().any(|it| !it.status.has_ended())
                && tasks().all(|it| it.turn() != "applicant")
                && tasks().all(|it| it.standing.values().all(|it| it.kind == StopKind::Correction));
            if runs && !watch.overdue {
                timers.insert(format!("watch/{number}"), watch.due);
            }
        }
        timers
    }
}
