//! A PostgreSQL server that crashes under load, and connections that are cut between an append and
//! its reply: everybody gets the one outcome of every command.

use std::time::Duration;

use chrono::Utc;
use lienthong_checker::Report;
use lienthong_engine::sabotage::Bug;

use crate::manner::Manner;
use crate::proxy::Proxy;
use crate::report;
use crate::seed::Choices;
use crate::server::Place;
use crate::trial::Trial;

/// Commands that are answered before each fault, and after it.
const COMMANDS: u64 = 8;
/// More that may be under way.
const ON_THEIR_WAY: usize = 4;
const LONGEST_PAUSE_US: u64 = 25_000;

/// Crashes the database's server so many times: it drops what it had in memory, and recovers.
///
/// # Panics
/// If something never completes.
pub async fn crashes(name: &str, place: Place, times: u64) -> Report {
    crashes_in(Trial::begin(name, place), times).await
}

/// The same with a bug that is switched on. What is lost is not waited for.
///
/// # Panics
/// If commands get no answers.
pub async fn crashes_with_bug(bug: Bug, place: Place, times: u64) -> Report {
    let mut trial = Trial::begin_in(bug.name(), place, Manner::with_bug(bug));
    trial.patience = Duration::ZERO;
    crashes_in(trial, times).await
}

async fn crashes_in(mut trial: Trial, times: u64) -> Report {
    let name = trial.name.clone();
    let mut choices = Choices::announced(&name);
    for n in 1..=times {
        trial.senders.allow(ON_THEIR_WAY);
        trial.senders.carry_out(COMMANDS).await;
        let pause = Duration::from_micros(choices.between(0, LONGEST_PAUSE_US));
        // The moment is what is random here; nothing is waited for.
        tokio::time::sleep(pause).await;
        let (in_flight, since) = (trial.senders.in_flight().len(), Utc::now());
        trial.server.place.crash_database().await;
        trial.senders.carry_out(COMMANDS).await;
        let wait = trial.senders.longest_wait(since).num_milliseconds();
        report::say(&format!(
            "{name}: crash {n} of {times}, {in_flight} commands in flight; nobody waited longer \
             than {wait} ms"
        ));
        if trial.server.ended().is_some() {
            report::say(&format!("{name}: the engine has ended; it is started again"));
            trial.start_again();
        }
    }
    report::say(&format!("{name}: fired {times} times"));
    trial.end().await
}

/// Cuts the connection of so many appends after the server has got them.
///
/// # Panics
/// If something never completes.
pub async fn cut_connections(name: &str, place: Place, times: u64) -> Report {
    let proxy = Proxy::before(place.store()).await;
    let trial = Trial::begin(name, place.reached_at(proxy.address()));
    while proxy.fired() < times {
        proxy.arm();
        trial.senders.carry_out(COMMANDS).await;
    }
    let fired = proxy.fired();
    report::say(&format!("{name}: fired {fired} times, every other time surely after the commit"));
    trial.end().await
}
