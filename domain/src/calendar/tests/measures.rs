//! How amounts of time are written.

use super::super::{Measure, MeasureError};
use crate::language::Language;

const WRITTEN: [(&str, Measure, &str, &str); 8] = [
    ("24 hours", Measure::ElapsedHours(24), "24 hours", "24 giờ"),
    ("1 hour", Measure::ElapsedHours(1), "1 hour", "1 giờ"),
    ("10 minutes", Measure::ElapsedMinutes(10), "10 minutes", "10 phút"),
    ("2 working hours", Measure::WorkingHours(2), "2 working hours", "2 giờ làm việc"),
    ("1 working day", Measure::WorkingDays(1), "1 working day", "1 ngày làm việc"),
    (
        "10000 working days",
        Measure::WorkingDays(10_000),
        "10000 working days",
        "10000 ngày làm việc",
    ),
    ("same working day", Measure::WorkingDays(0), "the same working day", "trong ngày làm việc"),
    ("30 days", Measure::CalendarDays(30), "30 days", "30 ngày"),
];

#[test]
fn measures_are_read_and_written() {
    for (written, measure, en, vi) in WRITTEN {
        assert_eq!(Measure::parse(written), Ok(measure));
        assert_eq!(written.parse(), Ok(measure));
        assert_eq!(measure.to_string(), written);
        assert_eq!(measure.text(Language::En), en);
        assert_eq!(measure.text(Language::Vi), vi);
        let json = serde_json::to_string(&measure).unwrap();
        assert_eq!(json, format!("\"{written}\""));
        assert_eq!(serde_json::from_str::<Measure>(&json).unwrap(), measure);
    }
}

#[test]
fn singular_and_plural_are_both_read() {
    assert_eq!(Measure::parse("2 working day"), Ok(Measure::WorkingDays(2)));
    assert_eq!(Measure::parse("1 hours"), Ok(Measure::ElapsedHours(1)));
}

#[test]
fn what_is_no_measure_is_refused() {
    for text in [
        "",
        "24",
        "hours",
        "24 weeks",
        "24  hours",
        "+2 hours",
        "2.5 hours",
        "-1 days",
        " 1 day",
        "1 day ",
        "2 Working days",
        "٣ days",
    ] {
        assert_eq!(Measure::parse(text), Err(MeasureError::Shape(text.to_owned())), "{text:?}");
    }
    for (text, amount) in
        [("0 days", "0"), ("10001 hours", "10001"), ("99999999999 hours", "99999999999")]
    {
        assert_eq!(Measure::parse(text), Err(MeasureError::Amount(amount.to_owned())));
    }
    serde_json::from_str::<Measure>("\"0 days\"").unwrap_err();
}
