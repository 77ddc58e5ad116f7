//! The project's own commands: `cargo xtask demo | bench | test | chaos | simulate | check | ci`.
//!
//! This file only reads the command line and turns what happened into an exit status.
//! It must stay on the standard library: whoever clones the project waits for it first.

mod arrows;
mod bench;
mod book;
mod cargo;
mod chaos;
mod check;
mod demo;
mod license;
mod needs;
mod program;
mod simulate;
mod steps;
mod testing;
mod tidy;

use std::process::ExitCode;

use crate::steps::Steps;

const USAGE: &str = "\
The commands of this project.

Usage: cargo xtask <COMMAND>

Commands:
  demo [ARGS]...        Build the server and run its demonstration: a birth and a death go
                        through all their agencies on this machine. ARGS go to it as they are
                        (try `demo --help`). Ends with its exit status; Ctrl-C stops it.
  bench [ARGS]...       Build it with optimisation and measure how fast it is on this machine, beside
                        what the store can take and what plain cqrs-es does. ARGS go to the
                        measurement as they are (try `bench --help`).
  test [-- ARGS]...     Install what the tests need where that is possible, run every test of
                        the workspace, and sum up. ARGS go to the test binaries: a filter, say.
  chaos [ARGS]...       Bring faults about at length (kills, ...), each followed by the independent
                        checker. ARGS go to it as they are (try `chaos --help`).
  simulate [ARGS]...    Simulate the whole system in worlds that follow from a seed, with everything
                        going wrong, checked at every step. ARGS go to it as they are (try
                        `simulate --help`).
  check [NAME]...       Everything that is not a test, or the checks of these names: format,
                        tidy, book (contents and links), arrows (which crate may reach which),
                        licenses, lints.
  ci                    check, then test.
  help                  This text.

Exit status:
  0  all is well
  1  a check or a test failed
  2  the command line was not understood
  3  something that has to be installed is missing, and could not be installed here
";

/// How a command ends, and so how this process does. (`demo`, `bench`, `chaos` and `simulate`
/// become the program that they run, whose exit status is then their own.)
enum Ending {
    Passed,
    Failed,
    Misused(String),
    Missing,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ending::Passed => ExitCode::SUCCESS,
        Ending::Failed => ExitCode::from(1),
        Ending::Misused(why) => {
            eprintln!("error: {why}\n\n{USAGE}");
            ExitCode::from(2)
        }
        Ending::Missing => ExitCode::from(3),
    }
}

fn run(arguments: &[String]) -> Ending {
    let Some((command, rest)) = arguments.split_first() else {
        return Ending::Misused("which command?".to_owned());
    };
    match (command.as_str(), rest) {
        ("help" | "--help" | "-h", []) => {
            print!("{USAGE}");
            Ending::Passed
        }
        ("demo", arguments) => demo::run(arguments),
        ("bench", arguments) => bench::run(arguments),
        ("chaos", arguments) => chaos(arguments),
        ("simulate", arguments) => simulate::run(arguments),
        ("test", []) => test(&[]),
        ("test", [dashes, filter @ ..]) if dashes == "--" => test(filter),
        ("check", names) if names.iter().all(|name| is_check(name)) => check(names),
        ("ci", []) => ci(),
        ("test" | "check" | "ci" | "help", _) => {
            Ending::Misused(format!("`{command}` does not take `{}`", rest.join(" ")))
        }
        _ => Ending::Misused(format!("there is no command `{command}`")),
    }
}

fn test(filter: &[String]) -> Ending {
    if let Err(missing) = needs::provide(needs::FOR_TESTS) {
        eprintln!("{missing}");
        return Ending::Missing;
    }
    let mut steps = Steps::default();
    testing::run(&mut steps, filter);
    ending(&steps)
}

fn chaos(arguments: &[String]) -> Ending {
    if let Err(missing) = needs::provide(needs::FOR_CHAOS) {
        eprintln!("{missing}");
        return Ending::Missing;
    }
    chaos::run(arguments)
}

fn is_check(name: &str) -> bool {
    check::CHECKS.iter().any(|(known, _)| *known == name)
}

fn check(names: &[String]) -> Ending {
    if let Err(missing) = needs::provide(needs::FOR_CHECKS) {
        eprintln!("{missing}");
        return Ending::Missing;
    }
    let mut steps = Steps::default();
    check::run(&mut steps, names);
    ending(&steps)
}

/// Runs the tests even where a check failed: one round trip shows everything that is wrong.
fn ci() -> Ending {
    let everything: Vec<_> = needs::FOR_CHECKS.iter().chain(needs::FOR_TESTS).copied().collect();
    if let Err(missing) = needs::provide(&everything) {
        eprintln!("{missing}");
        return Ending::Missing;
    }
    let mut steps = Steps::default();
    check::run(&mut steps, &[]);
    testing::run(&mut steps, &[]);
    ending(&steps)
}

fn ending(steps: &Steps) -> Ending {
    println!("{}", steps.summary());
    if steps.all_passed() { Ending::Passed } else { Ending::Failed }
}
