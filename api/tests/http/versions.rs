//! A result that was corrected or annulled: what was issued before is kept, and says that it no
//! longer counts.

use serde_json::{Value, json};

use super::world::{World, task_of, world};

/// Completes the registration with a certificate of its own.
async fn register(world: &World, id: &str, text: &str) -> String {
    let key = world.key_for(id, "registration").await;
    let paper = format!("%PDF-1.4\n% {text}\n%%EOF\n");
    let digest = world.upload(&key, "/api/v1/agency/documents", paper.as_bytes()).await;
    let body = json!({
        "results": { "personal_id": "001326012345" },
        "documents": { "certificate": digest },
    });
    world.answer(&key, (id, "registration"), "complete", body).await.ok();
    digest
}

async fn registration(world: &World, id: &str) -> Value {
    task_of(&world.dossier(id).await, "registration").clone()
}

/// How a browser is told to call a file.
async fn called(world: &World, id: &str, digest: &str) -> String {
    let path = format!("/api/v1/dossiers/{id}/documents/{digest}");
    let file = world.get(&world.father(), &path).await;
    assert_eq!(file.status, 200, "{file:?}");
    file.header("content-disposition").to_owned()
}

#[tokio::test]
async fn an_earlier_copy_says_that_it_is_superseded() {
    let world = world().await;
    let id = world.apply().await;
    let first = register(&world, &id, "Nguyễn Minh Án").await;
    let before = registration(&world, &id).await;
    assert_eq!(before["earlier"], json!([]));
    assert!(!called(&world, &id, &first).await.contains("superseded"));

    let insurance = world.key_for(&id, "health_insurance").await;
    let faulty = json!({ "of": "registration", "note": "Sai tên trẻ." });
    world.answer(&insurance, (&id, "health_insurance"), "return", faulty).await.ok();
    let second = register(&world, &id, "Nguyễn Minh An").await;

    let task = registration(&world, &id).await;
    let current = task["results"].as_array().unwrap();
    let current = current.iter().find(|it| it["name"] == "certificate").unwrap();
    assert_eq!(current["document"]["digest"], json!(second));
    let earlier = &task["earlier"][0];
    assert_eq!(
        (&earlier["version"], &earlier["documents"][0]["digest"]),
        (&json!(1), &json!(first))
    );
    assert!(earlier["words"]["en"].as_str().unwrap().starts_with("Version 1, superseded"));
    assert!(called(&world, &id, &first).await.contains("-superseded-2026-11-19.pdf"));
    assert!(!called(&world, &id, &second).await.contains("superseded"));
    let page = world.page(&world.father(), &format!("/dossiers/{id}"), "vi").await.text;
    assert!(page.contains("Bản 1, đã được thay thế"), "{page}");
    assert!(page.contains(&format!("/dossiers/{id}/documents/{first}")), "{page}");
}

#[tokio::test]
async fn what_is_looked_at_again_is_not_done() {
    let world = world().await;
    let id = world.apply().await;
    register(&world, &id, "Nguyễn Minh Án").await;
    world.complete(&id, "residence", json!({}), &["notice"]).await;
    let insurance = world.key_for(&id, "health_insurance").await;
    let faulty = json!({ "of": "registration", "note": "Sai tên trẻ." });
    world.answer(&insurance, (&id, "health_insurance"), "return", faulty).await.ok();
    register(&world, &id, "Nguyễn Minh An").await;
    let dossier = world.dossier(&id).await;
    let residence = task_of(&dossier, "residence");
    assert_eq!(
        (&residence["status"], &residence["in_review"]),
        (&json!("completed"), &json!(true))
    );
    let page = world.page(&world.father(), &format!("/dossiers/{id}"), "vi").await.text;
    assert!(page.contains("Đang xem lại kết quả"), "{page}");
    assert!(page.contains("Công an xã Gia Lâm (xem lại kết quả Đăng ký thường trú)"), "{page}");
}

#[tokio::test]
async fn what_was_annulled_is_no_result_any_more() {
    let world = world().await;
    let id = world.apply().await;
    let issued = register(&world, &id, "Nguyễn Minh An").await;
    let key = world.key_for(&id, "registration").await;
    let because = json!({ "reason": "Khai không đúng sự thật." });
    world.answer(&key, (&id, "registration"), "annul", because).await.ok();
    let task = registration(&world, &id).await;
    assert_eq!(task["results"], json!([]), "{task}");
    let words = task["earlier"][0]["words"]["vi"].as_str().unwrap();
    assert!(words.starts_with("Bản 1, đã bị hủy"), "{words}");
    assert!(called(&world, &id, &issued).await.contains("superseded"));
}
