//! Which days are worked.

use super::super::{Calendar, Day, Error};
use super::{day, vn};
use crate::language::Text;

fn works(calendar: &Calendar, written: &str) -> bool {
    matches!(calendar.day(day(written)).unwrap(), Day::Working { .. })
}

#[test]
fn weekends_and_public_holidays_are_off() {
    let calendar = vn();
    let off = [
        ("2025-01-01", "2025-01-01"),
        ("2025-01-25", "2025-02-02"),
        ("2025-04-07", "2025-04-07"),
        ("2025-04-30", "2025-05-04"),
        ("2025-08-30", "2025-09-02"),
        ("2026-01-01", "2026-01-04"),
        ("2026-02-14", "2026-02-22"),
        ("2026-04-25", "2026-04-27"),
        ("2026-04-30", "2026-05-03"),
        ("2026-08-29", "2026-09-02"),
        ("2026-11-24", "2026-11-24"),
        ("2027-01-01", "2027-01-03"),
        ("2027-02-05", "2027-02-14"),
        ("2027-04-16", "2027-04-18"),
        ("2027-04-30", "2027-05-03"),
        ("2027-09-02", "2027-09-05"),
        ("2027-11-24", "2027-11-24"),
    ];
    for (from, until) in off {
        let (from, until) = (day(from), day(until));
        for date in from.iter_days().take_while(|it| *it <= until) {
            assert!(!works(&calendar, &date.to_string()), "{date}");
        }
        assert!(works(&calendar, &(until.succ_opt().unwrap()).to_string()), "after {until}");
    }
}

#[test]
fn swapped_saturdays_are_worked() {
    let calendar = vn();
    let swaps =
        [("2025-04-26", "2025-05-02"), ("2026-01-10", "2026-01-02"), ("2026-08-22", "2026-08-31")];
    for (worked, off) in swaps {
        let instead_of = Some(day(off));
        assert_eq!(calendar.day(day(worked)), Ok(Day::Working { instead_of }));
        let Ok(Day::Off { worked_on, .. }) = calendar.day(day(off)) else {
            panic!("{off} should be off")
        };
        assert_eq!(worked_on, Some(day(worked)));
    }
    assert!(!works(&calendar, "2026-08-15"), "an ordinary Saturday");
}

#[test]
fn a_holiday_has_its_name() {
    let name = Some(Text::new("Ngày Văn hóa Việt Nam", "Vietnam Culture Day"));
    assert_eq!(vn().day(day("2026-11-24")), Ok(Day::Off { name, worked_on: None }));
    assert_eq!(vn().day(day("2026-11-21")), Ok(Day::Off { name: None, worked_on: None }));
    assert_eq!(vn().day(day("2025-11-24")), Ok(Day::Working { instead_of: None }));
}

#[test]
fn what_no_year_covers_is_not_known() {
    let calendar = vn();
    assert_eq!(calendar.covered(), day("2025-01-01")..=day("2027-12-31"));
    for unknown in ["2024-12-31", "2028-01-01"] {
        let date = day(unknown);
        assert_eq!(calendar.day(date), Err(Error::NotCovered { date }));
        assert!(!calendar.provisional(date));
    }
}

#[test]
fn only_2027_is_provisional() {
    let calendar = vn();
    assert!(!calendar.provisional(day("2026-12-31")));
    assert!(calendar.provisional(day("2027-01-01")));
    assert_eq!(calendar.source(2026), Some("9441/TB-BNV; 28/2026/QH16 (24 November)"));
    assert_eq!(calendar.source(2028), None);
}
