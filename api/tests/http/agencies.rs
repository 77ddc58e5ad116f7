//! Taking one's own tasks and answering them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{PDF, World, task_of, world};

fn names(list: &Value) -> Vec<&str> {
    list["tasks"].as_array().unwrap().iter().filter_map(|it| it["task"].as_str()).collect()
}

#[tokio::test]
async fn an_agency_sees_what_its_task_declares_and_nothing_else() {
    let world = world().await;
    let id = world.apply().await;
    let registrar = world.key_for(&id, "registration").await;
    let list = world.get(&registrar, "/api/v1/agency/tasks").await.ok();
    assert_eq!(names(&list), ["registration"]);
    let task = &list["tasks"][0];
    assert_eq!(task["code"], "000.05.65.H26-261119-0001");
    assert_eq!(task["sight"]["form"]["child"]["full_name"], "Nguyễn Minh An");
    assert_eq!(task["sight"]["form"]["residence"], Value::Null);
    assert_eq!(task["sight"]["form"]["birth_support"], Value::Null);
    assert_eq!(task["returns"]["personal_id"]["type"], "personal-id");
    assert!(
        task["supplement"]["may_ask"]["documents"]
            .as_array()
            .unwrap()
            .contains(&json!("marriage_certificate"))
    );

    world
        .complete(&id, "registration", json!({ "personal_id": "001326012345" }), &["certificate"])
        .await;
    let police = world.key_for(&id, "residence").await;
    let task = world.task(&police, &id, "residence").await;
    assert_eq!(task["sight"]["results"]["registration"]["personal_id"], "001326012345");
    assert_eq!(task["sight"]["form"]["marriage"], Value::Null);
    let certificate = task["sight"]["result_documents"][0]["url"].as_str().unwrap();
    assert_eq!(world.get(&police, certificate).await.text.as_bytes(), PDF);
}

#[tokio::test]
async fn tasks_come_in_the_order_of_their_due_times() {
    let world = world().await;
    let mut expected = Vec::new();
    for hour in 10..13 {
        world.set(&format!("2026-11-19T{hour}:00:00+07:00"));
        expected.push(world.apply().await);
    }
    let registrar = world.key_for(&expected[0], "registration").await;
    let list = world.get(&registrar, "/api/v1/agency/tasks?limit=2").await.ok();
    let rest = list["next"].as_str().unwrap();
    let rest =
        world.get(&registrar, &format!("/api/v1/agency/tasks?limit=2&cursor={rest}")).await.ok();
    let tasks = list["tasks"].as_array().unwrap().iter().chain(rest["tasks"].as_array().unwrap());
    let dossiers: Vec<&str> = tasks.filter_map(|it| it["dossier"].as_str()).collect();
    assert_eq!(dossiers, expected);
}

#[tokio::test]
async fn a_waiting_agency_is_woken_by_a_new_task() {
    let world = world().await;
    let registrar = world.agency("civil-status.00565").await;
    let waiting = world.get(&registrar, "/api/v1/agency/tasks?status=dispatched&wait=60");
    let applying = async {
        until_waiting(&world).await;
        world.apply().await
    };
    let (list, id) = in_time(async { tokio::join!(waiting, applying) }).await;
    let list = list.ok();
    assert_eq!(names(&list), ["registration"]);
    assert_eq!(list["tasks"][0]["dossier"], id);
}

#[tokio::test]
async fn waiting_ends_without_a_task_and_when_the_server_stops() {
    let world = world().await;
    let key = world.agency("civil-status.00565").await;
    let list = world.get(&key, "/api/v1/agency/tasks?wait=1").await.ok();
    assert_eq!(list["tasks"], json!([]));
    let waiting = world.get(&key, "/api/v1/agency/tasks?wait=60");
    let stopping = async {
        until_waiting(&world).await;
        world.app.stop_waiting();
    };
    let (list, ()) = in_time(async { tokio::join!(waiting, stopping) }).await;
    assert_eq!(list.ok()["tasks"], json!([]));
}

async fn until_waiting(world: &World) {
    while world.app.waiting_now() == 0 {
        tokio::task::yield_now().await;
    }
}

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.unwrap()
}

