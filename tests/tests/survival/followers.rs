//! Who follows the log, and what is pushed; what the bugs of this kind break holds without them.

use lienthong_tests::faults::followers;
use lienthong_tests::manner::Manner;

#[tokio::test(flavor = "multi_thread")]
async fn several_dossiers_in_a_partition() {
    let report = followers::some_dossiers(Manner::default()).await;
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn death_after_the_effects_of_subscriptions() {
    let report = followers::death_after_effects(None).await;
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_attempts_at_a_message() {
    let report = followers::several_attempts(Manner::default()).await;
    assert!(report.holds(), "{report}");
}
