//! How messages reach agencies by push: when a message is tried again, when it is given up, and how
//! many are on their way to one office. Pure; the sending itself is handed in.

pub mod balance;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use lienthong_domain::agency::Endpoint;

use crate::log::feeds::{Attempted, Delivery, DeliveryState};

/// Attempts at one message, two days of them at the longest pause.
pub const ATTEMPTS_MAX: u32 = 400;
/// Before the second attempt; twice that before the third, and so on.
const PAUSE_FIRST: TimeDelta = TimeDelta::seconds(1);
const PAUSE_MAX: TimeDelta = TimeDelta::minutes(15);
/// Messages on their way to one office.
pub const AT_ONCE: usize = 8;
/// After so many failures in a row an office is left alone for a while, then tried with one message.
const FAILURES_MAX: u32 = 5;
const REST: TimeDelta = TimeDelta::seconds(30);

/// One attempt at a message.
#[derive(Clone, Debug)]
pub struct Message {
    /// The same at every attempt.
    pub id: String,
    pub delivery: Delivery,
    pub endpoint: Endpoint,
    pub at: DateTime<Utc>,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    Taken,
    /// The office will never take it. With a stable code.
    Gone(&'static str),
    /// The office did not take this message.
    Refused(&'static str),
    /// The office, or the way to it, is in trouble.
    Failed(&'static str),
}

/// The way to the agencies.
#[async_trait]
pub trait Sender: Send + Sync + 'static {
    /// Sends a message and waits for what the agency says to it, for a bounded time.
    async fn send(&self, message: &Message) -> Sent;
}

/// What an attempt that ended at `now` means for its delivery. `random` spreads the pauses.
#[must_use]
pub fn outcome(delivery: &Delivery, sent: &Sent, now: DateTime<Utc>, random: u64) -> Attempted {
    let attempts = delivery.attempts.saturating_add(1);
    let (state, failure) = match *sent {
        Sent::Taken => (DeliveryState::Delivered, None),
        Sent::Gone(code) => (DeliveryState::Parked, Some(code)),
        Sent::Refused(code) | Sent::Failed(code) if attempts >= ATTEMPTS_MAX => {
            (DeliveryState::Parked, Some(code))
        }
        Sent::Refused(code) | Sent::Failed(code) => (DeliveryState::Pending, Some(code)),
    };
    let is_delivered = state == DeliveryState::Delivered;
    Attempted {
        message_id: delivery.outgoing.message.message_id.clone(),
        attempts_before: delivery.attempts,
        state,
        next_at: if is_delivered { now } else { now + pause(attempts, random) },
        failure: failure.map(str::to_owned),
        delivered_at: is_delivered.then_some(now),
    }
}

/// Full jitter: anything up to the pause of this attempt.
fn pause(attempts: u32, random: u64) -> TimeDelta {
    let doublings = attempts.saturating_sub(1).min(10);
    let longest = (PAUSE_FIRST * (1 << doublings)).min(PAUSE_MAX);
    let milliseconds = u64::try_from(longest.num_milliseconds()).unwrap_or_default();
    TimeDelta::milliseconds(i64::try_from(random % (milliseconds + 1)).unwrap_or_default())
}

/// What is on its way to one office, and whether the office is well.
#[derive(Debug, Default)]
pub struct Gate {
    in_flight: usize,
    failures: u32,
    rests_until: Option<DateTime<Utc>>,
}

impl Gate {
    /// How many more messages may go out.
    #[must_use]
    pub fn room(&self, now: DateTime<Utc>) -> usize {
        let at_once = match self.rests_until {
            Some(until) if now < until => 0,
            Some(_) => 1,
            None => AT_ONCE,
        };
        at_once.saturating_sub(self.in_flight)
    }

    /// Whether a message is on its way.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.in_flight > 0
    }

    pub fn begin(&mut self) {
        self.in_flight += 1;
    }

    pub fn end(&mut self, sent: &Sent, now: DateTime<Utc>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if !matches!(sent, Sent::Failed(_)) {
            self.failures = 0;
            self.rests_until = None;
            return;
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILURES_MAX {
            self.rests_until = Some(now + REST);
        }
    }

    /// Whether nothing is known that a new one would not know.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.in_flight == 0 && self.failures == 0
    }
}

#[cfg(test)]
mod tests;
