//! A log that lost its end is told from the one that was written last.

use std::collections::BTreeMap;
use std::time::Duration;

use lienthong_tests::client::eventually;
use lienthong_tests::people::{Applicant, AtOffice, application};
use lienthong_tests::server::{Place, Server};
use serde_json::{Value as Json, json};

use crate::backup::{self, Backup};
use crate::{json, text};

const PATIENCE: Duration = Duration::from_secs(20);
const REFUSED: &str = "this is not the log that was written last";

/// The dispatches of a dossier that its agencies see, by task.
async fn dispatches(server: &Server, applicant: &Applicant, id: &str) -> BTreeMap<String, Json> {
    let dossier = applicant.dossier(id).await;
    let mut dispatches = BTreeMap::new();
    for task in dossier["tasks"].as_array().unwrap() {
        if !task["dispatched_at"].is_null() {
            let name = task["name"].as_str().unwrap();
            let office = AtOffice::of(server, applicant, id, name).await;
            dispatches.insert(name.to_owned(), office.task["dispatch"].clone());
        }
    }
    dispatches
}

/// How many events there were when the heads were kept last.
fn kept(place: &Place) -> u64 {
    let file = std::fs::read(place.data().join("heads.json")).unwrap();
    let kept: Json = serde_json::from_slice(&file).unwrap();
    let heads = kept["heads"].as_array().unwrap().iter();
    heads.map(|it| it["position"].as_u64().unwrap()).sum()
}

async fn more_is_kept(place: &Place, before: u64) {
    let look = async || (kept(place) > before).then_some(());
    eventually("more is kept", PATIENCE, look).await;
}

fn is_refused(place: &Place, why: &str) {
    let refused = place.run(&["serve", "--listen", "127.0.0.1:0"]);
    let said = text(&refused.stderr);
    assert!(!refused.status.success() && said.contains(REFUSED) && said.contains(why), "{said}");
    // Nothing else that writes is let in either.
    let refused = place.run(&["agency", "revoke-key", "police.00565", "00000000"]);
    assert!(text(&refused.stderr).contains(REFUSED), "{refused:?}");
}

pub(crate) async fn an_older_log_is_refused_until_it_is_adopted(place: Place) {
    let mut server = Server::start(place);
    let application = application("birth", 1);
    let applicant = Applicant::of(&server, "restored", &application);
    let id = applicant.apply("birth", application).await;
    let at_first = dispatches(&server, &applicant, &id).await;
    let backup = Backup::of(&server.place);

    AtOffice::of(&server, &applicant, &id, "registration").await.complete().await;
    let delivered = dispatches(&server, &applicant, &id).await;
    assert!(delivered.len() > at_first.len(), "{delivered:?}");
    server.stop();

    backup.restore(&server.place).await;
    is_refused(&server.place, "and had reached");
    let verified = server.place.run(&["log", "verify"]);
    assert!(!verified.status.success() && text(&verified.stdout).contains("and had reached"));
    let adopted = json(&server.place.run(&["log", "adopt", "--reason", "A test.", "--json"]));
    assert_eq!(adopted["adoption"]["reason"], "A test.");
    assert!(adopted["doubts"][0]["shorter"].is_object(), "{adopted}");

    server.start_again();
    assert_eq!(dispatches(&server, &applicant, &id).await, at_first);
    AtOffice::of(&server, &applicant, &id, "registration").await.complete().await;
    // What the agencies had before comes to them under the ids that it had then.
    assert_eq!(dispatches(&server, &applicant, &id).await, delivered);
    server.stop();
    assert_eq!(json(&server.place.run(&["log", "verify", "--json"]))["whole"], true);

    // The same backup again: of the incarnation that was given up.
    backup.restore(&server.place).await;
    is_refused(&server.place, "its incarnation is");
}

pub(crate) async fn a_server_whose_log_went_back_ends(place: Place) {
    let mut server = Server::start(place);
    let application = application("birth", 1);
    let applicant = Applicant::of(&server, "gone-back", &application);
    let backup = Backup::of(&server.place);
    let before = kept(&server.place);
    applicant.apply("birth", application).await;
    more_is_kept(&server.place, before).await;
    backup.restore(&server.place).await;
    let ended = eventually("it has ended", PATIENCE, async || server.ended()).await;
    assert!(!ended.success());
    let said = std::fs::read_to_string(server.place.folder().join("server.log")).unwrap();
    assert!(said.contains("error: the log can't be written any more"), "{said}");
    is_refused(&server.place, "and had reached");
}

pub(crate) async fn a_lost_store_is_noticed(place: Place) {
    let mut server = Server::start(place);
    server.stop();
    backup::lose(&server.place).await;
    is_refused(&server.place, "ends at 0");
}

pub(crate) async fn what_goes_on_as_before_needs_no_adoption(place: Place) {
    let mut server = Server::start(place);
    let application = application("birth", 1);
    let applicant = Applicant::of(&server, "killed", &application);
    let before = kept(&server.place);
    let id = applicant.apply("birth", application).await;
    // Also while the server runs, soon after a change.
    more_is_kept(&server.place, before).await;
    server.kill();
    server.start_again();
    let office = AtOffice::of(&server, &applicant, &id, "registration").await;
    let before = kept(&server.place);
    office.act("acknowledge", json!({})).await;
    server.stop();
    assert!(kept(&server.place) > before);
    // The same state put back is no older one.
    let backup = Backup::of(&server.place);
    backup.restore(&server.place).await;
    server.start_again();
    server.stop();
}
