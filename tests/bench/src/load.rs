//! People who apply and offices that answer, at full load or at a fixed rate, whatever carries what
//! they send. Each office has one worker: it takes a page of what is new, acknowledges all of it,
//! and completes it while it takes the next.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::error::Error;
use crate::latency::Percentiles;
use crate::lg3::{self, Task};

/// What was sent comes to its end within this time after the last submission.
const DRAIN_WITHIN: Duration = Duration::from_secs(120);
/// Between two looks at whether it has.
const DRAIN_PACE: Duration = Duration::from_millis(5);
/// Of so many dossiers it is looked up what became of them.
const SAMPLE: usize = 200;
/// Between two reports of how far it is.
const TELL_EVERY: Duration = Duration::from_millis(200);
/// Whoever is told to come again does so after this time.
pub(crate) const PATIENCE: Duration = Duration::from_millis(20);
/// At a fixed rate, what has come due is sent this often.
const PACE: Duration = Duration::from_millis(1);

/// How much is sent.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Load {
    /// A new application whenever a dossier has ended, so that always as many are on their way.
    Saturation { in_flight: usize },
    /// So many applications a second, whether or not others have ended.
    Rate { per_second: f64 },
    /// As many applications a second as cannot be taken: who is told to come again does not.
    Flood { per_second: f64 },
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) load: Load,
    /// What happens in the first seconds does not count.
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
}

/// A task that waits for its office.
#[derive(Clone, Debug)]
pub(crate) struct OpenTask {
    pub(crate) dossier: Uuid,
    pub(crate) task: Task,
    pub(crate) dispatch: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Acknowledge,
    Complete,
}

/// One office of one task.
#[derive(Clone, Debug)]
pub(crate) struct Office {
    pub(crate) id: String,
    pub(crate) task: Task,
}

impl Office {
    pub(crate) fn all() -> Vec<Self> {
        let of =
            |task: Task| lg3::COMMUNES.iter().map(move |it| Self { id: task.office(it), task });
        Task::ALL.into_iter().flat_map(of).collect()
    }
}

/// What carries applications and answers to the engine.
pub(crate) trait Carrier: Send + Sync + 'static {
    /// Sends application number `n` under the id of its command, and gives its dossier; none if
    /// the engine said to come again.
    fn submit(
        &self,
        n: u64,
        command_id: Uuid,
    ) -> impl Future<Output = Result<Option<Uuid>, Error>> + Send;

    /// A page of the tasks that were dispatched to an office and not acknowledged; waits for one.
    fn page(&self, office: &Office) -> impl Future<Output = Result<Vec<OpenTask>, Error>> + Send;

    /// Answers tasks of one office, and gives the sequence of each dossier after its answer.
    fn answer(
        &self,
        office: &Office,
        deed: Deed,
        tasks: &[OpenTask],
    ) -> impl Future<Output = Result<Vec<u64>, Error>> + Send;
}

