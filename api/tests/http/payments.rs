//! Payments: asked for, paid through a gateway or at the counter, waived, paid back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, Mac as _};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

use crate::world::{Answer, World, send, task_of, world};

const ECONOMY: &str = "economy.00565";
const HEALTH: &str = "health-sector.01";

/// A household business whose registration is done: the fee of the visit is to be paid.
pub(crate) async fn with_a_fee(world: &World) -> (String, String) {
    let application = lienthong_workflows::example("household-business").unwrap();
    let mut application: Value = serde_json::from_str(&application).unwrap();
    application["applicant"]["personal_id"] = json!(crate::world::FATHER);
    let body = json!({ "application": application });
    let father = world.father();
    let id = world.post(&father, "/api/v1/applications/household-business", &body).await.ok();
    let id = id["id"].as_str().unwrap().to_owned();
    let file = world
        .upload(&world.agency(ECONOMY).await, "/api/v1/agency/documents", crate::world::PDF)
        .await;
    let documents = json!({ "certificate": file });
    let key = world.agency(ECONOMY).await;
    let dispatch = world.task(&key, &id, "registration").await["dispatch"].clone();
    let body =
        json!({ "dispatch": dispatch, "results": { "number": "01B-1" }, "documents": documents });
    let path = format!("/api/v1/agency/tasks/{id}/registration/complete");
    world.post(&key, &path, &body).await.ok();
    (id, father)
}

/// A gateway's message, signed for this moment of the world's clock.
async fn reported(world: &World, secret: &[u8], id: Uuid, body: &Value) -> Answer {
    signed(world, "bank/payments", secret, (id, body)).await
}

async fn signed(world: &World, place: &str, secret: &[u8], (id, body): (Uuid, &Value)) -> Answer {
    let at = world.app.clock().now().timestamp();
    let body = body.to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    let signature = format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()));
    let request = world
        .request(Method::POST, &format!("/api/v1/gateways/{place}"))
        .header("webhook-id", id.to_string())
        .header("webhook-timestamp", at)
        .header("webhook-signature", signature)
        .header("content-type", "application/json");
    send(request.body(body)).await
}

#[tokio::test]
async fn a_fee_is_paid_through_a_gateway_that_signs() {
    let world = world().await;
    let (id, father) = with_a_fee(&world).await;
    let dossier = world.get(&father, &format!("/api/v1/dossiers/{id}")).await.ok();
    assert_eq!(dossier["status"]["number"], 6);
    let visit = task_of(&dossier, "site_visit");
    assert_eq!(visit["turn"], "applicant");
    assert_eq!(visit["payments"][0]["amount"], 500_000);
    let page = world.page(&father, &format!("/dossiers/{id}"), "vi").await.text;
    assert!(page.contains("yêu cầu bạn nộp 500.000 đ"), "{page}");

    let secret = world.app.tokens().gateway_secret("bank").unwrap();
    let secret = BASE64.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let body = |amount: u64| json!({ "dossier": id, "task": "site_visit", "payment": 1, "amount": amount, "reference": "GD-77" });
    let key = world.key();
    reported(&world, &[7; 32], key, &body(500_000)).await.problem(401, "unauthenticated");
    let wrong = reported(&world, &secret, key, &body(5)).await.problem(422, "invalid");
    assert_eq!(wrong["errors"][0]["pointer"], "/amount");
    let other =
        json!({ "dossier": id, "task": "site_visit", "payment": 2, "amount": 1, "reference": "x" });
    reported(&world, &secret, world.key(), &other).await.problem(404, "not-found");
    let done = reported(&world, &secret, key, &body(500_000)).await.ok();
    assert_eq!(reported(&world, &secret, key, &body(500_000)).await.ok(), done, "sent again");
    reported(&world, &secret, world.key(), &body(500_000)).await.problem(409, "already-paid");

    let dossier = world.get(&father, &format!("/api/v1/dossiers/{id}")).await.ok();
    let visit = task_of(&dossier, "site_visit");
    assert_eq!((&visit["status"], &visit["turn"]), (&json!("dispatched"), &json!("agency")));
    assert_eq!(visit["payments"][0]["reference"], "GD-77");
}

