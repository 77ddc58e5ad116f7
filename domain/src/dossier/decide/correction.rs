//! Results that turn out wrong: an agency sends an earlier result back, its maker issues it anew,
//! and whoever used the old version gets the new one (Decree 63/2024/NĐ-CP as amended, articles 8.4
//! and 14.4). What was made from an old version is renewed in its turn, as each task declares.

use super::Deciding;
use super::answer::written;
use super::elapse::REMINDER;
use crate::calendar::StopKind;
use crate::dossier::event::{Details, Fact, StopReason};
use crate::dossier::refusal::{Error, Refusal};
use crate::dossier::task::{MessageKind, TaskState, TaskStatus};
use crate::workflow::{Corrected, Renewal};

/// After a result was issued so many times the agency that finds it faulty decides itself.
const VERSIONS_MAX: u32 = 4;

impl Deciding {
    /// A second return while the first is being corrected joins it.
    pub(super) fn return_result(
        &mut self,
        name: &str,
        dispatch: &str,
        of: &str,
        note: &str,
    ) -> Result<(), Error> {
        let (state, task) = self.task(name)?;
        if !task.may_return.iter().any(|it| it == of) {
            return Err(Refusal::MayNotReturn.into());
        }
        let (earlier, _) = self.task(of)?;
        if state.uses.get(of) != Some(&earlier.version) {
            return Err(Refusal::AlreadyReplaced.into());
        }
        if earlier.version >= VERSIONS_MAX {
            return Err(Refusal::TooManyReturns.into());
        }
        let (version, completed) = (earlier.version, earlier.status == TaskStatus::Completed);
        if !completed && earlier.status != TaskStatus::Reopened {
            return Err(Refusal::NoResult.into());
        }
        let personal = Details::note(written("/note", note)?);
        let fact = Fact::ResultReturned {
            task: name.to_owned(),
            dispatch: dispatch.to_owned(),
            of: of.to_owned(),
            version,
            message: self.next_message(of, MessageKind::Returned),
        };
        self.emit(fact, personal);
        if completed { self.reopen(of, None) } else { Ok(()) }
    }

    /// Everybody in progress who uses the result waits for the new one.
    fn reopen(&mut self, name: &str, message: Option<String>) -> Result<(), Error> {
        let group = self.group.clone();
        let (state, _) = self.task(name)?;
        let (version, limited) = (state.version, state.limit);
        let task = group.task(name).ok_or(Refusal::NoSuchTask)?;
        let limit = task.correction.or(limited);
        let due = limit.map(|it| self.due(task, it)).transpose()?;
        let remind_at = due.is_none().then(|| self.remind_at(REMINDER));
        let task = name.to_owned();
        self.emit(Fact::TaskReopened { task, version, limit, due, remind_at, message }, None);
        for user in self.users(name, version, TaskStatus::is_open) {
            self.stop_clock(&user, (StopKind::Correction, correction(name, version)), None);
        }
        Ok(())
    }

    /// The tasks that use a version of a result, in the order of the definition.
    fn users(&self, of: &str, version: u32, status: fn(TaskStatus) -> bool) -> Vec<String> {
        let uses = |it: &&TaskState| it.uses.get(of) == Some(&version) && status(it.status);
        self.state.tasks.iter().filter(uses).map(|it| it.name.clone()).collect()
    }

    /// A result was issued anew: who used the version before it gets this one.
    pub(super) fn renew_users(&mut self, of: &str, version: u32) -> Result<(), Error> {
        for user in self.users(of, version - 1, TaskStatus::is_open) {
            match self.corrected(&user).in_progress {
                Renewal::Update => self.update(&user, of, version)?,
                Renewal::Anew => self.begin_anew(&user)?,
                Renewal::Review => {
                    self.request_review(&user, of, version);
                    self.resume_clock(&user, correction(of, version - 1))?;
                }
            }
        }
        for user in self.users(of, version - 1, |it| it == TaskStatus::Completed) {
            match self.corrected(&user).completed {
                Renewal::Update => self.update(&user, of, version)?,
                Renewal::Anew => {
                    self.update(&user, of, version)?;
                    let message = self.next_message(&user, MessageKind::Returned);
                    self.reopen(&user, Some(message))?;
                }
                Renewal::Review => self.request_review(&user, of, version),
            }
        }
        Ok(())
    }

    fn corrected(&self, name: &str) -> Corrected {
        self.group.task(name).map(|it| it.corrected).unwrap_or_default()
    }

    fn update(&mut self, name: &str, of: &str, version: u32) -> Result<(), Error> {
        let message = self.next_message(name, MessageKind::Updated);
        let (task, of) = (name.to_owned(), of.to_owned());
        let by = correction(&of, version - 1);
        self.emit(Fact::ResultUpdated { task, of, version, message }, None);
        self.resume_clock(name, by)
    }

    fn begin_anew(&mut self, name: &str) -> Result<(), Error> {
        let group = self.group.clone();
        self.dispatch(group.task(name).ok_or(Refusal::NoSuchTask)?)
    }

    fn request_review(&mut self, name: &str, of: &str, version: u32) {
        let fact = Fact::ReviewRequested {
            task: name.to_owned(),
            of: of.to_owned(),
            version,
            message: self.next_message(name, MessageKind::Review),
            remind_at: self.remind_at(REMINDER),
        };
        self.emit(fact, None);
    }

    pub(super) fn uphold(&mut self, name: &str) -> Result<(), Error> {
        let (state, _) = self.task(name)?;
        if !state.in_review || state.status != TaskStatus::Completed {
            return Err(Refusal::NothingToReview.into());
        }
        let fact = Fact::ResultUpheld { task: name.to_owned(), version: state.version };
        self.emit(fact, None);
        Ok(())
    }

    pub(super) fn annul(&mut self, name: &str, reason: &str) -> Result<(), Error> {
        let (state, _) = self.task(name)?;
        if state.status != TaskStatus::Completed {
            return Err(Refusal::NoResult.into());
        }
        let fact = Fact::ResultAnnulled { task: name.to_owned(), version: state.version };
        let personal = Details::note(written("/reason", reason)?);
        self.emit(fact, personal);
        self.lose_result(name)
    }

    /// A result that was issued is gone, with nothing in its place: who is at work with it stops,
    /// and who has completed looks whether the own result still stands.
    pub(super) fn lose_result(&mut self, of: &str) -> Result<(), Error> {
        let (state, _) = self.task(of)?;
        let version = state.version;
        if version == 0 {
            return Ok(());
        }
        for task in self.users(of, version, TaskStatus::is_open) {
            let message = Some(self.next_message(&task, MessageKind::Stopped));
            let because = StopReason::ResultAnnulled;
            self.emit(Fact::TaskStopped { task: task.clone(), because, message }, None);
            self.lose_result(&task)?;
        }
        for user in self.users(of, version, |it| it == TaskStatus::Completed) {
            self.request_review(&user, of, 0);
        }
        Ok(())
    }

    /// The id of the next message of a kind to the office of a task.
    pub(super) fn next_message(&self, name: &str, kind: MessageKind) -> String {
        let state = self.state.task(name);
        let messages = state.map_or(&[][..], |it| &it.messages);
        let number = messages.iter().filter(|it| it.kind == kind).count() + 1;
        let office = state.and_then(|it| it.office.clone()).unwrap_or_default();
        self.message(name, &office, kind.name(), number)
    }
}

/// What the clocks of a result's users stand for.
fn correction(of: &str, version: u32) -> String {
    format!("correction/{of}/{version}")
}
