//! Lets happen what is due. Timers are rows of the core read tables, found by index; those of the
//! next minute are also in memory. A fired one is gone with the append that it caused, so nothing
//! fires twice.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use lienthong_domain::dossier::{Action, Actor, Command};
use uuid::Uuid;

use super::order::{Act, Order};
use super::{Error, Shared, command_id};
use crate::failpoint::{self, Point};
use crate::sabotage::{self, Bug};

/// How often the clock is looked at.
const TICK: Duration = Duration::from_millis(250);
/// How far ahead timers are kept in memory.
const AHEAD: TimeDelta = TimeDelta::seconds(60);
/// A window closes by the moment at which a command was taken in, wherever that was: those that
/// are on their way from another process get this long.
const GRACE: TimeDelta = TimeDelta::seconds(1);
/// Timers of one partition that are read at a time.
const PAGE: u32 = 1_000;
/// Timers in memory.
const HEAP_MAX: usize = 200_000;
/// Dossiers whose timers fire at the same time.
const AT_ONCE: usize = 1_000;
/// How long a dossier whose timer failed is left alone.
const REST: TimeDelta = TimeDelta::seconds(60);

/// The timers up to some moment.
#[derive(Default)]
pub(super) struct Horizon(Mutex<Near>);

#[derive(Default)]
struct Near {
    /// Every timer of this process's partitions that is due by then is in the heap; `None` before
    /// the first look.
    until: Option<DateTime<Utc>>,
    heap: BinaryHeap<Reverse<(DateTime<Utc>, Uuid)>>,
}

impl Horizon {
    fn near(&self) -> MutexGuard<'_, Near> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in timers that were set. What lies beyond the horizon is found when that has moved.
    pub(super) fn add(&self, timers: Vec<(DateTime<Utc>, Uuid)>) {
        let mut near = self.near();
        let Some(until) = near.until else { return };
        if near.heap.len() + timers.len() > HEAP_MAX {
            near.until = None;
            return;
        }
        near.heap.extend(timers.into_iter().filter(|(at, _)| *at <= until).map(Reverse));
    }

    /// Other partitions belong to this process now.
    pub(super) fn begin_anew(&self) {
        self.near().until = None;
    }

    /// How many timers in memory are due by then.
    fn due_by(&self, until: DateTime<Utc>) -> usize {
        self.near().heap.iter().filter(|Reverse((at, _))| *at <= until).count()
    }

    /// The dossiers with something due by `until`, at most [`AT_ONCE`].
    fn due(&self, until: DateTime<Utc>) -> BTreeSet<Uuid> {
        let mut near = self.near();
        let mut dossiers = BTreeSet::new();
        while dossiers.len() < AT_ONCE {
            match near.heap.peek() {
                Some(Reverse((at, dossier))) if *at <= until => {
                    dossiers.insert(*dossier);
                    near.heap.pop();
                }
                _ => break,
            }
        }
        dossiers
    }
}

/// Dossiers whose timers could not be fired, and when they are tried again.
pub(super) type Troubled = BTreeMap<Uuid, DateTime<Utc>>;

pub(super) async fn run(shared: Weak<Shared>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut troubled = Troubled::new();
    loop {
        ticks.tick().await;
        let Some(shared) = shared.upgrade() else { break };
        let until = shared.clock.now() - GRACE;
        match fire(&shared, until, &mut troubled).await {
            Ok(()) => {}
            Err(error @ Error::Stopped) => {
                shared.notice(&error);
                break;
            }
            Err(error) => tracing::warn!(%error, "timers could not be fired"),
        }
    }
}

