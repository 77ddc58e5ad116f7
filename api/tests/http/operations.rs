//! What those are told who watch over the process.

use serde_json::json;

use crate::world::{birth, world};

const SUBSCRIPTIONS: [&str; 2] = ["delivery", "traffic@1"];

#[tokio::test]
async fn a_running_server_lives_and_is_ready() {
    let world = world().await;
    let live = world.get("", "/livez").await;
    assert_eq!((live.status.as_u16(), live.text.as_str()), (200, "ok\n"));
    let ready = world.get("", "/readyz").await;
    assert_eq!(ready.status, 200);
    let said = ready.json();
    assert_eq!((&said["ready"], &said["wrong"]), (&json!(true), &json!([])));
    assert_eq!(said["lag"].as_object().unwrap().keys().collect::<Vec<_>>(), SUBSCRIPTIONS);
    assert_eq!(ready.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_server_that_ends_is_not_ready() {
    let world = world().await;
    world.app.stop_waiting();
    let ready = world.get("", "/readyz").await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.header("content-type"), "application/json");
    assert_eq!(ready.json()["wrong"], json!(["the server is ending"]));
    assert_eq!(world.get("", "/livez").await.status, 200);
}

#[tokio::test]
async fn a_server_without_its_store_is_not_ready() {
    let world = world().await;
    world.lose_store();
    let ready = world.get("", "/readyz").await;
    assert_eq!(ready.status, 503);
    let wrong = ready.json()["wrong"].to_string();
    assert!(wrong.contains("there is no log"), "{wrong}");
    assert_eq!(world.get("", "/livez").await.status, 200);
}

#[tokio::test]
async fn figures_name_routes_and_nobody() {
    let world = world().await;
    let id = world.apply_with(birth()).await;
    world.get(&world.father(), &format!("/api/v1/dossiers/{id}")).await.ok();
    world.get("", &format!("/nowhere/{id}")).await.problem(404, "not-found");
    let figures = world.get("", "/metrics").await;
    assert_eq!(figures.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    for line in [
        r#"lienthong_http_requests_total{method="GET",route="/api/v1/dossiers/{id}",status="200"} 1"#,
        r#"lienthong_http_requests_total{method="GET",route="unknown",status="404"} 1"#,
        r#"lienthong_subscription_parked{subscription="delivery"} 0"#,
        "lienthong_deliveries_open 0",
        r#"lienthong_http_requests_total{method="POST",route="/api/v1/applications/{group}",status="201"} 1"#,
    ] {
        assert!(figures.text.contains(line), "{line}\n{}", figures.text);
    }
    assert!(!figures.text.contains(&id) && !figures.text.contains("applicant"));
}
