//! `cargo xtask demo`: build the one binary and become its demonstration.
//!
//! What the demonstration does is the binary's own subcommand; nothing of it is known here.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;

use crate::{Ending, cargo};

/// Builds `lienthong` and runs `lienthong demo` with these arguments in the foreground.
pub(crate) fn run(arguments: &[String]) -> Ending {
    let build = cargo::cargo(&["build", "--locked", "--package", "lienthong-api"]);
    if let Err(findings) = cargo::run(build) {
        eprintln!("error: {}", findings.join("\n"));
        return Ending::Failed;
    }
    let program = match binary() {
        Ok(program) => program,
        Err(why) => {
            eprintln!("error: {why}");
            return Ending::Failed;
        }
    };
    let mut demonstration = Command::new(program);
    demonstration.arg("demo").args(arguments);
    cargo::forget_our_crate(&mut demonstration);
    println!("   $ {}", cargo::shown(&demonstration));
    become_program(demonstration)
}

/// The binary that cargo has just built: it lies beside the one that is running, since both
/// come from the same workspace with the same settings.
fn binary() -> Result<PathBuf, String> {
    let ours =
        std::env::current_exe().map_err(|error| format!("where is this program? {error}"))?;
    let program = ours.with_file_name(format!("lienthong{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() {
        Ok(program)
    } else {
        Err(format!("`{}` has not been built", program.display()))
    }
}

/// Replaces this process, so that Ctrl-C, any other signal and the exit status are the
/// demonstration's own. Returns only when it cannot be started.
fn become_program(mut demonstration: Command) -> Ending {
    let error = demonstration.exec();
    eprintln!("error: `{}` cannot be started: {error}", cargo::shown(&demonstration));
    Ending::Failed
}
