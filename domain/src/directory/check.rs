//! What the entries of a directory say of each other: provinces, successors, codes, and one office
//! per kind, area and day.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::parse::Places;
use super::{Area, AreaKind, Directory, Office, in_force};
use crate::diagnostic::{Diagnostic, Report, Span, suggest};

pub(super) fn directory(directory: &Directory, places: &Places, report: &mut Report) {
    for area in directory.areas.values() {
        let span = places.areas.get(&area.code).copied().unwrap_or_default();
        province(area, directory, span, report);
        area_successor(area, directory, span, report);
    }
    let mut codes: BTreeMap<&str, &Office> = BTreeMap::new();
    for office in directory.offices.values() {
        let span = places.offices.get(&office.id).copied().unwrap_or_default();
        office_successor(office, directory, span, report);
        if let Some(other) = codes.insert(&office.code, office) {
            let message = format!("`{}` has the code {} too.", other.id, office.code);
            report.add(
                Diagnostic::error("duplicate", span, message)
                    .hint("a dossier's code begins with it, so it names one office"),
            );
        }
    }
    one_at_a_time(directory, places, report);
}

fn province(area: &Area, directory: &Directory, span: Span, report: &mut Report) {
    let Some(code) = &area.province else { return };
    match directory.areas.get(code) {
        Some(province) if province.kind == AreaKind::Province => {
            let last = |it: &Area| it.to.unwrap_or(NaiveDate::MAX);
            if area.from < province.from || last(area) > last(province) {
                let message = format!("{} is not in force as long as {}.", code, area.code);
                report.add(Diagnostic::error("period", span, message));
            }
        }
        Some(_) => {
            let message = format!("{code} is not a province.");
            report.add(Diagnostic::error("wrong-area", span, message));
        }
        None => unknown("area", code, directory.areas.keys(), span, report),
    }
}

fn area_successor(area: &Area, directory: &Directory, span: Span, report: &mut Report) {
    let Some(code) = &area.successor else { return };
    let Some(next) = directory.areas.get(code) else {
        return unknown("area", code, directory.areas.keys(), span, report);
    };
    if next.kind != area.kind {
        let message = format!("{code} can't succeed {}: one is a province.", area.code);
        report.add(Diagnostic::error("wrong-area", span, message));
    }
    takes_over(&area.code, area.to, code, (next.from, next.to), span, report);
}

fn office_successor(office: &Office, directory: &Directory, span: Span, report: &mut Report) {
    let Some(id) = &office.successor else { return };
    let Some(next) = directory.offices.get(id) else {
        return unknown("office", id, directory.offices.keys(), span, report);
    };
    if next.kind != office.kind {
        let message = format!("`{id}` is of the kind `{}`, not `{}`.", next.kind, office.kind);
        report.add(Diagnostic::error("wrong-kind", span, message));
    }
    takes_over(&office.id, office.to, id, (next.from, next.to), span, report);
}

/// A successor is in force on the day after the end, so that it outlives what it succeeds.
fn takes_over(
    name: &str,
    to: Option<NaiveDate>,
    successor: &str,
    (next_from, next_to): (NaiveDate, Option<NaiveDate>),
    span: Span,
    report: &mut Report,
) {
    let Some(to) = to else {
        let message = format!("`{name}` has a successor and no end.");
        report.add(Diagnostic::error("period", span, message).hint("say its last day with `to`"));
        return;
    };
    let day_after = to.succ_opt().unwrap_or(NaiveDate::MAX);
    if !in_force(next_from, next_to, day_after) {
        let message =
            format!("`{successor}` is not in force on {day_after}, when `{name}` is gone.");
        report.add(Diagnostic::error("period", span, message));
    }
}

fn one_at_a_time(directory: &Directory, places: &Places, report: &mut Report) {
    for ((kind, area), ids) in &directory.responsible {
        let mut offices: Vec<&Office> =
            ids.iter().filter_map(|id| directory.offices.get(id)).collect();
        offices.sort_by_key(|it| it.from);
        for pair in offices.windows(2) {
            if pair[0].to.is_none_or(|to| to >= pair[1].from) {
                let span = places.offices.get(&pair[1].id).copied().unwrap_or_default();
                let message = format!("`{}` is the `{kind}` of {area} at that time.", pair[0].id);
                report.add(
                    Diagnostic::error("duplicate", span, message)
                        .hint("end the one before the other begins"),
                );
            }
        }
    }
}

fn unknown<'a>(
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'a String>,
    span: Span,
    report: &mut Report,
) {
    let mut diagnostic =
        Diagnostic::error("unknown-name", span, format!("There is no {what} `{name}`."));
    diagnostic.hint = suggest(name, known.map(String::as_str));
    report.add(diagnostic);
}
