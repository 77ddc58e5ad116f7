//! Asking for more, and supplying it: through the API and on the page.

use reqwest::Method;
use serde_json::json;

use crate::world::{Answer, PDF, World, hidden, send, task_of, world};

async fn asked(world: &World, items: serde_json::Value) -> String {
    let id = world.apply().await;
    let key = world.key_for(&id, "registration").await;
    let body = json!({ "items": items, "note": "Bản chụp trước bị mờ <b>." });
    world.answer(&key, (&id, "registration"), "request-supplement", body).await.ok();
    id
}

#[tokio::test]
async fn what_is_asked_for_is_told_and_supplied() {
    let world = world().await;
    let items =
        json!([{ "document": "marriage_certificate" }, { "field": "marriage.certificate_number" }]);
    let id = asked(&world, items).await;
    let dossier = world.dossier(&id).await;
    assert_eq!(dossier["status"]["number"], 5);
    let registration = task_of(&dossier, "registration");
    assert_eq!(registration["turn"], "applicant");
    let supplement = &registration["supplement"];
    assert_eq!(supplement["items"][0]["document"], "marriage_certificate");
    assert_eq!(supplement["items"][0]["title"]["vi"], "Giấy chứng nhận kết hôn");
    assert_eq!(supplement["items"][1]["field"], "marriage.certificate_number");
    assert_eq!(supplement["note"], "Bản chụp trước bị mờ <b>.");
    assert!(supplement["until"]["explanation"]["en"].as_str().unwrap().contains("7 working days"));

    let token = world.father();
    let path = format!("/api/v1/dossiers/{id}/tasks/registration/supply");
    let nothing =
        json!({ "documents": [{ "type": "marriage_certificate", "digest": "0".repeat(64) }] });
    let problem = world.post(&token, &path, &nothing).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/documents/0/digest");
    let digest = world.upload(&token, "/api/v1/documents", PDF).await;
    let documents = json!([{ "type": "marriage_certificate", "digest": digest }]);
    let wrong = json!({ "documents": documents, "fields": { "marriage.certificate_number": 5 } });
    let problem = world.post(&token, &path, &wrong).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/fields/marriage.certificate_number");
    let both = json!({
        "documents": [{ "type": "marriage_certificate", "digest": "0".repeat(64) }],
        "fields": { "marriage.certificate_number": 5 },
    });
    let problem = world.post(&token, &path, &both).await.problem(422, "invalid");
    let places: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(places, ["/documents/0/digest", "/fields/marriage.certificate_number"]);
    let more = json!([
        { "type": "marriage_certificate", "digest": digest },
        { "type": "birth_notice", "digest": "0".repeat(64) },
    ]);
    let more = json!({ "documents": more, "fields": { "marriage.certificate_number": "46" } });
    let problem = world.post(&token, &path, &more).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/documents/1/digest");
    let right =
        json!({ "documents": documents, "fields": { "marriage.certificate_number": "46" } });
    world.post(&token, &path, &right).await.ok();
    world.post(&token, &path, &right).await.problem(409, "nothing-asked");

    let key = world.key_for(&id, "registration").await;
    let task = world.task(&key, &id, "registration").await;
    assert_eq!(task["status"], "supplied");
    assert_eq!(task["sight"]["form"]["marriage"]["certificate_number"], "46");
    assert_eq!(task["sight"]["documents"][0]["digest"], digest);
}

#[tokio::test]
async fn what_is_asked_for_is_named_with_the_group_that_it_stands_in() {
    let world = world().await;
    let items = json!([{ "field": "mother.personal_id" }, { "field": "mother.residence" }]);
    let id = asked(&world, items).await;
    let dossier = world.dossier(&id).await;
    let asked = &task_of(&dossier, "registration")["supplement"]["items"];
    assert_eq!(asked[0]["title"]["vi"], "Mẹ: Số định danh cá nhân");
    let page = world.page(&world.father(), &format!("/dossiers/{id}"), "vi").await;
    assert!(page.text.contains("<strong>Mẹ: Số định danh cá nhân</strong>"), "{}", page.text);

    let path = format!("/dossiers/{id}/tasks/registration/supply");
    let form = world.page(&world.father(), &path, "vi").await.text;
    for label in ["Mẹ: Số định danh cá nhân", "Mẹ: Nơi cư trú: Xã, phường, đặc khu"]
    {
        assert!(form.contains(&format!(">{label}</label>")), "{label}: {form}");
    }
    let select = form.split("name=\"field.mother.residence.commune\"").nth(1).unwrap();
    let select = select.split("</select>").next().unwrap();
    let communes = ["phường Ba Đình, thành phố Hà Nội", "xã Gia Lâm, thành phố Hà Nội"];
    let places = communes.map(|it| select.find(it).unwrap_or_else(|| panic!("{it}: {select}")));
    assert!(places.is_sorted(), "{select}");
    let gia_lam = "<option value=\"00565\" selected>xã Gia Lâm, thành phố Hà Nội</option>";
    assert!(select.contains(gia_lam), "what the form says now is chosen: {select}");
    let english = world.page(&world.father(), &path, "en").await.text;
    assert!(english.contains(">Gia Lâm Commune, Hà Nội City</option>"), "{english}");
    let select = english.split("name=\"field.mother.residence.province\"").nth(1).unwrap();
    let select = select.split("</select>").next().unwrap();
    assert!(select.contains(">Hà Nội City</option>"), "{select}");
    assert!(!select.contains("Hải Dương"), "what has ended can't be chosen: {select}");

    let fields = json!({ "mother.personal_id": "x", "mother.residence": {} });
    let path = format!("/api{}", path.replacen("/dossiers", "/v1/dossiers", 1));
    let problem = world.post(&world.father(), &path, &json!({ "fields": fields })).await;
    let problem = problem.problem(422, "invalid");
    let labels: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["label"].as_str().unwrap())
        .collect();
    assert!(labels.contains(&"Mẹ: Số định danh cá nhân"), "{labels:?}");
}

