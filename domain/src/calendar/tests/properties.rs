//! Laws that hold for all dates, and a second way of counting, minute by minute and day by day,
//! from a table of days off of its own, that must agree with the first.

use std::sync::LazyLock;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, TimeDelta, Timelike, Weekday};
use proptest::prelude::*;

use super::super::{Calendar, Counting, Measure, Stop, StopKind};
use super::{at, vn};
use crate::language::Language;

static CALENDAR: LazyLock<Calendar> = LazyLock::new(vn);

/// A second opinion on what is due when. Slow, simple, and sharing nothing with the first.
mod oracle {
    use super::*;

    /// Days off that are no weekend, as (year, month, first day, last day).
    const OFF: [(i32, u32, u32, u32); 22] = [
        (2025, 1, 1, 1),
        (2025, 1, 27, 31),
        (2025, 4, 7, 7),
        (2025, 4, 30, 30),
        (2025, 5, 1, 2),
        (2025, 9, 1, 2),
        (2026, 1, 1, 2),
        (2026, 2, 16, 20),
        (2026, 4, 27, 27),
        (2026, 4, 30, 30),
        (2026, 5, 1, 1),
        (2026, 8, 31, 31),
        (2026, 9, 1, 2),
        (2026, 11, 24, 24),
        (2027, 1, 1, 1),
        (2027, 2, 5, 5),
        (2027, 2, 8, 12),
        (2027, 4, 16, 16),
        (2027, 4, 30, 30),
        (2027, 5, 3, 3),
        (2027, 9, 2, 3),
        (2027, 11, 24, 24),
    ];
    const WORKED: [(i32, u32, u32); 3] = [(2025, 4, 26), (2026, 1, 10), (2026, 8, 22)];

    /// What a calendar says, as plainly as can be.
    #[derive(Clone, Debug)]
    pub(super) struct Oracle {
        pub(super) off: Vec<NaiveDate>,
        pub(super) worked: Vec<NaiveDate>,
        /// Days on which work ends at this minute.
        pub(super) half: Vec<(NaiveDate, u32)>,
        pub(super) weekend: Vec<Weekday>,
        /// Minutes of the day, from and until.
        pub(super) hours: Vec<(u32, u32)>,
    }

    /// Of the shipped calendar, from the table above.
    pub(super) fn vn() -> Oracle {
        let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
        let days = OFF.iter().flat_map(|it| (it.2..=it.3).map(|day| date(it.0, it.1, day)));
        Oracle {
            off: days.collect(),
            worked: WORKED.iter().map(|it| date(it.0, it.1, it.2)).collect(),
            half: Vec::new(),
            weekend: vec![Weekday::Sat, Weekday::Sun],
            hours: vec![(450, 690), (780, 1020)],
        }
    }

    fn stood(minute: DateTime<FixedOffset>, stops: &[Stop]) -> bool {
        stops.iter().any(|it| it.from <= minute && minute < it.until)
    }

    fn minute_of_day(moment: DateTime<FixedOffset>) -> u32 {
        moment.hour() * 60 + moment.minute()
    }

    /// Counts minutes that `counts` until there are enough.
    fn minutes(
        received: DateTime<FixedOffset>,
        enough: u32,
        counts: impl Fn(DateTime<FixedOffset>) -> bool,
    ) -> DateTime<FixedOffset> {
        let mut minute = received;
        let mut counted = 0;
        while counted < enough {
            counted += u32::from(counts(minute));
            minute += TimeDelta::minutes(1);
        }
        minute
    }

    impl Oracle {
        pub(super) fn works(&self, date: NaiveDate) -> bool {
            let off = self.off.contains(&date) || self.weekend.contains(&date.weekday());
            self.worked.contains(&date) || !off
        }

        fn office(&self, date: NaiveDate, minute_of_day: u32) -> bool {
            let early = self.half.iter().any(|it| it.0 == date && minute_of_day >= it.1);
            let hours = || self.hours.iter();
            !early && hours().any(|(from, until)| (*from..*until).contains(&minute_of_day))
        }

        fn stood_on(
            &self,
            date: NaiveDate,
            received: DateTime<FixedOffset>,
            stops: &[Stop],
        ) -> bool {
            if stops.is_empty() {
                return false;
            }
            (0..24 * 60).filter(|it| self.office(date, *it)).any(|minute| {
                let midnight = at(&format!("{date} 00:00"));
                let moment = midnight + TimeDelta::minutes(minute.into());
                moment >= received && stood(moment, stops)
            })
        }

