//! The one road into the log: commands queue here, are decided in memory, and what was decided
//! while the last commit ran becomes the next commit.
//!
//! A loop for each lane decides and writes for the partitions of this process; commands for others
//! go to their owners. Whoever sent a command waits for its answer and may go away without
//! disturbing anything. Nothing is answered before it is on disk.

mod bells;
mod bulletin;
mod cache;
mod claims;
mod command_id;
mod deliveries;
mod ending;
mod error;
mod feed;
mod keys;
mod lane;
mod order;
mod ownership;
mod peers;
mod read;
mod recent;
mod reference;
mod route;
mod serial;
mod timers;
mod undelivered;
mod upkeep;

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use lienthong_domain::catalogue::{Catalogue, Reference};
use lienthong_domain::dossier::{
    Action, Actor, Attachment, Channel, Citizen, Command, DossierCode, Event, Submit, claimed, vet,
};
use lienthong_domain::language::Text;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tokio::sync::watch;
use uuid::Uuid;

use crate::chance::{Chance, SystemChance};
use crate::clock::{Clock, zone};
use crate::log::{self, Hash, Log, Receipt, StreamId};
use crate::metrics::{Ending, Metrics};
use crate::subscription;
use bells::Bells;
use bulletin::Recounts;
use feed::Feed;
use lane::Lane;
use order::{Act, Order, Reply};
use ownership::Ownership;
use read::Keys;
use recent::Recent;
use serial::Serials;
use timers::Horizon;

pub use error::Error;
pub use keys::AgencyKey;
pub use peers::{Company, Peers, Unreachable};

/// What aggregates in memory may take, all lanes together.
const CACHE_BYTES_MAX: usize = 640 * 1024 * 1024;
/// A running engine. Cheap to clone; all clones are one engine.
#[derive(Clone)]
pub struct Runtime {
    shared: Arc<Shared>,
}

struct Shared {
    log: Arc<dyn Log>,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    /// What is published, and what open dossiers were found to be on.
    catalogue: Mutex<Arc<Catalogue>>,
    lanes: Vec<Arc<Lane>>,
    ownership: Ownership,
    peers: Option<Arc<dyn Peers>>,
    horizon: Horizon,
    serials: Serials,
    recounts: Recounts,
    keys: Keys,
    bells: Bells,
    recent: Recent,
    feed: tokio::sync::Mutex<Feed>,
    metrics: Arc<Metrics>,
    /// Set when the engine can't go on: the log closed itself.
    stopped: watch::Sender<Option<log::Error>>,
}

/// A new application, as its sender means it.
pub struct SubmitRequest {
    /// A uuid v7 of the sender's making; the same id again is the same application.
    pub command_id: Uuid,
    /// Of the request's content.
    pub digest: Hash,
    pub citizen: Citizen,
    pub group: String,
    pub channel: Channel,
    pub application: Json,
    /// The stored files that the application names.
    pub attachments: Vec<Attachment>,
}

/// Anything that is asked of a dossier that exists.
pub struct Request {
    /// A uuid v7 of the sender's making; the same id again is the same request.
    pub command_id: Uuid,
    /// Of the request's content.
    pub digest: Hash,
    pub dossier: Uuid,
    pub actor: Actor,
    pub action: Action,
}

/// What a command came to; remembered, and given again to whoever repeats the command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Accepted {
        dossier: Uuid,
        code: String,
        /// Of the dossier's last event after the command.
        sequence: u64,
    },
    Refused {
        code: String,
        sentence: Text,
    },
}

/// An event with what the log knows of it.
#[derive(Clone, Debug)]
pub struct RecordedEvent {
    pub sequence: u64,
    pub event: Event,
    pub recorded_at: DateTime<Utc>,
    /// Who caused it, e.g. `agency:…`, `citizen:…`, `timer`.
    pub actor: String,
    pub hash: Hash,
}

impl Runtime {
    /// Publishes the references and starts deciding and keeping time, as the only process that
    /// takes part.
    ///
    /// # Errors
    /// If a reference has faults, or the store can't be used.
    pub async fn start(
        log: Arc<dyn Log>,
        clock: Arc<dyn Clock>,
        published: Vec<Reference>,
    ) -> Result<Self, Error> {
        Self::start_among(log, clock, published, None).await
    }

    /// As [`Runtime::start`], among other processes on the same store.
    ///
    /// # Errors
    /// As [`Runtime::start`].
    pub async fn start_among(
        log: Arc<dyn Log>,
        clock: Arc<dyn Clock>,
        published: Vec<Reference>,
        company: Option<Company>,
    ) -> Result<Self, Error> {
        Self::start_by(Arc::new(SystemChance::default()), log, clock, published, company).await
    }

