//! One batch: read what is not in memory, decide in memory, commit, answer. A refused order fails
//! alone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use lienthong_domain::catalogue::Catalogue;
use uuid::Uuid;

use super::decide::{Decision, decide};
use super::{Job, Settled};
use crate::failpoint::{self, Point};
use crate::log::{self, Append, Hash, Receipt, ReceiptKey, Recorded, RowsChange, StreamId};
use crate::runtime::cache::{Known, State, weight};
use crate::runtime::order::{Act, Order, Reply};
use crate::runtime::{Error, Outcome, Shared, outcome_of};
use crate::sabotage::{self, Bug};

/// How often a batch is decided anew after it lost a race.
const TRIES_MAX: usize = 5;
/// Bytes of payloads in one batch; the rest waits for the next.
const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How often, and how long apart, the store is asked what became of a commit without an answer.
const LOOKS_MAX: u32 = 40;
const LOOK_PAUSE: Duration = Duration::from_millis(200);

type Receipts = BTreeMap<ReceiptKey, Receipt>;

/// A batch as it is being decided.
#[derive(Default)]
struct Batch {
    /// The aggregates as they will be.
    known: BTreeMap<StreamId, Known>,
    /// Aggregates that can't be decided about, and why.
    broken: BTreeMap<StreamId, String>,
    appends: Vec<Append>,
    bytes: usize,
    /// Outcomes of this batch, as the log keeps receipts: for an id that is in it twice.
    outcomes: BTreeMap<ReceiptKey, (Hash, Outcome)>,
    /// One for each job that was decided, in order.
    answers: Vec<Result<Reply, Error>>,
    effects: Effects,
}

/// What others are told once the batch is on disk.
#[derive(Default)]
struct Effects {
    /// Offices that have got a message.
    offices: BTreeSet<String>,
    timers: Vec<(DateTime<Utc>, Uuid)>,
}

/// How a commit ended.
enum Commit {
    Done,
    /// To be decided anew.
    Again(Vec<Job>),
}

impl Shared {
    /// Decides and commits some jobs, and answers every one of them.
    pub(super) async fn process(&self, lane: usize, jobs: Vec<Job>) {
        let (stale, mut jobs): (Vec<_>, Vec<_>) = jobs.into_iter().partition(Job::is_stale);
        stale.into_iter().for_each(|it| it.settle(Settled::Failed(Error::Busy)));
        let mut receipts = Receipts::new();
        let mut tries = 0;
        while !jobs.is_empty() {
            if tries == TRIES_MAX {
                return jobs.into_iter().for_each(|it| it.settle(Settled::Failed(Error::Busy)));
            }
            let here = |it: &Job| self.log.owns(self.partition(&it.order.stream()));
            let (mine, others): (Vec<_>, Vec<_>) = jobs.into_iter().partition(here);
            others.into_iter().for_each(Job::send_elsewhere);
            let mut batch = match self.prepare(lane, &mine, tries == 0).await {
                Ok(batch) => batch,
                Err(error) => return self.give_up(mine, &error),
            };
            let mut decided = mine;
            let n = self.decide_all(&mut batch, &decided, &receipts);
            let rest = decided.split_off(n);
            if !rest.is_empty() {
                tries = 0;
            }
            match self.commit(lane, batch, decided, &mut receipts).await {
                Commit::Done => jobs = rest,
                Commit::Again(again) => {
                    tries += 1;
                    jobs = again.into_iter().chain(rest).collect();
                }
            }
        }
    }

    /// The aggregates of some jobs, from memory or from the log. A new application is first taken
    /// for what it says it is: new.
    async fn prepare(&self, lane: usize, jobs: &[Job], trusting: bool) -> Result<Batch, Error> {
        let mut batch = Batch::default();
        let mut missing = BTreeSet::new();
        for job in jobs {
            let stream = job.order.stream();
            if batch.known.contains_key(&stream) || missing.contains(&stream) {
                continue;
            }
            let cached = self.lanes[lane].cache().get(&stream);
            if let Some(known) = cached {
                batch.known.insert(stream, known);
            } else if trusting && job.order.is_submission() {
                batch.known.insert(stream.clone(), Known::fold(&stream, &[])?);
            } else {
                missing.insert(stream);
            }
        }
        self.load_missing(&mut batch, missing.into_iter().collect()).await?;
        self.learn_versions(&mut batch).await?;
        Ok(batch)
    }

