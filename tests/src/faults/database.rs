//! A PostgreSQL server that crashes or is stopped under load, and connections that are cut between an append and
//! its reply: everybody gets the one outcome of every command.

use std::time::Duration;

use chrono::Utc;
use lienthong_checker::Report;

use crate::proxy::Proxy;
use crate::report;
use crate::seed::Choices;
use crate::server::Place;
use crate::trial::Trial;

/// It stays away for at most so long.
const LONGEST_ABSENCE_US: u64 = 1_000_000;
/// Commands that are answered before each fault, and after it.
const COMMANDS: u64 = 8;
/// More that may be under way.
const ON_THEIR_WAY: usize = 4;
const LONGEST_PAUSE_US: u64 = 25_000;

/// Lets the database's server lose what it has in memory so many times: every other time one of
/// its processes is killed, and it recovers at once; else it is stopped `immediate`ly, and is away
/// for a while.
///
/// # Panics
/// If something never completes.
pub async fn crashes(name: &str, place: Place, times: u64) -> Report {
    let mut trial = Trial::begin(name, place);
    let mut choices = Choices::announced(name);
    for n in 1..=times {
        trial.senders.allow(ON_THEIR_WAY);
        trial.senders.carry_out(COMMANDS).await;
        let pause = Duration::from_micros(choices.between(0, LONGEST_PAUSE_US));
        // The moment is what is random here; nothing is waited for.
        tokio::time::sleep(pause).await;
        let (in_flight, since) = (trial.senders.in_flight().len(), Utc::now());
        let cluster = trial.server.place.cluster();
        if n % 2 == 0 {
            cluster.crash().await;
        } else {
            let absence = Duration::from_micros(choices.between(0, LONGEST_ABSENCE_US));
            tokio::task::block_in_place(|| cluster.stop(true));
            tokio::time::sleep(absence).await;
            tokio::task::block_in_place(|| cluster.start_again(""));
        }
        trial.senders.carry_out(COMMANDS).await;
        let wait = trial.senders.longest_wait(since).num_milliseconds();
        let words = format!("{in_flight} in flight; nobody waited longer than {wait} ms");
        report::step(name, n, times, &words);
        if trial.server.ended().is_some() {
            report::say(&format!("{name}: the engine has ended; it is started again"));
            trial.start_again();
        }
    }
    report::say(&format!("{name}: fired {times} times"));
    trial.end().await.after(times)
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
        report::step(name, proxy.fired(), times, "connections were cut");
    }
    let fired = proxy.fired();
    report::say(&format!("{name}: fired {fired} times, every other time surely after the commit"));
    trial.end().await.after(fired)
}
