//! Counting: from the moment of receipt to the moment when a limit or a window ends.
//! The walk ends at the last day that the calendar knows.

use std::iter;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::basis::{Basis, Due, Kind, SpecialDays, Stop, Stopped};
use super::circumstances::seconds_lost;
use super::measure::{AMOUNT_MAX, Measure};
use super::span::{Span, overlapping, run, united};
use super::{Calendar, Error, date, next};

/// A limit has at most this many stops.
pub const STOPS_MAX: usize = 1000;

/// What a definition may settle differently, where the law leaves it open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counting {
    /// In limits of days, what is received later than this counts as received on the next working
    /// day. By default 15:00; `null` for none.
    pub cut_off: Option<NaiveTime>,
}

impl Default for Counting {
    fn default() -> Self {
        Self { cut_off: NaiveTime::from_hms_opt(15, 0, 0) }
    }
}

/// When the clock of a limit starts and stands.
struct Clock<'a> {
    start: NaiveDateTime,
    stops: &'a [Stop],
    /// The same, united, without what lies before the start.
    stopped: Vec<Span>,
}

/// The last day of a limit of days.
struct LastDay {
    date: NaiveDate,
    /// The day off on which a limit of calendar days would have ended.
    day_off: Option<NaiveDate>,
    days_lost: u32,
    lost: Vec<Span>,
}

impl Calendar {
    /// When an agency's limit ends.
    ///
    /// - Minutes and hours run day and night; they need no year of the calendar.
    /// - Working hours run in office hours only.
    /// - In a limit of days the day of receipt is not counted, and the limit ends at the end of
    ///   office hours of its last day. What is received after the cut-off or on a day off counts
    ///   as received on the next working day. Calendar days count worked or not; a last day that
    ///   is off moves to the next working day.
    /// - On a day on which work ends early, a limit of days ends then, and what is received later
    ///   counts as received on the next working day.
    /// - A stop moves the end of a limit of minutes or hours by the (working) time stopped; in a
    ///   limit of days, a day in whose office hours the clock stood is not counted (a calendar day
    ///   that is off is judged by the same hours). Only what lies after the receipt matters, and
    ///   what lies in several stops counts once.
    ///
    /// # Errors
    /// [`Error::NotCovered`] if the walk leaves the known years; other errors if an argument is
    /// outside its bounds.
    pub fn due(
        &self,
        measure: Measure,
        counting: &Counting,
        received: DateTime<FixedOffset>,
        stops: &[Stop],
    ) -> Result<Due, Error> {
        check_amount(measure)?;
        let clock = self.clock(received, stops)?;
        match measure {
            Measure::ElapsedMinutes(amount) => {
                self.elapsed(measure, TimeDelta::minutes(amount.into()), &clock)
            }
            Measure::ElapsedHours(amount) => {
                self.elapsed(measure, TimeDelta::hours(amount.into()), &clock)
            }
            Measure::WorkingHours(amount) => {
                self.working(measure, TimeDelta::hours(amount.into()), &clock)
            }
            Measure::WorkingDays(_) | Measure::CalendarDays(_) => {
                self.days(measure, counting, &clock)
            }
        }
    }

    /// When a window given to a person ends: with the last of so many working days, the day on
    /// which it opens not counted, whatever the hour. It ends at 00:00 of the following day.
    ///
    /// # Errors
    /// As [`Calendar::due`].
    pub fn window(&self, working_days: u32, from: DateTime<FixedOffset>) -> Result<Due, Error> {
        let measure = Measure::WorkingDays(working_days);
        if working_days == 0 {
            return Err(Error::Amount { measure });
        }
        check_amount(measure)?;
        let start = self.wall(from)?;
        let first = start.date();
        self.day(first)?;
        let last = self.last_day(first, measure, &[])?.date;
        let mut days = self.special_days(next(first)?, last)?;
        days.retain(|it| !matches!(it, SpecialDays::HalfDay { .. }));
        let basis = Basis {
            days,
            provisional: self.provisional_years(first, last),
            ..self.basis(Kind::Window, measure, start)
        };
        Ok(Due { at: self.moment(next(last)?.into()), basis })
    }

    fn elapsed(&self, measure: Measure, limit: TimeDelta, clock: &Clock<'_>) -> Result<Due, Error> {
        let all_time = Span { from: clock.start, until: date(9999, 12, 31).into() };
        let end = run(iter::once(Ok(all_time)), &clock.stopped, limit)?;
        let basis = Basis {
            stops: self.effective(clock.stops, &end.lost),
            stopped: seconds_lost(&end.lost),
            ..self.basis(Kind::Limit, measure, clock.start)
        };
        Ok(Due { at: self.moment(end.at), basis })
    }

    fn working(&self, measure: Measure, limit: TimeDelta, clock: &Clock<'_>) -> Result<Due, Error> {
        let first = clock.start.date();
        let end = run(self.office_time(clock.start), &clock.stopped, limit)?;
        let basis = Basis {
            moved: self.moved_to_opening(clock.start)?,
            days: self.special_days(next(first)?, end.at.date())?,
            stops: self.effective(clock.stops, &end.lost),
            stopped: seconds_lost(&end.lost),
            provisional: self.provisional_years(first, end.at.date()),
            ..self.basis(Kind::Limit, measure, clock.start)
        };
        Ok(Due { at: self.moment(end.at), basis })
    }

