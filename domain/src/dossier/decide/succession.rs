//! Offices that take over the work of others, as when communes merge: open tasks move, by an event;
//! code and clock stay.

use super::Deciding;
use super::answer::written;
use crate::catalogue::Catalogue;
use crate::dossier::event::{Details, Fact};
use crate::dossier::refusal::{Error, Refusal};
use crate::dossier::task::{MessageKind, TaskState};

impl Deciding {
    /// Moves what an office has not finished to another of its kind, which the current directory
    /// knows. What it has finished and not handed over moves too.
    pub(super) fn succeed(
        &mut self,
        (from, to): (&str, &str),
        reason: Option<&str>,
        catalogue: &Catalogue,
    ) -> Result<(), Error> {
        let reason = reason.map(|it| written("/reason", it)).transpose()?;
        let kind = |id: &str| {
            let known = catalogue.current_directories().find_map(|it| it.office(id));
            known.or_else(|| self.directory.office(id)).map(|it| it.kind.clone())
        };
        if from == to || kind(to).is_none() || kind(from) != kind(to) {
            return Err(Refusal::NoSuchOffice.into());
        }
        let waits = |it: &&TaskState| it.is_unfinished_at(from);
        let tasks: Vec<String> =
            self.state.tasks.iter().filter(waits).map(|it| it.name.clone()).collect();
        for task in tasks {
            let kind = MessageKind::Moved;
            let messages = self.state.task(&task).map_or(&[][..], |it| &it.messages);
            let number = messages.iter().filter(|it| it.kind == kind).count() + 1;
            let message = |office: &str, n: usize| self.message(&task, office, kind.name(), n);
            let messages = vec![message(from, number), message(to, number + 1)];
            let (from, to) = (from.to_owned(), to.to_owned());
            let personal = reason.and_then(Details::note);
            self.emit(Fact::TaskMoved { task: task.clone(), from, to, messages }, personal);
            self.leave_outages(&task)?;
        }
        Ok(())
    }
}
