//! Building programs of this workspace and becoming one of them.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;

use crate::{Ending, cargo};

/// How cargo builds it.
#[derive(Clone, Copy)]
pub(crate) enum Profile {
    Debug,
    Release,
}

/// Builds packages and runs the program of this name with these arguments in the foreground.
pub(crate) fn become_one(
    packages: &[&str],
    profile: Profile,
    name: &str,
    arguments: &[String],
) -> Ending {
    let mut build = cargo::cargo(&["build", "--locked"]);
    build.args(packages.iter().flat_map(|it| ["--package", *it]));
    if let Profile::Release = profile {
        build.arg("--release");
    }
    if let Err(findings) = cargo::run(build) {
        eprintln!("error: {}", findings.join("\n"));
        return Ending::Failed;
    }
    let program = match built(profile, name) {
        Ok(program) => program,
        Err(why) => {
            eprintln!("error: {why}");
            return Ending::Failed;
        }
    };
    let mut command = Command::new(program);
    command.args(arguments);
    cargo::forget_our_crate(&mut command);
    println!("   $ {}", cargo::shown(&command));
    replaced_by(command)
}

/// The binary that cargo has just built: `target/PROFILE/NAME`, as ours is `target/PROFILE/xtask`.
fn built(profile: Profile, name: &str) -> Result<PathBuf, String> {
    let ours =
        std::env::current_exe().map_err(|error| format!("where is this program? {error}"))?;
    let target = ours.ancestors().nth(2).ok_or("this program lies in no target folder")?;
    let folder = match profile {
        Profile::Debug => "debug",
        Profile::Release => "release",
    };
    let program = target.join(folder).join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() {
        Ok(program)
    } else {
        Err(format!("`{}` has not been built", program.display()))
    }
}

/// Replaces this process, so that Ctrl-C, any other signal and the exit status are the program's
/// own. Returns only when it cannot be started.
fn replaced_by(mut command: Command) -> Ending {
    let error = command.exec();
    eprintln!("error: `{}` cannot be started: {error}", cargo::shown(&command));
    Ending::Failed
}
