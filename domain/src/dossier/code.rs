//! The code of a dossier, the same everywhere: `{agency}-YYMMDD-NNNN`. It names a dossier and
//! grants nothing.

use std::fmt;

use chrono::{Datelike, NaiveDate};

/// The agency that received it, the day, and a serial that is unique for both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DossierCode {
    /// The agency's national id (QĐ 20/2020/QĐ-TTg), e.g. `000.05.65.H26`.
    pub agency: String,
    pub day: NaiveDate,
    /// From 1. Written with at least four digits; never wraps.
    pub serial: u64,
}

impl fmt::Display for DossierCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { agency, day, serial } = self;
        let year = day.year().rem_euclid(100);
        write!(out, "{agency}-{year:02}{:02}{:02}-{serial:04}", day.month(), day.day())
    }
}
