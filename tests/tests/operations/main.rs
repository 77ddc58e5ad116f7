//! What an operator does to a log as a whole, with the real program on both real stores.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod backup;
mod ending;
mod rebuilding;
mod restoring;
mod tables;
mod transfer;
mod verifying;

lienthong_tests::on_both_stores! {
    ending::a_server_ends_within_bounds_and_lets_go_of_its_store,
    rebuilding::rebuilt_tables_are_as_they_were,
    rebuilding::tables_are_rebuilt_while_a_server_goes_on,
    restoring::an_older_log_is_refused_until_it_is_adopted,
    restoring::a_lost_store_is_noticed,
    restoring::what_goes_on_as_before_needs_no_adoption,
    transfer::a_log_goes_to_the_other_kind_of_store_and_back,
    transfer::a_log_in_a_store_of_the_same_kind_is_the_same,
    transfer::a_log_is_exported_while_it_grows,
    transfer::what_is_not_right_is_not_imported,
    transfer::what_was_pushed_is_not_pushed_again,
    verifying::a_changed_event_is_named,
}

/// Only a database can be put back under a server: a file that is moved away is still the server's.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_log_went_back_ends() {
    if let Some(place) = lienthong_tests::server::Place::postgres().await {
        restoring::a_server_whose_log_went_back_ends(place).await;
    }
}

/// What a command that succeeded printed, as JSON.
fn json(output: &std::process::Output) -> serde_json::Value {
    let (said, complained) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{said}{complained}");
    serde_json::from_str(&said).unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
