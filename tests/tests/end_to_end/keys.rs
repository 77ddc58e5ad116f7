//! Agencies' keys, issued and revoked while a server runs.

use std::collections::BTreeMap;

use lienthong_tests::client::Client;
use lienthong_tests::program;
use lienthong_tests::server::{Place, Server};

const OFFICE: &str = "police.00565";

pub(crate) async fn keys_are_issued_and_revoked_beside_a_running_server() {
    let Some(place) = Place::postgres().await else { return };
    let server = Server::start(place);
    let issue = server.place.agency_command(&["issue-key", OFFICE]);
    let keys: BTreeMap<String, String> = serde_json::from_str(&program::output(issue)).unwrap();
    let office = Client::new(server.address(), Some(&keys[OFFICE]));
    assert_eq!(office.get("/api/v1/agency/tasks?wait=0").await.status, 200);

    let id = keys[OFFICE].rsplit('.').nth(1).unwrap();
    let _ = program::output(server.place.agency_command(&["revoke-key", OFFICE, id]));
    office.get("/api/v1/agency/tasks?wait=0").await.problem(401, "unauthenticated");
}

pub(crate) fn a_sqlite_store_that_is_in_use_is_left_alone() {
    let server = Server::start(Place::sqlite());
    let refused = server.place.agency_command(&["issue-key", OFFICE]).output().unwrap();
    assert!(!refused.status.success());
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(told.contains("another process has the store open"), "{told}");
}
