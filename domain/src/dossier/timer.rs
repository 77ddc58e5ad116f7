//! What a dossier waits for by the clock. Timers are read off the state, so they can't be lost.

use std::fmt;

use super::decide::person_at;
use super::event::Moment;
use super::state::{Dossier, WatchState};
use super::task::{ConsentOutcome, PaymentOutcome, TaskState, TaskStatus, Turn, numbered};
use crate::digest::Digest;

/// Something that happens when its moment comes, unless something else happened first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// The limit of a task ends.
    Due { task: String },
    /// The window for a supplement ends.
    SupplementLapse { task: String },
    /// The agency is reminded of a task.
    Reminder { task: String },
    /// What a limit stands for should be over.
    Stop { task: String, by: String },
    /// An apology was not sent.
    Apology { task: String },
    /// The window for a consent ends.
    ConsentLapse { task: String, consent: u32 },
    /// Somebody is reminded that a consent is asked for.
    ConsentReminder { task: String, consent: u32 },
    /// The window for a payment ends.
    PaymentLapse { task: String, payment: u32 },
    /// The window for a draft ends.
    DraftLapse { task: String, draft: u32 },
    /// Data that does not agree should.
    Mismatch { task: String, mismatch: u32 },
    /// A time has passed.
    Wait { task: String },
    /// An agency has not said that it has a task.
    Handover { task: String },
    /// A watched total ends.
    Watch { watch: usize },
}

/// By what somebody finds what they are asked. It is no secret, and kept no longer than the question.
#[must_use]
pub fn person_digest(personal_id: &str) -> Digest {
    Digest::of(format!("person\n{personal_id}").as_bytes())
}

impl Timer {
    /// Whether it is the end of a time that is kept by what is done in its last second.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        match self {
            Self::Due { .. } | Self::Watch { .. } => true,
            Self::SupplementLapse { .. }
            | Self::Reminder { .. }
            | Self::Apology { .. }
            | Self::ConsentLapse { .. }
            | Self::ConsentReminder { .. }
            | Self::PaymentLapse { .. }
            | Self::Wait { .. }
            | Self::DraftLapse { .. }
            | Self::Mismatch { .. }
            | Self::Handover { .. }
            | Self::Stop { .. } => false,
        }
    }
}

/// The task and the number of the consent whose window a timer of this name ends.
#[must_use]
pub fn consent_named(timer: &str) -> Option<(&str, u32)> {
    let (task, number) = timer.strip_prefix("consent/")?.rsplit_once('/')?;
    Some((task, number.parse().ok()?))
}

impl fmt::Display for Timer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Due { task } => write!(out, "due/{task}"),
            Self::SupplementLapse { task } => write!(out, "supplement/{task}"),
            Self::Reminder { task } => write!(out, "reminder/{task}"),
            Self::Stop { task, by } => write!(out, "stop/{task}/{by}"),
            Self::Apology { task } => write!(out, "apology/{task}"),
            Self::ConsentLapse { task, consent } => write!(out, "consent/{task}/{consent}"),
            Self::ConsentReminder { task, consent } => {
                write!(out, "consent-reminder/{task}/{consent}")
            }
            Self::PaymentLapse { task, payment } => write!(out, "payment/{task}/{payment}"),
            Self::DraftLapse { task, draft } => write!(out, "draft/{task}/{draft}"),
            Self::Mismatch { task, mismatch } => write!(out, "mismatch/{task}/{mismatch}"),
            Self::Wait { task } => write!(out, "wait/{task}"),
            Self::Handover { task } => write!(out, "handover/{task}"),
            Self::Watch { watch } => write!(out, "watch/{watch}"),
        }
    }
}

impl Dossier {
    /// Who is asked something until a timer fires: the digest of their personal id.
    #[must_use]
    pub fn asks(&self, timer: &Timer) -> Option<Digest> {
        let Timer::ConsentLapse { task, consent } = timer else { return None };
        let place = usize::try_from(*consent).ok()?.checked_sub(1)?;
        let of = &self.task(task)?.consents.get(place)?.of;
        let person = person_at(self.application.as_ref()?.reveal(), of)?;
        Some(person_digest(person.get("personal_id")?.as_str()?))
    }

