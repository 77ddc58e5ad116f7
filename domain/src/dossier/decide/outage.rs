//! Announced outages: what keeps an office from working stops the clock of its tasks (Decree
//! 63/2024/NĐ-CP, article 4.7). Which offices an outage concerns is told from outside.

use chrono::TimeDelta;

use super::Deciding;
use super::answer::written;
use crate::calendar::StopKind;
use crate::dossier::event::{Details, Fact};
use crate::dossier::refusal::Error;
use crate::dossier::task::TaskState;

/// An outage is mended within this time of its announcement (article 4.7).
pub(super) const OUTAGE_MENDED_WITHIN: TimeDelta = TimeDelta::hours(24);

impl Deciding {
    /// Asked again, it concerns what has been dispatched since.
    pub(super) fn begin_outage(
        &mut self,
        outage: &str,
        offices: &[String],
        reason: Option<&str>,
    ) -> Result<(), Error> {
        let reason = reason.map(|it| written("/reason", it)).transpose()?;
        let by = name(outage);
        let concerned = |it: &&TaskState| {
            it.status.is_open()
                && it.office.as_ref().is_some_and(|it| offices.contains(it))
                && it.standing.iter().all(|it| it.by != by)
        };
        let tasks = self.state.tasks.iter().filter(concerned);
        let tasks: Vec<String> = tasks.map(|it| it.name.clone()).collect();
        let until = self.at + OUTAGE_MENDED_WITHIN;
        for task in tasks {
            let (kind, by, until) = (StopKind::Outage, by.clone(), Some(until));
            let personal = reason.and_then(Details::note);
            self.emit(Fact::ClockStopped { task, kind, by, until }, personal);
        }
        Ok(())
    }

    /// What kept one office from working does not keep its successor.
    pub(super) fn leave_outages(&mut self, task: &str) -> Result<(), Error> {
        let standing = self.state.task(task).map_or(&[][..], |it| &it.standing);
        let outages = standing.iter().filter(|it| it.kind == StopKind::Outage);
        let outages: Vec<String> = outages.map(|it| it.by.clone()).collect();
        outages.into_iter().try_for_each(|by| self.resume_clock(task, by))
    }

    pub(super) fn end_outage(&mut self, outage: &str) -> Result<(), Error> {
        let by = name(outage);
        let stands = |it: &&TaskState| it.standing.iter().any(|it| it.by == by);
        let tasks = self.state.tasks.iter().filter(stands);
        let tasks: Vec<String> = tasks.map(|it| it.name.clone()).collect();
        for task in tasks {
            self.resume_clock(&task, by.clone())?;
        }
        Ok(())
    }
}

fn name(outage: &str) -> String {
    format!("outage/{outage}")
}
