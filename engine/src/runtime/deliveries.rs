//! Pushes what is due, office by office: one that is slow or dead takes its own places alone. Nothing
//! is remembered here that is not in the store: after a crash a message goes out again, under its id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use chrono::{DateTime, Utc};
use lienthong_domain::agency::Command;
use lienthong_domain::dossier::PORTAL;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Error, Runtime, Shared};
use crate::delivery::{Gate, Message, Sender, Sent, outcome};
use crate::failpoint::{self, Point};
use crate::log::OutboxRow;
use crate::log::feeds::{Change, Delivery, Effect};
use crate::sabotage::{self, Bug};

/// How often is looked for what is due without being woken.
const TICK: Duration = Duration::from_millis(250);
/// Messages on their way, to all offices together.
const IN_FLIGHT_MAX: usize = 512;
/// Beyond so many, an office gets one at a time: many that are slow leave room for one that is not.
const IN_FLIGHT_SHARED: usize = 256;
/// Outcomes that are written together.
const OUTCOMES_MAX: usize = 256;
/// Due messages of one office that are looked at: those on their way, and those that may follow.
const PAGE: u32 = 16;

/// An attempt that has ended.
struct Ended {
    epoch: i64,
    delivery: Delivery,
    sent: Sent,
}

/// What is on its way.
#[derive(Default)]
struct Way {
    in_flight: BTreeSet<String>,
    gates: BTreeMap<String, Gate>,
}

impl Way {
    fn has_room(&self, office: &str, now: DateTime<Utc>) -> bool {
        let (is_used, has_room) =
            self.gates.get(office).map_or((false, true), |it| (it.is_used(), it.room(now) > 0));
        let most = if is_used { IN_FLIGHT_SHARED } else { IN_FLIGHT_MAX };
        has_room && self.in_flight.len() < most
    }

    fn begin(&mut self, message: &OutboxRow) {
        self.in_flight.insert(message.message_id.clone());
        self.gates.entry(message.addressee.clone()).or_default().begin();
    }

    fn end(&mut self, message: &OutboxRow, sent: &Sent, now: DateTime<Utc>) {
        self.in_flight.remove(&message.message_id);
        if let Some(gate) = self.gates.get_mut(&message.addressee) {
            gate.end(sent, now);
        }
    }
}

impl Runtime {
    /// Starts pushing messages. To be called once.
    pub fn deliver_by(&self, sender: Arc<dyn Sender>) {
        tokio::spawn(run(Arc::downgrade(&self.shared), sender));
    }

    /// From now on an office is reached by push. Gives the generation of its address.
    ///
    /// # Errors
    /// If there is no such office, or the address is not one of this machine.
    pub async fn set_agency_endpoint(&self, office: &str, url: &str) -> Result<u32, Error> {
        let published = self.published();
        if office != PORTAL && published.current_directories().all(|it| it.office(office).is_none())
        {
            return Err(Error::Undecidable(format!("there is no office {office}")));
        }
        let at = self.shared.clock.now().fixed_offset();
        self.change_agency(office, Command::SetEndpoint { at, url: url.to_owned() }).await?;
        let agency = self.shared.agency(office).await?;
        Ok(agency.endpoint().map_or(0, |it| it.generation))
    }

    /// From now on an office is not reached by push any more.
    ///
    /// # Errors
    /// If it was not.
    pub async fn remove_agency_endpoint(&self, office: &str) -> Result<(), Error> {
        let at = self.shared.clock.now().fixed_offset();
        self.change_agency(office, Command::RemoveEndpoint { at }).await
    }
}

async fn run(shared: Weak<Shared>, sender: Arc<dyn Sender>) {
    let Some(bell) = shared.upgrade().map(|it| Arc::clone(&it.bells.push)) else { return };
    let (ended, mut ends) = mpsc::channel(IN_FLIGHT_MAX);
    let mut way = Way::default();
    loop {
        let mut outcomes = Vec::new();
        tokio::select! {
            _ = ends.recv_many(&mut outcomes, OUTCOMES_MAX) => {}
            _ = timeout(TICK, bell.notified()) => {}
        }
        let Some(shared) = shared.upgrade() else { break };
        if shared.has_stopped() {
            break;
        }
        shared.write_down(&mut way, outcomes).await;
        if let Err(error) = shared.send_due(&mut way, &sender, &ended).await {
            tracing::warn!(%error, "messages could not be pushed");
        }
    }
}

