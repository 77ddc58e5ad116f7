//! Moving to newer rules: only on the applicant's request, whose answers are carried over as the
//! newer version declares. What is under way keeps its limit; what begins from now on goes by the
//! new rules (Decree 301/2026/NĐ-CP, article 18: what was received before stays under the old).

use serde_json::Value as Json;

use super::{Deciding, undecidable};
use crate::catalogue::{Catalogue, InForce};
use crate::dossier::event::{Details, Fact, GroupVersion};
use crate::dossier::refusal::{Error, Refusal};
use crate::dossier::state::set;
use crate::dossier::task::TaskStatus;
use crate::personal::Personal;
use crate::workflow::{Adoption, Group, ValidationContext};

impl Deciding {
    pub(super) fn adopt(&mut self, catalogue: &Catalogue) -> Result<(), Error> {
        if self.state.has_ended() {
            return Err(Refusal::NothingOpen.into());
        }
        let versions =
            catalogue.in_force(&self.state.group.name, self.at).ok_or(Refusal::NotInForce)?;
        let group = versions.group.clone();
        let adoption = group.adopts.as_ref();
        let adoption = adoption.filter(|it| it.version == self.state.group.version);
        let adoption = adoption.ok_or(Refusal::NoNewerRules)?;
        let begun = self
            .state
            .tasks
            .iter()
            .filter(|it| !matches!(it.status, TaskStatus::Waiting | TaskStatus::Skipped));
        if begun.into_iter().any(|it| group.task(&it.name).is_none()) {
            return Err(Refusal::NoNewerRules.into());
        }
        let application = self.carried_over(adoption);
        self.check_adopted(&versions, &application)?;
        let InForce { group_digest: digest, .. } = versions;
        let (name, version) = (group.name.clone(), group.version);
        let tasks = group.tasks.iter().map(|it| it.name.clone()).collect();
        let details = Details { application: Some(application), ..Details::default() };
        let pinned = GroupVersion { name, version, digest };
        self.group = group;
        self.emit(Fact::RulesAdopted { group: pinned, tasks }, Some(Personal::new(details)));
        self.skip_what_is_not_asked_for()?;
        self.start_watches(self.state.submitted_at.unwrap_or(self.at))
    }

    /// The answers under the names of the newer form.
    fn carried_over(&self, adoption: &Adoption) -> Json {
        let before = self.state.application.as_ref().map(|it| it.reveal().clone());
        let before = before.unwrap_or_default();
        let mut after = before.clone();
        for (to, from) in &adoption.fields {
            if let Some(value) = from.get(&before) {
                set(&mut after, &to.to_string(), value.clone());
            }
        }
        after
    }

    /// The answers are right by the newer form too; its rules are asked for the day of receipt.
    fn check_adopted(&self, versions: &InForce, application: &Json) -> Result<(), Error> {
        let group: &Group = &versions.group;
        let today = self.at.date_naive();
        let context = ValidationContext { today, areas: versions.directory.as_ref() };
        let mut faults = group.form.validate(application, &context);
        if faults.is_empty() {
            let received = self.state.submitted_at.unwrap_or(self.at).date_naive();
            faults.extend(group.broken_rules(application, received).map_err(undecidable)?);
            let offices =
                super::submit::office_faults(group, &versions.directory, application, today);
            faults.extend(offices);
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }
}
