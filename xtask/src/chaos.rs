//! `cargo xtask chaos`: build the program and what brings faults about, and become the latter.
//!
//! Which faults there are is that program's own business; nothing of it is known here.

use crate::Ending;
use crate::program::{Profile, become_one};

/// Builds both and runs `lienthong-chaos` with these arguments in the foreground.
pub(crate) fn run(arguments: &[String]) -> Ending {
    let packages = ["lienthong-api", "lienthong-tests"];
    become_one(&packages, Profile::Debug, "lienthong-chaos", arguments)
}
