//! The pages of the book, their fenced blocks and their tables, as text.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A fenced block and the instructions in the comments right above it, e.g. `file` and its value.
pub(crate) struct Block {
    pub(crate) notes: BTreeMap<String, String>,
    pub(crate) text: String,
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src")
}

/// A page by its path below `docs/src`.
pub(crate) fn read(page: &str) -> String {
    fs::read_to_string(source().join(page)).unwrap()
}

/// Every page, by its path.
pub(crate) fn all() -> Vec<String> {
    let mut pages = Vec::new();
    let mut open = vec![source()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|it| it == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages.iter().map(|it| fs::read_to_string(it).unwrap()).collect()
}

/// The fenced blocks of a page that have instructions.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut notes = BTreeMap::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(note) = line.strip_prefix("<!-- ").and_then(|it| it.strip_suffix(" -->")) {
            let (name, value) = note.split_once(": ").unwrap();
            notes.insert(name.to_owned(), value.to_owned());
        } else if line.starts_with("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|it| !it.starts_with("```")).collect();
            let text = text.join("\n") + "\n";
            if !notes.is_empty() {
                blocks.push(Block { notes: std::mem::take(&mut notes), text });
            }
        } else {
            assert!(line.is_empty() || notes.is_empty(), "no block after {notes:?}: {line}");
        }
    }
    assert!(notes.is_empty(), "no block after {notes:?}");
    blocks
}

/// What stands under a heading, down to the next of the same or a higher level.
pub(crate) fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let start = page.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let body = &page[start + heading.len() + 2..];
    let level = heading.split(' ').next().unwrap().len();
    let ends = |line: &str| {
        let hashes = line.len() - line.trim_start_matches('#').len();
        (1..=level).contains(&hashes) && line[hashes..].starts_with(' ')
    };
    let length: usize = body.split_inclusive('\n').take_while(|it| !ends(it)).map(str::len).sum();
    &body[..length]
}

/// The rows of the tables in a text, cell by cell, without headings.
pub(crate) fn rows(text: &str) -> Vec<Vec<&str>> {
    let mut rows = Vec::new();
    let mut in_body = false;
    for line in text.lines() {
        let Some(row) = line.strip_prefix('|').and_then(|it| it.strip_suffix('|')) else {
            in_body = false;
            continue;
        };
        if row.starts_with("---") {
            in_body = true;
        } else if in_body {
            rows.push(row.split('|').map(str::trim).collect());
        }
    }
    rows
}

/// The spans of code in a cell.
pub(crate) fn code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}
