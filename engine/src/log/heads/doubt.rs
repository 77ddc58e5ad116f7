//! Why a store is not taken for the log that was written last.

use std::fmt::{self, Write as _};

use serde::Serialize;

/// Doubts that are told.
const TOLD: usize = 3;

/// Something that stands against a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// It is of another incarnation, and none that came of the one that is known.
    Incarnation { known: String, found: Option<String> },
    /// Events are missing at the end of a partition.
    Shorter { partition: u32, known: u64, found: u64 },
    /// A partition has another event at a position.
    Other { partition: u32, position: u64 },
    /// An import into the store did not come to its end.
    Unfinished,
}

impl fmt::Display for Doubt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incarnation { known, found } => {
                let found = found.as_deref().unwrap_or("none");
                write!(out, "its incarnation is {found}, not {known}")
            }
            Self::Shorter { partition, known, found } => {
                write!(out, "partition {partition} ends at {found}, and had reached {known}")
            }
            Self::Other { partition, position } => {
                write!(out, "partition {partition} has another event at {position}")
            }
            Self::Unfinished => {
                out.write_str("an import into it did not end, so it is to be made anew")
            }
        }
    }
}

/// The first of some doubts, in one line.
#[must_use]
pub fn told(doubts: &[Doubt]) -> String {
    let shown = doubts.iter().take(TOLD).map(ToString::to_string);
    let mut told = shown.collect::<Vec<_>>().join("; ");
    if let Some(more) = doubts.len().checked_sub(TOLD).filter(|it| *it > 0) {
        let _ = write!(told, "; and {more} more");
    }
    told
}
