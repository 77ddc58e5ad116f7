//! Aggregates in memory, so that a command needs no reading. Bounded in bytes; the log has
//! everything. What was not used for longest goes first, in two generations: what is used moves to
//! the young one, and when that is full the old one is dropped.

use std::collections::BTreeMap;
use std::sync::Arc;

use cqrs_es::Aggregate;
use lienthong_domain::agency::Agency;
use lienthong_domain::bulletin::Bulletin;
use lienthong_domain::claim::Claim;
use lienthong_domain::dossier::{Dossier, Event};
use lienthong_domain::serial::SerialBook;
use serde::de::DeserializeOwned;

use super::{Error, RecordedEvent};
use crate::log::{Recorded, StreamId, Tail};

/// How much a stored byte takes in memory, decoded: text and structures around it.
const BYTES_PER_STORED: usize = 2;
/// What every entry takes beside its events.
const BYTES_PER_ENTRY: usize = 512;

/// An aggregate as it is after its last event.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) state: State,
    /// `None` while the end is not in the log yet, but earlier in the same batch.
    pub(super) tail: Option<Tail>,
    /// An estimate of what it takes in memory.
    pub(super) bytes: usize,
}

/// The kinds of aggregates that the runtime decides about.
#[derive(Clone)]
pub(super) enum State {
    Dossier(Arc<Dossier>),
    Serials(Arc<SerialBook>),
    Agency(Arc<Agency>),
    Claim(Arc<Claim>),
    Bulletin(Arc<Bulletin>),
}

/// The aggregates of one lane that were used last.
pub(super) struct Cache {
    young: BTreeMap<StreamId, Known>,
    old: BTreeMap<StreamId, Known>,
    young_bytes: usize,
    old_bytes: usize,
    bytes_max: usize,
}

impl Cache {
    pub(super) fn new(bytes_max: usize) -> Self {
        let (young, old) = (BTreeMap::new(), BTreeMap::new());
        Self { young, old, young_bytes: 0, old_bytes: 0, bytes_max }
    }

    pub(super) fn get(&mut self, stream: &StreamId) -> Option<Known> {
        if let Some(known) = self.young.get(stream) {
            return Some(known.clone());
        }
        let known = self.old.remove(stream)?;
        self.old_bytes -= known.bytes;
        self.put(stream.clone(), known.clone());
        Some(known)
    }

    pub(super) fn put(&mut self, stream: StreamId, known: Known) {
        if let Some(before) = self.old.remove(&stream) {
            self.old_bytes -= before.bytes;
        }
        self.young_bytes += known.bytes;
        if let Some(before) = self.young.insert(stream, known) {
            self.young_bytes -= before.bytes;
        }
        if self.young_bytes > self.bytes_max / 2 {
            self.old = std::mem::take(&mut self.young);
            self.old_bytes = std::mem::take(&mut self.young_bytes);
        }
    }

    pub(super) fn remove(&mut self, stream: &StreamId) {
        self.young_bytes -= self.young.remove(stream).map_or(0, |it| it.bytes);
        self.old_bytes -= self.old.remove(stream).map_or(0, |it| it.bytes);
    }

    /// Takes in what was read from the log, unless something newer is here.
    pub(super) fn offer(&mut self, stream: StreamId, known: Known) {
        let newer = self.get(&stream).is_some_and(|it| it.sequence() > known.sequence());
        if !newer {
            self.put(stream, known);
        }
    }

    /// An estimate of what all of it takes.
    pub(super) fn bytes(&self) -> usize {
        self.young_bytes + self.old_bytes
    }

    /// Forgets what a test says.
    pub(super) fn forget(&mut self, is_gone: impl Fn(&StreamId) -> bool) {
        for (map, bytes) in
            [(&mut self.young, &mut self.young_bytes), (&mut self.old, &mut self.old_bytes)]
        {
            map.retain(|stream, known| {
                let gone = is_gone(stream);
                if gone {
                    *bytes -= known.bytes;
                }
                !gone
            });
        }
    }
}

