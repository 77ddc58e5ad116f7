//! `lienthong-chaos`: the faults at length. Says of each whether it came about and what the
//! checker found; `cargo xtask chaos` builds what it needs and runs it.

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use futures::FutureExt as _;
use lienthong_checker::Report;
use lienthong_tests::faults::kills;
use lienthong_tests::report;
use lienthong_tests::server::Place;

/// Brings faults about and lets the checker judge. Status 0: nothing was violated.
#[derive(Parser)]
struct Arguments {
    /// Only these faults
    faults: Vec<Fault>,
    /// How often the server is killed on SQLite, and on PostgreSQL
    #[arg(long, num_args = 2, value_names = ["SQLITE", "POSTGRES"], default_values_t = [500, 100])]
    kills: Vec<u64>,
    /// The reports as JSON, one object a line
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Fault {
    /// SIGKILL at random moments, on SQLite
    KillsOnSqlite,
    /// SIGKILL at random moments, on PostgreSQL
    KillsOnPostgres,
}

impl Fault {
    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |it| it.get_name().to_owned())
    }

    /// `None` where the machine lacks what it takes.
    async fn run(self, kills: Vec<u64>) -> Option<Report> {
        let name = self.name();
        Some(match self {
            Self::KillsOnSqlite => kills::at_random(&name, Place::sqlite(), kills[0]).await,
            Self::KillsOnPostgres => {
                kills::at_random(&name, Place::postgres().await?, kills[1]).await
            }
        })
    }
}

#[tokio::main(flavor = "multi_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let chosen = |it: &&Fault| arguments.faults.is_empty() || arguments.faults.contains(it);
    let mut verdicts = Vec::new();
    for fault in Fault::value_variants().iter().filter(chosen) {
        // A trial that can't go on panics; the others are run all the same.
        let running = AssertUnwindSafe(fault.run(arguments.kills.clone()));
        let ended = running.catch_unwind().await;
        let (holds, words) = match &ended {
            Ok(Some(report)) => (report.holds(), report.to_string()),
            Ok(None) => (true, "skipped".to_owned()),
            Err(_) => (false, "it could not go on".to_owned()),
        };
        if let Ok(Some(report)) = ended.as_ref()
            && arguments.json
        {
            println!("{}", serde_json::json!({ "fault": fault.name(), "report": report }));
        }
        verdicts.push((fault.name(), holds, words));
    }
    for (name, holds, words) in &verdicts {
        let verdict = if *holds { "held" } else { "VIOLATED" };
        report::say(&format!("{verdict:>9}  {name}: {words}"));
    }
    if verdicts.iter().all(|it| it.1) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
