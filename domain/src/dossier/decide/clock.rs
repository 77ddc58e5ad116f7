//! The clock of a limit: what stops it, what sets it going again, and when the limit ends then.
//! Why a clock stops is decided elsewhere; here it is only counted.

use super::Deciding;
use super::answer::written;
use crate::calendar::{Basis, Due, Stop, StopKind};
use crate::dossier::event::{ClockAfterSupplement, Details, Fact, Moment};
use crate::dossier::refusal::{Error, Refusal};
use crate::workflow::{ClockPolicy, LimitStart};

impl Deciding {
    /// The limit of a task stands from now, for something that has a name of its own.
    pub(super) fn stop_clock(
        &mut self,
        task: &str,
        (kind, by): (StopKind, String),
        until: Option<Moment>,
    ) {
        self.emit(Fact::ClockStopped { task: task.to_owned(), kind, by, until }, None);
    }

    /// What a limit stood for is over. It goes on unless it stands for something else as well.
    pub(super) fn resume_clock(&mut self, name: &str, by: String) -> Result<(), Error> {
        let (state, _) = self.task(name)?;
        if state.standing.iter().all(|it| it.by != by) {
            return Ok(());
        }
        let goes_on = state.open_supplement().is_none() && state.standing.len() == 1;
        let (counted, overdue) = (state.due.clone(), state.overdue);
        let due = match counted {
            Some(due) if goes_on && !overdue => {
                Some(self.due_with_stops(name, due.basis.received)?)
            }
            None if goes_on && self.begins_with_consent(name)? => {
                Some(self.due_with_stops(name, self.at)?)
            }
            Some(_) | None => None,
        };
        let remind_at = (goes_on && due.is_none()).then(|| self.remind_at(self.reminder(name)));
        self.emit(Fact::ClockResumed { task: name.to_owned(), by, due, remind_at }, None);
        self.renew_apology(name);
        Ok(())
    }

    /// Whether the limit of a task runs from its last consent.
    fn begins_with_consent(&self, name: &str) -> Result<bool, Error> {
        let (state, task) = self.task(name)?;
        let from_consent = task.limits.iter().any(|it| it.from == LimitStart::Consent);
        Ok(from_consent && state.limit.is_some() && !state.awaits_consent())
    }

    /// The agency moves to the longer limit that its task declares: once, and before the first ends
    /// (Decree 63/2024/NĐ-CP as amended, articles 8 and 14: where verification is needed).
    pub(super) fn extend(&mut self, name: &str, dispatch: &str, reason: &str) -> Result<(), Error> {
        let (state, task) = self.task(name)?;
        let limit = task.extend.ok_or(Refusal::NoExtension)?;
        if state.extension.is_some() {
            return Err(Refusal::AlreadyExtended.into());
        }
        if state.overdue {
            return Err(Refusal::LimitEnded.into());
        }
        if !state.clock_runs() {
            return Err(Refusal::ClockStands.into());
        }
        let (counting, stops) = (task.counting.clone(), state.stops_until(self.at));
        let personal = Details::note(written("/reason", reason)?);
        let at = self.at;
        let due = self.count_for(name, |calendar| calendar.due(limit, &counting, at, &stops))?;
        let (task, dispatch) = (name.to_owned(), dispatch.to_owned());
        self.emit(Fact::LimitExtended { task, dispatch, limit, due }, personal);
        Ok(())
    }

    /// The due time of a task whose applicant's turn ends now.
    pub(super) fn due_after_supplement(
        &mut self,
        name: &str,
        policy: ClockPolicy,
    ) -> Result<(Option<Due>, ClockAfterSupplement), Error> {
        let (state, _) = self.task(name)?;
        let Some(due) = state.limit.and(state.due.as_ref()) else {
            return Ok((None, ClockAfterSupplement::Continued));
        };
        let (from, clock) = match policy {
            ClockPolicy::Restart => (self.at, ClockAfterSupplement::Restarted),
            ClockPolicy::Continue => (due.basis.received, ClockAfterSupplement::Continued),
        };
        Ok((Some(self.due_with_stops(name, from)?), clock))
    }

    /// When the limit of a task ends that runs from a moment on, with all that it stood for since.
    pub(super) fn due_with_stops(&mut self, name: &str, from: Moment) -> Result<Due, Error> {
        let (state, task) = self.task(name)?;
        let (counting, stops) = (task.counting.clone(), state.stops_until(self.at));
        let measure = state.limit.ok_or_else(|| super::undecidable("there is no limit"))?;
        self.count_for(name, |calendar| calendar.due(measure, &counting, from, &stops))
    }

    /// Time that the applicant or somebody else had to answer in, or for which an outage was
    /// announced, does not count in a total either (Decree 63/2024/NĐ-CP, article 4.7).
    pub(super) fn move_watches(&mut self) -> Result<(), Error> {
        let group = self.group.clone();
        for watch in self.state.watches.clone() {
            let Some(rule) = group.watches.get(watch.watch).filter(|_| !watch.overdue) else {
                continue;
            };
            let tasks: Vec<_> = watch.of.iter().filter_map(|it| self.state.task(it)).collect();
            if tasks.iter().all(|it| it.status.has_ended()) {
                continue;
            }
            let stops = tasks.iter().flat_map(|it| &it.stops);
            let stops: Vec<Stop> = stops.copied().filter(|it| it.kind.stops_totals()).collect();
            let Basis { received, measure, .. } = watch.due.basis;
            let due =
                self.count(|calendar| calendar.due(measure, &rule.counting, received, &stops))?;
            if due != watch.due {
                self.emit(Fact::WatchMoved { watch: watch.watch, due }, None);
            }
        }
        Ok(())
    }
}
