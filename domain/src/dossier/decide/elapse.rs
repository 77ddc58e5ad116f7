//! What time does. Timers fire in their order, each at its own moment, however late they are seen.

use chrono::TimeDelta;

use super::outage::OUTAGE_MENDED_WITHIN;
use super::{Deciding, in_zone};
use crate::calendar::{Counting, Measure};
use crate::dossier::command::Action;
use crate::dossier::event::{Fact, Moment, StopReason};
use crate::dossier::refusal::Error;
use crate::dossier::task::{MessageKind, TaskStatus};
use crate::dossier::timer::Timer;
use crate::workflow::{ClockPolicy, Lapse, Silence, Task};

/// How often an agency is reminded of what is its turn and has no limit that runs.
pub(super) const REMINDER: Measure = Measure::WorkingDays(5);
/// How often it is reminded of a result that it has not handed over.
pub(super) const DELIVERY_REMINDER: Measure = Measure::WorkingDays(10);

/// One command lets at most this many timers fire. A dossier has tens.
const FIRINGS_MAX: usize = 10_000;

impl Deciding {
    /// Lets everything happen that is due by `until`, then goes on at `until`. A limit is kept by
    /// what is done in its last second; a window is closed by then.
    pub(super) fn catch_up(&mut self, until: Moment, action: &Action) -> Result<(), Error> {
        let until = in_zone(until, &self.calendar).max(self.state.last_at.unwrap_or(until));
        let keeps_limits = !matches!(action, Action::Elapse);
        for _ in 0..FIRINGS_MAX {
            let timers = self.state.timers().into_iter();
            let mut due = timers.filter(|(at, timer)| {
                *at < until || *at == until && !(keeps_limits && timer.is_limit())
            });
            let Some((at, timer)) = due.next() else {
                self.at = until;
                return Ok(());
            };
            self.at = at.max(self.state.last_at.unwrap_or(at));
            self.fire(timer)?;
            self.advance()?;
            self.move_watches()?;
        }
        Err(super::undecidable("too much happens at once"))
    }

    fn fire(&mut self, timer: Timer) -> Result<(), Error> {
        match timer {
            Timer::Due { task } if self.silence(&task) == Some(Silence::Agrees) => {
                self.take_silence(&task);
            }
            Timer::DraftLapse { task, draft } => self.draft_lapsed(&task, draft)?,
            Timer::Mismatch { task, mismatch } => self.mismatch_overdue(&task, mismatch)?,
            Timer::Wait { task } => self.time_passed(task),
            Timer::PaymentLapse { task, payment } => self.payment_lapsed(&task, payment)?,
            Timer::Due { task } => {
                let remind_at = Some(self.remind_at(REMINDER));
                self.emit(Fact::TaskOverdue { task: task.clone(), remind_at }, None);
                self.draft_apology(task.clone());
                self.report_silence(&task)?;
            }
            Timer::Reminder { task } => {
                let remind_at = Some(self.remind_at(self.reminder(&task)));
                let message = self.reminder_message(&task)?;
                self.emit(Fact::TaskReminded { task: task.clone(), message, remind_at }, None);
                self.report_silence(&task)?;
            }
            Timer::SupplementLapse { task } => self.lapse(task)?,
            Timer::Apology { task } => self.escalate_apology(task),
            Timer::ConsentLapse { task, consent } => self.consent_lapsed(&task, consent)?,
            Timer::ConsentReminder { task, consent } => {
                self.emit(Fact::ConsentReminded { task, consent }, None);
            }
            Timer::Stop { task, by } => {
                let again = self.at + OUTAGE_MENDED_WITHIN;
                self.emit(Fact::StopOverdue { task, by, again }, None);
            }
            Timer::Handover { task } => self.alert(&task)?,
            Timer::Watch { watch } => self.emit(Fact::WatchOverdue { watch }, None),
        }
        Ok(())
    }

    fn lapse(&mut self, task: String) -> Result<(), Error> {
        let (state, definition) = self.task(&task)?;
        let lapse = definition.supplement.as_ref().map_or(Lapse::Stop, |it| it.lapse);
        let request = u32::try_from(state.supplements.len()).map_err(super::undecidable)?;
        let office = state.office.clone();
        let (due, remind_at) = match lapse {
            Lapse::Stop => (None, None),
            // What was the applicant's time is not the officer's, who decides now.
            Lapse::Remind => {
                let (due, _) = self.due_after_supplement(&task, ClockPolicy::Continue)?;
                (due, Some(self.remind_at(REMINDER)))
            }
        };
        let lapsed = Fact::SupplementLapsed { task: task.clone(), request, due, remind_at };
        self.emit(lapsed, None);
        if lapse == Lapse::Stop {
            let because = StopReason::SupplementLapsed;
            let message = office.map(|it| self.message(&task, &it, "stopped", 1));
            self.emit(Fact::TaskStopped { task, because, message }, None);
        }
        Ok(())
    }

    /// How often the agency is reminded of a task.
    pub(super) fn reminder(&self, name: &str) -> Measure {
        if self.state.task(name).is_some_and(|it| it.status == TaskStatus::Completed) {
            return DELIVERY_REMINDER;
        }
        let limits = self.group.task(name).map_or(&[][..], |it: &Task| &it.limits);
        limits.iter().find_map(|it| it.remind).unwrap_or(REMINDER)
    }

    fn reminder_message(&self, name: &str) -> Result<String, Error> {
        let (state, _) = self.task(name)?;
        let sent = state.messages.iter().filter(|it| it.kind == MessageKind::Reminder).count();
        let office = state.office.clone().unwrap_or_default();
        Ok(self.message(name, &office, MessageKind::Reminder.name(), sent + 1))
    }

    /// So much working time from now, whatever the hour. As with reminders, a week will do where
    /// the calendar does not reach.
    pub(super) fn after(&self, measure: Measure) -> Moment {
        let due = self.calendar.due(measure, &Counting { cut_off: None }, self.at, &[]);
        due.map_or_else(|_| self.at + TimeDelta::days(7), |it| it.at)
    }

    /// When the next reminder comes. Reminders are no law: where the calendar does not reach, a
    /// week will do.
    pub(super) fn remind_at(&self, after: Measure) -> Moment {
        let due = self.calendar.due(after, &Counting::default(), self.at, &[]);
        due.map_or_else(|_| self.at + TimeDelta::days(7), |it| it.at)
    }
}
