//! A disk that fails under a server. A sync that ends with an error on SQLite: nobody knows then
//! what the file holds, so the engine must end instead of trying again; the next start finds out.
//! No room in the store: the commit is unwritten, and when there is room again, the engine goes on.
//! No room for what the server says of itself: that is lost, and nothing else.

use std::time::Duration;

use lienthong_checker::Report;

use crate::manner::{Manner, STRACE};
use crate::program::is_there;
use crate::report;
use crate::seed::Choices;
use crate::server::Place;
use crate::trial::Trial;

/// A sync fails at one of so many first visits of a thread. The engine's start makes some of them.
const SYNCS: (u64, u64) = (1, 40);
/// Writes are so many times more.
const WRITES: (u64, u64) = (80, 400);
const ENDED_WITHIN: Duration = Duration::from_secs(30);
/// It comes to that sync within this time.
const COMES_WITHIN: Duration = Duration::from_secs(120);
/// So many writes in a row find no room.
const WITHOUT_ROOM: u64 = 25;
const COMMANDS: u64 = 40;
/// How a trace marks a call that was made to fail.
const INJECTED: &str = "(INJECTED)";

/// Lets a sync fail so many times, each in a new process; `None` where `strace` is not installed.
///
/// # Panics
/// If the engine goes on, or something never completes.
pub async fn failed_syncs(name: &str, place: Place, times: u64) -> Option<Report> {
    if !is_there(STRACE) {
        return None;
    }
    let mut choices = Choices::announced(name);
    let mut trial = Trial::begin(name, place);
    for n in 1..=times {
        trial.server.stop();
        let visit = choices.between(SYNCS.0, SYNCS.1);
        trial.server.manner = failing(&trial, &format!("fsync,fdatasync:error=EIO:when={visit}"));
        tokio::task::block_in_place(|| trial.server.try_start_again());
        let ended = match trial.until_it_ends(ENDED_WITHIN).await {
            None if !trace(&trial).contains(INJECTED) => trial.until_it_ends(COMES_WITHIN).await,
            ended => ended,
        };
        let in_flight = trial.senders.in_flight().len();
        let words = format!("sync {visit} failed, {in_flight} in flight; it ended: {ended:?}");
        report::step(name, n, times, &words);
        assert!(ended.is_some_and(|it| !it.success()), "it went on after a failed sync");
        trial.server.manner = Manner::default();
        trial.start_again();
    }
    report::say(&format!("{name}: fired {times} times"));
    Some(trial.end().await.after(times))
}

/// Lets the disk be full for a while, so many times; `None` where `strace` is not installed.
///
/// # Panics
/// If something never completes.
pub async fn no_room(name: &str, place: Place, times: u64) -> Option<Report> {
    if !is_there(STRACE) {
        return None;
    }
    let mut choices = Choices::announced(name);
    let mut trial = Trial::begin(name, place);
    for n in 1..=times {
        trial.server.stop();
        let first = choices.between(WRITES.0, WRITES.1);
        let when = format!("pwrite64:error=ENOSPC:when={first}..{}", first + WITHOUT_ROOM - 1);
        trial.server.manner = failing(&trial, &when);
        // The start of a store that has grown writes a good deal itself, and may find no room for it.
        let listens = tokio::task::block_in_place(|| trial.server.try_start_again());
        if listens {
            trial.senders.server_is_back();
            trial.senders.carry_out(COMMANDS).await;
        }
        let refused = refused_writes(&trial);
        report::step(name, n, times, &format!("{refused} writes found no room"));
        assert!(refused > 0, "there was room for all of {COMMANDS} commands");
        if listens {
            trial.server.stop();
        } else {
            let ended = trial.until_it_ends(ENDED_WITHIN).await;
            assert!(ended.is_some(), "it neither listens nor ends");
        }
        trial.server.manner = Manner::default();
        trial.start_again();
    }
    report::say(&format!("{name}: fired {times} times"));
    Some(trial.end().await.after(times))
}

fn failing(trial: &Trial, what: &str) -> Manner {
    let to = format!("--output={}", trial.server.place.folder().join("trace").display());
    Manner::traced(&[&to, "--trace=fsync,fdatasync,pwrite64", &format!("--inject={what}")])
}

fn refused_writes(trial: &Trial) -> usize {
    trace(trial).lines().filter(|it| it.contains("ENOSPC")).count()
}

fn trace(trial: &Trial) -> String {
    std::fs::read_to_string(trial.server.place.folder().join("trace")).expect("a trace")
}

/// Lets nothing that a server says of itself be written: it works all the same.
///
/// # Panics
/// If something never completes.
pub async fn unheard(name: &str, place: Place) -> Report {
    let under = ["sh", "-c", r#"exec "$0" "$@" 2>/dev/full"#].map(str::to_owned).to_vec();
    let trial = Trial::begin_in(name, place, Manner { under, ..Manner::default() });
    trial.senders.carry_out(COMMANDS).await;
    report::say(&format!("{name}: fired once, from the start on"));
    trial.end().await.after(1)
}
