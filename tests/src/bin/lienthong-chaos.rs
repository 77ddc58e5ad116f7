//! `lienthong-chaos`: the faults at length, and the bugs that they must catch. Says of each
//! whether it came about and what the checker found; `cargo xtask chaos` builds what it needs and
//! runs it.

use std::fmt::Write as _;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{CommandFactory as _, FromArgMatches as _, Parser, ValueEnum};
use futures::FutureExt as _;
use lienthong_checker::{Invariant, Report};
use lienthong_engine::sabotage::Bug;
use lienthong_tests::faults::takeover::Extent;
use lienthong_tests::faults::{
    aborts, agency, controls, database, files, kills, places, poison, power, takeover, timers,
};
use lienthong_tests::manner::Manner;
use lienthong_tests::report;
use lienthong_tests::server::Place;
use serde_json::json;

/// Brings faults about and lets the checker judge. Status 0: nothing was violated but by bugs on
/// purpose, and all of these were caught.
#[derive(Parser)]
struct Arguments {
    /// Only these faults and bugs; `takeover=3` brings about three takeovers, not the usual number
    #[arg(value_name = "NAME[=TIMES]", value_parser = chosen)]
    only: Vec<(Trial, Option<u32>)>,
    /// The reports as JSON, one object a line
    #[arg(long)]
    json: bool,
}

/// What can be run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trial {
    Fault(Fault),
    /// A bug on purpose, and what does not hold with it.
    Bug(Bug, Invariant),
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Fault {
    /// SIGKILL at random moments, on SQLite
    KillsOnSqlite,
    /// SIGKILL at random moments, on PostgreSQL
    KillsOnPostgres,
    /// death at every place that has a name, on SQLite
    PlacesOnSqlite,
    /// death at every place that has a name, on PostgreSQL
    PlacesOnPostgres,
    /// two servers on one PostgreSQL: one is killed, or stopped for a minute and let go on
    Takeover,
    /// power cuts on SQLite
    PowerCutsOnSqlite,
    /// power cuts on PostgreSQL
    PowerCutsOnPostgres,
    /// syncs that fail, on SQLite
    FailedSyncs,
    /// a disk that is full for a while, on SQLite
    NoRoom,
    /// a disk that is full for what a server says of itself
    Unheard,
    /// crashes and immediate stops of PostgreSQL
    Crashes,
    /// connections to PostgreSQL that are cut between an append and its reply
    CutConnections,
    /// clients that go away in the middle of an application, on PostgreSQL
    AbortedClients,
    /// dossiers whose timers were due before the start
    OverdueTimers,
    /// a clock that goes two hours forward and one back
    ClockJumps,
    /// an event that can't be read
    Poison,
    /// an agency that answers twice, too late, for others, and the opposite
    MeddlingAgency,
    /// an agency that says nothing for long
    SilentAgency,
}

/// A stopped server is stopped for this long.
const STOPPED_FOR: Duration = Duration::from_secs(60);
/// Every so many takeovers are from a server that is stopped.
const STOPS: u64 = 5;
/// All overdue timers have fired within this time.
const FIRED_WITHIN: Duration = Duration::from_secs(30);

impl Fault {
    /// How often it comes about: kills, cuts, dossiers.
    fn usual(self) -> u32 {
        match self {
            Self::KillsOnSqlite => 500,
            Self::KillsOnPostgres
            | Self::PowerCutsOnPostgres
            | Self::NoRoom
            | Self::FailedSyncs
            | Self::Crashes => 100,
            Self::PlacesOnSqlite
            | Self::PlacesOnPostgres
            | Self::Unheard
            | Self::Poison
            | Self::SilentAgency => 1,
            Self::Takeover => 10,
            Self::PowerCutsOnSqlite | Self::CutConnections => 200,
            Self::AbortedClients => 1_000,
            Self::OverdueTimers => 100_000,
            Self::ClockJumps => 2_000,
            Self::MeddlingAgency => 20,
        }
    }

    /// `None` where the machine lacks what it takes.
    async fn run(self, name: &str, times: u32) -> Option<Report> {
        let (sqlite, n) = (Place::sqlite, u64::from(times));
        match self {
            Self::KillsOnSqlite => Some(kills::at_random(name, sqlite(), n).await),
            Self::KillsOnPostgres => {
                Some(kills::at_random(name, Place::postgres().await?, n).await)
            }
            Self::PlacesOnSqlite => Some(places::every_one(name, sqlite()).await),
            Self::PlacesOnPostgres => Some(places::every_one(name, Place::postgres().await?).await),
            Self::Takeover => {
                let stops = n.div_ceil(STOPS);
                let extent = Extent { kills: n - stops, stops, stopped_for: STOPPED_FOR };
                let (place, manner) = (Place::postgres().await?, Manner::default());
                Some(takeover::from_each_other(name, place, manner, extent).await)
            }
            Self::PowerCutsOnSqlite => power::cut_sqlite(name, sqlite(), None, n).await,
            Self::PowerCutsOnPostgres => power::cut_postgres(name, None, n).await,
            Self::FailedSyncs => files::failed_syncs(name, sqlite(), n).await,
            Self::NoRoom => files::no_room(name, sqlite(), n).await,
            Self::Unheard => Some(files::unheard(name, sqlite()).await),
            Self::Crashes => Some(database::crashes(name, Place::postgres_alone().await?, n).await),
            Self::CutConnections => {
                Some(database::cut_connections(name, Place::postgres().await?, n).await)
            }
            Self::AbortedClients => {
                Some(aborts::by_clients(name, Place::postgres().await?, times as usize).await)
            }
            Self::OverdueTimers => {
                Some(timers::overdue(name, Manner::default(), times, FIRED_WITHIN).await)
            }
            Self::ClockJumps => Some(timers::jumps(name, n).await),
            Self::Poison => Some(poison::one(name).await),
            Self::MeddlingAgency => Some(agency::meddles(name, sqlite(), times as usize).await),
            Self::SilentAgency => Some(agency::says_nothing(name, sqlite()).await),
        }
    }
}

