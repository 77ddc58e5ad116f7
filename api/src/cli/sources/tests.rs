//! Which files belong together, and how their paths are told.

use std::path::Path;

use lienthong_domain::workflow::{FileKind, kind_of};

use super::{SourceFile, normal, with_embedded};

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned() }
}

#[test]
fn what_is_brought_is_not_taken_from_the_program() {
    let calendars = |files: Vec<SourceFile>| {
        let kinds = [FileKind::Calendar, FileKind::Directory];
        let all = with_embedded(files, &kinds).into_iter();
        all.filter(|it| kind_of(&it.text) == FileKind::Calendar)
            .map(|it| it.path)
            .collect::<Vec<_>>()
    };
    assert_eq!(calendars(vec![file("a.yaml", "calendar: vn\n")]), ["a.yaml"]);
    let both = calendars(vec![file("a.yaml", "calendar: other\n")]);
    assert_eq!(both, ["a.yaml", "(embedded)/calendars/vn.yaml"]);
}

#[test]
fn only_the_kinds_that_were_asked_for_are_added() {
    let all = with_embedded(Vec::new(), &[FileKind::Directory]);
    assert!(all.iter().any(|it| kind_of(&it.text) == FileKind::Directory));
    assert!(
        all.iter().all(|it| matches!(kind_of(&it.text), FileKind::Directory | FileKind::Other))
    );
}

#[test]
fn a_path_is_told_in_one_way() {
    for (path, told) in [
        ("a/scenarios/../birth.yaml", "a/birth.yaml"),
        ("./a/./b.yaml", "a/b.yaml"),
        ("./../b.yaml", "../b.yaml"),
        ("../../b.yaml", "../../b.yaml"),
        ("scenarios/..", "."),
        ("/a/../b.yaml", "/b.yaml"),
    ] {
        assert_eq!(normal(Path::new(path)), Path::new(told), "{path}");
    }
}
