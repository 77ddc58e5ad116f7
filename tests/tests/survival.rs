//! What the system survives: every fault is brought about a few times while citizens apply and
//! agencies answer, and the checker finds nothing afterwards. `cargo xtask chaos` runs the same at
//! length.

use lienthong_tests::faults::kills;
use lienthong_tests::server::Place;

const KILLS_ON_SQLITE: u64 = 20;
const KILLS_ON_POSTGRES: u64 = 5;

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
