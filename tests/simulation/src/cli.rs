//! The command: world after world from a seed on, on all processors, until so many dossiers have
//! lived or something is wrong.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::{Failure, Fault, Run, Size, run};

/// Dossiers where neither their number nor a seed is given.
const DOSSIERS: u64 = 10_000;
/// After so many every fault must have come about.
const ENOUGH: u64 = 2_000;
/// Seeds that nobody chose have so many digits at most.
const SEEDS: u64 = 1_000_000_000;

/// Simulates the whole system in worlds that follow from seeds. Status 0: nothing was violated.
#[derive(Parser)]
#[command(name = "cargo xtask simulate", disable_version_flag = true)]
struct Options {
    /// The seed of the first world; its successors follow. With it alone: that world
    #[arg(long)]
    seed: Option<u64>,
    /// How many dossiers live, at least [default: 10000]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    dossiers: Option<u64>,
    /// Worlds of a few dozen dossiers, as the tests see them, instead of a few hundred
    #[arg(long)]
    small: bool,
    /// Print every step of one world
    #[arg(long, requires = "seed", conflicts_with_all = ["dossiers", "json"])]
    trace: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Options {
    fn size(&self) -> Size {
        if self.small { Size::Small } else { Size::Large }
    }
}

/// What came of all worlds.
#[derive(Serialize)]
struct Summary {
    /// Of the first world.
    seed: u64,
    worlds: u64,
    dossiers: u64,
    commands: u64,
    events: u64,
    steps: u64,
    seconds: f64,
    dossiers_a_minute: f64,
    faults: BTreeMap<Fault, u64>,
    failures: Vec<Failed>,
}

/// A world in which something was wrong.
#[derive(Serialize)]
struct Failed {
    seed: u64,
    #[serde(flatten)]
    failure: Failure,
}

/// Runs the command.
#[must_use]
pub fn run_command() -> ExitCode {
    let options = Options::parse();
    let seed = options.seed.unwrap_or_else(any_seed);
    if options.trace {
        let run = run(seed, options.size(), true);
        return finish(&options, Summary::of(seed, vec![run], 0.0));
    }
    eprintln!("seed {seed} (again with --seed {seed})");
    let dossiers = options.dossiers.unwrap_or(if options.seed.is_some() { 1 } else { DOSSIERS });
    let began = Instant::now();
    let runs = simulate(seed, options.size(), dossiers, &bar(dossiers));
    finish(&options, Summary::of(seed, runs, began.elapsed().as_secs_f64()))
}

fn any_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (u64::from(now.subsec_nanos()) ^ now.as_secs()) % SEEDS
}

/// Worlds on all processors, each on one; by seed.
fn simulate(seed: u64, size: Size, dossiers: u64, bar: &ProgressBar) -> Vec<Run> {
    let (next, lived) = (AtomicU64::new(seed), AtomicU64::new(0));
    let (has_failed, runs) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let work = || {
        while lived.load(Ordering::Relaxed) < dossiers && !has_failed.load(Ordering::Relaxed) {
            let run = run(next.fetch_add(1, Ordering::Relaxed), size, false);
            lived.fetch_add(run.dossiers, Ordering::Relaxed);
            bar.inc(run.dossiers);
            has_failed.fetch_or(run.failure.is_some(), Ordering::Relaxed);
            runs.lock().unwrap_or_else(PoisonError::into_inner).push(run);
        }
    };
    let processors =
        if dossiers == 1 { 1 } else { thread::available_parallelism().map_or(1, NonZero::get) };
    thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(work);
        }
    });
    bar.finish_and_clear();
    let mut runs = runs.into_inner().unwrap_or_else(PoisonError::into_inner);
    runs.sort_by_key(|it| it.seed);
    runs
}

fn bar(dossiers: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{bar:40} {pos}/{len} dossiers, {per_sec}, {eta} left");
    let bar = ProgressBar::with_draw_target(Some(dossiers), ProgressDrawTarget::stderr());
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

impl Summary {
    fn of(seed: u64, runs: Vec<Run>, seconds: f64) -> Self {
        let mut faults: BTreeMap<Fault, u64> = Fault::ALL.iter().map(|it| (*it, 0)).collect();
        let mut summary = Self {
            seed,
            worlds: runs.len() as u64,
            dossiers: 0,
            commands: 0,
            events: 0,
            steps: 0,
            seconds,
            dossiers_a_minute: 0.0,
            faults: BTreeMap::new(),
            failures: Vec::new(),
        };
        for run in runs {
            summary.dossiers += run.dossiers;
            summary.commands += run.commands as u64;
            summary.events += run.events as u64;
            summary.steps += run.steps;
            for (fault, times) in run.faults {
                *faults.entry(fault).or_default() += times;
            }
            let failed = |failure| Failed { seed: run.seed, failure };
            summary.failures.extend(run.failure.map(failed));
        }
        let lived = u32::try_from(summary.dossiers).map_or(0.0, f64::from);
        summary.dossiers_a_minute = if seconds > 0.0 { lived / seconds * 60.0 } else { 0.0 };
        Self { faults, ..summary }
    }

    /// Faults that should have come about by now and have not.
    fn absent(&self) -> Vec<Fault> {
        let never = self.faults.iter().filter(|(_, times)| **times == 0).map(|(it, _)| *it);
        never.filter(|_| self.dossiers >= ENOUGH).collect()
    }
}

fn finish(options: &Options, summary: Summary) -> ExitCode {
    if options.json {
        match serde_json::to_string_pretty(&summary) {
            Ok(json) => println!("{json}"),
            Err(error) => eprintln!("error: {error}"),
        }
    } else {
        show(&summary, if options.small { " --small" } else { "" });
    }
    let holds = summary.failures.is_empty() && summary.absent().is_empty();
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn show(summary: &Summary, small: &str) {
    for Failed { seed, failure } in &summary.failures {
        println!("\nseed {seed}, step {}:", failure.step);
        failure.trace.iter().for_each(|it| println!("  {it}"));
        failure.violations.iter().for_each(|it| println!("violated: {it}"));
        println!("again with: cargo xtask simulate --seed {seed}{small} (every step: --trace)");
    }
    println!();
    for (fault, times) in &summary.faults {
        println!("{times:>9}  {}", fault.words());
    }
    for fault in summary.absent() {
        println!("never came about: {}", fault.words());
    }
    let Summary { worlds, dossiers, commands, events, steps, seconds, .. } = summary;
    let (wrong, pace) = (summary.failures.len(), summary.dossiers_a_minute);
    println!(
        "\n{wrong} violations in {worlds} worlds from seed {}: {dossiers} dossiers, {commands} \
         commands, {events} events, {steps} steps in {seconds:.1} s, {pace:.0} dossiers a minute",
        summary.seed
    );
}
