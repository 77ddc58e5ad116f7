//! What people read.

use reqwest::Method;
use serde_json::json;

use crate::world::{birth, hidden, send, world};

#[tokio::test]
async fn a_dossier_is_told_in_both_languages() {
    let world = world().await;
    let id = world.apply().await;
    world.set("2026-11-19T14:00:00+07:00");
    world
        .complete(&id, "registration", json!({ "personal_id": "001326012345" }), &["certificate"])
        .await;
    let path = format!("/dossiers/{id}");
    let vi = world.page(&world.father(), &path, "vi").await.text;
    let en = world.page(&world.father(), &path, "en").await.text;
    for (page, words) in [
        (
            &vi,
            [
                "<html lang=\"vi\">",
                "Mã hồ sơ",
                "Đăng ký khai sinh",
                "Đã xong",
                "Hạn trả:",
                "17:00 thứ Hai 23/11/2026",
                "2 ngày làm việc",
                "Diễn biến",
                "Xong sau 4 giờ 48 phút, trong hạn 24 giờ",
                "Sau khi xong:",
                "Chưa bắt đầu",
            ],
        ),
        (
            &en,
            [
                "<html lang=\"en\">",
                "Dossier code",
                "Birth registration",
                "Done",
                "Due:",
                "Mon 23 Nov 2026 17:00",
                "2 working days",
                "History",
                "Done after 4 hours 48 minutes, within the limit of 24 hours",
                "After:",
                "Not started",
            ],
        ),
    ] {
        for word in words {
            assert!(page.contains(word), "{word} is not in {page}");
        }
        assert!(page.contains("Nguyễn Minh An") && page.contains("001326012345"));
        assert!(page.contains("000.05.65.H26-261119-0001"));
        assert!(!page.contains("<script"));
    }
    assert!(vi.contains(&format!("href=\"{path}?lang&#x3D;en\"")));
}

#[tokio::test]
async fn what_was_not_chosen_is_not_told() {
    let world = world().await;
    let mut application = birth();
    application["scope"]["identity_card"] = json!(false);
    application["delivery"].as_object_mut().unwrap().remove("identity_card");
    let id = world.apply_with(application).await;
    let page = world.page(&world.father(), &format!("/dossiers/{id}"), "en").await.text;
    assert!(!page.contains("<h3>Identity card</h3>"));
    assert!(page.contains("<h3>Permanent residence</h3>"));
}

#[tokio::test]
async fn a_name_is_never_markup() {
    let world = world().await;
    let mut application = birth();
    application["child"]["full_name"] = json!("<script>alert('x')</script>");
    let id = world.apply_with(application).await;
    for path in [format!("/dossiers/{id}"), "/dossiers".to_owned()] {
        let page = world.page(&world.father(), &path, "vi").await.text;
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("&lt;script&gt;"), "{page}");
    }
}

#[tokio::test]
async fn withdrawing_is_confirmed_and_done_once() {
    let world = world().await;
    let id = world.apply().await;
    let page =
        world.page(&world.father(), &format!("/dossiers/{id}/withdraw?task=residence"), "en").await;
    assert!(page.text.contains("Permanent residence") && page.text.contains("Identity card"));
    let (proof, command) = (hidden(&page.text, "proof"), hidden(&page.text, "command"));
    let form = format!("proof={proof}&command={command}&task=residence");
    let post = |cookie: String, site: &str, form: String| {
        let request = world.request(Method::POST, &format!("/dossiers/{id}/withdraw"));
        let request = request.header("Cookie", cookie).header("Sec-Fetch-Site", site.to_owned());
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        send(request.body(form))
    };
    let cookie = format!("session={}", world.father());
    let unproven = form.replace(proof, "AAAA");
    post(cookie.clone(), "same-origin", unproven).await.problem(403, "form-expired");
    post(cookie.clone(), "cross-site", form.clone()).await.problem(403, "form-expired");
    post(format!("session={}", world.stranger()), "same-origin", form.clone())
        .await
        .problem(403, "form-expired");
    for _ in 0..2 {
        let done = post(cookie.clone(), "same-origin", form.clone()).await;
        assert_eq!(
            (done.status.as_u16(), done.header("location")),
            (303, format!("/dossiers/{id}").as_str())
        );
    }
    let page = world.page(&world.father(), &format!("/dossiers/{id}"), "en").await.text;
    assert!(page.contains("Withdrawn"));
}

#[tokio::test]
async fn signing_in_sets_a_cookie_and_goes_to_a_local_page() {
    let world = world().await;
    let token = world.father();
    let sign_in = |next: &str| {
        send(world.request(Method::GET, &format!("/sign-in?token={token}&next={next}")))
    };
    let answer = sign_in("/dossiers/1").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/dossiers/1"));
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    for foreign in ["https://evil.example", "//evil.example", "/%5Cevil.example"] {
        assert_eq!(sign_in(foreign).await.header("location"), "/dossiers");
    }
    let answer = send(world.request(Method::GET, "/sign-in?token=x")).await;
    answer.problem(401, "unauthenticated");
    let answer = send(world.request(Method::GET, "/sign-out")).await;
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
}

#[tokio::test]
async fn the_other_pages_render_in_both_languages() {
    let world = world().await;
    world.apply().await;
    for language in ["vi", "en"] {
        for path in ["/", "/dossiers", "/problems/not-found"] {
            let page = world.page(&world.father(), path, language).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(page.text.contains(&format!("<html lang=\"{language}\">")), "{path}");
        }
        let missing = world.page(&world.father(), "/nothing", language).await;
        assert_eq!(missing.status, 404);
        assert!(missing.text.contains("not-found") && missing.text.contains("</html>"));
        let unknown = world.page("x", "/dossiers", language).await;
        assert_eq!(unknown.status, 401);
        assert!(unknown.text.contains("</html>"));
    }
}

#[tokio::test]
async fn a_chosen_language_is_remembered() {
    let world = world().await;
    let answer = world.page("x", "/?lang=en", "vi").await;
    assert!(answer.text.contains("<html lang=\"en\">"));
    assert!(answer.header("set-cookie").starts_with("lang=en;"));
}

#[tokio::test]
async fn the_stylesheet_is_known_again() {
    let world = world().await;
    let first = send(world.request(Method::GET, "/static/style.css")).await;
    assert_eq!(first.header("content-type"), "text/css; charset=utf-8");
    let request = world.request(Method::GET, "/static/style.css");
    let again = send(request.header("If-None-Match", first.header("etag"))).await;
    assert_eq!(again.status, 304);
    send(world.request(Method::GET, "/static/none.css")).await.problem(404, "not-found");
}
