//! Two servers on one PostgreSQL, each with its share of the partitions, both asked by everybody:
//! one is killed, and one is stopped for longer than its leases hold and then goes on, with what
//! it was about to write. The other takes over; nothing of the late one has effect.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use lienthong_checker::Report;

use crate::manner::Manner;
use crate::report;
use crate::server::{Place, Server};
use crate::trial::Trial;

/// Commands that are answered before each fault.
const WARM_UP: u64 = 12;
/// Commands that are under way at each fault, at most.
const ON_THEIR_WAY: usize = 8;
/// Commands after each fault; enough for all senders to meet it.
const COMMANDS: u64 = 28;
/// Nobody waits longer than this for a partition whose owner is gone.
const TAKEN_OVER_WITHIN: TimeDelta = TimeDelta::seconds(10);

/// How often each fault comes about.
#[derive(Clone, Copy)]
pub struct Extent {
    pub kills: u64,
    pub stops: u64,
    /// How long a stopped server is stopped.
    pub stopped_for: Duration,
}

/// Kills and stops the two servers in turn.
///
/// # Panics
/// If somebody waits too long, or something never completes.
pub async fn from_each_other(name: &str, place: Place, manner: Manner, extent: Extent) -> Report {
    let mut trial = Trial::begin_with_two(name, place, manner);
    let mut longest = TimeDelta::zero();
    for n in 0..extent.kills {
        let since = load(&trial).await;
        let in_flight = trial.senders.in_flight().len();
        one_of(&mut trial, n).kill();
        trial.senders.carry_out(COMMANDS).await;
        let wait = trial.senders.longest_wait(since);
        report::say(&format!(
            "{name}: kill {} of {}, {in_flight} in flight; nobody waited longer than {} ms",
            n + 1,
            extent.kills,
            wait.num_milliseconds()
        ));
        longest = longest.max(wait);
        tokio::task::block_in_place(|| one_of(&mut trial, n).start_again());
    }
    for n in 0..extent.stops {
        let since = load(&trial).await;
        one_of(&mut trial, n).signal("STOP");
        // How long it is away is what is varied here; nothing is waited for.
        tokio::time::sleep(extent.stopped_for).await;
        one_of(&mut trial, n).signal("CONT");
        trial.senders.carry_out(COMMANDS).await;
        let wait = trial.senders.longest_wait(since);
        report::say(&format!(
            "{name}: stop {} of {} for {:?}; nobody waited longer than {} ms",
            n + 1,
            extent.stops,
            extent.stopped_for,
            wait.num_milliseconds()
        ));
        longest = longest.max(wait);
    }
    report::say(&format!(
        "{name}: fired {} times; the longest wait was {} ms",
        extent.kills + extent.stops,
        longest.num_milliseconds()
    ));
    let mut report = trial.end().await;
    if longest > TAKEN_OVER_WITHIN {
        let what = format!("somebody waited {} ms", longest.num_milliseconds());
        report.seen(lienthong_checker::Invariant::R3, name, &what);
    }
    report
}

/// Lets commands begin, and comes back when it is time for a fault.
async fn load(trial: &Trial) -> chrono::DateTime<Utc> {
    trial.senders.allow(ON_THEIR_WAY);
    trial.senders.carry_out(WARM_UP).await;
    Utc::now()
}

/// The first server and its neighbour in turn.
fn one_of(trial: &mut Trial, n: u64) -> &mut Server {
    match trial.neighbour.as_mut() {
        Some(neighbour) if n % 2 == 1 => neighbour,
        _ => &mut trial.server,
    }
}
