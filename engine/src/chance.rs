//! Randomness, as something that is handed in: in a simulation it follows from a seed.

use std::io;
use std::sync::{Mutex, PoisonError};

pub trait Chance: Send + Sync + 'static {
    /// Fills `bytes` with random ones.
    ///
    /// # Errors
    /// If there are none to be had.
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()>;
}

/// Bytes that are fetched from the system at a time: salts are small and many.
const FETCHED: usize = 4096;
/// Longer ones are secrets, and come straight from the system.
const SALT_MAX: usize = 32;

/// The machine's randomness.
#[derive(Default)]
pub struct SystemChance(Mutex<Vec<u8>>);

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        if bytes.len() > SALT_MAX {
            return fetch(bytes);
        }
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if left.len() < bytes.len() {
            let mut fetched = vec![0; FETCHED];
            fetch(&mut fetched)?;
            *left = fetched;
        }
        let rest = left.len() - bytes.len();
        bytes.copy_from_slice(&left[rest..]);
        left.truncate(rest);
        Ok(())
    }
}

fn fetch(bytes: &mut [u8]) -> io::Result<()> {
    getrandom::fill(bytes).map_err(|it| io::Error::other(it.to_string()))
}

#[cfg(test)]
mod tests {
    //! No byte is handed out twice.

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn salts_differ() {
        let chance = SystemChance::default();
        let salt = || {
            let mut salt = [0; 16];
            chance.fill(&mut salt).unwrap();
            salt
        };
        let salts: BTreeSet<[u8; 16]> = (0..3 * FETCHED / 16).map(|_| salt()).collect();
        assert_eq!(salts.len(), 3 * FETCHED / 16);
    }
}
