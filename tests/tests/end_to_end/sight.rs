//! Who sees what: a citizen their own dossiers, an agency the fields of its own tasks. Everything
//! else looks as if it were not there.

use std::collections::BTreeSet;

use lienthong_tests::people::{Applicant, AtOffice, application, paper};
use lienthong_tests::server::{Place, Server};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// Everything that an agency is told about a task.
const TASK_MEMBERS: [&str; 23] = [
    "acknowledged_at",
    "code",
    "delivery",
    "dispatch",
    "dispatched_at",
    "dossier",
    "due",
    "ended_at",
    "group",
    "notice",
    "office",
    "overdue",
    "payments",
    "procedure",
    "returns",
    "sequence",
    "sight",
    "status",
    "submitted_at",
    "supplement",
    "task",
    "title",
    "turn",
];

pub(crate) async fn a_dossier_is_there_for_its_applicant_alone(place: Place) {
    let server = Server::start(place);
    let application = application("birth", 1);
    let applicant = Applicant::of(&server, "father", &application);
    let id = applicant.apply("birth", application.clone()).await;
    let somebody = Applicant::of(&server, "somebody", &application);

    let theirs = somebody.client.get(&format!("/api/v1/dossiers/{id}")).await;
    let nothing = somebody.client.get(&format!("/api/v1/dossiers/{}", Uuid::now_v7())).await;
    assert_eq!(theirs.problem(404, "not-found"), nothing.problem(404, "not-found"));
    let commands = [("withdraw", json!({})), ("tasks/registration/withdraw", json!({}))];
    for (action, body) in commands {
        let theirs = somebody.client.post(&format!("/api/v1/dossiers/{id}/{action}"), &body).await;
        theirs.problem(404, "not-found");
    }
    let listed = somebody.client.get("/api/v1/dossiers").await.ok();
    assert_eq!(listed["dossiers"], json!([]));
    server.stranger().get(&format!("/api/v1/dossiers/{id}")).await.problem(401, "unauthenticated");
    let listed = applicant.client.get("/api/v1/dossiers").await.ok();
    assert_eq!(listed["dossiers"][0]["id"], json!(id));
    // The page says no more than the API.
    let page = server.stranger().get(&format!("/dossiers/{id}")).await;
    assert_eq!(page.status, 401);
    assert!(!String::from_utf8_lossy(&page.bytes).contains("Nguyễn Minh An"));
}

pub(crate) async fn an_agency_sees_what_its_task_declares(place: Place) {
    let server = Server::start(place);
    let mut application = application("birth", 1);
    let applicant = Applicant::of(&server, "father", &application);
    let digest = applicant.client.upload("/api/v1/documents", &paper("marriage")).await;
    let upload = json!({ "type": "marriage_certificate", "source": "upload", "digest": digest });
    application["documents"].as_array_mut().unwrap().push(upload);
    let id = applicant.apply("birth", application.clone()).await;

    // Before it is sent, the task is not there for its future office either.
    let insurance_path = format!("/api/v1/agency/tasks/{id}/health_insurance");
    let insurance = server.office("social-insurance.01");
    insurance.get(&insurance_path).await.problem(404, "not-found");

    let registrar = AtOffice::of(&server, &applicant, &id, "registration").await;
    assert_eq!(
        keys(&registrar.task["sight"]),
        ["documents", "form", "result_documents", "results"]
    );
    let file = format!("documents/{digest}");
    assert_eq!(registrar.client.get(&registrar.path(&file)).await.bytes, paper("marriage"));
    registrar.complete().await;

    let insurer = AtOffice::of(&server, &applicant, &id, "health_insurance").await;
    assert_eq!(keys(&insurer.task), TASK_MEMBERS);
    let form = &insurer.task["sight"]["form"];
    let sent = [
        "applicant",
        "child",
        "consents",
        "delivery",
        "father",
        "health_insurance",
        "mother",
        "target_offices",
    ];
    let sent: Vec<&str> = sent.into_iter().filter(|it| application.get(it).is_some()).collect();
    assert_eq!(keys(form), sent);
    assert_eq!(form["child"], application["child"]);
    assert_eq!(keys(&form["delivery"]), ["health_insurance"]);
    assert_eq!(keys(&form["target_offices"]), ["health_insurance"]);
    assert_eq!(insurer.task["sight"]["documents"], json!([]));
    let results = json!({ "registration": { "personal_id": "001326012345" } });
    assert_eq!(insurer.task["sight"]["results"], results);
    let certificate = &insurer.task["sight"]["result_documents"][0];
    assert_eq!(certificate["kind"], "certificate");
    let fetched = insurer.client.get(certificate["url"].as_str().unwrap()).await;
    assert!(fetched.bytes.starts_with(b"%PDF-"));

    // What is not declared is not there: other documents, other tasks, other offices' tasks.
    insurer.client.get(&insurer.path(&file)).await.problem(404, "not-found");
    let other = format!("/api/v1/agency/tasks/{id}/registration");
    insurer.client.get(&other).await.problem(404, "not-found");
    let stranger = server.office("police.06325");
    stranger.get(&insurance_path).await.problem(404, "not-found");
    let body = insurer.body(json!({}));
    let foreign = stranger.post(&insurer.path("acknowledge"), &body).await;
    foreign.problem(404, "not-found");
    let list = insurer.client.get("/api/v1/agency/tasks?wait=0").await.ok();
    let listed = list["tasks"].as_array().unwrap().iter().map(|it| it["task"].as_str().unwrap());
    assert_eq!(listed.collect::<Vec<_>>(), ["health_insurance"]);
    // Nor are keys and tokens each other's.
    insurer.client.get(&format!("/api/v1/dossiers/{id}")).await.problem(403, "forbidden");
    applicant.client.get("/api/v1/agency/tasks").await.problem(403, "forbidden");
}

fn keys(object: &Json) -> Vec<&str> {
    let keys: BTreeSet<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    keys.into_iter().collect()
}
