//! Who follows the log. A subscription is a name for ever, a version, and a pure function from one
//! event to changes in its own tables; the runtime brings it the events and keeps its place.
//! Another version is another place: it begins at the origin, beside the one before.

pub mod traffic;

use std::collections::BTreeMap;

use crate::log::feeds::{Change, OpenDeliveries, Operation, Shown};
use crate::log::{Error, Log, Recorded};

/// The subscription that finds what is to be pushed. It takes in messages, and what it makes of
/// them depends on who is reached by push at that moment; so it is never built anew.
pub const DELIVERY: &str = "delivery";

/// The offices that have tasks, by dossier and task. A task stays with its office.
pub type Offices = BTreeMap<(String, String), String>;

/// A follower of events whose tables can be built anew.
pub struct Subscription {
    pub name: &'static str,
    pub version: u32,
    /// The dossier whose [`Offices`] it needs to take an event in.
    pub needs: fn(&Recorded) -> Option<&str>,
    /// What an event changes, for the subscription under the given name.
    pub apply: fn(&str, &Recorded, &Offices) -> Result<Vec<Change>, Poison>,
}

/// An event that can't be taken in, by a stable code without anything personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Poison(pub &'static str);

/// All there are.
pub const ALL: &[Subscription] = &[traffic::SUBSCRIPTION];

impl Subscription {
    /// The name of its place and in its tables, as it was built first.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// Whether a name is this version's, built first (`traffic@1`) or again (`traffic@1.2`).
    #[must_use]
    pub fn is(&self, id: &str) -> bool {
        id.split('.').next() == Some(&self.id())
    }

    /// The name of the one that is built after another.
    #[must_use]
    pub fn after(&self, id: &str) -> String {
        let built = id.split_once('.').and_then(|it| it.1.parse::<u32>().ok()).unwrap_or(1);
        if self.is(id) { format!("{}.{}", self.id(), built.saturating_add(1)) } else { self.id() }
    }
}

/// The subscription of a name that is read from.
///
/// # Errors
/// If the store can't be read.
pub async fn shown(log: &dyn Log, name: &str) -> Result<Option<Shown>, Error> {
    Ok(log.shown().await?.into_iter().find(|it| it.name == name))
}

/// Makes the places of this program's subscriptions, and builds those anew whose version is another
/// than that which is read from.
///
/// # Errors
/// If the store can't be used.
pub async fn prepare(log: &dyn Log) -> Result<(), Error> {
    log.begin(DELIVERY).await?;
    for of in ALL {
        let (name, subscription) = (of.name.to_owned(), of.id());
        log.operate(Operation::Show { name: name.clone(), subscription }).await?;
        if let Some(shown) = shown(log, of.name).await?
            && !of.is(&shown.subscription)
        {
            log.operate(Operation::Build { name, next: of.id() }).await?;
        }
        begin(log, of).await?;
    }
    Ok(())
}

/// Makes the places of what is read from and of what is being built.
async fn begin(log: &dyn Log, of: &Subscription) -> Result<(), Error> {
    let Some(shown) = shown(log, of.name).await? else { return Ok(()) };
    for id in [Some(shown.subscription), shown.next].into_iter().flatten() {
        log.begin(&id).await?;
    }
    Ok(())
}

/// Builds a subscription again, beside the one that is read from. `None` if there is none of that
/// name, or it is being built already.
///
/// # Errors
/// If the store can't be used.
pub async fn rebuild(log: &dyn Log, name: &str) -> Result<Option<String>, Error> {
    let Some(of) = ALL.iter().find(|it| it.name == name) else { return Ok(None) };
    let Some(shown) = shown(log, name).await? else { return Ok(None) };
    let next = of.after(&shown.subscription);
    let build = Operation::Build { name: name.to_owned(), next: next.clone() };
    if log.operate(build).await? == 0 {
        return Ok(None);
    }
    log.begin(&next).await?;
    Ok(Some(next))
}

/// How a subscription stands, all partitions together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub subscription: String,
    /// Events that are not taken in yet.
    pub lag: u64,
    pub is_paused: bool,
    /// Aggregates that wait behind an event that can't be taken in.
    pub parked: usize,
}

/// What is still to be done besides deciding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// By name.
    pub subscriptions: Vec<Standing>,
    pub deliveries: OpenDeliveries,
}

/// How every subscription stands.
///
/// # Errors
/// If the store can't be read.
pub async fn standings(log: &dyn Log) -> Result<Vec<Standing>, Error> {
    let (checkpoints, parked) = (log.checkpoints().await?, log.parked().await?);
    let heads: BTreeMap<u32, u64> = log.heads().await?.into_iter().collect();
    let mut standings: BTreeMap<&str, Standing> = BTreeMap::new();
    for it in &checkpoints {
        let standing = standings.entry(&it.subscription).or_insert_with(|| Standing {
            subscription: it.subscription.clone(),
            lag: 0,
            is_paused: false,
            parked: parked.iter().filter(|row| row.subscription == it.subscription).count(),
        });
        let head = heads.get(&it.partition).copied().unwrap_or_default();
        standing.lag += head.saturating_sub(it.position);
        standing.is_paused |= it.is_paused;
    }
    Ok(standings.into_values().collect())
}
