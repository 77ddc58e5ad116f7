//! Time: thousands of timers that are due when a server comes back, and a clock that jumps by an
//! hour, forward and back.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use lienthong_checker::history::History;
use lienthong_checker::{Evidence, Invariant, Report, check};
use lienthong_domain::dossier::Channel;
use lienthong_engine::clock::Clock;
use lienthong_engine::log::sqlite::SqliteLog;
use lienthong_engine::runtime::{Runtime, SubmitRequest};
use rusqlite::Connection;
use uuid::Uuid;

use super::places::put_overdue;
use crate::client::sooner_or_later;
use crate::engine::{applicant, example, moment, references};
use crate::manner::Manner;
use crate::report;
use crate::server::{Place, Server};

/// When the story of a jumping clock begins.
const BEGINS: &str = "2026-12-07T02:00:00Z";
/// Hours between two applications in it.
const APPLY_EVERY: u64 = 8;

/// Lets a server find so many dossiers whose timers have been due for long. Those of them that it
/// has not fired within the time are violations.
///
/// # Panics
/// If the server does not start.
pub async fn overdue(name: &str, manner: Manner, dossiers: u32, within: Duration) -> Report {
    let mut server = Server::start(Place::sqlite());
    server.kill();
    put_overdue(&server.place, dossiers).await;
    let path = server.place.folder().join("log.sqlite");
    let before = due(&path);
    server.manner = manner;
    let since = Instant::now();
    tokio::task::block_in_place(|| server.start_again());
    let fired = sooner_or_later(since + within, async || {
        let left = due(&path);
        report::progress(name, before - left, before);
        (left == 0).then_some(())
    });
    let fired = fired.await;
    let (took, left) = (since.elapsed(), due(&path));
    report::say(&format!(
        "{name}: {} of {before} overdue timers fired within {} ms of the start",
        before - left,
        took.as_millis()
    ));
    server.stop();
    let history = History::read(server.place.store()).await.expect("read the store");
    let mut report = check(&Evidence { history, ..Evidence::default() });
    if fired.is_none() {
        report.seen(Invariant::I10, name, &format!("{left} timers are left lying"));
    }
    report.after(before)
}

/// Timers of a store that are due.
fn due(path: &Path) -> u64 {
    let store = Connection::open(path).expect("open the store");
    let sql = "SELECT count(*) FROM timers WHERE due_at < ?1";
    let now = Utc::now().timestamp_micros();
    let due: i64 = store.query_row(sql, (now,), |row| row.get(0)).expect("count the timers");
    due.unsigned_abs()
}

/// A wall clock that somebody puts right, or wrong.
struct Jumping(Mutex<DateTime<Utc>>);

impl Jumping {
    fn jump(&self, by: TimeDelta) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for Jumping {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Two hours forward, one back, and so on, while people apply and deadlines pass.
///
/// # Panics
/// If something is refused.
pub async fn jumps(name: &str, jumps: u64) -> Report {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("log.sqlite");
    let log = Arc::new(SqliteLog::open(&path).await.expect("a new store"));
    let clock = Arc::new(Jumping(Mutex::new(moment(BEGINS))));
    let runtime = Runtime::start(log, clock.clone(), references()).await.expect("start");
    for n in 0..jumps {
        report::progress(name, n, jumps);
        if n % APPLY_EVERY == 0 {
            runtime.submit(application(&*clock)).await.expect("an answer");
        }
        clock.jump(TimeDelta::hours(2));
        runtime.fire_due_timers().await.expect("timers fire");
        clock.jump(TimeDelta::hours(-1));
        runtime.fire_due_timers().await.expect("timers fire");
    }
    runtime.shutdown().await;
    let address = format!("sqlite:{}", path.display());
    let history = History::read(&address).await.expect("read the store");
    let report = check(&Evidence { history, ..Evidence::default() }).after(2 * jumps);
    report::say(&format!("{name}: fired {} times: {report}", report.faults));
    report
}

fn application(clock: &dyn Clock) -> SubmitRequest {
    let seconds = u64::try_from(clock.now().timestamp()).unwrap_or_default();
    SubmitRequest {
        command_id: Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, 0)),
        digest: [1; 32],
        citizen: applicant("birth"),
        group: "birth".to_owned(),
        channel: Channel::Online,
        application: example("birth"),
        attachments: Vec::new(),
    }
}
