//! Brings subscriptions what has happened, for the partitions of this process: what was committed a
//! moment ago from memory, everything else from the store by page. An event that can't be taken in
//! parks its aggregate for that subscription; everything else goes on.

mod taking;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use super::recent::Taken;
use super::{Error, Runtime, Shared};
use crate::log::feeds::{Advance, Change, Checkpoint, Effect, Held, Operation, Parked};
use crate::log::{Recorded, StreamId};
use crate::sabotage::{self, Bug};
use crate::subscription::{self, Backlog, DELIVERY, Offices, Subscription};
use taking::Line;

/// Events of one partition that are read from the store at a time.
const PAGE: u32 = 500;
/// Partitions that are read together.
const PARTITIONS_AT_ONCE: usize = 32;
/// What happens within this time is taken in together, in one transaction.
const PACE: Duration = Duration::from_millis(250);
/// The same where something is to be pushed.
const PACE_OF_PUSH: Duration = Duration::from_millis(20);
/// How often is looked for what operators have changed.
const POLL: Duration = Duration::from_secs(1);
/// A subscription with so many parked aggregates stands still: it is broken, not they.
const PARKED_MAX: usize = 1_000;
/// What was built anew is read from when it is at most so many events behind.
const LAG_MAX: u64 = 100;

/// Where the subscriptions are, as this process knows.
#[derive(Default)]
pub(super) struct Feed(Option<Known>);

struct Known {
    read_at: Instant,
    held: Vec<Held>,
    /// What is followed, under which names.
    lines: Vec<(&'static Subscription, String)>,
    places: BTreeMap<(String, u32), Checkpoint>,
    parked: BTreeMap<(String, u32), BTreeMap<StreamId, Parked>>,
    /// Of a bug on purpose.
    highest: BTreeMap<(String, u32), u64>,
}

/// A subscription that is behind in a partition.
#[derive(Clone, Copy)]
struct Behind {
    held: Held,
    position: u64,
}

impl Runtime {
    /// Lets subscriptions take in everything that has happened. The engine does so by itself; a
    /// test need not wait for that.
    ///
    /// # Errors
    /// If the store can't be used.
    pub async fn follow(&self) -> Result<(), Error> {
        while self.shared.follow().await? {}
        Ok(())
    }

    /// How far subscriptions and deliveries are, on the whole store: what a dashboard shows. A few
    /// reads, none of them longer for a longer log.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn backlog(&self) -> Result<Backlog, Error> {
        let log = self.shared.log.as_ref();
        let subscriptions = subscription::standings(log).await?;
        Ok(Backlog { subscriptions, deliveries: log.open_deliveries().await? })
    }
}

pub(super) async fn run(shared: Weak<Shared>, committed: Arc<Notify>, pushed: Arc<Notify>) {
    loop {
        let Some(engine) = shared.upgrade() else { break };
        if engine.has_stopped() {
            break;
        }
        match engine.follow().await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error @ Error::Stopped) => engine.notice(&error),
            Err(error) => tracing::warn!(%error, "subscriptions could not go on"),
        }
        drop(engine);
        if timeout(POLL, committed.notified()).await.is_ok()
            && timeout(PACE, pushed.notified()).await.is_ok()
        {
            sleep(PACE_OF_PUSH).await;
        }
    }
}

impl Shared {
    /// One page for every subscription. Gives whether there is more to be taken in.
    pub(super) async fn follow(&self) -> Result<bool, Error> {
        let mut feed = self.feed.lock().await;
        let done = self.follow_with(&mut feed).await;
        if done.is_err() {
            feed.0 = None;
        }
        done
    }

    async fn follow_with(&self, feed: &mut Feed) -> Result<bool, Error> {
        let recent = self.recent.take();
        let known = self.known(feed).await?;
        let mut effects = Vec::new();
        for (of, name) in known.lines.clone() {
            effects.extend(self.page(known, &recent, Line { of, name: &name }).await?);
        }
        effects.extend(self.messages(known, &recent).await?);
        let mut stands = self.take_effect(known, effects).await?;
        for effect in self.retries(known).await? {
            stands = stands && self.take_effect(known, vec![effect]).await?;
        }
        let is_behind = known.is_behind();
        if !stands {
            feed.0 = None;
        }
        Ok(stands && is_behind)
    }