    /// Every armed timer, soonest first.
    #[must_use]
    pub fn timers(&self) -> Vec<(Moment, Timer)> {
        let of_tasks = self.tasks.iter().flat_map(TaskState::timers);
        let armed = self.watches.iter().filter(|it| self.watch_runs(it));
        let of_watches = armed.map(|it| (it.due.at, Timer::Watch { watch: it.watch }));
        let mut timers: Vec<_> = of_tasks.chain(of_watches).collect();
        timers.sort();
        timers
    }

    /// A total stands still while the applicant supplies something, and ends with its tasks.
    fn watch_runs(&self, watch: &WatchState) -> bool {
        let tasks = || watch.of.iter().filter_map(|name| self.task(name));
        !watch.overdue
            && tasks().any(|it| !it.status.has_ended())
            && tasks().all(|it| it.turn() != Turn::Applicant)
            && tasks().all(|it| it.standing.iter().all(|it| !it.kind.stops_totals()))
    }
}

impl TaskState {
    fn timers(&self) -> Vec<(Moment, Timer)> {
        let task = || self.name.clone();
        let mut timers = Vec::new();
        if let Some(due) = self.due.as_ref().filter(|_| self.clock_runs() && !self.overdue) {
            timers.push((due.at, Timer::Due { task: task() }));
        }
        if let Some(request) = self.open_supplement() {
            timers.push((request.window.at, Timer::SupplementLapse { task: task() }));
        }
        if let Some(at) = self.remind_at.filter(|_| self.is_with_agency()) {
            timers.push((at, Timer::Reminder { task: task() }));
        }
        if let Some(at) = self.alert_at.filter(|_| self.status == TaskStatus::Dispatched) {
            timers.push((at, Timer::Handover { task: task() }));
        }
        if let Some(at) = self.apology_due.filter(|_| self.is_with_agency()) {
            timers.push((at, Timer::Apology { task: task() }));
        }
        for (number, consent) in (1..).zip(&self.consents) {
            if consent.outcome == ConsentOutcome::Open {
                let lapse = Timer::ConsentLapse { task: task(), consent: number };
                let reminder = Timer::ConsentReminder { task: task(), consent: number };
                timers.push((consent.window.at, lapse));
                timers.extend(consent.remind_at.map(|at| (at, reminder)));
            }
        }
        for (number, payment) in (1..).zip(&self.payments) {
            if payment.outcome == PaymentOutcome::Open {
                let timer = Timer::PaymentLapse { task: task(), payment: number };
                timers.push((payment.window.at, timer));
            }
        }
        if let Some((number, draft)) = self.open_draft() {
            timers.push((draft.window.at, Timer::DraftLapse { task: task(), draft: number }));
        }
        for (number, mismatch) in numbered(&self.mismatches) {
            if mismatch.resolved_at.is_none() {
                timers.push((mismatch.due, Timer::Mismatch { task: task(), mismatch: number }));
            }
        }
        if let Some(due) = self.due.as_ref().filter(|_| self.status == TaskStatus::Elapsing) {
            timers.push((due.at, Timer::Wait { task: task() }));
        }
        for stop in &self.standing {
            let timer = || Timer::Stop { task: task(), by: stop.by.clone() };
            timers.extend(stop.limit.map(|at| (at, timer())));
        }
        timers
    }

    fn is_with_agency(&self) -> bool {
        matches!(self.turn(), Turn::Agency(_))
    }
}

#[cfg(test)]
mod tests {
    //! What a timer is called is read again.

    use super::*;

    #[test]
    fn the_name_of_a_consent_leads_back_to_it() {
        let task = || "residence".to_owned();
        let lapse = Timer::ConsentLapse { task: task(), consent: 2 }.to_string();
        assert_eq!(consent_named(&lapse), Some(("residence", 2)));
        let reminder = Timer::ConsentReminder { task: task(), consent: 2 }.to_string();
        assert_eq!(consent_named(&reminder), None);
        assert_eq!(consent_named(&Timer::Due { task: task() }.to_string()), None);
    }
}
