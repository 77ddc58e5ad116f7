//! A calendar that was amended after the fact, for a holiday declared late say: everything that is
//! still to come is counted anew, and whoever keeps an eye on it is told. What was decided stays.

use super::Deciding;
use super::answer::written;
use crate::calendar::{Counting, Due};
use crate::dossier::event::{Counted, Details, Fact};
use crate::dossier::refusal::{Error, Refusal};
use crate::dossier::task::{
    ConsentOutcome, MessageKind, PaymentOutcome, TaskState, TaskStatus, numbered,
};

impl Deciding {
    /// Goes on with the edition of the calendar that is published now.
    pub(super) fn recount(&mut self, reason: &str) -> Result<(), Error> {
        let personal = Details::note(written("/reason", reason)?);
        let newest = self.newest.clone().filter(|(digest, _)| *digest != self.state.calendar);
        let (digest, newest) = newest.ok_or(Refusal::SameCalendar)?;
        self.calendar = newest;
        self.emit(Fact::CalendarRenewed { calendar: digest }, personal);
        let names: Vec<String> = self.state.tasks.iter().map(|it| it.name.clone()).collect();
        for name in names {
            self.recount_limit(&name)?;
            self.recount_notice(&name)?;
            self.recount_windows(&name)?;
        }
        Ok(())
    }

    fn recount_limit(&mut self, name: &str) -> Result<(), Error> {
        let (state, _) = self.task(name)?;
        let Some(due) = state.due.clone() else { return Ok(()) };
        let (counted, new) = match state.status {
            TaskStatus::Elapsing => {
                let (measure, from) = (due.basis.measure, due.basis.received);
                let counting = Counting { cut_off: None };
                let new = self.count(|calendar| calendar.due(measure, &counting, from, &[]))?;
                (Counted::Wait, new)
            }
            // What stands is counted when it goes on.
            _ if state.clock_runs() && !state.overdue => {
                (Counted::Limit, self.due_with_stops(name, due.basis.received)?)
            }
            _ => return Ok(()),
        };
        self.move_due(name, counted, &due, new);
        Ok(())
    }

    /// By when the agency has to say that something is missing, as long as it has not.
    fn recount_notice(&mut self, name: &str) -> Result<(), Error> {
        let (state, task) = self.task(name)?;
        let is_to_come = |it: &&Due| it.at > self.at && state.supplements.is_empty();
        let notice = state.notice.as_ref().filter(|_| state.status.is_open());
        let Some(due) = notice.filter(is_to_come).cloned() else { return Ok(()) };
        let (counting, measure, from) =
            (&task.counting.clone(), due.basis.measure, due.basis.received);
        let new = self.count_for(name, |calendar| calendar.due(measure, counting, from, &[]))?;
        self.move_due(name, Counted::Notice, &due, new);
        Ok(())
    }

    fn recount_windows(&mut self, name: &str) -> Result<(), Error> {
        for (counted, window) in self.task(name)?.0.open_windows() {
            let days = window.basis.measure.amount();
            let from = window.basis.received;
            let new = self.count(|calendar| calendar.window(days, from))?;
            self.move_due(name, counted, &window, new);
        }
        Ok(())
    }

    fn move_due(&mut self, name: &str, counted: Counted, was: &Due, due: Due) {
        if due.at == was.at {
            return;
        }
        let has_office = self.state.task(name).is_some_and(|it| it.dispatch.is_some());
        let message = has_office.then(|| self.next_message(name, MessageKind::Due));
        self.emit(Fact::DueMoved { task: name.to_owned(), counted, due, message }, None);
    }
}

impl TaskState {
    /// The windows in which somebody may still act.
    fn open_windows(&self) -> Vec<(Counted, Due)> {
        let supplement = self.open_supplement().map(|it| (Counted::Supplement, it.window.clone()));
        let consents = numbered(&self.consents)
            .filter(|(_, it)| it.outcome == ConsentOutcome::Open)
            .map(|(number, it)| (Counted::Consent(number), it.window.clone()));
        let payments = numbered(&self.payments)
            .filter(|(_, it)| it.outcome == PaymentOutcome::Open)
            .map(|(number, it)| (Counted::Payment(number), it.window.clone()));
        let draft = self.open_draft().map(|(_, it)| (Counted::Draft, it.window.clone()));
        supplement.into_iter().chain(consents).chain(payments).chain(draft).collect()
    }
}
