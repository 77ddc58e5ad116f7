//! What time it is, as something that is handed in: a test moves it by hand.

use std::sync::Mutex;

use chrono::{DateTime, FixedOffset, Utc};

/// The zone in which days are told: Indochina Time.
#[must_use]
pub fn zone() -> FixedOffset {
    FixedOffset::east_opt(7 * 3_600).expect("seven hours are an offset")
}

pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A clock that stands until it is moved. It never goes back.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves on to a later moment; an earlier one changes nothing.
    pub fn set(&self, now: DateTime<Utc>) {
        let mut current = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *current = (*current).max(now);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
