//! The independent checker. It is given what everybody knows about a run, the ledgers of those who
//! sent commands and received tasks, the log and the read tables, and says which of the invariants
//! in `docs/src/reliability.md` do not hold, with the smallest case that shows it.
//!
//! It shares no code with the engine: it reads the tables with SQL of its own, folds events with
//! rules of its own, and takes from the domain what events and definitions are, nothing more.

mod case;
mod chain;
mod dispatch;
mod feeds;
pub mod history;
pub mod ledger;
mod legal;
mod owners;
mod receipts;
mod report;
mod shape;
mod status;
pub mod steps;
mod tables;
mod time;
mod traffic;
mod turn;
mod walk;

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

pub use feeds::Feed;
use history::History;
use ledger::Ledger;
pub use report::{Invariant, Place, Prefix, Report, Violation};

/// Everything that is known about one run.
#[derive(Default)]
pub struct Evidence {
    pub history: History,
    /// What was sent, answered and received, by whom ever.
    pub ledger: Ledger,
    /// What subscribers have applied.
    pub feeds: Vec<Feed>,
    /// How partitions were when somebody looked earlier.
    pub earlier: Vec<Prefix>,
    pub circumstances: Circumstances,
}

/// What the harness knows and the store can't tell.
#[derive(Clone, Copy, Debug, Default)]
pub struct Circumstances {
    /// Nothing is under way any more: what was dispatched has reached its agency.
    pub settled: bool,
    /// An engine was up for half a minute and more until this moment of its clock.
    pub awake_until: Option<DateTime<Utc>>,
}

/// Decides whether the invariants hold.
#[must_use]
pub fn check(evidence: &Evidence) -> Report {
    let history = &evidence.history;
    let mut report = Report::default();
    shape::check(history, &evidence.earlier, &mut report);
    let cases = walk::walk(history, &mut report);
    let awake_until = evidence.circumstances.awake_until;
    receipts::check(history, &evidence.ledger, awake_until, &mut report);
    dispatch::check(&cases, evidence, &mut report);
    tables::check(history, cases.values().map(|it| (it, 0)), &mut report);
    turn::check(history, cases.values(), evidence.circumstances.awake_until, &mut report);
    owners::check(history, &evidence.earlier, &mut report);
    feeds::check(history, &evidence.feeds, &mut report);
    traffic::check(history, &mut report);
    report.dossiers = cases.len();
    report.commands = evidence.ledger.commands.len();
    report.received = evidence.ledger.received.len();
    report
}
