//! A small made-up group for tests: opening a shop, with a join, guards, routes and results; and a
//! way to say what is wrong after a change to it.

use super::{Sources, Surroundings, check};
use crate::diagnostic::Diagnostic;

pub(super) const FORM: &str = include_str!("fixture/form.yaml");
pub(super) const DEFINITION: &str = include_str!("fixture/shop.yaml");

pub(super) fn sources() -> Sources<'static> {
    with(DEFINITION, FORM)
}

pub(super) fn with<'a>(definition: &'a str, form: &'a str) -> Sources<'a> {
    Sources { definition_file: "shop.yaml", definition, form_file: "form.yaml", form }
}

pub(super) fn surroundings() -> Surroundings {
    let day = |text: &str| text.parse().unwrap();
    let kinds = ["trade-office", "fund", "health-office", "tax-office"];
    Surroundings {
        calendars: [("vn".to_owned(), day("2025-01-01")..=day("2027-12-31"))].into(),
        directories: [("vn".to_owned(), kinds.into_iter().map(str::to_owned).collect())].into(),
    }
}

/// Changes the definition or the form (whichever holds the old text, once) and compares the faults
/// with those expected: one for each `^` in the new texts, standing before the character after
/// it, in the order of the files. An expectation is a code, or `code: part of message or hint`.
#[track_caller]
pub(super) fn expect(edits: &[(&str, &str)], expected: &[&str]) {
    let (mut definition, mut form) = (DEFINITION.to_owned(), FORM.to_owned());
    for (old, new) in edits {
        let text = if definition.contains(old) { &mut definition } else { &mut form };
        assert_eq!(text.matches(old).count(), 1, "`{old}` is to be found once");
        *text = text.replace(old, new);
    }
    // The form has patterns of its own that begin with the mark.
    let form = form.replace("\"^[", "\"\u{1}[");
    let mut places = Vec::new();
    let definition = unmarked("shop.yaml", &definition, &mut places);
    let form = unmarked("form.yaml", &form, &mut places).replace("\"\u{1}[", "\"^[");
    let found = check(&with(&definition, &form), &surroundings());
    assert_eq!(places.len(), expected.len(), "a mark for each expectation");
    let wanted: Vec<String> =
        places.iter().zip(expected).map(|(place, it)| format!("{place} {it}")).collect();
    let matches = found.len() == wanted.len()
        && found.iter().zip(&wanted).all(|(found, wanted)| is(found, wanted));
    let found: Vec<String> = found.iter().map(describe).collect();
    assert!(matches, "\nexpected:\n  {}\nfound:\n  {}", wanted.join("\n  "), found.join("\n  "));
}

fn unmarked(file: &str, text: &str, places: &mut Vec<String>) -> String {
    let mut unmarked = String::new();
    for (number, line) in text.lines().enumerate() {
        let mut column = 1;
        for letter in line.chars() {
            if letter == '^' {
                places.push(format!("{file}:{}:{column}", number + 1));
            } else {
                unmarked.push(letter);
                column += 1;
            }
        }
        unmarked.push('\n');
    }
    unmarked
}

fn is(found: &Diagnostic, wanted: &str) -> bool {
    let (head, part) = wanted.split_once(": ").unwrap_or((wanted, ""));
    let hint = found.hint.clone().unwrap_or_default();
    let head_found =
        format!("{}:{}:{} {}", found.file, found.span.line, found.span.column, found.code);
    head == head_found && (found.message.contains(part) || hint.contains(part))
}

pub(super) fn describe(it: &Diagnostic) -> String {
    let hint = it.hint.clone().unwrap_or_default();
    let at = it.span;
    format!("{}:{}:{} {}: {} ({hint})", it.file, at.line, at.column, it.code, it.message)
}
