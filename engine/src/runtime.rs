//! The one road into the log: commands queue here, are decided in memory, and what was decided
//! while the last commit ran becomes the next commit.
//!
//! One loop decides and writes; whoever sent a command waits for its answer and may go away
//! without disturbing anything. Nothing is answered before it is on disk.

mod aside;
mod batch;
mod cache;
mod command_id;
mod keys;
mod reference;
mod serial;
mod timers;

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use lienthong_domain::catalogue::{Catalogue, Reference};
use lienthong_domain::dossier::{
    Action, Actor, Attachment, Channel, Citizen, Command, Dossier, DossierCode, Event, Submit,
    receiving_office,
};
use lienthong_domain::language::Text;
use lienthong_domain::workflow::FieldFault;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use crate::clock::Clock;
use crate::log::{self, Hash, Log, StreamId};
use batch::{Decided, Job};
use cache::Cache;
use serial::Serials;

pub use keys::AgencyKey;

/// Commands that may wait for the loop; further ones are told to come again.
pub const QUEUE_MAX: usize = 10_000;

/// A running engine. Cheap to clone; all clones are one engine.
#[derive(Clone)]
pub struct Runtime {
    shared: Arc<Shared>,
}

struct Shared {
    log: Arc<dyn Log>,
    clock: Arc<dyn Clock>,
    /// What is published, and what open dossiers were found to be on.
    catalogue: Mutex<Arc<Catalogue>>,
    cache: Mutex<Cache>,
    serials: Serials,
    queue: mpsc::Sender<Job>,
    changes: watch::Sender<u64>,
    /// Set when the engine can't go on: the log was lost to another owner, or closed itself.
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

/// Why a command has no outcome. Nothing has changed, unless it says that this is unknown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request is wrong at these fields. It may be sent again under the same id.
    #[error("the request is invalid in {} place(s)", .0.len())]
    Invalid(Vec<FieldFault>),
    #[error("the command id was used for another request")]
    OtherContent,
    #[error("the command id is not usable: {0}")]
    CommandId(&'static str),
    /// Too much is waiting; come again.
    #[error("the engine is busy")]
    Busy,
    /// The store can't be reached; the same command may be sent again.
    #[error("the store is unavailable")]
    Unavailable(#[source] log::Error),
    #[error("can't be decided: {0}")]
    Undecidable(String),
    /// What is stored can't be read: stop and look.
    #[error("the log can't be read: {0}")]
    Corrupt(String),
    /// The engine has stopped.
    #[error("the engine has stopped")]
    Stopped,
    #[error(transparent)]
    Key(#[from] lienthong_domain::agency::Error),
}

impl From<log::Error> for Error {
    fn from(error: log::Error) -> Self {
        match error {
            log::Error::Corrupt(why) => Self::Corrupt(why),
            log::Error::Closed | log::Error::NotOwner { .. } => Self::Stopped,
            error => Self::Unavailable(error),
        }
    }
}

impl Runtime {
    /// Publishes the references and starts deciding and keeping time.
    ///
    /// # Errors
    /// If a reference has faults, or the store can't be used.
    pub async fn start(
        log: Arc<dyn Log>,
        clock: Arc<dyn Clock>,
        published: Vec<Reference>,
    ) -> Result<Self, Error> {
        let catalogue = reference::publish(log.as_ref(), &published).await?;
        let (queue, jobs) = mpsc::channel(QUEUE_MAX);
        let shared = Arc::new(Shared {
            log,
            clock,
            catalogue: Mutex::new(Arc::new(catalogue)),
            cache: Mutex::default(),
            serials: Serials::default(),
            queue,
            changes: watch::Sender::new(0),
            stopped: watch::Sender::new(None),
        });
        tokio::spawn(batch::run(Arc::downgrade(&shared), jobs));
        tokio::spawn(timers::run(Arc::downgrade(&shared)));
        Ok(Self { shared })
    }

    /// Submits an application.
    ///
    /// # Errors
    /// What is wrong with it, or why it can't be decided now.
    pub async fn submit(&self, request: SubmitRequest) -> Result<Outcome, Error> {
        let now = self.shared.clock.now();
        command_id::check(request.command_id, now)?;
        let actor = Actor::Citizen(request.citizen);
        let sender = sender(&actor);
        let dossier = command_id::dossier_id(request.command_id, &sender);
        if let Some(known) =
            self.shared.known(dossier, &sender, request.command_id, request.digest).await?
        {
            return known;
        }
        let mut submit = Submit {
            dossier,
            code: String::new(),
            group: request.group,
            channel: request.channel,
            application: request.application,
            attachments: request.attachments,
        };
        let mut command =
            Command { at: now.fixed_offset(), actor, action: Action::Submit(submit.clone()) };
        // A refusal is found again, and remembered, where the command is decided.
        if let Ok(agency) = receiving_office(&command, &submit, &self.published()) {
            let code = self.shared.dossier_code(agency, now).await;
            submit.code = code.inspect_err(|it| self.shared.notice(it))?;
            command.action = Action::Submit(submit);
        }
        self.shared.decide(dossier, request.command_id, request.digest, command).await
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
        self.shared.decide(dossier, command_id, digest, command).await
    }

    /// The state of a dossier; `None` if there is none.
    ///
    /// # Errors
    /// If the log can't be read.
    pub async fn dossier(&self, id: Uuid) -> Result<Option<Arc<Dossier>>, Error> {
        let dossier = self.shared.load(id).await?;
        Ok(Some(dossier).filter(|it| it.is_submitted()))
    }

    /// Everything that has happened to a dossier, in order.
    ///
    /// # Errors
    /// If the log can't be read.
    pub async fn events(&self, id: Uuid) -> Result<Vec<RecordedEvent>, Error> {
        let recorded = self.shared.log.load(&stream(id)).await?;
        recorded.iter().map(cache::recorded_event).collect()
    }

    /// A catalogue that holds the versions that a dossier is on.
    ///
    /// # Errors
    /// If the store lacks one of them.
    pub async fn catalogue(&self, dossier: &Dossier) -> Result<Arc<Catalogue>, Error> {
        self.shared.catalogue_for(dossier).await
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

    /// Changes after every commit: who waits for something looks again then.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// Fires every timer that is due now. The engine does so by itself; a test with a clock of its
    /// own need not wait for that.
    ///
    /// # Errors
    /// If the store can't be used.
    pub async fn fire_due_timers(&self) -> Result<(), Error> {
        timers::fire(&self.shared, &mut timers::Troubled::default()).await
    }

    /// Returns when the engine can't go on. The process should end then; the next one recovers.
    pub async fn stopped(&self) -> log::Error {
        let mut stopped = self.shared.stopped.subscribe();
        let error = stopped.wait_for(Option::is_some).await.map(|it| it.clone());
        error.ok().flatten().unwrap_or(log::Error::Closed)
    }

    /// Closes the log once what it was given is written. Commands that still wait for a decision
    /// are told that the engine has stopped; none of them has an answer yet.
    pub async fn shutdown(self) {
        self.shared.log.close().await;
    }
}

impl Shared {
    /// The log is lost, to another owner or to a fault: the engine can't go on, wherever that was
    /// noticed.
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

    fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.catalogue.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Queues a command and waits for its answer.
    async fn decide(
        &self,
        dossier: Uuid,
        command_id: Uuid,
        digest: Hash,
        command: Command,
    ) -> Result<Outcome, Error> {
        let (reply, answer) = oneshot::channel();
        let sender = sender(&command.actor);
        let job = Job { dossier, command_id, digest, sender, command, reply };
        self.queue.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Error::Busy,
            mpsc::error::TrySendError::Closed(_) => Error::Stopped,
        })?;
        match answer.await {
            Ok(Decided::Outcome(outcome)) => Ok(outcome),
            Ok(Decided::Failed(error)) => Err(error),
            Err(_) => Err(Error::Stopped),
        }
    }

    /// The outcome of a command that was already decided.
    async fn known(
        &self,
        dossier: Uuid,
        sender: &str,
        command_id: Uuid,
        digest: Hash,
    ) -> Result<Option<Result<Outcome, Error>>, Error> {
        let partition = self.log.partition_of(&dossier.to_string());
        let receipt = self.log.receipt(partition, sender, command_id).await?;
        Ok(receipt.map(|receipt| batch::outcome_of(&receipt, digest)))
    }

    async fn dossier_code(&self, agency: String, now: DateTime<Utc>) -> Result<String, Error> {
        let day = now.with_timezone(&serial::zone()).date_naive();
        let serial = self.serials.next(self.log.as_ref(), &agency, day, now).await?;
        Ok(DossierCode { agency, day, serial }.to_string())
    }
}

/// The name under which a sender's receipts are kept.
fn sender(actor: &Actor) -> String {
    match actor {
        Actor::Citizen(citizen) => format!("citizen:{}", citizen.account),
        Actor::Agency(office) => format!("agency:{office}"),
        Actor::Timer => "timer".to_owned(),
    }
}

fn stream(dossier: Uuid) -> StreamId {
    StreamId::new("dossier", dossier.to_string())
}
