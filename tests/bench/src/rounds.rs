//! The measurements in turn: each round has every one of them once, so that a disk that drifts
//! drifts for all.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Options;
use crate::ceiling::Ceiling;
use crate::error::Error;
use crate::load::{Load, Plan};
use crate::part::{self, Figures, Order, What};
use crate::plain::Plain;
use crate::probe;
use crate::server;
use crate::store::{Kind, Place, Stores};

/// What happens before it is not measured.
pub(crate) const WARM_UP: Duration = Duration::from_secs(2);
/// Each way of inserting bare rows is tried for so long.
const EACH_INSERT: Duration = Duration::from_millis(1_500);
/// Below these figures of plain cqrs-es a run says nothing, as long as the disk is as fast as
/// [`FDATASYNCS_MIN`]: something else was going on.
const PLAIN_MIN_ON_POSTGRES: f64 = 350.0;
const PLAIN_MIN_ON_SQLITE: f64 = 250.0;
const FDATASYNCS_MIN: f64 = 6_000.0;

/// By what people and offices reach the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    InProcess,
    OverHttp,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Loads {
    pub(crate) saturated: Figures,
    /// At half of the rate that it had at saturation.
    pub(crate) half: Figures,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Round {
    pub(crate) fdatasyncs_per_second: f64,
    pub(crate) plain: Option<Plain>,
    pub(crate) ceiling: Option<Ceiling>,
    pub(crate) ways: BTreeMap<Way, Loads>,
}

/// All rounds of a store.
#[derive(Clone, Debug)]
pub(crate) struct Rounds {
    pub(crate) kind: Kind,
    pub(crate) rounds: Vec<Round>,
}

pub(crate) async fn run(stores: &Stores, options: &Options) -> Result<Vec<Rounds>, Error> {
    let kinds: Vec<Kind> = options.kinds().into_iter().filter(|it| stores.has(*it)).collect();
    let mut all: Vec<Rounds> =
        kinds.into_iter().map(|kind| Rounds { kind, rounds: Vec::new() }).collect();
    let references = if options.without_references { 0 } else { 2 };
    let steps = all.len() * (references + 2 * options.ways().len());
    let bench = Bench { stores, options, bar: bar(steps as u64 * u64::from(options.rounds)) };
    for number in 1..=options.rounds {
        for rounds in &mut all {
            let title = format!("round {number}, {}", rounds.kind.name());
            rounds.rounds.push(bench.round(rounds.kind, &title).await?);
        }
    }
    bench.bar.finish_and_clear();
    Ok(all)
}

impl Rounds {
    /// The median of a figure that every round has.
    pub(crate) fn median(&self, figure: impl Fn(&Round) -> Option<f64>) -> Option<f64> {
        let mut figures: Vec<f64> = self.rounds.iter().filter_map(figure).collect();
        median(&mut figures)
    }

    /// Why the figures say nothing, if they don't.
    pub(crate) fn void(&self) -> Option<String> {
        let least = match self.kind {
            Kind::Sqlite => PLAIN_MIN_ON_SQLITE,
            Kind::Postgres => PLAIN_MIN_ON_POSTGRES,
        };
        let fdatasyncs = self.median(|it| Some(it.fdatasyncs_per_second))?;
        let plain = self.median(|it| Some(it.plain?.dossiers_per_second))?;
        (plain < least && fdatasyncs >= FDATASYNCS_MIN).then(|| {
            format!(
                "plain cqrs-es came to {plain:.0} dossiers/s, less than {least:.0}, on a disk with \
                 {fdatasyncs:.0} fdatasync/s"
            )
        })
    }
}

/// The middle one, of an even number the lower of the two.
pub(crate) fn median(figures: &mut [f64]) -> Option<f64> {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len().checked_sub(1)? / 2).copied()
}

pub(crate) fn bar(steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(steps).with_style(style)
}

struct Bench<'a> {
    stores: &'a Stores,
    options: &'a Options,
    bar: ProgressBar,
}

impl Bench<'_> {
    async fn round(&self, kind: Kind, title: &str) -> Result<Round, Error> {
        let mut round = Round {
            fdatasyncs_per_second: probe::fdatasyncs_per_second(self.stores.folder())?,
            plain: None,
            ceiling: None,
            ways: BTreeMap::new(),
        };
        if !self.options.without_references {
            let measured = self.options.measured();
            round.plain = Some(self.alone(kind, title, What::Plain { measured }).await?);
            let each = EACH_INSERT;
            round.ceiling = Some(self.alone(kind, title, What::Ceiling { each }).await?);
        }
        for way in self.options.ways() {
            let in_flight = self.options.in_flight;
            let load = Load::Saturation { in_flight };
            let saturated: Figures = self.load(kind, title, way, load).await?;
            let load = Load::Rate { per_second: saturated.dossiers_per_second / 2.0 };
            let half = self.load(kind, title, way, load).await?;
            round.ways.insert(way, Loads { saturated, half });
        }
        Ok(round)
    }

    async fn load(&self, kind: Kind, title: &str, way: Way, load: Load) -> Result<Figures, Error> {
        let plan = Plan { load, warm_up: WARM_UP, measured: self.options.measured() };
        match way {
            Way::InProcess => self.alone(kind, title, What::InProcess(plan)).await,
            Way::OverHttp => {
                let place = self.stores.make(kind).await?;
                let served = server::serve(&place)?;
                let what = What::OverHttp { server: served.server.clone(), plan };
                let figures = self.on(&place, title, what).await?;
                drop(served);
                self.stores.clear(place).await?;
                Ok(figures)
            }
        }
    }

    /// On a store of its own.
    async fn alone<T: DeserializeOwned>(
        &self,
        kind: Kind,
        title: &str,
        what: What,
    ) -> Result<T, Error> {
        let place = self.stores.make(kind).await?;
        let figures = self.on(&place, title, what).await?;
        self.stores.clear(place).await?;
        Ok(figures)
    }

    async fn on<T: DeserializeOwned>(
        &self,
        place: &Place,
        title: &str,
        what: What,
    ) -> Result<T, Error> {
        self.bar.set_message(format!("{title}: {}", what.name()));
        let figures = part::have(&Order::on(place, what)).await?;
        self.bar.inc(1);
        Ok(figures)
    }
}

#[cfg(test)]
mod tests {
    //! Medians, and when a run is void.

    use super::*;

    #[test]
    fn a_median_is_one_of_them() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0]), Some(3.0));
        assert_eq!(median(&mut [5.0, 1.0, 3.0]), Some(3.0));
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), Some(2.0));
    }

    #[test]
    fn a_slow_reference_on_a_fast_disk_makes_a_run_void() {
        let of = |fdatasyncs_per_second, dossiers_per_second| {
            let plain = Some(Plain { dossiers_per_second });
            let ways = BTreeMap::new();
            let round = Round { fdatasyncs_per_second, plain, ceiling: None, ways };
            Rounds { kind: Kind::Sqlite, rounds: vec![round] }.void().is_some()
        };
        assert!(of(6_000.0, 249.0));
        assert!(!of(6_000.0, 250.0));
        assert!(!of(5_999.0, 100.0));
    }
}