async fn send_form(
    world: &World,
    id: &str,
    fields: &[(&str, &str)],
    file: Option<&[u8]>,
) -> Answer {
    let boundary = "a-boundary";
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend_from_slice(part.as_bytes());
    }
    if let Some(bytes) = file {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"document.marriage_certificate\"; \
             filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let path = format!("/dossiers/{id}/tasks/registration/supply");
    let request = world.request(Method::POST, &path).header("Accept", "text/html");
    let request = request.header("Cookie", format!("session={}; lang=en", world.father()));
    let kind = format!("multipart/form-data; boundary={boundary}");
    send(request.header("Content-Type", kind).body(body)).await
}

#[tokio::test]
async fn the_page_supplies_files_and_fields_and_says_what_is_wrong_beside_them() {
    let world = world().await;
    let items = json!([{ "document": "marriage_certificate" }, { "field": "marriage" }]);
    let id = asked(&world, items).await;
    let page = world.page(&world.father(), &format!("/dossiers/{id}"), "en").await;
    let path = format!("/dossiers/{id}/tasks/registration/supply");
    assert!(page.text.contains(&format!("href=\"{path}\"")), "{}", page.text);
    assert!(page.text.contains("It is your turn"));
    assert!(page.text.contains("stands still"));
    assert!(page.text.contains("&lt;b&gt;"));

    let form = world.page(&world.father(), &path, "en").await;
    assert_eq!(form.status, 200);
    assert!(form.text.contains("value=\"01/2018\""), "filled with what was said: {}", form.text);
    let (proof, command) = (hidden(&form.text, "proof"), hidden(&form.text, "command"));
    let number = "field.marriage.certificate_number";
    let rest = [("field.marriage.book", "01/2018"), ("field.marriage.registered_on", "2999-01-01")];
    let fields = [("proof", proof), ("command", command), (number, "46"), rest[0], rest[1]];
    let wrong = send_form(&world, &id, &fields, Some(b"not a paper")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("The file is not a PDF, JPEG or PNG."));
    assert!(wrong.text.contains("href=\"#document.marriage_certificate\""));
    let told_too = "href=\"#field.marriage.registered_on\"";
    assert!(wrong.text.contains(told_too), "a wrong file hides no other fault: {}", wrong.text);
    assert_eq!(wrong.text.matches("<li><a href=\"#document.").count(), 1, "{}", wrong.text);
    let wrong = send_form(&world, &id, &fields, Some(PDF)).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("href=\"#field.marriage.registered_on\""), "{}", wrong.text);
    assert!(wrong.text.contains("value=\"2999-01-01\""), "what was typed stays");

    let fields = [
        ("proof", proof),
        ("command", hidden(&wrong.text, "command")),
        (number, "46"),
        ("field.marriage.book", "01/2018"),
        ("field.marriage.registered_on", "2018-03-09"),
        ("field.marriage.place", "UBND xã Gia Lâm, Hà Nội"),
    ];
    for _ in 0..2 {
        let sent = send_form(&world, &id, &fields, Some(PDF)).await;
        assert_eq!(sent.status, 303, "a double click is one command: {}", sent.text);
        assert_eq!(sent.header("location"), format!("/dossiers/{id}"));
    }
    let dossier = world.dossier(&id).await;
    let supplied = dossier["history"].as_array().unwrap();
    assert_eq!(supplied.iter().filter(|it| it["kind"] == "supplement_supplied").count(), 1);
    let gone = world.page(&world.father(), &path, "en").await;
    assert_eq!(gone.status, 409);
}

#[tokio::test]
async fn a_form_of_another_session_is_not_taken() {
    let world = world().await;
    let id = asked(&world, json!([{ "document": "marriage_certificate" }])).await;
    let other = world.app.tokens().form_proof(&world.stranger());
    let key = world.key().to_string();
    let sent = send_form(&world, &id, &[("proof", &other), ("command", &key)], Some(PDF)).await;
    assert_eq!(sent.status, 403);
    assert!(sent.text.contains("form-expired"));
}
