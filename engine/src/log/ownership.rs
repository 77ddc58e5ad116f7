//! Who may write to a partition: the one process that holds its lease, under the epoch that it got
//! with it. The epoch is checked by the database in every append, so a process that lost a lease
//! without noticing writes nothing.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use super::Error;
use super::feeds::Held;
use super::plan::Fence;
use crate::sabotage::{self, Bug};

/// A process that shares the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub engine: Uuid,
    /// Where it takes commands from other processes.
    pub address: Option<String>,
    /// Counted up for as long as the process lives. Compared with itself alone: it is no time.
    pub beat: i64,
    /// Whether the store sees a connection of the process.
    pub is_connected: bool,
}

/// Who owns a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    pub partition: u32,
    pub epoch: i64,
    /// `None` where the partition is free.
    pub engine: Option<Uuid>,
}

/// Everybody, and who owns what, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    pub members: Vec<Member>,
    /// By partition.
    pub holdings: Vec<Holding>,
}

/// What a process knows of a partition that it owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) epoch: i64,
    /// The position of the last event.
    pub(crate) head: u64,
}

/// The leases of this process.
#[derive(Default)]
pub(crate) struct Leases(Mutex<Known>);

#[derive(Clone, Default)]
struct Known {
    held: BTreeMap<u32, Lease>,
    /// How far each partition had come when this process wrote to it last.
    reached: BTreeMap<u32, u64>,
}

impl Leases {
    pub(crate) fn has(&self, partition: u32) -> bool {
        self.known().held.contains_key(&partition)
    }

    pub(crate) fn get(&self, partition: u32) -> Result<Lease, Error> {
        self.known().held.get(&partition).copied().ok_or(Error::NotOwner { partition })
    }

    /// # Errors
    /// [`Error::Corrupt`] if the partition ends before what this process wrote: the store lost what
    /// was answered, or an older one is in its place.
    pub(crate) fn put(&self, partition: u32, lease: Lease) -> Result<(), Error> {
        let mut known = self.known();
        let (head, reached) = (lease.head, known.reached.get(&partition).copied());
        known.held.remove(&partition);
        if let Some(reached) = reached.filter(|it| head < *it) {
            let what = format!("partition {partition} ends at {head}, and had reached {reached}");
            return Err(Error::Corrupt(what));
        }
        known.held.insert(partition, lease);
        Ok(())
    }

    pub(crate) fn held(&self) -> Vec<Held> {
        let held = |(partition, lease): (&u32, &Lease)| Held {
            partition: *partition,
            epoch: lease.epoch,
            head: lease.head,
        };
        self.known().held.iter().map(held).collect()
    }

    /// Forgets leases: nothing more is written under them.
    pub(crate) fn forget(&self, partitions: &[u32]) {
        let mut known = self.known();
        for partition in partitions {
            known.held.remove(partition);
        }
    }

    /// Forgets what somebody else has taken meanwhile, as a census shows.
    pub(crate) fn compare(&self, holdings: &[Holding], me: Uuid) {
        if sabotage::on(Bug::LeaseWithoutEpoch) {
            return;
        }
        let held = &mut self.known().held;
        for Holding { partition, epoch, engine } in holdings {
            let is_mine = |it: &Lease| it.epoch == *epoch && *engine == Some(me);
            if held.get(partition).is_some_and(|it| !is_mine(it)) {
                held.remove(partition);
            }
        }
    }

    /// Takes in what an append has added, where it was written under the lease that is held now.
    pub(crate) fn advance(&self, fences: &BTreeMap<u32, Fence>) {
        let mut known = self.known();
        for (partition, fence) in fences {
            known.reached.insert(*partition, fence.after);
            if let Some(lease) = known.held.get_mut(partition).filter(|it| it.epoch == fence.epoch)
            {
                lease.head = fence.after;
            }
        }
    }

    /// What is known at this moment.
    #[cfg(feature = "simulation")]
    pub(crate) fn copy(&self) -> Self {
        Self(Mutex::new(self.known().clone()))
    }

    /// Takes in what became of what was known before, where nothing newer is known by now.
    #[cfg(feature = "simulation")]
    pub(crate) fn learn(&self, before: &Self, after: &Self) {
        let (before, after, mut known) = (before.known(), after.known(), self.known());
        for (partition, lease) in &after.held {
            let was = before.held.get(partition);
            let is_newer = |it: &Lease| (it.epoch, it.head) > (lease.epoch, lease.head);
            if was != Some(lease) && !known.held.get(partition).is_some_and(is_newer) {
                known.held.insert(*partition, *lease);
            }
        }
        for (partition, lease) in &before.held {
            let is_this = |it: &Lease| it.epoch == lease.epoch;
            if !after.held.contains_key(partition) && known.held.get(partition).is_some_and(is_this)
            {
                known.held.remove(partition);
            }
        }
        for (partition, reached) in &after.reached {
            let known = known.reached.entry(*partition).or_default();
            *known = (*known).max(*reached);
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A name for a process that opens a store: never used twice.
pub(crate) fn name() -> Result<Uuid, Error> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|fault| Error::unavailable(fault.to_string()))?;
    Ok(uuid::Builder::from_random_bytes(random).into_uuid())
}
