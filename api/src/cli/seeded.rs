//! Choices that look random and are not: each follows from the seed and from what it is about, so
//! that a process that was killed chooses the same again.

#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Where choices come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    /// Thirty-two bytes that depend on the seed and on each part of `about`, in order.
    fn bytes(self, about: &[&str]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.0.to_be_bytes());
        for part in about {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }

    /// A whole number, evenly spread.
    pub(crate) fn number(self, about: &[&str]) -> u64 {
        let bytes = self.bytes(about);
        let mut first = [0; 8];
        first.copy_from_slice(&bytes[..8]);
        u64::from_be_bytes(first)
    }

    /// Whether something happens that happens in `rate` (0 to 1) of the cases.
    pub(crate) fn happens(self, rate: f64, about: &[&str]) -> bool {
        // 32 bits are exact in a double.
        let share = u32::try_from(self.number(about) >> 32).unwrap_or(u32::MAX);
        f64::from(share) < rate * (f64::from(u32::MAX) + 1.0)
    }

    /// A time within a range, in whole milliseconds.
    pub(crate) fn delay(self, range: &RangeInclusive<Duration>, about: &[&str]) -> Duration {
        let shortest = u64::try_from(range.start().as_millis()).unwrap_or(u64::MAX);
        let longest = u64::try_from(range.end().as_millis()).unwrap_or(u64::MAX);
        let span = longest.saturating_sub(shortest).saturating_add(1);
        Duration::from_millis(shortest + self.number(about) % span)
    }

    /// A command id in the layout of uuid v7: this time, and a hash where chance would be.
    pub(crate) fn command_id(self, at: DateTime<Utc>, about: &[&str]) -> Uuid {
        let bytes = self.bytes(about);
        let mut random = [0; 10];
        random.copy_from_slice(&bytes[..10]);
        let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}
