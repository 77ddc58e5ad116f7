//! A lane: the partitions that share a writer, with one loop that decides and writes for them. What
//! queued while the last batch was committed is the next batch. What was begun goes before new
//! applications.

mod batch;
mod decide;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::cache::Cache;
use super::order::{Order, Reply};
use super::{Error, Shared};
use crate::log;

/// Orders that may wait in a lane, of each class.
const QUEUE_MAX: usize = 10_000;
/// Orders in one batch.
const BATCH_MAX: usize = 512;
/// A new application that would wait longer than this is told to come again.
pub(super) const SUBMISSION_WAIT_MAX: Duration = Duration::from_millis(700);
/// The same for everything else.
const WAIT_MAX: Duration = Duration::from_secs(5);

pub(super) struct Lane {
    cache: Mutex<Cache>,
    urgent: mpsc::Sender<Job>,
    submissions: mpsc::Sender<Job>,
    releases: mpsc::Sender<Release>,
    pace: Pace,
}

/// Partitions to be let go, and who waits for that.
struct Release {
    partitions: Vec<u32>,
    done: oneshot::Sender<()>,
}

/// An order in the queue.
pub(super) struct Job {
    order: Order,
    since: Instant,
    reply: oneshot::Sender<Settled>,
}

/// What became of an order.
pub(super) enum Settled {
    Done(Reply),
    Failed(Error),
    /// Another process owns the partition.
    Elsewhere(Order),
}

/// The ends of a lane's queues that its loop has.
pub(super) struct Jobs {
    urgent: mpsc::Receiver<Job>,
    submissions: mpsc::Receiver<Job>,
    releases: mpsc::Receiver<Release>,
}

/// How long an order has taken lately, as a mean that forgets.
#[derive(Default)]
struct Pace {
    nanoseconds: AtomicU64,
}

impl Pace {
    /// The part that the newest batch has in the mean is one in this.
    const MEMORY: u64 = 8;

    fn note(&self, orders: usize, took: Duration) {
        let Ok(each) = u64::try_from(took.as_nanos() / orders.max(1) as u128) else { return };
        let mean = self.nanoseconds.load(Ordering::Relaxed);
        let mean = if mean == 0 { each } else { mean - mean / Self::MEMORY + each / Self::MEMORY };
        self.nanoseconds.store(mean, Ordering::Relaxed);
    }

    fn of(&self, orders: usize) -> Duration {
        let orders = u64::try_from(orders).unwrap_or(u64::MAX);
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed).saturating_mul(orders))
    }
}

impl Lane {
    pub(super) fn new(cache_bytes: usize) -> (Self, Jobs) {
        let (urgent, urgent_jobs) = mpsc::channel(QUEUE_MAX);
        let (submissions, submission_jobs) = mpsc::channel(QUEUE_MAX);
        let (releases, asked) = mpsc::channel(1);
        let cache = Mutex::new(Cache::new(cache_bytes));
        let lane = Self { cache, urgent, submissions, releases, pace: Pace::default() };
        (lane, Jobs { urgent: urgent_jobs, submissions: submission_jobs, releases: asked })
    }

    /// Lets go of partitions when nothing is on its way to them.
    pub(super) async fn release(&self, partitions: Vec<u32>) {
        let (done, released) = oneshot::channel();
        if self.releases.send(Release { partitions, done }).await.is_ok() {
            let _ = released.await;
        }
    }

    pub(super) fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long a new application would wait now.
    pub(super) fn wait(&self) -> Duration {
        self.pace.of(waiting(&self.urgent) + waiting(&self.submissions))
    }

    /// Queues an order and waits for what becomes of it.
    pub(super) async fn put(&self, order: Order) -> Settled {
        let is_submission = order.is_submission();
        let (queue, wait, wait_max) = if is_submission {
            (&self.submissions, self.wait(), SUBMISSION_WAIT_MAX)
        } else {
            (&self.urgent, self.pace.of(waiting(&self.urgent)), WAIT_MAX)
        };
        if wait > wait_max {
            return Settled::Failed(Error::Busy);
        }
        let (reply, settled) = oneshot::channel();
        match queue.try_send(Job { order, since: Instant::now(), reply }) {
            Ok(()) => settled.await.unwrap_or(Settled::Failed(Error::Stopped)),
            Err(mpsc::error::TrySendError::Full(_)) => Settled::Failed(Error::Busy),
            Err(mpsc::error::TrySendError::Closed(_)) => Settled::Failed(Error::Stopped),
        }
    }
}

fn waiting(queue: &mpsc::Sender<Job>) -> usize {
    queue.max_capacity() - queue.capacity()
}

pub(super) async fn run(shared: Weak<Shared>, lane: usize, mut jobs: Jobs) {
    let _ending = Ending(shared.clone());
    loop {
        let first = tokio::select! {
            biased;
            release = jobs.releases.recv() => {
                let (Some(release), Some(shared)) = (release, shared.upgrade()) else { break };
                shared.release(release).await;
                continue;
            }
            job = jobs.urgent.recv() => job,
            job = jobs.submissions.recv() => job,
        };
        let (Some(first), Some(shared)) = (first, shared.upgrade()) else { break };
        let mut batch = vec![first];
        while batch.len() < BATCH_MAX {
            let next = jobs.urgent.try_recv().or_else(|_| jobs.submissions.try_recv());
            let Ok(job) = next else { break };
            batch.push(job);
        }
        let (orders, begun) = (batch.len(), Instant::now());
        shared.process(lane, batch).await;
        shared.lanes[lane].pace.note(orders, begun.elapsed());
        let cached: usize = shared.lanes.iter().map(|it| it.cache().bytes()).sum();
        shared.metrics.cache_bytes.set(cached as u64);
        if shared.has_stopped() {
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

impl Job {
    fn settle(self, settled: Settled) {
        // Whoever asked may have gone away; what was done is done all the same.
        let _ = self.reply.send(settled);
    }

    fn send_elsewhere(self) {
        let Self { order, reply, .. } = self;
        let _ = reply.send(Settled::Elsewhere(order));
    }

    /// A new application that has waited too long: its sender was told to come again, or will be.
    fn is_stale(&self) -> bool {
        self.order.is_submission() && self.since.elapsed() > SUBMISSION_WAIT_MAX * 2
    }
}

impl Shared {
    async fn release(&self, Release { partitions, done }: Release) {
        match self.log.release(&partitions).await {
            Ok(()) => tracing::info!(partitions = partitions.len(), "partitions released"),
            Err(error) => tracing::warn!(%error, "partitions could not be released"),
        }
        self.forget_partitions(&partitions);
        let _ = done.send(());
    }

    pub(super) fn lane_of(&self, partition: u32) -> &Arc<Lane> {
        &self.lanes[log::lane_of(partition, self.log.lanes()) as usize]
    }
}