        fn days(
            &self,
            received: DateTime<FixedOffset>,
            enough: u32,
            stops: &[Stop],
            every_day: bool,
        ) -> DateTime<FixedOffset> {
            let mut date = received.date_naive();
            let early = self.half.iter().find(|it| it.0 == date).map_or(900, |it| it.1.min(900));
            if !self.works(date) || minute_of_day(received) > early {
                date = date.succ_opt().unwrap();
                while !self.works(date) {
                    date = date.succ_opt().unwrap();
                }
            }
            let mut counted = 0;
            while counted < enough {
                date = date.succ_opt().unwrap();
                let counts = every_day || self.works(date);
                counted += u32::from(counts && !self.stood_on(date, received, stops));
            }
            while !self.works(date) || every_day && self.stood_on(date, received, stops) {
                date = date.succ_opt().unwrap();
            }
            let early = self.half.iter().find(|it| it.0 == date).map_or(1440, |it| it.1);
            let closing = self.hours.last().map_or(0, |it| it.1).min(early);
            at(&format!("{date} 00:00")) + TimeDelta::minutes(closing.into())
        }

        pub(super) fn due(
            &self,
            measure: Measure,
            received: DateTime<FixedOffset>,
            stops: &[Stop],
        ) -> DateTime<FixedOffset> {
            let runs = |it: DateTime<FixedOffset>| !stood(it, stops);
            let works = |it: DateTime<FixedOffset>| {
                runs(it)
                    && self.office(it.date_naive(), minute_of_day(it))
                    && self.works(it.date_naive())
            };
            match measure {
                Measure::ElapsedMinutes(amount) => minutes(received, amount, runs),
                Measure::ElapsedHours(amount) => minutes(received, amount * 60, runs),
                Measure::WorkingHours(amount) => minutes(received, amount * 60, works),
                Measure::WorkingDays(amount) => self.days(received, amount, stops, false),
                Measure::CalendarDays(amount) => self.days(received, amount, stops, true),
            }
        }
    }
}

static ORACLE: LazyLock<oracle::Oracle> = LazyLock::new(oracle::vn);

/// A made-up calendar of the same three years, as its file and as the oracle has it: other office
/// hours, another weekend, holidays anywhere, some of them worked off on a day of the weekend.
fn calendars() -> impl Strategy<Value = (Calendar, oracle::Oracle)> {
    let hours = prop::sample::select(vec![
        vec![(450, 690), (780, 1020)],
        vec![(480, 960)],
        vec![(420, 600), (660, 720), (900, 1080)],
    ]);
    let weekend = prop::sample::select(vec![vec![Weekday::Sat, Weekday::Sun], vec![Weekday::Sun]]);
    let off = prop::collection::btree_set(0..1095_i64, 0..40);
    let swaps = prop::collection::btree_set(0..156_i64, 0..12);
    let half = prop::collection::btree_map(0..1095_i64, 490..1030_u32, 0..60);
    (hours, weekend, off, swaps, half).prop_map(|(hours, weekend, off, swaps, half)| {
        let first = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
        let day = |it: i64| first + TimeDelta::days(it);
        let mut off: Vec<NaiveDate> = off.into_iter().map(day).collect();
        // A Sunday that is worked makes up for the Monday after it.
        let sundays = swaps.into_iter().map(|week| day(4 + week * 7));
        let worked: Vec<NaiveDate> = sundays
            .filter(|it| it.year() == (*it + TimeDelta::days(1)).year() && !off.contains(it))
            .collect();
        off.extend(worked.iter().map(|it| *it + TimeDelta::days(1)));
        off.sort();
        off.dedup();
        let half = half.into_iter().map(|(date, until)| (day(date), until)).collect();
        let oracle = oracle::Oracle { off, worked, half, weekend, hours };
        (parsed(&oracle), oracle)
    })
}

