//! Data that does not agree between agencies, a personal id that can't be issued say: it has owners
//! and a limit, and they are told again until it is mended (Decree 63/2024/NĐ-CP as amended, articles
//! 7.5 and 8).

use super::answer::written;
use super::{Deciding, undecidable};
use crate::dossier::command::Actor;
use crate::dossier::event::{Details, Fact, Moment};
use crate::dossier::refusal::{Error, Refusal};
use crate::dossier::task::{MessageKind, MismatchState};

impl Deciding {
    /// An agency found it; `of` is the earlier task whose data it is about.
    pub(super) fn report_mismatch(
        &mut self,
        name: &str,
        dispatch: &str,
        of: Option<&str>,
        note: &str,
    ) -> Result<(), Error> {
        let (state, _) = self.task(name)?;
        let mend = self.group.handover.and_then(|it| it.mismatch).ok_or(Refusal::NoMismatch)?;
        let mismatch = u32::try_from(state.mismatches.len() + 1).map_err(undecidable)?;
        if let Some(of) = of {
            self.task(of)?.0.office.as_ref().ok_or(Refusal::NotDispatched)?;
        }
        let is_open = |it: &MismatchState| it.resolved_at.is_none() && it.of.as_deref() == of;
        if state.mismatches.iter().any(is_open) {
            return Err(Refusal::MismatchAlreadyReported.into());
        }
        let personal = Details::note(written("/note", note)?);
        let due = self.after(mend);
        let messages = self.mismatch_messages(name, of);
        let (task, dispatch) = (name.to_owned(), dispatch.to_owned());
        let of = of.map(str::to_owned);
        let fact = Fact::MismatchReported { task, dispatch, mismatch, of, due, messages };
        self.emit(fact, personal);
        Ok(())
    }

    /// The ids of the messages to its owners.
    fn mismatch_messages(&self, name: &str, of: Option<&str>) -> Vec<String> {
        let owners = [Some(name), of.filter(|it| *it != name)].into_iter().flatten();
        owners.map(|it| self.next_message(it, MessageKind::Mismatch)).collect()
    }

    pub(super) fn mismatch_overdue(&mut self, name: &str, mismatch: u32) -> Result<(), Error> {
        let (state, _) = self.task(name)?;
        let of = state.mismatch(mismatch).and_then(|it| it.of.clone());
        let mend = self.group.handover.and_then(|it| it.mismatch);
        let again: Moment = self.after(mend.unwrap_or(super::elapse::REMINDER));
        let messages = self.mismatch_messages(name, of.as_deref());
        self.emit(Fact::MismatchOverdue { task: name.to_owned(), mismatch, again, messages }, None);
        Ok(())
    }

    /// One of its owners says that it is mended.
    pub(super) fn resolve_mismatch(
        &mut self,
        actor: &Actor,
        name: &str,
        mismatch: u32,
    ) -> Result<(), Error> {
        let (state, _) = self.task(name)?;
        let found = state.mismatch(mismatch).ok_or(Refusal::NoSuchTask)?;
        let of = found.of.clone();
        let office = |task: &str| self.state.task(task).and_then(|it| it.office.as_ref());
        let Actor::Agency(by) = actor else { return Err(Refusal::NoSuchTask.into()) };
        if office(name) != Some(by) && of.as_deref().and_then(office) != Some(by) {
            return Err(Refusal::NoSuchTask.into());
        }
        if found.resolved_at.is_some() {
            return Err(Refusal::NoMismatch.into());
        }
        let messages = self.mismatch_messages(name, of.as_deref());
        self.emit(Fact::MismatchResolved { task: name.to_owned(), mismatch, messages }, None);
        Ok(())
    }
}