    async fn load_missing(&self, batch: &mut Batch, missing: Vec<StreamId>) -> Result<(), Error> {
        if missing.is_empty() {
            return Ok(());
        }
        let loaded = match self.log.load_all(missing.clone()).await {
            Ok(loaded) => loaded,
            // One of them can't be read: the others can.
            Err(log::Error::Corrupt(why)) if missing.len() == 1 => {
                batch.broken.extend(missing.into_iter().map(|it| (it, why.clone())));
                return Ok(());
            }
            Err(log::Error::Corrupt(_)) => {
                for stream in missing {
                    Box::pin(self.load_missing(batch, vec![stream])).await?;
                }
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        for (stream, recorded) in missing.into_iter().zip(loaded) {
            match Known::fold(&stream, &recorded) {
                Ok(known) => drop(batch.known.insert(stream, known)),
                Err(error) => drop(batch.broken.insert(stream, error.to_string())),
            }
        }
        Ok(())
    }

    /// Makes sure that the catalogue has the versions that the dossiers are on.
    async fn learn_versions(&self, batch: &mut Batch) -> Result<(), Error> {
        let mut broken = Vec::new();
        for (stream, known) in &batch.known {
            let State::Dossier(dossier) = &known.state else { continue };
            match self.catalogue_for(dossier).await {
                Ok(_) => {}
                Err(error @ (Error::Unavailable(_) | Error::Stopped)) => return Err(error),
                Err(error) => broken.push((stream.clone(), error.to_string())),
            }
        }
        for (stream, why) in broken {
            batch.known.remove(&stream);
            batch.broken.insert(stream, why);
        }
        Ok(())
    }

    /// Decides jobs in their order, until the batch is full. Gives how many.
    fn decide_all(&self, batch: &mut Batch, jobs: &[Job], receipts: &Receipts) -> usize {
        let (catalogue, now) = (self.catalogue(), self.clock.now());
        batch.appends.reserve(jobs.len());
        for job in jobs {
            if batch.bytes > BATCH_BYTES_MAX {
                break;
            }
            let answer = self.decide_one(batch, &job.order, receipts, &catalogue, now);
            batch.answers.push(answer);
        }
        batch.answers.len()
    }

    fn decide_one(
        &self,
        batch: &mut Batch,
        order: &Order,
        receipts: &Receipts,
        catalogue: &Catalogue,
        now: DateTime<Utc>,
    ) -> Result<Reply, Error> {
        let act = match order {
            Order::Act(act) if act.is_remembered() => Some((self.key(act), act)),
            Order::Act(_)
            | Order::Claim { .. }
            | Order::Take { .. }
            | Order::Agency { .. }
            | Order::Bulletin { .. } => None,
        };
        if let Some((key, act)) = &act {
            if let Some(receipt) = receipts.get(key) {
                return outcome_of(receipt, act.digest).map(Reply::Outcome);
            }
            if let Some((digest, outcome)) = batch.outcomes.get(key) {
                let same = *digest == act.digest;
                let reply = Reply::Outcome(outcome.clone());
                return if same { Ok(reply) } else { Err(Error::OtherContent) };
            }
        }
        let stream = order.stream();
        if let Some(why) = batch.broken.get(&stream) {
            return Err(Error::Corrupt(why.clone()));
        }
        let known = batch.known.get_mut(&stream);
        let known = known.ok_or_else(|| Error::Corrupt(format!("{stream} was not read")))?;
        let Decision { state, reply, append } =
            decide(order, known, catalogue, now, self.chance.as_ref())?;
        if let Some(append) = append {
            known.state = state;
            known.tail = None;
            batch.bytes += append.events.iter().map(|it| it.payload.bytes()).sum::<usize>();
            if let (Some((key, act)), Reply::Outcome(outcome)) = (act, &reply) {
                batch.outcomes.insert(key, (act.digest, outcome.clone()));
            }
            batch.effects.note(append.rows.as_ref());
            batch.appends.push(append);
        }
        Ok(reply)
    }

    /// Writes the batch and answers its jobs.
    async fn commit(
        &self,
        lane: usize,
        batch: Batch,
        mut jobs: Vec<Job>,
        receipts: &mut Receipts,
    ) -> Commit {
        let Batch { known, appends, mut answers, effects, .. } = batch;
        if self.may_be_repeated(&jobs, &answers) {
            // Whoever gets no outcome now may have got one before.
            match self.find_receipts(&jobs, &answers).await {
                Ok(found) if !found.is_empty() => {
                    receipts.extend(found);
                    return Commit::Again(jobs);
                }
                Ok(_) => {}
                Err(error) => {
                    self.give_up(jobs, &error);
                    return Commit::Done;
                }
            }
        }
        failpoint::hit(Point::BatchDecided);
        if sabotage::on(Bug::AcknowledgeBeforeCommit) {
            answer(jobs.drain(..), answers.drain(..));
        }
        let streams: Vec<StreamId> = appends.iter().map(|it| it.stream.clone()).collect();
        let begun = Instant::now();
        let appended =
            if appends.is_empty() { Ok(Vec::new()) } else { self.log.append(appends).await };
        match appended {
            Ok(recorded) => {
                if !streams.is_empty() {
                    self.metrics.batch(streams.len(), begun.elapsed());
                }
                self.keep(lane, known, streams.into_iter().zip(&recorded));
                failpoint::hit(Point::BatchBeforeReply);
                answer(jobs, answers);
                failpoint::hit(Point::BatchAfterReply);
                effects.tell(self, recorded);
                Commit::Done
            }
            Err(error) => {
                self.lanes[lane].cache().forget(|it| streams.contains(it));
                self.after_failure(lane, error, jobs, receipts).await
            }
        }
    }

    async fn after_failure(
        &self,
        lane: usize,
        error: log::Error,
        mut jobs: Vec<Job>,
        receipts: &mut Receipts,
    ) -> Commit {
        match error {
            log::Error::Conflict { .. } => Commit::Again(jobs),
            log::Error::NotOwner { partition } => {
                self.forget_partitions(&[partition]);
                self.ownership.look_again();
                Commit::Again(jobs)
            }
            log::Error::ReceiptExists(_) => match self.find_receipts(&jobs, &[]).await {
                Ok(found) => {
                    receipts.extend(found);
                    Commit::Again(jobs)
                }
                Err(error) => {
                    self.give_up(jobs, &error);
                    Commit::Done
                }
            },
            // One of them can't be stored, or they are too many: halves find out which.
            log::Error::Invalid(_) | log::Error::Refused(_) if jobs.len() > 1 => {
                let rest = jobs.split_off(jobs.len() / 2);
                Box::pin(self.process(lane, jobs)).await;
                Box::pin(self.process(lane, rest)).await;
                Commit::Done
            }
            log::Error::Invalid(why) => {
                self.give_up(jobs, &Error::Undecidable(why));
                Commit::Done
            }
            log::Error::AmbiguousCommit(_) => self.look(error, jobs, receipts).await,
            error => {
                tracing::error!(%error, "a batch could not be committed");
                if matches!(error, log::Error::Closed) {
                    self.stop(error.clone());
                }
                self.give_up(jobs, &error.into());
                Commit::Done
            }
        }
    }

    /// Nobody knows whether the batch was committed. The partitions are taken anew, so that it can't
    /// be committed any more if it was not; then its receipts say what happened.
    async fn look(&self, error: log::Error, jobs: Vec<Job>, receipts: &mut Receipts) -> Commit {
        tracing::warn!(%error, "a commit got no answer");
        let partitions: BTreeSet<u32> =
            jobs.iter().map(|it| self.partition(&it.order.stream())).collect();
        for _ in 0..LOOKS_MAX {
            let looked = async {
                let census = self.log.census().await?;
                let mine = census.holdings.into_iter().filter(|it| {
                    partitions.contains(&it.partition) && it.engine == Some(self.log.engine())
                });
                self.log.take(&mine.collect::<Vec<_>>()).await?;
                self.find_receipts(&jobs, &[]).await
            };
            match looked.await {
                Ok(found) => {
                    receipts.extend(found);
                    return Commit::Again(jobs);
                }
                Err(Error::Stopped) => break,
                Err(_) => tokio::time::sleep(LOOK_PAUSE).await,
            }
        }
        self.forget_partitions(&partitions.into_iter().collect::<Vec<_>>());
        self.give_up(jobs, &error.into());
        Commit::Done
    }

    /// Takes what was committed into memory.
    fn keep<'a>(
        &self,
        lane: usize,
        mut known: BTreeMap<StreamId, Known>,
        recorded: impl Iterator<Item = (StreamId, &'a Vec<Recorded>)>,
    ) {
        for (stream, recorded) in recorded {
            if let (Some(known), Some(last)) = (known.get_mut(&stream), recorded.last()) {
                known.tail = Some(last.tail());
                known.bytes += weight(recorded);
            }
        }
        let mut cache = self.lanes[lane].cache();
        for (stream, known) in known.into_iter().filter(|(_, it)| it.sequence() > 0) {
            // What has ended would only take the place of what goes on.
            if known.has_ended() {
                cache.remove(&stream);
            } else {
                cache.put(stream, known);
            }
        }
    }

    /// Whether some job that has got no outcome could have got one before.
    fn may_be_repeated(&self, jobs: &[Job], answers: &[Result<Reply, Error>]) -> bool {
        jobs.iter().zip(answers).any(|(job, answer)| has_none(answer) && job.key(self).is_some())
    }

    /// The receipts that there are already of those jobs that have no answer or a failure.
    async fn find_receipts(
        &self,
        jobs: &[Job],
        answers: &[Result<Reply, Error>],
    ) -> Result<Receipts, Error> {
        let failed = |it: usize| answers.get(it).is_none_or(has_none);
        let asked = jobs.iter().enumerate().filter(|(it, _)| failed(*it));
        let keys: BTreeSet<ReceiptKey> = asked.filter_map(|(_, job)| job.key(self)).collect();
        let found = self.log.receipts(keys.into_iter().collect()).await?;
        Ok(found.into_iter().map(|it| (it.key(), it)).collect())
    }

    fn key(&self, act: &Act) -> ReceiptKey {
        let partition = self.log.partition_of(&act.dossier.to_string());
        ReceiptKey { partition, command_id: act.command_id, sender: act.sender() }
    }

    fn give_up(&self, jobs: Vec<Job>, error: &Error) {
        for job in jobs {
            job.settle(Settled::Failed(error.clone()));
        }
    }
}

fn answer(
    jobs: impl IntoIterator<Item = Job>,
    answers: impl IntoIterator<Item = Result<Reply, Error>>,
) {
    for (job, answer) in jobs.into_iter().zip(answers) {
        job.settle(answer.map_or_else(Settled::Failed, Settled::Done));
    }
}

/// Whether this is no outcome. That an id belongs to another request is known from its receipt.
fn has_none(answer: &Result<Reply, Error>) -> bool {
    !matches!(answer, Ok(_) | Err(Error::OtherContent))
}

impl Job {
    /// What its receipt is found by, if it leaves one.
    fn key(&self, shared: &Shared) -> Option<ReceiptKey> {
        match &self.order {
            Order::Act(act) if act.is_remembered() => Some(shared.key(act)),
            Order::Act(_)
            | Order::Claim { .. }
            | Order::Take { .. }
            | Order::Agency { .. }
            | Order::Bulletin { .. } => None,
        }
    }
}

impl Effects {
    fn note(&mut self, rows: Option<&RowsChange>) {
        let Some(rows) = rows else { return };
        self.offices.extend(rows.outbox.iter().map(|it| it.addressee.clone()));
        if let Ok(dossier) = rows.dossier_id.parse() {
            self.timers.extend(rows.timers.iter().map(|it| (it.due_at, dossier)));
        }
    }

    fn tell(self, shared: &Shared, recorded: Vec<Vec<Recorded>>) {
        shared.horizon.add(self.timers);
        shared.bells.ring(&self.offices);
        shared.recent.add(recorded.into_iter().flatten(), self.offices);
    }
}
