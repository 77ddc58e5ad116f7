//! Reading calendar files: every fault is reported at its place, all at once.

use super::super::Calendar;
use super::{VN, vn};
use crate::diagnostic::{Diagnostic, Severity};

const SMALL: &str = r#"calendar: small
title: { vi: Nhỏ, en: Small }
zone: "+07:00"
hours: ["07:30-11:30", "13:00-17:00"]
weekend: [saturday, sunday]
years:
  2026:
    status: announced
    source: a law
    days_off:
      - { date: 2026-01-02, name: { vi: Nghỉ, en: Break } }
    working_days:
      - { date: 2026-01-10, instead_of: 2026-01-02 }
"#;

fn faults(source: &str) -> Vec<Diagnostic> {
    let (calendar, diagnostics) = Calendar::parse("small.yaml", source);
    let errors = diagnostics.iter().any(|it| it.severity == Severity::Error);
    assert_eq!(calendar.is_none(), errors);
    diagnostics
}

/// Replaces a part of the small calendar and expects one fault there.
#[track_caller]
fn assert_fault(old: &str, new: &str, code: &str, line: usize, hint: Option<&str>) {
    assert!(SMALL.contains(old), "{old}");
    let found = faults(&SMALL.replacen(old, new, 1));
    let [fault] = &found[..] else { panic!("{new}: one fault expected, not {found:#?}") };
    assert_eq!((fault.code, fault.span.line), (code, line), "{new}: {}", fault.message);
    assert_eq!(fault.file, "small.yaml");
    if hint.is_some() {
        assert_eq!(fault.hint.as_deref(), hint, "{new}");
    }
}

#[test]
fn the_shipped_calendar_has_no_faults() {
    assert_eq!(vn().name, "vn");
    assert_eq!(vn().title.en, "Working calendar of the public administration");
    assert_eq!(vn().offset().local_minus_utc(), 7 * 3600);
    assert_eq!(Calendar::parse("vn.yaml", VN).1, []);
    assert_eq!(faults(SMALL), []);
}

#[test]
fn unknown_keys_are_reported_with_a_suggestion() {
    let hint = Some("did you mean `zone`?");
    assert_fault("zone: ", "zome: x\nzone: ", "unknown-key", 3, hint);
    let hint = Some("did you mean `status`?");
    assert_fault("    status:", "    state: x\n    status:", "unknown-key", 8, hint);
    let hint = Some("did you mean `name`?");
    assert_fault("2026-01-02, name", "2026-01-02, nam: x, name", "unknown-key", 11, hint);
    assert_fault("vi: Nhỏ,", "vi: Nhỏ, fr: Petit,", "unknown-key", 2, None);
    assert_fault("date: 2026-01-10,", "date: 2026-01-10, day: 1,", "unknown-key", 13, None);
}

#[test]
fn missing_keys_are_reported() {
    assert_fault("calendar: small\n", "", "missing-key", 1, None);
    assert_fault("zone: \"+07:00\"\n", "", "missing-key", 1, None);
    assert_fault("weekend: [saturday, sunday]\n", "", "missing-key", 1, None);
    assert_fault(", en: Small", "", "missing-key", 2, None);
    assert_fault("    source: a law\n", "", "missing-key", 8, None);
    assert_fault(", instead_of: 2026-01-02", "", "missing-key", 13, None);
    assert_fault("date: 2026-01-02, name", "from: 2026-01-02, name", "missing-key", 11, None);
}

#[test]
fn values_have_their_type_and_shape() {
    assert_fault("calendar: small", "calendar: [small]", "wrong-type", 1, None);
    assert_fault("calendar: small", "calendar: Small one", "bad-value", 1, None);
    assert_fault("{ vi: Nhỏ, en: Small }", "Small", "wrong-type", 2, None);
    assert_fault("vi: Nhỏ", "vi: \"\"", "bad-value", 2, None);
    for zone in ["7", "Asia/Ho_Chi_Minh", "+7:00", "+0700", "+25:00"] {
        let hint = Some("e.g. \"+07:00\"");
        assert_fault("\"+07:00\"", &format!("\"{zone}\""), "bad-value", 3, hint);
    }
    for hours in ["7:30-11:30", "07:30", "07:30-25:00", "07:30–11:30", "07:30-11:30-12:00"] {
        assert_fault("07:30-11:30", hours, "bad-value", 4, None);
    }
    assert_fault("[\"07:30-11:30\", \"13:00-17:00\"]", "[]", "bad-count", 4, None);
    assert_fault("[\"07:30-11:30\", \"13:00-17:00\"]", "all day", "wrong-type", 4, None);
    let hint = Some("did you mean `saturday`?");
    assert_fault("[saturday", "[saterday, saturday", "unknown-name", 5, hint);
    assert_fault("[saturday", "[saturday, saturday", "duplicate-day", 5, None);
    let hint = Some("did you mean `announced`?");
    assert_fault("status: announced", "status: anounced", "unknown-name", 8, hint);
    assert_fault("date: 2026-01-02", "date: 02/01/2026", "bad-value", 11, None);
}

