//! How much time a limit gives, in the unit that the law names, and how people write it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::language::Language;

/// No limit is longer than this many of its unit.
pub const AMOUNT_MAX: u32 = 10_000;

const SAME_WORKING_DAY: &str = "same working day";

/// An amount of time. In stored events and definitions it is a text: `24 hours`,
/// `2 working hours`, `7 working days`, `10 minutes`, `30 days`, `same working day`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Measure {
    /// Minutes by day and night.
    ElapsedMinutes(u32),
    /// Hours by day and night.
    ElapsedHours(u32),
    /// Hours within office hours.
    WorkingHours(u32),
    /// Working days after the day of receipt; 0 is the working day of receipt itself.
    WorkingDays(u32),
    /// Days after the day of receipt, worked or not; if the last is a day off, the limit ends on
    /// the next working day.
    CalendarDays(u32),
}

/// Why a text is no measure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    #[error(
        "`{0}` is no amount of time; write for example `24 hours`, `2 working hours`, \
         `7 working days`, `10 minutes`, `30 days` or `same working day`"
    )]
    Shape(String),
    #[error("an amount of time is between 1 and {AMOUNT_MAX}, not {0}")]
    Amount(String),
}

impl Measure {
    /// Reads what [`Measure`]'s `Display` writes; singular and plural are both accepted.
    ///
    /// # Errors
    /// Says whether the shape or the amount is wrong.
    pub fn parse(text: &str) -> Result<Self, MeasureError> {
        if text == SAME_WORKING_DAY {
            return Ok(Self::WorkingDays(0));
        }
        let shape = || MeasureError::Shape(text.chars().take(100).collect());
        let (amount, unit) = text.split_once(' ').ok_or_else(shape)?;
        let make = match unit {
            "minute" | "minutes" => Self::ElapsedMinutes,
            "hour" | "hours" => Self::ElapsedHours,
            "working hour" | "working hours" => Self::WorkingHours,
            "working day" | "working days" => Self::WorkingDays,
            "day" | "days" => Self::CalendarDays,
            _ => return Err(shape()),
        };
        if amount.is_empty() || !amount.bytes().all(|it| it.is_ascii_digit()) {
            return Err(shape());
        }
        match amount.parse() {
            Ok(amount @ 1..=AMOUNT_MAX) => Ok(make(amount)),
            _ => Err(MeasureError::Amount(amount.chars().take(20).collect())),
        }
    }

    /// The number in front of the unit.
    #[must_use]
    pub fn amount(self) -> u32 {
        match self {
            Self::ElapsedMinutes(amount)
            | Self::ElapsedHours(amount)
            | Self::WorkingHours(amount)
            | Self::WorkingDays(amount)
            | Self::CalendarDays(amount) => amount,
        }
    }

    /// For people: `2 working hours`, `2 giờ làm việc`.
    #[must_use]
    pub fn text(self, language: Language) -> String {
        match (language, self) {
            (Language::En, Self::WorkingDays(0)) => format!("the {SAME_WORKING_DAY}"),
            (Language::Vi, Self::WorkingDays(0)) => "trong ngày làm việc".to_owned(),
            (Language::En, _) => self.to_string(),
            (Language::Vi, _) => {
                let unit = match self {
                    Self::ElapsedMinutes(_) => "phút",
                    Self::ElapsedHours(_) => "giờ",
                    Self::WorkingHours(_) => "giờ làm việc",
                    Self::WorkingDays(_) => "ngày làm việc",
                    Self::CalendarDays(_) => "ngày",
                };
                format!("{} {unit}", self.amount())
            }
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self {
            Self::WorkingDays(0) => return f.write_str(SAME_WORKING_DAY),
            Self::ElapsedMinutes(_) => "minute",
            Self::ElapsedHours(_) => "hour",
            Self::WorkingHours(_) => "working hour",
            Self::WorkingDays(_) => "working day",
            Self::CalendarDays(_) => "day",
        };
        let plural = if self.amount() == 1 { "" } else { "s" };
        write!(f, "{} {unit}{plural}", self.amount())
    }
}

impl FromStr for Measure {
    type Err = MeasureError;

    fn from_str(text: &str) -> Result<Self, MeasureError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Measure {
    type Error = MeasureError;

    fn try_from(text: String) -> Result<Self, MeasureError> {
        Self::parse(&text)
    }
}

impl From<Measure> for String {
    fn from(measure: Measure) -> Self {
        measure.to_string()
    }
}
