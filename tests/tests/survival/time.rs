//! Time that has passed, and a clock that jumps.

use std::time::Duration;

use lienthong_tests::faults::timers;
use lienthong_tests::manner::Manner;

const OVERDUE: u32 = 300;
const FIRED_WITHIN: Duration = Duration::from_secs(30);
const JUMPS: u64 = 24 * 14;

#[tokio::test(flavor = "multi_thread")]
async fn timers_that_were_due_meanwhile() {
    let (name, within) = ("overdue timers", FIRED_WITHIN);
    let report = timers::overdue(name, Manner::default(), OVERDUE, within).await;
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps() {
    let report = timers::jumps("a clock that jumps", JUMPS).await;
    assert!(report.holds(), "{report}");
}
