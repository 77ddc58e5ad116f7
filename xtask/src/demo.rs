//! `cargo xtask demo`: build the one binary and become its demonstration.
//!
//! What the demonstration does is the binary's own subcommand; nothing of it is known here.

use crate::Ending;
use crate::program::{Profile, become_one};

/// Builds `lienthong` and runs `lienthong demo` with these arguments in the foreground.
pub(crate) fn run(arguments: &[String]) -> Ending {
    let arguments: Vec<String> =
        std::iter::once("demo".to_owned()).chain(arguments.iter().cloned()).collect();
    become_one(&["lienthong-api"], Profile::Debug, "lienthong", &arguments)
}
