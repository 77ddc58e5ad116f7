//! Randomness, as something that is handed in: in a simulation it follows from a seed.

use std::io;

pub trait Chance: Send + Sync + 'static {
    /// Fills `bytes` with random ones.
    ///
    /// # Errors
    /// If there are none to be had.
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()>;
}

/// The machine's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemChance;

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        getrandom::fill(bytes).map_err(|it| io::Error::other(it.to_string()))
    }
}
