//! Time: the machine's, which tokio's paused clock tells, and the wall's, which runs beside it and
//! may be moved. What waits for a moment of the wall's is in the agenda.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use lienthong_engine::clock::Clock;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// People look at the clock this often, so that several of them do something at a time.
const GRAIN: TimeDelta = TimeDelta::minutes(20);

/// The clock on the wall.
pub(crate) struct Wall {
    began_at: DateTime<Utc>,
    begun: Instant,
    moved: Mutex<TimeDelta>,
}

/// A process's clock, which is a little wrong.
pub(crate) struct Skewed {
    pub(crate) wall: Arc<Wall>,
    pub(crate) by: TimeDelta,
}

/// Who waits for which moment.
#[derive(Default)]
pub(crate) struct Agenda(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    made: u64,
    waiting: BTreeMap<(DateTime<Utc>, u64), oneshot::Sender<()>>,
}

impl Wall {
    pub(crate) fn new(began_at: DateTime<Utc>) -> Self {
        Self { began_at, begun: Instant::now(), moved: Mutex::default() }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        let elapsed = TimeDelta::from_std(self.begun.elapsed()).unwrap_or_default();
        self.began_at + elapsed + *self.moved()
    }

    /// How long the machine has been running, in milliseconds.
    pub(crate) fn machine(&self) -> u128 {
        self.begun.elapsed().as_millis()
    }

    /// Moves it, forward or back.
    pub(crate) fn move_by(&self, by: TimeDelta) {
        *self.moved() += by;
    }

    fn moved(&self) -> MutexGuard<'_, TimeDelta> {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for Skewed {
    fn now(&self) -> DateTime<Utc> {
        self.wall.now() + self.by
    }
}

impl Agenda {
    /// Waits until the wall's clock shows a moment, to the next [`GRAIN`] of an hour, and somebody
    /// has looked at it.
    pub(crate) async fn until(&self, moment: DateTime<Utc>) {
        let (sender, reached) = oneshot::channel();
        let moment = moment.duration_trunc(GRAIN).map_or(moment, |it| it + GRAIN);
        {
            let mut entries = self.entries();
            entries.made += 1;
            let key = (moment, entries.made);
            entries.waiting.insert(key, sender);
        }
        let _ = reached.await;
    }

    /// Wakes those whose moment has come.
    pub(crate) fn wake(&self, now: DateTime<Utc>) {
        let mut entries = self.entries();
        while let Some(entry) = entries.waiting.first_entry() {
            if entry.key().0 > now {
                break;
            }
            let _ = entry.remove().send(());
        }
    }

    /// The next moment that somebody waits for.
    pub(crate) fn next(&self) -> Option<DateTime<Utc>> {
        let mut entries = self.entries();
        while let Some(entry) = entries.waiting.first_entry() {
            if !entry.get().is_closed() {
                return Some(entry.key().0);
            }
            entry.remove();
        }
        None
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
