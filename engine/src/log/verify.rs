//! Reads a log from its first events to its heads and checks that nobody changed it.
//!
//! Partitions are read in turns, a page of each, since what was written together lies together.
//! Of every stream its end is kept, so memory grows by about 100 bytes a stream.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::progress::Progress;
use super::scan::{self, Scan};
use super::stored::{Page, Stored};
use super::{Error, Hash, Log, chain, partition_of};

/// Events read at a time where a log is asked for one partition.
const PAGE: u32 = 1_000;
/// Readers at the same time, each with its share of the partitions.
const READERS: u32 = 2;

/// What a verification of one partition found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    Whole {
        events: u64,
    },
    /// The first event that is wrong, or the position where one is missing.
    Broken {
        position: u64,
        fault: Fault,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// No event has this position.
    Missing,
    /// The stream belongs to another partition.
    Partition,
    /// The event does not follow its stream's previous.
    Sequence,
    /// The event was recorded before its stream's previous.
    Time,
    /// The payload is not in its stored form.
    Payload,
    /// The content is not what was hashed.
    Hash,
    /// There are events beyond the head.
    Head,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Missing => "an event is missing",
            Self::Partition => "the stream belongs to another partition",
            Self::Sequence => "the event does not follow its stream's previous one",
            Self::Time => "the event was recorded before its stream's previous one",
            Self::Payload => "the payload is not in its stored form",
            Self::Hash => "the event is not what was hashed",
            Self::Head => "there are events beyond the head",
        })
    }
}

/// What a verification of a whole log found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Events that were read.
    pub events: u64,
    pub streams: u64,
    /// The first that is wrong in each partition that is not whole, by partition.
    pub broken: Vec<Broken>,
}

/// The first event of a partition that is wrong, or the position where one is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Broken {
    pub partition: u32,
    pub position: u64,
    pub fault: Fault,
    /// As it says itself.
    pub event: Option<Named>,
}

/// An event by its stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    pub aggregate_type: String,
    pub aggregate_id: String,
    pub sequence: u64,
}

impl From<&Stored<'_>> for Named {
    fn from(event: &Stored<'_>) -> Self {
        Self {
            aggregate_type: event.aggregate_type.to_owned(),
            aggregate_id: event.aggregate_id.to_owned(),
            sequence: event.sequence,
        }
    }
}

/// The ends of streams, by partition and a digest of what they are called.
pub(crate) struct Chains {
    partitions: u32,
    tails: BTreeMap<(u32, [u8; 16]), Tail>,
}

struct Tail {
    sequence: u64,
    recorded_at: i64,
    hash: Hash,
}

impl Tail {
    const START: Self = Self { sequence: 0, recorded_at: i64::MIN, hash: chain::START };

    fn followed_by(&self, event: &Stored<'_>) -> Result<Self, Fault> {
        let Stored { sequence, recorded_at, .. } = *event;
        if sequence != self.sequence + 1 {
            return Err(Fault::Sequence);
        }
        if recorded_at < self.recorded_at {
            return Err(Fault::Time);
        }
        let hash = chain::hash(event, &self.hash).map_err(|_| Fault::Payload)?;
        if hash == event.hash { Ok(Self { sequence, recorded_at, hash }) } else { Err(Fault::Hash) }
    }
}

impl Chains {
    pub(crate) fn new(partitions: u32) -> Self {
        Self { partitions, tails: BTreeMap::new() }
    }

    pub(crate) fn streams(&self) -> u64 {
        self.tails.len() as u64
    }

    /// Takes in an event, if it follows the one before it in its stream.
    pub(crate) fn follow(&mut self, event: &Stored<'_>) -> Result<(), Fault> {
        match self.tails.entry((event.partition, key(event))) {
            Entry::Occupied(mut known) => {
                let after = known.get().followed_by(event)?;
                known.insert(after);
            }
            // Those that follow are at home where the first is.
            Entry::Vacant(_)
                if partition_of(event.aggregate_id, self.partitions) != event.partition =>
            {
                return Err(Fault::Partition);
            }
            Entry::Vacant(new) => {
                new.insert(Tail::START.followed_by(event)?);
            }
        }
        Ok(())
    }
}

fn key(event: &Stored<'_>) -> [u8; 16] {
    let digest = Sha256::new()
        .chain_update(event.aggregate_type)
        .chain_update([0])
        .chain_update(event.aggregate_id)
        .finalize();
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    key
}

