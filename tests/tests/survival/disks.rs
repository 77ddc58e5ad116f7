//! Disks that lose power, fail or are full.

use lienthong_checker::Invariant;
use lienthong_engine::sabotage::Bug;
use lienthong_tests::faults::{files, power};
use lienthong_tests::program::is_there;
use lienthong_tests::server::Place;

const POWER_CUTS: u64 = 10;
const POWER_CUTS_ON_POSTGRES: u64 = 4;
const DISK_FAULTS: u64 = 2;

#[tokio::test(flavor = "multi_thread")]
async fn power_cuts_on_sqlite() {
    if !is_there("strace") {
        return;
    }
    let report = power::cut_sqlite("power cuts on SQLite", Place::sqlite(), None, POWER_CUTS).await;
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn power_cuts_on_postgres() {
    if !is_there("strace") {
        return;
    }
    let cut = power::cut_postgres("power cuts on PostgreSQL", None, POWER_CUTS_ON_POSTGRES);
    let Some(report) = cut.await else { return };
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_postgres_does_not_wait_for_is_caught() {
    if !is_there("strace") {
        return;
    }
    let bug = Bug::SynchronousCommitOff;
    let cut = power::cut_postgres(bug.name(), Some(bug), POWER_CUTS_ON_POSTGRES);
    let Some(report) = cut.await else { return };
    assert!(report.violates(Invariant::I1), "nobody noticed: {report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_the_disk_is_not_waited_for_is_caught() {
    if !is_there("strace") {
        return;
    }
    let bug = Bug::SynchronousNormal;
    let report = power::cut_sqlite(bug.name(), Place::sqlite(), Some(bug), POWER_CUTS).await;
    assert!(report.violates(Invariant::I1), "nobody noticed: {report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn syncs_that_fail() {
    if !is_there("strace") {
        return;
    }
    let report = files::failed_syncs("failed syncs on SQLite", Place::sqlite(), DISK_FAULTS).await;
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk() {
    if !is_there("strace") {
        return;
    }
    let report = files::no_room("no room on SQLite", Place::sqlite(), DISK_FAULTS).await;
    assert!(report.holds(), "{report}");
}
