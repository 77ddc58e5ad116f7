//! The agency directory: areas (provinces and communes), the offices responsible for them, and
//! from when to when. Says which office does a kind of work for an area on a day; must not guess:
//! an area that is unknown or gone is an error that names its successor.

mod check;
mod parse;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;

use crate::diagnostic::{Diagnostic, Report};
use crate::language::Text;

/// Areas in one directory at most; the country has about 3,400.
pub const AREAS_MAX: usize = 5_000;
/// Offices in one directory at most.
pub const OFFICES_MAX: usize = 20_000;
/// Areas that one office may serve at most.
pub const AREAS_PER_OFFICE_MAX: usize = 200;

/// One version of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    pub name: String,
    kinds: BTreeMap<String, Kind>,
    areas: BTreeMap<String, Area>,
    offices: BTreeMap<String, Office>,
    /// Ids of the offices of a kind for an area.
    responsible: BTreeMap<(String, String), Vec<String>>,
}

/// A kind of office, e.g. `commune-police`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kind {
    pub name: String,
    pub title: Text,
    /// The kind of area that such an office serves.
    pub area: AreaKind,
}

/// A body that does tasks for its areas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Office {
    /// Stable name here, e.g. `police.00565`.
    pub id: String,
    /// Agency identifier in dossier codes: at most 35 characters `A–Z0–9` in groups parted by dots,
    /// e.g. `000.05.65.H26`.
    pub code: String,
    pub kind: String,
    pub name: Text,
    /// Codes of the areas that it serves.
    pub areas: Vec<String>,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: Option<NaiveDate>,
    /// Who took its work over.
    pub successor: Option<String>,
}

/// A province or a commune.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Area {
    /// Two digits of a province, five of a commune.
    pub code: String,
    pub kind: AreaKind,
    pub name: Text,
    /// The province of a commune.
    pub province: Option<String>,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: Option<NaiveDate>,
    /// The area that it went into.
    pub successor: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AreaKind {
    Province,
    Commune,
}

/// Why there is no office.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("no area has the code {area}")]
    UnknownArea { area: String },
    #[error("the area {area} begins on {from}")]
    AreaNotBegun { area: String, from: NaiveDate },
    #[error("the area {area} ended on {to}")]
    AreaEnded {
        area: String,
        to: NaiveDate,
        /// The area in its place on the day asked for.
        successor: Option<String>,
    },
    #[error("no office of the kind {kind} serves the area {area}")]
    NoOffice { kind: String, area: String },
}

impl Directory {
    /// Reads and checks a directory. All faults come at once; with an error among them there is no
    /// directory.
    #[must_use]
    pub fn parse(file: &str, source: &str) -> (Option<Self>, Vec<Diagnostic>) {
        let mut report = Report::new(file);
        let directory = parse::directory(source, &mut report);
        let directory = directory.filter(|_| !report.has_errors());
        (directory, report.into_diagnostics())
    }

    #[must_use]
    pub fn office(&self, id: &str) -> Option<&Office> {
        self.offices.get(id)
    }

    /// An office's id, the areas that it serves, and their provinces: the codes under which
    /// something may be known of where it is, the nearest first.
    #[must_use]
    pub fn places<'a>(&'a self, office: &'a str) -> Vec<&'a str> {
        let areas = self.office(office).map_or(&[][..], |it| &it.areas);
        let provinces = areas.iter().filter_map(|it| self.area(it)?.province.as_deref());
        [office].into_iter().chain(areas.iter().map(String::as_str)).chain(provinces).collect()
    }

    /// All offices, those of the past too, by id.
    pub fn offices(&self) -> impl Iterator<Item = &Office> {
        self.offices.values()
    }

    #[must_use]
    pub fn area(&self, code: &str) -> Option<&Area> {
        self.areas.get(code)
    }

    /// All areas, those of the past too, by code.
    pub fn areas(&self) -> impl Iterator<Item = &Area> {
        self.areas.values()
    }

    /// The areas of a kind that are in force on a day, by code.
    pub fn areas_in_force(&self, kind: AreaKind, on: NaiveDate) -> impl Iterator<Item = &Area> {
        self.areas.values().filter(move |it| it.kind == kind && in_force(it.from, it.to, on))
    }

    #[must_use]
    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.kinds.get(name)
    }

    #[must_use]
    pub fn kinds(&self) -> BTreeSet<&str> {
        self.kinds.keys().map(String::as_str).collect()
    }

    #[must_use]
    pub fn area_in_force(&self, code: &str, on: NaiveDate) -> bool {
        self.area_on(code, on).is_ok()
    }

    /// The area if it is in force on a day.
    ///
    /// # Errors
    /// [`Error::UnknownArea`], [`Error::AreaNotBegun`], [`Error::AreaEnded`].
    pub fn area_on(&self, code: &str, on: NaiveDate) -> Result<&Area, Error> {
        let area = self.areas.get(code).ok_or(Error::UnknownArea { area: code.to_owned() })?;
        match area.to {
            Some(to) if to < on => {
                let successor = self.successor(area, on).map(|it| it.code.clone());
                Err(Error::AreaEnded { area: code.to_owned(), to, successor })
            }
            _ if on < area.from => {
                Err(Error::AreaNotBegun { area: code.to_owned(), from: area.from })
            }
            _ => Ok(area),
        }
    }

    /// The office of a kind that is responsible for an area on a day. A commune without an office
    /// of that kind is served by its province's.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn office_for(&self, kind: &str, area: &str, on: NaiveDate) -> Result<&Office, Error> {
        let area = self.area_on(area, on)?;
        self.responsible(kind, &area.code, on)
            .or_else(|| self.responsible(kind, area.province.as_deref()?, on))
            .ok_or_else(|| Error::NoOffice { kind: kind.to_owned(), area: area.code.clone() })
    }

    fn responsible(&self, kind: &str, area: &str, on: NaiveDate) -> Option<&Office> {
        let ids = self.responsible.get(&(kind.to_owned(), area.to_owned()))?;
        ids.iter().filter_map(|id| self.offices.get(id)).find(|it| in_force(it.from, it.to, on))
    }

    /// The area in the place of one that ended, on a day. Every successor outlives what it
    /// succeeds, so the chain ends.
    fn successor(&self, area: &Area, on: NaiveDate) -> Option<&Area> {
        let next = self.areas.get(area.successor.as_deref()?)?;
        if in_force(next.from, next.to, on) { Some(next) } else { self.successor(next, on) }
    }
}

fn in_force(from: NaiveDate, to: Option<NaiveDate>, on: NaiveDate) -> bool {
    from <= on && to.is_none_or(|to| on <= to)
}
