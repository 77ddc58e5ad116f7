//! The check of a definition before it is used: everything that compiling finds, and whatever can
//! only be judged with the calendars and directories at hand, or is possible but hardly meant.

mod feasible;
mod reach;
mod seen;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use chrono::{Months, NaiveDate};

use super::compile::{Compiled, compile_with_draft};
use super::draft::Draft;
use super::{Group, Sources};
use crate::diagnostic::{Diagnostic, Report, suggest};

/// A calendar must reach this far beyond the first day of a definition, so that no due time is
/// missing in a year's time.
const MONTHS_COVERED: Months = Months::new(12);

/// What a definition refers to outside itself.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// By name of a working calendar: the days that it covers.
    pub calendars: BTreeMap<String, RangeInclusive<NaiveDate>>,
    /// By name of a directory: the kinds of offices in it.
    pub directories: BTreeMap<String, BTreeSet<String>>,
}

/// Everything that is wrong with a definition and its form, in the order of the files.
#[must_use]
pub fn check(sources: &Sources<'_>, surroundings: &Surroundings) -> Vec<Diagnostic> {
    let Compiled { group, draft, members, mut diagnostics } = compile_with_draft(sources);
    let mut report = Report::new(sources.definition_file);
    let mut form_report = Report::new(sources.form_file);
    if let Some(draft) = &draft {
        calendar(draft, surroundings, &mut report);
        offices(draft, surroundings, &mut report);
        if let Some(group) = &group {
            sense(draft, group, &mut report);
            seen::check(group, &members, &mut form_report);
        }
    }
    diagnostics.extend(report.into_diagnostics());
    diagnostics.extend(form_report.into_diagnostics());
    diagnostics.sort_by_key(|it| (it.file != sources.definition_file, it.span, it.severity));
    diagnostics
}

/// Whether what a right definition says can be meant.
fn sense(draft: &Draft, group: &Group, report: &mut Report) {
    reach::check(draft, group, report);
    feasible::check(draft, group, report);
}

fn calendar(draft: &Draft, surroundings: &Surroundings, report: &mut Report) {
    let name = &draft.calendar;
    if name.text.is_empty() {
        return;
    }
    let Some(covered) = surroundings.calendars.get(&name.text) else {
        let known = surroundings.calendars.keys().map(String::as_str);
        let message = format!("There is no calendar `{}`.", name.text);
        let hint = suggest(&name.text, known);
        let fault = Diagnostic::error("missing-calendar", name.span, message);
        report.add(Diagnostic { hint, ..fault });
        return;
    };
    let from = draft.effective_from;
    if from == NaiveDate::default() {
        return;
    }
    let last = covered.end();
    if !covered.contains(&from) {
        let message = format!(
            "The calendar `{}` covers {} to {last}, not the first day of this definition.",
            name.text,
            covered.start()
        );
        report.add(Diagnostic::error("calendar-too-short", draft.effective_from_span, message));
    } else if from.checked_add_months(MONTHS_COVERED).is_none_or(|it| it > *last) {
        let message = format!("The calendar `{}` ends on {last}.", name.text);
        report.add(
            Diagnostic::error("calendar-too-short", name.span, message)
                .hint("it must cover the twelve months after `effective_from`"),
        );
    }
}

fn offices(draft: &Draft, surroundings: &Surroundings, report: &mut Report) {
    let name = &draft.directory;
    if name.text.is_empty() {
        return;
    }
    let Some(kinds) = surroundings.directories.get(&name.text) else {
        let known = surroundings.directories.keys().map(String::as_str);
        let message = format!("There is no directory `{}`.", name.text);
        let hint = suggest(&name.text, known);
        let fault = Diagnostic::error("missing-directory", name.span, message);
        report.add(Diagnostic { hint, ..fault });
        return;
    };
    for office in draft.tasks.iter().filter_map(|it| it.office()) {
        if !office.text.is_empty() && !kinds.contains(&office.text) {
            let message = format!(
                "The directory `{}` has no office of the kind `{}`.",
                name.text, office.text
            );
            let hint = suggest(&office.text, kinds.iter().map(String::as_str));
            let fault = Diagnostic::error("missing-office", office.span, message);
            report.add(Diagnostic { hint, ..fault });
        }
    }
}
