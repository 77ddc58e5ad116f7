//! Applying, following, withdrawing.

use reqwest::StatusCode;
use serde_json::json;

use crate::world::{PDF, birth, task_of, world};

#[tokio::test]
async fn an_application_becomes_a_dossier_that_its_applicant_can_follow() {
    let world = world().await;
    let body = json!({ "application": birth() });
    let answer = world.post(&world.father(), "/api/v1/applications/birth", &body).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let submitted = answer.json();
    let id = submitted["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("/api/v1/dossiers/{id}"));
    assert_eq!(submitted["code"], "000.05.65.H26-261119-0001");
    assert_eq!(submitted["status"]["number"], 1);

    world
        .complete(id, "registration", json!({ "personal_id": "001326012345" }), &["certificate"])
        .await;
    let dossier = world.dossier(id).await;
    assert_eq!(dossier["subject"], "Nguyễn Minh An");
    assert_eq!(dossier["status"]["number"], 4);
    let registration = task_of(&dossier, "registration");
    assert_eq!(registration["status"], "completed");
    assert_eq!(registration["words"]["en"], "Done");
    let results = registration["results"].as_array().unwrap();
    assert!(results.iter().any(|it| it["value"] == "001326012345"), "{results:?}");
    let certificate = results.iter().find(|it| it["type"] == "document").unwrap();
    let url = certificate["document"]["url"].as_str().unwrap();

    let residence = task_of(&dossier, "residence");
    assert_eq!(residence["turn"], "agency");
    assert_eq!(residence["due"]["at"], "2026-11-23T17:00:00+07:00");
    assert!(residence["due"]["explanation"]["vi"].as_str().unwrap().contains("2 ngày làm việc"));
    let kinds: Vec<&str> = dossier["history"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["kind"].as_str())
        .collect();
    assert!(kinds.starts_with(&["dossier_submitted"]), "{kinds:?}");
    assert!(kinds.contains(&"task_completed"));

    let file = world.get(&world.father(), url).await;
    assert_eq!(file.text.as_bytes(), PDF);
    assert_eq!(file.header("content-type"), "application/pdf");
    assert!(file.header("content-disposition").starts_with("attachment;"));
    assert_eq!(file.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn a_repeated_command_gets_the_first_answer() {
    let world = world().await;
    let (key, token) = (world.key(), world.father());
    let body = json!({ "application": birth() });
    let path = "/api/v1/applications/birth";
    let first = world.post_as(key, &token, path, &body).await.ok();
    let again = world.post_as(key, &token, path, &body).await.ok();
    assert_eq!(first, again);
    let mut other = body.clone();
    other["application"]["child"]["full_name"] = json!("Nguyễn Minh Anh");
    world.post_as(key, &token, path, &other).await.problem(409, "idempotency-key-reused");

    let list = world.get(&token, "/api/v1/dossiers").await.ok();
    assert_eq!(list["dossiers"].as_array().unwrap().len(), 1);

    let (key, id) = (world.key(), first["id"].as_str().unwrap());
    let path = format!("/api/v1/dossiers/{id}/withdraw");
    let first = world.post_as(key, &token, &path, &json!({})).await.ok();
    assert_eq!(world.post_as(key, &token, &path, &json!({})).await.ok(), first);
    world.post(&token, &path, &json!({})).await.problem(409, "nothing-open");
}

#[tokio::test]
async fn a_malformed_application_does_not_use_up_its_key() {
    let world = world().await;
    let (key, token) = (world.key(), world.father());
    let mut wrong = json!({ "application": birth() });
    wrong["application"]["child"]["date_of_birth"] = json!("2026-11-20");
    let path = "/api/v1/applications/birth";
    world.post_as(key, &token, path, &wrong).await.problem(422, "invalid");
    world.post_as(key, &token, path, &json!({ "application": birth() })).await.ok();
}

#[tokio::test]
async fn faults_are_told_at_their_field_in_the_readers_language() {
    let world = world().await;
    let mut body = json!({ "application": birth() });
    body["application"]["mother"]["personal_id"] = json!("0011920543210");
    body["application"]["child"]["registration_commune"] = json!("99999");
    body["application"]["surprise"] = json!("canary-7391");
    let path = "/api/v1/applications/birth";
    let mut details = Vec::new();
    for language in ["vi", "en"] {
        let request = world.request(reqwest::Method::POST, path).bearer_auth(world.father());
        let request = request.header("Idempotency-Key", world.key().to_string());
        let answer =
            crate::world::send(request.header("Accept-Language", language).json(&body)).await;
        let problem = answer.problem(422, "invalid");
        let faults = problem["errors"].as_array().unwrap();
        let pointers: Vec<&str> = faults.iter().filter_map(|it| it["pointer"].as_str()).collect();
        assert!(pointers.contains(&"/application/mother/personal_id"), "{pointers:?}");
        assert!(pointers.contains(&"/application/child/registration_commune"), "{pointers:?}");
        assert!(!answer.text.contains("canary-7391"));
        assert!(!answer.text.contains("0011920543210"));
        details.push(faults[0]["detail"].as_str().unwrap().to_owned());
    }
    assert_ne!(details[0], details[1]);
    let list = world.get(&world.father(), "/api/v1/dossiers").await.ok();
    assert_eq!(list["dossiers"], json!([]));
}

#[tokio::test]
async fn level_one_and_somebody_elses_id_are_refused_at_the_applicant() {
    let world = world().await;
    let body = json!({ "application": birth() });
    for token in [world.token_of("account-1", crate::world::FATHER, 1), world.stranger()] {
        let answer = world.post(&token, "/api/v1/applications/birth", &body).await;
        let problem = answer.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], "/application/applicant/personal_id");
    }
}

#[tokio::test]
async fn a_file_must_be_there_before_it_is_named() {
    let world = world().await;
    let token = world.father();
    let digest = world.upload(&token, "/api/v1/documents", PDF).await;
    let mut application = birth();
    let paper = |digest: &str| json!({ "type": "marriage_certificate", "source": "upload", "digest": digest });
    application["documents"].as_array_mut().unwrap().push(paper(&"0".repeat(64)));
    let index = application["documents"].as_array().unwrap().len() - 1;
    let body = json!({ "application": application });
    let problem =
        world.post(&token, "/api/v1/applications/birth", &body).await.problem(422, "invalid");
    let pointer = format!("/application/documents/{index}/digest");
    assert_eq!(problem["errors"][0]["pointer"], pointer);

    application["documents"][index] = paper(&digest);
    let id = world.apply_with(application).await;
    let url = format!("/api/v1/dossiers/{id}/documents/{digest}");
    assert_eq!(world.get(&token, &url).await.text.as_bytes(), PDF);
}

#[tokio::test]
async fn one_task_is_withdrawn_with_those_that_need_it() {
    let world = world().await;
    let id = world.apply().await;
    let path = format!("/api/v1/dossiers/{id}/tasks/residence/withdraw");
    world.post(&world.father(), &path, &json!({})).await.ok();
    let dossier = world.dossier(&id).await;
    assert_eq!(task_of(&dossier, "residence")["status"], "withdrawn");
    assert_eq!(task_of(&dossier, "identity_card")["status"], "withdrawn");
    assert_eq!(task_of(&dossier, "registration")["status"], "dispatched");
    world.post(&world.father(), &path, &json!({})).await.problem(409, "task-ended");
}

#[tokio::test]
async fn ones_dossiers_are_listed_in_pages_the_newest_first() {
    let world = world().await;
    let mut ids = Vec::new();
    for minute in 13..18 {
        world.set(&format!("2026-11-19T09:{minute}:00+07:00"));
        ids.push(world.apply().await);
    }
    ids.reverse();
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for _ in 0..3 {
        let page =
            world.get(&world.father(), &format!("/api/v1/dossiers?limit=2{cursor}")).await.ok();
        let page_ids = page["dossiers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["id"].as_str().unwrap().to_owned());
        seen.extend(page_ids);
        cursor = page["next"].as_str().map(|it| format!("&cursor={it}")).unwrap_or_default();
    }
    assert_eq!(seen, ids);
    assert!(cursor.is_empty());
    world.get(&world.father(), "/api/v1/dossiers?cursor=x").await.problem(400, "bad-request");
}

#[tokio::test]
async fn groups_and_forms_are_public() {
    let world = world().await;
    let groups =
        crate::world::send(world.request(reqwest::Method::GET, "/api/v1/groups")).await.ok();
    let names: Vec<&str> =
        groups.as_array().unwrap().iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names, ["birth", "death", "household-business"]);
    let form = crate::world::send(world.request(reqwest::Method::GET, "/api/v1/groups/birth/form"))
        .await
        .ok();
    assert_eq!(form["type"], "object");
    assert!(form["properties"]["child"].is_object());
}
