//! Moves an example application in time, so that it was written today: ages, notices and marriages
//! stay as old as they were. What only looks like a date (a book of 2018, the year within a number)
//! stays.

#[cfg(test)]
mod tests;

use chrono::{Datelike, Days, NaiveDate};
use serde_json::Value as Json;

/// Moves every date in a form by the days between two days. Dates are whole texts: `YYYY-MM-DD`,
/// the same with a time behind a `T`, and `YYYY-MM`, which moves by the months in between.
pub(super) fn shift(form: &mut Json, from: NaiveDate, to: NaiveDate) {
    match form {
        Json::String(text) => {
            if let Some(moved) = shifted(text, from, to) {
                *text = moved;
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|it| shift(it, from, to)),
        Json::Object(members) => members.values_mut().for_each(|it| shift(it, from, to)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

fn shifted(text: &str, from: NaiveDate, to: NaiveDate) -> Option<String> {
    if text.len() == 7 {
        let month = day(&format!("{text}-01"))?;
        let months = months(month) + months(to) - months(from);
        return Some(format!("{:04}-{:02}", months.div_euclid(12), months.rem_euclid(12) + 1));
    }
    let (date, time) = match text.split_once('T') {
        Some((date, time)) if time.starts_with(|it: char| it.is_ascii_digit()) => {
            (date, Some(time))
        }
        Some(_) => return None,
        None => (text, None),
    };
    let days = (to - from).num_days();
    let distance = Days::new(days.unsigned_abs());
    let date = day(date)?;
    let moved =
        if days < 0 { date.checked_sub_days(distance) } else { date.checked_add_days(distance) };
    let moved = moved?.format("%Y-%m-%d");
    Some(time.map_or_else(|| moved.to_string(), |time| format!("{moved}T{time}")))
}

fn day(text: &str) -> Option<NaiveDate> {
    let shape = |(index, byte): (usize, u8)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    let is_shaped = text.len() == 10 && text.bytes().enumerate().all(shape);
    is_shaped.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

/// Months since year 0.
fn months(date: NaiveDate) -> i32 {
    date.year() * 12 + i32::try_from(date.month0()).unwrap_or_default()
}
