//! Rule: in a limit of days the day of receipt is not counted and the limit ends at 17:00; what is
//! received after 15:00 or on a day off counts as received on the next working day.

use chrono::{DateTime, NaiveTime};

use super::super::{AMOUNT_MAX, Because, Calendar, Counting, Day, Error, Measure};
use super::{assert_due, at, day, due, try_due, vn};

#[test]
fn the_day_of_receipt_is_not_counted() {
    assert_due("2 working days", "2026-11-19 14:00", &[], "2026-11-23 17:00");
    assert_due("3 working days", "2026-11-19 09:12", &[], "2026-11-25 17:00");
    assert_due("5 working days", "2026-11-23 09:30", &[], "2026-12-01 17:00");
    assert_due("1 working day", "2026-12-07 11:00", &[], "2026-12-08 17:00");
    assert_due("2 working days", "2026-12-07 11:00", &[], "2026-12-09 17:00");
    assert_due("3 working days", "2026-12-07 11:00", &[], "2026-12-10 17:00");
    assert_due("3 working days", "2026-12-07 10:00", &[], "2026-12-10 17:00");
    assert_due("8 working days", "2026-12-10 10:00", &[], "2026-12-22 17:00");
}

#[test]
fn holidays_of_the_next_year_are_known() {
    assert_due("18 working days", "2026-12-10 10:00", &[], "2027-01-06 17:00");
    assert_eq!(due("18 working days", "2026-12-10 10:00", &[]).basis.provisional, [2027]);
    assert!(due("8 working days", "2026-12-10 10:00", &[]).basis.provisional.is_empty());
}

#[test]
fn what_comes_after_three_counts_from_the_next_working_day() {
    assert_due("2 working days", "2026-11-20 15:12", &[], "2026-11-26 17:00");
    assert_due("2 working days", "2026-11-20 16:00", &[], "2026-11-26 17:00");
    assert_due("3 working days", "2026-12-08 16:00", &[], "2026-12-14 17:00");
}

#[test]
fn the_cut_off_itself_is_in_time() {
    assert_due("1 working day", "2026-11-18 15:00", &[], "2026-11-19 17:00");
    assert_due("1 working day", "2026-11-18 15:01", &[], "2026-11-20 17:00");
    let just_after = DateTime::parse_from_rfc3339("2026-11-18T15:00:00.001+07:00").unwrap();
    let measure = Measure::WorkingDays(1);
    let found = vn().due(measure, &Counting::default(), just_after, &[]).unwrap();
    assert_eq!(found.at, at("2026-11-20 17:00"));
}

#[test]
fn the_cut_off_is_on_the_clock_of_the_calendar() {
    let received = DateTime::parse_from_rfc3339("2026-11-18T20:30:00Z").unwrap();
    let found = vn().due(Measure::WorkingDays(1), &Counting::default(), received, &[]).unwrap();
    assert_eq!(found.at, at("2026-11-20 17:00"), "there it is 03:30 of the 19th");
}

#[test]
fn a_definition_may_set_another_cut_off_or_none() {
    let measure = Measure::WorkingDays(1);
    let received = at("2026-11-18 15:30");
    let none = Counting { cut_off: None };
    assert_eq!(vn().due(measure, &none, received, &[]).unwrap().at, at("2026-11-19 17:00"));
    let four = Counting { cut_off: NaiveTime::from_hms_opt(16, 0, 0) };
    assert_eq!(vn().due(measure, &four, received, &[]).unwrap().at, at("2026-11-19 17:00"));
}

#[test]
fn what_comes_on_a_day_off_counts_from_the_next_working_day() {
    assert_due("1 working day", "2026-11-21 10:00", &[], "2026-11-25 17:00");
    assert_due("1 working day", "2026-11-24 10:00", &[], "2026-11-26 17:00");
    let moved = due("1 working day", "2026-11-24 16:00", &[]).basis.moved.unwrap();
    assert_eq!(moved.to.date_naive(), day("2026-11-25"));
    let Because::DayOff { name: Some(name) } = moved.because else { panic!("{moved:?}") };
    assert_eq!(name.en, "Vietnam Culture Day");
}

