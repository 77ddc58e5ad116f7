//! From a command to events: pure, and run to the point where the dossier waits for somebody.
//!
//! Before a command is looked at, everything that was due by its moment happens, so a window
//! closes at its end however late the timer is. A refused command leaves nothing behind.

mod adoption;
mod advance;
mod amendment;
mod announce;
mod answer;
mod apology;
mod citizen;
mod clock;
mod consent;
mod correction;
mod draft;
mod elapse;
mod handover;
mod mismatch;
mod outage;
mod payment;
mod recount;
mod shape;
mod silence;
mod submit;
mod succession;

use std::sync::Arc;

use chrono::FixedOffset;

pub use amendment::may_correct;
pub use answer::{ITEMS_MAX, NOTE_CHARS_MAX};
pub use consent::{is_asked, person_at};
pub use submit::{Vetted, claimed, named_files, not_uploaded, vet};

use super::command::{Action, Actor, Command};
use super::event::{Details, Event, Fact, Moment};
use super::refusal::{Error, Refusal};
use super::state::Dossier;
use super::task::TaskState;
use crate::calendar::{self, Calendar, Due};
use crate::catalogue::Catalogue;
use crate::digest::Digest;
use crate::directory::Directory;
use crate::personal::Personal;
use crate::workflow::{Group, Task};

/// Decides a command.
///
/// # Errors
/// What is wrong with the command; nothing has changed then.
pub fn decide(
    dossier: &Dossier,
    command: &Command,
    catalogue: &Catalogue,
) -> Result<Vec<Event>, Error> {
    decide_onto(dossier, command, catalogue).map(|(events, _)| events)
}

/// Decides a command; gives the events, and the dossier as it is after them.
///
/// # Errors
/// As [`decide`].
pub fn decide_onto(
    dossier: &Dossier,
    command: &Command,
    catalogue: &Catalogue,
) -> Result<(Vec<Event>, Dossier), Error> {
    if let Action::Submit(submit) = &command.action {
        return submit::decide(dossier, command, submit, catalogue);
    }
    if !may_ask(dossier, command) {
        return Err(Refusal::NoSuchDossier.into());
    }
    let mut deciding = Deciding::resume(dossier, command.at, catalogue)?;
    deciding.catch_up(command.at, &command.action)?;
    match &command.action {
        Action::Submit(_) | Action::Elapse => {}
        Action::Supply { task, attachments, fields } => {
            deciding.supply(task, attachments, fields)?;
        }
        Action::Confirm { task, consent } => deciding.consented(task, *consent, true)?,
        Action::Decline { task, consent } => deciding.consented(task, *consent, false)?,
        Action::Succeed { from, to, reason } => {
            deciding.succeed((from, to), reason.as_deref(), catalogue)?;
        }
        Action::BeginOutage { outage, offices, reason } => {
            deciding.begin_outage(outage, offices, reason.as_deref())?;
        }
        Action::Carried { task, reference } => deciding.carried(task, reference)?,
        Action::ReportUndelivered { task, dispatch } => {
            deciding.delivery_overdue(task, dispatch)?;
        }
        Action::EndOutage { outage } => deciding.end_outage(outage)?,
        Action::Amend { fields } => deciding.amend(fields)?,
        Action::Adopt => deciding.adopt(catalogue)?,
        Action::Announce => deciding.announce_anyway(),
        Action::Recount { reason } => deciding.recount(reason)?,
        Action::AnswerDraft { task, wrong } => deciding.answer_draft(task, wrong.as_deref())?,
        Action::ResolveMismatch { task, mismatch } => {
            deciding.resolve_mismatch(&command.actor, task, *mismatch)?;
        }
        Action::DecideSilence { task, goes_on, reason } => {
            deciding.decide_silence(&command.actor, task, *goes_on, reason)?;
        }
        Action::Withdraw { task } => deciding.withdraw(task.as_deref())?,
        Action::Pay { task, payment, amount, reference } => {
            deciding.paid(&command.actor, (task, *payment), *amount, reference)?;
        }
        Action::Waive { task, payment, reason } => {
            deciding.waive_payment(&command.actor, (task, *payment), reason)?;
        }
        Action::Refund { task, payment, reference } => {
            deciding.refunded(&command.actor, (task, *payment), reference)?;
        }
        Action::Acknowledge { .. }
        | Action::RequestSupplement { .. }
        | Action::RequestPayment { .. }
        | Action::SendDraft { .. }
        | Action::ReportMismatch { .. }
        | Action::Complete { .. }
        | Action::Refuse { .. }
        | Action::Stop { .. }
        | Action::Apologise { .. }
        | Action::Extend { .. }
        | Action::Return { .. }
        | Action::Uphold { .. }
        | Action::Annul { .. }
        | Action::Deliver { .. } => deciding.answer(&command.actor, &command.action)?,
    }
    deciding.advance()?;
    deciding.move_watches()?;
    deciding.announce();
    Ok((deciding.events, deciding.state))
}