/// Verifies a partition of an open log.
pub(crate) async fn verify<L: Log + ?Sized>(log: &L, partition: u32) -> Result<Verified, Error> {
    let head = log.head(partition).await?;
    let mut chains = Chains::new(log.partitions());
    let mut position = 0;
    while position < head {
        let page = log.read(partition, position, PAGE).await?;
        if page.is_empty() {
            return Ok(Verified::Broken { position: position + 1, fault: Fault::Missing });
        }
        for event in page.iter().take_while(|it| it.position <= head) {
            position += 1;
            if let Err(fault) = next(&mut chains, &event.into(), position) {
                return Ok(Verified::Broken { position, fault });
            }
        }
    }
    let beyond = log.read(partition, head, 1).await?;
    match beyond.first() {
        Some(event) if log.head(partition).await? < event.position => {
            Ok(Verified::Broken { position: event.position, fault: Fault::Head })
        }
        Some(_) | None => Ok(Verified::Whole { events: head }),
    }
}

fn next(chains: &mut Chains, event: &Stored<'_>, position: u64) -> Result<(), Fault> {
    if event.position == position { chains.follow(event) } else { Err(Fault::Missing) }
}

/// Verifies a whole log, also while others write to it: up to its heads as they are now.
///
/// # Errors
/// If the log can't be read. That it is not whole is no error.
pub async fn verify_all(address: &str, progress: &Arc<Progress>) -> Result<Report, Error> {
    let heads = scan::open(address).await?.heads().await?;
    progress.expect(heads.iter().map(|it| it.position).sum());
    let mut shares = Vec::new();
    for n in 0..READERS {
        let scan = scan::open(address).await?;
        let share = heads.iter().filter(|it| it.partition % READERS == n);
        let share =
            share.map(|it| Reach { partition: it.partition, position: 0, head: it.position });
        shares.push(tokio::spawn(verify_share(scan, share.collect(), Arc::clone(progress))));
    }
    let mut whole = Report::default();
    for share in shares {
        let report = share.await.map_err(Error::unavailable)??;
        whole.events += report.events;
        whole.streams += report.streams;
        whole.broken.extend(report.broken);
    }
    whole.broken.sort_unstable_by_key(|it| it.partition);
    Ok(whole)
}

/// How far a partition was read, and how far it is to be.
struct Reach {
    partition: u32,
    position: u64,
    head: u64,
}

/// Verifies some partitions.
async fn verify_share(
    mut scan: Box<dyn Scan>,
    mut open: Vec<Reach>,
    progress: Arc<Progress>,
) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut chains = Chains::new(scan.partitions());
    let mut page = Page::default();
    while !open.is_empty() {
        let mut left = Vec::with_capacity(open.len());
        for mut reach in open {
            let (partition, before) = (reach.partition, reach.position);
            page = scan.events(partition, before, page).await?;
            let fault = take_in(&mut chains, &page, &mut reach);
            progress.add(reach.position - before);
            report.events += reach.position - before;
            match fault {
                Some((fault, event)) => {
                    let position = reach.position + 1;
                    report.broken.push(Broken { partition, position, fault, event });
                }
                None if reach.position < reach.head => left.push(reach),
                None => report.broken.extend(beyond(scan.as_mut(), &reach).await?),
            }
        }
        open = left;
    }
    report.streams = chains.streams();
    Ok(report)
}

/// Takes in a page up to the head; the first fault ends it.
fn take_in(chains: &mut Chains, page: &Page, reach: &mut Reach) -> Option<(Fault, Option<Named>)> {
    if page.is_empty() && reach.position < reach.head {
        return Some((Fault::Missing, None));
    }
    for event in page.events().take_while(|it| it.position <= reach.head) {
        if let Err(fault) = next(chains, &event, reach.position + 1) {
            let is_there = fault != Fault::Missing;
            return Some((fault, is_there.then(|| Named::from(&event))));
        }
        reach.position += 1;
    }
    None
}

/// An event beyond the head, if the head has not come to it meanwhile.
async fn beyond(scan: &mut dyn Scan, reach: &Reach) -> Result<Option<Broken>, Error> {
    let Reach { partition, head, .. } = *reach;
    let page = scan.events(partition, head, Page::default()).await?;
    let Some(event) = page.events().next() else { return Ok(None) };
    let heads = scan.heads().await?;
    let is_beyond =
        heads.iter().any(|it| it.partition == partition && it.position < event.position);
    let (position, event) = (event.position, Some(Named::from(&event)));
    Ok(is_beyond.then_some(Broken { partition, position, fault: Fault::Head, event }))
}
