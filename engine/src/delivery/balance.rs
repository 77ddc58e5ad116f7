//! Whether everything that was requested of an office has come to something. Counted twice: from
//! the events by the subscription `traffic`, and from the messages with what became of each.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::clock::zone;
use crate::log::feeds::Arrival;
use crate::log::{Error, Log};
use crate::subscription::{shown, traffic};

/// The dispatches to an office that were caused on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    pub day: NaiveDate,
    pub office: String,
    /// As the events say.
    pub requested: u64,
    /// As the messages say.
    pub arrivals: BTreeMap<Arrival, u64>,
}

impl Balance {
    /// Whether nothing is missing, and nothing too much.
    #[must_use]
    pub fn is_even(&self) -> bool {
        self.requested == self.arrivals.values().sum::<u64>()
    }

    #[must_use]
    pub fn of(&self, arrival: Arrival) -> u64 {
        self.arrivals.get(&arrival).copied().unwrap_or_default()
    }
}

/// The balances of some days, by day and office. Of a day that is not over, or while `traffic` is
/// behind, the two counts may be of different moments.
///
/// # Errors
/// If the store can't be read.
pub async fn balances(
    log: &dyn Log,
    days: RangeInclusive<NaiveDate>,
) -> Result<Vec<Balance>, Error> {
    let mut balances: BTreeMap<(NaiveDate, String), Balance> = BTreeMap::new();
    let mut of = |day: NaiveDate, office: String, count: u64, arrival: Option<Arrival>| {
        let balance = balances.entry((day, office.clone())).or_insert_with(|| Balance {
            day,
            office,
            requested: 0,
            arrivals: BTreeMap::new(),
        });
        match arrival {
            None => balance.requested += count,
            Some(arrival) => *balance.arrivals.entry(arrival).or_default() += count,
        }
    };
    if let Some(shown) = shown(log, traffic::SUBSCRIPTION.name).await? {
        let counted = log.traffic(&shown.subscription, days.clone()).await?;
        for it in counted.into_iter().filter(|it| it.fact == traffic::REQUESTED) {
            of(it.day, it.office, it.count, None);
        }
    }
    let moments = (midnight(*days.start()), midnight(*days.end()) + TimeDelta::days(1));
    for partition in 0..log.partitions() {
        for it in log.dispatched(partition, moments, zone()).await? {
            of(it.day, it.office, it.count, Some(it.outcome));
        }
    }
    Ok(balances.into_values().collect())
}

/// The moment at which a day begins.
fn midnight(day: NaiveDate) -> DateTime<Utc> {
    (day.and_time(NaiveTime::MIN) - zone()).and_utc()
}
