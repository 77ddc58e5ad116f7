//! What a check found: every violation with the smallest case that shows it, and what was counted.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::history::Row;

/// The statements that must hold; `docs/src/reliability.md` says each in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Invariant {
    /// What was acknowledged is in the log.
    I1,
    /// A command has one outcome.
    I2,
    /// The log has its shape: gapless, dense, chained, never changed.
    I3,
    /// A subscriber applies every event once and in order.
    I4,
    /// A task goes out once, under one id; an answer counts once.
    I5,
    /// No task before those that it needs.
    I6,
    /// Every open dossier has a holder and a timer.
    I7,
    /// Requested = delivered + under way.
    I8,
    /// Nothing leads out of an end.
    I9,
    /// Timers fire once, and never early.
    I10,
    /// A partition has one owner at a time.
    I11,
    /// A dossier stays on the version that it began with.
    I13,
    /// A code names one dossier.
    I15,
    /// The log can be read and folded.
    R1,
    /// The read tables are what the events say.
    R2,
    /// What was begun completes, as if there had been no fault.
    R3,
}

/// Violations of one invariant that are written out in words.
const SHOWN_OF_EACH: usize = 5;

/// One thing that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Violation {
    pub invariant: Invariant,
    /// The dossier, stream, partition or command that it is about.
    pub subject: String,
    pub what: String,
    /// The events that show it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Place>,
}

/// Where an event is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    pub partition: u32,
    pub position: u64,
    pub sequence: u64,
    pub event_type: String,
}

/// How far a partition went when it was looked at, a digest of everything up to there, and the
/// epoch of its owner then.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Prefix {
    pub partition: u32,
    pub position: u64,
    /// In hex; of every event's place, stream and hash.
    pub digest: String,
    pub epoch: i64,
}

/// The outcome of a check.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    pub violations: Vec<Violation>,
    pub events: usize,
    pub dossiers: usize,
    /// Commands in the ledgers.
    pub commands: usize,
    /// Tasks that agencies say they received.
    pub received: usize,
    /// Timers that time itself fired, and the longest that one was late, in microseconds.
    pub timers_fired: usize,
    pub latest_timer_micros: i64,
    /// Faults that were brought about meanwhile, as the harness counts them.
    #[serde(default)]
    pub faults: u64,
    /// To be given to a later check of the same log.
    pub prefixes: Vec<Prefix>,
}

impl Report {
    #[must_use]
    pub fn holds(&self) -> bool {
        self.violations.is_empty()
    }

    /// Whether this invariant is among those that do not hold.
    #[must_use]
    pub fn violates(&self, invariant: Invariant) -> bool {
        self.violations.iter().any(|it| it.invariant == invariant)
    }

    /// The same of a run with so many faults.
    #[must_use]
    pub fn after(self, faults: u64) -> Self {
        Self { faults, ..self }
    }

    /// Something that the harness has seen and the checker can't.
    pub fn seen(&mut self, invariant: Invariant, subject: &str, what: &str) {
        self.add(invariant, subject, what, &[]);
    }

    pub(crate) fn add(
        &mut self,
        invariant: Invariant,
        subject: impl fmt::Display,
        what: impl fmt::Display,
        events: &[&Row],
    ) {
        let events = events.iter().map(|it| it.place()).collect();
        let (subject, what) = (subject.to_string(), what.to_string());
        self.violations.push(Violation { invariant, subject, what, events });
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, position, sequence, event_type } = self;
        write!(out, "{partition}/{position}: {sequence} {event_type}")
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?} {}: {}", self.invariant, self.subject, self.what)?;
        self.events.iter().try_for_each(|it| write!(out, "\n      {it}"))
    }
}

/// The first violations of each invariant, how many there are of each, and what was looked at.
impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut counts: BTreeMap<Invariant, usize> = BTreeMap::new();
        for violation in &self.violations {
            let count = counts.entry(violation.invariant).or_default();
            *count += 1;
            if *count <= SHOWN_OF_EACH {
                writeln!(out, "violated: {violation}")?;
            }
        }
        for (invariant, count) in counts {
            writeln!(out, "violated: {invariant:?} {count} times")?;
        }
        let Self { events, dossiers, commands, received, timers_fired, .. } = self;
        write!(
            out,
            "{} violations in {events} events of {dossiers} dossiers, {commands} commands, \
             {received} tasks received, {timers_fired} timers",
            self.violations.len()
        )
    }
}