/// Who may ask for anything at all: the applicant, whoever was asked to agree, an agency, a gateway
/// that was paid or has carried something, time. Which task an agency may answer is decided with the
/// answer.
fn may_ask(dossier: &Dossier, command: &Command) -> bool {
    dossier.is_submitted()
        && match &command.actor {
            Actor::Citizen(citizen) => match &command.action {
                Action::Confirm { task, consent } | Action::Decline { task, consent } => {
                    consent::is_asked(dossier, citizen.personal_id.reveal(), task, *consent)
                }
                _ => citizen.account == dossier.account,
            },
            Actor::Gateway(_) => {
                matches!(command.action, Action::Pay { .. } | Action::Carried { .. })
            }
            Actor::Agency(_) | Actor::Timer | Actor::Operator(_) => true,
        }
}

/// A decision in the making: the state as it would be after the events so far.
struct Deciding {
    state: Dossier,
    group: Arc<Group>,
    calendar: Arc<Calendar>,
    /// The edition of the same calendar that is published now.
    newest: Option<(Digest, Arc<Calendar>)>,
    directory: Arc<Directory>,
    at: Moment,
    events: Vec<Event>,
}

impl Deciding {
    fn resume(dossier: &Dossier, at: Moment, catalogue: &Catalogue) -> Result<Self, Error> {
        let missing = |what: &str| Error::Undecidable(format!("the store lacks the {what}"));
        let group = catalogue.group(&dossier.group.digest).ok_or_else(|| missing("definition"))?;
        let calendar = catalogue.calendar(&dossier.calendar).ok_or_else(|| missing("calendar"))?;
        let directory =
            catalogue.directory(&dossier.directory).ok_or_else(|| missing("directory"))?;
        let newest = catalogue.current_calendar(&group.calendar);
        let at = in_zone(at, &calendar).max(dossier.last_at.unwrap_or(at));
        let state = dossier.clone();
        Ok(Self { state, group, calendar, newest, directory, at, events: Vec::new() })
    }

    fn emit(&mut self, fact: Fact, personal: Option<Personal<Details>>) {
        let event = Event { at: self.at, fact, personal };
        self.state.evolve(&event);
        self.events.push(event);
    }

    /// A task of the dossier with its definition.
    fn task(&self, name: &str) -> Result<(&TaskState, &Task), Refusal> {
        let state = self.state.task(name).ok_or(Refusal::NoSuchTask)?;
        let task = self.group.task(name).ok_or(Refusal::NoSuchTask)?;
        Ok((state, task))
    }

    /// Counts legal time. Where the dossier's calendar ends too early and a newer edition does not,
    /// the dossier goes on with that one.
    fn count(
        &mut self,
        count: impl Fn(&Calendar) -> Result<Due, calendar::Error>,
    ) -> Result<Due, Error> {
        match count(&self.calendar) {
            Err(calendar::Error::NotCovered { .. }) => {}
            counted => return counted.map_err(undecidable),
        }
        let newest = self.newest.clone().filter(|(digest, _)| *digest != self.state.calendar);
        let (digest, newest) =
            newest.ok_or_else(|| undecidable("the calendar does not reach far enough"))?;
        let counted = count(&newest).map_err(undecidable)?;
        self.calendar = newest;
        self.emit(Fact::CalendarRenewed { calendar: digest }, None);
        Ok(counted)
    }

    /// Counts legal time in the working time of the office that does a task.
    fn count_for(
        &mut self,
        task: &str,
        count: impl Fn(&Calendar) -> Result<Due, calendar::Error>,
    ) -> Result<Due, Error> {
        let (state, definition) = self.task(task)?;
        let office = match (&state.office, state.status.has_ended()) {
            (Some(office), false) => office.clone(),
            _ if definition.agency().is_some() => self.office(definition)?,
            _ => String::new(),
        };
        let directory = Arc::clone(&self.directory);
        let places = directory.places(&office);
        self.count(|calendar| count(calendar.at(&places)))
    }

    fn message(&self, task: &str, office: &str, kind: &str, number: usize) -> String {
        format!("{}/{task}/{office}/{kind}/{number}", self.state.id)
    }
}

/// The same moment on the calendar's clock, to the second: a legal moment has no fractions.
fn in_zone(at: Moment, calendar: &Calendar) -> Moment {
    let offset: FixedOffset = calendar.offset();
    let at = at.with_timezone(&offset);
    let fraction = chrono::TimeDelta::nanoseconds(i64::from(at.timestamp_subsec_nanos()));
    at - fraction
}

fn undecidable(error: impl std::fmt::Display) -> Error {
    Error::Undecidable(error.to_string())
}
