//! The years of a calendar file: their days off, the days worked in exchange, and whether all of
//! it fits together.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, Weekday};

use super::fields::{self, check_keys, required, text, texts};
use super::{DAYS_MAX, YEARS_MAX, time};
use crate::calendar::{DayOff, HalfDay, Year, YearStatus};
use crate::diagnostic::{Diagnostic, Report, Span, suggest};
use crate::yaml::{Key, Node};

const YEAR_KEYS: [&str; 5] = ["status", "source", "days_off", "working_days", "half_days"];
const HALF_DAY_KEYS: [&str; 3] = ["date", "until", "name"];
const DAY_OFF_KEYS: [&str; 4] = ["date", "from", "to", "name"];
const WORKING_DAY_KEYS: [&str; 2] = ["date", "instead_of"];
const STATUSES: [(&str, YearStatus); 2] =
    [("announced", YearStatus::Announced), ("provisional", YearStatus::Provisional)];

/// A day that is worked, as written.
struct Swap {
    date: NaiveDate,
    date_span: Span,
    instead_of: NaiveDate,
    instead_of_span: Span,
}

/// Without a known weekend, swapped days are not judged.
pub(super) fn read(
    node: &Node,
    weekend: Option<&[Weekday]>,
    report: &mut Report,
) -> Option<BTreeMap<i32, Year>> {
    let Some(entries) = node.map().filter(|it| (1..=YEARS_MAX).contains(&it.len())) else {
        let message = format!("1 to {YEARS_MAX} years belong here, each under its number.");
        report.add(Diagnostic::error("wrong-type", node.span, message));
        return None;
    };
    let mut years = BTreeMap::new();
    let mut swaps = Vec::new();
    for (key, value) in entries {
        let Some(number) = number(key, report) else { continue };
        if let Some((year, swapped)) = year(number, value, report) {
            years.insert(number, year);
            swaps.extend(swapped);
        }
    }
    if let Some(weekend) = weekend {
        for swap in &swaps {
            settle(swap, weekend, entries, &mut years, report);
        }
    }
    check_gaps(entries, report);
    Some(years)
}

fn check_gaps(entries: &[(Key, Node)], report: &mut Report) {
    let number = |key: &Key| key.name.parse::<i32>().ok();
    let numbers: BTreeSet<i32> = entries.iter().filter_map(|(key, _)| number(key)).collect();
    for (key, _) in entries {
        let Some(before) = number(key).and_then(|it| it.checked_sub(1)) else { continue };
        if numbers.first().is_some_and(|it| *it <= before) && !numbers.contains(&before) {
            let message = format!("`{}` follows a gap: {before} is missing.", key.name);
            let hint = "the years of a calendar follow one another";
            report.add(Diagnostic::error("year-gap", key.span, message).hint(hint));
        }
    }
}

fn number(key: &Key, report: &mut Report) -> Option<i32> {
    let number = key.name.parse::<i32>().ok().filter(|it| (2000..=2999).contains(it));
    if number.is_none() {
        let message = format!("`{}` is no year between 2000 and 2999.", key.name);
        report.add(Diagnostic::error("bad-value", key.span, message));
    }
    number
}

fn year(number: i32, node: &Node, report: &mut Report) -> Option<(Year, Vec<Swap>)> {
    check_keys(node, &YEAR_KEYS, report)?;
    let status = required(node, "status", report).and_then(|it| status(it, report));
    let source = required(node, "source", report).and_then(|it| text(it, report));
    let off = required(node, "days_off", report).and_then(|it| days_off(number, it, report));
    let mut swaps = Vec::new();
    if let Some(node) = node.get("working_days") {
        let items = fields::list(node, 0..=DAYS_MAX, report).unwrap_or_default();
        swaps.extend(items.iter().filter_map(|it| swap(number, it, report)));
    }
    let half = node.get("half_days").map_or_else(BTreeMap::new, |it| half_days(number, it, report));
    let (status, source, off) = (status?, source?.to_owned(), off?);
    Some((Year { status, source, off, worked: BTreeMap::new(), half }, swaps))
}

fn status(node: &Node, report: &mut Report) -> Option<YearStatus> {
    let written = text(node, report)?;
    let found = STATUSES.iter().find(|(name, _)| *name == written);
    if found.is_none() {
        let message = format!("`{written}` is no status of a year.");
        let hint = suggest(written, STATUSES.iter().map(|(name, _)| *name));
        let diagnostic = Diagnostic::error("unknown-name", node.span, message);
        report.add(hint.into_iter().fold(diagnostic, Diagnostic::hint));
    }
    found.map(|(_, status)| *status)
}

/// Days on which work ends early.
pub(super) fn half_days(
    year: i32,
    node: &Node,
    report: &mut Report,
) -> BTreeMap<NaiveDate, HalfDay> {
    let mut half = BTreeMap::new();
    for item in fields::list(node, 0..=DAYS_MAX, report).unwrap_or_default() {
        let Some((date, day)) = half_day(year, item, report) else { continue };
        if half.insert(date, day).is_some() {
            let message = format!("{date} is listed as a half day twice.");
            report.add(Diagnostic::error("duplicate-day", item.span, message));
        }
    }
    half
}

