//! Drafts: an agency lets the applicant look at what it will issue. Silence accepts (Decision
//! 163/QĐ-BTP on registering births and deaths online: one day). Meanwhile the clock stands.

use super::answer::written;
use super::{Deciding, undecidable};
use crate::calendar::StopKind;
use crate::dossier::event::{Attachment, Details, Fact};
use crate::dossier::refusal::{Error, Refusal};
use crate::dossier::task::MessageKind;
use crate::language::Text;
use crate::workflow::FieldFault;

/// One draft is at most so many files.
const FILES_MAX: usize = 5;

impl Deciding {
    pub(super) fn send_draft(
        &mut self,
        name: &str,
        dispatch: &str,
        documents: &[Attachment],
    ) -> Result<(), Error> {
        let (state, task) = self.task(name)?;
        let within = task.draft.ok_or(Refusal::NoDraft)?;
        if state.open_draft().is_some() {
            return Err(Refusal::DraftOpen.into());
        }
        if documents.is_empty() || documents.len() > FILES_MAX {
            let message = Text::new(
                format!("Bản nháp gồm từ 1 đến {FILES_MAX} tệp."),
                format!("A draft is 1 to {FILES_MAX} files."),
            );
            let fault = FieldFault::new("/documents".to_owned(), "item-count", message);
            return Err(Error::Invalid(vec![fault]));
        }
        let draft = u32::try_from(state.drafts.len() + 1).map_err(undecidable)?;
        let at = self.at;
        let window = self.count(|calendar| calendar.window(within, at))?;
        let (task, dispatch) = (name.to_owned(), dispatch.to_owned());
        let documents = documents.to_vec();
        self.emit(Fact::DraftSent { task, dispatch, draft, documents, window }, None);
        self.stop_clock(name, (StopKind::Draft, draft_name(draft)), None);
        Ok(())
    }

    /// The applicant says that it is right, or what is wrong with it.
    pub(super) fn answer_draft(&mut self, name: &str, wrong: Option<&str>) -> Result<(), Error> {
        let (state, _) = self.task(name)?;
        let (draft, _) = state.open_draft().ok_or(Refusal::NoDraft)?;
        let personal = match wrong {
            Some(wrong) => Details::note(written("/wrong", wrong)?),
            None => None,
        };
        let message = self.next_message(name, MessageKind::Draft);
        let (task, accepted) = (name.to_owned(), wrong.is_none());
        self.emit(Fact::DraftAnswered { task, draft, accepted, message }, personal);
        self.resume_clock(name, draft_name(draft))
    }

    pub(super) fn draft_lapsed(&mut self, name: &str, draft: u32) -> Result<(), Error> {
        let message = self.next_message(name, MessageKind::Draft);
        self.emit(Fact::DraftLapsed { task: name.to_owned(), draft, message }, None);
        self.resume_clock(name, draft_name(draft))
    }
}

/// What a clock stands for.
fn draft_name(number: u32) -> String {
    format!("draft/{number}")
}
