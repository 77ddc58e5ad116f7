//! What is somebody else's looks exactly like what does not exist, and nobody does the deeds of
//! another kind.

use serde_json::json;
use uuid::Uuid;

use crate::world::{Answer, FATHER, PDF, birth, send, world};

fn same(foreign: &Answer, nothing: &Answer) {
    foreign.problem(404, "not-found");
    assert_eq!(foreign.text, nothing.text);
    assert_eq!(foreign.headers.len(), nothing.headers.len());
}

#[tokio::test]
async fn anothers_dossier_is_not_there() {
    let world = world().await;
    let id = world.apply().await;
    let digest = world.upload(&world.father(), "/api/v1/documents", PDF).await;
    let (stranger, nobody) = (world.stranger(), Uuid::now_v7().to_string());
    for place in ["", &format!("/documents/{digest}")] {
        let at = |id: &str| format!("/api/v1/dossiers/{id}{place}");
        let foreign = world.get(&stranger, &at(&id)).await;
        same(&foreign, &world.get(&stranger, &at(&nobody)).await);
        let foreign = world.page(&stranger, &at(&id).replace("/api/v1", ""), "vi").await;
        let nothing = world.page(&stranger, &at(&nobody).replace("/api/v1", ""), "vi").await;
        assert_eq!(foreign.status, 404);
        assert_eq!(foreign.text.replace(&id, &nobody), nothing.text);
    }
    for deed in ["withdraw", "tasks/registration/withdraw", "tasks/registration/supply"] {
        let at = |id: &str| format!("/api/v1/dossiers/{id}/{deed}");
        let foreign = world.post(&stranger, &at(&id), &json!({})).await;
        same(&foreign, &world.post(&stranger, &at(&nobody), &json!({})).await);
    }
    let list = world.get(&stranger, "/api/v1/dossiers").await.ok();
    assert_eq!(list["dossiers"], json!([]));
    // A file is seen in the dossier that holds it alone, even by who uploaded it.
    let url = format!("/api/v1/dossiers/{id}/documents/{digest}");
    world.get(&world.father(), &url).await.problem(404, "not-found");
}

#[tokio::test]
async fn anothers_task_is_not_there() {
    let world = world().await;
    let id = world.apply().await;
    let own = world.key_for(&id, "registration").await;
    let other = world.agency("police.00565").await;
    let nobody = Uuid::now_v7().to_string();
    let read = |id: &str| format!("/api/v1/agency/tasks/{id}/registration");
    same(&world.get(&other, &read(&id)).await, &world.get(&other, &read(&nobody)).await);
    let body = json!({ "dispatch": world.task(&own, &id, "registration").await["dispatch"] });
    for verb in ["acknowledge", "deliver"] {
        let at = |id: &str| format!("{}/{verb}", read(id));
        let foreign = world.post(&other, &at(&id), &body).await;
        same(&foreign, &world.post(&other, &at(&nobody), &body).await);
    }
    // One's own office, but not yet one's turn.
    let waiting = format!("/api/v1/agency/tasks/{id}/residence");
    world.get(&other, &waiting).await.problem(404, "not-found");
    let list = world.get(&other, "/api/v1/agency/tasks").await.ok();
    assert_eq!(list["tasks"], json!([]));
}

#[tokio::test]
async fn citizens_and_agencies_keep_to_their_own_routes() {
    let world = world().await;
    let id = world.apply().await;
    let agency = world.key_for(&id, "registration").await;
    let citizen = world.father();
    let task = format!("/api/v1/agency/tasks/{id}/registration");
    for path in ["/api/v1/agency/tasks", &task] {
        world.get(&citizen, path).await.problem(403, "forbidden");
    }
    for path in ["/api/v1/dossiers", &format!("/api/v1/dossiers/{id}")] {
        world.get(&agency, path).await.problem(403, "forbidden");
    }
    let body = json!({ "application": {} });
    world.post(&agency, "/api/v1/applications/birth", &body).await.problem(403, "forbidden");
}

