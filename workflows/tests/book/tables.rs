//! The tables of keys, statuses, refusals and events name everything that there is, and nothing
//! else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use lienthong_domain::diagnostic::Report;
use lienthong_domain::dossier::{NationalStatus, TaskStatus};
use lienthong_domain::yaml;

use crate::page;

/// What the rows of a text's tables are about, where that is code.
fn first_cells(text: &str) -> BTreeSet<String> {
    let rows = page::rows(text);
    rows.iter().filter_map(|it| page::code(it[0]).first().map(|it| (*it).to_owned())).collect()
}

/// JSON is YAML, too.
fn json(path: &str) -> yaml::Node {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    yaml::parse(&fs::read_to_string(path).unwrap(), &mut Report::default()).unwrap()
}

fn keys(node: &yaml::Node) -> BTreeSet<String> {
    node.map().unwrap_or_default().iter().map(|(key, _)| key.name.clone()).collect()
}

#[test]
fn every_key_of_a_definition_is_explained() {
    let page = page::read("definition-language/keys.md");
    let schema = json("definition.schema.json");
    for (name, heading) in [
        ("group", "## The group"),
        ("document", "## Documents"),
        ("rule", "## Rules"),
        ("task", "## Tasks"),
        ("agency", "### agency"),
        ("limit", "### limit"),
        ("supplement", "### supplement"),
        ("return", "### returns"),
        ("route", "## Routes"),
        ("watch", "## Totals"),
        ("watch_limit", "### limit of a total"),
        ("sync", "## Handovers"),
        ("corrected", "### corrected"),
        ("consent", "### consent"),
        ("applicant_task", "### applicant"),
        ("any_of", "### any_of"),
        ("fee", "### fee"),
        ("amount_of_money", "### amount of money"),
        ("repeat", "### repeat"),
        ("letters", "### letters"),
        ("draft", "### draft"),
        ("adopts", "## Newer rules"),
    ] {
        let shape = schema.get("$defs").and_then(|it| it.get(name)).unwrap();
        let section = page::section(&page, heading);
        let own = section.split("\n### ").next().unwrap();
        assert_eq!(first_cells(own), keys(shape.get("properties").unwrap()), "{name}");
    }
}

#[test]
fn every_status_is_explained_in_its_own_words() {
    let page = page::read("statuses.md");
    let ours = page::rows(page::section(&page, "## Of a task"));
    let ours: Vec<[&str; 3]> = ours.iter().map(|it| [page::code(it[0])[0], it[1], it[2]]).collect();
    let words = TaskStatus::ALL.map(|it| (it.name(), it.words()));
    let expected: Vec<[&str; 3]> =
        words.iter().map(|(name, words)| [*name, words.vi.as_str(), words.en.as_str()]).collect();
    assert_eq!(ours, expected);

    let national = page::rows(page::section(&page, "## The ten national statuses"));
    let national: Vec<[&str; 3]> = national.iter().map(|it| [it[0], it[1], it[2]]).collect();
    let words = NationalStatus::ALL.map(|it| (it.number().to_string(), it.words()));
    let expected: Vec<[&str; 3]> = words
        .iter()
        .map(|(number, words)| [number.as_str(), words.vi.as_str(), words.en.as_str()])
        .collect();
    assert_eq!(national, expected);
}

#[test]
fn every_event_and_its_control_members_are_explained() {
    let page = page::read("events.md");
    for (aggregate, heading) in [
        ("dossier", "## Of a dossier"),
        ("serial", "## Of a book of serials"),
        ("agency", "## Of an agency"),
    ] {
        let rows = page::rows(page::section(&page, heading));
        let explained: BTreeMap<&str, BTreeSet<String>> = rows
            .iter()
            .map(|it| (page::code(it[0])[0], it[2]))
            .map(|(name, cell)| (name, page::code(cell).into_iter().map(str::to_owned).collect()))
            .collect();
        let mut stored = BTreeSet::new();
        let folder = format!("../domain/tests/golden/{aggregate}");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&folder);
        for entry in fs::read_dir(path).unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            let name = file.split('.').next().unwrap().to_owned();
            let mut members = keys(json(&format!("{folder}/{file}")).get("control").unwrap());
            members.retain(|it| it != "at" && it != "type");
            let said = explained.get(name.as_str());
            assert!(said.is_some_and(|it| members.is_subset(it)), "{name}: {members:?}, {said:?}");
            stored.insert(name);
        }
        let named: BTreeSet<String> = explained.keys().map(|it| (*it).to_owned()).collect();
        assert_eq!(named, stored, "{aggregate}");
    }
}

#[test]
fn stored_events_in_the_book_are_real_ones() {
    let mut count = 0;
    for block in page::all().iter().flat_map(|it| page::blocks(it)) {
        let Some(path) = block.notes.get("golden") else { continue };
        count += 1;
        let written = yaml::parse(&block.text, &mut Report::default()).unwrap();
        let stored = json(&format!("../domain/tests/golden/{path}"));
        assert_eq!(written.to_json(), stored.to_json(), "{path}");
    }
    assert!(count >= 1, "no stored event");
}
