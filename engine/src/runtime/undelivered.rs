//! Tells dossiers of dispatches that have not reached their office in time. How long that is the
//! definition says; here is only looked for what is not young any more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use chrono::TimeDelta;
use lienthong_domain::dossier::{Action, Actor, Command, Dossier, MessageKind};
use uuid::Uuid;

use super::order::Act;
use super::{Error, Runtime, Shared, command_id};
use crate::log::feeds::{Delivery, DeliveryPage, DeliveryState};
use crate::log::{OutboxRow, READ_ROWS_MAX};

/// How often is looked.
const TICK: Duration = Duration::from_secs(30);
/// What is younger is not late by any definition.
const YOUNG: TimeDelta = TimeDelta::minutes(1);
/// What is older was told long ago, and others keep an eye on it.
const OLD: TimeDelta = TimeDelta::hours(2);

impl Runtime {
    /// Tells dossiers of dispatches that have not reached their office. The engine does so by itself;
    /// a test with a clock of its own need not wait for that.
    ///
    /// # Errors
    /// If the store can't be used.
    pub async fn report_undelivered(&self) -> Result<(), Error> {
        self.shared.report_undelivered().await
    }
}

pub(super) async fn run(shared: Weak<Shared>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(shared) = shared.upgrade() else { break };
        match shared.report_undelivered().await {
            Ok(()) => {}
            Err(Error::Stopped) => break,
            Err(error) => tracing::warn!(%error, "late deliveries could not be told"),
        }
    }
}

impl Shared {
    /// Of this process's partitions.
    async fn report_undelivered(&self) -> Result<(), Error> {
        for state in [DeliveryState::Pending, DeliveryState::Parked] {
            let mut after = None;
            loop {
                let page = DeliveryPage { state, office: None, after, limit: READ_ROWS_MAX };
                let rows = self.log.deliveries(page).await?;
                self.report_rows(&rows).await?;
                let last = rows.last().map(|it| it.outgoing.message.clone());
                after = last.map(|it| (it.addressee, it.message_id));
                if rows.len() < READ_ROWS_MAX as usize {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn report_rows(&self, rows: &[Delivery]) -> Result<(), Error> {
        let now = self.clock.now();
        let is_late = |it: &&Delivery| {
            let age = now - it.outgoing.message.caused_at;
            it.outgoing.message.kind == MessageKind::Dispatch.name()
                && age >= YOUNG
                && age <= OLD
                && self.log.owns(it.outgoing.partition)
        };
        let late: Vec<&Delivery> = rows.iter().filter(is_late).collect();
        let ids: BTreeSet<Uuid> =
            late.iter().filter_map(|it| it.outgoing.message.dossier_id.parse().ok()).collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let known = self.dossiers(&ids).await?.into_iter().flatten();
        let known: BTreeMap<String, Arc<Dossier>> =
            known.map(|it| (it.id.to_string(), it)).collect();
        for message in late.iter().map(|it| &it.outgoing.message) {
            let waiting = known.get(&message.dossier_id).filter(|it| waits_for(it, message));
            let Some(dossier) = waiting else { continue };
            let (task, dispatch) = (message.task.clone(), message.message_id.clone());
            let action = Action::ReportUndelivered { task, dispatch };
            let command = Command { at: now.fixed_offset(), actor: Actor::Timer, action };
            let command_id = command_id::new(now, self.chance.as_ref())?;
            self.act(Act { dossier: dossier.id, command_id, digest: [0; 32], command }).await?;
        }
        Ok(())
    }
}

/// Whether nothing shows that a dispatch has arrived, and nobody was told of that.
fn waits_for(dossier: &Dossier, dispatch: &OutboxRow) -> bool {
    dossier.task(&dispatch.task).is_some_and(|it| {
        it.dispatch.as_ref() == Some(&dispatch.message_id)
            && it.acknowledged_at.is_none()
            && !it.delivery_overdue
    })
}