fn half_day(year: i32, node: &Node, report: &mut Report) -> Option<(NaiveDate, HalfDay)> {
    check_keys(node, &HALF_DAY_KEYS, report)?;
    let date = required(node, "date", report).and_then(|it| date_in(year, it, report));
    let name = required(node, "name", report).and_then(|it| texts(it, report));
    let until_node = required(node, "until", report)?;
    let written = text(until_node, report)?;
    let Some(until) = time(written) else {
        let message = format!("`{written}` is no time of the day.");
        report.add(Diagnostic::error("bad-value", until_node.span, message).hint("e.g. \"11:30\""));
        return None;
    };
    Some((date?, HalfDay { until, name: name? }))
}

/// All days off of a year, or nothing if an entry can't be read.
pub(super) fn days_off(
    year: i32,
    node: &Node,
    report: &mut Report,
) -> Option<BTreeMap<NaiveDate, DayOff>> {
    let mut off = BTreeMap::new();
    let mut sound = true;
    for item in fields::list(node, 0..=DAYS_MAX, report)? {
        sound &= day_off(year, item, &mut off, report).is_some();
    }
    sound.then_some(off)
}

/// Adds the days of one entry: `date`, or `from` and `to`, with a `name`.
fn day_off(
    year: i32,
    node: &Node,
    off: &mut BTreeMap<NaiveDate, DayOff>,
    report: &mut Report,
) -> Option<()> {
    check_keys(node, &DAY_OFF_KEYS, report)?;
    let name = required(node, "name", report).and_then(|it| texts(it, report));
    let (from, until) = match (node.get("date"), node.get("from"), node.get("to")) {
        (Some(date), None, None) => {
            let date = date_in(year, date, report)?;
            (date, date)
        }
        (None, Some(from), Some(to)) => {
            let (first, last) = (date_in(year, from, report), date_in(year, to, report));
            let (first, last) = (first?, last?);
            if first > last {
                let message = format!("This ends on {last}, before it begins on {first}.");
                report.add(Diagnostic::error("bad-order", to.span, message));
            }
            (first, last)
        }
        _ => {
            let message = "A day off has either a `date` or a `from` and a `to`.";
            report.add(Diagnostic::error("missing-key", node.heading(), message));
            return None;
        }
    };
    let name = name?;
    for date in from.iter_days().take_while(|it| *it <= until) {
        let day_off = DayOff { name: name.clone(), worked_on: None };
        if off.insert(date, day_off).is_some() {
            let message = format!("{date} is listed as a day off twice.");
            report.add(Diagnostic::error("duplicate-day", node.span, message));
        }
    }
    Some(())
}

fn swap(year: i32, node: &Node, report: &mut Report) -> Option<Swap> {
    check_keys(node, &WORKING_DAY_KEYS, report)?;
    let date = required(node, "date", report);
    let instead_of = required(node, "instead_of", report);
    let (date_node, instead_node) = (date?, instead_of?);
    let date = date_in(year, date_node, report);
    let instead_of = fields::date(instead_node, report);
    Some(Swap {
        date: date?,
        date_span: date_node.span,
        instead_of: instead_of?,
        instead_of_span: instead_node.span,
    })
}

fn date_in(year: i32, node: &Node, report: &mut Report) -> Option<NaiveDate> {
    let date = fields::date(node, report)?;
    if date.year() != year {
        let message = format!("{date} is not a day of {year}.");
        let hint = format!("list it under {}", date.year());
        report.add(Diagnostic::error("not-in-year", node.span, message).hint(hint));
        return None;
    }
    Some(date)
}

/// Enters a swap on both of its days, if both are what it says. A year that can't be read, which
/// has been reported, is not judged.
fn settle(
    swap: &Swap,
    weekend: &[Weekday],
    written: &[(Key, Node)],
    years: &mut BTreeMap<i32, Year>,
    report: &mut Report,
) {
    let Swap { date, date_span, instead_of, instead_of_span } = *swap;
    let mut fault = |code, span, message: String, hint: &str| {
        report.add(Diagnostic::error(code, span, message).hint(hint));
    };
    if !weekend.contains(&date.weekday()) {
        let message = format!("{date} is a working day anyway.");
        fault("not-a-day-off", date_span, message, "a swapped working day falls on the weekend");
    }
    let other_year = instead_of.year();
    let unread = !years.contains_key(&other_year)
        && written.iter().any(|(key, _)| key.name == other_year.to_string());
    match years.get_mut(&instead_of.year()).and_then(|it| it.off.get_mut(&instead_of)) {
        None if unread => {}
        None => {
            let message = format!("{instead_of} is not listed as a day off.");
            fault("not-a-day-off", instead_of_span, message, "list it under days_off");
        }
        Some(_) if weekend.contains(&instead_of.weekday()) => {
            let message = format!("{instead_of} is on the weekend and needs no exchange.");
            fault("not-a-day-off", instead_of_span, message, "name the working day that is off");
        }
        Some(DayOff { worked_on: Some(other), .. }) => {
            let message = format!("{instead_of} is already exchanged for {other}.");
            fault("duplicate-day", instead_of_span, message, "one day is worked for one day off");
        }
        Some(day_off) => day_off.worked_on = Some(date),
    }
    let Some(year) = years.get_mut(&date.year()) else { return };
    if year.off.contains_key(&date) {
        let message = format!("{date} is listed as a day off too.");
        fault("duplicate-day", date_span, message, "a day is either off or worked");
    }
    if year.worked.insert(date, instead_of).is_some() {
        let message = format!("{date} is listed as a working day twice.");
        fault("duplicate-day", date_span, message, "one day is worked for one day off");
    }
}