/// The oracle's calendar through the reader of files.
fn parsed(oracle: &oracle::Oracle) -> Calendar {
    use std::fmt::Write as _;
    let clock = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
    let hours = oracle.hours.iter().map(|it| format!("\"{}-{}\"", clock(it.0), clock(it.1)));
    let hours: Vec<String> = hours.collect();
    let weekend = if oracle.weekend.len() == 2 { "saturday, sunday" } else { "sunday" };
    let mut text = format!(
        "calendar: made-up\ntitle: {{ vi: a, en: a }}\nzone: \"+07:00\"\nhours: [{}]\nweekend: [{weekend}]\nyears:\n",
        hours.join(", ")
    );
    for year in 2025..=2027 {
        let _ = writeln!(text, "  {year}:\n    status: announced\n    source: made up");
        let off: Vec<_> = oracle.off.iter().filter(|it| it.year() == year).collect();
        let _ = writeln!(text, "    days_off:{}", if off.is_empty() { " []" } else { "" });
        for day in off {
            let _ = writeln!(text, "      - {{ date: {day}, name: {{ vi: a, en: a }} }}");
        }
        let worked: Vec<_> = oracle.worked.iter().filter(|it| it.year() == year).collect();
        if !worked.is_empty() {
            let _ = writeln!(text, "    working_days:");
        }
        let half: Vec<_> = oracle.half.iter().filter(|it| it.0.year() == year).collect();
        for day in worked {
            let instead = *day + TimeDelta::days(1);
            let _ = writeln!(text, "      - {{ date: {day}, instead_of: {instead} }}");
        }
        if !half.is_empty() {
            let _ = writeln!(text, "    half_days:");
        }
        for (day, until) in half {
            let until = clock(*until);
            let _ = writeln!(
                text,
                "      - {{ date: {day}, until: \"{until}\", name: {{ vi: a, en: a }} }}"
            );
        }
    }
    let (calendar, faults) = Calendar::parse("made-up.yaml", &text);
    calendar.unwrap_or_else(|| panic!("{faults:?}\n{text}"))
}

/// Minutes from 1 January 2025 to the middle of October 2027, so that no walk leaves the years.
const MINUTES: i64 = 1018 * 24 * 60;

fn moment(minute: i64) -> DateTime<FixedOffset> {
    at("2025-01-01 00:00") + TimeDelta::minutes(minute)
}

/// Half of the moments are near the edges of office hours, the cut-off and midnight.
fn received() -> impl Strategy<Value = DateTime<FixedOffset>> {
    let edges = prop::sample::select(vec![0, 450, 690, 780, 900, 1020]);
    let near_edge = (0..MINUTES / 1440, edges, -1..=1_i64)
        .prop_map(|(day, edge, off)| moment((day * 1440 + edge + off).max(0)));
    prop_oneof![(0..MINUTES).prop_map(moment), near_edge]
}

fn measure() -> impl Strategy<Value = Measure> {
    prop_oneof![
        (1..3000_u32).prop_map(Measure::ElapsedMinutes),
        (1..80_u32).prop_map(Measure::ElapsedHours),
        (1..40_u32).prop_map(Measure::WorkingHours),
        (1..20_u32).prop_map(Measure::WorkingDays),
        (1..30_u32).prop_map(Measure::CalendarDays),
    ]
}

fn kind() -> impl Strategy<Value = StopKind> {
    prop::sample::select(vec![
        StopKind::Supplement,
        StopKind::Consent,
        StopKind::Payment,
        StopKind::Draft,
        StopKind::Correction,
        StopKind::Outage,
    ])
}

/// Stops that begin from a day before the receipt to a fortnight after it.
fn received_and_stops() -> impl Strategy<Value = (DateTime<FixedOffset>, Vec<Stop>)> {
    let stop = (kind(), -1440..20_000_i64, prop_oneof![0..90_i64, 0..5000_i64]);
    (received(), prop::collection::vec(stop, 0..5)).prop_map(|(received, stops)| {
        let stop = |(kind, begin, length)| {
            let from = received + TimeDelta::minutes(begin);
            Stop { kind, from, until: from + TimeDelta::minutes(length) }
        };
        (received, stops.into_iter().map(stop).collect())
    })
}

fn due_at(
    measure: Measure,
    received: DateTime<FixedOffset>,
    stops: &[Stop],
) -> DateTime<FixedOffset> {
    CALENDAR.due(measure, &Counting::default(), received, stops).unwrap().at
}

