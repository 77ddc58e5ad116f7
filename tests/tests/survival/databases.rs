//! A database's server that crashes, and one that can't be heard.

use lienthong_tests::faults::database;
use lienthong_tests::server::Place;

const CRASHES: u64 = 4;
const CUT_CONNECTIONS: u64 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn crashes_of_postgres() {
    let Some(place) = Place::postgres_alone().await else { return };
    let report = database::crashes("crashes of PostgreSQL", place, CRASHES).await;
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_after_an_append() {
    let Some(place) = Place::postgres().await else { return };
    let report = database::cut_connections("cut connections", place, CUT_CONNECTIONS).await;
    assert!(report.holds(), "{report}");
}
