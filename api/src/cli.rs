//! The command line: which commands there are, and how each ends. What a command does is in its own
//! file below.

mod agencies;
mod agency;
mod check;
mod client;
mod delivery;
mod demo;
mod life;
mod listen;
mod log;
mod operate;
mod output;
mod pdf;
mod private_file;
mod seeded;
mod serve;
mod sources;
mod store;
mod subscription;
mod test;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Linked public-service procedures: one application, several agencies.
#[derive(Parser)]
#[command(name = "lienthong", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve citizens and agencies over HTTP
    Serve(serve::Serve),
    /// Report every fault of definitions, calendars and directories
    Check(check::Check),
    /// Run scenarios against definitions
    Test(test::Test),
    /// Keys and addresses of agency systems
    #[command(subcommand)]
    Agency(agency::Agency),
    /// Show and steer who follows the log
    #[command(subcommand)]
    Subscription(subscription::Subscription),
    /// Show and steer what is pushed to agencies
    #[command(subcommand)]
    Delivery(delivery::Delivery),
    /// Verify, move, restore a log as a whole
    #[command(subcommand)]
    Log(log::Log),
    /// Announce outages, move work, count anew: what operators do to dossiers
    Operate(operate::Operate),
    /// Print a token that stands for a signed-in citizen
    Token(token::Token),
    /// Simulate the agencies of a server
    Agencies(agencies::Agencies),
    /// Watch a birth and a death go through all their agencies
    Demo(demo::Demo),
}

type Ending = Result<ExitCode, Box<dyn std::error::Error>>;

/// Runs what the command line says. 0: done; 1: not done, or faults were found; 2: no such command.
pub(crate) fn run() -> ExitCode {
    let command = Cli::parse().command;
    let ending = match command {
        Command::Check(check) => check.run().map_err(Into::into),
        Command::Test(test) => test.run().map_err(Into::into),
        Command::Token(token) => token.run().map(|()| ExitCode::SUCCESS).map_err(Into::into),
        Command::Operate(operate) => concurrently(async { Ok(operate.run().await?) }),
        Command::Serve(serve) => concurrently(async { Ok(serve.run().await?) }),
        Command::Agency(agency) => concurrently(async {
            agency.run().await?;
            Ok(ExitCode::SUCCESS)
        }),
        Command::Subscription(subscription) => concurrently(async {
            subscription.run().await?;
            Ok(ExitCode::SUCCESS)
        }),
        Command::Delivery(delivery) => concurrently(async { Ok(delivery.run().await?) }),
        Command::Log(log) => concurrently(async { Ok(log.run().await?) }),
        Command::Agencies(agencies) => concurrently(async {
            agencies.run().await?;
            Ok(ExitCode::SUCCESS)
        }),
        Command::Demo(demo) => concurrently(async { Ok(demo.run().await?) }),
    };
    ending.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

/// Runs a command that waits for several things at a time.
fn concurrently(command: impl Future<Output = Ending>) -> Ending {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(command)
}
