//! Rule: a stop moves a limit in hours by the time stopped; in a limit of days, a day after receipt
//! in whose working hours the clock stood is not counted.

use super::super::{Error, STOPS_MAX, Stopped};
use super::{StopKind, assert_due, due, stop, try_due};

const DOWN: StopKind = StopKind::Outage;

#[test]
fn hours_continue_after_a_supplement() {
    let stops = [stop(StopKind::Supplement, "2026-11-16 16:00", "2026-11-18 09:00")];
    assert_due("24 hours", "2026-11-16 10:00", &stops, "2026-11-19 03:00");
    let found = due("24 hours", "2026-11-16 10:00", &stops).basis;
    assert_eq!(found.stopped, Some(Stopped::Seconds(41 * 3600)));
    assert_eq!(found.stops, stops);
}

#[test]
fn a_day_of_correction_is_not_counted() {
    let stops = [stop(StopKind::Correction, "2026-11-20 10:00", "2026-11-20 16:00")];
    assert_due("2 working days", "2026-11-19 14:00", &stops, "2026-11-25 17:00");
    assert_due("2 working days", "2026-11-20 16:00", &[], "2026-11-26 17:00");
}

#[test]
fn a_day_of_announced_outage_is_not_counted() {
    let stops = [stop(DOWN, "2026-11-20 10:00", "2026-11-20 15:30")];
    assert_due("2 working days", "2026-11-19 14:00", &stops, "2026-11-25 17:00");
    let found = due("2 working days", "2026-11-19 14:00", &stops).basis;
    assert_eq!(found.stopped, Some(Stopped::Days(1)));
}

#[test]
fn consent_time_of_days_is_not_counted() {
    let stops = [stop(StopKind::Consent, "2026-11-16 14:00", "2026-11-18 09:00")];
    assert_due("2 working days", "2026-11-16 10:00", &stops, "2026-11-20 17:00");
}

#[test]
fn a_stop_outside_working_hours_takes_no_day() {
    for (from, until) in [
        ("2026-11-19 17:00", "2026-11-20 07:30"),
        ("2026-11-20 11:30", "2026-11-20 13:00"),
        ("2026-11-21 00:00", "2026-11-23 00:00"),
        ("2026-11-24 08:00", "2026-11-24 17:00"),
        ("2026-11-20 09:00", "2026-11-20 09:00"),
        ("2026-11-19 14:30", "2026-11-19 17:00"),
        ("2026-11-18 08:00", "2026-11-19 14:00"),
        ("2026-11-23 17:00", "2026-11-25 17:00"),
    ] {
        let stops = [stop(DOWN, from, until)];
        assert_due("2 working days", "2026-11-19 14:00", &stops, "2026-11-23 17:00");
        assert_eq!(due("2 working days", "2026-11-19 14:00", &stops).basis.stops, []);
    }
}

#[test]
fn one_minute_of_a_working_day_takes_it() {
    for (from, until) in [
        ("2026-11-20 07:00", "2026-11-20 07:31"),
        ("2026-11-20 16:59", "2026-11-20 18:00"),
        ("2026-11-23 16:59", "2026-11-23 17:00"),
    ] {
        let stops = [stop(DOWN, from, until)];
        assert_due("2 working days", "2026-11-19 14:00", &stops, "2026-11-25 17:00");
    }
}

#[test]
fn a_stop_over_the_weekend_takes_calendar_days_too() {
    let stops = [stop(StopKind::Supplement, "2026-11-20 16:00", "2026-11-23 09:00")];
    assert_due("5 days", "2026-11-16 10:00", &stops, "2026-11-25 17:00");
    let found = due("5 days", "2026-11-16 10:00", &stops).basis;
    assert_eq!(found.stopped, Some(Stopped::Days(4)), "Friday to Monday");
}

#[test]
fn a_stop_within_the_same_working_day_moves_its_end() {
    let stops = [stop(DOWN, "2026-08-28 10:30", "2026-08-28 11:00")];
    assert_due("same working day", "2026-08-28 10:00", &stops, "2026-09-03 17:00");
    assert_due("same working day", "2026-08-28 11:00", &stops, "2026-08-28 17:00");
}

#[test]
fn overlapping_stops_count_once() {
    let stops = [
        stop(DOWN, "2026-11-16 20:00", "2026-11-17 08:00"),
        stop(StopKind::Supplement, "2026-11-16 16:00", "2026-11-18 09:00"),
        stop(StopKind::Consent, "2026-11-18 08:00", "2026-11-18 09:00"),
        stop(StopKind::Supplement, "2026-11-16 16:00", "2026-11-18 09:00"),
    ];
    assert_due("24 hours", "2026-11-16 10:00", &stops, "2026-11-19 03:00");
    let found = due("24 hours", "2026-11-16 10:00", &stops).basis;
    assert_eq!(found.stopped, Some(Stopped::Seconds(41 * 3600)));
    assert_eq!(found.stops, [stops[1], stops[0], stops[2]], "in order, each once");
}

#[test]
fn a_stop_after_the_end_changes_nothing() {
    let stops = [stop(DOWN, "2026-11-17 10:00", "2026-11-18 10:00")];
    assert_due("24 hours", "2026-11-16 10:00", &stops, "2026-11-17 10:00");
    assert_eq!(due("24 hours", "2026-11-16 10:00", &stops).basis.stopped, None);
}

#[test]
fn a_stop_that_began_before_the_receipt_counts_from_the_receipt() {
    let stops = [stop(DOWN, "2026-11-16 08:00", "2026-11-16 12:00")];
    assert_due("24 hours", "2026-11-16 10:00", &stops, "2026-11-17 12:00");
}

#[test]
fn impossible_stops_are_refused() {
    let backwards = stop(DOWN, "2026-11-16 12:00", "2026-11-16 10:00");
    let (from, until) = (backwards.from, backwards.until);
    let found = try_due("24 hours", "2026-11-16 10:00", &[backwards]);
    assert_eq!(found, Err(Error::StopBackwards { from, until }));
    let many = vec![stop(DOWN, "2026-11-16 11:00", "2026-11-16 12:00"); STOPS_MAX + 1];
    assert_eq!(try_due("24 hours", "2026-11-16 10:00", &many), Err(Error::TooManyStops));
    assert_due("24 hours", "2026-11-16 10:00", &many[1..], "2026-11-17 11:00");
}