/// Sends an application until it is taken.
pub(crate) async fn insist(carrier: &impl Carrier, n: u64) -> Result<Uuid, Error> {
    let command_id = Uuid::now_v7();
    loop {
        if let Some(dossier) = carrier.submit(n, command_id).await? {
            return Ok(dossier);
        }
        tokio::time::sleep(PATIENCE).await;
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Completed in a second of the measured time.
    pub(crate) dossiers_per_second: f64,
    /// Completed from the first to the last.
    pub(crate) completed: u64,
    /// Applications that were told to come again, and did not.
    pub(crate) refused: u64,
    /// From when an application was meant to be sent until it was answered.
    pub(crate) answered: Percentiles,
    /// From when it was meant to be sent until its first office had its task in hand.
    pub(crate) visible: Percentiles,
    /// Some of the dossiers, the last ones.
    pub(crate) sample: Vec<Uuid>,
}

struct Shared<C> {
    carrier: C,
    submitted: AtomicU64,
    completed: AtomicU64,
    refused: AtomicU64,
    /// Dossiers that may be begun.
    places: Semaphore,
    times: Mutex<Times>,
    failure: Mutex<Option<Error>>,
}

#[derive(Default)]
struct Times {
    /// When an application was meant to be sent, and when it was answered.
    submitted: Vec<(Uuid, Instant, Instant)>,
    seen: BTreeMap<Uuid, Instant>,
}

/// Runs a load to its end: until every dossier that was begun is complete.
pub(crate) async fn run<C: Carrier>(carrier: C, plan: Plan) -> Result<Run, Error> {
    let (shared, mut offices) = open_offices(carrier);
    let begun = Instant::now();
    let feeder = tokio::spawn(Arc::clone(&shared).feed(plan.load, u64::MAX));
    tokio::time::sleep(plan.warm_up).await;
    let (from, before) = (Instant::now(), shared.completed.load(Ordering::Relaxed));
    tokio::time::sleep(plan.measured).await;
    let completed = shared.completed.load(Ordering::Relaxed) - before;
    let seconds = from.elapsed().as_secs_f64();
    feeder.abort();
    // Aborted or not, it starts nothing more from here on.
    let _ = feeder.await;
    shared.drain().await?;
    offices.shutdown().await;
    let dossiers_per_second = per_second(completed, seconds);
    Ok(shared.report(dossiers_per_second, begun + plan.warm_up))
}

/// Brings so many dossiers all the way, and tells how many are there from time to time.
pub(crate) async fn fill<C: Carrier>(
    carrier: C,
    dossiers: u64,
    in_flight: usize,
    tell: impl Fn(u64),
) -> Result<(), Error> {
    let (shared, mut offices) = open_offices(carrier);
    let feeder = tokio::spawn(Arc::clone(&shared).feed(Load::Saturation { in_flight }, dossiers));
    while !feeder.is_finished() {
        if let Some(error) = shared.failure().take() {
            return Err(error);
        }
        tell(shared.completed.load(Ordering::Relaxed));
        tokio::time::sleep(TELL_EVERY).await;
    }
    shared.drain().await?;
    offices.shutdown().await;
    Ok(())
}

/// Every office begins to work.
fn open_offices<C: Carrier>(carrier: C) -> (Arc<Shared<C>>, JoinSet<()>) {
    let shared = Arc::new(Shared {
        carrier,
        submitted: AtomicU64::default(),
        completed: AtomicU64::default(),
        refused: AtomicU64::default(),
        places: Semaphore::new(0),
        times: Mutex::default(),
        failure: Mutex::default(),
    });
    let mut offices = JoinSet::new();
    for office in Office::all() {
        let shared = Arc::clone(&shared);
        offices.spawn(async move {
            let outcome = shared.clone().work(Arc::new(office)).await;
            shared.fail_if(outcome);
        });
    }
    (shared, offices)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^53")]
pub(crate) fn per_second(count: u64, seconds: f64) -> f64 {
    count as f64 / seconds
}

impl<C: Carrier> Shared<C> {
    /// Begins so many dossiers as the load says.
    async fn feed(self: Arc<Self>, load: Load, dossiers: u64) {
        match load {
            Load::Saturation { in_flight } => {
                self.places.add_permits(in_flight);
                for n in 0..dossiers {
                    let Ok(place) = self.places.acquire().await else { return };
                    place.forget();
                    self.begin(n, Instant::now(), true);
                }
            }
            Load::Rate { per_second } | Load::Flood { per_second } => {
                let insists = matches!(load, Load::Rate { .. });
                let (begun, mut pace) = (Instant::now(), tokio::time::interval(PACE));
                let apart = Duration::from_secs_f64(1.0 / per_second);
                let mut due = begun;
                for n in 0..dossiers {
                    while due > Instant::now() {
                        pace.tick().await;
                    }
                    self.begin(n, due, insists);
                    due += apart;
                }
            }
        }
    }

    /// `insists`: it is sent until it is taken.
    fn begin(self: &Arc<Self>, n: u64, intended: Instant, insists: bool) {
        self.submitted.fetch_add(1, Ordering::Relaxed);
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            let submitted = if insists {
                insist(&shared.carrier, n).await.map(Some)
            } else {
                shared.carrier.submit(n, Uuid::now_v7()).await
            };
            match submitted {
                Ok(Some(dossier)) => {
                    shared.times().submitted.push((dossier, intended, Instant::now()));
                }
                Ok(None) => {
                    shared.refused.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => shared.fail_if(Err(error)),
            }
        });
    }

    /// What an office does, for ever.
    async fn work(self: Arc<Self>, office: Arc<Office>) -> Result<(), Error> {
        loop {
            let tasks = self.carrier.page(&office).await?;
            if office.task == Task::A {
                let now = Instant::now();
                self.times().seen.extend(tasks.iter().map(|it| (it.dossier, now)));
            }
            self.carrier.answer(&office, Deed::Acknowledge, &tasks).await?;
            let (shared, office) = (Arc::clone(&self), Arc::clone(&office));
            tokio::spawn(async move {
                let sequences = shared.carrier.answer(&office, Deed::Complete, &tasks).await;
                shared.fail_if(sequences.map(|it| shared.count(&it)));
            });
        }
    }

    fn count(&self, sequences: &[u64]) {
        let ended = sequences.iter().filter(|it| **it >= u64::from(lg3::EVENTS)).count();
        self.completed.fetch_add(ended as u64, Ordering::Relaxed);
        self.places.add_permits(ended);
    }

    async fn drain(&self) -> Result<(), Error> {
        let until = Instant::now() + DRAIN_WITHIN;
        let submitted = self.submitted.load(Ordering::Relaxed);
        loop {
            if let Some(error) = self.failure().take() {
                return Err(error);
            }
            let ended = &self.completed.load(Ordering::Relaxed);
            let open = submitted - ended - self.refused.load(Ordering::Relaxed);
            if open == 0 {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(Error::Wrong(format!("{open} of {submitted} dossiers do not end")));
            }
            tokio::time::sleep(DRAIN_PACE).await;
        }
    }

    fn report(&self, dossiers_per_second: f64, from: Instant) -> Run {
        let times = self.times();
        let counted = || times.submitted.iter().filter(|(_, intended, _)| *intended >= from);
        let seen = |(dossier, intended, _): &(Uuid, Instant, Instant)| {
            Some(times.seen.get(dossier)?.duration_since(*intended))
        };
        Run {
            dossiers_per_second,
            completed: self.completed.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            answered: Percentiles::of(counted().map(|(_, from, to)| *to - *from).collect()),
            visible: Percentiles::of(counted().filter_map(seen).collect()),
            sample: times.submitted.iter().rev().take(SAMPLE).map(|it| it.0).collect(),
        }
    }

    fn fail_if(&self, outcome: Result<(), Error>) {
        if let Err(error) = outcome {
            self.failure().get_or_insert(error);
        }
    }

    fn failure(&self) -> MutexGuard<'_, Option<Error>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
