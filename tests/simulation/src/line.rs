//! The line between a process and the store: what goes over it takes its time, and in bad weather
//! gets lost on either way, is turned away, or arrives when nobody waits for it any more.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use lienthong_engine::log::Error;
use lienthong_engine::log::sqlite::line::{Asked, Line};

use crate::dice::Dice;
use crate::fault::Fault;
use crate::process::Life;
use crate::world::World;

/// What becomes of a request.
#[derive(Clone, Copy)]
enum Fate {
    Done,
    /// It never arrives.
    Lost,
    /// It is done, and the answer gets lost.
    Unheard,
    /// The store turns it away.
    Refused,
    /// Whoever asked has given up when it arrives.
    Late(Duration),
}

/// One process's line.
pub(crate) struct Wire {
    world: Weak<World>,
    life: Arc<Life>,
    dice: Mutex<Dice>,
}

/// One request's way.
struct Way {
    fate: Fate,
    there: Duration,
    back: Duration,
    /// Whether it still arrives if its process dies meanwhile.
    survives: bool,
}

impl Wire {
    pub(crate) fn new(world: &Arc<World>, life: &Arc<Life>, dice: Dice) -> Self {
        Self { world: Arc::downgrade(world), life: Arc::clone(life), dice: Mutex::new(dice) }
    }

    fn way(&self, world: &World, is_write: bool) -> Way {
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        if !world.storm.is() {
            let (there, back) = (dice.millis(0..2), dice.millis(0..2));
            return Way { fate: Fate::Done, there, back, survives: true };
        }
        // Where it costs the process's life, little may get lost.
        let fate = match dice.within(0..if world.is_shared { 1_000 } else { 10_000 }) {
            _ if world.outage.is() => Fate::Refused,
            0..8 => Fate::Lost,
            8..20 => Fate::Unheard,
            20..28 => Fate::Refused,
            28..36 if is_write => Fate::Late(dice.millis(1..3_000)),
            _ => Fate::Done,
        };
        let (there, back) = (delay(&mut dice), delay(&mut dice));
        let survives = world.is_shared && dice.percent(50);
        Way { fate, there, back, survives }
    }
}

/// Mostly short.
fn delay(dice: &mut Dice) -> Duration {
    match dice.within(0..100) {
        0..60 => Duration::ZERO,
        60..95 => dice.millis(1..8),
        95..99 => dice.millis(8..120),
        _ => dice.millis(120..2_500),
    }
}

impl Line for Wire {
    fn send(&self, asked: Asked) {
        let Some(world) = self.world.upgrade() else { return };
        let way = self.way(&world, asked.is_write);
        tokio::spawn(carry(world, Arc::clone(&self.life), way, asked));
    }
}

async fn carry(world: Arc<World>, life: Arc<Life>, way: Way, mut asked: Asked) {
    life.stopped.until(false).await;
    if life.dead.is() {
        return world.bury(asked);
    }
    let is_write = asked.is_write;
    let what = if is_write { "a write" } else { "a read" };
    let fired = |fault| world.fired(fault, &format!("{what} of {}", life.name));
    sleep(way.there).await;
    if let Fate::Late(by) = way.fate {
        fired(Fault::RequestLate);
        asked = asked.abandoned();
        life.lost(&world, is_write);
        sleep(by).await;
    }
    if life.dead.is() && !way.survives {
        return world.bury(asked);
    }
    let answer = match way.fate {
        Fate::Lost => {
            fired(Fault::RequestLost);
            if life.dead.is() {
                return world.bury(asked);
            }
            drop(asked);
            return life.lost(&world, is_write);
        }
        Fate::Refused => {
            fired(Fault::RequestRefused);
            asked.refuse(Error::Unavailable(Arc::new(io::Error::other("simulated"))))
        }
        Fate::Done | Fate::Unheard | Fate::Late(_) => {
            if life.dead.is() {
                fired(Fault::RequestOfTheDead);
            }
            let answer = asked.carry_out();
            if is_write {
                world.written(&life.name);
            }
            answer
        }
    };
    sleep(way.back).await;
    life.stopped.until(false).await;
    if life.dead.is() {
        world.bury(answer);
    } else if matches!(way.fate, Fate::Unheard) {
        fired(Fault::AnswerLost);
        drop(answer);
        life.lost(&world, is_write);
    } else {
        answer.arrive();
    }
}

async fn sleep(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}
