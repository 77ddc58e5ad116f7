//! The server is killed with SIGKILL at random moments with commands in flight, and started again:
//! everything goes on, everything completes, nothing is lost and nothing is there twice.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod aftermath;
mod ledger;
mod senders;

use std::time::Duration;

use lienthong_tests::program::Running;
use lienthong_tests::report;
use lienthong_tests::seed::Choices;
use lienthong_tests::server::{Place, Server};
use senders::Senders;

const KILLS_ON_SQLITE: u64 = 20;
const KILLS_ON_POSTGRES: u64 = 20;
/// Commands that the senders may begin between two kills.
const COMMANDS_PER_KILL: usize = 6;
/// A kill comes this long after the commands that it waits for, at most.
const LONGEST_PAUSE_US: u64 = 25_000;
/// Every so many kills the agencies' process is killed as well.
const AGENCIES_TOO: u64 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn sqlite() {
    survive("sqlite", Place::sqlite(), KILLS_ON_SQLITE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres() {
    if let Some(place) = Place::postgres().await {
        survive("postgres", place, KILLS_ON_POSTGRES).await;
    }
}

async fn survive(name: &str, place: Place, kills: u64) {
    let mut choices = Choices::announced(name);
    let mut server = Server::start(place);
    let mut agencies = simulate(&server);
    let senders = Senders::begin(&server);
    let mut with_commands_in_flight = 0;
    for kill in 1..=kills {
        let awaited = choices.between(1, COMMANDS_PER_KILL as u64);
        senders.allow(COMMANDS_PER_KILL);
        senders.until_answered(awaited).await;
        // The moment is what is random here; nothing is waited for.
        let pause = Duration::from_micros(choices.between(0, LONGEST_PAUSE_US));
        tokio::time::sleep(pause).await;
        let before = senders.in_flight();
        server.kill();
        // What was answered while the kill was on its way was not in flight.
        let after = senders.in_flight();
        let in_flight: Vec<&str> = before
            .iter()
            .filter(|(id, _)| after.contains_key(id))
            .map(|it| it.1.as_str())
            .collect();
        with_commands_in_flight += u64::from(!in_flight.is_empty());
        report::say(&format!(
            "{name}: kill {kill} of {kills}, {pause:?} after {awaited} answers; in flight: {}, \
             and what the agencies sent",
            if in_flight.is_empty() { "no application".to_owned() } else { in_flight.join(", ") }
        ));
        if kill % AGENCIES_TOO == 0 {
            agencies.kill();
            tokio::task::block_in_place(|| server.start_again());
            agencies = simulate(&server);
        } else {
            tokio::task::block_in_place(|| server.start_again());
        }
        senders.server_is_back();
    }
    assert!(with_commands_in_flight * 2 > kills, "the kills hit too rarely");
    let ledger = senders.end().await;
    aftermath::everything_completes(&server, &ledger).await;
    aftermath::repeated_commands_get_their_first_answer(&server, &ledger).await;
    agencies.kill();
    server.stop();
    let counted = aftermath::the_log_holds_it_once(server.place.store(), &ledger).await;
    report::say(&format!("{name}: {kills} kills survived; {counted}"));
}

fn simulate(server: &Server) -> Running {
    server.agencies(&["--seed=3", "--delay=0ms..=40ms"])
}
