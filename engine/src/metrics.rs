//! What an operator watches, counted in memory and written as Prometheus text (version 0.0.4).
//! Labels are few and fixed: outcomes, routes, names of subscriptions. Never anybody's id.

mod text;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::subscription::{Backlog, Standing};
use text::Text;

/// The media type of what [`Metrics::text`] gives.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

const COMMANDS: &[f64] = &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0];
const SECONDS: &[f64] =
    &[0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    Accepted,
    Refused,
    /// Wrong at some fields, or under an unusable id.
    Invalid,
    /// The id was used for another request.
    OtherContent,
    /// Told to come again, for too much was waiting.
    Busy,
    /// The store could not be reached, or the engine had stopped.
    Unavailable,
    /// Could not be decided, or the log not be read.
    Failed,
}

impl Ending {
    const ALL: [Self; 7] = [
        Self::Accepted,
        Self::Refused,
        Self::Invalid,
        Self::OtherContent,
        Self::Busy,
        Self::Unavailable,
        Self::Failed,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Invalid => "invalid",
            Self::OtherContent => "other_content",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
        }
    }
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU64);

impl Gauge {
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counts an open request until it is dropped, however that request ends.
pub struct OpenRequest(Arc<Metrics>);

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.0.requests_open.0.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Histogram {
    bounds: &'static [f64],
    counts: Mutex<Counts>,
}

#[derive(Clone, Default)]
struct Counts {
    /// By bound, each without those below it; one more for what is above all.
    each: Vec<u64>,
    sum: f64,
}

impl Histogram {
    fn new(bounds: &'static [f64]) -> Self {
        let each = vec![0; bounds.len() + 1];
        Self { bounds, counts: Mutex::new(Counts { each, sum: 0.0 }) }
    }

    fn observe(&self, value: f64) {
        let mut counts = lock(&self.counts);
        counts.each[self.bounds.partition_point(|it| *it < value)] += 1;
        counts.sum += value;
    }
}

/// Every instrument of a running engine.
pub struct Metrics {
    commands: [AtomicU64; Ending::ALL.len()],
    batch_commands: Histogram,
    commit_seconds: Histogram,
    /// As they were seen last.
    subscriptions: Mutex<Vec<Standing>>,
    /// By method, route and status.
    requests: Mutex<BTreeMap<(&'static str, String, u16), u64>>,
    requests_open: Gauge,
    deliveries_open: Gauge,
    deliveries_parked: Gauge,
    /// Timers that are due and not fired.
    pub timers_due: Gauge,
    /// Of dossiers in memory.
    pub cache_bytes: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            commands: Default::default(),
            batch_commands: Histogram::new(COMMANDS),
            commit_seconds: Histogram::new(SECONDS),
            subscriptions: Mutex::default(),
            requests: Mutex::default(),
            requests_open: Gauge::default(),
            deliveries_open: Gauge::default(),
            deliveries_parked: Gauge::default(),
            timers_due: Gauge::default(),
            cache_bytes: Gauge::default(),
        }
    }
}

impl Metrics {
    /// A command has ended.
    pub fn command(&self, ending: Ending) {
        self.commands[ending as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// A batch of some commands was committed, in this time.
    pub fn batch(&self, commands: usize, took: Duration) {
        self.batch_commands.observe(f64::from(u32::try_from(commands).unwrap_or(u32::MAX)));
        self.commit_seconds.observe(took.as_secs_f64());
    }

    /// So much is still to be done, on the whole store.
    pub fn backlog(&self, backlog: &Backlog) {
        lock(&self.subscriptions).clone_from(&backlog.subscriptions);
        self.deliveries_open.set(backlog.deliveries.pending);
        self.deliveries_parked.set(backlog.deliveries.parked);
    }

    /// A request has come.
    #[must_use]
    pub fn open_request(self: &Arc<Self>) -> OpenRequest {
        self.requests_open.0.fetch_add(1, Ordering::Relaxed);
        OpenRequest(Arc::clone(self))
    }

    /// A request was answered. The route is a pattern, of which there are few: never a path.
    pub fn request(&self, method: &'static str, route: &str, status: u16) {
        *lock(&self.requests).entry((method, route.to_owned(), status)).or_default() += 1;
    }

    /// Everything as it is now.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = Text::default();
        text.counter("lienthong_commands_total", "Commands by how they ended.");
        for (ending, count) in Ending::ALL.iter().zip(&self.commands) {
            text.value(&[("outcome", ending.name())], count.load(Ordering::Relaxed));
        }
        text.histogram(
            "lienthong_batch_commands",
            "Commands committed together.",
            &self.batch_commands,
        );
        text.histogram(
            "lienthong_commit_seconds",
            "Time of one commit, until it was on disk.",
            &self.commit_seconds,
        );
        let subscriptions = lock(&self.subscriptions).clone();
        text.gauge("lienthong_subscription_lag", "Events that a subscription has not seen yet.");
        for it in &subscriptions {
            text.value(&[("subscription", &it.subscription)], it.lag);
        }
        text.gauge("lienthong_subscription_parked", "Dossiers that a subscription has set aside.");
        for it in &subscriptions {
            text.value(&[("subscription", &it.subscription)], it.parked);
        }
        let gauges = [
            ("deliveries_open", "Messages that were not delivered yet.", &self.deliveries_open),
            ("deliveries_parked", "Messages that are not tried any more.", &self.deliveries_parked),
            ("timers_due", "Timers that are due and not fired.", &self.timers_due),
            ("cache_bytes", "Bytes of dossiers in memory.", &self.cache_bytes),
            ("http_requests_open", "Requests that are being answered.", &self.requests_open),
        ];
        for (name, help, gauge) in gauges {
            text.gauge(&format!("lienthong_{name}"), help);
            text.value(&[], gauge.get());
        }
        text.counter("lienthong_http_requests_total", "Requests by route and status.");
        for ((method, route, status), count) in lock(&self.requests).iter() {
            let status = status.to_string();
            text.value(&[("method", method), ("route", route), ("status", &status)], *count);
        }
        text.end()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
