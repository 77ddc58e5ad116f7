//! Brings subscriptions what has happened: by page, for the partitions of this process, woken by
//! commits and by the clock. An event that can't be taken in parks its aggregate for that
//! subscription; everything else goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::{Error, Runtime, Shared};
use crate::log::feeds::{Advance, Change, Checkpoint, Effect, Held, Operation, Parked};
use crate::log::{Recorded, StreamId};
use crate::sabotage::{self, Bug};
use crate::subscription::{self, DELIVERY, Offices, Poison, Subscription};

/// Events of one partition that are taken in at a time.
const PAGE: u32 = 500;
/// Partitions whose pages are taken in together.
const PARTITIONS_AT_ONCE: usize = 32;
/// How often is looked without being woken, and for what operators have changed.
const POLL: Duration = Duration::from_secs(1);
/// Commits within this time wake subscriptions once.
const GATHER: Duration = Duration::from_millis(20);

/// What was built anew is read from when it is at most so many events behind.
const LAG_MAX: u64 = 100;

const PANIC: Poison = Poison("panic");

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
        self.shared.follow().await
    }
}

pub(super) async fn run(shared: Weak<Shared>, bell: Arc<Notify>) {
    loop {
        {
            let Some(shared) = shared.upgrade() else { break };
            if shared.has_stopped() {
                break;
            }
            match shared.follow().await {
                Ok(()) => {}
                Err(error @ Error::Stopped) => shared.notice(&error),
                Err(error) => tracing::warn!(%error, "subscriptions could not go on"),
            }
        }
        let _ = tokio::time::timeout(POLL, bell.notified()).await;
        tokio::time::sleep(GATHER).await;
    }
}

impl Shared {
    async fn follow(&self) -> Result<(), Error> {
        let mut feed = self.feed.lock().await;
        let done = self.follow_with(&mut feed).await;
        if done.is_err() {
            feed.0 = None;
        }
        done
    }

