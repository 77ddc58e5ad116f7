//! Processes that die, and processes that come back when another has taken over.

use std::time::Duration;

use lienthong_tests::faults::takeover::Extent;
use lienthong_tests::faults::{kills, places, takeover};
use lienthong_tests::manner::Manner;
use lienthong_tests::server::Place;

const KILLS_ON_SQLITE: u64 = 20;
const KILLS_ON_POSTGRES: u64 = 5;
/// Longer than a lease holds without a sign of life.
const STOPPED_FOR: Duration = Duration::from_secs(7);

#[tokio::test(flavor = "multi_thread")]
async fn kills_on_sqlite() {
    let report = kills::at_random("kills on SQLite", Place::sqlite(), KILLS_ON_SQLITE).await;
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_on_postgres() {
    let Some(place) = Place::postgres().await else { return };
    let report = kills::at_random("kills on PostgreSQL", place, KILLS_ON_POSTGRES).await;
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn death_at_every_place_on_sqlite() {
    let report = places::every_one("death at every place on SQLite", Place::sqlite()).await;
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn death_at_every_place_on_postgres() {
    let Some(place) = Place::postgres().await else { return };
    let report = places::every_one("death at every place on PostgreSQL", place).await;
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_take_over_from_each_other() {
    let Some(place) = Place::postgres().await else { return };
    let name = "two servers on PostgreSQL";
    let extent = Extent { kills: 2, stops: 1, stopped_for: STOPPED_FOR };
    let report = takeover::from_each_other(name, place, Manner::default(), extent).await;
    assert!(report.holds(), "{report}");
}
