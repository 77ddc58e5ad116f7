//! Drafts, data that does not agree, own corrections and newer rules, over HTTP and on pages.

use serde_json::{Value, json};

use crate::world::{FATHER, PDF, World, hidden, task_of, world, world_at};

const REGISTRAR: &str = "civil-status.00565";
const INSURER: &str = "social-insurance.01";

async fn file(world: &World, office: &str) -> String {
    world.upload(&world.agency(office).await, "/api/v1/agency/documents", PDF).await
}

async fn registered(world: &World, id: &str) {
    world
        .complete(id, "registration", json!({ "personal_id": "001326012345" }), &["certificate"])
        .await;
}

#[tokio::test]
async fn a_draft_is_shown_and_disputed_on_its_page() {
    let world = world().await;
    let id = world.apply().await;
    let draft = json!({ "certificate": file(&world, REGISTRAR).await });
    let key = world.key_for(&id, "registration").await;
    let dispatch = world.task(&key, &id, "registration").await["dispatch"].clone();
    let path = format!("/api/v1/agency/tasks/{id}/registration/send-draft");
    let nothing = json!({ "dispatch": dispatch, "documents": {} });
    world.post(&key, &path, &nothing).await.problem(422, "invalid");
    world.post(&key, &path, &json!({ "dispatch": dispatch, "documents": draft })).await.ok();
    let father = world.father();
    let dossier = world.dossier(&id).await;
    let shown = &task_of(&dossier, "registration")["draft"]["documents"][0];
    assert_eq!(world.get(&father, shown["url"].as_str().unwrap()).await.text.as_bytes(), PDF);
    world.get(&world.stranger(), shown["url"].as_str().unwrap()).await.problem(404, "not-found");

    let page = world.page(&father, &format!("/dossiers/{id}"), "vi").await.text;
    assert!(page.contains("gửi bản nháp kết quả để bạn kiểm tra"), "{page}");
    let place = format!("/dossiers/{id}/tasks/registration/draft");
    let page = world.page(&father, &place, "vi").await.text;
    let (proof, command) = (hidden(&page, "proof"), hidden(&page, "command"));
    let form = format!("proof={proof}&command={command}&answer=wrong&wrong=Sai+ten+dem");
    world.submit(&father, &place, &form).await;
    let dossier = world.dossier(&id).await;
    assert_eq!(task_of(&dossier, "registration")["turn"], "agency");
    assert_eq!(world.page(&father, &place, "vi").await.status, 404);
}

#[tokio::test]
async fn data_that_does_not_agree_is_mended_by_one_of_its_owners() {
    let world = world().await;
    let id = world.apply().await;
    registered(&world, &id).await;
    let key = world.key_for(&id, "health_insurance").await;
    let dispatch = world.task(&key, &id, "health_insurance").await["dispatch"].clone();
    let path = format!("/api/v1/agency/tasks/{id}/health_insurance/report-mismatch");
    let body =
        json!({ "dispatch": dispatch, "of": "registration", "note": "Không có số định danh." });
    world.post(&key, &path, &body).await.ok();
    let place = format!("/api/v1/agency/mismatches/{id}/health_insurance/1/resolve");
    let police = world.agency("police.00565").await;
    world.post(&police, &place, &json!({})).await.problem(404, "not-found");
    let registrar = world.agency(REGISTRAR).await;
    world.post(&registrar, &place, &json!({})).await.ok();
    let insurer = world.agency(INSURER).await;
    world.post(&insurer, &place, &json!({})).await.problem(409, "no-mismatch");
    let history = world.dossier(&id).await["history"].to_string();
    assert!(history.contains("mismatch_reported") && history.contains("mismatch_resolved"));
}

#[tokio::test]
async fn applicants_correct_what_nobody_has_decided_on() {
    let world = world().await;
    let id = world.apply().await;
    let father = world.father();
    let path = format!("/api/v1/dossiers/{id}/amend");
    let phone = |number: &str| json!({ "fields": { "applicant.phone": number } });
    let wrong = world.post(&father, &path, &phone("1")).await.problem(422, "invalid");
    assert_eq!(wrong["errors"][0]["pointer"], "/fields/applicant.phone");
    world.post(&world.stranger(), &path, &phone("0987654321")).await.problem(404, "not-found");
    world.post(&father, &path, &phone("0987654321")).await.ok();
    let key = world.key_for(&id, "registration").await;
    let task = world.task(&key, &id, "registration").await;
    assert_eq!(task["sight"]["form"]["applicant"]["phone"], "0987654321");
    registered(&world, &id).await;
    world.post(&father, &path, &phone("0912345678")).await.problem(409, "already-decided");
}