impl Shared {
    /// Begins attempts at what is due, as far as there is room.
    async fn send_due(
        &self,
        way: &mut Way,
        sender: &Arc<dyn Sender>,
        ended: &mpsc::Sender<Ended>,
    ) -> Result<(), Error> {
        let epochs: BTreeMap<u32, i64> =
            self.log.held().iter().map(|it| (it.partition, it.epoch)).collect();
        let now = self.clock.now();
        let partitions: Vec<u32> = epochs.keys().copied().collect();
        for delivery in self.log.due_deliveries(&partitions, now, PAGE).await? {
            let message = &delivery.outgoing.message;
            let Some(&epoch) = epochs.get(&delivery.outgoing.partition) else { continue };
            if way.in_flight.contains(&message.message_id) || !way.has_room(&message.addressee, now)
            {
                continue;
            }
            let endpoint = self.agency(&message.addressee).await?.endpoint().cloned();
            way.begin(message);
            let (sender, ended) = (Arc::clone(sender), ended.clone());
            tokio::spawn(async move {
                let sent = match endpoint {
                    None => Sent::Gone("no-address"),
                    Some(endpoint) => {
                        let id = message_id(&delivery);
                        let delivery = delivery.clone();
                        sender.send(&Message { id, delivery, endpoint, at: now }).await
                    }
                };
                failpoint::hit(Point::DeliverySent);
                let _ = ended.send(Ended { epoch, delivery, sent }).await;
            });
        }
        Ok(())
    }

    /// Spreads attempts; nothing depends on its being good.
    fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        let _ = self.chance.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// Writes down what came of attempts. What can't be written is attempted again.
    async fn write_down(&self, way: &mut Way, outcomes: Vec<Ended>) {
        let now = self.clock.now();
        let mut effects = Vec::with_capacity(outcomes.len());
        for Ended { epoch, delivery, sent } in outcomes {
            let message = &delivery.outgoing.message;
            way.end(message, &sent, now);
            let attempted = outcome(&delivery, &sent, now, self.random());
            tracing::info!(
                message = message.message_id,
                office = message.addressee,
                state = attempted.state.name(),
                failure = attempted.failure,
                "attempted"
            );
            let changes = vec![Change::Attempted(attempted)];
            let partition = delivery.outgoing.partition;
            effects.push(Effect { partition, epoch, advance: None, changes });
        }
        way.gates.retain(|_, gate| !gate.is_idle());
        if effects.is_empty() {
            return;
        }
        match self.apply(&effects).await {
            Ok(done) if done.iter().all(|it| *it) => {}
            Ok(_) => tracing::warn!("attempts belong to another process's partitions now"),
            Err(error) => tracing::warn!(%error, "attempts could not be written down"),
        }
    }
}

/// Under which id a message goes out: its own.
fn message_id(delivery: &Delivery) -> String {
    let id = &delivery.outgoing.message.message_id;
    if sabotage::on(Bug::NewIdOnRetry) && delivery.attempts > 0 {
        return format!("{id}-{}", delivery.attempts);
    }
    id.clone()
}

#[cfg(test)]
mod tests {
    //! Offices that are slow leave room for one that is not.

    use super::*;

    fn message(office: usize, n: usize) -> OutboxRow {
        OutboxRow {
            dossier_id: String::new(),
            message_id: format!("{office}/{n}"),
            addressee: office.to_string(),
            kind: String::new(),
            task: String::new(),
            sequence: 1,
            caused_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn many_slow_offices_leave_room_for_another() {
        let now = DateTime::UNIX_EPOCH;
        let mut way = Way::default();
        let mut offices = 0;
        while way.has_room(&offices.to_string(), now) && way.in_flight.len() < IN_FLIGHT_MAX {
            for n in 0..PAGE as usize {
                if way.has_room(&offices.to_string(), now) {
                    way.begin(&message(offices, n));
                }
            }
            offices += 1;
        }
        let shared = IN_FLIGHT_SHARED / crate::delivery::AT_ONCE;
        assert_eq!(offices, shared + IN_FLIGHT_MAX - IN_FLIGHT_SHARED);
        assert_eq!(way.in_flight.len(), IN_FLIGHT_MAX);
        way.end(&message(0, 0), &Sent::Taken, now);
        assert!(!way.has_room("0", now), "it has others on their way");
        assert!(way.has_room("another", now));
    }
}
