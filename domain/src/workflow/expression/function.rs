//! The functions of our own that conditions may call. Pure: the same texts always give the same
//! answer, in time that grows with their length alone.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use cel::{Context, ExecutionError};
use chrono::NaiveDate;

/// The letters of Vietnamese names by the one that is left of them without their marks.
const LETTERS: [&str; 7] = [
    "AÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬ",
    "DĐ",
    "EÈÉẺẼẸÊỀẾỂỄỆ",
    "IÌÍỈĨỊ",
    "OÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢ",
    "UÙÚỦŨỤƯỪỨỬỮỰ",
    "YỲÝỶỸỴ",
];
/// Marks that stand behind their letter as characters of their own.
const MARKS: std::ops::RangeInclusive<char> = '\u{300}'..='\u{36f}';

/// Makes the functions callable.
pub(super) fn add(context: &mut Context<'_, '_>) {
    let known = "no function of the library has this name";
    context.add_function("plain", |text: Arc<String>| plain(&text)).expect(known);
    context
        .add_function("years_between", |from: Arc<String>, until: Arc<String>| {
            years_between(&from, &until)
                .ok_or_else(|| ExecutionError::function_error("years_between", "no date"))
        })
        .expect(known);
    context
        .add_function("days_between", |from: Arc<String>, until: Arc<String>| {
            days_between(&from, &until)
                .ok_or_else(|| ExecutionError::function_error("days_between", "no date"))
        })
        .expect(known);
}

/// A name as banks write it: capital letters without their marks, one space between words.
pub(super) fn plain(text: &str) -> String {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| word.chars().flat_map(char::to_uppercase).filter_map(bare).collect())
        .collect();
    words.join(" ")
}

/// A capital letter without its marks; nothing of a mark alone.
fn bare(letter: char) -> Option<char> {
    if MARKS.contains(&letter) {
        return None;
    }
    let base = LETTERS.iter().find(|it| it.contains(letter)).and_then(|it| it.chars().next());
    Some(base.unwrap_or(letter))
}

/// Whole years from one day to another, negative if it is earlier. Who was born on 29 February
/// is a year older on 1 March of a year without it.
pub(super) fn years_between(from: &str, until: &str) -> Option<i64> {
    let (from, until) = (date(from)?, date(until)?);
    match until.years_since(from) {
        Some(years) => Some(years.into()),
        None => from.years_since(until).map(|years| -i64::from(years)),
    }
}

/// Days from one day to another, negative if it is earlier.
pub(super) fn days_between(from: &str, until: &str) -> Option<i64> {
    Some((date(until)? - date(from)?).num_days())
}

/// The day of a date or of a date with a time, as forms and results write them.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()
}
