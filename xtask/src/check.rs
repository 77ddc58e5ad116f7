//! `cargo xtask check`: everything that can be wrong without running the program.
//!
//! Only the list of steps; what each of them looks for is in a file of its own.

use crate::steps::Steps;
use crate::{arrows, book, cargo, license, tidy};

/// Runs every check, also after one has failed; the fast ones come first.
pub(crate) fn run(steps: &mut Steps) {
    steps.run("format", || cargo::run(cargo::cargo(&["fmt", "--all", "--check"])));
    steps.run("tidy", tidy::check);
    steps.run("book", book::check);
    steps.run("arrows", arrows::check);
    steps.run("licenses", license::check);
    steps.run("lints", || {
        let targets = ["clippy", "--workspace", "--all-targets", "--locked", "--quiet"];
        cargo::run(cargo::cargo(&[&targets[..], &["--", "-D", "warnings"]].concat()))
    });
}
