//! What operators do: everything is counted anew, a calendar is amended, what was given up is tried
//! again.

use std::sync::Arc;

use async_trait::async_trait;
use lienthong_engine::delivery::{Message, Sender, Sent};
use serde_json::json;

use crate::world::{World, world};

const REGISTRAR: &str = "civil-status.00565";

fn operator(world: &World) -> String {
    let expires = world.app.clock().now() + chrono::TimeDelta::hours(1);
    world.app.tokens().issue_operator("an", expires).unwrap()
}

#[tokio::test]
async fn only_operators_have_everything_counted_anew() {
    let world = world().await;
    let id = world.apply().await;
    let before = world.dossier(&id).await["sequence"].clone();
    let body = json!({ "reason": "Nghị quyết số 1." });
    let path = "/api/v1/operators/recount";
    world.post(&world.father(), path, &body).await.problem(403, "forbidden");
    let operator = operator(&world);
    assert_eq!(world.post(&operator, path, &body).await.ok()["dossiers"], 1);
    let after = world.dossier(&id).await["sequence"].clone();
    assert_eq!(before, after, "the calendar is the same");
    let unheld = world.get(&operator, "/api/v1/operators/unheld").await.ok();
    assert_eq!(unheld, json!({ "dossiers": [], "more": false }));
    world.get(&world.father(), "/api/v1/operators/unheld").await.problem(403, "forbidden");
}

#[tokio::test]
async fn an_operator_amends_a_calendar() {
    let world = world().await;
    let id = world.apply().await;
    let operator = operator(&world);
    let path = "/api/v1/operators/calendars/vn/amend";
    let text = include_str!("../../../workflows/calendars/vn.yaml");
    let body = |text: &str| json!({ "text": text, "reason": "Nghị quyết số 1." });
    world.post(&world.father(), path, &body(text)).await.problem(403, "forbidden");
    let wrong = text.replacen("zone: \"+07:00\"", "zone: here", 1);
    let told = world.post(&operator, path, &body(&wrong)).await.problem(422, "invalid");
    assert_eq!(told["errors"][0]["pointer"], "/text", "{told}");
    let other = "/api/v1/operators/calendars/xx/amend";
    world.post(&operator, other, &body(text)).await.problem(404, "not-found");
    let amended = format!("{text}\n# Amended.\n");
    assert_eq!(world.post(&operator, path, &body(&amended)).await.ok()["dossiers"], 1);
    let history = world.dossier(&id).await["history"].clone();
    assert!(!history.to_string().contains("due_moved"), "nothing is due at another time");
    let board = world.get(&operator, "/api/v1/operators/announcements").await.ok();
    assert_eq!(board["announcements"][0]["name"], "calendar:vn", "{board}");
}

/// Every office is gone.
struct Nowhere;

#[async_trait]
impl Sender for Nowhere {
    async fn send(&self, _: &Message) -> Sent {
        Sent::Gone("gone")
    }
}

#[tokio::test]
async fn what_was_given_up_is_listed_and_tried_again() {
    let world = world().await;
    let runtime = world.app.runtime();
    let operator = operator(&world);
    let list = "/api/v1/operators/parked";
    assert_eq!(world.get(&operator, list).await.ok(), json!({ "deliveries": [], "dossiers": [] }));
    world.get(&world.father(), list).await.problem(403, "forbidden");
    runtime.set_agency_endpoint(REGISTRAR, "http://127.0.0.1:9/").await.unwrap();
    world.apply().await;
    runtime.deliver_by(Arc::new(Nowhere));
    let given_up = async {
        while runtime.backlog().await.unwrap().deliveries.parked == 0 {
            runtime.follow().await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), given_up).await.unwrap();
    let listed = world.get(&operator, list).await.ok();
    let message = &listed["deliveries"][0];
    assert_eq!((&message["office"], &message["failure"]), (&json!(REGISTRAR), &json!("gone")));

    let again = "/api/v1/operators/parked/retry";
    let take = json!({ "what": "take", "message": message["message"], "reason": "Gọi điện." });
    world.post(&operator, again, &take).await.ok();
    let owned = world.get(&operator, list).await.ok();
    assert_eq!(owned["deliveries"][0]["owner"], "an");
    let silent = json!({ "what": "deliveries", "office": REGISTRAR, "reason": " " });
    world.post(&operator, again, &silent).await.problem(422, "invalid");
    let retry = json!({ "what": "deliveries", "office": REGISTRAR, "reason": "Đã sửa." });
    assert_eq!(world.post(&operator, again, &retry).await.ok()["concerned"], 1);
    let nothing = json!({ "what": "skip", "subscription": "none", "dossier": "-", "reason": "…" });
    world.post(&operator, again, &nothing).await.problem(404, "not-found");
}
