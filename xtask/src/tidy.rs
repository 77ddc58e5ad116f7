//! Tidiness: what no compiler complains about and every reader would.
//!
//! Each rule is a function of one file's path and text; only [`check`] reads files, and only
//! those that git tracks.

use std::path::Path;
use std::process::Command;

use crate::cargo;
use crate::steps::Outcome;

/// More lines than this in a Rust file fail.
const LINES_MAX: usize = 700;

/// More lines than this in a Rust file are worth a word.
const LINES_WORTH_A_WORD: usize = 500;

/// Folders that tools make. Nothing in them is ours.
const MADE_BY_TOOLS: &[&str] = &["node_modules", "target", "dist"];

/// Where people and build machines keep their own things.
const MACHINE_FOLDERS: &[&str] = &["work", "home", "root", "Users"];

/// Looks at every tracked file.
pub(crate) fn check() -> Outcome {
    let root = cargo::workspace_root();
    let mut findings = Vec::new();
    for path in tracked_files().map_err(|why| vec![why])? {
        findings.extend(place(&path));
        let Ok(bytes) = std::fs::read(root.join(&path)) else {
            continue; // Deleted, and not yet committed so.
        };
        if bytes.contains(&0) {
            continue; // A picture, a font: no text.
        }
        let text = String::from_utf8_lossy(&bytes);
        findings.extend(rules(&path, &text));
        if let Some(word) = long_but_bearable(&path, &text) {
            println!("   note: {word}");
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

/// The paths of all tracked files, from the root, with `/` between folders.
///
/// # Errors
/// A sentence, when git cannot tell.
pub(crate) fn tracked_files() -> Result<Vec<String>, String> {
    let root = cargo::workspace_root();
    let mut list = Command::new("git");
    // A build machine's checkout often belongs to somebody else, which git would refuse.
    list.arg("-c").arg(format!("safe.directory={}", root.display()));
    list.args(["ls-files", "-z"]).current_dir(root);
    let paths = cargo::output(list)?;
    Ok(paths.split_terminator('\0').map(str::to_owned).collect())
}

/// Every rule about one file's text.
fn rules(path: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    match Path::new(path).extension().and_then(|extension| extension.to_str()) {
        Some("rs") => {
            findings.extend(purpose(path, text));
            findings.extend(length(path, text));
        }
        Some("hbs") => findings.extend(unescaped(path, text)),
        _ => {}
    }
    findings.extend(machine_paths(path, text));
    findings.extend(ending(path, text));
    findings
}

/// A file belongs to us, not to a tool.
fn place(path: &str) -> Option<String> {
    let folder = path.split('/').find(|part| MADE_BY_TOOLS.contains(part))?;
    Some(format!("{path}: tracked, though `{folder}` is made by tools"))
}

/// A Rust file says first what it is for.
fn purpose(path: &str, text: &str) -> Option<String> {
    let says = text.starts_with("//! ");
    (!says).then(|| format!("{path}:1: does not begin with `//!` and what the file is for"))
}

/// A Rust file can be read in one go.
fn length(path: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > LINES_MAX).then(|| format!("{path}: {lines} lines, {LINES_MAX} at most"))
}

fn long_but_bearable(path: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    let long = path.ends_with(".rs") && (LINES_WORTH_A_WORD + 1..=LINES_MAX).contains(&lines);
    long.then(|| format!("{path} has {lines} lines: time to divide it"))
}

/// A template escapes whatever it prints: what a citizen typed must never become markup.
fn unescaped(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().enumerate();
    let raw =
        lines.filter(|(_, line)| ["{{{", "{{&", "{{~{", "{{~&"].iter().any(|it| line.contains(it)));
    raw.map(|(at, _)| format!("{path}:{}: prints without escaping", at + 1)).collect()
}

/// Nothing depends on where one machine keeps its files.
fn machine_paths(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().enumerate();
    let bad = lines.filter_map(|(at, line)| Some((at, machine_folder(line)?)));
    bad.map(|(at, name)| format!("{path}:{}: a path under `{name}` of one machine", at + 1))
        .collect()
}

/// The folder at a machine's root that this line names as the beginning of an absolute path.
fn machine_folder(line: &str) -> Option<&'static str> {
    MACHINE_FOLDERS.iter().copied().find(|name| {
        line.match_indices(&format!("/{name}/")).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            before.is_none_or(|sign| !sign.is_alphanumeric() && !"._-~/}*".contains(sign))
                || line[..at].ends_with("file://")
        })
    })
}

/// A text ends with the end of its last line.
fn ending(path: &str, text: &str) -> Option<String> {
    let ends = text.is_empty() || text.ends_with('\n');
    (!ends).then(|| format!("{path}: does not end with a newline"))
}

#[cfg(test)]
mod tests;
