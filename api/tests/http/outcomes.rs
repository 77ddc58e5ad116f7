//! How the ends of tasks are told: nothing supplied in time, late, refused, everything done.

use serde_json::{Value, json};

use crate::world::{World, birth, task_of, world};

async fn page(world: &World, id: &str) -> String {
    world.page(&world.father(), &format!("/dossiers/{id}"), "en").await.text
}

async fn past(world: &World, at: &str) {
    world.set(at);
    world.app.runtime().fire_due_timers().await.unwrap();
}

#[tokio::test]
async fn a_lapse_is_told_with_its_reason_and_what_can_be_done() {
    let world = world().await;
    let mut application = birth();
    application.as_object_mut().unwrap().remove("birth_support");
    let id = world.apply_with(application).await;
    let key = world.key_for(&id, "registration").await;
    let body = json!({ "items": [{ "document": "marriage_certificate" }], "note": "Xin bổ sung." });
    world.answer(&key, (&id, "registration"), "request-supplement", body).await.ok();
    past(&world, "2026-12-02T00:00:00+07:00").await;
    let dossier = world.dossier(&id).await;
    assert_eq!(dossier["status"]["number"], 8);
    let told = page(&world, &id).await;
    assert!(told.contains("Stopped, since what was asked for did not come in time."), "{told}");
    assert!(told.contains("You can apply again for this procedure."));
    assert!(told.contains("Not carried out, since “Birth registration” brought no result."));
    assert!(told.contains("The dossier has ended: 0 of 4 procedures have results."));
    assert!(!told.contains("It is your turn"));
    assert!(!told.contains("/withdraw"));
    assert_eq!(
        task_of(&dossier, "registration")["because"]["en"],
        "Stopped, since what was asked for did not come in time."
    );
}

#[tokio::test]
async fn lateness_is_a_word() {
    let world = world().await;
    let id = world.apply().await;
    assert!(!page(&world, &id).await.contains("Overdue"));
    past(&world, "2026-11-20T09:13:00+07:00").await;
    let told = page(&world, &id).await;
    assert!(told.contains("<span class=\"status late\">Overdue</span>"), "{told}");
    world.set("2026-11-20T15:12:00+07:00");
    world
        .complete(&id, "registration", json!({ "personal_id": "001326012345" }), &["certificate"])
        .await;
    assert!(
        page(&world, &id).await.contains("Done after 30 hours, later than the limit of 24 hours")
    );
}

#[tokio::test]
async fn a_refusal_shows_its_reason() {
    let world = world().await;
    let id = world.apply().await;
    let key = world.key_for(&id, "registration").await;
    let reason = json!({ "reason": "Đã đăng ký <ở nơi khác>." });
    world.answer(&key, (&id, "registration"), "refuse", reason).await.ok();
    let told = page(&world, &id).await;
    assert!(told.contains("Đã đăng ký &lt;ở nơi khác&gt;."), "{told}");
    assert!(told.contains("You can apply again for this procedure."));
}

#[tokio::test]
async fn everything_done_is_said_and_what_is_still_to_be_handed_over() {
    let world = world().await;
    let id = world.apply().await;
    let done: [(&str, Value, &[&str]); 5] = [
        ("registration", json!({ "personal_id": "001326012345" }), &["certificate"]),
        ("birth_support", json!({ "amount": 2_000_000 }), &["decision"]),
        ("residence", json!({}), &["notice"]),
        ("health_insurance", json!({}), &["card"]),
        ("identity_card", json!({ "issued_on": "2026-11-30" }), &[]),
    ];
    for (task, results, documents) in done {
        world.complete(&id, task, results, documents).await;
    }
    let told = page(&world, &id).await;
    assert!(told.contains("Every procedure has its result."), "{told}");
    let total = "Registration, residence and health insurance: <strong>within the total</strong>";
    assert!(told.contains(total), "an ended total is not due any more: {told}");
    let totals = told.split("<h2>Time in total</h2>").nth(1).unwrap();
    assert!(!totals.split("</section>").next().unwrap().contains("Nov 2026"), "{totals}");
    assert_eq!(world.dossier(&id).await["totals"][0]["kept"], true);
    assert!(told.contains("2.000.000 đ"));
    assert!(told.contains("Mon 30 Nov 2026"));
    assert!(told.contains("to be collected at the one-stop counter"));
    let dossier = world.dossier(&id).await;
    assert_eq!(dossier["status"]["number"], 9);
    for task in ["registration", "identity_card"] {
        let key = world.key_for(&id, task).await;
        world.answer(&key, (&id, task), "deliver", json!({})).await.ok();
    }
    assert_eq!(world.dossier(&id).await["status"]["number"], 10);
    assert!(page(&world, &id).await.contains(", delivered "));
}

#[tokio::test]
async fn a_total_that_was_missed_is_told_as_missed() {
    let world = world().await;
    let id = world.apply().await;
    assert_eq!(world.dossier(&id).await["totals"][0]["kept"], Value::Null);
    let told = page(&world, &id).await;
    assert!(!told.contains("the total</strong>"), "it runs: {told}");
    world.set("2026-12-24T09:00:00+07:00");
    let results = json!({ "personal_id": "001326012345" });
    world.complete(&id, "registration", results, &["certificate"]).await;
    world.complete(&id, "residence", json!({}), &["notice"]).await;
    let told = page(&world, &id).await;
    assert!(!told.contains("the total</strong>"), "a part of it runs: {told}");
    world.complete(&id, "health_insurance", json!({}), &["card"]).await;
    assert_eq!(world.dossier(&id).await["totals"][0]["kept"], false);
    assert!(page(&world, &id).await.contains(": <strong>after the total</strong>"));
}

#[tokio::test]
async fn a_task_stands_below_the_one_that_it_waits_for() {
    let world = world().await;
    let id = world.apply().await;
    let dossier = world.dossier(&id).await;
    let tasks = dossier["tasks"].as_array().unwrap().iter();
    let shown = tasks.filter(|it| it["status"] != "skipped");
    let names: Vec<&str> = shown.map(|it| it["name"].as_str().unwrap()).collect();
    let expected =
        ["registration", "birth_support", "residence", "identity_card", "health_insurance"];
    assert_eq!(names, expected);
    assert_eq!(task_of(&dossier, "identity_card")["after"], json!(["residence"]));
    let told = page(&world, &id).await;
    let cards = told.split("<article class=\"card level-").skip(1);
    let levels: String = cards.filter_map(|it| it.chars().next()).collect();
    assert_eq!(levels, "01121");
}