    /// What is known, read anew after other leases, other checkpoints or some time.
    async fn known<'a>(&self, feed: &'a mut Feed) -> Result<&'a mut Known, Error> {
        let held = self.log.held();
        let lease = |it: &Held| (it.partition, it.epoch);
        let is_good = feed.0.as_ref().is_some_and(|it| {
            it.read_at.elapsed() < POLL && it.held.iter().map(lease).eq(held.iter().map(lease))
        });
        if !is_good {
            let highest = feed.0.take().map(|it| it.highest).unwrap_or_default();
            let lines = self.lines().await?;
            let places = self.claimed(&held).await?;
            // Only now: nobody else can park or unpark any more.
            let mut parked: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
            for it in self.log.parked().await? {
                let key = (it.subscription.clone(), it.partition);
                parked.entry(key).or_default().insert(it.stream.clone(), it);
            }
            let (read_at, held) = (Instant::now(), Vec::new());
            feed.0 = Some(Known { read_at, held, lines, places, parked, highest });
        }
        let known = feed.0.as_mut().expect("it was read above where it was not there");
        known.held = held;
        Ok(known)
    }

    /// The checkpoints, with those of this process's partitions under its epochs.
    async fn claimed(&self, held: &[Held]) -> Result<BTreeMap<(String, u32), Checkpoint>, Error> {
        let epochs: BTreeMap<u32, i64> = held.iter().map(|it| (it.partition, it.epoch)).collect();
        let mut checkpoints = self.log.checkpoints().await?;
        let is_claimed =
            |it: &Checkpoint| epochs.get(&it.partition).is_none_or(|epoch| it.epoch >= *epoch);
        if !checkpoints.iter().all(is_claimed) {
            self.log.claim(held.to_vec()).await?;
            checkpoints = self.log.checkpoints().await?;
        }
        let key = |it: Checkpoint| ((it.subscription.clone(), it.partition), it);
        Ok(checkpoints.into_iter().map(key).collect())
    }

    /// What is followed: what is read from, and what is built beside it until it has caught up.
    async fn lines(&self) -> Result<Vec<(&'static Subscription, String)>, Error> {
        let mut lines = Vec::new();
        for shown in self.log.shown().await? {
            let Some(of) = subscription::ALL.iter().find(|it| it.name == shown.name) else {
                continue;
            };
            let built = match shown.next {
                Some(next) if self.has_caught_up(&next).await? => {
                    tracing::info!(subscription = next, "switched to what was built");
                    let name = shown.name;
                    self.log.operate(Operation::Switch { name, next: next.clone() }).await?;
                    vec![next]
                }
                next => [Some(shown.subscription), next].into_iter().flatten().collect(),
            };
            lines.extend(built.into_iter().filter(|it| of.is(it)).map(|it| (of, it)));
        }
        Ok(lines)
    }

    async fn has_caught_up(&self, subscription: &str) -> Result<bool, Error> {
        let standings = subscription::standings(self.log.as_ref()).await?;
        let found = standings.iter().find(|it| it.subscription == subscription);
        Ok(found.is_some_and(|it| it.lag <= LAG_MAX && it.parked == 0 && !it.is_paused))
    }

    /// The next page of a subscription.
    async fn page(
        &self,
        known: &mut Known,
        recent: &Taken,
        line: Line<'_>,
    ) -> Result<Vec<Effect>, Error> {
        let mut effects = Vec::new();
        let mut far_behind = Vec::new();
        for it in known.behind(line.name) {
            match recent.after(it.held.partition, it.position) {
                Some(events) => effects.push(self.take_in(known, line, it, events).await?),
                None => far_behind.push(it),
            }
        }
        far_behind.truncate(PARTITIONS_AT_ONCE);
        if far_behind.is_empty() {
            return Ok(effects);
        }
        let places = far_behind.iter().map(|it| (it.held.partition, it.position)).collect();
        let mut pages: BTreeMap<u32, Vec<Recorded>> = BTreeMap::new();
        for event in self.log.events_after(places, PAGE).await? {
            pages.entry(event.partition).or_default().push(event);
        }
        for it in far_behind {
            if let Some(events) = pages.remove(&it.held.partition) {
                effects.push(self.take_in(known, line, it, &events).await?);
            }
        }
        Ok(effects)
    }

    /// What some events of a partition, at least one, do to a subscription.
    async fn take_in(
        &self,
        known: &mut Known,
        line: Line<'_>,
        behind: Behind,
        events: &[Recorded],
    ) -> Result<Effect, Error> {
        let offices = self.offices(line.of, events).await?;
        let after = events.last().map_or(behind.position, |it| it.position);
        let page = known.as_sabotaged(line.name, events);
        let parked = known.parked.get(&(line.name.to_owned(), behind.held.partition));
        let changes = line.take_in(page.into_iter(), &offices, parked);
        // Much may have happened; others have to get on meanwhile.
        tokio::task::yield_now().await;
        Ok(behind.effect(line.name, after, changes))
    }

    async fn offices(&self, of: &Subscription, events: &[Recorded]) -> Result<Offices, Error> {
        let dossiers: BTreeSet<&str> = events.iter().filter_map(of.needs).collect();
        let dossiers: Vec<String> = dossiers.into_iter().map(str::to_owned).collect();
        let mut offices = Offices::new();
        for task in self.log.tasks_of_all(dossiers).await? {
            offices.insert((task.dossier_id, task.task), task.office);
        }
        Ok(offices)
    }

    /// The next page of messages: those to offices that are reached by push are to be delivered.
    /// Where all that was sent a moment ago was sent to others, nothing is read.
    async fn messages(&self, known: &Known, recent: &Taken) -> Result<Vec<Effect>, Error> {
        let (mut places, mut far_behind) = (Vec::new(), Vec::new());
        for it in known.behind(DELIVERY) {
            match recent.after(it.held.partition, it.position).and_then(|it| it.last()) {
                Some(last) => places.push((it, last.position)),
                None if far_behind.len() < PARTITIONS_AT_ONCE => {
                    far_behind.push((it, it.held.head.min(it.position + u64::from(PAGE))));
                }
                None => {}
            }
        }
        let mut offices = recent.offices.clone();
        if !far_behind.is_empty() {
            offices.extend(self.log.addressees_between(ranges(&far_behind)).await?);
        }
        places.extend(far_behind);
        let pushed = self.pushed(&offices).await?;
        let mut changes: BTreeMap<u32, Vec<Change>> = BTreeMap::new();
        if !pushed.is_empty() {
            for message in self.log.messages_between(ranges(&places), pushed).await? {
                changes.entry(message.partition).or_default().push(Change::Deliver(message));
            }
        }
        let effect = |(it, until): (Behind, u64)| {
            it.effect(DELIVERY, until, changes.remove(&it.held.partition).unwrap_or_default())
        };
        Ok(places.into_iter().map(effect).collect())
    }

    /// Another attempt at what operators ask for: everything that waits of the aggregate, up to the
    /// next event that can't be taken in.
    async fn retries(&self, known: &Known) -> Result<Vec<Effect>, Error> {
        let mut effects = Vec::new();
        for parked in known.parked.values().flat_map(BTreeMap::values).filter(|it| it.is_retried) {
            let of = known.lines.iter().find(|it| it.1 == parked.subscription).map(|it| it.0);
            let held = known.held.iter().find(|it| it.partition == parked.partition);
            let place = known.places.get(&(parked.subscription.clone(), parked.partition));
            let (Some(of), Some(held), Some(place)) = (of, held, place) else { continue };
            if place.is_paused {
                continue;
            }
            let mut events = self.log.load(&parked.stream).await?;
            events.retain(|it| it.position >= parked.position && it.position <= place.position);
            let offices = self.offices(of, &events).await?;
            let name = &parked.subscription;
            let changes = Line { of, name }.try_again(parked, &events, &offices);
            let here = Behind { held: *held, position: place.position };
            effects.push(here.effect(name, place.position, changes));
        }
        Ok(effects)
    }

    /// Makes effects durable: together, else those that can be. `false` if what was known is not so
    /// any more.
    async fn take_effect(&self, known: &mut Known, effects: Vec<Effect>) -> Result<bool, Error> {
        if effects.is_empty() {
            return Ok(true);
        }
        let done = self.apply(&effects).await?;
        let is_delivery = |it: &Change| matches!(it, Change::Deliver(_));
        if effects.iter().flat_map(|it| &it.changes).any(is_delivery) {
            self.bells.push.notify_one();
        }
        effects.into_iter().zip(&done).filter(|(_, done)| **done).for_each(|it| known.note(it.0));
        Ok(done.iter().all(|it| *it))
    }

    /// Makes effects durable: together, else those that can be. Gives which are.
    pub(super) async fn apply(&self, effects: &[Effect]) -> Result<Vec<bool>, Error> {
        if self.log.apply(effects.to_vec()).await? {
            return Ok(vec![true; effects.len()]);
        }
        let mut done = Vec::with_capacity(effects.len());
        for effect in effects {
            done.push(effects.len() > 1 && self.log.apply(vec![effect.clone()]).await?);
        }
        Ok(done)
    }
}

