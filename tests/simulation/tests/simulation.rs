//! The simulation in short: a few worlds that are always the same, the same story from the same
//! seed, and bugs that it must find.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use lienthong_simulation::{Size, run};

/// Names another seed.
const VARIABLE: &str = "LIENTHONG_SEED";
/// Among its worlds is one in which a process that had stood still once showed a dossier as it had
/// been before.
const SEED: u64 = 63_447;
const WORLDS: u64 = 3;
/// Every bug is found within so many dossiers.
const DOSSIERS: &str = "1500";

fn seed() -> u64 {
    std::env::var(VARIABLE).ok().and_then(|it| it.parse().ok()).unwrap_or(SEED)
}

#[test]
fn worlds_hold() {
    let seed = seed();
    for seed in seed..seed + WORLDS {
        let run = run(seed, Size::Small, false);
        assert!(run.failure.is_none(), "seed {seed}: {:#?}", run.failure);
        assert!(run.events > 0 && run.faults.len() > 10, "seed {seed}: {run:?}");
    }
}

#[test]
fn a_seed_tells_the_same_story_again() {
    let stories = [7, 7, 8].map(|it| run(it, Size::Small, false).trace);
    assert_eq!(stories[0], stories[1]);
    assert_ne!(stories[0], stories[2]);
}

/// The simulation with bugs to be switched on. Cargo makes it, or sees that it is there.
fn faulty() -> PathBuf {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    cargo.args(["build", "--quiet", "--locked", "--package", "lienthong-simulation"]);
    cargo.args(["--bin", "lienthong-simulate-faulty", "--features", "negative-controls"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    assert!(cargo.status().is_ok_and(|it| it.success()), "it can't be built");
    PathBuf::from(env!("CARGO_BIN_EXE_lienthong-simulate"))
        .with_file_name("lienthong-simulate-faulty")
}

fn simulated(bug: &str) -> Output {
    let mut command = Command::new(faulty());
    command.args(["--seed", "1", "--small", "--dossiers", DOSSIERS, "--json"]);
    command.env("LIENTHONG_SABOTAGE", bug).stderr(Stdio::null());
    command.output().expect("it can be started")
}

/// Some world with this bug breaks one of these invariants, and the simulation says so.
#[track_caller]
fn is_caught(bug: &str, invariants: &[&str]) {
    let output = simulated(bug);
    let said = String::from_utf8_lossy(&output.stdout);
    let summary: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let failures = summary["failures"].as_array().into_iter().flatten();
    let violations = failures.filter_map(|it| it["violations"].as_array()).flatten();
    let violations: Vec<&serde_json::Value> = violations.collect();
    assert!(!violations.is_empty(), "{bug} was not caught: {said}");
    let named = |it: &&serde_json::Value| {
        invariants.iter().any(|name| it.as_str().is_some_and(|it| it.starts_with(name)))
    };
    assert!(violations.iter().any(named), "{bug}: {violations:?}");
    assert!(!output.status.success());
}

#[test]
fn an_answer_before_the_commit_is_caught() {
    is_caught("acknowledge-before-commit", &["I1", "I2"]);
}

#[test]
fn an_append_that_does_not_ask_for_its_epoch_is_caught() {
    is_caught("lease-without-epoch", &["I11"]);
}

#[test]
fn timers_that_are_left_lying_are_caught() {
    is_caught("timer-not-rearmed", &["I10"]);
}
