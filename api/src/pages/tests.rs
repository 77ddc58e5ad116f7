//! Pages say the same in both languages and never print what is not escaped.

use std::collections::BTreeSet;

use super::*;

fn sources() -> Vec<(String, String)> {
    let read = |path: &str| String::from_utf8(Templates::get(path).unwrap().data.to_vec()).unwrap();
    Templates::iter().map(|path| (path.to_string(), read(&path))).collect()
}

#[test]
fn templates_are_sound_and_escape_everything() {
    Pages::new().unwrap();
    for (path, source) in sources() {
        assert!(!source.contains("{{{") && !source.contains("{{&"), "{path}");
        for forbidden in ["<script", "<style", " style=", "javascript:", " onclick"] {
            assert!(!source.contains(forbidden), "{path} has {forbidden}");
        }
    }
}

#[test]
fn templates_use_all_words_and_no_others() {
    let mut used = BTreeSet::new();
    for (_, source) in sources() {
        for part in source.split("{{").skip(1) {
            let name = part.trim_start_matches("@root.").strip_prefix("t.");
            used.extend(name.and_then(|it| it.split("}}").next()).map(str::to_owned));
        }
    }
    let by_code = [
        "start_title",
        "yes",
        "no",
        "supply_title",
        "total_kept",
        "total_missed",
        "withdraw_title",
        "withdraw_all_title",
    ];
    used.extend(by_code.map(str::to_owned));
    let known: BTreeSet<String> = words(Language::Vi).keys().map(|it| (*it).to_owned()).collect();
    assert_eq!(used, known);
}