impl Trial {
    fn all() -> Vec<Self> {
        let faults = Fault::value_variants().iter().map(|it| Self::Fault(*it));
        faults.chain(controls::SHOWN.iter().map(|it| Self::Bug(it.0, it.1))).collect()
    }

    fn name(self) -> String {
        match self {
            Self::Fault(fault) => {
                fault.to_possible_value().map_or_else(String::new, |it| it.get_name().to_owned())
            }
            Self::Bug(bug, _) => bug.name().to_owned(),
        }
    }

    /// Brings it about and says how that ended, in a word and in more.
    async fn verdict(self, times: Option<u32>) -> Verdict {
        let name = self.name();
        let begun = Instant::now();
        // A trial that can't go on panics; the others are run all the same.
        let ended = match self {
            Self::Fault(fault) => {
                let running = fault.run(&name, times.unwrap_or_else(|| fault.usual()));
                AssertUnwindSafe(running).catch_unwind().await
            }
            Self::Bug(bug, _) => AssertUnwindSafe(controls::found(bug)).catch_unwind().await,
        };
        let took = begun.elapsed();
        let (word, report) = match (self, ended) {
            (_, Err(_)) => ("STUCK", None),
            (_, Ok(None)) => ("skipped", None),
            (Self::Bug(_, it), Ok(Some(found))) if found.violates(it) => ("caught", Some(found)),
            (Self::Bug(..), Ok(found)) => ("MISSED", found),
            (Self::Fault(_), Ok(Some(found))) if found.faults == 0 => ("NEVER", Some(found)),
            (Self::Fault(_), Ok(Some(found))) if found.holds() => ("held", Some(found)),
            (Self::Fault(_), Ok(found)) => ("VIOLATED", found),
        };
        // They are for whoever looks at the same store again.
        let report = report.map(|it| Report { prefixes: Vec::new(), ..it });
        Verdict { name, word, took, report }
    }
}

/// How a trial ended.
struct Verdict {
    name: String,
    word: &'static str,
    took: Duration,
    report: Option<Report>,
}

impl Verdict {
    fn is_good(&self) -> bool {
        matches!(self.word, "held" | "caught" | "skipped")
    }

    fn say(&self) {
        let Self { name, word, took, report } = self;
        let found = match (report, *word) {
            (Some(report), "caught") => format!("{} violations", report.violations.len()),
            (Some(report), _) => report.to_string(),
            (None, _) => String::new(),
        };
        let faults = report.as_ref().map_or(0, |it| it.faults);
        let seconds = took.as_secs();
        report::say(&format!("{word:>9}  {name}: {faults} times in {seconds} s; {found}"));
    }

    fn json(&self) -> serde_json::Value {
        let Self { name, word, took, report } = self;
        json!({ "name": name, "verdict": word.to_lowercase(), "seconds": took.as_secs_f64(),
            "report": report })
    }
}

/// `NAME` or `NAME=TIMES`.
fn chosen(text: &str) -> Result<(Trial, Option<u32>), String> {
    let (name, times) = text.split_once('=').map_or((text, None), |it| (it.0, Some(it.1)));
    let trial = Trial::all().into_iter().find(|it| it.name() == name);
    let times = times.map(str::parse).transpose().map_err(|it| format!("{it}"))?;
    Ok((trial.ok_or("there is no such fault, nor bug; --help names all of them")?, times))
}

/// Every name, for the help.
fn names() -> String {
    let mut names = "Faults, how often each comes about usually, and bugs:\n".to_owned();
    for trial in Trial::all() {
        let (usual, what) = match trial {
            Trial::Fault(fault) => {
                let value = fault.to_possible_value();
                let what = value.and_then(|it| it.get_help().map(ToString::to_string));
                (fault.usual().to_string(), what.unwrap_or_default())
            }
            Trial::Bug(_, invariant) => (String::new(), format!("violates {invariant:?}")),
        };
        let _ = writeln!(names, "  {:<26} {usual:>7}  {what}", trial.name());
    }
    names
}

#[tokio::main(flavor = "multi_thread")]
async fn main() -> ExitCode {
    let matches = Arguments::command().after_help(names()).get_matches();
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|it| it.exit());
    report::show_bar();
    let trials = match arguments.only {
        only if only.is_empty() => Trial::all().into_iter().map(|it| (it, None)).collect(),
        only => only,
    };
    let mut verdicts = Vec::new();
    for (trial, times) in trials {
        report::clear_bar();
        let verdict = trial.verdict(times).await;
        if arguments.json {
            println!("{}", verdict.json());
        }
        verdicts.push(verdict);
    }
    report::hide_bar();
    verdicts.iter().for_each(Verdict::say);
    if verdicts.iter().all(Verdict::is_good) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
