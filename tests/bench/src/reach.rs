//! Answers that hit any open dossier, as they do in life: what was needed last is no hint of what
//! is needed next. So many dossiers stay open; a new one comes for each that ends.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use lienthong_domain::dossier::TaskStatus;
use lienthong_engine::log::{READ_ROWS_MAX, Worklist};
use lienthong_engine::runtime::Runtime;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::error::Error;
use crate::in_process::{self, InProcess};
use crate::latency::Percentiles;
use crate::lg3::{self, Task};
use crate::load::{self, Deed, Office, OpenTask, Run, per_second};

/// Answers under way at a time.
const IN_FLIGHT: usize = 1_000;
/// Answers for each open dossier until their stages are mixed: half of what one takes.
const STIRRING: u64 = 3;

/// An open task, and what its office does next.
#[derive(Clone, Debug)]
struct Turn {
    office: Office,
    deed: Deed,
    open: OpenTask,
}

struct Reach {
    carrier: InProcess,
    /// Who answers, each one task at a time; not more than dossiers are open, so that none finds
    /// nothing to do.
    hands: usize,
    turns: Mutex<Turns>,
    answers: AtomicU64,
    completed: AtomicU64,
    begun: AtomicU64,
}

/// Open tasks without order, and where chance stands.
struct Turns {
    waiting: Vec<Turn>,
    chance: u64,
}

/// Submits so many dossiers and leaves them, then answers at random until their stages are mixed.
pub(crate) async fn open(
    runtime: &Runtime,
    dossiers: u64,
    tell: impl Fn(u64),
) -> Result<(), Error> {
    let carrier = &InProcess::new(runtime.clone());
    let submissions = stream::iter(0..dossiers).map(|n| load::insist(carrier, n));
    let submitted = AtomicU64::default();
    submissions
        .buffer_unordered(IN_FLIGHT)
        .try_for_each(async |_| {
            tell(submitted.fetch_add(1, Ordering::Relaxed) + 1);
            Ok(())
        })
        .await?;
    let reach = Reach::over(runtime).await?;
    reach.answer_while(move |it| it.answers.load(Ordering::Relaxed) < STIRRING * dossiers).await
}

/// Answers at random for some time.
pub(crate) async fn run(
    runtime: &Runtime,
    warm_up: Duration,
    measured: Duration,
) -> Result<Run, Error> {
    let reach = Reach::over(runtime).await?;
    let until = Instant::now() + warm_up;
    let answering = Arc::clone(&reach);
    reach.answer_while(move |_| Instant::now() < until).await?;
    let (from, before) = (Instant::now(), answering.completed.load(Ordering::Relaxed));
    let until = from + measured;
    answering.answer_while(move |_| Instant::now() < until).await?;
    let completed = answering.completed.load(Ordering::Relaxed);
    Ok(Run {
        dossiers_per_second: per_second(completed - before, from.elapsed().as_secs_f64()),
        refused: 0,
        completed,
        answered: Percentiles::default(),
        visible: Percentiles::default(),
        sample: Vec::new(),
    })
}

impl Reach {
    /// Over all that is open in a store.
    async fn over(runtime: &Runtime) -> Result<Arc<Self>, Error> {
        let mut waiting = Vec::new();
        for office in Office::all() {
            waiting.extend(turns_of(runtime, &office).await?);
        }
        // A dossier has at most two tasks open.
        let hands = IN_FLIGHT.min(waiting.len().div_ceil(2));
        Ok(Arc::new(Self {
            carrier: InProcess::new(runtime.clone()),
            hands,
            turns: Mutex::new(Turns { waiting, chance: 1 }),
            answers: AtomicU64::default(),
            completed: AtomicU64::default(),
            begun: AtomicU64::default(),
        }))
    }

    async fn answer_while(
        self: &Arc<Self>,
        goes_on: impl Fn(&Self) -> bool + Clone + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let mut hands = JoinSet::new();
        for _ in 0..self.hands {
            let (reach, goes_on) = (Arc::clone(self), goes_on.clone());
            hands.spawn(async move {
                while goes_on(&reach) {
                    reach.take_a_turn().await?;
                }
                Ok::<(), Error>(())
            });
        }
        while let Some(ended) = hands.join_next().await {
            ended??;
        }
        Ok(())
    }

    /// Answers a task that chance picks, and learns what follows from it.
    async fn take_a_turn(&self) -> Result<(), Error> {
        let picked = self.turns.lock().unwrap_or_else(PoisonError::into_inner).pick();
        let Some(turn) = picked else {
            return Err(Error::Wrong("nothing is open to be answered".to_owned()));
        };
        let sequence = self.carrier.answer_one(&turn.office, turn.deed, &turn.open).await?;
        self.answers.fetch_add(1, Ordering::Relaxed);
        let following = self.following(turn, sequence).await?;
        self.turns.lock().unwrap_or_else(PoisonError::into_inner).waiting.extend(following);
        Ok(())
    }

    async fn following(&self, turn: Turn, sequence: u64) -> Result<Vec<Turn>, Error> {
        let Turn { office, deed, open } = turn;
        if deed == Deed::Acknowledge {
            return Ok(vec![Turn { office, deed: Deed::Complete, open }]);
        }
        if open.task == Task::A {
            let commune = office.id.rsplit('.').next().unwrap_or_default();
            let next = |task| Turn::first(open.dossier, task, commune);
            return Ok([Task::B, Task::C].map(next).into());
        }
        if sequence < u64::from(lg3::EVENTS) {
            return Ok(Vec::new());
        }
        self.completed.fetch_add(1, Ordering::Relaxed);
        let n = self.begun.fetch_add(1, Ordering::Relaxed);
        let dossier = load::insist(&self.carrier, n).await?;
        Ok(vec![Turn::first(dossier, Task::A, lg3::commune(n))])
    }
}

impl Turn {
    /// Of a task that was just dispatched, by the rule that message ids follow.
    fn first(dossier: Uuid, task: Task, commune: &str) -> Self {
        let office = Office { id: task.office(commune), task };
        let dispatch = format!("{dossier}/{}/{}/dispatch/1", task.name(), office.id);
        Self { office, deed: Deed::Acknowledge, open: OpenTask { dossier, task, dispatch } }
    }
}

impl Turns {
    fn pick(&mut self) -> Option<Turn> {
        if self.waiting.is_empty() {
            return None;
        }
        // Splitmix64: any good mixture of a counter will do.
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.chance;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let place = mixed % self.waiting.len() as u64;
        Some(self.waiting.swap_remove(usize::try_from(place).unwrap_or_default()))
    }
}

/// Every open task of an office.
async fn turns_of(runtime: &Runtime, office: &Office) -> Result<Vec<Turn>, Error> {
    let statuses: BTreeMap<&str, Deed> = [
        (TaskStatus::Dispatched.name(), Deed::Acknowledge),
        (TaskStatus::Acknowledged.name(), Deed::Complete),
    ]
    .into();
    let mut turns = Vec::new();
    let mut after = None;
    loop {
        let page = Worklist {
            office: office.id.clone(),
            statuses: statuses.keys().map(|it| (*it).to_owned()).collect(),
            after,
            limit: READ_ROWS_MAX,
        };
        let rows = runtime.log().worklist(page).await?;
        after = rows.last().map(lienthong_engine::log::TaskRow::place);
        if after.is_none() {
            return Ok(turns);
        }
        for row in rows {
            let open = in_process::open_task(office, &row)?;
            let deed = statuses.get(row.status.as_str()).copied().unwrap_or(Deed::Acknowledge);
            turns.push(Turn { office: office.clone(), deed, open });
        }
    }
}
