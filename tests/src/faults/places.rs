//! Death at every place that has a name, as suddenly as SIGKILL, at its first visit and at a later
//! one, with commands in flight and files on their way.

use std::os::unix::process::ExitStatusExt as _;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use lienthong_checker::Report;
use lienthong_engine::failpoint::Point;
use lienthong_engine::log::Log;
use lienthong_engine::log::postgres::PostgresLog;
use lienthong_engine::log::sqlite::SqliteLog;
use tokio::task::JoinSet;

use crate::called::Called;
use crate::client::Client;
use crate::engine::Engine;
use crate::manner::Manner;
use crate::people::paper;
use crate::report;
use crate::server::Place;
use crate::trial::Trial;

/// Where an append is several statements.
const ON_SQLITE_ALONE: &[Point] = &[Point::AppendBegun, Point::AppendEvents];
/// What a process comes to once, or only while something is due.
const ONCE: &[Point] =
    &[Point::ReferencesKept, Point::SerialsClaimed, Point::TimersFound, Point::TimersFired];
/// A later visit of the others.
const LATER: u64 = 5;
/// Dossiers that have waited since long ago.
const OVERDUE: u32 = 3;
const LONG_AGO: &str = "2026-11-13T01:00:00Z";
/// Applications that are put there at a time.
const AT_ONCE: usize = 50;
/// An office that is reached by push, beside those that ask.
const PUSHED: &str = "civil-status.00565";
const DEAD_WITHIN: Duration = Duration::from_secs(30);
const SIGABRT: i32 = 6;

/// # Panics
/// If the process did not die at some place, or something never completes.
pub async fn every_one(name: &str, place: Place) -> Report {
    let is_sqlite = place.store().starts_with("sqlite:");
    let mut points: Vec<(Point, u64)> = vec![(Point::TimersFound, 1), (Point::TimersFired, 1)];
    for &point in Point::ALL {
        if points.iter().any(|it| it.0 == point) || !is_sqlite && ON_SQLITE_ALONE.contains(&point) {
            continue;
        }
        points.push((point, 1));
        if !ONCE.contains(&point) {
            points.push((point, LATER));
        }
    }
    let mut trial = Trial::begin(name, place);
    trial.kill();
    let called = Called::answering(|_| 204).await;
    trial.server.place.set_endpoint(PUSHED, called.url());
    put_overdue(&trial.server.place, OVERDUE).await;
    let mut missed = Vec::new();
    for (n, &(point, visit)) in (1..).zip(&points) {
        trial.server.manner = Manner::dying_at(point, visit);
        tokio::task::block_in_place(|| trial.server.try_start_again());
        let (has_died, in_flight) = die(&mut trial, (point, visit)).await;
        let words = if has_died { "died" } else { "did NOT die" };
        let words = format!("{words} at {}:{visit}, {in_flight} in flight", point.name());
        report::step(name, n, points.len() as u64, &words);
        if !has_died {
            missed.push((point, visit));
        }
    }
    let fired = points.len() - missed.len();
    report::say(&format!("{name}: fired {fired} of {}", points.len()));
    trial.server.manner = Manner::default();
    trial.start_again();
    let report = trial.end().await.after(fired as u64);
    assert!(missed.is_empty(), "it never came to {missed:?}");
    report
}

/// Works until the server dies where it shall: whether it does, and the commands in flight then.
async fn die(trial: &mut Trial, (point, visit): (Point, u64)) -> (bool, usize) {
    let mut uploads = JoinSet::new();
    if point.name().starts_with("document.") {
        let client = trial.server.citizen("files", "000000000000");
        uploads.spawn(upload(client, format!("{} {visit}", point.name())));
    }
    let ended = trial.until_it_ends(DEAD_WITHIN).await;
    let in_flight = trial.senders.in_flight().len();
    let has_died = ended.is_some_and(|it| it.signal() == Some(SIGABRT));
    if ended.is_none() {
        trial.server.kill();
    }
    (has_died, in_flight)
}

/// Keeps sending files until nobody answers.
async fn upload(client: Client, text: String) {
    for n in 0_u32.. {
        let file = paper(&format!("{text} {n}"));
        if client.try_file("/api/v1/documents", &file).await.is_err() {
            return;
        }
    }
}

/// Puts dossiers into a new store whose timers have been due for long.
///
/// # Panics
/// If the store can't be used.
pub async fn put_overdue(place: &Place, dossiers: u32) {
    let log: Arc<dyn Log> = match place.store().strip_prefix("sqlite:") {
        Some(path) => Arc::new(SqliteLog::open(path.as_ref()).await.expect("a new store")),
        None => Arc::new(PostgresLog::open(place.store()).await.expect("a new store")),
    };
    let engine = Engine::start(log, LONG_AGO).await;
    for begun in (0..dossiers).step_by(AT_ONCE) {
        report::progress("dossiers", u64::from(begun), u64::from(dossiers));
        let n = (dossiers - begun).min(u32::try_from(AT_ONCE).unwrap_or(u32::MAX));
        let _ = join_all((0..n).map(|_| engine.submit("birth"))).await;
    }
    engine.runtime.shutdown().await;
}
