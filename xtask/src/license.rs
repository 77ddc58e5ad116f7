//! Licences, banned crates and sources: cargo-deny with the rules of `deny.toml`.
//!
//! And what cargo-deny cannot see: the lock file names crates that nothing compiles, too.

use crate::cargo;
use crate::steps::Outcome;

/// Crates that may be in the lock file as our own empty stand-ins only.
const STAND_INS: &[&str] = &["sqlx-mysql", "sqlx-sqlite"];

/// Crates that must not even be in the lock file.
const UNLOCKED: &[&str] = &["native-tls", "openssl", "openssl-sys", "rsa"];

/// Checks what cargo would compile, and what the lock file names.
pub(crate) fn check() -> Outcome {
    let compiled = ["deny", "--locked", "check", "bans", "licenses", "sources"];
    let mut findings = cargo::run(cargo::cargo(&compiled)).err().unwrap_or_default();
    match std::fs::read_to_string(cargo::workspace_root().join("Cargo.lock")) {
        Ok(lock) => findings.extend(unwelcome(&lock)),
        Err(error) => findings.push(format!("Cargo.lock cannot be read: {error}")),
    }
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

/// The packages in the text of a lock file that have no business there.
fn unwelcome(lock: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for package in lock.split("[[package]]").skip(1) {
        let name = value(package, "name").unwrap_or_default();
        let version = value(package, "version").unwrap_or_default();
        if UNLOCKED.contains(&name) {
            findings.push(format!("Cargo.lock: `{name} {version}` must not be there"));
        } else if STAND_INS.contains(&name) && value(package, "source").is_some() {
            findings.push(format!(
                "Cargo.lock: `{name} {version}` comes from a registry, not from stand-ins/"
            ));
        }
    }
    findings
}

/// The value of `key = "value"` in one package of a lock file.
fn value<'lock>(package: &'lock str, key: &str) -> Option<&'lock str> {
    package
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'))
}

#[cfg(test)]
mod tests;
