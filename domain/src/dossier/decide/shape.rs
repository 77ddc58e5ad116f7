//! Tasks of other shapes: done by the applicant, by another person or by time alone, begun again by
//! their own result, no longer needed once enough others have succeeded.

use super::{Deciding, undecidable};
use crate::calendar::{Counting, Measure};
use crate::dossier::event::{Attachment, Conclusion, Details, Fact, Item, SkipReason, StopReason};
use crate::dossier::refusal::Error;
use crate::dossier::task::{MessageKind, TaskStatus};
use crate::personal::Personal;
use crate::workflow::{Doer, Send, Task};

impl Deciding {
    /// Begins a task whose turn has come. `false` where it goes on waiting as it did.
    pub(super) fn start(&mut self, task: &Task) -> Result<bool, Error> {
        match &task.doer {
            Doer::Agency(_) => {
                let before = self.events.len();
                if self.awaits_fee(task)? {
                    return Ok(self.events.len() > before);
                }
                self.dispatch(task)?;
            }
            Doer::Applicant { provides, within } => self.give(task, provides, *within)?,
            Doer::Person => self.ask_person(task)?,
            Doer::Time(measure) => self.begin_wait(task, *measure)?,
        }
        self.end_alternatives(task);
        Ok(true)
    }

    fn give(&mut self, task: &Task, provides: &[Send], within: u32) -> Result<(), Error> {
        let items = provides.iter().filter_map(|it| match it {
            Send::Field(path) => Some(Item::Field(path.to_string())),
            Send::Document(kind) => Some(Item::Document(kind.clone())),
            Send::Result { .. } => None,
        });
        let (items, at) = (items.collect(), self.at);
        let window = self.count(|calendar| calendar.window(within, at))?;
        self.emit(Fact::TaskBegun { task: task.name.clone(), items, window }, None);
        Ok(())
    }

    /// The applicant has provided what their own task asks for.
    pub(super) fn provided(
        &mut self,
        name: &str,
        attachments: &[Attachment],
        personal: Option<Personal<Details>>,
    ) {
        let (task, attachments) = (name.to_owned(), attachments.to_vec());
        self.emit(Fact::ApplicantProvided { task, attachments }, personal);
    }

    fn begin_wait(&mut self, task: &Task, measure: Measure) -> Result<(), Error> {
        let at = self.at;
        let counting = Counting { cut_off: None };
        let due = self.count(|calendar| calendar.due(measure, &counting, at, &[]))?;
        self.emit(Fact::WaitBegun { task: task.name.clone(), due }, None);
        Ok(())
    }

    pub(super) fn time_passed(&mut self, task: String) {
        let because = Conclusion::TimePassed;
        self.emit(Fact::TaskConcluded { task, because, message: None }, None);
    }

    /// Enough of them have succeeded: what is left of them ends.
    fn end_alternatives(&mut self, task: &Task) {
        for name in task.any_of.iter().flat_map(|it| &it.of) {
            let status = self.state.task(name).map(|it| it.status);
            let task = name.clone();
            match status {
                Some(TaskStatus::Waiting) => {
                    let because = SkipReason::NoLongerNeeded;
                    self.emit(Fact::TaskSkipped { task, because }, None);
                }
                Some(status) if status.is_open() && status != TaskStatus::Reopened => {
                    let has_office = self.state.task(name).is_some_and(|it| it.office.is_some());
                    let message = has_office.then(|| self.next_message(name, MessageKind::Stopped));
                    let because = StopReason::NoLongerNeeded;
                    self.emit(Fact::TaskStopped { task, because, message }, None);
                }
                _ => {}
            }
        }
    }

    /// Whether the result that a task has just brought makes it begin again.
    pub(super) fn repeats(&self, task: &Task) -> Result<bool, Error> {
        let Some(repeat) = &task.repeat else { return Ok(false) };
        let done = self.state.task(&task.name).map_or(0, |it| it.repeats);
        let is_left = usize::try_from(done).map_err(undecidable)? < repeat.at_most;
        Ok(is_left && self.holds(&repeat.when)?)
    }
}
