//! Rule: a window given to a person counts working days without the cut-off and ends with its last
//! day, at 24:00.

use super::super::{Error, Measure};
use super::{at, day, vn};

#[track_caller]
fn assert_window(working_days: u32, from: &str, last_day: &str) {
    let due = vn().window(working_days, at(from)).unwrap();
    let midnight = day(last_day).succ_opt().unwrap();
    assert_eq!(due.at, at(&format!("{midnight} 00:00")), "{working_days} from {from}");
    assert_eq!(due.last_day(), day(last_day));
}

#[test]
fn seven_working_days_for_a_supplement() {
    assert_window(7, "2026-11-16 16:00", "2026-11-26");
}

#[test]
fn five_working_days_for_a_consent_and_then_seven_for_other_evidence() {
    assert_window(5, "2026-11-19 14:00", "2026-11-27");
    let lapsed = vn().window(5, at("2026-11-19 14:00")).unwrap().at;
    assert_eq!(lapsed, at("2026-11-28 00:00"));
    assert_window(7, "2026-11-28 00:00", "2026-12-08");
}

#[test]
fn the_hour_of_the_start_plays_no_part() {
    for from in ["2026-11-16 00:00", "2026-11-16 15:01", "2026-11-16 23:59"] {
        assert_window(1, from, "2026-11-17");
    }
    assert_window(1, "2026-11-21 10:00", "2026-11-23");
    assert_window(1, "2026-08-21 10:00", "2026-08-22");
}

#[test]
fn a_window_may_end_with_the_last_known_day_but_not_later() {
    assert_window(1, "2027-12-30 10:00", "2027-12-31");
    let date = day("2028-01-01");
    assert_eq!(vn().window(2, at("2027-12-30 10:00")), Err(Error::NotCovered { date }));
    let date = day("2024-12-31");
    assert_eq!(vn().window(1, at("2024-12-31 10:00")), Err(Error::NotCovered { date }));
}

#[test]
fn a_window_has_at_least_one_day() {
    let measure = Measure::WorkingDays(0);
    assert_eq!(vn().window(0, at("2026-11-16 10:00")), Err(Error::Amount { measure }));
}
