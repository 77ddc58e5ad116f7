//! What ships is sound: no definition has a fault, and every scenario beside one passes.

use lienthong_domain::catalogue::{self, SourceFile};
use lienthong_domain::scenario;

fn files() -> Vec<SourceFile> {
    let files = lienthong_workflows::files();
    files.into_iter().map(|(path, text)| SourceFile { path, text }).collect()
}

#[test]
fn no_definition_has_a_fault() {
    let reading = catalogue::read(&files());
    let faults: Vec<String> = reading
        .diagnostics
        .iter()
        .map(|it| format!("{}:{}:{} {}", it.file, it.span.line, it.span.column, it.message))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(reading.references.len() >= 4, "two groups, a calendar and a directory");
}

#[test]
fn every_scenario_passes() {
    let reports = scenario::run(&files());
    assert!(reports.len() >= 8, "{} scenarios", reports.len());
    let failures: Vec<String> = reports
        .iter()
        .filter(|it| !it.passed())
        .map(|it| {
            let (differences, timeline) = (it.differences.join("\n  "), it.timeline.join("\n    "));
            format!("{}: {}\n  {differences}\n    {timeline}", it.file, it.name)
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn every_scenario_ends_the_same_over_bad_links() {
    let reports = scenario::vary(&files());
    assert!(reports.len() >= 100, "{} variations", reports.len());
    let sound = scenario::run(&files());
    for (link, least) in [("everything late", 20), ("in another order", 5)] {
        let varied = reports.iter().filter(|it| it.name.ends_with(link));
        let as_it_is = |it: &&scenario::ScenarioReport| {
            sound.iter().all(|sound| sound.timeline != it.timeline)
        };
        let others = varied.filter(as_it_is).count();
        assert!(others >= least, "{link}: {others} went otherwise");
    }
    let failures: Vec<String> = reports
        .iter()
        .filter(|it| !it.passed())
        .map(|it| {
            let (differences, timeline) = (it.differences.join("\n  "), it.timeline.join("\n    "));
            format!("{}: {}\n  {differences}\n    {timeline}", it.file, it.name)
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn two_files_of_one_version_are_refused() {
    for (path, name) in [
        ("groups/birth/birth.yaml", "version 2 of `birth`"),
        ("calendars/vn.yaml", "calendar `vn`"),
    ] {
        let mut files = files();
        let text = files.iter().find(|it| it.path == path).unwrap().text.clone();
        let copy = path.replace(".yaml", "-copy.yaml");
        files.push(SourceFile { path: copy.clone(), text });
        let faults = catalogue::read(&files).diagnostics;
        let found = faults.iter().find(|it| it.code == "duplicate").unwrap();
        assert_eq!(found.file, copy);
        assert!(found.message.contains(name), "{}", found.message);
    }
}
