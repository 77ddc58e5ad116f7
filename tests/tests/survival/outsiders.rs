//! One that is not as the others: they must not feel it.

use lienthong_tests::faults::{agency, poison};
use lienthong_tests::server::Place;

const MEDDLING: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_read() {
    let report = poison::one("an event that can't be read").await;
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_that_says_nothing() {
    let report = agency::says_nothing("an agency that says nothing", Place::sqlite()).await;
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_that_meddles() {
    let report = agency::meddles("an agency that meddles", Place::sqlite(), MEDDLING).await;
    assert!(report.holds(), "{report}");
}
