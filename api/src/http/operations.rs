//! What those ask who watch over the process: whether it lives, whether it can be given work, and
//! its figures. Nothing here says anything about anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use lienthong_engine::log;
use lienthong_engine::metrics;
use lienthong_engine::subscription::Standing;
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// The store answers within this time, or counts as not reachable.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// The store is asked once in this time, however often somebody asks here.
const ASKED_EVERY: Duration = Duration::from_secs(1);
/// A subscription that lacks more events than this is behind.
const LAG_MAX: u64 = 100_000;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(live)).routes(routes!(ready)).routes(routes!(figures))
}

/// The store as it was seen last; or why it was not.
#[derive(Default)]
pub(crate) struct Sight(Mutex<Option<(Instant, Result<Seen, String>)>>);

#[derive(Clone)]
struct Seen {
    subscriptions: Vec<Standing>,
    /// Those that are built beside one that is read from: nobody misses anything.
    built: BTreeSet<String>,
}

impl Sight {
    async fn look(&self, app: &App) -> Result<Seen, String> {
        let mut last = self.0.lock().await;
        if let Some((_, seen)) = last.as_ref().filter(|(at, _)| at.elapsed() < ASKED_EVERY) {
            return seen.clone();
        }
        let seen = tokio::time::timeout(ANSWER_WITHIN, see(app)).await;
        let seen = seen.unwrap_or_else(|_| Err("the store does not answer".to_owned()));
        *last = Some((Instant::now(), seen.clone()));
        seen
    }
}

async fn see(app: &App) -> Result<Seen, String> {
    let said = |error: log::Error| error.to_string();
    let mut scan = log::open_for_reading(app.store()).await.map_err(said)?;
    let (found, ours) = scan.schema().await.map_err(said)?;
    if found != ours {
        return Err(format!("the store's schema is {found}, not {ours}"));
    }
    let shown = app.runtime().log().shown().await.map_err(said)?;
    let backlog = app.runtime().backlog().await.map_err(|it| it.to_string())?;
    app.runtime().metrics().backlog(&backlog);
    let built = shown.into_iter().filter_map(|it| it.next).collect();
    Ok(Seen { subscriptions: backlog.subscriptions, built })
}

impl Seen {
    /// What is behind though it should not be, each in a sentence.
    fn behind(&self) -> impl Iterator<Item = String> {
        let is_behind = |it: &&Standing| {
            it.lag > LAG_MAX && !it.is_paused && !self.built.contains(&it.subscription)
        };
        let behind = self.subscriptions.iter().filter(is_behind);
        behind.map(|it| format!("the subscription {} lacks {} events", it.subscription, it.lag))
    }
}

/// Whether this process can be given work.
#[derive(Serialize, ToSchema)]
struct Readiness {
    ready: bool,
    /// What is wrong, each in a sentence; empty if it is ready.
    wrong: Vec<String>,
    /// By subscription, how many events it has not seen yet.
    lag: BTreeMap<String, u64>,
}

/// The process lives: nothing else is looked at.
#[utoipa::path(get, operation_id = "live", path = "/livez", tag = "operators",
    responses((status = 200, description = "The process lives", body = String)))]
async fn live() -> &'static str {
    "ok\n"
}

/// The store is reachable and of this program's version, and subscriptions keep up.
#[utoipa::path(get, operation_id = "ready", path = "/readyz", tag = "operators",
    responses(
        (status = 200, description = "It can be given work", body = Readiness),
        (status = 503, description = "It can't, and why", body = Readiness)
    ))]
async fn ready(State(app): State<App>) -> Response {
    let mut wrong = Vec::new();
    if *app.stopping().borrow() {
        wrong.push("the server is ending".to_owned());
    }
    let mut lag = BTreeMap::new();
    match app.sight().look(&app).await {
        Ok(seen) => {
            wrong.extend(seen.behind());
            lag.extend(seen.subscriptions.into_iter().map(|it| (it.subscription, it.lag)));
        }
        Err(why) => wrong.push(why),
    }
    let ready = wrong.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, wrong, lag })).into_response()
}

/// Every figure, as Prometheus text.
#[utoipa::path(get, operation_id = "metrics", path = "/metrics", tag = "operators",
    responses((status = 200, description = "Prometheus text, version 0.0.4", body = String)))]
async fn figures(State(app): State<App>) -> Response {
    // What can't be seen now stays as it was seen last.
    let _ = app.sight().look(&app).await;
    let kind = [(header::CONTENT_TYPE, metrics::MEDIA_TYPE)];
    (kind, app.runtime().metrics().text()).into_response()
}

#[cfg(test)]
mod tests {
    //! Who lacks too much, and may not.

    use super::*;

    fn seen(lag: u64, is_paused: bool, built: &[&str]) -> Vec<String> {
        let subscription = "traffic@1".to_owned();
        let standing = Standing { subscription, lag, is_paused, parked: 0 };
        let built = built.iter().map(|it| (*it).to_owned()).collect();
        Seen { subscriptions: vec![standing], built }.behind().collect()
    }

    #[test]
    fn a_subscription_that_should_keep_up_and_does_not_is_told() {
        assert_eq!(seen(100_001, false, &[]), ["the subscription traffic@1 lacks 100001 events"]);
        assert_eq!(seen(100_000, false, &[]), [""; 0]);
        assert_eq!(seen(100_001, true, &[]), [""; 0], "somebody has paused it");
        assert_eq!(seen(100_001, false, &["traffic@1"]), [""; 0], "nobody reads from it yet");
        assert_eq!(seen(100_001, false, &["traffic@1.2"]).len(), 1);
    }
}
