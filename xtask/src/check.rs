//! `cargo xtask check`: everything that can be wrong without running the program.
//!
//! Only the list of checks; what each of them looks for is in a file of its own.

use crate::steps::{Outcome, Steps};
use crate::{arrows, book, cargo, license, tidy};

/// A check takes nothing and returns what is wrong.
type Check = fn() -> Outcome;

/// Every check by name; the fast ones come first.
pub(crate) const CHECKS: &[(&str, Check)] = &[
    ("format", format),
    ("tidy", tidy::check),
    ("book", book::check),
    ("arrows", arrows::check),
    ("licenses", license::check),
    ("lints", lints),
];

/// Runs the checks of these names, or all of them for none; also after one has failed.
pub(crate) fn run(steps: &mut Steps, names: &[String]) {
    for (name, check) in CHECKS {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            steps.run(name, check);
        }
    }
}

fn format() -> Outcome {
    cargo::run(cargo::cargo(&["fmt", "--all", "--check"]))
}

fn lints() -> Outcome {
    let targets = ["clippy", "--workspace", "--all-targets", "--locked", "--quiet"];
    let strict = ["--", "-D", "warnings"];
    cargo::run(cargo::cargo(&[&targets[..], &strict].concat()))?;
    // What is compiled for tests alone.
    let faulty = ["--package", "lienthong-api", "--bin", "lienthong-faulty", "--locked", "--quiet"];
    let with = ["--features", "failpoints,negative-controls"];
    cargo::run(cargo::cargo(&[&["clippy"][..], &faulty, &with, &strict].concat()))
}
