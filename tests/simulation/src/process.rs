//! A process that runs an engine. It dies as suddenly as one does: whatever it still had to do, or
//! is still doing in memory, has no effect any more.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use lienthong_engine::log::sqlite::line::Line;
use lienthong_engine::runtime::{Company, Peers, Runtime, Unreachable};
use uuid::Uuid;

use crate::clock::Skewed;
use crate::dice::{Dice, Drawn};
use crate::fault::Fault;
use crate::gate::Gate;
use crate::line::Wire;
use crate::world::World;

/// How long a process waits for another.
const PEER_ANSWERS_WITHIN: Duration = Duration::from_secs(8);

/// Whether a process lives.
pub(crate) struct Life {
    pub(crate) name: String,
    pub(crate) dead: Gate,
    /// As by SIGSTOP.
    pub(crate) stopped: Gate,
}

pub(crate) struct Process {
    pub(crate) life: Arc<Life>,
    pub(crate) address: Option<String>,
    runtime: OnceLock<Runtime>,
}

impl Life {
    /// A request or an answer got lost. The embedded log closes where it does not know what became
    /// of a write, and its process ends.
    pub(crate) fn lost(&self, world: &Arc<World>, is_write: bool) {
        if is_write && !world.is_shared {
            world.kill(self);
        }
    }
}

impl Process {
    /// Starts one; it is ready when it has a runtime, and dead if it does not get one.
    pub(crate) fn start(world: &Arc<World>, number: u64, address: Option<String>) -> Arc<Self> {
        let mut dice = world.dice.of("process", number);
        let engine = dice.name();
        let life = Arc::new(Life {
            name: format!("process {number}"),
            dead: Gate::default(),
            stopped: Gate::default(),
        });
        let process = Arc::new(Self { life, address, runtime: OnceLock::new() });
        let skew = TimeDelta::milliseconds(i64::try_from(dice.within(0..900)).unwrap_or_default());
        tokio::spawn(run(Arc::clone(world), Arc::clone(&process), engine, skew, dice));
        process
    }

    /// Its engine, once it is ready and as long as it lives.
    pub(crate) fn runtime(&self) -> Option<&Runtime> {
        self.runtime.get().filter(|_| !self.life.dead.is())
    }

    /// Does something with its engine. `None` if it dies first, or does not answer within the time.
    pub(crate) async fn ask<T>(
        &self,
        within: Duration,
        what: impl Future<Output = T>,
    ) -> Option<T> {
        let asking = async {
            self.life.stopped.until(false).await;
            let answer = what.await;
            self.life.stopped.until(false).await;
            answer
        };
        tokio::select! {
            biased;
            () = self.life.dead.until(true) => None,
            answer = tokio::time::timeout(within, asking) => answer.ok(),
        }
    }
}

async fn run(world: Arc<World>, process: Arc<Process>, engine: Uuid, skew: TimeDelta, dice: Dice) {
    let life = &process.life;
    let line: Arc<dyn Line> = Arc::new(Wire::new(&world, life, dice.of("line", 0)));
    let log = Arc::new(world.store.log(engine, line));
    let clock = Arc::new(Skewed { wall: Arc::clone(&world.wall), by: skew });
    let chance = Arc::new(Drawn::new(dice.of("engine", 0)));
    let company = process.address.clone().map(|address| {
        let (world, life) = (Arc::downgrade(&world), Arc::clone(life));
        let peers = Road { world, life, dice: Mutex::new(dice.of("road", 0)) };
        Company { address: Some(address), peers: Arc::new(peers) }
    });
    let references = world.content.references.clone();
    let starting = Runtime::start_by(chance, log, clock, references, company);
    let started = tokio::select! {
        biased;
        () = life.dead.until(true) => return,
        started = starting => started,
    };
    match started {
        Ok(runtime) => {
            world.note(&format!("{} is ready", life.name));
            let runtime = process.runtime.get_or_init(|| runtime);
            tokio::select! {
                biased;
                () = life.dead.until(true) => {}
                error = runtime.stopped() => {
                    world.note(&format!("{} ends: {error}", life.name));
                    world.kill(life);
                }
            }
        }
        Err(error) => {
            world.note(&format!("{} does not start: {error}", life.name));
            world.kill(life);
        }
    }
}

/// The way from one process to the others.
struct Road {
    world: Weak<World>,
    life: Arc<Life>,
    dice: Mutex<Dice>,
}

#[async_trait]
impl Peers for Road {
    async fn send(&self, address: &str, message: Vec<u8>) -> Result<Vec<u8>, Unreachable> {
        let world = self.world.upgrade().ok_or(Unreachable)?;
        self.life.stopped.until(false).await;
        self.life.dead.until(false).await;
        let (there, back, lost, unheard) = {
            let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
            let storm = world.storm.is();
            let (there, back) = (dice.millis(0..4), dice.millis(0..4));
            (there, back, storm && dice.percent(2), storm && dice.percent(2))
        };
        tokio::time::sleep(there).await;
        if lost {
            world.fired(Fault::PeerMessageLost, &self.life.name);
            return Err(Unreachable);
        }
        let peer = world.at(address).ok_or(Unreachable)?;
        let runtime = peer.runtime().ok_or(Unreachable)?;
        let answer = peer.ask(PEER_ANSWERS_WITHIN, runtime.take_in(&message)).await;
        let answer = answer.ok_or(Unreachable)?.map_err(|_| Unreachable)?;
        tokio::time::sleep(back).await;
        if unheard {
            world.fired(Fault::PeerAnswerLost, &self.life.name);
            return Err(Unreachable);
        }
        Ok(answer)
    }
}
