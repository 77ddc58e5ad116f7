//! Every way in which a request can be wrong, and how it is said.

use axum::Router;
use axum::routing::get;
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use crate::world::{PDF, birth, send, with_routes, world};

#[tokio::test]
async fn commands_need_a_usable_key() {
    let world = world().await;
    let (path, body) = ("/api/v1/applications/birth", json!({ "application": birth() }));
    let request = || world.request(Method::POST, path).bearer_auth(world.father()).json(&body);
    send(request()).await.problem(400, "idempotency-key-missing");
    let old = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 1_600_000_000, 0));
    for key in ["x".to_owned(), Uuid::nil().to_string(), old.to_string()] {
        let answer = send(request().header("Idempotency-Key", &key)).await;
        answer.problem(400, "idempotency-key-unusable");
    }
}

#[tokio::test]
async fn malformed_bodies_are_located_and_never_echoed() {
    let world = world().await;
    let request = || {
        let request = world.request(Method::POST, "/api/v1/applications/birth");
        let request = request.bearer_auth(world.father());
        request.header("Idempotency-Key", world.key().to_string())
    };
    let typed = || request().header("Content-Type", "application/json");
    let answer = send(typed().body("{\n  \"application\": canary-7391")).await;
    let problem = answer.problem(400, "malformed-json");
    assert_eq!(problem["detail"], "Tại dòng 2, cột 18.");
    assert!(!answer.text.contains("canary"));
    let answer = send(typed().body("{\"application\": {}, \"canary\": 1}")).await;
    let problem = answer.problem(422, "wrong-shape");
    assert!(!answer.text.contains("canary"));
    assert_eq!(problem["errors"][0]["pointer"], "");
    assert_eq!(problem["errors"][0]["code"], "unknown-field");
    let problem = send(typed().body("{}")).await.problem(422, "wrong-shape");
    assert_eq!(problem["errors"][0]["pointer"], "/application");
    assert_eq!(problem["errors"][0]["code"], "required");
    send(request().body("{}")).await.problem(415, "unsupported-media-type");
    let nested = "[".repeat(100_000);
    send(typed().body(format!("{{\"application\": {nested}"))).await.problem(400, "malformed-json");
    let large = format!("{{\"application\": \"{}\"}}", "x".repeat(1024 * 1024));
    let problem = send(typed().body(large)).await.problem(413, "too-large");
    assert_eq!(problem["detail"], "Tối đa 1 MiB.");
}

#[tokio::test]
async fn a_wrong_shape_is_told_at_its_member() {
    let world = world().await;
    let id = world.apply().await;
    let path = format!("/api/v1/dossiers/{id}/tasks/registration/supply");
    for (body, pointer, code) in [
        (json!({ "documents": "canary" }), "/documents", "wrong-type"),
        (json!({ "documents": [{ "type": "a" }] }), "/documents/0/digest", "required"),
        (
            json!({ "documents": [{ "type": 5, "digest": "canary" }] }),
            "/documents/0/type",
            "wrong-type",
        ),
        (json!({ "documents": [{ "canary": 5 }] }), "/documents/0", "unknown-field"),
        (json!("canary"), "", "wrong-type"),
    ] {
        let answer = world.post(&world.father(), &path, &body).await;
        let problem = answer.problem(422, "wrong-shape");
        let error = &problem["errors"][0];
        assert_eq!((&error["pointer"], &error["code"]), (&json!(pointer), &json!(code)), "{body}");
        assert!(!answer.text.contains("canary"), "{}", answer.text);
    }
}

#[tokio::test]
async fn what_agencies_send_has_a_shape_too() {
    let world = world().await;
    let id = world.apply().await;
    let key = world.key_for(&id, "registration").await;
    for (verb, body, pointer, code) in [
        (
            "request-supplement",
            json!({ "items": [{ "document": "a" }, { "canary": "b" }], "note": "c" }),
            "/items/1",
            "unknown-field",
        ),
        ("complete", json!({ "results": [], "documents": {} }), "/results", "wrong-type"),
        ("complete", json!({ "documents": { "a/b": 5 } }), "/documents/a~1b", "wrong-type"),
        ("refuse", json!({}), "/reason", "required"),
    ] {
        let answer = world.answer(&key, (&id, "registration"), verb, body).await;
        let error = &answer.problem(422, "wrong-shape")["errors"][0];
        assert_eq!((&error["pointer"], &error["code"]), (&json!(pointer), &json!(code)), "{verb}");
        assert!(!answer.text.contains("canary"), "{}", answer.text);
    }
    let path = format!("/api/v1/agency/tasks/{id}/registration/acknowledge");
    let request = world.request(Method::POST, &path).bearer_auth(&key);
    let request = request.header("Idempotency-Key", world.key().to_string());
    let request = request.header("Content-Type", "application/json");
    send(request.body("{\"dispatch\": \"a\"} b")).await.problem(400, "malformed-json");
}

