//! A consulted agency that says nothing in time: it agrees, or is reported to the head of the office
//! that received the application, who decides (Decree 61/2018/NĐ-CP: who is silent is reported to
//! the head of the one-stop office).

use super::answer::written;
use super::{Deciding, undecidable};
use crate::dossier::command::Actor;
use crate::dossier::event::{Conclusion, Details, Fact, StopReason};
use crate::dossier::refusal::{Error, Refusal};
use crate::dossier::task::MessageKind;
use crate::workflow::Silence;

impl Deciding {
    /// What silence means for a task, where it means anything.
    pub(super) fn silence(&self, name: &str) -> Option<Silence> {
        self.group.task(name)?.silence
    }

    /// Who says nothing within the limit agrees, and is told that nothing more is expected.
    pub(super) fn take_silence(&mut self, name: &str) {
        let message = Some(self.next_message(name, MessageKind::Stopped));
        let (task, because) = (name.to_owned(), Conclusion::Silence);
        self.emit(Fact::TaskConcluded { task, because, message }, None);
    }

    /// The head is told, and again with each reminder, for as long as nothing is said or decided.
    pub(super) fn report_silence(&mut self, name: &str) -> Result<(), Error> {
        let is_silent = self.state.task(name).is_some_and(|it| it.overdue && it.status.is_open());
        if is_silent && self.silence(name) == Some(Silence::Head) {
            let reported = self.task(name)?.0.silences;
            let report = reported.checked_add(1).ok_or_else(|| undecidable("too many reports"))?;
            let head = self.group.receiving_task().name.clone();
            let message = self.next_message(&head, MessageKind::Silence);
            self.emit(Fact::SilenceReported { task: name.to_owned(), report, message }, None);
        }
        Ok(())
    }

    /// The head goes on without the answer, or ends the task.
    pub(super) fn decide_silence(
        &mut self,
        actor: &Actor,
        name: &str,
        goes_on: bool,
        reason: &str,
    ) -> Result<(), Error> {
        let (state, _) = self.task(name)?;
        let head = self.state.task(&self.group.receiving_task().name);
        let Actor::Agency(by) = actor else { return Err(Refusal::NoSuchTask.into()) };
        if head.and_then(|it| it.office.as_ref()) != Some(by) {
            return Err(Refusal::NoSuchTask.into());
        }
        if state.silences == 0 || !state.status.is_open() {
            return Err(Refusal::NotSilent.into());
        }
        let personal = Details::note(written("/reason", reason)?);
        let message = Some(self.next_message(name, MessageKind::Stopped));
        let task = name.to_owned();
        let fact = if goes_on {
            Fact::TaskConcluded { task, because: Conclusion::Head, message }
        } else {
            Fact::TaskStopped { task, because: StopReason::Head, message }
        };
        self.emit(fact, personal);
        Ok(())
    }
}
