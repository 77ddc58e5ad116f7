//! What events mean for a task.

use super::{
    AlertState, ApologyState, ConsentOutcome, ConsentState, ExtensionState, Message, MessageKind,
    PaymentOutcome, ResultVersion, Standing, SupplementOutcome, SupplementState, TaskState,
    TaskStatus,
};
use crate::calendar::StopKind;
use crate::dossier::event::{ClockAfterSupplement, Counted, Event, Fact, Moment, StopReason};
use crate::personal::Personal;

impl TaskState {
    fn end(&mut self, status: TaskStatus, at: Moment) {
        self.status = status;
        self.apology_due = None;
        for consent in &mut self.consents {
            if consent.outcome == ConsentOutcome::Open {
                consent.outcome = ConsentOutcome::Overtaken(at);
            }
        }
        for payment in &mut self.payments {
            if payment.outcome == PaymentOutcome::Open {
                payment.outcome = PaymentOutcome::Overtaken(at);
            }
        }
        let standing = std::mem::take(&mut self.standing);
        self.stops.extend(standing.iter().map(|it| it.until(at)));
        self.end_checks(at);
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
    pub(in crate::dossier) fn evolve(&mut self, event: &Event, sequence: u64) {
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
            Fact::DeliveryOverdue { .. } => self.delivery_overdue = true,
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
            Fact::PaymentRequested { .. }
            | Fact::PaymentReceived { .. }
            | Fact::PaymentWaived { .. }
            | Fact::PaymentLapsed { .. }
            | Fact::RefundOrdered { .. }
            | Fact::RefundPaid { .. } => self.evolve_payment(event, place),
            Fact::DraftSent { .. }
            | Fact::DraftAnswered { .. }
            | Fact::DraftLapsed { .. }
            | Fact::MismatchReported { .. }
            | Fact::MismatchOverdue { .. }
            | Fact::MismatchResolved { .. } => self.evolve_check(event, place),
            Fact::DueMoved { .. } => self.due_moved(event, place),
            Fact::TaskBegun { .. }
            | Fact::ApplicantProvided { .. }
            | Fact::WaitBegun { .. }
            | Fact::SilenceReported { .. }
            | Fact::TaskConcluded { .. } => self.evolve_without_agency(event, place),
            Fact::TaskMoved { from, to, messages, .. } => {
                self.former_offices.push(from.clone());
                self.move_money(from, to);
                if self.office.as_ref() == Some(from) {
                    self.office = Some(to.clone());
                }
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

    fn due_moved(&mut self, event: &Event, place: (u64, Moment)) {
        let Fact::DueMoved { counted, due, message, .. } = &event.fact else { return };
        match counted {
            Counted::Limit | Counted::Wait => self.due = Some(due.clone()),
            Counted::Notice => self.notice = Some(due.clone()),
            Counted::Supplement => {
                if let Some(request) = self.supplements.last_mut() {
                    request.window = due.clone();
                }
            }
            Counted::Draft => {
                if let Some(draft) = self.drafts.last_mut() {
                    draft.window = due.clone();
                }
            }
            Counted::Consent(number) => {
                self.with_consent(*number, |it| it.window = due.clone());
            }
            Counted::Payment(number) => {
                self.with_payment(*number, |it| it.window = due.clone());
            }
        }
        self.tell(message.as_ref(), MessageKind::Due, place);
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
                self.remind_at = self.remind_at.filter(|_| self.delivered_at.is_none());
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

    /// What the applicant or time alone does, and what ends without a result.
    fn evolve_without_agency(&mut self, event: &Event, place: (u64, Moment)) {
        match &event.fact {
            Fact::TaskBegun { items, window, .. } => {
                self.status = TaskStatus::SupplementRequested;
                self.supplements.push(SupplementState {
                    items: items.clone(),
                    note: None,
                    requested_at: event.at,
                    window: window.clone(),
                    faults: Vec::new(),
                    outcome: SupplementOutcome::Open,
                    attachments: Vec::new(),
                });
            }
            Fact::ApplicantProvided { attachments, .. } => {
                self.close_supplement(SupplementOutcome::Supplied(event.at));
                if let Some(request) = self.supplements.last_mut() {
                    request.attachments.clone_from(attachments);
                }
                self.end(TaskStatus::Completed, event.at);
                self.delivered_at = Some(event.at);
            }
            Fact::WaitBegun { due, .. } => {
                self.status = TaskStatus::Elapsing;
                self.due = Some(due.clone());
            }
            Fact::SilenceReported { report, .. } => self.silences = *report,
            Fact::TaskConcluded { message, .. } => {
                self.end(TaskStatus::Completed, event.at);
                self.delivered_at = Some(event.at);
                self.tell(message.as_ref(), MessageKind::Stopped, place);
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

    pub(in crate::dossier) fn tell(
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
        self.repeats += u32::from(self.status == TaskStatus::Completed);
        self.ended_at = None;
        self.delivered_at = None;
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
        self.delivery_overdue = false;
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

pub(super) fn note(event: &Event) -> Option<Personal<String>> {
    event.personal.as_ref()?.reveal().note.clone().map(Personal::new)
}
