//! Each office works by the calendar of its place.

use super::fixture::{Story, catalogue_with};

#[test]
fn a_holiday_of_a_province_moves_what_its_offices_owe_and_nothing_else() {
    let local = "\nlocal:\n  \"00565\":\n    years:\n      2026:\n        days_off:\n          - { date: 2026-11-23, name: { vi: Lễ hội, en: Festival } }\n";
    let with_local =
        |path: &str, text: &str| text.to_owned() + if path == "vn.yaml" { local } else { "" };
    let mut story = Story::on(catalogue_with(with_local));
    story.accept(&story.complete("registration", "2026-11-19T14:00:00+07:00"));
    let due = |name: &str| story.task(name).due.as_ref().map(|it| it.at.to_rfc3339());
    assert_eq!(due("residence").as_deref(), Some("2026-11-25T17:00:00+07:00"));
    assert_eq!(due("health_insurance").as_deref(), Some("2026-11-23T17:00:00+07:00"));
}