impl Known {
    /// Of the last event in the log, 0 if there is none.
    pub(super) fn sequence(&self) -> u64 {
        self.tail.map_or(0, |it| it.sequence())
    }

    /// Whether nobody is expected to do anything about it any more.
    pub(super) fn has_ended(&self) -> bool {
        matches!(&self.state, State::Dossier(it) if it.has_ended() && it.timers().is_empty())
    }

    /// The aggregate of a stream after some events.
    pub(super) fn fold(stream: &StreamId, recorded: &[Recorded]) -> Result<Self, Error> {
        let state = match stream.aggregate_type.as_str() {
            Dossier::TYPE => State::Dossier(Arc::new(folded(recorded)?)),
            SerialBook::TYPE => State::Serials(Arc::new(folded(recorded)?)),
            Agency::TYPE => State::Agency(Arc::new(folded(recorded)?)),
            Bulletin::TYPE => State::Bulletin(Arc::new(folded(recorded)?)),
            Claim::TYPE => State::Claim(Arc::new(folded(recorded)?)),
            other => return Err(Error::Corrupt(format!("no aggregate is called {other}"))),
        };
        let tail = recorded.last().map_or(Tail::START, Recorded::tail);
        Ok(Self { state, tail: Some(tail), bytes: BYTES_PER_ENTRY + weight(recorded) })
    }
}

/// What events add to their aggregate in memory.
pub(super) fn weight(recorded: &[Recorded]) -> usize {
    recorded.iter().map(|it| it.payload.len() * BYTES_PER_STORED).sum()
}

pub(super) fn folded<A: Aggregate>(recorded: &[Recorded]) -> Result<A, Error> {
    let mut aggregate = A::default();
    for recorded in recorded {
        aggregate.apply(event(recorded)?);
    }
    Ok(aggregate)
}

fn event<E: DeserializeOwned>(recorded: &Recorded) -> Result<E, Error> {
    serde_json::from_str(&recorded.payload).map_err(|error| {
        Error::Corrupt(format!("event {} of {}: {error}", recorded.sequence, recorded.stream))
    })
}

pub(super) fn recorded_event(recorded: &Recorded) -> Result<RecordedEvent, Error> {
    let metadata = recorded.metadata().map_err(|error| Error::Corrupt(error.to_string()))?;
    Ok(RecordedEvent {
        sequence: recorded.sequence,
        event: event::<Event>(recorded)?,
        recorded_at: recorded.recorded_at,
        actor: metadata.get("actor").cloned().unwrap_or_default(),
        hash: recorded.hash,
    })
}

#[cfg(test)]
mod tests {
    //! The bound holds, and what is used stays.

    use super::*;

    fn known(bytes: usize) -> Known {
        Known { state: State::Serials(Arc::default()), tail: Some(Tail::START), bytes }
    }

    fn stream(n: usize) -> StreamId {
        StreamId::new("serial", n.to_string())
    }

    #[test]
    fn what_is_used_stays_and_the_bound_holds() {
        let mut cache = Cache::new(1_000);
        for n in 0..1_000 {
            cache.put(stream(n), known(10));
            assert!(cache.get(&stream(0)).is_some(), "after {n}");
            assert!(cache.bytes() <= 1_010);
        }
        assert!(cache.get(&stream(500)).is_none());
        assert!(cache.get(&stream(999)).is_some());
    }

    #[test]
    fn what_is_put_again_counts_once() {
        let mut cache = Cache::new(1_000);
        for _ in 0..100 {
            cache.put(stream(1), known(30));
        }
        assert_eq!(cache.bytes(), 30);
        cache.forget(|it| *it == stream(1));
        assert_eq!(cache.bytes(), 0);
        assert!(cache.get(&stream(1)).is_none());
    }
}
