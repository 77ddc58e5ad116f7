//! What an operator is told who verifies a log.

use lienthong_engine::log;
use lienthong_tests::engine::Engine;
use lienthong_tests::server::Place;
use lienthong_tests::story;

use crate::tables::run;
use crate::{json, text};

pub(crate) async fn a_changed_event_is_named(place: Place) {
    let log = log::open(place.store()).await.unwrap();
    let engine = Engine::start(log, story::BEGINS).await;
    let story = story::play(&engine).await;
    engine.runtime.shutdown().await;
    let whole = json(&place.run(&["log", "verify", "--json"]));
    assert_eq!((&whole["whole"], &whole["broken"]), (&true.into(), &serde_json::json!([])));
    assert!(whole["events"].as_u64() > Some(50) && whole["streams"].as_u64() > Some(7), "{whole}");

    let unprotect = if place.store().starts_with("sqlite:") {
        "DROP TRIGGER events_never_change"
    } else {
        "ALTER TABLE events DISABLE TRIGGER ALL"
    };
    run(&place, unprotect).await;
    let death = story.death;
    let change = format!(
        "UPDATE events SET payload = '{{\"control\":{{}}}}' \
         WHERE aggregate_id = '{death}' AND sequence = 4"
    );
    run(&place, &change).await;
    let changed = place.run(&["log", "verify"]);
    let said = text(&changed.stdout);
    let named = format!("(event 4 of dossier {death}): the event is not what was hashed");
    assert!(!changed.status.success() && said.contains(&named), "{said}");
    assert!(said.ends_with("s\n") && said.contains("the log is not whole: "), "{said}");
    let told: serde_json::Value =
        serde_json::from_slice(&place.run(&["log", "verify", "--json"]).stdout).unwrap();
    assert_eq!(told["broken"][0]["event"]["aggregate_id"], death.to_string());
    assert_eq!((&told["broken"][0]["fault"], &told["whole"]), (&"hash".into(), &false.into()));
}
