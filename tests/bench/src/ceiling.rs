//! What the store can take at best: the rows of LG3's events, as the engine wrote them, inserted in
//! bare batches into its own table with its own keys. No decisions, no hashes, no receipts, no read
//! tables.

mod postgres;
mod sqlite;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lienthong_engine::log::Recorded;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Error;
use crate::in_process::{self, InProcess};
use crate::load::{self, Load, Plan};

/// Rows of one commit.
const BATCHES: [usize; 2] = [500, 1_000];
const CONNECTIONS: [usize; 3] = [1, 2, 4];
/// Rows that are copied come from a run of this length.
const SOURCE: Plan = Plan {
    load: Load::Saturation { in_flight: 128 },
    warm_up: Duration::ZERO,
    measured: Duration::from_millis(500),
};
/// At most so many of each partition.
const SOURCE_ROWS_MAX: u32 = 1_000;

/// The best of all ways that were tried.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Ceiling {
    pub(crate) events_per_second: f64,
    pub(crate) connections: usize,
    pub(crate) rows: usize,
}

/// Tries every way for some time each.
pub(crate) async fn run(store: &str, each: Duration) -> Result<Ceiling, Error> {
    let mut source = source(store).await?;
    let mut best = Ceiling { events_per_second: 0.0, connections: 0, rows: 0 };
    for connections in CONNECTIONS {
        for rows in BATCHES {
            let events_per_second = match store.strip_prefix("sqlite:") {
                // It has one writer at a time, whatever one does.
                Some(_) if connections > 1 => continue,
                Some(path) => sqlite::fill(path.as_ref(), &mut source, rows, each)?,
                None => postgres::fill(store, &mut source, connections, rows, each).await?,
            };
            if events_per_second > best.events_per_second {
                best = Ceiling { events_per_second, connections, rows };
            }
        }
    }
    Ok(best)
}

/// Makes the store and its table, and takes what the engine wrote as the pattern of what follows.
async fn source(store: &str) -> Result<Source, Error> {
    let runtime = in_process::start(store).await?;
    load::run(InProcess::new(runtime.clone()), SOURCE).await?;
    let mut source = Source { partitions: Vec::new() };
    for partition in 0..runtime.log().partitions() {
        let mut pattern = runtime.log().read(partition, 0, SOURCE_ROWS_MAX).await?;
        pattern.retain(|it| it.stream.aggregate_type == "dossier");
        if !pattern.is_empty() {
            let head = runtime.log().head(partition).await?;
            source.partitions.push(Partition { pattern, next: 0, head, ids: BTreeMap::new() });
        }
    }
    runtime.shutdown().await;
    Ok(source)
}

/// Rows without end: those of the pattern again and again, each time as other dossiers.
struct Source {
    partitions: Vec<Partition>,
}

struct Partition {
    pattern: Vec<Recorded>,
    next: usize,
    head: u64,
    /// The ids of this time's dossiers by those of the pattern.
    ids: BTreeMap<String, Arc<str>>,
}

/// A row of the pattern, with what makes it another one.
struct Row<'a> {
    pattern: &'a Recorded,
    id: Arc<str>,
    position: u64,
}

impl Source {
    /// Parts that have no partition in common.
    fn split(&mut self, parts: usize) -> Vec<Vec<&mut Partition>> {
        let mut split: Vec<Vec<_>> = (0..parts).map(|_| Vec::new()).collect();
        for (n, partition) in self.partitions.iter_mut().enumerate() {
            split[n % parts].push(partition);
        }
        split
    }
}

impl Partition {
    fn advance(&mut self) -> (usize, Arc<str>, u64) {
        if self.next == self.pattern.len() {
            self.next = 0;
            self.ids.clear();
        }
        let place = self.next;
        let known = &self.pattern[place].stream.aggregate_id;
        let id = match self.ids.get(known) {
            Some(id) => Arc::clone(id),
            None => {
                let id: Arc<str> = Uuid::now_v7().to_string().into();
                self.ids.insert(known.clone(), Arc::clone(&id));
                id
            }
        };
        self.next += 1;
        self.head += 1;
        (place, id, self.head)
    }
}

/// The next rows, of all of these partitions in turn.
fn batch<'a>(partitions: &'a mut [&mut Partition], rows: usize) -> Vec<Row<'a>> {
    let count = partitions.len();
    let advanced: Vec<_> = (0..rows).map(|n| partitions[n % count].advance()).collect();
    let row = |(n, (place, id, position)): (usize, (usize, _, _))| Row {
        pattern: &partitions[n % count].pattern[place],
        id,
        position,
    };
    advanced.into_iter().enumerate().map(row).collect()
}
