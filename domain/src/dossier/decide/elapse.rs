//! What time does. Timers fire in their order, each at its own moment, however late they are seen.

use super::advance::OVERDUE_REMINDER;
use super::{Deciding, in_zone};
use crate::dossier::event::{Fact, Moment, StopReason};
use crate::dossier::refusal::Error;
use crate::dossier::timer::Timer;
use crate::workflow::{Lapse, Task};

/// One command lets at most this many timers fire; the next command goes on.
const FIRINGS_MAX: usize = 100;

impl Deciding {
    /// Lets everything happen that is due by `until`, then goes on at `until`.
    pub(super) fn catch_up(&mut self, until: Moment) -> Result<(), Error> {
        let until = in_zone(until, &self.calendar).max(self.state.last_at.unwrap_or(until));
        for _ in 0..FIRINGS_MAX {
            let Some((at, timer)) = self.state.timers().into_iter().next() else { break };
            if at > until {
                break;
            }
            self.at = at.max(self.state.last_at.unwrap_or(at));
            self.fire(timer)?;
            self.advance()?;
        }
        self.at = until;
        Ok(())
    }

    fn fire(&mut self, timer: Timer) -> Result<(), Error> {
        match timer {
            Timer::Due { task } => {
                let remind_at = Some(self.remind_at(OVERDUE_REMINDER)?);
                self.emit(Fact::TaskOverdue { task, remind_at }, None);
            }
            Timer::Reminder { task } => {
                let remind_at = Some(self.remind_at(self.reminder(&task))?);
                self.emit(Fact::TaskReminded { task, remind_at }, None);
            }
            Timer::SupplementLapse { task } => self.lapse(task)?,
            Timer::Watch { watch } => self.emit(Fact::WatchOverdue { watch }, None),
        }
        Ok(())
    }

    fn lapse(&mut self, task: String) -> Result<(), Error> {
        let (state, definition) = self.task(&task)?;
        let lapse = definition.supplement.as_ref().map_or(Lapse::Stop, |it| it.lapse);
        let request = u32::try_from(state.supplements.len()).map_err(super::undecidable)?;
        let remind_at = match lapse {
            Lapse::Stop => None,
            Lapse::Remind => Some(self.remind_at(OVERDUE_REMINDER)?),
        };
        let lapsed = Fact::SupplementLapsed { task: task.clone(), request, remind_at };
        self.emit(lapsed, None);
        if lapse == Lapse::Stop {
            let because = StopReason::SupplementLapsed;
            self.emit(Fact::TaskStopped { task, because }, None);
        }
        Ok(())
    }

    fn reminder(&self, name: &str) -> crate::calendar::Measure {
        let limits = self.group.task(name).map_or(&[][..], |it: &Task| &it.limits);
        limits.iter().find_map(|it| it.remind).unwrap_or(OVERDUE_REMINDER)
    }
}
