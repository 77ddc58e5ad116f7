//! What the law adds to the straight way: others who must agree, a faulty result that goes back, an
//! outage, an office that takes over.

use lienthong_tests::people::{Applicant, AtOffice, application, statuses};
use lienthong_tests::server::{Place, Server};
use serde_json::{Value as Json, json};
use uuid::Uuid;

const GRANDFATHER: &str = "001058004321";
const MOTHER: &str = "001192054321";

/// A birth whose child joins the grandparents.
fn with_the_grandparents(n: u32) -> Json {
    let mut application = application("birth", n);
    application["residence"]["joins"] = json!("grandparents");
    application["residence"]["householder"] =
        json!({ "full_name": "Nguyễn Văn Thành", "personal_id": GRANDFATHER });
    let papers =
        json!({ "type": "residence_papers", "source": "population", "reference": "GCN-0417" });
    application["documents"].as_array_mut().unwrap().push(papers);
    application
}

pub(crate) async fn somebody_else_agrees_and_sees_nothing_else(place: Place) {
    let server = Server::start(place);
    let application = with_the_grandparents(11);
    let applicant = Applicant::of(&server, "father", &application);
    let id = applicant.apply("birth", application).await;
    let mother = server.citizen("mother", MOTHER);
    let path = format!("/api/v1/dossiers/{id}/tasks/residence/consents/1");
    mother.post(&format!("{path}/confirm"), &json!({})).await.ok();
    AtOffice::of(&server, &applicant, &id, "registration").await.complete().await;
    let residence = applicant.task(&id, "residence").await;
    assert_eq!(
        (&residence["turn"], &residence["status"]),
        (&json!("person"), &json!("dispatched"))
    );
    assert_eq!(residence["consents"][0]["outcome"], "given");
    assert_eq!(residence["consents"][1]["name"], "Nguyễn Văn Thành");
    assert_eq!(residence["consents"][1]["outcome"], "open");

    let path = format!("/api/v1/dossiers/{id}/tasks/residence/consents/2");
    let asked = server.citizen("grandfather", GRANDFATHER);
    let inbox = asked.get("/api/v1/consents").await.ok();
    assert_eq!(inbox["questions"].as_array().unwrap().len(), 1, "{inbox}");
    assert_eq!(inbox["questions"][0]["page"], path.trim_start_matches("/api/v1"));
    assert_eq!(inbox["questions"][0]["consent"]["name"], "Nguyễn Văn Thành");
    assert!(!inbox.to_string().contains("Nguyễn Minh An"), "{inbox}");
    let question = asked.get(&path).await.ok();
    assert_eq!(question["applicant"], "Nguyễn Văn Hùng");
    assert!(!question.to_string().contains("Nguyễn Minh An"), "{question}");
    let stranger = server.citizen("stranger", "001192999999");
    let nothing = json!({ "questions": [] });
    assert_eq!(stranger.get("/api/v1/consents").await.ok(), nothing);
    assert_eq!(applicant.client.get("/api/v1/consents").await.ok(), nothing);
    stranger.get(&path).await.problem(404, "not-found");
    stranger.post(&format!("{path}/confirm"), &json!({})).await.problem(404, "not-found");
    applicant.client.get(&path).await.problem(404, "not-found");
    asked.get(&format!("/api/v1/dossiers/{id}")).await.problem(404, "not-found");

    asked.post(&format!("{path}/confirm"), &json!({})).await.ok();
    assert_eq!(asked.get("/api/v1/consents").await.ok(), nothing);
    asked.post(&format!("{path}/decline"), &json!({})).await.problem(409, "nothing-asked");
    let residence = applicant.task(&id, "residence").await;
    assert_eq!(residence["turn"], "agency");
    assert_eq!(residence["consents"][1]["outcome"], "given");
}

pub(crate) async fn a_faulty_result_is_issued_anew(place: Place) {
    let server = Server::start(place);
    let application = application("birth", 12);
    let applicant = Applicant::of(&server, "father", &application);
    let id = applicant.apply("birth", application).await;
    let registrar = AtOffice::of(&server, &applicant, &id, "registration").await;
    registrar.complete().await;
    let insurance = AtOffice::of(&server, &applicant, &id, "health_insurance").await;
    let faulty = json!({ "of": "registration", "note": "Sai tên trẻ." });
    insurance.act("return", faulty.clone()).await;
    let dossier = applicant.dossier(&id).await;
    let now = statuses(&dossier);
    assert_eq!((now["registration"], now["health_insurance"]), ("reopened", "acknowledged"));
    assert_eq!(applicant.task(&id, "health_insurance").await["turn"], "correction");
    let open = registrar.client.get("/api/v1/agency/tasks?status=reopened").await.ok();
    assert_eq!(open["tasks"][0]["task"], "registration");
    registrar.complete().await;
    let dossier = applicant.dossier(&id).await;
    assert_eq!(statuses(&dossier)["registration"], "completed");
    assert_eq!(applicant.task(&id, "health_insurance").await["turn"], "agency");
    let told = dossier["history"].as_array().unwrap().iter().map(|it| it["kind"].clone());
    assert!(told.into_iter().any(|it| it == "result_updated"));
    let late = insurance.body(json!({ "reason": "Chậm.", "until": "2026-12-01" }));
    insurance.client.post(&insurance.path("apologise"), &late).await.problem(409, "not-late");
    let longer = insurance.body(json!({ "reason": "Cần xác minh." }));
    let longer = insurance.client.post(&insurance.path("extend"), &longer).await;
    longer.problem(409, "no-longer-limit-here");
}

