//! Half days, and the working time of a region or of an agency.

use super::super::{Calendar, Counting, Measure};
use super::{VN, at};
use crate::language::Language;

/// The shipped calendar with a half day, a province's holiday and an office's own hours.
fn calendar() -> Calendar {
    let half = "    half_days:\n      - { date: 2026-12-18, until: \"11:30\", name: { vi: Họp mặt, en: Gathering } }\n  # Not announced";
    let local = "
local:
  \"20\":
    title: { vi: Lịch của tỉnh Lạng Sơn, en: Calendar of Lạng Sơn }
    years:
      2026:
        days_off:
          - { date: 2026-11-20, name: { vi: Lễ hội của tỉnh, en: Festival of the province } }
  police.00004:
    hours: [\"08:00-12:00\"]
";
    let text = VN.replacen("  # Not announced", half, 1) + local;
    let (calendar, faults) = Calendar::parse("vn.yaml", &text);
    calendar.unwrap_or_else(|| panic!("{faults:?}"))
}

fn due(calendar: &Calendar, measure: &str, received: &str) -> (String, String) {
    let measure = Measure::parse(measure).unwrap();
    let due = calendar.due(measure, &Counting::default(), at(received), &[]).unwrap();
    (due.at.format("%Y-%m-%d %H:%M").to_string(), due.explain(Language::En))
}

#[test]
fn a_limit_of_days_ends_when_work_ends_early() {
    let (at, why) = due(&calendar(), "2 working days", "2026-12-16 10:00");
    assert_eq!(at, "2026-12-18 11:30");
    assert_eq!(
        why,
        "Due Fri 18 Dec 2026 11:30: 2 working days from Wed 16 Dec 10:00; \
         work ends at 11:30 on Fri 18 Dec (Gathering)."
    );
    let (at, why) = due(&calendar(), "3 working days", "2026-12-16 10:00");
    assert_eq!(at, "2026-12-21 17:00");
    assert!(!why.contains("Gathering"), "half a day is a day: {why}");
}

#[test]
fn what_comes_after_an_early_end_counts_from_the_next_working_day() {
    let (at, why) = due(&calendar(), "1 working day", "2026-12-18 11:31");
    assert_eq!(at, "2026-12-22 17:00");
    assert!(why.contains("after 11:30, when work ended (Gathering)"), "{why}");
    assert_eq!(due(&calendar(), "1 working day", "2026-12-18 11:30").0, "2026-12-21 17:00");
}

#[test]
fn working_hours_end_early_too() {
    let (at, why) = due(&calendar(), "4 working hours", "2026-12-18 09:30");
    assert_eq!(at, "2026-12-21 09:30");
    assert_eq!(due(&calendar(), "4 working hours", "2026-12-17 15:00").0, "2026-12-18 09:30");
    assert!(why.starts_with("Due Mon 21 Dec 2026 09:30"), "{why}");
}

#[test]
fn a_place_has_its_own_days_off_and_hours() {
    let calendar = calendar();
    let lang_son = calendar.at(&["police.05977", "05977", "20"]);
    let (at, why) = due(lang_son, "1 working day", "2026-11-19 10:00");
    assert_eq!(at, "2026-11-23 17:00");
    assert!(why.contains("Fri 20 Nov is a public holiday (Festival of the province)"), "{why}");
    let office = calendar.at(&["police.00004", "00004", "01"]);
    assert_eq!(due(office, "1 working day", "2026-11-19 10:00").0, "2026-11-20 12:00");
    let elsewhere = calendar.at(&["police.00070", "00070", "01"]);
    assert_eq!(due(elsewhere, "1 working day", "2026-11-19 10:00").0, "2026-11-20 17:00");
}

#[test]
fn a_half_day_ends_after_it_begins() {
    let early = VN.replacen(
        "  # Not announced",
        "    half_days:\n      - { date: 2026-12-18, until: \"07:30\", name: { vi: a, en: a } }\n  # Not announced",
        1,
    );
    let (calendar, faults) = Calendar::parse("vn.yaml", &early);
    assert!(calendar.is_none());
    assert_eq!(faults[0].code, "bad-order");
}