#[test]
fn hours_are_in_order() {
    assert_fault("13:00-17:00", "17:00-13:00", "bad-order", 4, None);
    assert_fault("13:00-17:00", "11:00-17:00", "bad-order", 4, None);
    assert_eq!(faults(&SMALL.replace("13:00", "11:30")), []);
}

const SWAP: &str = "      - { date: 2026-01-10, instead_of: 2026-01-02 }\n";

#[test]
fn days_belong_to_their_year() {
    let more = |day: &str| format!("    working_days:\n{SWAP}{day}");
    let old = more("");
    assert_fault("  2026:", "  26:", "bad-value", 7, None);
    let new = more("      - { date: 2027-01-09, instead_of: 2026-01-02 }\n");
    assert_fault(&old, &new, "not-in-year", 14, Some("list it under 2027"));
    let old = "    days_off:\n";
    let new =
        "    days_off:\n      - { from: 2026-12-30, to: 2027-01-03, name: { vi: x, en: x } }\n";
    assert_fault(old, new, "not-in-year", 11, Some("list it under 2027"));
    let new =
        "    days_off:\n      - { from: 2026-12-30, to: 2026-12-03, name: { vi: x, en: x } }\n";
    assert_fault(old, new, "bad-order", 11, None);
}

#[test]
fn no_day_is_listed_twice() {
    let old = "    days_off:\n";
    let twice = |day: &str| format!("{old}      - {{ {day}, name: {{ vi: x, en: x }} }}\n");
    assert_fault(old, &twice("date: 2026-01-02"), "duplicate-day", 12, None);
    assert_fault(old, &twice("from: 2026-01-01, to: 2026-01-02"), "duplicate-day", 12, None);
    assert_fault(old, &twice("date: 2026-01-10"), "duplicate-day", 14, None);
    let again = format!("{SWAP}      - {{ date: 2026-01-11, instead_of: 2026-01-02 }}\n");
    assert_fault(SWAP, &again, "duplicate-day", 14, None);
}

#[test]
fn a_swap_is_between_a_weekend_day_and_a_listed_day_off() {
    assert_fault("date: 2026-01-10", "date: 2026-01-12", "not-a-day-off", 13, None);
    let hint = Some("list it under days_off");
    assert_fault("instead_of: 2026-01-02", "instead_of: 2026-01-05", "not-a-day-off", 13, hint);
    assert_fault("instead_of: 2026-01-02", "instead_of: 2028-01-03", "not-a-day-off", 13, hint);
    let sunday = SMALL.replace("2026-01-02", "2026-01-04");
    assert_eq!(faults(&sunday)[0].code, "not-a-day-off");
}

#[test]
fn a_swap_may_cross_the_new_year() {
    let source = SMALL.replace(SWAP, "      - { date: 2026-12-26, instead_of: 2027-01-04 }\n")
        + "  2027:\n    status: provisional\n    source: a law\n    days_off:\n      \
           - { date: 2027-01-04, name: { vi: Nghỉ, en: Break } }\n";
    assert_eq!(faults(&source), []);
}

#[test]
fn years_follow_one_another() {
    let later = |year: i32| {
        format!("years:\n  {year}: {{ status: provisional, source: none, days_off: [] }}\n")
    };
    assert_eq!(faults(&SMALL.replace("years:\n", &later(2027))), []);
    assert_eq!(faults(&SMALL.replace("years:\n", &later(2025))), []);
    assert_fault("years:\n", &later(2028), "year-gap", 7, None);
    assert_fault("years:\n", &later(2024), "year-gap", 8, None);
}

#[test]
fn sizes_are_bounded() {
    let head = SMALL.split("years:").next().unwrap();
    let years = |count: i32| -> String {
        let year = |it: i32| format!("  {it}: {{ status: announced, source: x, days_off: [] }}\n");
        format!("{head}years:\n") + &(2001..2001 + count).map(year).collect::<String>()
    };
    assert_eq!(faults(&years(50)), []);
    assert_eq!(faults(&years(51))[0].code, "wrong-type");
    let day = "      - { date: 2026-03-02, name: { vi: x, en: x } }\n";
    let many = SMALL.replace("    days_off:\n", &format!("    days_off:\n{}", day.repeat(366)));
    assert_eq!(faults(&many)[0].code, "bad-count");
    assert_fault("en: Small", &format!("en: {}", "x".repeat(201)), "bad-value", 2, None);
}

#[test]
fn all_faults_are_reported_at_once() {
    let source = SMALL
        .replace("zone: \"+07:00\"", "zone: Hanoi")
        .replace("13:00-17:00", "13:00-12:00")
        .replace("saturday,", "caturday,")
        .replace("status: announced", "status: sure")
        .replace("date: 2026-01-02", "date: 2026-02-30");
    let found: Vec<_> = faults(&source).iter().map(|it| (it.code, it.span.line)).collect();
    let expected = [
        ("bad-value", 3),
        ("bad-order", 4),
        ("unknown-name", 5),
        ("unknown-name", 8),
        ("bad-value", 11),
    ];
    assert_eq!(found[..5], expected, "{found:?}");
}

#[test]
fn what_is_no_map_is_no_calendar() {
    assert_eq!(faults("")[0].code, "syntax");
    assert_eq!(faults("- a\n- b\n")[0].code, "wrong-type");
    assert_eq!(faults("a: [")[0].code, "syntax");
}
