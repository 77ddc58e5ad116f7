//! The loop that decides and writes. What queued while the last batch was committed is the next
//! batch, bounded by count; a refused command fails alone.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, Weak};

use cqrs_es::DomainEvent;
use lienthong_domain::catalogue::Catalogue;
use lienthong_domain::dossier::{self, Actor, Command, Dossier, Event, decide};
use lienthong_domain::event::StoredEvent;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::{Error, Outcome, Shared, stream};
use crate::log::{self, Append, Hash, NewEvent, NewReceipt, Receipt};
use crate::projection::Projected;

/// Commands in one batch.
const BATCH_COMMANDS_MAX: usize = 256;
/// How often a batch is decided anew after it lost a race.
const TRIES_MAX: usize = 3;

/// A command in the queue.
pub(super) struct Job {
    pub(super) dossier: Uuid,
    pub(super) command_id: Uuid,
    pub(super) digest: Hash,
    pub(super) sender: String,
    pub(super) command: Command,
    pub(super) reply: oneshot::Sender<Decided>,
}

/// The answer to a job.
pub(super) enum Decided {
    Outcome(Outcome),
    Failed(Error),
}

pub(super) async fn run(shared: Weak<Shared>, mut jobs: mpsc::Receiver<Job>) {
    let _ending = Ending(shared.clone());
    while let Some(first) = jobs.recv().await {
        let Some(shared) = shared.upgrade() else { break };
        let mut batch = vec![first];
        while batch.len() < BATCH_COMMANDS_MAX {
            let Ok(job) = jobs.try_recv() else { break };
            batch.push(job);
        }
        if shared.process(batch).await.is_break() {
            break;
        }
    }
}

/// However the loop ends, whoever waits for the engine to stop is told.
struct Ending(Weak<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(shared) = self.0.upgrade() {
            shared.stop(log::Error::Closed);
        }
    }
}

/// A batch as it is being decided.
#[derive(Default)]
struct Batch {
    /// The dossiers as they will be.
    dossiers: BTreeMap<Uuid, Arc<Dossier>>,
    appends: Vec<Append>,
    /// Outcomes of this batch by partition, sender and command id, as the log keeps receipts: for
    /// an id that is in it twice.
    receipts: BTreeMap<(u32, String, Uuid), (Hash, Outcome)>,
    /// One for each job, in order.
    answers: Vec<Decided>,
}

impl Shared {
    /// Decides and commits a batch and answers it. Breaks if the engine can't go on.
    async fn process(&self, mut jobs: Vec<Job>) -> ControlFlow<()> {
        for _ in 0..TRIES_MAX {
            let mut batch = Batch::default();
            for job in &jobs {
                let answer = self.decide_job(job, &mut batch).await;
                batch.answers.push(answer.map_or_else(Decided::Failed, Decided::Outcome));
            }
            let Batch { dossiers, appends, answers, .. } = batch;
            if appends.is_empty() {
                reply(jobs, answers);
                return ControlFlow::Continue(());
            }
            match self.log.append(appends).await {
                Ok(_) => {
                    self.keep(dossiers);
                    reply(jobs, answers);
                    self.changes.send_modify(|it| *it += 1);
                    return ControlFlow::Continue(());
                }
                Err(log::Error::Conflict { .. } | log::Error::ReceiptExists { .. }) => {
                    self.forget();
                }
                // One of them can't be stored, or they are too many: halves find out which.
                Err(log::Error::Invalid(_) | log::Error::Refused(_)) if jobs.len() > 1 => {
                    let rest = jobs.split_off(jobs.len() / 2);
                    Box::pin(self.process(jobs)).await?;
                    return Box::pin(self.process(rest)).await;
                }
                Err(log::Error::Invalid(why)) => {
                    reply_all(jobs, || Error::Undecidable(why.clone()));
                    return ControlFlow::Continue(());
                }
                Err(error) => return self.fail(jobs, error).await,
            }
        }
        reply_all(jobs, || Error::Busy);
        ControlFlow::Continue(())
    }

    async fn decide_job(&self, job: &Job, batch: &mut Batch) -> Result<Outcome, Error> {
        let partition = self.log.partition_of(&job.dossier.to_string());
        let key = (partition, job.sender.clone(), job.command_id);
        if let Some((digest, outcome)) = batch.receipts.get(&key) {
            let same = *digest == job.digest;
            return if same { Ok(outcome.clone()) } else { Err(Error::OtherContent) };
        }
        let remembered = job.command.actor != Actor::Timer;
        if remembered
            && let Some(known) =
                self.known(job.dossier, &job.sender, job.command_id, job.digest).await?
        {
            return known;
        }
        let before = match batch.dossiers.get(&job.dossier) {
            Some(dossier) => Arc::clone(dossier),
            None => self.load(job.dossier).await?,
        };
        let catalogue = self.catalogue_for(&before).await?;
        let (outcome, events) = match decide_safely(&before, &job.command, &catalogue) {
            Ok(events) => (None, events),
            Err(dossier::Error::Refused(refusal)) => {
                let code = refusal.code().to_owned();
                (Some(Outcome::Refused { code, sentence: refusal.sentence() }), Vec::new())
            }
            Err(dossier::Error::Invalid(faults)) => return Err(Error::Invalid(faults)),
            Err(dossier::Error::Undecidable(why)) => return Err(Error::Undecidable(why)),
        };
        let after = evolved(&before, &events);
        let outcome = outcome.unwrap_or_else(|| Outcome::Accepted {
            dossier: job.dossier,
            code: after.code.clone(),
            sequence: after.sequence,
        });
        if remembered || !events.is_empty() {
            let append = self.append(job, &before, &after, &events, &outcome)?;
            batch.appends.push(append);
            batch.receipts.insert(key, (job.digest, outcome.clone()));
            batch.dossiers.insert(job.dossier, after);
        }
        Ok(outcome)
    }

