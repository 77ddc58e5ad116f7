//! `cargo xtask chaos`: build the program and what brings faults about, and become the latter.
//!
//! Which faults there are is that program's own business; nothing of it is known here.

use crate::Ending;
use crate::program::{Profile, become_one};

/// Builds both and runs `lienthong-chaos` with these arguments in the foreground; with optimisation
/// if `--release` is among them, else as the tests are built.
pub(crate) fn run(arguments: &[String]) -> Ending {
    let packages = ["lienthong-api", "lienthong-tests"];
    let (release, others): (Vec<String>, Vec<String>) =
        arguments.iter().cloned().partition(|it| it == "--release");
    let profile = if release.is_empty() { Profile::Debug } else { Profile::Release };
    become_one(&packages, profile, "lienthong-chaos", &others)
}
