//! What somebody is asked to agree to, in their own account.

use serde_json::json;

use super::world::{birth, world};

const GRANDFATHER: &str = "001058004321";
const MOTHER: &str = "001192054321";

#[tokio::test]
async fn who_is_asked_finds_it_among_their_dossiers() {
    let world = world().await;
    let mut application = birth();
    application["residence"]["joins"] = json!("grandparents");
    application["residence"]["householder"] =
        json!({ "full_name": "Nguyễn Văn Thành", "personal_id": GRANDFATHER });
    let papers =
        json!({ "type": "residence_papers", "source": "population", "reference": "GCN-1" });
    application["documents"].as_array_mut().unwrap().push(papers);
    let id = world.apply_with(application).await;
    let token = world.token_of("grandfather", GRANDFATHER, 2);
    let inbox = async || world.page(&token, "/dossiers", "vi").await.text;
    assert!(!inbox().await.contains("/consents/"), "not asked yet");
    let page = world.page(&world.father(), &format!("/dossiers/{id}"), "vi").await.text;
    assert!(page.contains("Chờ Trần Thị Lan xác nhận đến hết thứ Sáu 27/11/2026"), "{page}");
    let mother = world.token_of("mother", MOTHER, 2);
    let confirm = format!("/api/v1/dossiers/{id}/tasks/residence/consents/1/confirm");
    world.post(&mother, &confirm, &json!({})).await.ok();

    let results = json!({ "personal_id": "001326012345" });
    world.complete(&id, "registration", results, &["certificate"]).await;
    let place = format!("/dossiers/{id}/tasks/residence/consents/2");
    let told = inbox().await;
    assert!(told.contains(&format!("href=\"{place}\"")), "{told}");
    assert!(told.contains("Đăng ký thường trú") && told.contains("Nguyễn Văn Hùng"), "{told}");
    assert!(!told.contains("Nguyễn Minh An"), "whom it is about is not theirs to know: {told}");
    let low = world.token_of("grandfather", GRANDFATHER, 1);
    let told = world.page(&low, "/dossiers", "vi").await.text;
    assert!(!told.contains("/consents/"), "an account of the first level can't answer");
    let told = world.page(&world.father(), "/dossiers", "vi").await.text;
    assert!(!told.contains("/consents/"), "who applies is not asked");

    world.set("2026-11-28T08:00:00+07:00");
    world.app.runtime().fire_due_timers().await.unwrap();
    assert!(!inbox().await.contains("/consents/"), "the time for it is over");
}
