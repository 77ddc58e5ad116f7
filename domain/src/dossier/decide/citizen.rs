//! What the applicant does after submitting: supplies what was asked for, withdraws.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::submit::{missing_document, not_your_own, office_faults, unknown_kind};
use super::{Deciding, in_zone, undecidable};
use crate::dossier::event::{Attachment, ClockAfterSupplement, Details, Fact, Item};
use crate::dossier::refusal::{Error, Refusal};
use crate::dossier::task::{SupplementOutcome, SupplementState, TaskState, TaskStatus};
use crate::language::Text;
use crate::personal::Personal;
use crate::workflow::{ClockPolicy, FieldFault, FieldPath, ValidationContext};

impl Deciding {
    pub(super) fn supply(
        &mut self,
        name: &str,
        attachments: &[Attachment],
        fields: &BTreeMap<String, Json>,
    ) -> Result<(), Error> {
        let (state, task) = self.task(name)?;
        if state.status.has_ended() {
            return Err(Refusal::Ended(state.status).into());
        }
        let request = state.open_supplement().ok_or_else(|| why_nothing_is_asked(state))?;
        let faults = self.supply_faults(request, attachments, fields)?;
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let details = Details { fields: fields.clone(), ..Details::default() };
        let personal = (!fields.is_empty()).then(|| Personal::new(details));
        if state.office.is_none() {
            self.provided(name, attachments, personal);
            return Ok(());
        }
        let number = state.supplements.len();
        let (office, overdue) = (state.office.clone().unwrap_or_default(), state.overdue);
        let policy = task.supplement.as_ref().map_or(ClockPolicy::Continue, |it| it.clock);
        let (due, clock) = self.due_after_supplement(name, policy)?;
        let runs = due.is_some() && (!overdue || clock == ClockAfterSupplement::Restarted);
        let remind_at = (!runs).then(|| self.remind_at(self.reminder(name)));
        let fact = Fact::SupplementSupplied {
            task: name.to_owned(),
            request: u32::try_from(number).map_err(undecidable)?,
            message: self.message(name, &office, "supplied", number),
            attachments: attachments.to_vec(),
            due,
            clock,
            remind_at,
        };
        self.emit(fact, personal);
        self.renew_apology(name);
        Ok(())
    }

    /// Everything that was asked for is there, and nothing else; the form stays valid.
    fn supply_faults(
        &self,
        request: &SupplementState,
        attachments: &[Attachment],
        fields: &BTreeMap<String, Json>,
    ) -> Result<Vec<FieldFault>, Error> {
        let asked: BTreeSet<&Item> = request.items.iter().collect();
        let mut faults = Vec::new();
        let mut missing = Vec::new();
        for (index, it) in attachments.iter().enumerate() {
            if !asked.contains(&Item::Document(it.kind.clone())) {
                faults.push(unknown_kind(format!("/documents/{index}/type")));
            }
        }
        for path in fields.keys() {
            if !asked.contains(&Item::Field(path.clone())) {
                faults.push(not_asked(path));
            }
        }
        for item in &request.items {
            match item {
                Item::Document(kind) => {
                    if !attachments.iter().any(|it| it.kind == *kind) {
                        let title = self.group.documents.get(kind).map(|it| it.title.clone());
                        faults.push(missing_document(&title.unwrap_or_default()));
                    }
                }
                Item::Field(path) if !fields.contains_key(path) => {
                    faults.push(missing_field(path));
                    missing.push(place(path));
                }
                Item::Field(_) => {}
            }
        }
        let fields =
            fields.iter().filter(|(path, _)| asked.contains(&Item::Field((*path).clone())));
        let in_form = self.form_faults(fields)?;
        // What is missing has been told; what the form still holds there is of no concern.
        let told = |it: &FieldFault| missing.iter().any(|place| is_within(&it.pointer, place));
        faults.extend(in_form.into_iter().filter(|it| !told(it)));
        Ok(faults)
    }

    /// Faults of the form as it would be with the supplied fields: what held for the application
    /// must hold for it. Rules are asked for the day of the application, since nobody becomes too
    /// old by supplying.
    pub(super) fn form_faults<'a>(
        &self,
        fields: impl Iterator<Item = (&'a String, &'a Json)>,
    ) -> Result<Vec<FieldFault>, Error> {
        let Some(application) = &self.state.application else { return Ok(Vec::new()) };
        let mut fields = fields.peekable();
        if fields.peek().is_none() {
            return Ok(Vec::new());
        }
        let mut form = application.reveal().clone();
        for (path, value) in fields {
            crate::dossier::state::set(&mut form, path, value.clone());
        }
        let context =
            ValidationContext { today: self.at.date_naive(), areas: self.directory.as_ref() };
        let faults = self.group.form.validate(&form, &context);
        if !faults.is_empty() {
            return Ok(faults);
        }
        let applicant = &self.group.applicant;
        if applicant.get(&form) != applicant.get(application.reveal()) {
            return Ok(vec![not_your_own(applicant.pointer())]);
        }
        let received = in_zone(self.state.submitted_at.unwrap_or(self.at), &self.calendar);
        let mut faults =
            self.group.broken_rules(&form, received.date_naive()).map_err(undecidable)?;
        faults.extend(office_faults(&self.group, &self.directory, &form, self.at.date_naive()));
        Ok(faults)
    }

    pub(super) fn withdraw(&mut self, name: Option<&str>) -> Result<(), Error> {
        if let Some(name) = name {
            let (state, _) = self.task(name)?;
            if state.status.has_ended() {
                return Err(Refusal::Ended(state.status).into());
            }
            if state.status == TaskStatus::Reopened {
                return Err(Refusal::Issued.into());
            }
            self.withdraw_task(name);
            return Ok(());
        }
        if self.state.has_ended() {
            return Err(Refusal::NothingOpen.into());
        }
        let is_undecided =
            |it: &&TaskState| !it.status.has_ended() && it.status != TaskStatus::Reopened;
        let undecided = self.state.tasks.iter().filter(is_undecided);
        let undecided: Vec<String> = undecided.map(|it| it.name.clone()).collect();
        if undecided.is_empty() {
            return Err(Refusal::NothingOpen.into());
        }
        for name in undecided {
            self.withdraw_task(&name);
        }
        Ok(())
    }

    fn withdraw_task(&mut self, name: &str) {
        let open = self.state.task(name).filter(|it| it.status.is_open());
        let office = open.and_then(|it| it.office.clone());
        let message = office.map(|office| self.message(name, &office, "withdrawn", 1));
        self.emit(Fact::TaskWithdrawn { task: name.to_owned(), with: None, message }, None);
    }
}

fn why_nothing_is_asked(state: &TaskState) -> Refusal {
    match state.supplements.last().map(|it| it.outcome) {
        Some(SupplementOutcome::Lapsed(_)) => Refusal::WindowClosed,
        _ => Refusal::NothingAsked,
    }
}

/// Where a field is in the form, as a JSON pointer.
fn place(path: &str) -> String {
    FieldPath(path.split('.').map(str::to_owned).collect()).pointer()
}

fn is_within(pointer: &str, place: &str) -> bool {
    pointer.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn pointer(path: &str) -> String {
    "/fields".to_owned() + &FieldPath(vec![path.to_owned()]).pointer()
}

fn not_asked(path: &str) -> FieldFault {
    let message = Text::new("Mục này không được yêu cầu.", "This was not asked for.");
    FieldFault::new(pointer(path), "not-asked", message)
}

fn missing_field(path: &str) -> FieldFault {
    let message = Text::new("Mục này còn thiếu.", "This is missing.");
    FieldFault::new(pointer(path), "required", message)
}
