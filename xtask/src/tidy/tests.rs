//! Tidiness: each rule lets good text pass and names the place of bad text.

use super::*;

fn absolute(folder: &str, rest: &str) -> String {
    format!("/{folder}/{rest}")
}

#[test]
fn good_files_pass() {
    let rust = "//! Adds numbers.\n\nfn add() {}\n";
    assert_eq!(rules("domain/src/add.rs", rust), Vec::<String>::new());
    assert_eq!(rules("api/pages/dossier.hbs", "<p>{{ name }}</p>\n"), Vec::<String>::new());
    assert_eq!(rules("docs/src/empty.md", ""), Vec::<String>::new());
}

#[test]
fn a_rust_file_says_first_what_it_is_for() {
    for text in ["use std::fmt;\n", "// Adds.\n", "//!\n", "\n//! Adds.\n"] {
        let found = rules("domain/src/add.rs", text);
        assert_eq!(found.len(), 1, "{text:?}: {found:?}");
        assert!(found[0].starts_with("domain/src/add.rs:1: "));
    }
    assert_eq!(rules("docs/add.py", "import os\n"), Vec::<String>::new());
}

#[test]
fn length_is_noted_and_then_fails() {
    let of = |lines: usize| "//! Long.\n".repeat(lines);
    assert_eq!((length("a.rs", &of(700)), long_but_bearable("a.rs", &of(500))), (None, None));
    assert!(long_but_bearable("a.rs", &of(501)).is_some());
    assert!(length("a.rs", &of(701)).is_some());
    assert_eq!(long_but_bearable("a.rs", &of(701)), None, "it has failed already");
    assert_eq!(rules("a.yaml", &of(701)), Vec::<String>::new());
}

#[test]
fn a_template_that_does_not_escape_is_reported_with_its_line() {
    let found = unescaped("page.hbs", "{{ ok }}\n{{{raw}}}\n{{& raw}}\n{{~{raw}~}}\n");
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].starts_with("page.hbs:2: "), "{found:?}");
    assert_eq!(rules("expression.rs", "//! `{{{`\n"), Vec::<String>::new());
}

#[test]
fn paths_of_one_machine_are_reported() {
    for folder in MACHINE_FOLDERS {
        for before in ["", "cd ", "\"", "=", "(", "file://"] {
            let line = format!("fine\n{before}{}\n", absolute(folder, "me/notes.txt"));
            let found = machine_paths("notes.md", &line);
            assert_eq!(found.len(), 1, "{line}");
            assert!(found[0].starts_with("notes.md:2: "), "{found:?}");
        }
    }
    for before in ["https://example.vn", "docs", "..", "{base}", "~"] {
        let line = format!("{before}{}", absolute("home", "page"));
        assert_eq!(machine_folder(&line), None, "{line}");
    }
}

#[test]
fn what_tools_make_is_not_tracked_and_texts_end() {
    assert!(place("web/node_modules/a/index.js").is_some());
    assert!(place("target/debug/a").is_some());
    assert_eq!(place("domain/src/target_date.rs"), None);
    assert!(ending("a.json", "{}").is_some());
    assert_eq!(ending("a.json", "{}\n"), None);
}
