//! Receipts and slips, for the applicant and for the office, and names that change with a date.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{FATHER, World, send, task_of, world, world_at};

async fn letter(world: &World, id: &str, task: &str, kind: &str) -> String {
    let path = format!("/dossiers/{id}/tasks/{task}/letters/{kind}");
    let page = world.page(&world.father(), &path, "en").await;
    assert_eq!(page.status, 200, "{kind}: {page:?}");
    page.text
}

fn titles(dossier: &Value, task: &str) -> Vec<String> {
    let letters = task_of(dossier, task)["letters"].as_array().unwrap();
    letters.iter().map(|it| it["title"]["en"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_office_says_in_writing_what_it_received_asked_and_was_late_with() {
    let world = world().await;
    let id = world.apply().await;
    let key = world.key_for(&id, "registration").await;
    world.answer(&key, (&id, "registration"), "acknowledge", json!({})).await.ok();
    let receipt = letter(&world, &id, "registration", "receipt").await;
    for part in
        ["Mẫu số 01", "Fri 20 Nov 2026 09:12", "24 hours from Thu 19 Nov 09:12", "Nguyễn Văn Hùng"]
    {
        assert!(receipt.contains(part), "{part}: {receipt}");
    }
    let stranger = world.stranger();
    let path = format!("/dossiers/{id}/tasks/registration/letters/receipt");
    assert_eq!(world.page(&stranger, &path, "en").await.status, 404);

    let items = json!([{ "document": "marriage_certificate" }]);
    let body = json!({ "items": items, "note": "Thiếu <giấy> kết hôn." });
    world.answer(&key, (&id, "registration"), "request-supplement", body).await.ok();
    let slip = letter(&world, &id, "registration", "supplement").await;
    assert!(slip.contains("Mẫu số 02") && slip.contains("Marriage certificate"), "{slip}");
    assert!(slip.contains("Thiếu &lt;giấy&gt; kết hôn."), "what people write is shown as text");

    let dossier = world.dossier(&id).await;
    let expected =
        ["Receipt, and when the result is due", "What is still to be supplied", "Who had it when"];
    assert_eq!(titles(&dossier, "registration"), expected);
    assert!(titles(&dossier, "residence").is_empty());
}

#[tokio::test]
async fn an_apology_is_a_draft_for_the_officer_until_it_is_sent() {
    let world = world().await;
    let id = world.apply().await;
    let key = world.key_for(&id, "registration").await;
    world.answer(&key, (&id, "registration"), "acknowledge", json!({})).await.ok();
    world.set("2026-11-20T10:00:00+07:00");
    world.app.runtime().fire_due_timers().await.unwrap();
    let draft = async |key: &str| {
        let path = format!("/agency/tasks/{id}/registration/letters/apology");
        let request = world.request(Method::GET, &path).bearer_auth(key);
        send(request.header("Accept-Language", "en")).await
    };
    let found = draft(&key).await;
    assert!(found.text.contains("Mẫu số 04") && found.text.contains("A draft, to be sent by"));
    assert_eq!(draft(&world.agency("tax.01").await).await.status, 404);
    let dossier = world.dossier(&id).await;
    assert!(titles(&dossier, "registration").iter().all(|it| !it.starts_with("Apology")));
    let body = json!({ "reason": "Hệ thống chậm.", "until": "2026-11-23" });
    world.answer(&key, (&id, "registration"), "apologise", body).await.ok();
    let sent = letter(&world, &id, "registration", "apology").await;
    assert!(sent.contains("Hệ thống chậm.") && sent.contains("Mon 23 Nov 2026"), "{sent}");
    let control = letter(&world, &id, "registration", "control").await;
    assert!(control.contains("after it was due"), "{control}");
}

#[tokio::test]
async fn others_are_told_of_a_result_and_of_nobody() {
    let world = world().await;
    let (id, _) = crate::payments::with_a_fee(&world).await;
    let notice = letter(&world, &id, "registration", "notice").await;
    for part in ["Market surveillance of the area", "was registered", "Certificate of registration"]
    {
        assert!(notice.contains(part), "{part}: {notice}");
    }
    let application = lienthong_workflows::example("household-business").unwrap();
    let application: Value = serde_json::from_str(&application).unwrap();
    let owner = application["applicant"]["full_name"].as_str().unwrap();
    let letter = notice.split_once("<article").unwrap().1;
    assert!(!letter.contains(owner), "{letter}");
    let path = format!("/dossiers/{id}/tasks/tax_code/letters/notice");
    assert_eq!(world.page(&world.father(), &path, "en").await.status, 404, "none is sent");
}

#[tokio::test]
async fn a_death_has_a_certificate_instead_of_an_extract_from_march_2027() {
    for (at, day, name) in [
        ("2027-02-22T09:00:00+07:00", "2027-02-20", "Trích lục khai tử"),
        ("2027-03-01T09:00:00+07:00", "2027-02-28", "Giấy chứng tử"),
    ] {
        let world = world_at(at).await;
        let application = lienthong_workflows::example("death").unwrap();
        let mut application: Value = serde_json::from_str(&application).unwrap();
        application["applicant"]["personal_id"] = json!(FATHER);
        application["deceased"]["died_at"] = json!(format!("{day}T21:15"));
        application["deceased"]["death_notice"]["issued_on"] = json!(day);
        application["relatives"][0]["personal_id"] = json!(FATHER);
        application["funeral_payee"]["personal_id"] = json!(FATHER);
        let father = world.father();
        let body = json!({ "application": application });
        let id = world.post(&father, "/api/v1/applications/death", &body).await.ok();
        let id = id["id"].as_str().unwrap().to_owned();
        world.complete(&id, "registration", json!({}), &["extract"]).await;
        let dossier = world.get(&father, &format!("/api/v1/dossiers/{id}")).await.ok();
        assert_eq!(task_of(&dossier, "registration")["results"][0]["title"]["vi"], name);
        let key = world.key_for(&id, "residence_removal").await;
        world.answer(&key, (&id, "residence_removal"), "acknowledge", json!({})).await.ok();
        let receipt = letter(&world, &id, "residence_removal", "receipt").await;
        assert!(receipt.contains("CT04"), "{receipt}");
    }
}
