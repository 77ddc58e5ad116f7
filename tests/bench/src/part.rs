//! One measurement in a process of its own, so that its memory and its processor time are its own.
//! An order goes in as JSON in the arguments, figures come out as JSON on the standard output.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use lienthong_engine::runtime::Runtime;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::cost::{Cost, Meter, Who};
use crate::error::Error;
use crate::in_process::{self, InProcess};
use crate::latency::Percentiles;
use crate::load::{self, Load, Plan, Run};
use crate::over_http::{OverHttp, Server};
use crate::store::Place;
use crate::{ceiling, lg3, plain, queries, reach, verify};

/// How a measurement's process is told that it is one.
pub(crate) const ARGUMENT: &str = "part";

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The address of an empty store.
    pub(crate) store: String,
    /// A folder on the disk that the store is on.
    pub(crate) folder: PathBuf,
    /// The process above the PostgreSQL server's.
    pub(crate) server: Option<u32>,
    pub(crate) what: What,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    Plain {
        measured: Duration,
    },
    /// Each way is tried for so long.
    Ceiling {
        each: Duration,
    },
    InProcess(Plan),
    OverHttp {
        server: Server,
        plan: Plan,
    },
    Reach {
        warm_up: Duration,
        measured: Duration,
    },
    Queries,
    Verify,
}

impl What {
    /// How it is called while it is under way.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Plain { .. } => "plain cqrs-es",
            Self::Ceiling { .. } => "bare inserts",
            Self::InProcess(plan) => match plan.load {
                Load::Saturation { .. } => "in process, at saturation",
                Load::Rate { .. } => "in process, at half load",
                Load::Flood { .. } => "in process, far over its load",
            },
            Self::OverHttp { plan, .. } => match plan.load {
                Load::Saturation { .. } => "over HTTP, at saturation",
                Load::Rate { .. } => "over HTTP, at half load",
                Load::Flood { .. } => "over HTTP, far over its load",
            },
            Self::Reach { .. } => "answers to any open dossier",
            Self::Queries => "queries",
            Self::Verify => "verifying",
        }
    }
}

impl Order {
    pub(crate) fn on(place: &Place, what: What) -> Self {
        let (store, folder) = (place.address.clone(), place.folder.path().to_owned());
        Self { store, folder, server: place.server, what }
    }
}

/// What a load came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) dossiers_per_second: f64,
    pub(crate) events_per_second: f64,
    pub(crate) completed: u64,
    pub(crate) refused: u64,
    pub(crate) answered_ms: Percentiles,
    pub(crate) visible_ms: Percentiles,
    pub(crate) cost: Cost,
}

impl Figures {
    pub(crate) fn of(run: &Run, cost: Cost) -> Self {
        Self {
            dossiers_per_second: run.dossiers_per_second,
            events_per_second: run.dossiers_per_second * f64::from(lg3::EVENTS),
            completed: run.completed,
            refused: run.refused,
            answered_ms: run.answered,
            visible_ms: run.visible,
            cost,
        }
    }
}

