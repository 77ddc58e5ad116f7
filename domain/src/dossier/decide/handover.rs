//! Handovers: an agency says that it has what it was sent, or all parties are alerted (Decree
//! 63/2024/NĐ-CP as amended, article 7.5).

use std::collections::BTreeSet;

use super::Deciding;
use crate::calendar::Counting;
use crate::dossier::event::{Fact, Moment};
use crate::dossier::refusal::Error;
use crate::dossier::task::{MessageKind, TaskStatus};
use crate::workflow::Task;

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
        let messages = self.alert_messages(task);
        let repair = begun.unwrap_or_else(|| self.after(handover.repair));
        let alert_at = self.after(handover.acknowledge);
        let task = name.to_owned();
        self.emit(
            Fact::HandoverAlerted { task, dispatch, alert, messages, repair, alert_at },
            None,
        );
        Ok(())
    }

    /// What was sent has not reached its office in the time in which systems agree with each other:
    /// all parties are told, once. That it has not reached it is told from outside.
    pub(super) fn delivery_overdue(&mut self, name: &str, dispatch: &str) -> Result<(), Error> {
        let (state, task) = self.task(name)?;
        let deliver = self.group.handover.and_then(|it| it.deliver);
        let (Some(deliver), Some(sent_at)) = (deliver, state.dispatched_at) else { return Ok(()) };
        let is_known = state.delivery_overdue || state.dispatch.as_deref() != Some(dispatch);
        if is_known || state.status != TaskStatus::Dispatched {
            return Ok(());
        }
        let due = self.calendar.due(deliver, &Counting { cut_off: None }, sent_at, &[]);
        if due.is_ok_and(|it| it.at <= self.at) {
            let messages = self.alert_messages(task);
            let (task, dispatch) = (name.to_owned(), dispatch.to_owned());
            self.emit(Fact::DeliveryOverdue { task, dispatch, messages }, None);
        }
        Ok(())
    }

    /// The ids of the messages to the office and to those whose results went along.
    fn alert_messages(&self, task: &Task) -> Vec<String> {
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
        offices.map(|(name, office)| self.message(name, office, kind, number(name))).collect()
    }
}
