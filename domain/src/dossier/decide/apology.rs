//! Apologies: who is late says so, says why and gives a new date, once, and it is the agency that is
//! late, not the group (Decree 63/2024/NĐ-CP as amended, article 7.3; Decree 61/2018/NĐ-CP: a new
//! appointment is made at most once).

use chrono::{NaiveDate, TimeDelta};

use super::Deciding;
use super::answer::written;
use crate::calendar::{Day, Measure};
use crate::dossier::event::{Details, Fact};
use crate::dossier::refusal::{Error, Refusal};
use crate::dossier::task::{MessageKind, TaskState, Turn};
use crate::language::Text;
use crate::workflow::FieldFault;

/// How soon an apology must be sent.
const SENT_WITHIN: Measure = Measure::WorkingDays(1);
/// A new date is at most so far away.
const NEW_DATE_WITHIN: TimeDelta = TimeDelta::days(90);

impl Deciding {
    pub(super) fn draft_apology(&mut self, task: String) {
        if self.state.task(&task).is_some_and(|it| it.apology.is_none()) {
            let send_by = self.after(SENT_WITHIN);
            self.emit(Fact::ApologyDrafted { task, send_by }, None);
        }
    }

    /// Who gets a task back that is late, and whose apology was not sent yet, has its time for that anew.
    pub(super) fn renew_apology(&mut self, name: &str) {
        let waits =
            |it: &TaskState| it.apology_due.is_some() && matches!(it.turn(), Turn::Agency(_));
        if self.state.task(name).is_some_and(waits) {
            self.draft_apology(name.to_owned());
        }
    }

    pub(super) fn escalate_apology(&mut self, task: String) {
        let message = self.next_message(&task, MessageKind::Apology);
        let send_by = self.after(SENT_WITHIN);
        self.emit(Fact::ApologyEscalated { task, message, send_by }, None);
    }

    pub(super) fn apologise(
        &mut self,
        name: &str,
        dispatch: &str,
        reason: &str,
        until: NaiveDate,
    ) -> Result<(), Error> {
        let (state, _) = self.task(name)?;
        if state.apology.is_some() {
            return Err(Refusal::AlreadyApologised.into());
        }
        if !state.overdue {
            return Err(Refusal::NotLate.into());
        }
        let personal = Details::note(written("/reason", reason)?);
        let today = self.at.date_naive();
        let is_worked = matches!(self.calendar.day(until), Ok(Day::Working { .. }));
        if !is_worked || until <= today || until > today + NEW_DATE_WITHIN {
            let message = Text::new(
                format!(
                    "Ngày hẹn lại phải là ngày làm việc sau hôm nay và trong vòng {} ngày.",
                    NEW_DATE_WITHIN.num_days()
                ),
                format!(
                    "The new date is a working day after today and within {} days.",
                    NEW_DATE_WITHIN.num_days()
                ),
            );
            let fault = FieldFault::new("/until".to_owned(), "impossible-date", message);
            return Err(Error::Invalid(vec![fault]));
        }
        let (task, dispatch) = (name.to_owned(), dispatch.to_owned());
        self.emit(Fact::ApologySent { task, dispatch, until }, personal);
        Ok(())
    }
}
