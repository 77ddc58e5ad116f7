//! Everything that ships is embedded, and nothing else.

use std::fs;
use std::path::Path;

use super::{example, files};

#[test]
fn all_content_is_embedded_and_nothing_else() {
    let mut expected = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["calendars", "directories", "groups"] {
        collect(root, &root.join(folder), &mut expected);
    }
    expected.sort();
    let found: Vec<String> = files().into_iter().map(|(path, _)| path).collect();
    assert_eq!(found, expected);
    assert!(found.contains(&"groups/birth/birth.yaml".to_owned()), "{found:?}");
}

fn collect(root: &Path, folder: &Path, paths: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, paths);
        } else {
            paths.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
        }
    }
}

#[test]
fn an_example_is_found_by_name() {
    assert!(example("birth").unwrap().starts_with('{'));
    assert_eq!(example("bir"), None);
}
