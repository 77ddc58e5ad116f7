//! Reads a partition from its first event to its head and checks that nobody changed it.

use std::collections::BTreeMap;
use std::fmt;

use super::{Error, Log, Recorded, StreamId, Tail, chain};

/// Events read at a time.
const PAGE: u32 = 1_000;

/// What a verification found.
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

pub(crate) async fn verify<L: Log + ?Sized>(log: &L, partition: u32) -> Result<Verified, Error> {
    let head = log.head(partition).await?;
    let mut tails = BTreeMap::new();
    let mut position = 0;
    while position < head {
        let page = log.read(partition, position, PAGE).await?;
        if page.is_empty() {
            return Ok(Verified::Broken { position: position + 1, fault: Fault::Missing });
        }
        for event in page.into_iter().take_while(|it| it.position <= head) {
            position += 1;
            if event.position != position {
                return Ok(Verified::Broken { position, fault: Fault::Missing });
            }
            if let Err(fault) = follow(&mut tails, event, log) {
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

fn follow<L: Log + ?Sized>(
    tails: &mut BTreeMap<StreamId, Tail>,
    event: Recorded,
    log: &L,
) -> Result<(), Fault> {
    if log.partition_of(&event.stream.aggregate_id) != event.partition {
        return Err(Fault::Partition);
    }
    let tail = tails.get(&event.stream);
    if event.sequence != tail.map_or(0, |it| it.sequence) + 1 {
        return Err(Fault::Sequence);
    }
    if tail.is_some_and(|it| event.recorded_at < it.recorded_at) {
        return Err(Fault::Time);
    }
    let previous = tail.map_or(chain::START, |it| it.hash);
    let hash = event.payload().and_then(|it| chain::link(&event, &it, &previous));
    let hash = hash.map_err(|_| Fault::Payload)?;
    if hash != event.hash {
        return Err(Fault::Hash);
    }
    let tail = event.tail();
    tails.insert(event.stream, tail);
    Ok(())
}
