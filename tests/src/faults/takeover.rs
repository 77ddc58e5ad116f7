//! Two servers on one PostgreSQL, each with its share of the partitions, both asked by everybody:
//! one is killed, and one is stopped for longer than its leases hold and then goes on, with what
//! it was about to write and what has reached it meanwhile. The other takes over; nothing of the
//! late one has effect.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use lienthong_checker::{Invariant, Report};
use sqlx::{Connection as _, PgConnection};

use crate::client::sooner_or_later;
use crate::manner::Manner;
use crate::report;
use crate::senders::{PATIENCE_WITH_ONE, all_ended};
use crate::server::{Place, Server};
use crate::trial::Trial;

/// Commands that are answered before each fault.
const WARM_UP: u64 = 12;
/// Commands that are under way at each fault, at most.
const ON_THEIR_WAY: usize = 8;
/// Commands after each fault; enough for all senders to meet it.
const COMMANDS: u64 = 28;
/// Commands that are carried out while no agency answers, before a server is stopped.
const WITHOUT_AGENCIES: u64 = 36;
/// Dossiers of which a task is withdrawn at the stopped server alone.
const LATE: usize = 24;
/// The withdrawals are sent so long before it goes on.
const LATE_BY: Duration = Duration::from_secs(1);
/// The partitions of an owner that is gone have another one within this time.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(10);

/// Partitions that have no owner, and owners that there are.
const OWNERS: &str = "SELECT count(*) FILTER (WHERE engine IS NULL), count(DISTINCT engine) \
                      FROM heads";

/// How often each fault comes about.
#[derive(Clone, Copy)]
pub struct Extent {
    pub kills: u64,
    pub stops: u64,
    /// How long a stopped server is stopped.
    pub stopped_for: Duration,
}

impl Extent {
    fn faults(self) -> u64 {
        self.kills + self.stops
    }
}

/// Kills and stops the two servers in turn.
///
/// # Panics
/// If something never completes.
pub async fn from_each_other(name: &str, place: Place, manner: Manner, extent: Extent) -> Report {
    let mut trial = Trial::begin_with_two(name, place, manner);
    let mut slowest = Duration::ZERO;
    let mut longest = TimeDelta::zero();
    for n in 0..extent.kills {
        let since = load(&trial).await;
        let in_flight = trial.senders.in_flight().len();
        one_of(&mut trial, n).kill();
        slowest = slowest.max(until_owned_by(&trial, 1).await);
        trial.senders.carry_out(COMMANDS).await;
        let words = format!("killed, {in_flight} in flight");
        longest = longest.max(waited(&trial, since, (n + 1, extent.faults()), &words));
        tokio::task::block_in_place(|| one_of(&mut trial, n).start_again());
    }
    for n in 0..extent.stops {
        trial.kill_agencies();
        trial.senders.carry_out(WITHOUT_AGENCIES).await;
        let since = load(&trial).await;
        slowest = slowest.max(stop_one(&mut trial, n, extent.stopped_for).await);
        trial.replace_agencies();
        trial.senders.carry_out(COMMANDS).await;
        let words = format!("stopped for {:?}", extent.stopped_for);
        let nth = (extent.kills + n + 1, extent.faults());
        longest = longest.max(waited(&trial, since, nth, &words));
    }
    report::say(&format!(
        "{name}: fired {} times; taken over within {} ms; nobody waited longer than {} ms",
        extent.faults(),
        slowest.as_millis(),
        longest.num_milliseconds()
    ));
    let mut report = trial.end().await.after(extent.faults());
    if slowest > TAKEN_OVER_WITHIN {
        report.seen(Invariant::R3, name, &format!("nobody took over within {slowest:?}"));
    }
    // Whoever asked the wrong one last has waited for that too.
    let patience = TAKEN_OVER_WITHIN + 2 * PATIENCE_WITH_ONE;
    if longest.to_std().is_ok_and(|it| it > patience) {
        let what = format!("somebody waited {} ms", longest.num_milliseconds());
        report.seen(Invariant::R3, name, &what);
    }
    report
}

/// Stops one for a while, lets it find commands when it goes on to dossiers that nobody has touched
/// meanwhile, and gives how long it took the other to take over.
async fn stop_one(trial: &mut Trial, n: u64, stopped_for: Duration) -> Duration {
    let mut untouched = trial.senders.dossiers();
    untouched.drain(..untouched.len().saturating_sub(LATE));
    let begun = Instant::now();
    one_of(trial, n).signal("STOP");
    let took = until_owned_by(trial, 1).await;
    trial.look().await;
    // How long it is away is what is varied here; nothing is waited for.
    tokio::time::sleep(stopped_for.saturating_sub(begun.elapsed() + LATE_BY)).await;
    let address = one_of(trial, n).address().to_owned();
    let mut late = trial.senders.withdraw_at(&address, untouched);
    tokio::time::sleep(LATE_BY).await;
    one_of(trial, n).signal("CONT");
    all_ended(&mut late).await;
    took
}

/// Waits until so many processes own everything; gives how long that took.
async fn until_owned_by(trial: &Trial, processes: i64) -> Duration {
    let begun = Instant::now();
    let mut store =
        PgConnection::connect(trial.server.place.store()).await.expect("reach the store");
    let patience = begun + 2 * TAKEN_OVER_WITHIN;
    let _ = sooner_or_later(patience, async || {
        let (free, owners): (i64, i64) =
            sqlx::query_as(OWNERS).fetch_one(&mut store).await.expect("the owners");
        ((free, owners) == (0, processes)).then_some(())
    })
    .await;
    begun.elapsed()
}

/// Lets commands begin when each has its share, and comes back when it is time for a fault.
async fn load(trial: &Trial) -> DateTime<Utc> {
    until_owned_by(trial, 2).await;
    trial.senders.allow(ON_THEIR_WAY);
    trial.senders.carry_out(WARM_UP).await;
    Utc::now()
}

/// The longest that somebody waited after a fault, which is told.
fn waited(trial: &Trial, since: DateTime<Utc>, (n, of): (u64, u64), fault: &str) -> TimeDelta {
    let (name, wait) = (&trial.name, trial.senders.longest_wait(since));
    let words = format!("{fault}; nobody waited longer than {} ms", wait.num_milliseconds());
    report::step(name, n, of, &words);
    wait
}

/// The first server and its neighbour in turn.
fn one_of(trial: &mut Trial, n: u64) -> &mut Server {
    match trial.neighbour.as_mut() {
        Some(neighbour) if n % 2 == 1 => neighbour,
        _ => &mut trial.server,
    }
}
