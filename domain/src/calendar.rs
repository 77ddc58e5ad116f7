//! Working time: which days are worked, when a limit ends, and why, in a sentence.
//!
//! A [`Calendar`] is read from a file; nothing here asks for the present moment. All clock time is
//! that of the calendar's fixed zone, whatever offset a given moment carries. What the calendar
//! does not know is an [`Error`], never a guess.

mod basis;
mod circumstances;
mod counting;
mod explain;
mod format;
mod measure;
mod parse;
mod span;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Weekday};

use crate::diagnostic::Diagnostic;
use crate::language::Text;

pub use basis::{Basis, Because, Due, Kind, Moved, SpecialDays, Stop, StopKind, Stopped};
pub use counting::{Counting, STOPS_MAX};
pub use format::{format_date, format_duration, format_moment, format_moment_short};
pub use measure::{AMOUNT_MAX, Measure, MeasureError};
pub use parse::{DAYS_MAX, YEARS_MAX};

/// Moments outside these years are refused, so that no sum of times can overflow.
const YEARS_OF_MOMENTS: RangeInclusive<i32> = 1900..=9000;

/// The working time of one administration, for the years that its file knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The name by which definitions refer to it, e.g. `vn`.
    pub name: String,
    pub title: Text,
    offset: FixedOffset,
    /// In order, without overlap; never empty.
    hours: Vec<OfficeHours>,
    weekend: Vec<Weekday>,
    /// One after the other without a gap; never empty.
    years: BTreeMap<i32, Year>,
    /// By code of an area or id of an office: the working time there, where it is another.
    local: BTreeMap<String, Calendar>,
}

/// A stretch of office hours within a day: from (inclusive) until (exclusive).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OfficeHours {
    from: NaiveTime,
    until: NaiveTime,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Year {
    status: YearStatus,
    source: String,
    off: BTreeMap<NaiveDate, DayOff>,
    /// A day that is worked though its weekday is off, and the day off that it makes up for.
    worked: BTreeMap<NaiveDate, NaiveDate>,
    /// Days on which work ends early.
    half: BTreeMap<NaiveDate, HalfDay>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct HalfDay {
    until: NaiveTime,
    name: Text,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct DayOff {
    name: Text,
    /// The day that is worked in exchange.
    worked_on: Option<NaiveDate>,
}

/// Whether the days off of a year are law or a forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum YearStatus {
    Announced,
    Provisional,
}

/// What a date is in a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Day {
    Working {
        /// The day off that this day makes up for, if its weekday would be off.
        instead_of: Option<NaiveDate>,
    },
    Off {
        /// The holiday; absent on a plain weekend.
        name: Option<Text>,
        /// The day that is worked in exchange.
        worked_on: Option<NaiveDate>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Maintain the calendar: add the year of this date.
    #[error("no year of the calendar covers {date}")]
    NotCovered { date: NaiveDate },
    #[error("`{measure}` is not an amount that can be counted")]
    Amount { measure: Measure },
    #[error("a stop ends at {until}, before it begins at {from}")]
    StopBackwards { from: DateTime<FixedOffset>, until: DateTime<FixedOffset> },
    #[error("there are more than {STOPS_MAX} stops")]
    TooManyStops,
}

impl Calendar {
    /// Reads a calendar file (see `workflows/calendars`). Reports all faults at once; there is a
    /// calendar only if none of them is an error.
    #[must_use]
    pub fn parse(file: &str, source: &str) -> (Option<Self>, Vec<Diagnostic>) {
        parse::calendar(file, source)
    }

    /// The zone, as a fixed offset from UTC.
    #[must_use]
    pub fn offset(&self) -> FixedOffset {
        self.offset
    }

    /// From the first to the last day of the known years.
    #[must_use]
    pub fn covered(&self) -> RangeInclusive<NaiveDate> {
        let first = self.years.keys().next().copied().unwrap_or_default();
        let last = self.years.keys().next_back().copied().unwrap_or_default();
        date(first, 1, 1)..=date(last, 12, 31)
    }

    /// Whether the days off around this date are a forecast: its year is known, not announced.
    #[must_use]
    pub fn provisional(&self, date: NaiveDate) -> bool {
        self.years.get(&date.year()).is_some_and(|it| it.status == YearStatus::Provisional)
    }

    /// The laws and notices that a year rests on, as the file names them.
    #[must_use]
    pub fn source(&self, year: i32) -> Option<&str> {
        self.years.get(&year).map(|it| it.source.as_str())
    }

    /// Whether a date is worked.
    ///
    /// # Errors
    /// [`Error::NotCovered`] if no year of the calendar has this date.
    pub fn day(&self, date: NaiveDate) -> Result<Day, Error> {
        let year = self.years.get(&date.year()).ok_or(Error::NotCovered { date })?;
        if let Some(day_off) = year.off.get(&date) {
            let DayOff { name, worked_on } = day_off.clone();
            return Ok(Day::Off { name: Some(name), worked_on });
        }
        let instead_of = year.worked.get(&date).copied();
        if instead_of.is_none() && self.weekend.contains(&date.weekday()) {
            return Ok(Day::Off { name: None, worked_on: None });
        }
        Ok(Day::Working { instead_of })
    }

    /// A moment in the calendar's zone.
    #[must_use]
    pub fn local(&self, moment: DateTime<FixedOffset>) -> DateTime<FixedOffset> {
        moment.with_timezone(&self.offset)
    }

    /// The working time at a place that has all of these codes, the first before the others: the
    /// office's own, its area's, its province's, else the country's.
    #[must_use]
    pub fn at<'a>(&'a self, places: &[&str]) -> &'a Self {
        places.iter().find_map(|it| self.local.get(*it)).unwrap_or(self)
    }

    /// The codes of the places whose working time is another.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.local.keys().map(String::as_str)
    }

    fn half_day(&self, date: NaiveDate) -> Option<&HalfDay> {
        self.years.get(&date.year())?.half.get(&date)
    }

    fn works(&self, date: NaiveDate) -> Result<bool, Error> {
        Ok(matches!(self.day(date)?, Day::Working { .. }))
    }

    /// The first working day after a date.
    fn working_day_after(&self, date: NaiveDate) -> Result<NaiveDate, Error> {
        let mut day = next(date)?;
        while !self.works(day)? {
            day = next(day)?;
        }
        Ok(day)
    }

    fn opening(&self) -> NaiveTime {
        self.hours.first().map_or(NaiveTime::MIN, |it| it.from)
    }

    /// When work ends on a date, as if it were worked.
    fn closing(&self, date: NaiveDate) -> NaiveTime {
        let usual = self.hours.last().map_or(NaiveTime::MIN, |it| it.until);
        self.half_day(date).map_or(usual, |it| it.until.min(usual))
    }

    /// The clock on the wall at a moment.
    fn wall(&self, moment: DateTime<FixedOffset>) -> Result<NaiveDateTime, Error> {
        let utc = moment.naive_utc();
        if !YEARS_OF_MOMENTS.contains(&utc.year()) {
            return Err(Error::NotCovered { date: utc.date() });
        }
        Ok(utc + self.offset)
    }

    /// The moment when the clock on the wall shows this.
    fn moment(&self, wall: NaiveDateTime) -> DateTime<FixedOffset> {
        DateTime::from_naive_utc_and_offset(wall - self.offset, self.offset)
    }
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

fn next(date: NaiveDate) -> Result<NaiveDate, Error> {
    date.succ_opt().ok_or(Error::NotCovered { date })
}

#[cfg(test)]
mod tests;