#[tokio::test]
async fn a_dossier_moves_to_newer_rules_on_request() {
    let world = world_at("2026-08-28T10:00:00+07:00").await;
    let application = lienthong_workflows::example("birth-2024").unwrap();
    let mut application: Value = serde_json::from_str(&application).unwrap();
    application["child"]["birth_notice"]["number"] = json!("01901.GCS.77777.26");
    application["documents"][0]["reference"] = json!("01901.GCS.77777.26");
    let father = world.token_of("father-2024", FATHER, 2);
    let body = json!({ "application": application });
    let id = world.post(&father, "/api/v1/applications/birth", &body).await.ok();
    let id = id["id"].as_str().unwrap().to_owned();
    let rules = format!("/api/v1/dossiers/{id}/newer-rules");
    assert_eq!(world.get(&father, &rules).await.ok()["version"], Value::Null);

    world.set("2026-09-03T08:30:00+07:00");
    let father = world.token_of("father-2024", FATHER, 2);
    let offered = world.get(&father, &rules).await.ok();
    assert_eq!(offered["version"], 2);
    let changes: Vec<&str> = offered["changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["task"].as_str())
        .collect();
    assert!(changes.contains(&"identity_card"), "{offered}");
    let page = world.page(&father, &format!("/dossiers/{id}"), "en").await.text;
    assert!(page.contains("See what they change, and move"), "{page}");
    let place = format!("/dossiers/{id}/newer-rules");
    let page = world.page(&father, &place, "en").await.text;
    assert!(page.contains("A further procedure: Identity card"), "{page}");
    let (proof, command) = (hidden(&page, "proof"), hidden(&page, "command"));
    world.submit(&father, &place, &format!("proof={proof}&command={command}")).await;
    let dossier = world.get(&father, &format!("/api/v1/dossiers/{id}")).await.ok();
    assert_eq!(dossier["group"]["version"], 2);
    assert_eq!(task_of(&dossier, "identity_card")["status"], "waiting");
    world.post(&father, &rules, &json!({})).await.problem(409, "no-newer-rules");
}

#[tokio::test]
async fn an_applicant_corrects_a_field_on_its_page() {
    let world = world().await;
    let id = world.apply().await;
    let father = world.father();
    let dossier = world.page(&father, &format!("/dossiers/{id}"), "en").await.text;
    let place = format!("/dossiers/{id}/correct");
    assert!(dossier.contains(&place), "{dossier}");
    let list = world.page(&father, &place, "en").await.text;
    let phone = format!("{place}/applicant.phone");
    assert!(list.contains(&phone), "{list}");
    assert!(!list.contains("applicant.personal_id"), "who applies stays who applies");
    assert_eq!(world.page(&world.stranger(), &place, "en").await.status, 404);

    let page = world.page(&father, &phone, "en").await.text;
    let (proof, command) = (hidden(&page, "proof"), hidden(&page, "command"));
    let wrong = format!("proof={proof}&command={command}&field.applicant.phone=12");
    let again = world.send_form(&father, &phone, &wrong).await;
    assert_eq!(again.status, 422);
    assert!(again.text.contains("value=\"12\""), "what was typed stays: {}", again.text);
    let (proof, command) = (hidden(&again.text, "proof"), hidden(&again.text, "command"));
    let right = format!("proof={proof}&command={command}&field.applicant.phone=0912345678");
    world.submit(&father, &phone, &right).await;
    let key = world.key_for(&id, "registration").await;
    let task = world.task(&key, &id, "registration").await;
    assert_eq!(task["sight"]["form"]["applicant"]["phone"], "0912345678");

    registered(&world, &id).await;
    assert_eq!(world.page(&father, &phone, "en").await.status, 404, "it was decided on");
}

#[tokio::test]
async fn everybody_sees_who_had_it_for_how_long() {
    let world = world().await;
    let id = world.apply().await;
    world.set("2026-11-19T10:12:00+07:00");
    let key = world.key_for(&id, "registration").await;
    let items = json!([{ "field": "applicant" }]);
    let body = json!({ "items": items, "note": "Số điện thoại?" });
    world.answer(&key, (&id, "registration"), "request-supplement", body).await.ok();
    world.set("2026-11-19T12:12:00+07:00");
    let father = world.father();
    let applicant = crate::world::birth()["applicant"].clone();
    let supply = json!({ "fields": { "applicant": applicant } });
    let path = format!("/api/v1/dossiers/{id}/tasks/registration/supply");
    world.post(&father, &path, &supply).await.ok();
    world.set("2026-11-20T13:12:00+07:00");
    world.app.runtime().fire_due_timers().await.unwrap();
    let dossier = world.dossier(&id).await;
    let held = task_of(&dossier, "registration")["held"].as_array().unwrap().clone();
    let told: Vec<(&str, &str, bool)> = held
        .iter()
        .map(|it| {
            let words = it["words"]["en"].as_str().unwrap();
            (it["by"].as_str().unwrap(), words, it["late"].as_bool().unwrap())
        })
        .collect();
    let office = "Gia Lâm Commune People's Committee";
    let expected = [
        ("agency", format!("{office}: 1 hour"), false),
        ("applicant", "You: 2 hours".to_owned(), false),
        ("agency", format!("{office}: 23 hours"), false),
        ("agency", format!("{office}: 2 hours"), true),
    ];
    let expected: Vec<(&str, &str, bool)> =
        expected.iter().map(|(by, words, late)| (*by, words.as_str(), *late)).collect();
    assert_eq!(told, expected);
    let page = world.page(&father, &format!("/dossiers/{id}"), "en").await.text;
    assert!(page.contains("Who had it for how long") && page.contains("after it was due"));
}
