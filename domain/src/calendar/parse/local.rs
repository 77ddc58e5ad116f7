//! The working time of a region or of an agency, where it is another than the country's: days off and
//! half days besides, or other office hours.

use std::collections::BTreeMap;

use super::fields::{check_keys, texts};
use super::{hours, years};
use crate::calendar::Calendar;
use crate::diagnostic::{Diagnostic, Report};
use crate::yaml::{Key, Node};

/// Places in one calendar at most; the country has about 3,400 areas.
const PLACES_MAX: usize = 5_000;
const PLACE_KEYS: [&str; 3] = ["title", "hours", "years"];
const YEAR_KEYS: [&str; 3] = ["source", "days_off", "half_days"];

pub(super) fn read(
    node: &Node,
    country: &Calendar,
    report: &mut Report,
) -> BTreeMap<String, Calendar> {
    let Some(entries) = node.map().filter(|it| it.len() <= PLACES_MAX) else {
        let message = format!("At most {PLACES_MAX} places belong here, each under its code.");
        report.add(Diagnostic::error("wrong-type", node.span, message));
        return BTreeMap::new();
    };
    let place = |(key, node): &(Key, Node)| Some((key.name.clone(), place(node, country, report)?));
    entries.iter().filter_map(place).collect()
}

fn place(node: &Node, country: &Calendar, report: &mut Report) -> Option<Calendar> {
    check_keys(node, &PLACE_KEYS, report)?;
    let mut place = country.clone();
    if let Some(title) = node.get("title") {
        place.title = texts(title, report)?;
    }
    if let Some(node) = node.get("hours") {
        place.hours = hours(node, report)?;
    }
    for (key, node) in node.get("years").and_then(Node::map).unwrap_or_default() {
        year(key, node, &mut place, report);
    }
    super::opens_before_it_closes(node, &place, report);
    Some(place)
}

/// Adds what a year has besides.
fn year(key: &Key, node: &Node, place: &mut Calendar, report: &mut Report) {
    let number = key.name.parse().unwrap_or_default();
    let Some(year) = place.years.get_mut(&number) else {
        let message = format!("The calendar has no year {}.", key.name);
        report.add(Diagnostic::error("year-gap", key.span, message));
        return;
    };
    if check_keys(node, &YEAR_KEYS, report).is_none() {
        return;
    }
    let days_off = node.get("days_off").and_then(|it| years::days_off(number, it, report));
    for (date, day_off) in days_off.unwrap_or_default() {
        if year.worked.remove(&date).is_none() {
            year.off.entry(date).or_insert(day_off);
        }
    }
    let half_days = node.get("half_days").map(|it| years::half_days(number, it, report));
    year.half.extend(half_days.unwrap_or_default());
}
