//! Everything that is random, from one seed.

use std::io;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use lienthong_engine::chance::Chance;
use uuid::{Builder, Uuid};

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough to choose by.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of one's own, so that what somebody draws does not depend on what others drew.
    pub(crate) fn of(&self, who: &str, number: u64) -> Self {
        let mut dice = Self(self.0 ^ number.rotate_left(32));
        for byte in who.bytes() {
            dice.0 = dice.0.wrapping_add(u64::from(byte));
            dice.0 = dice.next();
        }
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }

    /// Whether something comes about that does so in so many of a hundred cases.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.within(0..100) < percent
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let n = u64::try_from(of.len()).ok().filter(|it| *it > 0)?;
        of.get(usize::try_from(self.within(0..n)).ok()?)
    }

    pub(crate) fn millis(&mut self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.within(range))
    }

    pub(crate) fn minutes(&mut self, range: Range<i64>) -> TimeDelta {
        let span = u64::try_from(range.end - range.start).unwrap_or(1);
        TimeDelta::minutes(range.start + i64::try_from(self.within(0..span)).unwrap_or_default())
    }

    pub(crate) fn bytes(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
    }

    /// A command id of a moment.
    pub(crate) fn id(&mut self, at: DateTime<Utc>) -> Uuid {
        let mut random = [0; 10];
        self.bytes(&mut random);
        let milliseconds = u64::try_from(at.timestamp_millis()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid()
    }

    /// A name that nobody else has.
    pub(crate) fn name(&mut self) -> Uuid {
        let mut random = [0; 16];
        self.bytes(&mut random);
        Builder::from_random_bytes(random).into_uuid()
    }
}

/// The randomness of an engine.
pub(crate) struct Drawn(Mutex<Dice>);

impl Drawn {
    pub(crate) fn new(dice: Dice) -> Self {
        Self(Mutex::new(dice))
    }
}

impl Chance for Drawn {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).bytes(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    //! The same seed draws the same, others draw otherwise.

    use super::*;

    #[test]
    fn what_is_drawn_follows_from_seed_and_name() {
        let draw = |seed, who, number| Dice::new(seed).of(who, number).next();
        assert_eq!(draw(1, "citizen", 1), draw(1, "citizen", 1));
        assert_ne!(draw(1, "citizen", 1), draw(1, "citizen", 2));
        assert_ne!(draw(1, "citizen", 1), draw(1, "office", 1));
        assert_ne!(draw(1, "citizen", 1), draw(2, "citizen", 1));
    }
}