pub(crate) async fn an_operator_announces_an_outage_and_moves_work(place: Place) {
    let server = Server::start(place);
    let application = application("birth", 13);
    let applicant = Applicant::of(&server, "father", &application);
    let id = applicant.apply("birth", application).await;
    let registrar = AtOffice::of(&server, &applicant, &id, "registration").await;
    let operator = server.operator("ops.hanoi");
    let offices = json!({ "offices": [registrar.office], "reason": "Mất điện." });
    let begin = "/api/v1/operators/outages/network-1/begin";
    applicant.client.post(begin, &offices).await.problem(403, "forbidden");
    registrar.client.post(begin, &offices).await.problem(403, "forbidden");
    assert_eq!(operator.post(begin, &offices).await.ok()["dossiers"], 1);
    assert_eq!(applicant.task(&id, "registration").await["turn"], "system");
    operator.post(begin, &offices).await.ok();
    let board = "/api/v1/operators/announcements";
    let announced = operator.get(board).await.ok();
    assert_eq!(announced["announcements"][0]["by"], "ops.hanoi", "{announced}");
    operator.post(&format!("{board}/network-1/end"), &json!({})).await.ok();
    assert_eq!(applicant.task(&id, "registration").await["turn"], "agency");
    let nobody = json!({ "reason": "Mất điện." });
    operator.post(begin, &nobody).await.problem(422, "invalid");
    operator.post(&format!("{board}/other/end"), &json!({})).await.problem(404, "not-found");

    let succession =
        json!({ "from": registrar.office, "to": "civil-status.00562", "reason": "Sáp nhập." });
    operator.post("/api/v1/operators/successions", &succession).await.ok();
    let answer =
        registrar.client.post(&registrar.path("acknowledge"), &registrar.body(json!({}))).await;
    answer.problem(404, "not-found");
    let successor = AtOffice::of(&server, &applicant, &id, "registration").await;
    assert_eq!(successor.office, "civil-status.00562");
    successor.complete().await;
    assert_eq!(applicant.task(&id, "registration").await["status"], "completed");
    operator.get(&format!("/api/v1/dossiers/{id}")).await.problem(403, "forbidden");
}

pub(crate) async fn one_child_has_one_application_and_twins_have_two(place: Place) {
    let server = Server::start(place);
    let application = application("birth", 14);
    let applicant = Applicant::of(&server, "father", &application);
    let path = "/api/v1/applications/birth";
    let body = json!({ "application": application });
    let id = Uuid::now_v7();
    let first = applicant.client.command(id, path, &body).await.ok();
    assert_eq!(applicant.client.command(id, path, &body).await.ok(), first);

    let second = applicant.client.post(path, &body).await;
    let told = second.problem(409, "duplicate-application");
    assert!(told["detail"].as_str().unwrap().contains(first["code"].as_str().unwrap()), "{told}");
    let mut of_another = application.clone();
    of_another["applicant"]["personal_id"] = json!("001192054321");
    let stranger = Applicant::of(&server, "mother", &of_another);
    let told = stranger.client.post(path, &json!({ "application": of_another })).await;
    let told = told.problem(409, "duplicate-application");
    assert!(!told.to_string().contains(first["code"].as_str().unwrap()), "{told}");

    let twin = lienthong_tests::people::application("birth", 15);
    let twin = json!({ "application": twin });
    let (one, other) =
        tokio::join!(applicant.client.post(path, &twin), applicant.client.post(path, &twin));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert!(matches!(statuses, [201, 409 | 503]), "{statuses:?}");

    // What ended with nothing issued stands in nobody's way.
    let dossier = first["id"].as_str().unwrap();
    applicant.client.post(&format!("/api/v1/dossiers/{dossier}/withdraw"), &json!({})).await.ok();
    assert_eq!(applicant.client.post(path, &body).await.status, 201);
}
