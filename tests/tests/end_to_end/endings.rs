//! Ends that are not a result: a refusal, a stop, a withdrawal. Each takes with it only what cannot
//! be without it.

use lienthong_tests::people::{Applicant, AtOffice, application, statuses, task};
use lienthong_tests::server::{Place, Server};
use serde_json::json;

pub(crate) async fn a_refusal_takes_with_it_what_needs_the_result(place: Place) {
    let server = Server::start(place);
    let mut application = application("birth", 1);
    application.as_object_mut().unwrap().remove("birth_support");
    let applicant = Applicant::of(&server, "father", &application);

    let id = applicant.apply("birth", application.clone()).await;
    let registrar = AtOffice::of(&server, &applicant, &id, "registration").await;
    registrar.act("refuse", json!({ "reason": "Không đúng nơi đăng ký." })).await;
    let dossier = applicant.dossier(&id).await;
    assert_eq!(dossier["status"]["number"], 3, "{:?}", statuses(&dossier));
    assert_eq!(task(&dossier, "registration")["reason"], "Không đúng nơi đăng ký.");
    for name in ["residence", "health_insurance", "identity_card"] {
        assert_eq!(task(&dossier, name)["status"], "skipped");
    }
    let late = registrar.body(registrar.made().await);
    registrar.client.post(&registrar.path("complete"), &late).await.problem(409, "task-ended");

    // Without the identity card's predecessor there is no card; the insurance has its own way.
    let id = applicant.apply("birth", application).await;
    AtOffice::of(&server, &applicant, &id, "registration").await.complete().await;
    let police = AtOffice::of(&server, &applicant, &id, "residence").await;
    police.act("stop", json!({ "reason": "Chờ xác minh." })).await;
    let dossier = applicant.dossier(&id).await;
    assert_eq!(task(&dossier, "residence")["status"], "stopped");
    assert_eq!(task(&dossier, "identity_card")["status"], "skipped");
    assert_eq!(task(&dossier, "health_insurance")["status"], "dispatched");
}

pub(crate) async fn a_withdrawal_leaves_what_was_issued(place: Place) {
    let server = Server::start(place);
    let application = application("birth", 1);
    let applicant = Applicant::of(&server, "father", &application);
    let id = applicant.apply("birth", application).await;
    for name in ["registration", "health_insurance"] {
        AtOffice::of(&server, &applicant, &id, name).await.complete().await;
    }
    let police = AtOffice::of(&server, &applicant, &id, "residence").await;
    let path = format!("/api/v1/dossiers/{id}/tasks/residence/withdraw");
    applicant.client.post(&path, &json!({})).await.ok();
    let dossier = applicant.dossier(&id).await;
    let statuses = statuses(&dossier);
    assert_eq!((statuses["residence"], statuses["identity_card"]), ("withdrawn", "withdrawn"));
    assert_eq!(
        (statuses["registration"], statuses["health_insurance"]),
        ("completed", "completed")
    );

    let late = police.body(police.made().await);
    police.client.post(&police.path("complete"), &late).await.problem(409, "task-ended");
    applicant.client.post(&path, &json!({})).await.problem(409, "task-ended");
    let all = format!("/api/v1/dossiers/{id}/withdraw");
    applicant.client.post(&all, &json!({})).await.ok();
    assert_eq!(applicant.task(&id, "birth_support").await["status"], "withdrawn");
    applicant.client.post(&all, &json!({})).await.problem(409, "nothing-open");
}
