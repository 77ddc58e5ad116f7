//! What has to be installed before checks and tests can run, and installing it where we may.
//!
//! What is already there is left alone. Where we may not install, the person is told what to.

use std::path::Path;
use std::process::Command;

use crate::cargo;

/// Something that has to be on this machine.
#[derive(Clone, Copy)]
pub(crate) struct Need {
    what: &'static str,
    from: Source,
    present: fn() -> bool,
}

/// Where a need is met from.
#[derive(Clone, Copy)]
enum Source {
    /// Packages of Debian and what descends from it.
    System(&'static [&'static str]),
    /// A component of the Rust toolchain.
    Toolchain(&'static str),
    /// A program that cargo builds, at this version: a few minutes, once.
    Cargo(&'static str, &'static str),
}

pub(crate) const FOR_CHECKS: &[Need] = &[
    Need { what: "cargo fmt", from: Source::Toolchain("rustfmt"), present: has_rustfmt },
    Need { what: "cargo clippy", from: Source::Toolchain("clippy"), present: has_clippy },
    Need {
        what: "cargo deny",
        from: Source::Cargo("cargo-deny", "0.20.2"),
        present: has_cargo_deny,
    },
    Need { what: "git", from: Source::System(&["git"]), present: has_git },
];

const POSTGRES: Need = Need {
    what: "a PostgreSQL server (its initdb)",
    from: Source::System(&["postgresql"]),
    present: has_postgresql,
};

const STRACE: Need =
    Need { what: "strace", from: Source::System(&["strace"]), present: has_strace };

pub(crate) const FOR_CHAOS: &[Need] = &[POSTGRES, STRACE];

pub(crate) const FOR_TESTS: &[Need] = &[
    POSTGRES,
    STRACE,
    Need {
        what: "Chromium and its driver",
        from: Source::System(&["chromium", "chromium-driver"]),
        present: has_browser,
    },
    Need {
        what: "a font with Vietnamese letters",
        from: Source::System(&["fontconfig", "fonts-noto-core"]),
        present: has_font,
    },
    Need {
        what: "what the book's shell examples use (bash, curl, jq)",
        from: Source::System(&["bash", "curl", "jq"]),
        present: has_shell_tools,
    },
];

/// Sees to it that every need is met: installs what is missing, touches nothing else.
///
/// # Errors
/// What is still missing, and what to type to install it.
pub(crate) fn provide(needs: &[Need]) -> Result<(), String> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !(need.present)()).collect();
    for need in &missing {
        println!("   missing: {}", need.what);
    }
    install(&missing);
    let lacking: Vec<&Need> = missing.into_iter().filter(|need| !(need.present)()).collect();
    if lacking.is_empty() { Ok(()) } else { Err(instructions(&lacking)) }
}

/// What to tell a person whose machine lacks these.
fn instructions(lacking: &[&Need]) -> String {
    let mut text = String::from("error: missing, and not installed from here:\n");
    for need in lacking {
        let command = match need.from {
            Source::System(names) => format!("apt-get install {}", names.join(" ")),
            Source::Toolchain(name) => format!("rustup component add {name}"),
            Source::Cargo(name, version) => {
                format!("cargo install {name} --locked --version {version}")
            }
        };
        text.push_str(&format!("  - {}\n      on Debian: {command}\n", need.what));
    }
    text.push_str("Install them (as root, or by your system's own means) and run this again.");
    text
}

/// Tries each way once. A failure shows itself: what is still missing afterwards is reported.
fn install(missing: &[&Need]) {
    let mut packages = Vec::new();
    for need in missing {
        match need.from {
            Source::System(names) => packages.extend_from_slice(names),
            Source::Toolchain(name) => {
                report(cargo::run(command("rustup", &["component", "add", name])));
            }
            Source::Cargo(name, version) => report(cargo::run(cargo::cargo(&[
                "install",
                name,
                "--locked",
                "--version",
                version,
            ]))),
        }
    }
    if !packages.is_empty() && may_install_packages() {
        install_packages(&packages);
    }
}

/// apt-get needs root; asking for a password in the middle of a test run helps nobody.
fn may_install_packages() -> bool {
    let root = cargo::output(command("id", &["-u"])).is_ok_and(|id| id.trim() == "0");
    root && on_path("apt-get")
}

fn install_packages(packages: &[&str]) {
    let patient = "DPkg::Lock::Timeout=120";
    let mut install = command("apt-get", &["install", "-y", "--no-install-recommends"]);
    install.args(["-o", patient]).args(packages);
    for mut step in [command("apt-get", &["update", "-o", patient]), install] {
        step.env("DEBIAN_FRONTEND", "noninteractive");
        report(cargo::run(step));
    }
}

fn report(outcome: crate::steps::Outcome) {
    for finding in outcome.err().unwrap_or_default() {
        eprintln!("   {finding}");
    }
}

fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

fn has_rustfmt() -> bool {
    cargo::output(cargo::cargo(&["fmt", "--version"])).is_ok()
}

fn has_clippy() -> bool {
    cargo::output(cargo::cargo(&["clippy", "--version"])).is_ok()
}

fn has_cargo_deny() -> bool {
    cargo::output(cargo::cargo(&["deny", "--version"])).is_ok()
}

fn has_git() -> bool {
    on_path("git")
}

/// Debian keeps the server's programs off the search path, in one folder for each version.
fn has_postgresql() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    on_path("initdb") || versions.into_iter().any(|v| v.path().join("bin/initdb").is_file())
}

fn has_strace() -> bool {
    on_path("strace")
}

fn has_browser() -> bool {
    let browsers = ["chromium", "chromium-browser", "google-chrome"];
    browsers.into_iter().any(on_path) && on_path("chromedriver")
}

fn has_font() -> bool {
    cargo::output(command("fc-list", &[":lang=vi", "family"])).is_ok_and(|list| !list.is_empty())
}

fn has_shell_tools() -> bool {
    ["bash", "curl", "jq"].into_iter().all(on_path)
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| is_program(&folder.join(program)))
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests;
