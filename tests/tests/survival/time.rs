//! Time that has passed, and a clock that jumps.

use std::time::Duration;

use lienthong_checker::Invariant;
use lienthong_engine::sabotage::Bug;
use lienthong_tests::faults::timers;
use lienthong_tests::manner::Manner;

const OVERDUE: u32 = 300;
const FIRED_WITHIN: Duration = Duration::from_secs(30);
const JUMPS: i64 = 24 * 14;

#[tokio::test(flavor = "multi_thread")]
async fn timers_that_were_due_meanwhile() {
    let (name, within) = ("overdue timers", FIRED_WITHIN);
    let report = timers::overdue(name, Manner::default(), OVERDUE, within).await;
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_that_are_not_found_at_a_start_are_caught() {
    let (bug, within) = (Bug::TimerNotRearmed, Duration::from_secs(2));
    let report = timers::overdue(bug.name(), Manner::with_bug(bug), 1, within).await;
    assert!(report.violates(Invariant::I10), "nobody noticed: {report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps() {
    let report = timers::jumps("a clock that jumps", JUMPS).await;
    assert!(report.holds(), "{report}");
}