proptest! {
    #[test]
    fn both_ways_of_counting_agree(
        measure in measure(),
        (received, stops) in received_and_stops(),
    ) {
        prop_assert_eq!(due_at(measure, received, &stops), ORACLE.due(measure, received, &stops));
    }

    #[test]
    fn both_ways_agree_over_made_up_calendars(
        (calendar, oracle) in calendars(),
        measure in measure(),
        (received, stops) in received_and_stops(),
    ) {
        let due = calendar.due(measure, &Counting::default(), received, &stops);
        prop_assert_eq!(due.unwrap().at, oracle.due(measure, received, &stops));
    }

    #[test]
    fn both_ways_of_counting_windows_agree(working_days in 1..20_u32, from in received()) {
        let mut date = from.date_naive();
        let mut left = working_days;
        while left > 0 {
            date = date.succ_opt().unwrap();
            left -= u32::from(ORACLE.works(date));
        }
        let due = CALENDAR.window(working_days, from).unwrap();
        prop_assert_eq!(due.last_day(), date);
        prop_assert_eq!(due.at, at(&format!("{date} 00:00")) + TimeDelta::days(1));
    }

    #[test]
    fn what_is_received_later_is_not_due_earlier(
        measure in measure(),
        (received, stops) in received_and_stops(),
        later in 0..20_000_i64,
    ) {
        let later = received + TimeDelta::minutes(later);
        prop_assert!(due_at(measure, received, &stops) <= due_at(measure, later, &stops));
    }

    #[test]
    fn more_time_is_not_due_earlier(
        (received, stops) in received_and_stops(),
        amount in 1..30_u32,
    ) {
        let makers: [fn(u32) -> Measure; 5] = [
            Measure::ElapsedMinutes,
            Measure::ElapsedHours,
            Measure::WorkingHours,
            Measure::WorkingDays,
            Measure::CalendarDays,
        ];
        for make in makers {
            let (less, more) = (make(amount), make(amount + 1));
            prop_assert!(due_at(less, received, &stops) <= due_at(more, received, &stops));
        }
    }

    #[test]
    fn stops_only_delay(measure in measure(), (received, stops) in received_and_stops()) {
        let mut before = due_at(measure, received, &[]);
        for count in 1..=stops.len() {
            let with = due_at(measure, received, &stops[..count]);
            prop_assert!(before <= with);
            before = with;
        }
    }

    #[test]
    fn order_repetition_and_cutting_of_stops_play_no_part(
        measure in measure(),
        (received, stops) in received_and_stops(),
    ) {
        let mut cut = Vec::new();
        for stop in stops.iter().rev() {
            let middle = stop.from + (stop.until - stop.from) / 2;
            cut.push(Stop { from: middle, ..*stop });
            cut.push(*stop);
            cut.push(Stop { until: middle, ..*stop });
        }
        prop_assert_eq!(due_at(measure, received, &stops), due_at(measure, received, &cut));
    }

    #[test]
    fn working_time_never_ends_on_a_day_off(
        measure in measure(),
        (received, stops) in received_and_stops(),
    ) {
        let due = due_at(measure, received, &stops);
        if !matches!(measure, Measure::ElapsedMinutes(_) | Measure::ElapsedHours(_)) {
            prop_assert!(ORACLE.works(due.date_naive()));
            prop_assert!(due.hour() * 60 + due.minute() <= 1020);
        }
        prop_assert!(due > received);
    }

    #[test]
    fn the_offset_of_the_moments_plays_no_part(
        measure in measure(),
        (received, stops) in received_and_stops(),
        hours in -12..=12_i32,
    ) {
        let zone = FixedOffset::east_opt(hours * 3600).unwrap();
        let moved = |it: &Stop| Stop {
            from: it.from.with_timezone(&zone),
            until: it.until.with_timezone(&zone),
            ..*it
        };
        let stops_elsewhere: Vec<Stop> = stops.iter().map(moved).collect();
        let counting = Counting::default();
        let here = CALENDAR.due(measure, &counting, received, &stops).unwrap();
        let elsewhere = received.with_timezone(&zone);
        let there = CALENDAR.due(measure, &counting, elsewhere, &stops_elsewhere).unwrap();
        prop_assert_eq!(serde_json::to_string(&here).unwrap(), serde_json::to_string(&there).unwrap());
        prop_assert_eq!(there.at.offset(), &CALENDAR.offset());
    }

    #[test]
    fn every_due_time_survives_storage_and_explains_itself(
        measure in measure(),
        (received, stops) in received_and_stops(),
    ) {
        let due = CALENDAR.due(measure, &Counting::default(), received, &stops).unwrap();
        let stored = serde_json::to_string(&due).unwrap();
        let read: super::Due = serde_json::from_str(&stored).unwrap();
        for language in [Language::Vi, Language::En] {
            prop_assert_eq!(read.explain(language), due.explain(language));
        }
        prop_assert_eq!(read, due);
    }

    #[test]
    fn no_text_makes_the_reader_panic(source in "(?s)[a-z:\\[\\]{}\", \\-\n0-9]{0,200}") {
        let _ = Calendar::parse("any.yaml", &source);
    }

    #[test]
    fn a_broken_line_is_reported_and_never_accepted_in_silence(line in 8..60_usize, junk in "[a-z]{1,8}: [a-z]") {
        let mut lines: Vec<&str> = super::VN.lines().collect();
        let line = line % lines.len();
        lines.insert(line, &junk);
        let (calendar, diagnostics) = Calendar::parse("vn.yaml", &lines.join("\n"));
        prop_assert!(calendar.is_none() && !diagnostics.is_empty());
    }
}
