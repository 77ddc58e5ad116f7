//! Rule: working hours are office hours (07:30–11:30, 13:00–17:00) of working days.

use super::super::{Because, Error, Stopped};
use super::{StopKind, assert_due, at, day, due, stop, try_due};

#[test]
fn within_an_afternoon() {
    assert_due("2 working hours", "2026-11-19 14:00", &[], "2026-11-19 16:00");
    assert_due("2 working hours", "2026-11-19 15:00", &[], "2026-11-19 17:00");
}

#[test]
fn over_lunch_night_weekend_and_holiday() {
    assert_due("2 working hours", "2026-11-19 10:30", &[], "2026-11-19 14:00");
    assert_due("2 working hours", "2026-11-19 16:00", &[], "2026-11-20 08:30");
    assert_due("2 working hours", "2026-11-20 16:00", &[], "2026-11-23 08:30");
    assert_due("2 working hours", "2026-11-23 16:00", &[], "2026-11-25 08:30");
    assert_due("8 working hours", "2026-11-20 13:00", &[], "2026-11-23 11:30");
}

#[test]
fn a_swapped_saturday_is_worked() {
    assert_due("2 working hours", "2026-08-21 16:00", &[], "2026-08-22 08:30");
}

#[test]
fn what_comes_when_the_office_is_closed_waits_for_the_opening() {
    let closed = [
        ("2026-11-19 12:00", "2026-11-19 15:00", "2026-11-19 13:00", Because::Closed),
        ("2026-11-19 06:00", "2026-11-19 09:30", "2026-11-19 07:30", Because::Closed),
        ("2026-11-20 17:00", "2026-11-23 09:30", "2026-11-23 07:30", Because::Closed),
        (
            "2026-11-21 10:00",
            "2026-11-23 09:30",
            "2026-11-23 07:30",
            Because::DayOff { name: None },
        ),
    ];
    for (received, expected, opening, because) in closed {
        assert_due("2 working hours", received, &[], expected);
        let moved = due("2 working hours", received, &[]).basis.moved.unwrap();
        assert_eq!((moved.to, moved.because), (at(opening), because), "{received}");
    }
    assert_eq!(due("2 working hours", "2026-11-19 16:59", &[]).basis.moved, None);
}

#[test]
fn the_cut_off_plays_no_part() {
    assert_due("1 working hour", "2026-11-19 15:30", &[], "2026-11-19 16:30");
}

#[test]
fn stops_take_their_working_time() {
    let outage = [stop(StopKind::Outage, "2026-11-19 11:00", "2026-11-19 14:00")];
    assert_due("2 working hours", "2026-11-19 10:30", &outage, "2026-11-19 15:30");
    let found = due("2 working hours", "2026-11-19 10:30", &outage).basis;
    assert_eq!(found.stopped, Some(Stopped::Seconds(90 * 60)));
    let lunch = [stop(StopKind::Outage, "2026-11-19 11:30", "2026-11-19 13:00")];
    assert_due("2 working hours", "2026-11-19 10:30", &lunch, "2026-11-19 14:00");
    assert_eq!(due("2 working hours", "2026-11-19 10:30", &lunch).basis.stops, []);
}

#[test]
fn the_walk_ends_with_the_known_years() {
    let date = day("2028-01-01");
    let found = try_due("2 working hours", "2027-12-31 16:00", &[]);
    assert_eq!(found, Err(Error::NotCovered { date }));
    assert_due("1 working hour", "2027-12-31 16:00", &[], "2027-12-31 17:00");
}
