//! Starting cargo, git and other programs from the workspace's root.
//!
//! Says how programs are started; what they are started for is the caller's business.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::steps::Outcome;

/// The workspace's root: the parent of this crate's folder, which cargo names at run time.
pub(crate) fn workspace_root() -> PathBuf {
    let mut folder = PathBuf::from(
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| OsString::from("xtask")),
    );
    folder.pop();
    if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder }
}

/// The cargo that started us, to be run in the workspace's root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.args(arguments).current_dir(workspace_root());
    forget_our_crate(&mut command);
    command
}

/// Removes what cargo told us about *this* crate. Some build scripts watch these variables and
/// would run again each time that they are built from here and then from a shell.
pub(crate) fn forget_our_crate(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let ours = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
        if ours.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program.file_stem().unwrap_or(command.get_program()).to_string_lossy();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    std::iter::once(name).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// Runs a command to its end with its output on our terminal.
pub(crate) fn run(mut command: Command) -> Outcome {
    println!("   $ {}", shown(&command));
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(vec![format!("`{}` ended with {status}", shown(&command))]),
        Err(error) => Err(vec![format!("`{}` cannot be started: {error}", shown(&command))]),
    }
}

/// Runs a command to its end and returns what it wrote, which must be UTF-8.
///
/// # Errors
/// A sentence with the command and what it said, when it cannot be run or fails.
pub(crate) fn output(mut command: Command) -> Result<String, String> {
    let name = shown(&command);
    let output = command.output().map_err(|error| format!("`{name}` cannot be run: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{name}` ended with {}: {}", output.status, said.trim()));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("`{name}` wrote something not UTF-8"))
}