#[tokio::test]
async fn a_carrier_says_that_a_result_was_brought() {
    let world = world().await;
    let id = world.apply().await;
    let made = json!({ "personal_id": "001326012345" });
    world.complete(&id, "registration", made, &["certificate"]).await;
    world.complete(&id, "residence", json!({}), &["notice"]).await;
    world.complete(&id, "identity_card", json!({ "issued_on": "2026-11-19" }), &[]).await;
    let secret = world.app.tokens().gateway_secret("post").unwrap();
    let secret = BASE64.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let body =
        |task: &str| json!({ "dossier": id, "task": task, "reference": "RR 123 456 789 VN" });
    let by_post = body("identity_card");
    let place = "post/deliveries";
    signed(&world, place, &[7; 32], (world.key(), &by_post)).await.problem(401, "unauthenticated");
    let at_counter = body("registration");
    signed(&world, place, &secret, (world.key(), &at_counter)).await.problem(404, "not-found");
    signed(&world, place, &secret, (world.key(), &by_post)).await.ok();
    let again = signed(&world, place, &secret, (world.key(), &by_post)).await;
    again.problem(409, "already-delivered");
    let dossier = world.dossier(&id).await;
    assert_eq!(task_of(&dossier, "identity_card")["turn"], "nobody");
    assert!(dossier["history"].to_string().contains("RR 123 456 789 VN"), "{dossier}");
}

#[tokio::test]
async fn a_clerk_takes_a_fee_and_pays_it_back() {
    let world = world().await;
    let (id, father) = with_a_fee(&world).await;
    let key = world.agency(HEALTH).await;
    let place = format!("/api/v1/agency/payments/{id}/site_visit/1");
    let paid = json!({ "amount": 500_000, "reference": "BL-1" });
    let stranger = world.agency("tax.01").await;
    world.post(&stranger, &format!("{place}/paid"), &paid).await.problem(404, "not-found");
    world.post(&father, &format!("{place}/paid"), &paid).await.problem(403, "forbidden");
    world.post(&key, &format!("{place}/paid"), &paid).await.ok();
    let back = json!({ "reference": "HT-1" });
    world.post(&key, &format!("{place}/refunded"), &back).await.problem(409, "no-refund");
    let withdraw = format!("/api/v1/dossiers/{id}/tasks/site_visit/withdraw");
    world.post(&father, &withdraw, &json!({})).await.ok();
    let list = world.get(&key, "/api/v1/agency/tasks?status=withdrawn").await.ok();
    assert_eq!(list["tasks"][0]["task"], "site_visit", "it waits to be paid back: {list}");
    world.post(&key, &format!("{place}/refunded"), &back).await.ok();
    let list = world.get(&key, "/api/v1/agency/tasks?status=withdrawn").await.ok();
    assert_eq!(list["tasks"], json!([]));
    let page = world.page(&father, &format!("/dossiers/{id}"), "en").await.text;
    assert!(page.contains("Paid back"), "{page}");
}

#[tokio::test]
async fn a_fee_is_waived_with_a_reason() {
    let world = world().await;
    let (id, father) = with_a_fee(&world).await;
    let key = world.agency(HEALTH).await;
    let path = format!("/api/v1/agency/payments/{id}/site_visit/1/waive");
    world.post(&key, &path, &json!({ "reason": "" })).await.problem(422, "invalid");
    world.post(&key, &path, &json!({ "reason": "Hộ nghèo." })).await.ok();
    let dossier = world.get(&father, &format!("/api/v1/dossiers/{id}")).await.ok();
    let visit = task_of(&dossier, "site_visit");
    assert_eq!(
        (&visit["status"], &visit["payments"][0]["outcome"]),
        (&json!("dispatched"), &json!("waived"))
    );
}