#[tokio::test]
async fn a_parameter_that_is_wrong_is_named() {
    let world = world().await;
    let (father, key) = (world.father(), world.agency("police.00565").await);
    for (token, query, name) in [
        (&father, "dossiers?limit=canary", "limit"),
        (&father, "dossiers?cursor=canary", "cursor"),
        (&key, "agency/tasks?wait=61", "wait"),
        (&key, "agency/tasks?limit=5&wait=canary", "wait"),
        (&key, "agency/tasks?status=canary", "status"),
        (&key, "agency/tasks?cursor=canary", "cursor"),
    ] {
        let answer = world.get(token, &format!("/api/v1/{query}")).await;
        let problem = answer.problem(400, "bad-request");
        let detail = format!("Tham số `{name}` có giá trị không dùng được.");
        assert_eq!(problem["detail"], detail, "{query}");
        assert!(!answer.text.contains("canary"));
    }
}

#[tokio::test]
async fn files_are_judged_by_their_content() {
    let world = world().await;
    let request = |kind: &str| {
        let request = world.request(Method::POST, "/api/v1/documents").bearer_auth(world.father());
        request.header("Content-Type", kind.to_owned())
    };
    send(request("application/pdf").body("MZ...")).await.problem(415, "unknown-document-type");
    send(request("image/png").body(PDF)).await.problem(415, "other-document-type");
    send(request("application/pdf")).await.problem(400, "empty-document");
    let mut large = PDF.to_vec();
    large.resize(20 * 1024 * 1024 + 1, b' ');
    let problem = send(request("application/pdf").body(large.clone())).await;
    assert_eq!(problem.problem(413, "too-large")["detail"], "Tối đa 20 MiB.");
    let longer = vec![b' '; 45 * 1024 * 1024];
    send(request("application/pdf").body(longer)).await.problem(413, "too-large");
    large.pop();
    let stored = send(request("application/octet-stream").body(large)).await.ok();
    assert_eq!(stored["media_type"], "application/pdf");
}

#[tokio::test]
async fn unknown_places_and_methods_are_problems_too() {
    let world = world().await;
    for path in ["/api/v1/nothing", "/api/v2", "/nothing", "/api/v1/dossiers/not-an-id"] {
        world.get(&world.father(), path).await.problem(404, "not-found");
    }
    let body = json!({ "application": {} });
    world
        .post(&world.father(), "/api/v1/applications/wedding", &body)
        .await
        .problem(404, "not-found");
    let answer = send(world.request(Method::DELETE, "/api/v1/groups")).await;
    answer.problem(405, "method-not-allowed");
    assert!(answer.header("allow").contains("GET"));
    world.get(&world.father(), "/api/v1/dossiers?limit=x").await.problem(400, "bad-request");
}

#[tokio::test]
async fn problems_speak_the_readers_language() {
    let world = world().await;
    let request = |language: &str| {
        world.request(Method::GET, "/api/v1/nothing").header("Accept-Language", language.to_owned())
    };
    assert_eq!(send(request("vi")).await.json()["title"], "Không tìm thấy");
    assert_eq!(send(request("vi")).await.header("content-language"), "vi");
    assert_eq!(send(request("en")).await.header("content-language"), "en");
    for path in ["/", "/dossiers", "/nothing", "/problems/not-found"] {
        for language in ["vi", "en"] {
            let page = world.page(&world.father(), path, language).await;
            assert_eq!(page.header("content-language"), language, "{path}");
        }
    }
    assert_eq!(send(request("en-GB, vi;q=0.5")).await.json()["title"], "Not found");
}

#[tokio::test]
async fn every_code_has_its_page_in_both_languages() {
    let world = world().await;
    for code in lienthong_api::problem::TABLE {
        for language in ["vi", "en"] {
            let path = format!("/problems/{}?lang={language}", code.code);
            let answer = send(world.request(Method::GET, &path)).await;
            assert_eq!(answer.status, 200, "{path}");
            assert!(answer.text.contains(&format!("<html lang=\"{language}\">")));
            assert!(answer.text.contains(code.code));
        }
    }
    send(world.request(Method::GET, "/problems/none")).await.problem(404, "not-found");
}

#[tokio::test]
async fn a_panic_is_a_problem_without_detail() {
    async fn panicking() {
        panic!("canary-7391");
    }
    let world = with_routes(Some(Router::new().route("/api/v1/panics", get(panicking)))).await;
    let answer = send(world.request(Method::GET, "/api/v1/panics")).await;
    answer.problem(500, "internal");
    assert!(!answer.text.contains("canary"));
}

#[tokio::test]
async fn a_stopped_engine_says_when_to_come_again() {
    let world = world().await;
    world.app.runtime().clone().shutdown().await;
    let body = json!({ "application": birth() });
    let answer = world.post(&world.father(), "/api/v1/applications/birth", &body).await;
    answer.problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), "2");
}

#[tokio::test]
async fn every_answer_carries_the_safe_headers() {
    let world = world().await;
    for path in ["/", "/nothing", "/api/v1/groups", "/static/style.css"] {
        let answer = send(world.request(Method::GET, path)).await;
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        let caching = if path.starts_with("/static") { "no-cache" } else { "no-store" };
        assert_eq!(answer.header("cache-control"), caching, "{path}");
    }
}
