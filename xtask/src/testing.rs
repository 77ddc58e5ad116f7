//! `cargo xtask test`: every test of the workspace, with its totals at the end.
//!
//! Plain `cargo test`, so that nothing else has to be installed; this only reads along.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use crate::cargo;
use crate::steps::{Outcome, Steps};

/// Runs all tests whose name the filter admits, even after one has failed.
pub(crate) fn run(steps: &mut Steps, filter: &[String]) {
    steps.run("tests", || test(filter));
}

fn test(filter: &[String]) -> Outcome {
    let mut command = cargo::cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    if !filter.is_empty() {
        command.arg("--").args(filter);
    }
    println!("   $ {}", cargo::shown(&command));
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| vec![format!("cargo test cannot be started: {error}")])?;
    let totals = read_along(&mut child);
    let status = child.wait().map_err(|error| vec![format!("cargo test was lost: {error}")])?;
    println!("{}", totals.sentence());
    match (status.success(), totals.failures) {
        (true, failures) if failures.is_empty() => Ok(()),
        (_, failures) if failures.is_empty() => {
            Err(vec![format!("cargo test ended with {status}")])
        }
        (_, failures) => Err(failures),
    }
}

/// Passes on what the tests print, and counts.
fn read_along(child: &mut Child) -> Totals {
    let mut totals = Totals::default();
    let output = child.stdout.take().into_iter();
    for line in output.flat_map(|stdout| BufReader::new(stdout).split(b'\n')).map_while(Result::ok)
    {
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        totals.read(&line);
    }
    totals
}

/// What all test binaries together have reported.
#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    binaries: u64,
    passed: u64,
    failed: u64,
    ignored: u64,
    failures: Vec<String>,
}

impl Totals {
    /// Takes one line of a test binary's output into account.
    fn read(&mut self, line: &str) {
        if let Some(result) = line.strip_prefix("test result: ") {
            self.binaries += 1;
            self.passed += number_before(result, " passed");
            self.failed += number_before(result, " failed");
            self.ignored += number_before(result, " ignored");
        } else if let Some(name) =
            line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            self.failures.push(format!("test failed: {name}"));
        }
    }

    fn sentence(&self) -> String {
        let Self { binaries, passed, failed, ignored, .. } = self;
        format!("\n   {passed} passed, {failed} failed, {ignored} ignored, in {binaries} binaries")
    }
}

/// The number that stands before these words: 12 of `ok. 12 passed; 0 failed` and ` passed`.
fn number_before(text: &str, words: &str) -> u64 {
    let before = text.split(words).next().unwrap_or_default();
    let number = before.rsplit([' ', ';']).next().unwrap_or_default();
    number.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests;
