//! One file per counting rule, with the dates of the shipped calendar of Viet Nam; the sentences;
//! the reading of calendar files; and laws that hold for all dates.

mod days;
mod elapsed_time;
mod explanations;
mod local;
mod measures;
mod parsing;
mod properties;
mod stops;
mod stored_form;
mod windows;
mod working_days;
mod working_hours;

use chrono::{DateTime, FixedOffset, NaiveDate};

use super::{Calendar, Counting, Due, Error, Measure, Stop, StopKind};

const VN: &str = include_str!("../../../workflows/calendars/vn.yaml");

fn vn() -> Calendar {
    let (calendar, diagnostics) = Calendar::parse("vn.yaml", VN);
    assert_eq!(diagnostics, []);
    calendar.unwrap()
}

/// `2026-11-19 14:00` on the clocks of Viet Nam.
fn at(written: &str) -> DateTime<FixedOffset> {
    DateTime::parse_from_str(&format!("{written} +0700"), "%Y-%m-%d %H:%M %z").unwrap()
}

fn day(written: &str) -> NaiveDate {
    written.parse().unwrap()
}

fn stop(kind: StopKind, from: &str, until: &str) -> Stop {
    Stop { kind, from: at(from), until: at(until) }
}

fn try_due(measure: &str, received: &str, stops: &[Stop]) -> Result<Due, Error> {
    let measure = Measure::parse(measure).unwrap();
    vn().due(measure, &Counting::default(), at(received), stops)
}

fn due(measure: &str, received: &str, stops: &[Stop]) -> Due {
    try_due(measure, received, stops).unwrap()
}

#[track_caller]
fn assert_due(measure: &str, received: &str, stops: &[Stop], expected: &str) {
    let found = due(measure, received, stops).at.format("%Y-%m-%d %H:%M").to_string();
    assert_eq!(found, expected, "{measure} from {received}");
}
