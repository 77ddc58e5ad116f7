//! `cargo xtask simulate`: build the simulation with optimisation, and become it.
//!
//! What it simulates, and how, is that program's own matter; nothing of it is known here.

use crate::Ending;
use crate::program::{Profile, become_one};

/// Builds `lienthong-simulate` with optimisation and runs it with these arguments.
pub(crate) fn run(arguments: &[String]) -> Ending {
    become_one(&["lienthong-simulation"], Profile::Release, "lienthong-simulate", arguments)
}
