//! Stretches of the wall clock, and time that runs within some of them and stands in others.

use chrono::{NaiveDateTime, TimeDelta};

use super::Error;

/// From (inclusive) until (exclusive).
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) from: NaiveDateTime,
    pub(super) until: NaiveDateTime,
}

/// When a limit has run out, and the time that would have counted if the clock had not stood.
pub(super) struct End {
    pub(super) at: NaiveDateTime,
    pub(super) lost: Vec<Span>,
}

impl Span {
    pub(super) fn length(self) -> TimeDelta {
        self.until - self.from
    }

    /// What two spans have in common, unless that is nothing.
    fn common(self, other: Self) -> Option<Self> {
        let common = Self { from: self.from.max(other.from), until: self.until.min(other.until) };
        (common.from < common.until).then_some(common)
    }
}

/// The spans in order, with those that overlap or touch made one.
pub(super) fn united(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|it| it.from);
    let mut united: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match united.last_mut() {
            Some(last) if span.from <= last.until => last.until = last.until.max(span.until),
            _ => united.push(span),
        }
    }
    united
}

/// What of some united spans lies within another one.
pub(super) fn overlapping(united: &[Span], within: Span) -> impl Iterator<Item = Span> {
    let begin = united.partition_point(|it| it.until <= within.from);
    united.iter().skip(begin).map_while(move |it| it.common(within))
}

/// The first moment by which `limit` (more than nothing) has run within `spans`, which are in
/// order and disjoint; in `stopped` time, which is united, it does not run.
pub(super) fn run(
    spans: impl Iterator<Item = Result<Span, Error>>,
    stopped: &[Span],
    limit: TimeDelta,
) -> Result<End, Error> {
    let mut left = limit;
    let mut lost = Vec::new();
    let mut at = NaiveDateTime::MIN;
    for span in spans {
        let span = span?;
        at = span.from;
        for stop in overlapping(stopped, span) {
            if stop.from - at >= left {
                return Ok(End { at: at + left, lost });
            }
            left -= stop.from - at;
            at = stop.until;
            lost.push(stop);
        }
        if span.until - at >= left {
            return Ok(End { at: at + left, lost });
        }
        left -= span.until - at;
        at = span.until;
    }
    Err(Error::NotCovered { date: at.date() })
}
