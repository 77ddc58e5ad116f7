//! Too much load: as many dossiers as the engine can carry, then three times as many applications a
//! second. Who is told to come again does not, so what is carried then is what admission is worth.

use serde::Serialize;

use crate::Options;
use crate::error::Error;
use crate::load::{Load, Plan};
use crate::part::{self, Figures, Order, What};
use crate::rounds::{WARM_UP, bar};
use crate::server;
use crate::store::{Kind, Stores};

/// How many times the load that it can carry.
const TIMES: f64 = 3.0;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Overload {
    pub(crate) store: Kind,
    pub(crate) times: f64,
    pub(crate) saturated: Vec<Figures>,
    pub(crate) flooded: Vec<Figures>,
}

pub(crate) async fn run(stores: &Stores, options: &Options) -> Result<Vec<Overload>, Error> {
    let kinds: Vec<Kind> = options.kinds().into_iter().filter(|it| stores.has(*it)).collect();
    let bar = bar(kinds.len() as u64 * u64::from(options.rounds) * 2);
    let mut all = Vec::new();
    for kind in kinds {
        let (mut saturated, mut flooded) = (Vec::new(), Vec::new());
        for _ in 0..options.rounds {
            bar.set_message(kind.name());
            let load = Load::Saturation { in_flight: options.in_flight };
            let alone = measure(stores, kind, options, load).await?;
            bar.inc(1);
            let load = Load::Flood { per_second: TIMES * alone.dossiers_per_second };
            saturated.push(alone);
            flooded.push(measure(stores, kind, options, load).await?);
            bar.inc(1);
        }
        all.push(Overload { store: kind, times: TIMES, saturated, flooded });
    }
    bar.finish_and_clear();
    Ok(all)
}

async fn measure(
    stores: &Stores,
    kind: Kind,
    options: &Options,
    load: Load,
) -> Result<Figures, Error> {
    let place = stores.make(kind).await?;
    let served = server::serve(&place)?;
    let plan = Plan { load, warm_up: WARM_UP, measured: options.measured() };
    let what = What::OverHttp { server: served.server.clone(), plan };
    let figures = part::have(&Order::on(&place, what)).await?;
    drop(served);
    stores.clear(place).await?;
    Ok(figures)
}
