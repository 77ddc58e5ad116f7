//! Disks that lose power, fail or are full.

use lienthong_tests::faults::{files, power};
use lienthong_tests::server::Place;

const POWER_CUTS: u64 = 10;
const POWER_CUTS_ON_POSTGRES: u64 = 4;
const DISK_FAULTS: u64 = 2;

#[tokio::test(flavor = "multi_thread")]
async fn power_cuts_on_sqlite() {
    let Some(report) =
        power::cut_sqlite("power cuts on SQLite", Place::sqlite(), None, POWER_CUTS).await
    else {
        return;
    };
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn power_cuts_on_postgres() {
    let cut = power::cut_postgres("power cuts on PostgreSQL", None, POWER_CUTS_ON_POSTGRES);
    let Some(report) = cut.await else { return };
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn syncs_that_fail() {
    let Some(report) =
        files::failed_syncs("failed syncs on SQLite", Place::sqlite(), DISK_FAULTS).await
    else {
        return;
    };
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_nobody_hears() {
    let report = files::unheard("a server that nobody hears", Place::sqlite()).await;
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk() {
    let Some(report) = files::no_room("no room on SQLite", Place::sqlite(), DISK_FAULTS).await
    else {
        return;
    };
    assert!(report.holds(), "{report}");
}