impl Known {
    fn behind(&self, name: &str) -> Vec<Behind> {
        let parked = self.parked.iter().filter(|((of, _), _)| of == name);
        if parked.map(|(_, it)| it.len()).sum::<usize>() >= PARKED_MAX {
            return Vec::new();
        }
        let behind = |held: &Held| {
            let place = self.places.get(&(name.to_owned(), held.partition))?;
            let is_behind = place.position < held.head && !place.is_paused;
            is_behind.then_some(Behind { held: *held, position: place.position })
        };
        self.held.iter().filter_map(behind).collect()
    }

    fn is_behind(&self) -> bool {
        let names = self.lines.iter().map(|it| it.1.as_str()).chain([DELIVERY]);
        names.into_iter().any(|it| !self.behind(it).is_empty())
    }

    fn note(&mut self, effect: Effect) {
        let Some(Advance { subscription, after, .. }) = effect.advance else { return };
        let key = (subscription, effect.partition);
        if let Some(place) = self.places.get_mut(&key) {
            place.position = after;
        }
        for change in effect.changes {
            let parked = self.parked.entry(key.clone()).or_default();
            match change {
                Change::Park(it) | Change::Retried { after: Some(it), .. } => {
                    parked.insert(it.stream.clone(), it);
                }
                Change::Retried { stream, after: None, .. } => {
                    parked.remove(&stream);
                }
                Change::Deliver(_) | Change::Attempted(_) | Change::Count { .. } => {}
            }
        }
    }

    /// The page, as it would be if one went on behind the highest sequence.
    fn as_sabotaged<'a>(&mut self, name: &str, page: &'a [Recorded]) -> Vec<&'a Recorded> {
        let mut page: Vec<&Recorded> = page.iter().collect();
        if sabotage::on(Bug::ReadBySequence)
            && let Some(first) = page.first()
        {
            let highest = self.highest.entry((name.to_owned(), first.partition)).or_default();
            page.retain(|it| it.sequence > *highest);
            *highest = page.iter().map(|it| it.sequence).max().unwrap_or(0).max(*highest);
        }
        page
    }
}

impl Behind {
    fn effect(&self, name: &str, after: u64, changes: Vec<Change>) -> Effect {
        let advance = Advance { subscription: name.to_owned(), before: self.position, after };
        let Held { partition, epoch, .. } = self.held;
        Effect { partition, epoch, advance: Some(advance), changes }
    }
}

/// Partitions with the positions behind which and up to which something is to be read.
fn ranges(places: &[(Behind, u64)]) -> Vec<(u32, u64, u64)> {
    places.iter().map(|(it, until)| (it.held.partition, it.position, *until)).collect()
}