    fn append(
        &self,
        job: &Job,
        before: &Dossier,
        after: &Dossier,
        events: &[Event],
        outcome: &Outcome,
    ) -> Result<Append, Error> {
        let unwritable = |error: serde_json::Error| Error::Undecidable(error.to_string());
        let receipt = NewReceipt {
            sender: job.sender.clone(),
            command_id: job.command_id,
            request_digest: job.digest,
            outcome: serde_json::to_value(outcome).map_err(unwritable)?,
        };
        let new_events = events.iter().map(|it| new_event(it, job));
        Ok(Append {
            stream: stream(job.dossier),
            expected: before.sequence,
            command_id: job.command_id,
            recorded_at: self.clock.now(),
            events: new_events.collect::<Result<_, _>>()?,
            receipt: (job.command.actor != Actor::Timer).then_some(receipt),
            rows: if events.is_empty() { None } else { after.rows() },
        })
    }

    fn keep(&self, dossiers: BTreeMap<Uuid, Arc<Dossier>>) {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        for dossier in dossiers.into_values().filter(|it| it.is_submitted()) {
            cache.put(dossier);
        }
    }

    fn forget(&self) {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).forget();
    }

    /// The batch was not committed, or nobody knows: what is in the log is then the answer.
    async fn fail(&self, jobs: Vec<Job>, error: log::Error) -> ControlFlow<()> {
        tracing::error!(%error, "a batch could not be committed");
        self.forget();
        let lost = matches!(error, log::Error::NotOwner { .. } | log::Error::Closed);
        for job in jobs {
            let settled = match &error {
                log::Error::AmbiguousCommit(_) => {
                    self.known(job.dossier, &job.sender, job.command_id, job.digest).await
                }
                _ => Ok(None),
            };
            let answer = match settled {
                Ok(Some(Ok(outcome))) => Decided::Outcome(outcome),
                Ok(Some(Err(error))) => Decided::Failed(error),
                Ok(None) | Err(_) => Decided::Failed(error.clone().into()),
            };
            let _ = job.reply.send(answer);
        }
        if lost {
            self.stop(error);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

/// A fault of a decision must not stop the others.
fn decide_safely(
    dossier: &Dossier,
    command: &Command,
    catalogue: &Catalogue,
) -> Result<Vec<Event>, dossier::Error> {
    catch_unwind(AssertUnwindSafe(|| decide(dossier, command, catalogue)))
        .unwrap_or_else(|_| Err(dossier::Error::Undecidable("the decision panicked".to_owned())))
}

fn evolved(before: &Arc<Dossier>, events: &[Event]) -> Arc<Dossier> {
    if events.is_empty() {
        return Arc::clone(before);
    }
    let mut after = Dossier::clone(before);
    for event in events {
        after.evolve(event);
    }
    Arc::new(after)
}

fn new_event(event: &Event, job: &Job) -> Result<NewEvent, Error> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|it| Error::Undecidable(it.to_string()))?;
    let metadata = [
        ("command_id".to_owned(), job.command_id.to_string()),
        ("actor".to_owned(), job.sender.clone()),
        ("taken_in_at".to_owned(), job.command.at.to_rfc3339()),
    ];
    Ok(NewEvent {
        event_type: event.event_type(),
        event_version: event.event_version(),
        payload: event.encode(salt).map_err(|it| Error::Undecidable(it.to_string()))?,
        metadata: metadata.into(),
    })
}

/// What a receipt says to the same command again.
pub(super) fn outcome_of(receipt: &Receipt, digest: Hash) -> Result<Outcome, Error> {
    if receipt.request_digest != digest {
        return Err(Error::OtherContent);
    }
    serde_json::from_value(receipt.outcome.clone()).map_err(|it| Error::Corrupt(it.to_string()))
}

fn reply(jobs: Vec<Job>, answers: Vec<Decided>) {
    for (job, answer) in jobs.into_iter().zip(answers) {
        // Whoever asked may have gone away; the command is done all the same.
        let _ = job.reply.send(answer);
    }
}

fn reply_all(jobs: Vec<Job>, error: impl Fn() -> Error) {
    for job in jobs {
        let _ = job.reply.send(Decided::Failed(error()));
    }
}
