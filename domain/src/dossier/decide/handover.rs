//! Handovers: an agency says that it has what it was sent, or all parties are alerted (Decree
//! 63/2024/NĐ-CP as amended, article 7.5).

use std::collections::BTreeSet;

use super::Deciding;
use crate::dossier::event::{Fact, Moment};
use crate::dossier::refusal::Error;
use crate::dossier::task::MessageKind;

impl Deciding {
    /// When all are alerted of what is dispatched now.
    pub(super) fn alert_at(&self) -> Option<Moment> {
        self.group.handover.map(|it| self.after(it.acknowledge))
    }

    /// Tells the office, those whose results went along, and by the event everybody who reads it.
    pub(super) fn alert(&mut self, name: &str) -> Result<(), Error> {
        let Some(handover) = self.group.handover else { return Ok(()) };
        let (state, task) = self.task(name)?;
        let alert = state.alerts.as_ref().map_or(0, |it| it.count) + 1;
        let begun = state.alerts.as_ref().map(|it| it.repair);
        let dispatch = state.dispatch.clone().unwrap_or_default();
        let concerned: BTreeSet<&String> = task.needs.iter().chain([&task.name]).collect();
        let offices = concerned.into_iter().filter_map(|name| {
            let office = self.state.task(name)?.office.as_ref()?;
            Some((name, office))
        });
        let number = |name: &str| {
            let messages = self.state.task(name).map_or(&[][..], |it| &it.messages);
            messages.iter().filter(|it| it.kind == MessageKind::Alert).count() + 1
        };
        let kind = MessageKind::Alert.name();
        let messages =
            offices.map(|(name, office)| self.message(name, office, kind, number(name))).collect();
        let repair = begun.unwrap_or_else(|| self.after(handover.repair));
        let alert_at = self.after(handover.acknowledge);
        let task = name.to_owned();
        self.emit(
            Fact::HandoverAlerted { task, dispatch, alert, messages, repair, alert_at },
            None,
        );
        Ok(())
    }
}