    /// As [`Runtime::start_among`], with randomness that is handed in.
    ///
    /// # Errors
    /// As [`Runtime::start`].
    pub async fn start_by(
        chance: Arc<dyn Chance>,
        log: Arc<dyn Log>,
        clock: Arc<dyn Clock>,
        published: Vec<Reference>,
        company: Option<Company>,
    ) -> Result<Self, Error> {
        let catalogue = reference::publish(log.as_ref(), &published).await?;
        subscription::prepare(log.as_ref()).await?;
        let n_lanes = log.lanes().max(1) as usize;
        let (lanes, jobs): (Vec<_>, Vec<_>) =
            (0..n_lanes).map(|_| Lane::new(CACHE_BYTES_MAX / n_lanes)).unzip();
        let (address, peers) = company.map(|it| (it.address, it.peers)).unzip();
        let address = address.flatten();
        let shared = Arc::new(Shared {
            log,
            clock,
            chance,
            catalogue: Mutex::new(Arc::new(catalogue)),
            lanes: lanes.into_iter().map(Arc::new).collect(),
            ownership: Ownership::new(address),
            peers,
            horizon: Horizon::default(),
            serials: Serials::default(),
            recounts: Recounts::default(),
            keys: Keys::default(),
            bells: Bells::default(),
            recent: Recent::default(),
            feed: tokio::sync::Mutex::default(),
            metrics: Arc::default(),
            stopped: watch::Sender::new(None),
        });
        for (lane, jobs) in jobs.into_iter().enumerate() {
            tokio::spawn(lane::run(Arc::downgrade(&shared), lane, jobs));
        }
        shared.find_owners().await?;
        shared.learn_calendars().await?;
        tokio::spawn(ownership::run(Arc::downgrade(&shared)));
        tokio::spawn(timers::run(Arc::downgrade(&shared)));
        tokio::spawn(bulletin::run(Arc::downgrade(&shared)));
        tokio::spawn(undelivered::run(Arc::downgrade(&shared)));
        tokio::spawn(upkeep::run(Arc::downgrade(&shared)));
        let (committed, pushed) = (&shared.bells.committed, &shared.bells.pushed_to);
        tokio::spawn(feed::run(Arc::downgrade(&shared), Arc::clone(committed), Arc::clone(pushed)));
        Ok(Self { shared })
    }

    /// Submits an application. What was begun comes to its end, whether or not anybody still waits
    /// for it.
    ///
    /// # Errors
    /// What is wrong with it, or why it can't be decided now.
    pub async fn submit(&self, request: SubmitRequest) -> Result<Outcome, Error> {
        let runtime = self.clone();
        let taking_in = tokio::spawn(async move { runtime.take_in_application(request).await });
        taking_in.await.unwrap_or_else(|fault| Err(Error::Undecidable(fault.to_string())))
    }

    /// Claims what must be claimed before, and submits.
    async fn take_in_application(&self, request: SubmitRequest) -> Result<Outcome, Error> {
        let now = self.shared.clock.now();
        command_id::check(request.command_id, now)?;
        let actor = Actor::Citizen(request.citizen);
        let dossier = command_id::dossier_id(request.command_id, &order::sender(&actor));
        let mut submit = Submit {
            dossier,
            code: String::new(),
            group: request.group,
            channel: request.channel,
            application: request.application,
            attachments: request.attachments,
            duplicate_of: None,
            vetted: None,
        };
        let mut command = Command { at: now.fixed_offset(), actor, action: Action::Elapse };
        // A refusal is found again, and remembered, where the command is decided.
        let published = self.published();
        if let Ok((agency, vetted)) = vet(&command, &submit, &published) {
            if let Some(claim) = claimed(&submit, command.at, &published) {
                submit.duplicate_of = self.claim(claim, dossier, &command.actor, now).await?;
            }
            submit.code = self.shared.dossier_code(agency, now).await?;
            submit.vetted = Some(vetted);
        }
        command.action = Action::Submit(submit);
        let (command_id, digest) = (request.command_id, request.digest);
        self.shared.act(Act { dossier, command_id, digest, command }).await
    }

    /// Does anything else.
    ///
    /// # Errors
    /// What is wrong with the request, or why it can't be decided now.
    pub async fn execute(&self, request: Request) -> Result<Outcome, Error> {
        let now = self.shared.clock.now();
        command_id::check(request.command_id, now)?;
        let Request { command_id, digest, dossier, actor, action } = request;
        let command = Command { at: now.fixed_offset(), actor, action };
        self.shared.act(Act { dossier, command_id, digest, command }).await
    }

