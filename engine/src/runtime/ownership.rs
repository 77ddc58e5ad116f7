//! Keeps this process's leases: shows that it lives, takes partitions that are its share or whose
//! owner is gone, lets go of what is another's share. Whether somebody lives is judged by whether
//! their heartbeat moves, against this machine's monotonic clock; no wall-clock decides anything.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;
use uuid::Uuid;

use super::{Error, Shared};
use crate::log::{self, Census, Holding, Member};
use crate::sabotage::{self, Bug};

/// How often the heart beats.
const BEAT: Duration = Duration::from_millis(500);
/// An owner whose heartbeat stands still for this long is gone.
const GONE_AFTER: Duration = Duration::from_secs(5);
/// An owner without a connection to the store is gone after this many looks.
const ABSENT_LOOKS: u32 = 2;
/// What is in memory answers a read for this long after the last heartbeat; nobody takes a
/// partition sooner than [`GONE_AFTER`].
const FRESH_FOR: Duration = Duration::from_secs(3);

/// What is known of the others, as of the last look.
pub(super) struct Ownership {
    /// Where other processes reach this one; `None` for one that is alone.
    address: Option<String>,
    seen: Mutex<Seen>,
    looks: Notify,
    wake: Notify,
}

#[derive(Default)]
struct Seen {
    census: Arc<Census>,
    /// When the last heartbeat that succeeded was begun.
    beaten_at: Option<Instant>,
    pulses: BTreeMap<Uuid, Pulse>,
}

/// Another's heartbeat as it was seen.
struct Pulse {
    beat: i64,
    moved_at: Instant,
    absent_looks: u32,
}

impl Ownership {
    pub(super) fn new(address: Option<String>) -> Self {
        Self { address, seen: Mutex::default(), looks: Notify::new(), wake: Notify::new() }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where commands for a partition go, if it is another's.
    pub(super) fn address_of(&self, partition: u32, me: Uuid) -> Option<String> {
        let census = Arc::clone(&self.seen().census);
        let owner = census.holdings.get(partition as usize)?.engine.filter(|it| *it != me)?;
        census.members.iter().find(|it| it.engine == owner)?.address.clone()
    }

    /// Whether what is in memory may answer a read.
    pub(super) fn is_fresh(&self) -> bool {
        self.seen().beaten_at.is_some_and(|it| it.elapsed() < FRESH_FOR)
    }

    /// The next look around that comes to its end.
    pub(super) fn looked(&self) -> Notified<'_> {
        self.looks.notified()
    }

    /// Something is not as it was seen last.
    pub(super) fn look_again(&self) {
        self.wake.notify_one();
    }

    pub(super) fn has_company(&self) -> bool {
        self.seen().census.members.len() > 1
    }
}

impl Seen {
    /// Takes in a census; gives the members that live.
    fn judge(&mut self, census: Census, me: Uuid, my_address: Option<&str>) -> Vec<Member> {
        let now = Instant::now();
        let mut living = Vec::new();
        for member in &census.members {
            let pulse = self.pulses.entry(member.engine).or_insert(Pulse {
                beat: member.beat,
                moved_at: now,
                absent_looks: 0,
            });
            if pulse.beat != member.beat {
                pulse.beat = member.beat;
                pulse.moved_at = now;
            }
            pulse.absent_looks = if member.is_connected { 0 } else { pulse.absent_looks + 1 };
            let is_me = member.engine == me;
            // Two can't listen at one address.
            let is_replaced = member.address.is_some() && member.address.as_deref() == my_address;
            let stands_still = now.duration_since(pulse.moved_at) >= GONE_AFTER;
            if is_me || !is_replaced && !stands_still && pulse.absent_looks < ABSENT_LOOKS {
                living.push(member.clone());
            }
        }
        self.pulses.retain(|engine, _| census.members.iter().any(|it| it.engine == *engine));
        self.census = Arc::new(census);
        living
    }
}

pub(super) async fn run(shared: Weak<Shared>) {
    loop {
        let Some(shared) = shared.upgrade() else { break };
        if shared.has_stopped() {
            break;
        }
        if let Err(error) = shared.look_around().await {
            tracing::warn!(%error, "the leases could not be seen to");
        }
        let woken = tokio::time::timeout(BEAT, shared.ownership.wake.notified());
        let _ = woken.await;
    }
}

