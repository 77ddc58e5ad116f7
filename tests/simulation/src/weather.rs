//! What the world does to everybody: time goes on in leaps, processes die, stop and come back, the
//! store is away for a while. After the storm everything that was begun must come to its end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use lienthong_checker::Invariant;
use tokio::time::Instant;

use crate::dice::Dice;
use crate::fault::Fault;
use crate::onlooker;
use crate::process::Process;
use crate::world::World;

/// After the storm everything is over within so many.
const ROUNDS_MAX: u32 = 20_000;
/// Longer than any request is under way.
const AFTERMATH: Duration = Duration::from_secs(12);
/// Longer than it takes to notice who is gone and to take what they had.
const CALM_AFTER: Duration = Duration::from_secs(12);
/// By their clocks, processes leave a timer that they could not fire alone for a minute.
const REST: TimeDelta = TimeDelta::minutes(2);
/// A timer fires within five seconds of the process's clock, which is behind the wall's by less
/// than one.
const LATE: TimeDelta = TimeDelta::seconds(6);
/// So long after a leap timers are in time again.
const SETTLED: Duration = Duration::from_secs(6);
/// So long after a process died another has what it had.
const TAKEN_OVER: Duration = Duration::from_secs(10);
/// How far time may leap while somebody waits for an answer.
const LEAP_MAX: TimeDelta = TimeDelta::hours(2);

struct Weather {
    world: Arc<World>,
    dice: Dice,
    started: u64,
    /// When time leapt last.
    leapt_at: Instant,
    /// When a process died in the calm.
    disturbed_at: Instant,
}

/// Makes weather until everybody has done everything.
pub(crate) async fn make(world: Arc<World>) {
    let dice = world.dice.of("weather", 0);
    let now = Instant::now();
    let mut weather = Weather { world, dice, started: 0, leapt_at: now, disturbed_at: now };
    weather.storm().await;
    weather.calm().await;
}

impl Weather {
    async fn storm(&mut self) {
        self.world.storm.set(true);
        let processes = if self.world.is_shared { self.dice.within(2..4) } else { 1 };
        for _ in 0..processes {
            self.start(None);
        }
        tokio::spawn(onlooker::look_around(Arc::clone(&self.world)));
        for _ in 0..self.dice.within(self.world.size.rounds()) {
            if self.world.is_done() {
                break;
            }
            self.misfortune();
            let pause = match self.dice.within(0..100) {
                0..80 => self.dice.millis(1..40),
                80..98 => self.dice.millis(40..400),
                _ => self.dice.millis(400..9_000),
            };
            tokio::time::sleep(pause).await;
            self.leap();
        }
    }

    /// What broke is repaired; nothing breaks any more, and nothing is late.
    async fn calm(&mut self) {
        let world = Arc::clone(&self.world);
        world.storm.set(false);
        world.outage.set(false);
        world.note("the storm is over");
        world.processes().iter().for_each(|(_, it)| it.life.stopped.set(false));
        // What was under way still gets lost as it was to be.
        tokio::time::sleep(AFTERMATH).await;
        for (number, process) in world.processes() {
            if process.life.dead.is() {
                world.remove(number);
            }
        }
        if world.processes().is_empty() {
            self.start(None);
        }
        world.wall.move_by(REST);
        tokio::time::sleep(CALM_AFTER).await;
        for _ in 0..ROUNDS_MAX {
            self.in_time();
            if world.is_done() {
                return;
            }
            let pause = if self.dice.percent(1) { 6_000..9_000 } else { 1..120 };
            tokio::time::sleep(self.dice.millis(pause)).await;
            self.in_time();
            self.leap();
            if world.is_shared && self.dice.percent(1) {
                self.take_over().await;
            }
        }
        world.witness.wrong(Invariant::R3, "the world", "what was begun does not come to its end");
    }

    /// I10: no timer lies while engines are up.
    fn in_time(&self) {
        let since = (self.leapt_at.elapsed(), self.disturbed_at.elapsed());
        if since.0 < SETTLED || since.1 < TAKEN_OVER {
            return;
        }
        let until = self.world.wall.now() - LATE;
        if let Some(due) = self.next_timer().filter(|it| *it < until) {
            let what = format!("due at {due}, it lies at {}", self.world.wall.now());
            self.world.witness.wrong(Invariant::I10, "a timer", &what);
        }
    }

