//! Command ids: done at most once, answered as often as asked; and requests that are no commands.

use lienthong_tests::people::{Applicant, AtOffice, application};
use lienthong_tests::server::{Place, Server};
use serde_json::json;
use uuid::Uuid;

pub(crate) async fn a_repeated_command_is_answered_once(place: Place) {
    let server = Server::start(place);
    let application = application("birth", 1);
    let applicant = Applicant::of(&server, "father", &application);
    let (id, body) = (Uuid::now_v7(), json!({ "application": application }));
    let path = "/api/v1/applications/birth";
    let first = applicant.client.command(id, path, &body).await;
    let again = applicant.client.command(id, path, &body).await;
    assert_eq!((first.status, first.ok()), (again.status, again.ok()));
    let mut other = body.clone();
    other["application"]["child"]["full_name"] = json!("Nguyễn Minh Ân");
    let conflict = applicant.client.command(id, path, &other).await;
    conflict.problem(409, "idempotency-key-reused");
    // The id is the sender's own: somebody else's is another command.
    let somebody = Applicant::of(&server, "somebody", &application);
    let another = json!({ "application": lienthong_tests::people::application("birth", 2) });
    let theirs = somebody.client.command(id, path, &another).await.ok();
    assert_ne!(theirs["id"], first.ok()["id"]);

    let dossier = first.ok()["id"].as_str().unwrap().to_owned();
    let registrar = AtOffice::of(&server, &applicant, &dossier, "registration").await;
    let (id, path) = (Uuid::now_v7(), registrar.path("complete"));
    let body = registrar.body(registrar.made().await);
    let first = registrar.client.command(id, &path, &body).await.ok();
    let again = registrar.client.command(id, &path, &body).await.ok();
    assert_eq!(first, again);
    registrar.client.post(&path, &body).await.problem(409, "task-ended");
    // A refusal is an answer like any other.
    let (id, path) = (Uuid::now_v7(), registrar.path("acknowledge"));
    let body = registrar.body(json!({}));
    let first = registrar.client.command(id, &path, &body).await.problem(409, "task-ended");
    let again = registrar.client.command(id, &path, &body).await.problem(409, "task-ended");
    assert_eq!(first, again);
    let history = applicant.dossier(&dossier).await["history"].clone();
    let completed = history.as_array().unwrap().iter().filter(|it| it["kind"] == "task_completed");
    assert_eq!(completed.count(), 1);
}

pub(crate) async fn what_is_wrong_is_said_at_its_field(place: Place) {
    let server = Server::start(place);
    let right = application("birth", 1);
    let applicant = Applicant::of(&server, "father", &right);
    let path = "/api/v1/applications/birth";
    let mut wrong = right.clone();
    wrong["child"]["date_of_birth"] = json!("2999-01-01");
    wrong["mother"]["personal_id"] = json!("0011920543210");
    wrong["residence"]["commune"] = json!("99999");
    wrong["favourite_color"] = json!("red");
    let id = Uuid::now_v7();
    let body = json!({ "application": wrong });
    let problem = applicant.client.command(id, path, &body).await.problem(422, "invalid");
    let errors = problem["errors"].as_array().unwrap();
    let pointers: Vec<&str> = errors.iter().map(|it| it["pointer"].as_str().unwrap()).collect();
    for field in
        ["child/date_of_birth", "mother/personal_id", "residence/commune", "favourite_color"]
    {
        let pointer = format!("/application/{field}");
        assert!(pointers.contains(&pointer.as_str()), "{pointer} in {pointers:?}");
    }
    let none = applicant.client.get("/api/v1/dossiers").await.ok();
    assert_eq!(none["dossiers"], json!([]));
    // What was no command did not use up the id.
    let body = json!({ "application": right });
    assert_eq!(applicant.client.command(id, path, &body).await.status, 201);
    server.stranger().post(path, &body).await.problem(401, "unauthenticated");
}
