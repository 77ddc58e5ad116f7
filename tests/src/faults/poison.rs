//! An event that can't be read: its own dossier stands still and says so; everybody else goes on.

use std::time::{Duration, Instant};

use lienthong_checker::{Invariant, Report};
use rusqlite::Connection;

use super::places::put_overdue;
use crate::client::sooner_or_later;
use crate::report;
use crate::server::Place;
use crate::trial::Trial;

/// Dossiers with overdue timers, one of which can't be read.
const DOSSIERS: u32 = 5;
const COMMANDS: u64 = 20;
const FIRED_WITHIN: Duration = Duration::from_secs(20);

const SPOIL: &str = "DROP TRIGGER events_never_change;
    UPDATE events SET payload = '{\"of\": \"no kind\"}'
     WHERE aggregate_type = 'dossier' AND sequence = 1
       AND aggregate_id = (SELECT min(dossier_id) FROM dossiers)";
const SPOILT: &str = "SELECT min(dossier_id) FROM dossiers";
const OTHERS_DUE: &str = "SELECT count(*) FROM timers WHERE dossier_id <> ?1 AND due_at < ?2";

/// What is wrong with anything but the spoilt dossier.
///
/// # Panics
/// If others are held up, or the checker does not notice.
pub async fn one(name: &str) -> Report {
    let mut trial = Trial::begin(name, Place::sqlite());
    trial.kill();
    put_overdue(&trial.server.place, DOSSIERS).await;
    let store = Connection::open(trial.server.place.folder().join("log.sqlite")).expect("open it");
    let spoilt: String = store.query_row(SPOILT, (), |row| row.get(0)).expect("a dossier");
    store.execute_batch(SPOIL).expect("spoil an event");
    trial.start_again();
    trial.senders.carry_out(COMMANDS).await;
    let deadline = Instant::now() + FIRED_WITHIN;
    let fired = sooner_or_later(deadline, async || {
        let now = chrono::Utc::now().timestamp_micros();
        let due: i64 =
            store.query_row(OTHERS_DUE, (&spoilt, now), |row| row.get(0)).expect("count them");
        (due == 0).then_some(())
    });
    let fired = fired.await.is_some();
    drop(store);
    let mut report = trial.judged().await;
    assert!(report.violates(Invariant::R1), "the checker does not see it: {report}");
    report.violations.retain(|it| !it.subject.contains(&spoilt));
    report::say(&format!("{name}: fired once; with all the others: {report}"));
    if !fired {
        report.seen(Invariant::I10, name, "the timers of others are left lying");
    }
    report.after(1)
}