#[tokio::test]
async fn nobody_gets_in_without_a_token_or_key() {
    let world = world().await;
    let id = world.apply().await;
    let paths = [
        "/api/v1/dossiers".to_owned(),
        format!("/api/v1/dossiers/{id}"),
        "/api/v1/agency/tasks".to_owned(),
        format!("/api/v1/agency/tasks/{id}/registration"),
    ];
    let forged = lienthong_api::identity::Tokens::new([9; 32]);
    let forged = forged.issue(&lienthong_api::identity::Person {
        account: "account-1".to_owned(),
        personal_id: lienthong_domain::personal::Personal::new("001089012345".to_owned()),
        name: lienthong_domain::personal::Personal::new("x".to_owned()),
        level: 2,
        expires: chrono::DateTime::<chrono::Utc>::MAX_UTC,
    });
    let forged = forged.unwrap();
    for path in &paths {
        let request = || world.request(reqwest::Method::GET, path);
        let cookie = format!("session={}", world.father());
        let attempts = [
            request(),
            request().header("Authorization", "Basic YTpi"),
            request().bearer_auth("ltk.police.00565.0.0"),
            request().bearer_auth("nonsense"),
            request().bearer_auth(format!("ltk.{}.0.0", "x".repeat(4_000))),
            request().bearer_auth("ltk...."),
            request().header("Authorization", "Bearer ltk.\u{e9}.0.0"),
            request().bearer_auth(&forged),
            // A browser's cookie is for pages.
            request().header("Cookie", cookie),
        ];
        for attempt in attempts {
            let answer = send(attempt).await;
            answer.problem(401, "unauthenticated");
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
        }
    }
}

#[tokio::test]
async fn a_revoked_key_and_an_expired_token_are_worth_nothing() {
    let world = world().await;
    let key = world.agency("police.00565").await;
    world.get(&key, "/api/v1/agency/tasks").await.ok();
    let name = key.rsplit('.').nth(1).unwrap();
    world.app.runtime().revoke_agency_key("police.00565", name).await.unwrap();
    world.get(&key, "/api/v1/agency/tasks").await.problem(401, "unauthenticated");

    let token = world.father();
    world.set("2027-03-01T08:00:00+07:00");
    world.get(&token, "/api/v1/dossiers").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn anothers_file_can_be_named_by_nobody_else() {
    let world = world().await;
    let digest = world.upload(&world.father(), "/api/v1/documents", PDF).await;
    let nothing = "0".repeat(64);
    let application = |digest: &str| {
        let mut application = birth();
        let paper = json!({ "type": "marriage_certificate", "source": "upload", "digest": digest });
        application["documents"].as_array_mut().unwrap().push(paper);
        json!({ "application": application })
    };
    let stranger = world.token_of("account-2", FATHER, 2);
    let path = "/api/v1/applications/birth";
    let foreign = world.post(&stranger, path, &application(&digest)).await;
    let problem = foreign.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["code"], "not-uploaded", "{problem}");
    assert_eq!(foreign.text, world.post(&stranger, path, &application(&nothing)).await.text);
    world.upload(&stranger, "/api/v1/documents", PDF).await;
    assert_eq!(world.post(&stranger, path, &application(&digest)).await.status, 201);

    // Nor does an office return what a citizen sent.
    let id = world.apply().await;
    let key = world.key_for(&id, "registration").await;
    let completion = |digest: &str| json!({ "results": { "personal_id": "001326012345" }, "documents": { "certificate": digest } });
    let at = (id.as_str(), "registration");
    let foreign = world.answer(&key, at, "complete", completion(&digest)).await;
    assert_eq!(foreign.problem(422, "invalid")["errors"][0]["code"], "not-uploaded");
    let missing = world.answer(&key, at, "complete", completion(&nothing)).await;
    assert_eq!(foreign.text, missing.text);
    world.upload(&key, "/api/v1/agency/documents", PDF).await;
    world.answer(&key, at, "complete", completion(&digest)).await.ok();
}
