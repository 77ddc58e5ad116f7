//! Reading a calendar file: every fault at its place, and a calendar only if there is no error.

mod fields;
mod local;
mod years;

use std::collections::BTreeMap;

use chrono::{FixedOffset, NaiveTime, Weekday};

use self::fields::{check_keys, required, text, texts};
use super::{Calendar, OfficeHours};
use crate::diagnostic::{Diagnostic, Report, suggest};
use crate::yaml::{self, Node};

/// A calendar knows at most this many years.
pub const YEARS_MAX: usize = 50;
/// A year lists at most this many days off, and as many swapped working days.
pub const DAYS_MAX: usize = 366;

const HOURS_MAX: usize = 8;
const KEYS: [&str; 7] = ["calendar", "title", "zone", "hours", "weekend", "years", "local"];
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

pub(super) fn calendar(file: &str, source: &str) -> (Option<Calendar>, Vec<Diagnostic>) {
    let mut report = Report::new(file);
    let calendar = yaml::parse(source, &mut report).and_then(|root| read(&root, &mut report));
    let calendar = calendar.filter(|_| !report.has_errors());
    (calendar, report.into_diagnostics())
}

/// Reads on after each fault, so that all of them are found at once.
fn read(root: &Node, report: &mut Report) -> Option<Calendar> {
    check_keys(root, &KEYS, report)?;
    let name = required(root, "calendar", report).and_then(|it| name(it, report));
    let title = required(root, "title", report).and_then(|it| texts(it, report));
    let offset = required(root, "zone", report).and_then(|it| zone(it, report));
    let hours = required(root, "hours", report).and_then(|it| hours(it, report));
    let weekend = required(root, "weekend", report).and_then(|it| weekend(it, report));
    let years =
        required(root, "years", report).and_then(|it| years::read(it, weekend.as_deref(), report));
    let country = Calendar {
        name: name?,
        title: title?,
        offset: offset?,
        hours: hours?,
        weekend: weekend?,
        years: years?,
        local: BTreeMap::new(),
    };
    opens_before_it_closes(root, &country, report);
    let local = root.get("local").map(|it| local::read(it, &country, report));
    Some(Calendar { local: local.unwrap_or_default(), ..country })
}

/// Work on a half day has begun before it ends.
fn opens_before_it_closes(root: &Node, calendar: &Calendar, report: &mut Report) {
    let half_days = calendar.years.values().flat_map(|it| &it.half);
    let Some(years) = root.get("years") else { return };
    for (date, _) in half_days.filter(|(_, it)| it.until <= calendar.opening()) {
        let message = format!("On {date} work ends before it begins.");
        report.add(Diagnostic::error("bad-order", years.heading(), message));
    }
}

fn name(node: &Node, report: &mut Report) -> Option<String> {
    let name = text(node, report)?;
    let fits = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    if name.chars().all(fits) && name.len() <= 64 {
        return Some(name.to_owned());
    }
    let message = format!("`{name}` is no name of a calendar.");
    let hint = "up to 64 small letters, digits and hyphens, e.g. `vn`";
    report.add(Diagnostic::error("bad-value", node.span, message).hint(hint));
    None
}

fn zone(node: &Node, report: &mut Report) -> Option<FixedOffset> {
    let zone = text(node, report)?;
    let offset = zone.parse::<FixedOffset>().ok().filter(|it| it.to_string() == zone);
    if offset.is_none() {
        let message = format!("`{zone}` is no offset from UTC.");
        report.add(Diagnostic::error("bad-value", node.span, message).hint("e.g. \"+07:00\""));
    }
    offset
}

fn hours(node: &Node, report: &mut Report) -> Option<Vec<OfficeHours>> {
    let items = fields::list(node, 1..=HOURS_MAX, report)?;
    let mut hours: Vec<OfficeHours> = Vec::new();
    let mut sound = true;
    for item in items {
        let Some(read) = office_hours(item, report) else {
            sound = false;
            continue;
        };
        if hours.last().is_some_and(|last| read.from < last.until) {
            let message = "These hours begin before the previous ones end.";
            let hint = "list the hours of a day in order, without overlap";
            report.add(Diagnostic::error("bad-order", item.span, message).hint(hint));
        }
        hours.push(read);
    }
    sound.then_some(hours)
}

fn office_hours(node: &Node, report: &mut Report) -> Option<OfficeHours> {
    let written = text(node, report)?;
    let read = written.split_once('-').and_then(|(from, until)| Some((time(from)?, time(until)?)));
    let Some((from, until)) = read else {
        let message = format!("`{written}` is no stretch of hours.");
        let hint = "from and until on the 24-hour clock, e.g. \"07:30-11:30\"";
        report.add(Diagnostic::error("bad-value", node.span, message).hint(hint));
        return None;
    };
    if from >= until {
        let message = format!("`{written}` ends before it begins.");
        report.add(Diagnostic::error("bad-order", node.span, message));
        return None;
    }
    Some(OfficeHours { from, until })
}

/// A time on the 24-hour clock, e.g. `07:30`.
fn time(written: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(written, "%H:%M").ok().filter(|_| written.len() == "07:30".len())
}

fn weekend(node: &Node, report: &mut Report) -> Option<Vec<Weekday>> {
    let items = fields::list(node, 0..=WEEKDAYS.len() - 1, report)?;
    let mut weekend = Vec::new();
    for item in items {
        let Some(written) = text(item, report) else { continue };
        let Some((_, weekday)) = WEEKDAYS.iter().find(|(name, _)| *name == written) else {
            let message = format!("`{written}` is no day of the week.");
            let hint = suggest(written, WEEKDAYS.iter().map(|(name, _)| *name));
            let diagnostic = Diagnostic::error("unknown-name", item.span, message);
            report.add(hint.into_iter().fold(diagnostic, Diagnostic::hint));
            continue;
        };
        if weekend.contains(weekday) {
            let message = format!("`{written}` stands here a second time.");
            report.add(Diagnostic::error("duplicate-day", item.span, message));
        }
        weekend.push(*weekday);
    }
    Some(weekend)
}
