//! What becomes of the speed when the log is large: the same load on an empty store and on one with
//! many completed dossiers, then with many open ones of which answers hit any.

use std::time::Duration;

use indicatif::ProgressBar;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Options;
use crate::error::Error;
use crate::in_process::{self, InProcess};
use crate::load::{self, Load, Plan};
use crate::part::{self, Figures, Order, What};
use crate::queries::Queries;
use crate::rounds::{WARM_UP, bar};
use crate::store::{Kind, Place, Stores};
use crate::verify::Verified;
use crate::{reach, server};

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Flat {
    pub(crate) store: Kind,
    /// Completed dossiers that were there before anything was measured.
    pub(crate) completed: u64,
    /// Dossiers that were open besides.
    pub(crate) open: u64,
    pub(crate) empty: Vec<Figures>,
    pub(crate) full: Vec<Figures>,
    /// Answers to any of the open ones; none if none were open.
    pub(crate) reach: Vec<Figures>,
    pub(crate) queries: Queries,
    pub(crate) verified: Vec<Verified>,
    /// From the start of the program until it listened, in seconds.
    pub(crate) ready_after: Vec<f64>,
}

pub(crate) async fn run(stores: &Stores, options: &Options) -> Result<Vec<Flat>, Error> {
    let mut all = Vec::new();
    for kind in options.kinds().into_iter().filter(|it| stores.has(*it)) {
        all.push(on_kind(stores, options, kind).await?);
    }
    Ok(all)
}

async fn on_kind(stores: &Stores, options: &Options, kind: Kind) -> Result<Flat, Error> {
    let completed = options.preload.unwrap_or_default();
    let place = stores.make(kind).await?;
    fill(&place, completed, options.in_flight, kind).await?;
    let load = Load::Saturation { in_flight: options.in_flight };
    let plan = Plan { load, warm_up: WARM_UP, measured: options.measured() };
    let measured = Measuring { kind, bar: bar(u64::from(options.rounds) * 4 + 1) };
    let (mut empty, mut full) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let fresh = stores.make(kind).await?;
        empty.push(measured.on(&fresh, What::InProcess(plan)).await?);
        stores.clear(fresh).await?;
        full.push(measured.on(&place, What::InProcess(plan)).await?);
    }
    let mut reached = Vec::new();
    if options.open > 0 {
        open(&place, options.open, kind).await?;
        for _ in 0..options.rounds {
            let what = What::Reach { warm_up: WARM_UP, measured: options.measured() };
            reached.push(measured.on(&place, what).await?);
        }
    }
    let queries = measured.on(&place, What::Queries).await?;
    let mut verified = Vec::new();
    for _ in 0..options.rounds {
        verified.push(measured.on(&place, What::Verify).await?);
    }
    measured.bar.finish_and_clear();
    let ready = (0..options.rounds).map(|_| server::serve(&place).map(|it| it.ready_after));
    let ready: Vec<Duration> = ready.collect::<Result<_, _>>()?;
    stores.clear(place).await?;
    Ok(Flat {
        store: kind,
        completed,
        open: options.open,
        empty,
        full,
        reach: reached,
        queries,
        verified,
        ready_after: ready.iter().map(Duration::as_secs_f64).collect(),
    })
}

struct Measuring {
    kind: Kind,
    bar: ProgressBar,
}

impl Measuring {
    async fn on<T: DeserializeOwned>(&self, place: &Place, what: What) -> Result<T, Error> {
        self.bar.set_message(format!("{}: {}", self.kind.name(), what.name()));
        let figures = part::have(&Order::on(place, what)).await?;
        self.bar.inc(1);
        Ok(figures)
    }
}

/// Brings so many dossiers all the way.
async fn fill(place: &Place, dossiers: u64, in_flight: usize, kind: Kind) -> Result<(), Error> {
    let bar = bar(dossiers);
    bar.set_message(format!("{}: completed dossiers", kind.name()));
    let runtime = in_process::start(&place.address).await?;
    let tell = |done| bar.set_position(done);
    load::fill(InProcess::new(runtime.clone()), dossiers, in_flight, tell).await?;
    runtime.shutdown().await;
    bar.finish_and_clear();
    Ok(())
}

async fn open(place: &Place, dossiers: u64, kind: Kind) -> Result<(), Error> {
    let bar = bar(dossiers);
    bar.set_message(format!("{}: open dossiers", kind.name()));
    let runtime = in_process::start(&place.address).await?;
    reach::open(&runtime, dossiers, |done| bar.set_position(done)).await?;
    runtime.shutdown().await;
    bar.finish_and_clear();
    Ok(())
}