/// Fires everything that is due by `until`.
pub(super) async fn fire(
    shared: &Arc<Shared>,
    until: DateTime<Utc>,
    troubled: &mut Troubled,
) -> Result<(), Error> {
    let now = shared.clock.now();
    let rested: Vec<Uuid> =
        troubled.iter().filter(|(_, at)| **at <= now).map(|(it, _)| *it).collect();
    for dossier in rested {
        troubled.remove(&dossier);
        shared.horizon.near().heap.push(Reverse((until, dossier)));
    }
    loop {
        let mut due = shared.horizon.due(until);
        if due.is_empty() {
            look_ahead(shared, until).await?;
            due = shared.horizon.due(until);
        }
        let waiting = due.len() + shared.horizon.due_by(until) + troubled.len();
        shared.metrics.timers_due.set(waiting as u64);
        if due.is_empty() {
            return Ok(());
        }
        failpoint::hit(Point::TimersFound);
        let due: Vec<Uuid> = due.into_iter().filter(|it| !troubled.contains_key(it)).collect();
        let fired = join_all(due.iter().map(|it| elapse(shared, *it, until))).await;
        let mut passing = None;
        for (dossier, outcome) in due.iter().zip(fired) {
            match outcome {
                Ok(()) => {}
                Err(Error::Stopped) => return Err(Error::Stopped),
                Err(error) if passes(&error) => {
                    shared.horizon.near().heap.push(Reverse((until, *dossier)));
                    passing = Some(error);
                }
                Err(error) => {
                    tracing::error!(%dossier, %error, "a timer could not be fired");
                    troubled.insert(*dossier, now + REST);
                }
            }
        }
        failpoint::hit(Point::TimersFired);
        passing.map_or(Ok(()), Err)?;
    }
}

/// Whether the fault is not the dossier's: its timer is tried again as soon as the clock is looked
/// at again.
fn passes(error: &Error) -> bool {
    matches!(error, Error::Busy | Error::Unavailable(_))
}

/// Reads timers into memory when what is there does not reach far enough.
async fn look_ahead(shared: &Shared, until: DateTime<Utc>) -> Result<(), Error> {
    if shared.horizon.near().until.is_some_and(|it| it > until) {
        return Ok(());
    }
    let owned: Vec<u32> = (0..shared.log.partitions()).filter(|it| shared.log.owns(*it)).collect();
    let ahead = until + AHEAD;
    // From here on what is set up to the new horizon comes in by itself.
    *shared.horizon.near() = Near { until: Some(ahead), heap: BinaryHeap::new() };
    let found = shared.log.due_timers(&owned, ahead, PAGE).await;
    let rows = match found {
        Ok(_) if sabotage::on(Bug::TimerNotRearmed) => Vec::new(),
        Ok(rows) => rows,
        Err(error) => {
            shared.horizon.begin_anew();
            return Err(error.into());
        }
    };
    let mut of_partitions: BTreeMap<u32, u32> = BTreeMap::new();
    let mut reach = ahead;
    let mut timers = Vec::with_capacity(rows.len());
    for row in rows {
        let count = of_partitions.entry(shared.log.partition_of(&row.dossier_id)).or_default();
        *count += 1;
        if *count == PAGE {
            // There may be more of this partition from here on.
            reach = reach.min(row.due_at);
        }
        if let Ok(dossier) = row.dossier_id.parse() {
            timers.push(Reverse((row.due_at, dossier)));
        }
    }
    let mut near = shared.horizon.near();
    near.heap.extend(timers);
    // Other partitions may have come meanwhile.
    near.until = near.until.map(|it| it.min(reach));
    Ok(())
}

async fn elapse(shared: &Shared, dossier: Uuid, until: DateTime<Utc>) -> Result<(), Error> {
    let at = until.fixed_offset();
    let command = Command { at, actor: Actor::Timer, action: Action::Elapse };
    let command_id = command_id::new(shared.clock.now(), shared.chance.as_ref())?;
    let act = Act { dossier, command_id, digest: [0; 32], command };
    // A partition that has gone to another process takes its timers along.
    shared.carry_out_here(Order::Act(Box::new(act))).await.map(drop)
}

#[cfg(test)]
mod tests {
    //! Whose fault it is that a timer did not fire.

    use super::*;
    use crate::log;

    #[test]
    fn a_busy_engine_and_a_store_that_is_away_are_not_the_dossiers_fault() {
        assert!(passes(&Error::Busy));
        assert!(passes(&Error::Unavailable(log::Error::Closed)));
        assert!(!passes(&Error::Corrupt("an event".to_owned())));
        assert!(!passes(&Error::Undecidable("a decision".to_owned())));
    }
}
