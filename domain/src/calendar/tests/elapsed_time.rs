//! Rule: minutes and hours run day and night, on working days or not.

use chrono::DateTime;

use super::super::{Counting, Measure};
use super::{assert_due, due, vn};

#[test]
fn hours_run_day_and_night() {
    assert_due("24 hours", "2026-11-19 09:12", &[], "2026-11-20 09:12");
    assert_due("24 hours", "2026-12-07 08:30", &[], "2026-12-08 08:30");
    assert_due("24 hours", "2026-11-20 16:00", &[], "2026-11-21 16:00");
    assert_due("24 hours", "2026-11-23 16:00", &[], "2026-11-24 16:00");
}

#[test]
fn minutes_run_day_and_night() {
    assert_due("10 minutes", "2026-11-21 23:55", &[], "2026-11-22 00:05");
}

#[test]
fn a_restart_counts_anew_from_the_supply() {
    assert_due("24 hours", "2026-11-18 09:00", &[], "2026-11-19 09:00");
}

#[test]
fn seconds_are_kept() {
    let received = DateTime::parse_from_rfc3339("2026-11-19T09:12:34.567+07:00").unwrap();
    let due = vn().due(Measure::ElapsedHours(24), &Counting::default(), received, &[]).unwrap();
    assert_eq!(due.at.to_rfc3339(), "2026-11-20T09:12:34.567+07:00");
}

#[test]
fn the_due_time_is_in_the_zone_of_the_calendar() {
    let received = DateTime::parse_from_rfc3339("2026-11-19T02:12:00Z").unwrap();
    let counting = Counting::default();
    let found = vn().due(Measure::ElapsedHours(24), &counting, received, &[]).unwrap();
    assert_eq!(found, due("24 hours", "2026-11-19 09:12", &[]));
    assert_eq!(found.at.to_rfc3339(), "2026-11-20T09:12:00+07:00");
    assert_eq!(found.basis.received.to_rfc3339(), "2026-11-19T09:12:00+07:00");
}

#[test]
fn no_year_of_the_calendar_is_needed() {
    assert_due("24 hours", "2031-01-04 10:00", &[], "2031-01-05 10:00");
    let absurd = DateTime::from_timestamp(8_000_000_000_000, 0).unwrap().fixed_offset();
    vn().due(Measure::ElapsedHours(24), &Counting::default(), absurd, &[]).unwrap_err();
}
