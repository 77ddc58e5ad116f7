//! Makes the core read tables again from the log: what is in them afterwards follows from the events
//! alone. Each transaction reads some dossiers and replaces their rows as a whole, while nobody
//! appends: so it may go on beside a server, nobody reads half a dossier, and no list is ever empty
//! meanwhile.

use std::sync::Arc;
use std::time::Instant;

use lienthong_domain::dossier::{Dossier, Event};
use serde::Serialize;

use crate::log::bulk::{self, Bulk, DOSSIER};
use crate::log::{Error, Head, Page, PartitionedRows, Progress, Scan, Stored, open_for_reading};

use super::Projected as _;

/// What a rebuilding did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rebuilt {
    pub partitions: u32,
    pub dossiers: u64,
    /// Rows that were taken away, of dossiers that the log does not have.
    pub strays: u64,
}

/// Rebuilds every partition. Where the store is shared with a server, that has half of the time.
///
/// # Errors
/// If the log can't be read or the tables not be written. What was rebuilt stays.
pub async fn rebuild(
    address: &str,
    is_shared: bool,
    progress: &Arc<Progress>,
) -> Result<Rebuilt, Error> {
    let mut scan = open_for_reading(address).await?;
    let heads = scan.heads().await?;
    progress.expect(heads.iter().map(|it| it.position).sum());
    let mut rebuilding = Rebuilding { scan, bulk: bulk::open(address).await?, is_shared };
    let mut all = Rebuilt::default();
    for head in heads {
        all.dossiers += rebuilding.partition(&head, progress).await?;
        all.strays += rebuilding.bulk.prune(head.partition).await?;
        all.partitions += 1;
    }
    Ok(all)
}

struct Rebuilding {
    scan: Box<dyn Scan>,
    bulk: Box<dyn Bulk>,
    is_shared: bool,
}

impl Rebuilding {
    /// Rebuilds the dossiers that had begun by a head. Gives how many.
    async fn partition(&mut self, head: &Head, progress: &Progress) -> Result<u64, Error> {
        let (mut dossiers, mut reached) = (0, 0);
        while reached < head.position {
            let begun = self.scan.begun(head.partition, DOSSIER, reached).await?;
            let last = begun.last().map_or(head.position, |it| it.0.min(head.position));
            if !begun.is_empty() {
                let since = Instant::now();
                let ids = begun.into_iter().map(|(_, id)| id).collect();
                dossiers += self.bulk.replace(head.partition, ids, fold).await?;
                if self.is_shared {
                    tokio::time::sleep(since.elapsed()).await;
                }
            }
            progress.add(last - reached);
            reached = last;
        }
        Ok(dossiers)
    }
}

/// The rows of the dossiers of a page, in which each stream is whole.
fn fold(page: &Page) -> Result<Vec<PartitionedRows>, Error> {
    let mut all = Vec::new();
    let mut folding = Folding::default();
    for event in page.events() {
        if event.sequence == 1 {
            all.extend(std::mem::take(&mut folding).rows()?);
        }
        folding.partition = event.partition;
        folding.positions.push(event.position);
        folding.dossier.evolve(&decoded(&event)?);
    }
    all.extend(folding.rows()?);
    Ok(all)
}

/// A dossier with where its events are, by sequence from 1.
#[derive(Default)]
struct Folding {
    partition: u32,
    dossier: Dossier,
    positions: Vec<u64>,
}

impl Folding {
    fn rows(self) -> Result<Option<PartitionedRows>, Error> {
        let Some(rows) = self.dossier.rows() else { return Ok(None) };
        let change = rows.since(None);
        let position = |sequence: u64| {
            let index = usize::try_from(sequence.checked_sub(1)?).ok()?;
            self.positions.get(index).copied()
        };
        let positions: Option<Vec<u64>> =
            change.outbox.iter().map(|it| position(it.sequence)).collect();
        let positions = positions.ok_or_else(|| {
            let id = &change.dossier_id;
            Error::Corrupt(format!("a message of dossier {id} is of no event"))
        })?;
        Ok(Some(PartitionedRows { partition: self.partition, change, positions }))
    }
}

fn decoded(event: &Stored<'_>) -> Result<Event, Error> {
    serde_json::from_str(event.payload).map_err(|fault| {
        let Stored { partition, position, .. } = event;
        Error::Corrupt(format!("the event at {position} of partition {partition}: {fault}"))
    })
}