impl Shared {
    /// One heartbeat, and what follows from what is seen then.
    pub(super) async fn look_around(&self) -> Result<(), Error> {
        let (begun, me) = (Instant::now(), self.log.engine());
        let address = self.ownership.address.clone();
        let census = self.log.beat(address.as_deref()).await;
        let census = census.inspect_err(|error| self.stop_after(error))?;
        let (holdings, members) = (census.holdings.clone(), census.members.clone());
        // Another's, or nobody's since another has let go of it.
        let is_gone = |it: &&Holding| it.engine != Some(me);
        let notices = !sabotage::on(Bug::LeaseWithoutEpoch);
        let lost = holdings.iter().filter(|it| notices && is_gone(it)).map(|it| it.partition);
        let lost: Vec<u32> = lost.filter(|it| self.log.owns(*it)).collect();
        if !lost.is_empty() {
            // Before what is in memory counts as fresh: others may have gone on from there.
            self.forget_partitions(&lost);
        }
        let living = {
            let mut seen = self.ownership.seen();
            seen.beaten_at = Some(begun);
            seen.judge(census, me, address.as_deref())
        };
        if !lost.is_empty() {
            tracing::warn!(partitions = lost.len(), "partitions were taken by others");
            self.log.release(&lost).await?;
        }
        let shares = Shares::of(&living);
        self.take_share(&holdings, &living, &shares).await?;
        self.let_go(&holdings, &shares).await;
        let gone = members.iter().filter(|it| living.iter().all(|lives| lives != *it));
        let gone: Vec<Uuid> = gone.map(|it| it.engine).collect();
        if !gone.is_empty() {
            self.log.bury(&gone).await?;
        }
        self.ownership.looks.notify_waiters();
        if self.ownership.has_company() {
            self.bells.ring_all();
        }
        Ok(())
    }

    /// The log is closed, or is not the one any more that was written: the engine can't go on.
    fn stop_after(&self, error: &log::Error) {
        if matches!(error, log::Error::Closed | log::Error::Corrupt(_)) {
            self.stop(error.clone());
        }
    }

    /// Takes what is this process's share and is free, or was held by somebody who is gone.
    async fn take_share(
        &self,
        holdings: &[Holding],
        living: &[Member],
        shares: &Shares,
    ) -> Result<(), Error> {
        let me = self.log.engine();
        let is_held = |it: &Holding| {
            let by = |engine: Uuid| living.iter().any(|member| member.engine == engine);
            it.engine.is_some_and(by)
        };
        let wanted = holdings.iter().filter(|it| shares.owner(it.partition) == Some(me));
        let wanted: Vec<Holding> = wanted
            .filter(|it| {
                let is_mine_and_known = it.engine == Some(me) && self.log.owns(it.partition);
                !is_mine_and_known && (it.engine == Some(me) || !is_held(it))
            })
            .copied()
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let partitions: Vec<u32> = wanted.iter().map(|it| it.partition).collect();
        self.forget_partitions(&partitions);
        let taken = self.log.take(&wanted).await;
        let taken = taken.inspect_err(|error| self.stop_after(error))?;
        tracing::info!(partitions = taken.len(), "partitions taken");
        let mut census = Census::clone(&self.ownership.seen().census);
        for holding in &mut census.holdings {
            if taken.contains(&holding.partition) {
                holding.engine = Some(me);
            }
        }
        self.ownership.seen().census = Arc::new(census);
        self.horizon.begin_anew();
        Ok(())
    }

    /// Lets go of partitions that are the share of somebody else who lives, once nothing is on its
    /// way to them. What counts is who holds them in the store: a lease that is forgotten here, after
    /// an append that was refused or a release that failed, keeps everybody else out all the same.
    async fn let_go(&self, holdings: &[Holding], shares: &Shares) {
        let me = self.log.engine();
        let mut by_lane: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for holding in holdings {
            let is_anothers = shares.owner(holding.partition).is_some_and(|it| it != me);
            if holding.engine == Some(me) && is_anothers {
                let lane = log::lane_of(holding.partition, self.log.lanes()) as usize;
                by_lane.entry(lane).or_default().push(holding.partition);
            }
        }
        for (lane, partitions) in by_lane {
            self.lanes[lane].release(partitions).await;
        }
    }

    /// Drops what is in memory of some partitions.
    pub(super) fn forget_partitions(&self, partitions: &[u32]) {
        for lane in &self.lanes {
            lane.cache().forget(|it| partitions.contains(&self.partition(it)));
        }
    }
}

/// Which living process each partition should belong to: that with the highest hash of its name
/// and the partition, so that who comes or goes moves no more than its own share.
struct Shares(Vec<Uuid>);

impl Shares {
    fn of(living: &[Member]) -> Self {
        let takes_part = living.iter().filter(|it| it.address.is_some() || living.len() == 1);
        Self(takes_part.map(|it| it.engine).collect())
    }

    fn owner(&self, partition: u32) -> Option<Uuid> {
        let weight = |it: &&Uuid| -> [u8; 32] {
            let name = Sha256::new().chain_update(it.as_bytes());
            name.chain_update(partition.to_be_bytes()).finalize().into()
        };
        self.0.iter().max_by_key(weight).copied()
    }
}
