//! SIGKILL at random moments with commands in flight: everything goes on, everything completes,
//! nothing is lost and nothing is there twice.

use std::time::Duration;

use lienthong_checker::Report;
use lienthong_engine::sabotage::Bug;

use crate::manner::Manner;
use crate::report;
use crate::seed::Choices;
use crate::server::Place;
use crate::trial::Trial;

/// A kill waits for so many answers at most.
const ANSWERS_PER_KILL: u64 = 6;
/// Commands that may begin between two kills: more than are answered until then, so that a kill
/// finds some in flight.
const COMMANDS_PER_KILL: usize = 24;
/// A kill comes this long after the answers that it waits for, at most.
const LONGEST_PAUSE_US: u64 = 25_000;
/// Every so many kills the agencies' process is killed as well.
const AGENCIES_TOO: u64 = 4;

/// Kills the server so many times under load.
///
/// # Panics
/// If the kills hit too rarely, or something never completes.
pub async fn at_random(name: &str, place: Place, kills: u64) -> Report {
    in_trial(Trial::begin(name, place), kills).await
}

/// The same with a bug that is switched on. What is lost is not waited for.
///
/// # Panics
/// If the kills hit too rarely.
pub async fn with_bug(bug: Bug, place: Place, kills: u64) -> Report {
    let mut trial = Trial::begin_in(bug.name(), place, Manner::with_bug(bug));
    trial.patience = Duration::ZERO;
    in_trial(trial, kills).await
}

async fn in_trial(mut trial: Trial, kills: u64) -> Report {
    let name = trial.name.clone();
    let mut choices = Choices::announced(&name);
    let mut with_commands_in_flight = 0;
    for kill in 1..=kills {
        let awaited = choices.between(1, ANSWERS_PER_KILL);
        trial.senders.allow(COMMANDS_PER_KILL);
        trial.senders.until_answered(awaited).await;
        // The moment is what is random here; nothing is waited for.
        let pause = Duration::from_micros(choices.between(0, LONGEST_PAUSE_US));
        tokio::time::sleep(pause).await;
        let in_flight = trial.kill();
        with_commands_in_flight += u64::from(!in_flight.is_empty());
        let words = if in_flight.is_empty() { "nothing".to_owned() } else { in_flight.join(", ") };
        let words = format!("{pause:?} after {awaited} answers; in flight: {words}");
        report::step(&name, kill, kills, &words);
        if kill % AGENCIES_TOO == 0 {
            trial.replace_agencies();
        }
        trial.start_again();
    }
    assert!(with_commands_in_flight * 2 > kills, "the kills hit too rarely");
    report::say(&format!("{name}: fired {kills} times, {with_commands_in_flight} in flight"));
    trial.end().await.after(kills)
}
