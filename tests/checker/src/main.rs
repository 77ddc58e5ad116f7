//! `lienthong-checker`: the checker as a program, for harnesses and for whoever has a store and
//! ledgers before them.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Parser;
use lienthong_checker::history::{self, History};
use lienthong_checker::ledger::{self, Ledger};
use lienthong_checker::{Circumstances, Evidence, Prefix, Report, check};

/// Tells whether the invariants hold. Status 0: they do; 1: they do not; 2: it can't be told.
#[derive(Parser)]
struct Arguments {
    /// `sqlite:PATH` or `postgres://…`
    #[arg(long, required_unless_present = "dump")]
    store: Option<String>,
    /// A store that was written down with --write-dump
    #[arg(long, conflicts_with = "store")]
    dump: Option<PathBuf>,
    /// What was sent, answered and received; may be given several times
    #[arg(long)]
    ledger: Vec<PathBuf>,
    /// The report, as JSON, of an earlier check of the same log
    #[arg(long)]
    earlier: Vec<PathBuf>,
    /// What was dispatched must have arrived
    #[arg(long)]
    settled: bool,
    /// An engine was up until this moment, for half a minute and more
    #[arg(long)]
    awake_until: Option<DateTime<Utc>>,
    /// Write the store down as JSON
    #[arg(long)]
    write_dump: Option<PathBuf>,
    /// The report as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Store(#[from] history::Error),
    #[error("{path}: {cause}")]
    Ledger { path: PathBuf, cause: ledger::Error },
    #[error("{path}: {cause}")]
    File { path: PathBuf, cause: std::io::Error },
    #[error("{path}: {cause}")]
    Json { path: PathBuf, cause: serde_json::Error },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let report = match run(&arguments).await {
        Ok(report) => report,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    if arguments.json {
        println!("{}", serde_json::to_value(&report).unwrap_or_default());
    } else {
        println!("{report}");
    }
    if report.holds() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

async fn run(arguments: &Arguments) -> Result<Report, Error> {
    let history = match (&arguments.store, &arguments.dump) {
        (Some(store), _) => History::read(store).await?,
        (None, Some(dump)) => json(dump)?,
        (None, None) => History::default(),
    };
    if let Some(path) = &arguments.write_dump {
        let text = serde_json::to_string(&history);
        let text = text.map_err(|cause| Error::Json { path: path.clone(), cause })?;
        std::fs::write(path, text).map_err(|cause| Error::File { path: path.clone(), cause })?;
    }
    let mut ledger = Ledger::default();
    for path in &arguments.ledger {
        ledger.take(&text(path)?).map_err(|cause| Error::Ledger { path: path.clone(), cause })?;
    }
    let mut earlier: Vec<Prefix> = Vec::new();
    for path in &arguments.earlier {
        earlier.extend(json::<Report>(path)?.prefixes);
    }
    let circumstances =
        Circumstances { settled: arguments.settled, awake_until: arguments.awake_until };
    Ok(check(&Evidence { history, ledger, feeds: Vec::new(), earlier, circumstances }))
}

fn text(path: &PathBuf) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|cause| Error::File { path: path.clone(), cause })
}

fn json<T: for<'de> serde::Deserialize<'de>>(path: &PathBuf) -> Result<T, Error> {
    serde_json::from_str(&text(path)?).map_err(|cause| Error::Json { path: path.clone(), cause })
}
