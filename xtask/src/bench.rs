//! `cargo xtask bench`: build what is measured as it is shipped, and become the measurement.
//!
//! What is measured, and how, is the measuring program's own matter; nothing of it is known here.

use crate::Ending;
use crate::program::{Profile, become_one};

/// Builds `lienthong` and `lienthong-bench` with optimisation and runs the latter in the foreground.
pub(crate) fn run(arguments: &[String]) -> Ending {
    let packages = ["lienthong-api", "lienthong-bench"];
    become_one(&packages, Profile::Release, "lienthong-bench", arguments)
}
