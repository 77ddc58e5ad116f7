//! What a simulated agency issues: a value for each result that the task declares, plausible and
//! always the same for the same dispatch.

#[cfg(test)]
mod tests;

use chrono::{Datelike, FixedOffset};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{OpenTask, Seed};
use crate::cli::pdf;

/// Days, papers and years are those of Vietnam.
const HOURS_EAST: i32 = 7;

/// One result as the task declares it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Declared {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    title: Title,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Title {
    #[serde(default)]
    en: String,
    #[serde(default)]
    vi: String,
}

/// A made result.
#[derive(Debug, PartialEq)]
pub(super) enum Made {
    Value(Json),
    /// A file to be stored first; its digest is the value.
    Document(Vec<u8>),
}

/// `None` if the kind of result is unknown here.
pub(super) fn make(seed: Seed, office: &str, task: &OpenTask, name: &str) -> Option<Made> {
    let declared = task.returns.get(name)?;
    let about = [task.dispatch.as_str(), "result", name];
    let date = task.dispatched_at.with_timezone(&FixedOffset::east_opt(HOURS_EAST * 3600)?);
    let value = match declared.kind.as_str() {
        "document" => return Some(Made::Document(document(office, task, name, declared))),
        "personal-id" => json!(personal_id(seed.number(&about), date.year())),
        "text" => json!(format!("{}: {}", declared.title.vi, task.code)),
        "date" => json!(date.date_naive().to_string()),
        // Between one and ten million đồng, in steps of a hundred thousand.
        "money" => json!(1_000_000 + seed.number(&about) % 91 * 100_000),
        _ => return None,
    };
    Some(Made::Value(value))
}

/// Twelve digits as they are given to somebody born this year in Hà Nội: province, century and
/// sex, year, six digits.
fn personal_id(number: u64, year: i32) -> String {
    let sex = 2 + number % 2;
    format!("001{sex}{:02}{:06}", year.rem_euclid(100), number / 2 % 1_000_000)
}

fn document(office: &str, task: &OpenTask, name: &str, declared: &Declared) -> Vec<u8> {
    let lines = [
        declared.title.en.clone(),
        String::new(),
        format!("Dossier: {}", task.code),
        format!("Procedure: {}", task.task),
        format!("Result: {name}"),
        format!("Office: {office}"),
        String::new(),
        "Issued by a simulated agency. Without any legal effect.".to_owned(),
    ];
    let heading = if declared.title.vi.is_empty() { name } else { &declared.title.vi };
    pdf::document(heading, &lines)
}
