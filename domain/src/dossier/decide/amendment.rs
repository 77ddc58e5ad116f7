//! What applicants correct by themselves, before anybody has decided on it. What would lead the
//! dossier another way is no correction: for that one withdraws and applies anew.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::answer::{ITEMS_MAX, sees};
use super::{Deciding, undecidable};
use crate::dossier::event::{Details, Fact};
use crate::dossier::refusal::{Error, Refusal};
use crate::dossier::state::Dossier;
use crate::dossier::task::MessageKind;
use crate::language::Text;
use crate::personal::Personal;
use crate::workflow::{Facts, FieldFault, Group, Task};

/// Whether nobody has decided who was shown a field, by dotted path.
#[must_use]
pub fn may_correct(dossier: &Dossier, group: &Group, path: &str) -> bool {
    let has_decided = |task: &&Task| {
        let state = dossier.task(&task.name);
        state.is_some_and(|it| it.office.is_some() && it.status.has_ended())
    };
    !dossier.has_ended() && !group.tasks.iter().filter(has_decided).any(|it| sees(it, path))
}

impl Deciding {
    pub(super) fn amend(&mut self, fields: &BTreeMap<String, Json>) -> Result<(), Error> {
        if fields.is_empty() || fields.len() > ITEMS_MAX {
            let message = Text::new(
                format!("Hãy sửa từ 1 đến {ITEMS_MAX} mục."),
                format!("Correct 1 to {ITEMS_MAX} fields."),
            );
            let fault = FieldFault::new("/fields".to_owned(), "item-count", message);
            return Err(Error::Invalid(vec![fault]));
        }
        if self.state.has_ended() {
            return Err(Refusal::NothingOpen.into());
        }
        for path in fields.keys() {
            self.may_amend(path)?;
        }
        let faults = self.form_faults(fields.iter())?;
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        if self.changes_course(fields)? {
            return Err(Refusal::ChangesCourse.into());
        }
        let group = self.group.clone();
        let told = group.tasks.iter().filter(|task| {
            let is_open = |it: &crate::dossier::TaskState| it.status.is_open();
            self.state.task(&task.name).is_some_and(|it| is_open(it) && it.office.is_some())
                && fields.keys().any(|it| sees(task, it))
        });
        let messages = told.map(|it| self.next_message(&it.name, MessageKind::Amended)).collect();
        let details = Details { fields: fields.clone(), ..Details::default() };
        let fields = fields.keys().cloned().collect();
        self.emit(Fact::ApplicationAmended { fields, messages }, Some(Personal::new(details)));
        Ok(())
    }

    /// Nothing has been decided by anybody who was shown the field, and it is not being asked for.
    fn may_amend(&self, path: &str) -> Result<(), Error> {
        if !self.has_field(path) {
            let message =
                Text::new("Hồ sơ không có mục này.", "The application has no such field.");
            let fault = FieldFault::new("/fields".to_owned(), "unknown-field", message);
            return Err(Error::Invalid(vec![fault]));
        }
        if may_correct(&self.state, &self.group, path) {
            Ok(())
        } else {
            Err(Refusal::AlreadyDecided.into())
        }
    }

    /// Whether other tasks would run, or other offices or persons would be asked.
    fn changes_course(&self, fields: &BTreeMap<String, Json>) -> Result<bool, Error> {
        let Some(application) = &self.state.application else { return Ok(false) };
        let before = application.reveal();
        let mut after = before.clone();
        for (path, value) in fields {
            crate::dossier::state::set(&mut after, path, value.clone());
        }
        let results = self.state.results();
        let (was, is) = (Facts::new(before, &results), Facts::new(&after, &results));
        for task in &self.group.tasks {
            let agency = task.agency();
            let area = |form| agency.and_then(|it| it.at.get(form).cloned());
            let persons =
                |form| task.consents.iter().map(|it| it.of.get(form).cloned()).collect::<Vec<_>>();
            let form_alone = !task.awaits_results();
            let runs = |facts| task.skipped(facts).map(|it| it.is_none());
            if area(before) != area(&after)
                || persons(before) != persons(&after)
                || form_alone
                    && runs(&was).map_err(undecidable)? != runs(&is).map_err(undecidable)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