    fn days(&self, measure: Measure, counting: &Counting, clock: &Clock<'_>) -> Result<Due, Error> {
        let today = clock.start.date();
        let moved = self.moved_to_working_day(clock.start, counting)?;
        let first = moved.as_ref().map_or(today, |it| it.to.date_naive());
        let last = self.last_day(first, measure, &clock.stopped)?;
        let mut days = if counts_every_day(measure) {
            let mut days = self.special_days(next(today)?, first)?;
            if let Some(day_off) = last.day_off {
                days.extend(self.special_days(day_off, last.date)?);
            }
            days
        } else {
            self.special_days(next(today)?, last.date)?
        };
        // Elsewhere half a day is a day.
        days.retain(|it| !matches!(it, SpecialDays::HalfDay { date, .. } if *date != last.date));
        let basis = Basis {
            moved,
            days,
            stops: self.effective(clock.stops, &last.lost),
            stopped: (last.days_lost > 0).then_some(Stopped::Days(last.days_lost)),
            last_day_off: last.day_off,
            provisional: self.provisional_years(today, last.date),
            ..self.basis(Kind::Limit, measure, clock.start)
        };
        Ok(Due { at: self.moment(last.date.and_time(self.closing(last.date))), basis })
    }

    fn basis(&self, kind: Kind, measure: Measure, received: NaiveDateTime) -> Basis {
        Basis {
            kind,
            measure,
            received: self.moment(received),
            moved: None,
            days: Vec::new(),
            stops: Vec::new(),
            stopped: None,
            last_day_off: None,
            provisional: Vec::new(),
        }
    }

    fn clock<'a>(
        &self,
        received: DateTime<FixedOffset>,
        stops: &'a [Stop],
    ) -> Result<Clock<'a>, Error> {
        if stops.len() > STOPS_MAX {
            return Err(Error::TooManyStops);
        }
        let start = self.wall(received)?;
        let mut spans = Vec::with_capacity(stops.len());
        for &Stop { from, until, .. } in stops {
            if until < from {
                return Err(Error::StopBackwards { from, until });
            }
            spans.push(Span { from: self.wall(from)?.max(start), until: self.wall(until)? });
        }
        spans.retain(|it| it.from < it.until);
        Ok(Clock { start, stops, stopped: united(spans) })
    }

    /// The last of the days of a limit after `first`, or, if that day is off or the clock stood
    /// on it, the next that is neither.
    fn last_day(
        &self,
        first: NaiveDate,
        measure: Measure,
        stopped: &[Span],
    ) -> Result<LastDay, Error> {
        let mut last = LastDay { date: first, day_off: None, days_lost: 0, lost: Vec::new() };
        let every_day = counts_every_day(measure);
        let mut left = measure.amount();
        let mut found = left > 0 || !self.lose(&mut last, stopped);
        while left > 0 {
            last.date = next(last.date)?;
            let counts = self.works(last.date)? || every_day;
            if counts && !self.lose(&mut last, stopped) {
                left -= 1;
            }
        }
        if !self.works(last.date)? {
            last.day_off = Some(last.date);
            found = false;
        }
        while !found {
            last.date = next(last.date)?;
            found = self.works(last.date)? && !self.lose(&mut last, stopped);
        }
        Ok(last)
    }

    /// Whether the clock stood in the office hours of the day, which then is noted as lost.
    fn lose(&self, day: &mut LastDay, stopped: &[Span]) -> bool {
        let before = day.lost.len();
        for office in self.office_hours(day.date) {
            day.lost.extend(overlapping(stopped, office));
        }
        let lost = day.lost.len() > before;
        day.days_lost += u32::from(lost);
        lost
    }

    /// The office hours of a date, as if it were worked.
    fn office_hours(&self, date: NaiveDate) -> impl Iterator<Item = Span> {
        let closing = self.closing(date);
        self.hours.iter().filter(move |it| it.from < closing).map(move |it| Span {
            from: date.and_time(it.from),
            until: date.and_time(it.until.min(closing)),
        })
    }

    /// Office hours of working days from a moment on; ends with an error after the known years.
    pub(super) fn office_time(
        &self,
        from: NaiveDateTime,
    ) -> impl Iterator<Item = Result<Span, Error>> {
        from.date().iter_days().flat_map(move |date| match self.works(date) {
            Ok(true) => self
                .office_hours(date)
                .filter(|it| it.until > from)
                .map(|it| Ok(Span { from: it.from.max(from), ..it }))
                .collect(),
            Ok(false) => Vec::new(),
            Err(error) => vec![Err(error)],
        })
    }
}

fn counts_every_day(measure: Measure) -> bool {
    matches!(measure, Measure::CalendarDays(_))
}

fn check_amount(measure: Measure) -> Result<(), Error> {
    let least = u32::from(!matches!(measure, Measure::WorkingDays(_)));
    if (least..=AMOUNT_MAX).contains(&measure.amount()) {
        Ok(())
    } else {
        Err(Error::Amount { measure })
    }
}
