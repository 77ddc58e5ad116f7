//! Dates, times and durations as people read them: `Thu 26 Nov 2026 17:00` and
//! `17:00 thứ Năm 26/11/2026`. Moments are shown in the offset that they carry.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, TimeDelta, Weekday};

use crate::language::Language;

/// A moment in full: `Thu 26 Nov 2026 17:00`, `17:00 thứ Năm 26/11/2026`.
#[must_use]
pub fn format_moment(moment: DateTime<FixedOffset>, language: Language) -> String {
    on(moment, Year::Shown, language)
}

/// A moment for lists: `26 Nov 17:00`, `26/11 17:00`.
#[must_use]
pub fn format_moment_short(moment: DateTime<FixedOffset>, language: Language) -> String {
    match language {
        Language::En => moment.format("%-d %b %H:%M").to_string(),
        Language::Vi => moment.format("%-d/%-m %H:%M").to_string(),
    }
}

/// A date in full: `Thu 26 Nov 2026`, `thứ Năm 26/11/2026`.
#[must_use]
pub fn format_date(date: NaiveDate, language: Language) -> String {
    day(date, Year::Shown, language)
}

/// A length of time in hours and minutes: `41 hours`, `4 hours 48 minutes`, `4 giờ 48 phút`.
/// What is less than a minute is dropped; a negative length is none.
#[must_use]
pub fn format_duration(length: TimeDelta, language: Language) -> String {
    let minutes = length.num_minutes().max(0);
    let parts = [(minutes / 60, "hour", "giờ"), (minutes % 60, "minute", "phút")];
    let told =
        parts.iter().filter(|(amount, ..)| *amount > 0).map(|(amount, en, vi)| match language {
            Language::En => format!("{amount} {en}{}", plural(*amount)),
            Language::Vi => format!("{amount} {vi}"),
        });
    let told: Vec<String> = told.collect();
    match (told.is_empty(), language) {
        (true, Language::En) => "less than a minute".to_owned(),
        (true, Language::Vi) => "dưới 1 phút".to_owned(),
        (false, _) => told.join(" "),
    }
}

/// Whether a date is told with its year.
#[derive(Clone, Copy)]
pub(super) enum Year {
    Shown,
    Left,
}

/// A moment, with or without its year.
pub(super) fn on(moment: DateTime<FixedOffset>, year: Year, language: Language) -> String {
    let day = day(moment.date_naive(), year, language);
    let time = moment.format("%H:%M");
    match language {
        Language::En => format!("{day} {time}"),
        Language::Vi => format!("{time} {day}"),
    }
}

/// A date, with or without its year.
pub(super) fn day(date: NaiveDate, year: Year, language: Language) -> String {
    let shape = match (language, year) {
        (Language::En, Year::Shown) => "%a %-d %b %Y",
        (Language::En, Year::Left) => "%a %-d %b",
        (Language::Vi, Year::Shown) => "%-d/%-m/%Y",
        (Language::Vi, Year::Left) => "%-d/%-m",
    };
    let day = date.format(shape);
    match language {
        Language::En => day.to_string(),
        Language::Vi => format!("{} {day}", vietnamese(date.weekday())),
    }
}

pub(super) fn plural(amount: i64) -> &'static str {
    if amount == 1 { "" } else { "s" }
}

fn vietnamese(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "thứ Hai",
        Weekday::Tue => "thứ Ba",
        Weekday::Wed => "thứ Tư",
        Weekday::Thu => "thứ Năm",
        Weekday::Fri => "thứ Sáu",
        Weekday::Sat => "thứ Bảy",
        Weekday::Sun => "Chủ nhật",
    }
}