#[test]
fn swapped_saturdays_count() {
    assert_due("1 working day", "2026-08-21 10:00", &[], "2026-08-22 17:00");
    assert_due("1 working day", "2026-08-22 10:00", &[], "2026-08-24 17:00");
    assert_due("1 working day", "2026-01-01 10:00", &[], "2026-01-06 17:00");
}

#[test]
fn the_same_working_day_ends_with_the_day_of_receipt() {
    assert_due("same working day", "2026-08-28 10:00", &[], "2026-08-28 17:00");
    assert_due("same working day", "2026-08-28 15:30", &[], "2026-09-03 17:00");
    assert_due("same working day", "2026-08-29 10:00", &[], "2026-09-03 17:00");
}

#[test]
fn calendar_days_count_worked_or_not() {
    assert_due("3 days", "2026-11-16 10:00", &[], "2026-11-19 17:00");
    assert_due("30 days", "2026-11-02 10:00", &[], "2026-12-02 17:00");
    assert_due("3 days", "2026-11-16 16:00", &[], "2026-11-20 17:00");
    assert_due("3 days", "2026-11-14 10:00", &[], "2026-11-19 17:00");
}

#[test]
fn a_last_calendar_day_that_is_off_moves_to_the_next_working_day() {
    assert_due("5 days", "2026-11-16 10:00", &[], "2026-11-23 17:00");
    assert_due("8 days", "2026-11-16 10:00", &[], "2026-11-25 17:00");
    let basis = due("5 days", "2026-11-16 10:00", &[]).basis;
    assert_eq!(basis.last_day_off, Some(day("2026-11-21")));
    assert_eq!(due("3 days", "2026-11-16 10:00", &[]).basis.last_day_off, None);
}

#[test]
fn the_walk_ends_with_the_known_years() {
    let not_covered = |date| Err(Error::NotCovered { date: day(date) });
    assert_eq!(try_due("1 working day", "2027-12-31 10:00", &[]), not_covered("2028-01-01"));
    assert_eq!(try_due("10000 working days", "2026-01-05 10:00", &[]), not_covered("2028-01-01"));
    assert_eq!(try_due("1 working day", "2024-12-31 10:00", &[]), not_covered("2024-12-31"));
    assert_eq!(try_due("10000 days", "2026-01-05 10:00", &[]), not_covered("2028-01-01"));
}

#[test]
fn amounts_have_bounds() {
    let counting = Counting::default();
    for measure in [
        Measure::ElapsedMinutes(0),
        Measure::ElapsedHours(0),
        Measure::WorkingHours(0),
        Measure::CalendarDays(0),
        Measure::WorkingDays(AMOUNT_MAX + 1),
        Measure::ElapsedHours(u32::MAX),
    ] {
        let found = vn().due(measure, &counting, at("2026-11-18 10:00"), &[]);
        assert_eq!(found, Err(Error::Amount { measure }));
    }
}

/// The calendar is data: an office that works on Sundays in one stretch counts by its own.
#[test]
fn another_calendar_counts_by_its_own_hours_and_weekend() {
    let source = r#"
calendar: other
title: { vi: Khác, en: Other }
zone: "+03:30"
hours: ["08:00-14:00"]
weekend: [friday]
years:
  2026: { status: announced, source: none, days_off: [] }
"#;
    let (calendar, diagnostics) = Calendar::parse("other.yaml", source);
    let calendar = calendar.unwrap_or_else(|| panic!("{diagnostics:?}"));
    assert_eq!(calendar.day(day("2026-11-22")), Ok(Day::Working { instead_of: None }));
    let received = DateTime::parse_from_rfc3339("2026-11-19T09:00:00+03:30").unwrap();
    let counting = Counting::default();
    let days = calendar.due(Measure::WorkingDays(2), &counting, received, &[]).unwrap();
    assert_eq!(days.at.to_rfc3339(), "2026-11-22T14:00:00+03:30");
    let hours = calendar.due(Measure::WorkingHours(6), &counting, received, &[]).unwrap();
    assert_eq!(hours.at.to_rfc3339(), "2026-11-21T09:00:00+03:30");
}
