//! The tables of faults: each row names a change to a file of the book, which then has that fault;
//! and every fault that there is has a row.

use std::collections::BTreeSet;

use lienthong_domain::diagnostic::CODES;

use crate::{files, page};

const PAGE: &str = "definition-language/faults.md";

/// Under which heading, and to which file of which set the changes are made.
const TABLES: [(&str, &str, &str); 4] = [
    ("## In a definition", "three", "marriage.yaml"),
    ("## In a form", "three", "form.yaml"),
    ("## In a calendar", "around", "harbour-days.yaml"),
    ("## In a directory", "around", "harbour.yaml"),
];

#[test]
fn every_change_has_the_fault_that_the_table_says() {
    let page = page::read(PAGE);
    let mut explained = BTreeSet::new();
    for (heading, set, name) in TABLES {
        for row in page::rows(page::section(&page, heading)) {
            let [code, _, changes] = row[..] else { panic!("three cells are wanted: {row:?}") };
            let code = page::code(code)[0];
            explained.insert(code.to_owned());
            let found = faults_after(changes, set, name);
            assert!(found.iter().any(|it| it == code), "{heading}, {changes}: {code}, {found:?}");
        }
    }
    let known: BTreeSet<String> = CODES.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(explained, known);
}

/// The codes reported after changes that are written as pairs: what stands there, and what then
/// does. An arrow bent back stands for a new line, a cross for nothing.
fn faults_after(changes: &str, set: &str, name: &str) -> Vec<String> {
    let mut files = files::sets().remove(set).unwrap();
    let file = files.iter_mut().find(|it| it.path == name).unwrap();
    let spans: Vec<String> =
        page::code(changes).iter().map(|it| it.replace("↵ ", "\n").replace('✗', "")).collect();
    assert!(!spans.is_empty() && spans.len().is_multiple_of(2), "{changes}");
    for pair in spans.chunks(2) {
        assert!(file.text.contains(&pair[0]), "{name} has no {:?}", pair[0]);
        file.text = file.text.replacen(&pair[0], &pair[1], 1);
    }
    files::faults(&files).into_iter().map(|it| it.code.to_owned()).collect()
}
