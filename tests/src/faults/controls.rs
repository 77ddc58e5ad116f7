//! Bugs on purpose: each is switched on under a fault that shows it. What the checker finds then
//! proves that it would find the like where nobody meant it.

use std::time::Duration;

use lienthong_checker::{Invariant, Report};
use lienthong_engine::sabotage::Bug;

use super::takeover::{self, Extent};
use super::{followers, kills, power, timers};
use crate::manner::Manner;
use crate::report;
use crate::server::Place;

/// Bugs that the faults here show, each with the invariant that does not hold then.
pub const SHOWN: &[(Bug, Invariant)] = &[
    (Bug::ReadBySequence, Invariant::I4),
    (Bug::AcknowledgeBeforeCommit, Invariant::I1),
    (Bug::NewIdOnRetry, Invariant::I5),
    (Bug::CheckpointApart, Invariant::I4),
    (Bug::TimerNotRearmed, Invariant::I10),
    (Bug::LeaseWithoutEpoch, Invariant::I11),
    (Bug::SynchronousNormal, Invariant::I1),
    (Bug::SynchronousCommitOff, Invariant::I1),
];

const KILLS: u64 = 6;
const CUTS: u64 = 10;
const LATE_OWNERS: u64 = 6;
const LOST_ANSWERS: u64 = 6;
const CUTS_ON_POSTGRES: u64 = 4;
/// Longer than a lease holds without a sign of life.
const STOPPED_FOR: Duration = Duration::from_secs(7);
/// A timer that fires at all after a start fires within this time.
const FIRED_WITHIN: Duration = Duration::from_secs(2);

/// Whether a kill hits the moment between an answer and its commit is chance.
async fn until_an_answer_is_lost(name: &'static str) -> Report {
    let bug = Bug::AcknowledgeBeforeCommit;
    let mut report = Report::default();
    for _ in 0..LOST_ANSWERS {
        report = kills::with_bug(bug, Place::sqlite(), KILLS).await;
        if report.violates(Invariant::I1) {
            break;
        }
        report::say(&format!("{name}: no kill came before the commit"));
    }
    report
}

/// A late owner writes with effect only where its successor has not written since; whether there is
/// such a place when it wakes is chance, so it is tried again.
async fn until_a_late_owner_writes(name: &str) -> Option<Report> {
    let extent = Extent { kills: 0, stops: 1, stopped_for: STOPPED_FOR };
    let bug = Bug::LeaseWithoutEpoch;
    let mut report = Report::default();
    for _ in 0..LATE_OWNERS {
        let place = Place::postgres().await?;
        let manner = Manner::with_bug(bug);
        report = takeover::from_each_other(name, place, manner, extent).await;
        if report.violates(Invariant::I11) {
            break;
        }
    }
    Some(report)
}

/// What the checker finds with a bug; `None` where the machine lacks what it takes.
///
/// # Panics
/// If the fault can't be brought about.
pub async fn found(bug: Bug) -> Option<Report> {
    let name = bug.name();
    Some(match bug {
        Bug::ReadBySequence => followers::some_dossiers(Manner::with_bug(bug)).await,
        Bug::NewIdOnRetry => followers::several_attempts(Manner::with_bug(bug)).await,
        Bug::CheckpointApart => followers::death_after_effects(Some(bug)).await,
        Bug::AcknowledgeBeforeCommit => until_an_answer_is_lost(name).await,
        Bug::TimerNotRearmed => timers::overdue(name, Manner::with_bug(bug), 1, FIRED_WITHIN).await,
        Bug::LeaseWithoutEpoch => until_a_late_owner_writes(name).await?,
        Bug::SynchronousNormal => power::cut_sqlite(name, Place::sqlite(), Some(bug), CUTS).await?,
        Bug::SynchronousCommitOff => power::cut_postgres(name, Some(bug), CUTS_ON_POSTGRES).await?,
    })
}