    async fn follow_with(&self, feed: &mut Feed) -> Result<(), Error> {
        loop {
            let known = self.known(feed).await?;
            let mut moves = false;
            let mut stands = true;
            for (of, name) in known.lines.clone() {
                let effects = self.page(known, of, &name).await?;
                moves |= !effects.is_empty();
                stands = stands && self.take_effect(known, effects).await?;
            }
            let effects = self.messages(known).await?;
            moves |= !effects.is_empty();
            stands = stands && self.take_effect(known, effects).await?;
            for effect in self.retries(known).await? {
                stands = stands && self.take_effect(known, vec![effect]).await?;
            }
            if !stands {
                feed.0 = None;
            }
            if !stands || !moves {
                return Ok(());
            }
        }
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
            let checkpoints = self.log.checkpoints().await?.into_iter();
            let mut parked: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
            for it in self.log.parked().await? {
                let key = (it.subscription.clone(), it.partition);
                parked.entry(key).or_default().insert(it.stream.clone(), it);
            }
            let key = |it: Checkpoint| ((it.subscription.clone(), it.partition), it);
            feed.0 = Some(Known {
                read_at: Instant::now(),
                held: Vec::new(),
                lines,
                places: checkpoints.map(key).collect(),
                parked,
                highest,
            });
        }
        let known = feed.0.as_mut().expect("it was read above where it was not there");
        known.held = held;
        Ok(known)
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
        of: &Subscription,
        name: &str,
    ) -> Result<Vec<Effect>, Error> {
        let behind = known.behind(name);
        if behind.is_empty() {
            return Ok(Vec::new());
        }
        let places = behind.iter().map(|it| (it.held.partition, it.position)).collect();
        let events = self.log.events_after(places, PAGE).await?;
        let offices = self.offices(of, &events).await?;
        let mut pages: BTreeMap<u32, Vec<Recorded>> = BTreeMap::new();
        for event in events {
            pages.entry(event.partition).or_default().push(event);
        }
        let effect = |it: Behind| {
            let page = pages.remove(&it.held.partition)?;
            let after = page.last()?.position;
            let page = known.as_sabotaged(name, page);
            let parked = known.parked.get(&(name.to_owned(), it.held.partition));
            let changes = take_in(of, name, &page, &offices, parked);
            Some(it.effect(name, after, changes))
        };
        Ok(behind.into_iter().filter_map(effect).collect())
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
    async fn messages(&self, known: &Known) -> Result<Vec<Effect>, Error> {
        let behind = known.behind(DELIVERY);
        if behind.is_empty() {
            return Ok(Vec::new());
        }
        let until = |it: &Behind| it.held.head.min(it.position + u64::from(PAGE));
        let places = behind.iter().map(|it| (it.held.partition, it.position, until(it)));
        let messages = self.log.messages_between(places.collect()).await?;
        let mut pushed = BTreeMap::new();
        for office in messages.iter().map(|it| &it.message.addressee) {
            if !pushed.contains_key(office) {
                pushed.insert(office.clone(), self.agency(office).await?.endpoint().is_some());
            }
        }
        let mut changes: BTreeMap<u32, Vec<Change>> = BTreeMap::new();
        for message in messages {
            if pushed.get(&message.message.addressee) == Some(&true) {
                let of_partition = changes.entry(message.partition).or_default();
                of_partition.push(Change::Deliver(message));
            }
        }
        let effect = |it: &Behind| {
            let changes = changes.remove(&it.held.partition).unwrap_or_default();
            it.effect(DELIVERY, until(it), changes)
        };
        Ok(behind.iter().map(effect).collect())
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
            let mut changes = take_in(of, name, &events, &offices, None);
            match changes.iter_mut().find_map(as_parked) {
                Some(again) => again.attempts = parked.attempts + 1,
                None => changes.push(Change::Unpark {
                    subscription: name.clone(),
                    stream: parked.stream.clone(),
                }),
            }
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
        self.bells.push.notify_one();
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
        let behind = |held: &Held| {
            let place = self.places.get(&(name.to_owned(), held.partition))?;
            let is_behind = place.position < held.head && !place.is_paused;
            is_behind.then_some(Behind { held: *held, position: place.position })
        };
        self.held.iter().filter_map(behind).take(PARTITIONS_AT_ONCE).collect()
    }

    fn note(&mut self, effect: Effect) {
        let Some(Advance { subscription, after, .. }) = effect.advance else { return };
        let key = (subscription, effect.partition);
        if let Some(place) = self.places.get_mut(&key) {
            place.position = after;
        }
        for change in effect.changes {
            match change {
                Change::Park(it) => {
                    self.parked.entry(key.clone()).or_default().insert(it.stream.clone(), it);
                }
                Change::Unpark { stream, .. } => {
                    self.parked.entry(key.clone()).or_default().remove(&stream);
                }
                Change::Deliver(_) | Change::Attempted(_) | Change::Count { .. } => {}
            }
        }
    }

    /// The page, as it would be if one went on behind the highest sequence.
    fn as_sabotaged(&mut self, name: &str, mut page: Vec<Recorded>) -> Vec<Recorded> {
        let Some(first) = page.first() else { return page };
        if sabotage::on(Bug::ReadBySequence) {
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

fn as_parked(change: &mut Change) -> Option<&mut Parked> {
    if let Change::Park(parked) = change { Some(parked) } else { None }
}

/// What a page changes. Events of parked aggregates wait.
fn take_in(
    of: &Subscription,
    name: &str,
    page: &[Recorded],
    offices: &Offices,
    parked: Option<&BTreeMap<StreamId, Parked>>,
) -> Vec<Change> {
    let mut waiting: BTreeSet<&StreamId> = parked.into_iter().flat_map(BTreeMap::keys).collect();
    let mut changes = Vec::new();
    for event in page {
        if waiting.contains(&event.stream) {
            continue;
        }
        let applied = catch_unwind(AssertUnwindSafe(|| (of.apply)(name, event, offices)));
        match applied.unwrap_or(Err(PANIC)) {
            Ok(made) => made.into_iter().for_each(|it| add(&mut changes, it)),
            Err(Poison(code)) => {
                let (stream, position) = (&event.stream, event.position);
                tracing::error!(subscription = name, %stream, position, code, "parked");
                waiting.insert(&event.stream);
                changes.push(Change::Park(Parked {
                    subscription: name.to_owned(),
                    partition: event.partition,
                    stream: event.stream.clone(),
                    position: event.position,
                    sequence: event.sequence,
                    attempts: 1,
                    error_code: code.to_owned(),
                    is_retried: false,
                }));
            }
        }
    }
    changes
}

/// Counts of the same thing become one.
fn add(changes: &mut Vec<Change>, new: Change) {
    if let Change::Count { row: new, .. } = &new {
        let same = changes.iter_mut().find_map(|it| match it {
            Change::Count { row, .. }
                if (&row.office, row.day, &row.fact) == (&new.office, new.day, &new.fact) =>
            {
                Some(row)
            }
            _ => None,
        });
        if let Some(row) = same {
            row.count += new.count;
            return;
        }
    }
    changes.push(new);
}
