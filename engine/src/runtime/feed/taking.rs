//! What a page of events changes. Pure; an event that can't be taken in parks its aggregate alone.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::NaiveDate;

use crate::log::feeds::{Change, Parked, TrafficRow};
use crate::log::{Recorded, StreamId};
use crate::subscription::{Offices, Poison, Subscription};

const PANIC: Poison = Poison("panic");

/// A subscription under one of its names.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) of: &'static Subscription,
    pub(super) name: &'a str,
}

impl Line<'_> {
    /// What a page changes. Events of parked aggregates wait.
    pub(super) fn take_in<'a>(
        self,
        page: impl Iterator<Item = &'a Recorded>,
        offices: &Offices,
        parked: Option<&'a BTreeMap<StreamId, Parked>>,
    ) -> Vec<Change> {
        let mut waiting: BTreeSet<&StreamId> =
            parked.into_iter().flat_map(BTreeMap::keys).collect();
        let (mut counts, mut changes) = (Counts::default(), Vec::new());
        for event in page {
            if waiting.contains(&event.stream) {
                continue;
            }
            match self.apply(event, offices) {
                Ok(made) => changes.extend(made.into_iter().filter_map(|it| counts.add(it))),
                Err(Poison(code)) => {
                    waiting.insert(&event.stream);
                    changes.push(Change::Park(self.park(event, code)));
                }
            }
        }
        changes.extend(counts.changes(self.name));
        changes
    }

    /// What another attempt at an aggregate changes, whose waiting events these are.
    pub(super) fn try_again(
        self,
        before: &Parked,
        events: &[Recorded],
        offices: &Offices,
    ) -> Vec<Change> {
        let mut changes = self.take_in(events.iter(), offices, None);
        let parked = changes.iter().position(|it| matches!(it, Change::Park(_)));
        let after = parked.map(|it| changes.swap_remove(it)).and_then(|it| match it {
            Change::Park(again) => Some(Parked { attempts: before.attempts + 1, ..again }),
            _ => None,
        });
        changes.push(Change::Retried {
            subscription: self.name.to_owned(),
            stream: before.stream.clone(),
            position: before.position,
            after,
        });
        changes
    }

    fn apply(self, event: &Recorded, offices: &Offices) -> Result<Vec<Change>, Poison> {
        let apply = AssertUnwindSafe(|| (self.of.apply)(self.name, event, offices));
        catch_unwind(apply).unwrap_or(Err(PANIC))
    }

    fn park(self, event: &Recorded, code: &str) -> Parked {
        let (stream, position) = (&event.stream, event.position);
        tracing::error!(subscription = self.name, %stream, position, code, "parked");
        Parked {
            subscription: self.name.to_owned(),
            partition: event.partition,
            stream: stream.clone(),
            position,
            sequence: event.sequence,
            attempts: 1,
            error_code: code.to_owned(),
            is_retried: false,
        }
    }
}

/// Counts of a page: those of the same thing are one.
#[derive(Default)]
struct Counts(BTreeMap<(String, NaiveDate, String), u64>);

impl Counts {
    /// Gives back what is no count.
    fn add(&mut self, change: Change) -> Option<Change> {
        let Change::Count { row, .. } = change else { return Some(change) };
        *self.0.entry((row.office, row.day, row.fact)).or_default() += row.count;
        None
    }

    fn changes(self, name: &str) -> impl Iterator<Item = Change> {
        self.0.into_iter().map(move |((office, day, fact), count)| Change::Count {
            subscription: name.to_owned(),
            row: TrafficRow { office, day, fact, count },
        })
    }
}
