//! The book in `docs/`: its table of contents and its pages agree. And the pages outside of it.
//!
//! Checks without mdBook that every chapter exists, every page is a chapter, and every link from
//! one file to another leads somewhere.

use std::collections::BTreeSet;

use crate::cargo;
use crate::steps::Outcome;
use crate::tidy::tracked_files;

const SOURCE: &str = "docs/src/";
const CONTENTS: &str = "SUMMARY.md";

/// Compares `docs/src/SUMMARY.md` with the tracked pages, and follows every local link.
pub(crate) fn check() -> Outcome {
    let tracked = tracked_files().map_err(|why| vec![why])?;
    let (in_book, outside): (Vec<&str>, Vec<&str>) =
        tracked.iter().map(String::as_str).partition(|path| path.starts_with(SOURCE));
    let chapter_files: BTreeSet<&str> =
        in_book.iter().filter_map(|path| path.strip_prefix(SOURCE)).collect();
    let mut findings = chapters(&read(&format!("{SOURCE}{CONTENTS}"))?, &chapter_files);
    for page in in_book.iter().filter(|path| path.ends_with(".md")) {
        // A page of the book cannot link to what is not in the book.
        findings.extend(dead_links(page, &read(page)?, &in_book.iter().copied().collect()));
    }
    for page in outside.iter().filter(|path| path.ends_with(".md")) {
        let all = tracked.iter().map(String::as_str).collect();
        findings.extend(dead_links(page, &read(page)?, &all));
    }
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

fn read(page: &str) -> Result<String, Vec<String>> {
    std::fs::read_to_string(cargo::workspace_root().join(page))
        .map_err(|error| vec![format!("{page}: {error}")])
}

/// Where the table of contents and the pages disagree. Paths are relative to `docs/src`.
fn chapters(contents: &str, files: &BTreeSet<&str>) -> Vec<String> {
    let mut findings = Vec::new();
    let mut listed = BTreeSet::new();
    for target in links(contents) {
        if !files.contains(target) {
            findings.push(format!("{SOURCE}{CONTENTS}: `{target}` does not exist"));
        }
        if !listed.insert(target) {
            findings.push(format!("{SOURCE}{CONTENTS}: `{target}` is listed twice"));
        }
    }
    let pages = files.iter().filter(|file| file.ends_with(".md") && **file != CONTENTS);
    let forgotten = pages.filter(|page| !listed.contains(*page));
    findings.extend(forgotten.map(|page| format!("{SOURCE}{page}: not in {CONTENTS}")));
    findings
}

/// The links of a page to files that are not among these. Paths are from the root.
fn dead_links(page: &str, text: &str, files: &BTreeSet<&str>) -> Vec<String> {
    let local = links(text).filter(|target| !target.contains(':') && !target.starts_with('#'));
    let dead = local.filter(|target| {
        let file = target.split('#').next().unwrap_or_default();
        !resolve(page, file).is_some_and(|path| files.contains(path.as_str()))
    });
    dead.map(|target| format!("{page}: the link to `{target}` leads nowhere")).collect()
}

/// The path from the root of what a page names relative to itself; none outside of the root.
fn resolve(page: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            ".." => drop(parts.pop()?),
            "." | "" => {}
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The targets of `[text](target)`, outside of blocks and spans of code.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    let prose = text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !fence && !in_code
    });
    let spans = prose.flat_map(|line| line.split('`').step_by(2));
    spans.flat_map(|span| span.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()))
}

#[cfg(test)]
mod tests;
