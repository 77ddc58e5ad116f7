//! How fast lienthong is on this machine, beside what its store can take and what plain cqrs-es
//! does there. `cargo xtask bench` builds this with what it needs and runs it.
//!
//! Read in this order: [`lg3`] (what is measured), [`load`] (by whom), [`in_process`] and
//! [`over_http`] (through what), [`plain`] and [`ceiling`] (beside what), [`part`] (each
//! measurement in a process of its own), [`rounds`], [`flat`] and [`overload`] (which measurements, in which
//! order), [`report`] (what comes of it).

mod ceiling;
mod connection;
mod cost;
mod error;
mod flat;
mod in_process;
mod latency;
mod lg3;
mod load;
mod over_http;
mod overload;
mod part;
mod plain;
mod probe;
mod queries;
mod reach;
mod report;
mod rounds;
mod server;
mod store;
mod usage;
mod verify;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tokio::runtime::{Builder, Runtime};

use crate::error::Error;
use crate::rounds::Way;
use crate::store::{Kind, Stores};

/// That of the product, for everything that is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures the linked group LG3 on this machine: 1 submission, 3 dispatches, 6 answers a dossier.
#[derive(Parser)]
#[command(name = "cargo xtask bench", disable_version_flag = true)]
pub(crate) struct Options {
    /// People and offices in the engine's process (and not over HTTP, unless that is asked for)
    #[arg(long)]
    in_process: bool,
    /// People and offices in a process of their own, over HTTP
    #[arg(long)]
    http: bool,
    /// A store to measure on; both if none is named
    #[arg(long, value_enum)]
    store: Vec<Kind>,
    /// Everything is measured so often, in turn; the figures are medians
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// How long each measurement lasts, after 2 s that don't count
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// Dossiers on their way at a time, at saturation
    #[arg(long, default_value_t = 1_000)]
    in_flight: usize,
    /// Without plain cqrs-es and bare inserts beside it
    #[arg(long)]
    without_references: bool,
    /// Instead: what becomes of the speed when so many completed dossiers are in the log
    #[arg(long)]
    preload: Option<u64>,
    /// With --preload: so many more are open, and answers hit any of them
    #[arg(long, requires = "preload", default_value_t = 0)]
    open: u64,
    /// Instead: what becomes of it, over HTTP, at three times the load that it can carry
    #[arg(long, conflicts_with = "preload")]
    overload: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Options {
    fn kinds(&self) -> Vec<Kind> {
        let all = [Kind::Sqlite, Kind::Postgres];
        all.into_iter().filter(|it| self.store.is_empty() || self.store.contains(it)).collect()
    }

    fn ways(&self) -> Vec<Way> {
        let both = self.in_process == self.http;
        let asked = [(Way::InProcess, self.in_process), (Way::OverHttp, self.http)];
        asked.into_iter().filter(|(_, asked)| *asked || both).map(|(way, _)| way).collect()
    }

    fn measured(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let outcome = match arguments.as_slice() {
        [_, part, order] if part == part::ARGUMENT => carry_out(order),
        _ => measure(&Options::parse()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

fn carry_out(order: &str) -> Result<ExitCode, Error> {
    let runtime = if part::wants_one_thread(order) {
        Builder::new_current_thread().enable_all().build()?
    } else {
        Runtime::new()?
    };
    println!("{}", runtime.block_on(part::carry_out(order))?);
    Ok(ExitCode::SUCCESS)
}

/// Ends at Ctrl-C as well, and leaves nothing behind.
fn measure(options: &Options) -> Result<ExitCode, Error> {
    Runtime::new()?.block_on(async {
        tokio::select! {
            measured = measured(options) => measured,
            interrupted = tokio::signal::ctrl_c() => {
                interrupted?;
                Err(Error::Interrupted)
            }
        }
    })
}

/// Fails, with all figures printed, if they are void.
async fn measured(options: &Options) -> Result<ExitCode, Error> {
    let stores = Stores::start(&options.kinds())?;
    let settings = stores.settings().await?;
    if options.preload.is_some() {
        let reports = flat::run(&stores, options).await?;
        report::show_flat(options, settings, &reports)?;
        return Ok(ExitCode::SUCCESS);
    }
    if options.overload {
        let reports = overload::run(&stores, options).await?;
        report::show_overload(options, settings, &reports)?;
        return Ok(ExitCode::SUCCESS);
    }
    let reports = rounds::run(&stores, options).await?;
    report::show(options, settings, &reports)?;
    let is_void = reports.iter().any(|it| it.void().is_some());
    Ok(if is_void { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
