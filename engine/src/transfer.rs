//! A whole log as a file, to be taken into another store: of the other kind, with another number
//! of partitions, or simply elsewhere.
//!
//! The file is text in UTF-8, one JSON object a line, each with one member that says what it is:
//! first `log`, then any number of `reference`, `event`, `receipt` and `delivery`, last `end`. Texts that a
//! store keeps byte for byte are strings of these bytes. The file is whole if its last line is an
//! `end` whose counts, heads and digest are right.
//!
//! An export is the log at one moment, its heads being read at once, however much is written while
//! it is made: of each partition the events up to its head, in order, and the receipts of commands
//! that were carried out by then, and what has become of the messages that they caused. An import gives positions anew, partition by partition, in the
//! order of the file; so a store with as many partitions becomes the same log, position by position.
//! Subscriptions begin anew after an import, but for the one that finds what is to be pushed.

mod check;
mod export;
mod import;
mod line;

use std::io;

use lienthong_domain::digest::Digest;
use serde::Serialize;

use crate::log;

pub use check::check;
pub use export::export;
pub use import::import;
pub use line::{End, Header, LineHead};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Log(#[from] log::Error),
    #[error("the file can't be used: {0}")]
    File(#[from] io::Error),
    /// The file is not one that was exported, or was changed since.
    #[error("line {line}: {fault}")]
    Line { line: u64, fault: String },
    #[error("the file ends before its end")]
    Truncated,
    #[error("the store is not empty")]
    NotEmpty,
    #[error("the log's schema is {found}, not {ours}: start this program's server on it first")]
    Schema { found: i64, ours: i64 },
}

/// What a file has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contents {
    pub partitions: u32,
    pub incarnation: Option<String>,
    pub references: u64,
    pub events: u64,
    pub receipts: u64,
    pub deliveries: u64,
    /// Whether for every event it was found out what is to be pushed.
    pub followed: bool,
    /// Of partitions that have events.
    pub heads: Vec<LineHead>,
    /// Of the file before its last line.
    pub digest: Digest,
}

impl Contents {
    /// The last event of each partition that has events.
    #[must_use]
    pub fn ends(&self) -> Vec<log::Head> {
        let ends = self.heads.iter().map(|it| {
            let LineHead { partition, position, hash } = *it;
            log::Head { partition, position, hash: Some(hash) }
        });
        ends.collect()
    }

    fn new(header: &Header, end: End) -> Self {
        Self {
            partitions: header.partitions,
            incarnation: header.incarnation.clone(),
            references: end.references,
            events: end.events,
            receipts: end.receipts,
            deliveries: end.deliveries,
            followed: end.followed,
            heads: end.heads,
            digest: end.digest,
        }
    }
}
