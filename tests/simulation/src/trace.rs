//! What happened, a line a step. The hash of all lines tells one run from another; the last ones
//! are shown when something is wrong.

use std::collections::VecDeque;

use lienthong_domain::digest::hex;
use sha2::{Digest, Sha256};

/// Lines that are kept.
const KEPT: usize = 40;

#[derive(Default)]
pub(crate) struct Trace {
    steps: u64,
    hasher: Sha256,
    last: VecDeque<String>,
    /// Whether each line is shown as it comes.
    aloud: bool,
}

impl Trace {
    pub(crate) fn new(aloud: bool) -> Self {
        Self { aloud, ..Self::default() }
    }

    /// One step more.
    pub(crate) fn note(&mut self, machine: u128, what: &str) {
        self.steps += 1;
        let line = format!("{} {machine} ms: {what}", self.steps);
        self.hasher.update(&line);
        self.hasher.update("\n");
        if self.aloud {
            println!("{line}");
        }
        if self.last.len() == KEPT {
            self.last.pop_front();
        }
        self.last.push_back(line);
    }

    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    /// Of all lines, in hex.
    pub(crate) fn hash(&self) -> String {
        hex(&self.hasher.clone().finalize())
    }

    pub(crate) fn last(&self) -> Vec<String> {
        self.last.iter().cloned().collect()
    }
}