#[tokio::test]
async fn every_answer_does_what_it_says() {
    let world = world().await;
    let id = world.apply().await;
    let at = (id.as_str(), "registration");
    let key = world.key_for(&id, "registration").await;
    world.answer(&key, at, "acknowledge", json!({})).await.ok();
    assert_eq!(world.task(&key, &id, "registration").await["status"], "acknowledged");
    world.answer(&key, at, "acknowledge", json!({})).await.problem(409, "already-acknowledged");
    world.answer(&key, at, "deliver", json!({})).await.problem(409, "no-result");
    let digest = world.upload(&key, "/api/v1/agency/documents", PDF).await;
    let body = json!({ "results": { "personal_id": "001326012345" }, "documents": { "certificate": digest } });
    world.answer(&key, at, "complete", body.clone()).await.ok();
    world.answer(&key, at, "complete", body).await.problem(409, "task-ended");

    let open = world.get(&key, "/api/v1/agency/tasks?status=completed").await.ok();
    assert_eq!(names(&open), ["registration"], "to be handed over at the counter");
    world.answer(&key, at, "deliver", json!({})).await.ok();
    world.answer(&key, at, "deliver", json!({})).await.problem(409, "already-delivered");
    let open = world.get(&key, "/api/v1/agency/tasks?status=completed").await.ok();
    assert_eq!(names(&open), [""; 0]);

    let police = world.key_for(&id, "residence").await;
    let reason = json!({ "reason": "Địa chỉ không có thật." });
    world.answer(&police, (&id, "residence"), "refuse", reason).await.ok();
    let insurance = world.key_for(&id, "health_insurance").await;
    let reason = json!({ "reason": "Đã có thẻ." });
    world.answer(&insurance, (&id, "health_insurance"), "stop", reason).await.ok();
    let dossier = world.dossier(&id).await;
    let residence = task_of(&dossier, "residence");
    assert_eq!(
        (&residence["status"], &residence["reason"]),
        (&json!("refused"), &json!("Địa chỉ không có thật."))
    );
    assert_eq!(task_of(&dossier, "health_insurance")["status"], "stopped");
    assert_eq!(task_of(&dossier, "identity_card")["status"], "skipped");
}

#[tokio::test]
async fn a_repeated_answer_gets_the_first_answer_again() {
    let world = world().await;
    let id = world.apply().await;
    let agency = world.key_for(&id, "registration").await;
    let dispatch = world.task(&agency, &id, "registration").await["dispatch"].clone();
    let at = |verb: &str| format!("/api/v1/agency/tasks/{id}/registration/{verb}");
    let (first_id, refused_id, last_id) = (world.key(), world.key(), world.key());
    let body = json!({ "dispatch": dispatch });
    let first = world.post_as(first_id, &agency, &at("acknowledge"), &body).await.ok();
    let refused = world.post_as(refused_id, &agency, &at("acknowledge"), &body).await;
    refused.problem(409, "already-acknowledged");
    let digest = world.upload(&agency, "/api/v1/agency/documents", PDF).await;
    let complete = json!({
        "dispatch": dispatch,
        "results": { "personal_id": "001326012345" },
        "documents": { "certificate": digest }
    });
    let last = world.post_as(last_id, &agency, &at("complete"), &complete).await.ok();
    let before = world.dossier(&id).await;

    assert_eq!(world.post_as(first_id, &agency, &at("acknowledge"), &body).await.ok(), first);
    let again = world.post_as(refused_id, &agency, &at("acknowledge"), &body).await;
    assert_eq!(again.problem(409, "already-acknowledged"), refused.json());
    assert_eq!(world.post_as(last_id, &agency, &at("complete"), &complete).await.ok(), last);
    let answer = world.post_as(last_id, &agency, &at("acknowledge"), &body).await;
    answer.problem(409, "idempotency-key-reused");
    assert_eq!(world.dossier(&id).await, before);
}

#[tokio::test]
async fn wrong_answers_are_told_at_their_place() {
    let world = world().await;
    let id = world.apply().await;
    let key = world.key_for(&id, "registration").await;
    let at = (id.as_str(), "registration");
    let body = json!({ "results": { "personal_id": "12", "extra": 1 }, "documents": {} });
    let problem = world.answer(&key, at, "complete", body).await.problem(422, "invalid");
    let pointers: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["pointer"].as_str())
        .collect();
    for expected in ["/results/personal_id", "/results/extra", "/documents/certificate"] {
        assert!(pointers.contains(&expected), "{pointers:?}");
    }
    let body = json!({ "results": {}, "documents": { "certificate": "zz" } });
    let problem = world.answer(&key, at, "complete", body).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/documents/certificate");
    let problem =
        world.answer(&key, at, "refuse", json!({ "reason": " " })).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/reason");

    let path = format!("/api/v1/agency/tasks/{id}/registration/acknowledge");
    let stale = json!({ "dispatch": "another" });
    world.post(&key, &path, &stale).await.problem(409, "other-dispatch");
    world.get(&key, "/api/v1/agency/tasks?status=skipped").await.problem(400, "bad-request");
    world.get(&key, "/api/v1/agency/tasks?wait=61").await.problem(400, "bad-request");
}
