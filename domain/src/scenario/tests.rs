//! A faulty scenario file is told where it is faulty, and one that differs says how.

use super::{check, run};
use crate::catalogue::SourceFile;

const SCENARIO: &str = "\
scenario: a birth
group: birth
at: 2026-11-19T09:12:00+07:00
applicant: { personal_id: \"001089012345\", level: 2 }
application: birth.json
steps:
  - { at: 2026-11-19T09:20:00+07:00, agency: registration, does: acknowledge }
expect:
  status: 2
  tasks:
    registration: { due: 2026-11-20T09:12:00+07:00 }
";

fn files(scenario: &str) -> Vec<SourceFile> {
    let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
    vec![
        file("vn.yaml", include_str!("../../../workflows/calendars/vn.yaml")),
        file("offices.yaml", include_str!("../../../workflows/directories/vn.yaml")),
        file("birth.yaml", include_str!("../../../workflows/groups/birth/birth.yaml")),
        file("form.yaml", include_str!("../../../workflows/groups/birth/form.yaml")),
        file("birth.json", include_str!("../../../workflows/groups/birth/examples/birth.json")),
        file("story.yaml", scenario),
    ]
}

fn faulty(from: &str, to: &str) -> Vec<(usize, String)> {
    let scenario = SCENARIO.replacen(from, to, 1);
    assert_ne!(scenario, SCENARIO);
    check(&files(&scenario)).into_iter().map(|it| (it.span.line, it.message)).collect()
}

fn differences(from: &str, to: &str) -> Vec<String> {
    let scenario = SCENARIO.replacen(from, to, 1);
    run(&files(&scenario)).into_iter().flat_map(|it| it.differences).collect()
}

#[test]
fn a_story_that_comes_true_passes() {
    assert!(check(&files(SCENARIO)).is_empty());
    assert_eq!(differences("status: 2", "status: 2"), [""; 0]);
}

#[test]
fn a_story_that_does_not_says_how_it_differs() {
    assert_eq!(
        differences("status: 2", "status: 4"),
        ["at the end: dossier status: expected 4, was 2"]
    );
    assert_eq!(
        differences("20T09:12", "20T10:12"),
        [
            "at the end: registration: due: expected Fri 20 Nov 2026 10:12, was Fri 20 Nov 2026 09:12"
        ]
    );
    assert_eq!(
        differences("does: acknowledge", "does: deliver"),
        [
            "Thu 19 Nov 2026 09:20: expected accepted, was refused (no-result)",
            "at the end: dossier status: expected 2, was 1"
        ]
    );
}

#[test]
fn a_fault_of_the_file_is_told_at_its_line() {
    let found = faulty("does: acknowledge", "does: acknowlege");
    assert_eq!(found.len(), 1);
    assert!(found[0].0 == 7 && found[0].1.contains("acknowlege"), "{found:?}");
    let found = faulty("status: 2", "statuss: 2");
    assert!(found[0].1.contains("statuss"), "{found:?}");
    assert_eq!(faulty("group: birth\n", "")[0].0, 1);
}
