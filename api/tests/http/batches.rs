//! Many answers in one request: each is a command of its own. And what an office has in hand,
//! compared with what it should have.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{Answer, World, send, world};

const ANSWERS: &str = "/api/v1/agency/answers";

async fn answer_all(world: &World, key: &str, answers: &[Value]) -> Answer {
    let request = world.request(reqwest::Method::POST, ANSWERS).bearer_auth(key);
    send(request.json(&json!({ "answers": answers }))).await
}

fn acknowledgement(id: Uuid, task: &Value) -> Value {
    json!({
        "id": id,
        "dossier": task["dossier"],
        "task": task["task"],
        "action": "acknowledge",
        "body": { "dispatch": task["dispatch"] },
    })
}

/// The registrar's tasks after some applications, and its key.
async fn tasks(world: &World, applications: usize) -> (String, Vec<Value>) {
    let mut first = None;
    for _ in 0..applications {
        let id = world.apply().await;
        first.get_or_insert(id);
    }
    let key = world.key_for(&first.unwrap(), "registration").await;
    let list = world.get(&key, "/api/v1/agency/tasks?limit=200").await.ok();
    (key, list["tasks"].as_array().unwrap().clone())
}

fn name(task: &Value) -> &str {
    task["task"].as_str().unwrap()
}

fn statuses(outcomes: &Value) -> Vec<u64> {
    let outcomes = outcomes["outcomes"].as_array().unwrap();
    outcomes.iter().map(|it| it["status"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_hundred_answers_have_each_an_outcome_of_its_own() {
    let world = world().await;
    let (key, tasks) = tasks(&world, 25).await;
    let (mut answers, mut expected) = (Vec::new(), Vec::new());
    for task in &tasks {
        let well = acknowledgement(world.key(), task);
        let mut other_dispatch = acknowledgement(world.key(), task);
        other_dispatch["body"]["dispatch"] = json!("another");
        let mut no_reason = acknowledgement(world.key(), task);
        no_reason["action"] = json!("refuse");
        let mut nobody = acknowledgement(world.key(), task);
        nobody["dossier"] = json!(Uuid::nil());
        answers.extend([well, other_dispatch, no_reason, nobody]);
        expected.extend([200, 409, 422, 404]);
    }
    assert_eq!(answers.len(), 100);
    let outcomes = answer_all(&world, &key, &answers).await.ok();
    assert_eq!(statuses(&outcomes), expected);
    let codes = |n: usize| outcomes["outcomes"][n]["body"]["code"].as_str().unwrap().to_owned();
    assert_eq!([codes(1), codes(2), codes(3)], ["other-dispatch", "wrong-shape", "not-found"]);
    for (task, outcome) in
        tasks.iter().zip(outcomes["outcomes"].as_array().unwrap().iter().step_by(4))
    {
        assert_eq!(outcome["body"]["dossier"], task["dossier"], "in the order of the answers");
    }
    let list = world.get(&key, "/api/v1/agency/tasks?status=dispatched").await.ok();
    let left: Vec<&str> = list["tasks"].as_array().unwrap().iter().map(name).collect();
    assert_eq!(left, ["birth_support"; 25], "what begins at the acknowledgement");
}

#[tokio::test]
async fn one_answer_too_many_and_none_is_carried_out() {
    let world = world().await;
    let (key, tasks) = tasks(&world, 1).await;
    let answers: Vec<Value> = (0..101).map(|_| acknowledgement(world.key(), &tasks[0])).collect();
    answer_all(&world, &key, &answers).await.problem(422, "too-many-answers");
    let list = world.get(&key, "/api/v1/agency/tasks?status=dispatched").await.ok();
    assert_eq!(list["tasks"].as_array().unwrap().len(), 1);
    assert_eq!(answer_all(&world, &key, &[]).await.ok(), json!({ "outcomes": [] }));
}

#[tokio::test]
async fn an_answer_that_is_none_fails_alone() {
    let world = world().await;
    let (key, tasks) = tasks(&world, 2).await;
    let mut old_id = acknowledgement(world.key(), &tasks[1]);
    old_id["id"] = json!(Uuid::nil());
    let answers = [
        json!({ "id": 7 }),
        json!("acknowledge"),
        old_id,
        acknowledgement(world.key(), &tasks[0]),
        acknowledgement(world.key(), &tasks[1]),
    ];
    let outcomes = answer_all(&world, &key, &answers).await.ok();
    assert_eq!(statuses(&outcomes), [422, 422, 400, 200, 200]);
    let request = world.request(reqwest::Method::POST, ANSWERS).bearer_auth(&key);
    send(request.header("Content-Type", "application/json").body("{"))
        .await
        .problem(400, "malformed-json");
}

#[tokio::test]
async fn a_repeated_batch_gets_the_first_outcomes_again() {
    let world = world().await;
    let (key, tasks) = tasks(&world, 2).await;
    let again = acknowledgement(world.key(), &tasks[0]);
    let answers =
        [acknowledgement(world.key(), &tasks[0]), acknowledgement(world.key(), &tasks[1]), again];
    let first = answer_all(&world, &key, &answers).await.ok();
    assert_eq!(first, answer_all(&world, &key, &answers).await.ok());
    let mut sorted = statuses(&first);
    sorted.sort_unstable();
    assert_eq!(sorted, [200, 200, 409], "one of the two to the same task");
    let mut other = answers[0].clone();
    other["body"]["dispatch"] = json!("another");
    let reused = answer_all(&world, &key, &[other]).await.ok();
    assert_eq!(reused["outcomes"][0]["body"]["code"], "idempotency-key-reused");

    let stranger = world.agency("police.00565").await;
    let outcomes = answer_all(&world, &stranger, &answers[..1]).await.ok();
    assert_eq!(statuses(&outcomes), [404], "another office's task is not there");
}

#[tokio::test]
async fn what_an_office_has_is_compared_with_what_it_should_have() {
    let world = world().await;
    let (key, tasks) = tasks(&world, 3).await;
    let compare = async |key: &str, have: &[&str]| {
        let request = world.request(reqwest::Method::POST, "/api/v1/agency/reconciliation");
        send(request.bearer_auth(key).json(&json!({ "have": have }))).await.ok()
    };
    let dispatch = |n: usize| tasks[n]["dispatch"].as_str().unwrap();
    let difference = compare(&key, &[dispatch(0), dispatch(1), "never-sent"]).await;
    assert_eq!(difference["open"], 3);
    assert_eq!(difference["unknown"], json!(["never-sent"]));
    let missing = json!([{
        "dossier": tasks[2]["dossier"], "task": "registration", "dispatch": dispatch(2)
    }]);
    assert_eq!(difference["missing"], missing);

    let id = tasks[0]["dossier"].as_str().unwrap();
    let refusal = json!({ "reason": "Nộp không đúng nơi." });
    world.answer(&key, (id, "registration"), "refuse", refusal).await.ok();
    let difference = compare(&key, &[dispatch(0), dispatch(1), dispatch(2)]).await;
    assert_eq!(difference["unknown"], json!([dispatch(0)]), "it has ended");
    let missing: Vec<&str> = difference["missing"].as_array().unwrap().iter().map(name).collect();
    assert_eq!(missing, ["birth_support"], "an answer proves receipt, so this has begun");

    let stranger = world.agency("police.00565").await;
    let difference = compare(&stranger, &[dispatch(1)]).await;
    assert_eq!(difference, json!({ "open": 0, "missing": [], "unknown": [dispatch(1)] }));
}