    /// Shortly before a timer is due a process dies. Whoever takes over fires it all the same.
    async fn take_over(&mut self) {
        let world = Arc::clone(&self.world);
        let processes = world.processes();
        let Some(next) = self.next_timer().filter(|_| processes.len() > 1) else { return };
        let before = TimeDelta::seconds(self.dice.within(1..30).try_into().unwrap_or_default());
        world.wall.move_by((next - before - world.wall.now()).max(TimeDelta::zero()));
        tokio::time::sleep(self.dice.millis(1..2_000)).await;
        let Some((number, process)) = self.dice.pick(&processes).cloned() else { return };
        world.fired(Fault::TakenOver, &process.life.name);
        world.kill(&process.life);
        world.remove(number);
        (self.leapt_at, self.disturbed_at) = (Instant::now(), Instant::now());
        tokio::time::sleep(TAKEN_OVER + SETTLED).await;
        tokio::time::sleep(self.dice.millis(0..30_000)).await;
        self.in_time();
        self.start(None);
        tokio::time::sleep(CALM_AFTER).await;
    }

    fn misfortune(&mut self) {
        let world = Arc::clone(&self.world);
        let processes = world.processes();
        let Some((number, process)) = self.dice.pick(&processes).cloned() else { return };
        match self.dice.within(0..1_000) {
            0..18 if !process.life.dead.is() => {
                world.fired(Fault::Crash, &process.life.name);
                world.kill(&process.life);
            }
            18..36 if !process.life.stopped.is() => self.stop(&process),
            36..40 if process.runtime().is_some() => self.shut_down(&process),
            40..45 if world.is_shared && processes.len() < 4 => {
                world.fired(Fault::Joined, "the others");
                self.start(None);
            }
            45..49 => {
                world.fired(Fault::StoreAway, "everybody");
                world.outage.set(true);
                let (world, pause) = (Arc::clone(&world), self.dice.millis(50..6_000));
                tokio::spawn(async move {
                    tokio::time::sleep(pause).await;
                    world.outage.set(false);
                });
            }
            49..55 => {
                world.fired(Fault::ClockBack, "everybody");
                world.wall.move_by(-self.dice.minutes(1..61));
            }
            55..250 if process.life.dead.is() && !world.outage.is() => {
                world.remove(number);
                let address = process.address.clone().filter(|_| self.dice.percent(60));
                self.start(address);
            }
            _ => {}
        }
    }

    fn stop(&mut self, process: &Arc<Process>) {
        self.world.fired(Fault::Stopped, &process.life.name);
        process.life.stopped.set(true);
        let (world, process) = (Arc::clone(&self.world), Arc::clone(process));
        let pause = self.dice.millis(100..20_000);
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            process.life.stopped.set(false);
            onlooker::look_at(world, process).await;
        });
    }

    fn shut_down(&mut self, process: &Arc<Process>) {
        let Some(runtime) = process.runtime().cloned() else { return };
        let (world, process) = (Arc::clone(&self.world), Arc::clone(process));
        world.fired(Fault::ShutDown, &process.life.name);
        tokio::spawn(async move {
            let _ = process.ask(Duration::from_secs(30), runtime.shutdown()).await;
            world.kill(&process.life);
        });
    }

    fn start(&mut self, address: Option<String>) {
        self.started += 1;
        let number = self.started;
        let address = address.unwrap_or_else(|| format!("10.0.0.{number}:1"));
        if !self.world.is_shared {
            self.world.reopen();
        }
        let address = Some(address).filter(|_| self.world.is_shared);
        self.world.add(number, Process::start(&self.world, number, address));
    }

    /// Time goes on: to what somebody waits for, or to a timer.
    fn leap(&mut self) {
        let world = &self.world;
        let now = world.wall.now();
        world.agenda.wake(now);
        let waits = world.in_flight.load(Ordering::Relaxed) > 0;
        if waits && !self.dice.percent(5) {
            return;
        }
        let timer = self.next_timer().filter(|_| self.dice.percent(70));
        let timer = timer.map(|it| it + TimeDelta::milliseconds(1_500));
        let Some(next) = timer.into_iter().chain(world.agenda.next()).min() else { return };
        let by = (next - now).min(if waits { LEAP_MAX } else { TimeDelta::MAX });
        if by > TimeDelta::zero() {
            if waits {
                world.fired(Fault::ClockAhead, "everybody");
            }
            world.wall.move_by(by);
            world.note(&format!("time leaps to {}", world.wall.now()));
            self.leapt_at = Instant::now();
            world.agenda.wake(world.wall.now());
        }
    }

    fn next_timer(&self) -> Option<DateTime<Utc>> {
        let sql = "SELECT min(due_at) FROM timers";
        let due = self.world.store.look(|it| {
            it.prepare_cached(sql).and_then(|mut it| it.query_row((), |row| row.get(0)))
        });
        due.ok().flatten().and_then(DateTime::from_timestamp_micros)
    }
}
