//! Choices that can be made again: from a seed that every random test prints and takes.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::report;

/// Names the seed of another run.
const VARIABLE: &str = "LIENTHONG_SEED";

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough to choose moments.
#[derive(Clone, Debug)]
pub struct Choices(u64);

impl Choices {
    /// From the environment, or else another one every time. Prints it.
    ///
    /// # Panics
    /// If the environment's is no number.
    #[must_use]
    pub fn announced(test: &str) -> Self {
        let now = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            since.map_or(0, |it| u64::from(it.subsec_nanos()) ^ it.as_secs())
        };
        let given = std::env::var(VARIABLE).ok();
        let seed = given.map_or_else(now, |it| it.parse().expect("a seed is a number"));
        report::say(&format!("{test}: seed {seed} (again with {VARIABLE}={seed})"));
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// One of `from..to`.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.next() % (to - from)
    }
}
