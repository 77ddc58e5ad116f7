//! A due time and the facts it was computed from, as they are stored in events for ever.
//! The sentence that explains it is made from these facts alone, so it never changes with the
//! calendar. Fields may be added here; none may change its name or meaning.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::measure::Measure;
use crate::language::Text;

/// When a limit or a window ends, and why then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// In the calendar's zone. A window that lasts to the end of a day ends at 00:00 of the next.
    pub at: DateTime<FixedOffset>,
    pub basis: Basis,
}

impl Due {
    /// The day in whose course the limit or window ends.
    #[must_use]
    pub fn last_day(&self) -> NaiveDate {
        match self.basis.kind {
            Kind::Limit => self.at.date_naive(),
            Kind::Window => {
                let at = self.at.checked_sub_signed(TimeDelta::nanoseconds(1));
                at.unwrap_or(self.at).date_naive()
            }
        }
    }
}

/// What a due time rests on. All moments are in the calendar's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    pub kind: Kind,
    pub measure: Measure,
    /// When the limit began to be owed, or the window was opened.
    pub received: DateTime<FixedOffset>,
    /// Set if it counts as received at another time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
    /// Holidays and swapped days that had a say, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<SpecialDays>,
    /// The stops that moved the end, in order of their begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<Stop>,
    /// By how much they did together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
    /// A limit of calendar days whose last day (this one) is off ends on a later day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_day_off: Option<NaiveDate>,
    /// The years whose days off were a forecast when this was computed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provisional: Vec<i32>,
}

/// Whose time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An agency's: a limit in days ends with office hours.
    Limit,
    /// A person's: it lasts to the end of its last day.
    Window,
}

/// When something counts as received, if not when it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// For a limit in days only the date matters; the time is that of opening.
    pub to: DateTime<FixedOffset>,
    pub because: Because,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// It came after this time of a working day.
    CutOff(NaiveTime),
    /// It came on a day off, which may have a name.
    DayOff { name: Option<Text> },
    /// It came after the end of work on a day on which that is early.
    ClosedEarly { at: NaiveTime, name: Text },
    /// It came on a working day when the office was closed (working hours only).
    Closed,
}

/// Days that are not what their weekday says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpecialDays {
    /// A holiday, from its first to its last day; weekends may lie between.
    Holiday { from: NaiveDate, until: NaiveDate, name: Text },
    /// A day off in exchange for a day that is worked.
    SwappedOff { date: NaiveDate, worked_on: NaiveDate },
    /// A day worked in exchange for a day off.
    SwappedWorking { date: NaiveDate, instead_of: NaiveDate },
    /// A day on which work ends early.
    HalfDay { date: NaiveDate, until: NaiveTime, name: Text },
}

/// A time in which the clock of a limit stood; it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    pub kind: StopKind,
    pub from: DateTime<FixedOffset>,
    pub until: DateTime<FixedOffset>,
}

/// What the clock waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopKind {
    Supplement,
    Consent,
    Payment,
    /// The applicant looks at a draft.
    Draft,
    Correction,
    Outage,
}

impl StopKind {
    /// Whether totals over several tasks stand as well: an agency's own error is no excuse there.
    #[must_use]
    pub fn stops_totals(self) -> bool {
        match self {
            Self::Supplement | Self::Consent | Self::Payment | Self::Draft | Self::Outage => true,
            Self::Correction => false,
        }
    }
}

/// What stops took from a limit; what several of them took counts once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// Seconds, of working time if the limit is in working hours; begun seconds are dropped.
    Seconds(u64),
    /// Days that were not counted.
    Days(u32),
}
