//! What was committed a moment ago, so that those who follow the log need not read it from the
//! store. Bounded: what does not fit is read from there after all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use crate::log::Recorded;

/// What is kept at a time, all partitions together.
const BYTES_MAX: usize = 32 * 1024 * 1024;
/// What an event takes beside its texts.
const BYTES_PER_EVENT: usize = 256;

/// What nobody has taken yet.
#[derive(Default)]
pub(super) struct Recent(Mutex<Taken>);

/// Events, and who got messages with them.
#[derive(Default)]
pub(super) struct Taken {
    bytes: usize,
    /// By partition; without gaps within one.
    events: BTreeMap<u32, Vec<Recorded>>,
    pub(super) offices: BTreeSet<String>,
}

impl Recent {
    /// Takes in what was committed, in the order of a partition's commits.
    pub(super) fn add(&self, committed: impl Iterator<Item = Recorded>, offices: BTreeSet<String>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes > BYTES_MAX {
            *kept = Taken::default();
        }
        for event in committed {
            kept.bytes += event.payload.len() + event.metadata.len() + BYTES_PER_EVENT;
            let of_partition = kept.events.entry(event.partition).or_default();
            if of_partition.last().is_some_and(|it| it.position + 1 != event.position) {
                of_partition.clear();
            }
            of_partition.push(event);
        }
        kept.offices.extend(offices);
    }

    pub(super) fn take(&self) -> Taken {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Taken {
    /// What comes after a position; `None` where something is missing in between, or nothing comes.
    pub(super) fn after(&self, partition: u32, position: u64) -> Option<&[Recorded]> {
        let events = self.events.get(&partition)?;
        let known = (position + 1).checked_sub(events.first()?.position)?;
        events.get(usize::try_from(known).ok()?..).filter(|it| !it.is_empty())
    }
}

#[cfg(test)]
mod tests {
    //! Nothing is left out, and not too much is kept.

    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::log::StreamId;

    fn event(partition: u32, position: u64, payload: &str) -> Recorded {
        Recorded {
            partition,
            position,
            stream: StreamId::new("dossier", "one"),
            sequence: position,
            event_type: "event".to_owned(),
            event_version: "1".to_owned(),
            payload: payload.to_owned(),
            metadata: String::new(),
            command_id: Uuid::nil(),
            recorded_at: DateTime::UNIX_EPOCH,
            hash: [0; 32],
        }
    }

    fn positions(taken: &Taken, partition: u32, after: u64) -> Option<Vec<u64>> {
        Some(taken.after(partition, after)?.iter().map(|it| it.position).collect())
    }

    #[test]
    fn what_comes_after_is_given_only_without_gaps() {
        let recent = Recent::default();
        let add = |positions: &[u64]| {
            recent.add(positions.iter().map(|it| event(3, *it, "")), BTreeSet::new());
        };
        add(&[4, 5]);
        add(&[6]);
        let taken = recent.take();
        assert_eq!(positions(&taken, 3, 3), Some(vec![4, 5, 6]));
        assert_eq!(positions(&taken, 3, 5), Some(vec![6]));
        assert_eq!(positions(&taken, 3, 2), None, "3 is missing");
        assert_eq!(positions(&taken, 3, 6), None, "there is nothing more");
        assert_eq!(positions(&taken, 4, 0), None);
        assert_eq!(positions(&recent.take(), 3, 3), None, "it is taken");
        add(&[7, 8]);
        add(&[10]);
        assert_eq!(positions(&recent.take(), 3, 6), None, "9 is missing");
    }

    #[test]
    fn not_more_than_fits_is_kept() {
        let recent = Recent::default();
        let large = "x".repeat(1024 * 1024);
        for position in 1..=100 {
            let committed = [event(0, position, &large)].into_iter();
            recent.add(committed, BTreeSet::from([position.to_string()]));
        }
        let taken = recent.take();
        assert!(taken.bytes <= BYTES_MAX + large.len() * 2, "{}", taken.bytes);
        assert!(taken.after(0, 0).is_none());
        assert!(taken.after(0, 99).is_some() && taken.offices.contains("100"));
    }
}