/// Has an order carried out by another process of this program.
pub(crate) async fn have<T: DeserializeOwned>(order: &Order) -> Result<T, Error> {
    let output = tokio::process::Command::new(std::env::current_exe()?)
        .arg(ARGUMENT)
        .arg(serde_json::to_string(order)?)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await?;
    if !output.status.success() {
        return Err(Error::Wrong("a measurement failed".to_owned()));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Carries out an order and gives its figures as JSON.
pub(crate) async fn carry_out(order: &str) -> Result<String, Error> {
    let order: Order = serde_json::from_str(order)?;
    Ok(match order.what {
        What::Plain { measured } => {
            serde_json::to_string(&plain::run(&order.store, measured).await?)?
        }
        What::Ceiling { each } => serde_json::to_string(&ceiling::run(&order.store, each).await?)?,
        What::InProcess(plan) => {
            let run = async |runtime: Runtime| load::run(InProcess::new(runtime), plan).await;
            serde_json::to_string(&in_process(&order, run).await?)?
        }
        What::OverHttp { ref server, plan } => {
            serde_json::to_string(&over_http(&order, server, plan).await?)?
        }
        What::Reach { warm_up, measured } => {
            let run = async |runtime: Runtime| reach::run(&runtime, warm_up, measured).await;
            serde_json::to_string(&in_process(&order, run).await?)?
        }
        What::Queries => {
            let runtime = in_process::start(&order.store).await?;
            let queries = queries::run(&runtime).await?;
            runtime.shutdown().await;
            serde_json::to_string(&queries)?
        }
        What::Verify => serde_json::to_string(&verify::run(&order.store).await?)?,
    })
}

/// The driver of a server has one thread: what it does not need is the server's.
pub(crate) fn wants_one_thread(order: &str) -> bool {
    let order = serde_json::from_str::<Order>(order);
    order.is_ok_and(|it| matches!(it.what, What::OverHttp { .. }))
}

async fn in_process(
    order: &Order,
    run: impl AsyncFnOnce(Runtime) -> Result<Run, Error>,
) -> Result<Figures, Error> {
    let runtime = in_process::start(&order.store).await?;
    let meter = meter(order, &[(Who::Engine, std::process::id())])?;
    let run = run(runtime.clone()).await?;
    let cost = meter.per_dossier(run.completed)?;
    for dossier in &run.sample {
        in_process::see_returned(&runtime, *dossier).await?;
    }
    runtime.shutdown().await;
    Ok(Figures::of(&run, cost))
}

async fn over_http(order: &Order, server: &Server, plan: Plan) -> Result<Figures, Error> {
    let processes = [(Who::Engine, server.id), (Who::Driver, std::process::id())];
    let meter = meter(order, &processes)?;
    let run = load::run(OverHttp::to(server)?, plan).await?;
    let cost = meter.per_dossier(run.completed)?;
    Ok(Figures::of(&run, cost))
}

fn meter(order: &Order, processes: &[(Who, u32)]) -> Result<Meter, Error> {
    let store = order.server.map(|id| (Who::Store, id));
    let processes = processes.iter().copied().chain(store);
    Meter::start(processes.collect::<BTreeMap<_, _>>(), &order.folder)
}

#[cfg(test)]
mod tests {
    //! Every measurement that needs nothing but a folder, for a moment each.

    use serde_json::Value as Json;

    use super::*;

    const MOMENT: Duration = Duration::from_millis(300);

    async fn figures(folder: &tempfile::TempDir, what: What) -> Json {
        let store = format!("sqlite:{}", folder.path().join("log.sqlite").display());
        let order = Order { store, folder: folder.path().to_owned(), server: None, what };
        let figures = carry_out(&serde_json::to_string(&order).unwrap()).await.unwrap();
        serde_json::from_str(&figures).unwrap()
    }

    fn plan(load: Load) -> Plan {
        Plan { load, warm_up: Duration::ZERO, measured: MOMENT }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_load_completes_what_it_begins() {
        let folder = tempfile::tempdir().unwrap();
        let load = Load::Saturation { in_flight: 20 };
        let saturated = figures(&folder, What::InProcess(plan(load))).await;
        assert!(saturated["completed"].as_u64().unwrap() >= 20, "{saturated}");
        let load = Load::Rate { per_second: 50.0 };
        let half = figures(&folder, What::InProcess(plan(load))).await;
        assert!((10..=17).contains(&half["completed"].as_u64().unwrap()), "{half}");
        assert_eq!(half["completed"], half["visible_ms"]["count"]);
        let queries = figures(&folder, What::Queries).await;
        assert!(queries["dossier_ms"]["count"].as_u64().unwrap() >= 30, "{queries}");
        let verified = figures(&folder, What::Verify).await;
        assert!(verified["events"].as_u64().unwrap() >= 30 * u64::from(lg3::EVENTS), "{verified}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn any_open_dossier_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let store = format!("sqlite:{}", folder.path().join("log.sqlite").display());
        let runtime = in_process::start(&store).await.unwrap();
        reach::open(&runtime, 30, |_| ()).await.unwrap();
        runtime.shutdown().await;
        let what = What::Reach { warm_up: Duration::ZERO, measured: MOMENT };
        let reached = figures(&folder, what).await;
        assert!(reached["completed"].as_u64().unwrap() > 0, "{reached}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn references_are_measured() {
        let folder = tempfile::tempdir().unwrap();
        let plain = figures(&folder, What::Plain { measured: Duration::from_secs(2) }).await;
        assert!(plain["dossiers_per_second"].as_f64().unwrap() > 0.0, "{plain}");
        let folder = tempfile::tempdir().unwrap();
        let ceiling = figures(&folder, What::Ceiling { each: MOMENT }).await;
        assert_eq!(ceiling["connections"], 1);
        assert!(ceiling["events_per_second"].as_f64().unwrap() > 0.0, "{ceiling}");
    }
}
