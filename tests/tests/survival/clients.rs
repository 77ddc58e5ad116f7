//! Clients that are not there any more.

use lienthong_tests::faults::aborts;
use lienthong_tests::server::Place;

const ABORTS: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_go_away() {
    let Some(place) = Place::postgres().await else { return };
    let report = aborts::by_clients("clients that go away", place, ABORTS).await;
    assert!(report.holds(), "{report}");
}
