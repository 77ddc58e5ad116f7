//! An agency asks for more, the applicant supplies it, and it goes on.

use lienthong_tests::people::{
    Applicant, AtOffice, application, complete_everything, paper, statuses,
};
use lienthong_tests::server::{Place, Server};
use serde_json::json;

pub(crate) async fn what_is_asked_for_is_supplied(place: Place) {
    let server = Server::start(place);
    let application = application("birth", 1);
    let applicant = Applicant::of(&server, "father", &application);
    let id = applicant.apply("birth", application).await;
    let registrar = AtOffice::of(&server, &applicant, &id, "registration").await;
    let may_ask = &registrar.task["supplement"]["may_ask"];
    assert!(may_ask["documents"].as_array().unwrap().contains(&json!("marriage_certificate")));

    let items = json!([{ "document": "marriage_certificate" }, { "field": "child.full_name" }]);
    registrar.act("request-supplement", json!({ "items": items, "note": "Sai tên." })).await;
    let asked = applicant.dossier(&id).await;
    assert_eq!(asked["status"]["number"], 5);
    let request = applicant.task(&id, "registration").await;
    assert_eq!(request["turn"], "applicant");
    assert_eq!(request["supplement"]["note"], "Sai tên.");
    assert_eq!(request["supplement"]["items"][0]["document"], "marriage_certificate");
    assert_eq!(request["supplement"]["items"][1]["field"], "child.full_name");

    let path = format!("/api/v1/dossiers/{id}/tasks/registration/supply");
    let fields = json!({ "child.full_name": "Nguyễn Minh Ân" });
    let short = applicant.client.post(&path, &json!({ "fields": fields })).await;
    short.problem(422, "invalid");
    let digest = applicant.client.upload("/api/v1/documents", &paper("marriage")).await;
    let documents = json!([{ "type": "marriage_certificate", "digest": digest }]);
    let body = json!({ "documents": documents, "fields": fields });
    applicant.client.post(&path, &body).await.ok();
    applicant.client.post(&path, &body).await.problem(409, "nothing-asked");

    let registrar = AtOffice::of(&server, &applicant, &id, "registration").await;
    assert_eq!(registrar.task["status"], "supplied");
    assert_eq!(registrar.task["sight"]["form"]["child"]["full_name"], "Nguyễn Minh Ân");
    let shown = &registrar.task["sight"]["documents"][0];
    assert_eq!(
        (&shown["kind"], &shown["digest"]),
        (&json!("marriage_certificate"), &json!(digest))
    );
    let file = registrar.client.get(shown["url"].as_str().unwrap()).await;
    assert_eq!(file.bytes, paper("marriage"));

    let last = complete_everything(&server, &applicant, &id).await;
    assert_eq!(last["status"]["number"], 10, "{:?}", statuses(&last));
}
