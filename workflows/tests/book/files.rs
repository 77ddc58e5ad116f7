//! The files in the book: put together as their comments say, they check as their page says and
//! their scenarios pass.

use std::collections::{BTreeMap, BTreeSet};

use lienthong_domain::catalogue::{self, SourceFile};
use lienthong_domain::diagnostic::Diagnostic;
use lienthong_domain::scenario;

use crate::page;

/// The files of the book by set.
pub(crate) fn sets() -> BTreeMap<String, Vec<SourceFile>> {
    let mut sets: BTreeMap<String, Vec<SourceFile>> = BTreeMap::new();
    for page in page::all() {
        for block in page::blocks(&page) {
            for path in block.notes.get("file").iter().flat_map(|it| it.split(' ')) {
                let (set, name) = path.split_once('/').unwrap();
                let file = SourceFile { path: name.to_owned(), text: block.text.clone() };
                sets.entry(set.to_owned()).or_default().push(file);
            }
        }
    }
    sets
}

/// What ships: of the book's files those with the same first line stand in its place.
fn with_shipped(files: &[SourceFile]) -> Vec<SourceFile> {
    let first =
        |it: &SourceFile| it.text.lines().find(|it| !it.starts_with('#')).map(str::to_owned);
    let own: BTreeSet<Option<String>> = files.iter().map(first).collect();
    let shipped = lienthong_workflows::files().into_iter();
    let shipped = shipped.map(|(path, text)| SourceFile { path: format!("shipped/{path}"), text });
    let shipped = shipped
        .filter(|it| it.path.contains("calendars") || it.path.contains("directories"))
        .filter(|it| !own.contains(&first(it)));
    files.iter().cloned().chain(shipped).collect()
}

/// What is wrong with a set.
pub(crate) fn faults(files: &[SourceFile]) -> Vec<Diagnostic> {
    catalogue::read(&with_shipped(files)).diagnostics
}

#[test]
fn every_set_checks_as_its_page_says() {
    let mut announced: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for block in page::all().iter().flat_map(|it| page::blocks(it)) {
        if let Some((set, codes)) = block.notes.get("faults").and_then(|it| it.split_once(": ")) {
            announced.insert(set.to_owned(), codes.split(' ').map(str::to_owned).collect());
        }
    }
    let sets = sets();
    assert!(sets.len() >= 4, "{:?}", sets.keys());
    for (set, files) in &sets {
        let faults = faults(files);
        let codes: Vec<&str> = faults.iter().map(|it| it.code).collect();
        let expected = announced.remove(set).unwrap_or_default();
        assert_eq!(codes, expected, "{set}: {faults:#?}");
    }
    assert!(announced.is_empty(), "faults of sets that are not there: {announced:?}");
}

#[test]
fn every_guard_of_an_example_is_right() {
    const GUARD: &str = "required: \"true\"";
    let mut count = 0;
    for block in page::blocks(&page::read("definition-language/guards.md")) {
        let Some(set) = block.notes.get("guards") else { continue };
        for guard in block.text.lines() {
            count += 1;
            let mut files = sets().remove(set).unwrap();
            let definition = files.iter_mut().find(|it| it.text.contains(GUARD)).unwrap();
            definition.text = definition.text.replace(GUARD, &format!("required: '{guard}'"));
            let faults = faults(&files);
            assert!(faults.is_empty(), "{guard}: {faults:#?}");
        }
    }
    assert!(count >= 8, "{count} guards");
}

#[test]
fn every_scenario_passes() {
    let mut count = 0;
    for (set, files) in &sets() {
        for report in scenario::run(&with_shipped(files)) {
            count += 1;
            let differences = report.differences.join("\n  ");
            let timeline = report.timeline.join("\n    ");
            assert!(report.passed(), "{set}/{}:\n  {differences}\n    {timeline}", report.file);
        }
    }
    assert!(count >= 6, "{count} scenarios");
}
