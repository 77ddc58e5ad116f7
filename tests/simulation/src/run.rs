//! One run: a world from its beginning to its end, and the whole check of what it left.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use lienthong_checker::history::History;
use lienthong_checker::{Circumstances, Evidence, Invariant, check};
use serde::Serialize;
use tokio::runtime::Builder;

use crate::fault::Fault;
use crate::witness::{Failure, Testimony};
use crate::world::World;
use crate::{citizen, weather};

/// How many citizens a world has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// A few dozen: soon over.
    Small,
    /// A few hundred: what a world costs beside them counts for little.
    Large,
}

impl Size {
    fn citizens(self) -> Range<u64> {
        match self {
            Self::Small => 10..60,
            Self::Large => 200..600,
        }
    }

    /// How many rounds a storm has. After each crash everything is read again: among many, less
    /// often will do.
    pub(crate) fn rounds(self) -> Range<u64> {
        match self {
            Self::Small => 200..1_500,
            Self::Large => 100..600,
        }
    }
}

/// Before the end time does not leap for this long.
const AWAKE: Duration = Duration::from_secs(7);

/// Commands are remembered for a day more.
const REMEMBERED_FOR: TimeDelta = TimeDelta::days(29);

/// What came of a seed.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    pub seed: u64,
    /// Applications, of which a few are wrong.
    pub dossiers: u64,
    pub commands: usize,
    pub events: usize,
    /// Everything that was noted or checked.
    pub steps: u64,
    /// Of everything that happened, in hex: the same for the same seed.
    pub trace: String,
    /// How often each fault came about.
    pub faults: BTreeMap<Fault, u64>,
    pub failure: Option<Failure>,
}

/// Lets a world come and go. `aloud`: every step is printed.
///
/// # Panics
/// If the system lets no runtime be made.
#[must_use]
pub fn run(seed: u64, size: Size, aloud: bool) -> Run {
    let mut builder = Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().expect("a runtime");
    let (dossiers, testimony) = runtime.block_on(live(seed, size, aloud));
    let Testimony { steps, hash, events, commands, fired, failure } = testimony;
    Run { seed, dossiers, commands, events, steps, trace: hash, faults: fired, failure }
}

async fn live(seed: u64, size: Size, aloud: bool) -> (u64, Testimony) {
    let world = World::new(seed, size, aloud);
    let citizens = world.dice.of("citizens", 0).within(size.citizens());
    for n in 0..citizens {
        world.spawn(citizen::live(Arc::clone(&world), n));
    }
    tokio::select! {
        biased;
        () = world.witness.alarm.until(true) => {}
        () = come_to_an_end(&world) => {}
    }
    (citizens, world.witness.testimony())
}

async fn come_to_an_end(world: &Arc<World>) {
    weather::make(Arc::clone(world)).await;
    tokio::time::sleep(AWAKE).await;
    let awake_until = world.wall.now();
    repeat(world).await;
    let history = match world.store.look(History::of) {
        Ok(history) => history,
        Err(error) => {
            return world.witness.wrong(Invariant::R1, "the store", &error.to_string());
        }
    };
    let report = check(&Evidence {
        history,
        ledger: world.witness.ledger(),
        circumstances: Circumstances { settled: true, awake_until: Some(awake_until) },
        ..Evidence::default()
    });
    world.witness.closing(world.wall.machine(), &report);
}

/// I2: every command is sent once more, and nothing comes of it.
async fn repeat(world: &Arc<World>) {
    let mut dice = world.dice.of("repeating", 0);
    let before = world.witness.events_of_dossiers();
    let fresh = world.wall.now() - REMEMBERED_FOR;
    for intent in world.intents().iter().filter(|it| it.made_at() > fresh) {
        world.send(intent, &mut dice).await;
    }
    let after = world.witness.events_of_dossiers();
    if before != after {
        let what = format!("{before} events before all commands were repeated, {after} after");
        world.witness.wrong(Invariant::I2, "the log", &what);
    }
}
