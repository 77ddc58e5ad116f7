//! What a due time rests on, beside the amount: when it counts as received, which special days lie
//! on the way, which stops took time. It is found out when the end is known, and recorded.

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta};

use super::basis::{Because, Moved, SpecialDays, Stop, Stopped};
use super::counting::Counting;
use super::span::{Span, overlapping};
use super::{Calendar, Day, Error, date};

impl Calendar {
    /// In limits of days: the next working day, if the receipt counts only then.
    pub(super) fn moved_to_working_day(
        &self,
        received: NaiveDateTime,
        counting: &Counting,
    ) -> Result<Option<Moved>, Error> {
        let because = match self.day(received.date())? {
            Day::Off { name, .. } => Because::DayOff { name },
            Day::Working { .. } => match (counting.cut_off, self.half_day(received.date())) {
                (Some(cut_off), Some(half)) if half.until < cut_off => {
                    if received.time() <= half.until {
                        return Ok(None);
                    }
                    Because::ClosedEarly { at: half.until, name: half.name.clone() }
                }
                (Some(cut_off), _) if received.time() > cut_off => Because::CutOff(cut_off),
                _ => return Ok(None),
            },
        };
        let day = self.working_day_after(received.date())?;
        Ok(Some(Moved { to: self.moment(day.and_time(self.opening())), because }))
    }

    /// In limits of working hours: the next opening, if the receipt is outside office hours.
    pub(super) fn moved_to_opening(&self, received: NaiveDateTime) -> Result<Option<Moved>, Error> {
        let because = match self.day(received.date())? {
            Day::Off { name, .. } => Because::DayOff { name },
            Day::Working { .. } => Because::Closed,
        };
        let Some(first) = self.office_time(received).next().transpose()? else { return Ok(None) };
        let moved = Moved { to: self.moment(first.from), because };
        Ok((first.from > received).then_some(moved))
    }

    /// The stops that took any of the lost time, in order, in the calendar's zone.
    pub(super) fn effective(&self, stops: &[Stop], lost: &[Span]) -> Vec<Stop> {
        let local =
            |it: &Stop| Stop { from: self.local(it.from), until: self.local(it.until), ..*it };
        let took_time = |it: &Stop| {
            let span = Span { from: it.from.naive_local(), until: it.until.naive_local() };
            overlapping(lost, span).next().is_some()
        };
        let mut effective: Vec<Stop> = stops.iter().map(local).filter(took_time).collect();
        effective.sort_by_key(|it| (it.from, it.until, it.kind));
        effective.dedup();
        effective
    }

    /// The holidays on working weekdays and the swapped days from one date to another.
    pub(super) fn special_days(
        &self,
        from: NaiveDate,
        until: NaiveDate,
    ) -> Result<Vec<SpecialDays>, Error> {
        let mut found: Vec<SpecialDays> = Vec::new();
        let mut worked_since = true;
        for date in from.iter_days().take_while(|it| *it <= until) {
            match self.day(date)? {
                Day::Working { instead_of } => {
                    worked_since = true;
                    let swapped = |instead_of| SpecialDays::SwappedWorking { date, instead_of };
                    found.extend(instead_of.map(swapped));
                    found.extend(self.half_day(date).map(|it| SpecialDays::HalfDay {
                        date,
                        until: it.until,
                        name: it.name.clone(),
                    }));
                }
                Day::Off { worked_on: Some(worked_on), .. } => {
                    found.push(SpecialDays::SwappedOff { date, worked_on });
                }
                Day::Off { name: Some(name), .. } if !self.weekend.contains(&date.weekday()) => {
                    match found.last_mut() {
                        Some(SpecialDays::Holiday { until, name: same, .. })
                            if *same == name && !worked_since =>
                        {
                            *until = date;
                        }
                        _ => found.push(SpecialDays::Holiday { from: date, until: date, name }),
                    }
                    worked_since = false;
                }
                Day::Off { .. } => {}
            }
        }
        Ok(found)
    }

    pub(super) fn provisional_years(&self, from: NaiveDate, until: NaiveDate) -> Vec<i32> {
        let years = from.year()..=until.year();
        years.filter(|it| self.provisional(date(*it, 1, 1))).collect()
    }
}

/// The time lost to stops, if any.
pub(super) fn seconds_lost(lost: &[Span]) -> Option<Stopped> {
    let length: TimeDelta = lost.iter().map(|it| it.length()).sum();
    let seconds = u64::try_from(length.num_seconds()).unwrap_or_default();
    (!lost.is_empty()).then_some(Stopped::Seconds(seconds))
}