    /// Whether a new application would be taken now. Told before it is read, so that turning it
    /// away costs little.
    ///
    /// # Errors
    /// [`Error::Busy`] if it would wait too long.
    pub fn has_room(&self) -> Result<(), Error> {
        let longest = self.shared.lanes.iter().map(|it| it.wait()).max().unwrap_or_default();
        if longest > lane::SUBMISSION_WAIT_MAX { Err(Error::Busy) } else { Ok(()) }
    }

    /// A catalogue that holds at least what is published.
    #[must_use]
    pub fn published(&self) -> Arc<Catalogue> {
        self.shared.catalogue()
    }

    /// The log, to read from.
    #[must_use]
    pub fn log(&self) -> &Arc<dyn Log> {
        &self.shared.log
    }

    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// What an operator watches.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.shared.metrics
    }

    /// Changes whenever something has been sent to an office: who waits for that looks again then.
    #[must_use]
    pub fn changes_for(&self, office: &str) -> watch::Receiver<u64> {
        self.shared.bells.listen(office)
    }

    /// Fires every timer that is due now. The engine does so by itself; a test with a clock of its
    /// own need not wait for that.
    ///
    /// # Errors
    /// If the store can't be used.
    pub async fn fire_due_timers(&self) -> Result<(), Error> {
        self.shared.horizon.begin_anew();
        let now = self.shared.clock.now();
        timers::fire(&self.shared, now, &mut timers::Troubled::default()).await
    }

    /// Forgets the receipts of commands that nobody may repeat any more, and gives how many. The
    /// engine does so every hour.
    ///
    /// # Errors
    /// If the store can't be used.
    pub async fn forget_old_receipts(&self) -> Result<u64, Error> {
        self.shared.forget_old_receipts().await
    }

    /// Returns when the engine can't go on. The process should end then; the next one recovers.
    pub async fn stopped(&self) -> log::Error {
        let mut stopped = self.shared.stopped.subscribe();
        let error = stopped.wait_for(Option::is_some).await.map(|it| it.clone());
        error.ok().flatten().unwrap_or(log::Error::Closed)
    }

    /// Ends the engine because of something that was noticed elsewhere: nothing more is decided.
    pub fn give_up(&self, error: log::Error) {
        self.shared.stop(error);
    }

    /// Closes the log once what it was given is written, and lets go of its partitions. Commands
    /// that still wait for a decision are told that the engine has stopped; none of them has an
    /// answer yet. Subscriptions take in what was committed a moment ago, so that who looks at the
    /// store finds them where it is.
    pub async fn shutdown(self) {
        // Once more, since what was known of them may have been out of date.
        for _ in 0..2 {
            if let Err(error) = self.follow().await {
                tracing::warn!(%error, "subscriptions could not go on");
            }
        }
        self.shared.stop(log::Error::Closed);
        self.shared.log.close().await;
    }
}

impl Shared {
    /// The log is lost to a fault: the engine can't go on, wherever that was noticed.
    fn notice(&self, error: &Error) {
        if matches!(error, Error::Stopped) {
            self.stop(log::Error::Closed);
        }
    }

    fn stop(&self, error: log::Error) {
        self.stopped.send_if_modified(|it| {
            let first = it.is_none();
            it.get_or_insert(error);
            first
        });
    }

    fn has_stopped(&self) -> bool {
        self.stopped.borrow().is_some()
    }

    fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.catalogue.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn partition(&self, stream: &StreamId) -> u32 {
        self.log.partition_of(&stream.aggregate_id)
    }

    async fn act(&self, act: Act) -> Result<Outcome, Error> {
        let ended = self.carry_out(Order::Act(Box::new(act))).await.and_then(Reply::outcome);
        self.metrics.command(Ending::from(&ended));
        ended
    }

    async fn dossier_code(&self, agency: String, now: DateTime<Utc>) -> Result<String, Error> {
        let day = now.with_timezone(&zone()).date_naive();
        let serial = self.serial(&agency, day, now).await?;
        Ok(DossierCode { agency, day, serial }.to_string())
    }
}

/// What a receipt says to the same command again.
fn outcome_of(receipt: &Receipt, digest: Hash) -> Result<Outcome, Error> {
    if receipt.request_digest != digest {
        return Err(Error::OtherContent);
    }
    serde_json::from_value(receipt.outcome.clone()).map_err(|it| Error::Corrupt(it.to_string()))
}

fn stream(dossier: Uuid) -> StreamId {
    StreamId::new("dossier", dossier.to_string())
}
