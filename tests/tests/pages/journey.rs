//! What somebody does on the pages, and what they see.

use lienthong_tests::people::{Applicant, AtOffice, application, paper};
use lienthong_tests::server::Server;
use serde_json::json;

use crate::browser::Page;

/// From signing in over a supplement and a result to withdrawing what is left.
pub(crate) async fn whole(server: &Server, page: &Page) {
    scripts_are_off(page).await;
    let application = application("birth", 1);
    let applicant = Applicant::of(server, "father", &application);
    let id = applicant.apply("birth", application).await;
    let (address, token) = (server.address(), &applicant.token);
    page.goto(&format!("{address}/sign-in?token={token}&next=/dossiers/{id}")).await;
    assert_eq!(page.path().await, format!("/dossiers/{id}"));
    is_told_in_both_languages(page).await;
    supplies(server, page, &applicant, &id).await;
    receives_a_result(server, page, &applicant, &id).await;
    withdraws(page, &applicant, &id).await;
}

/// A page with a script of its own, which must not have run.
async fn scripts_are_off(page: &Page) {
    let script = "document.querySelector('p').textContent='on'";
    page.goto(&format!("data:text/html,<p>off</p><script>{script}</script>")).await;
    assert_eq!(page.text("p").await, "off");
}

/// Nothing on a page needs scripts, and nothing of it is cut off or must be scrolled sideways.
async fn is_complete(page: &Page, name: &str) {
    let source = page.source().await;
    assert!(!source.contains("<script"), "{name}");
    let inner = page.measure("window.innerWidth").await;
    assert_eq!(inner, u64::from(page.screen.width), "{name}");
    let whole = page.measure("document.documentElement.scrollWidth").await;
    assert!(whole <= inner, "{name}: {whole} wide on a screen of {inner}");
    page.photograph(name).await;
}

async fn is_told_in_both_languages(page: &Page) {
    let expected = [
        ("vi", "Đang đến lượt: UBND xã Gia Lâm", "Hạn trả:", "24 giờ"),
        ("en", "It is the turn of Gia Lâm Commune People's Committee", "Due:", "24 hours"),
    ];
    for (language, turn, due, why) in expected {
        if language == "en" {
            page.follow("English").await;
        }
        assert_eq!(page.find("html").await.attr("lang").await.unwrap().unwrap(), language);
        assert!(page.text("h1").await.contains("Nguyễn Minh An"));
        assert!(page.title().await.contains("Nguyễn Minh An"));
        let banner = page.text(".banner").await;
        assert!(banner.contains(turn), "{banner}");
        let registration = page.text("article").await;
        assert!(registration.contains(due) && registration.contains(why), "{registration}");
        assert!(page.count(".timeline li").await >= 2);
        is_complete(page, &format!("dossier-{language}")).await;
    }
    page.follow("Tiếng Việt").await;
}

async fn supplies(server: &Server, page: &Page, applicant: &Applicant, id: &str) {
    let registrar = AtOffice::of(server, applicant, id, "registration").await;
    let items = json!([{ "document": "marriage_certificate" }, { "field": "child.full_name" }]);
    registrar.act("request-supplement", json!({ "items": items, "note": "Tên thiếu dấu." })).await;
    page.refresh().await;
    let banner = page.text(".banner.yours").await;
    for words in ["Đến lượt bạn", "Giấy chứng nhận kết hôn", "Tên thiếu dấu.", "Thời hạn bổ sung:"]
    {
        assert!(banner.contains(words), "{words}: {banner}");
    }
    is_complete(page, "dossier-asked").await;

    page.follow("Bổ sung ngay").await;
    is_complete(page, "supply").await;
    page.fill("[id='field.child.full_name']", "Nguyễn Minh Ân").await;
    page.click("main form button").await;
    // The file is missing: that is said, and what was typed is still there.
    assert!(page.title().await.starts_with("Lỗi:"));
    assert_eq!(page.count(".faults li").await, 1);
    let typed = page.find("[id='field.child.full_name']").await.prop("value").await.unwrap();
    assert_eq!(typed.as_deref(), Some("Nguyễn Minh Ân"));
    is_complete(page, "supply-faults").await;

    let file = page.file("marriage.pdf", &paper("marriage"));
    page.fill("[id='document.marriage_certificate']", &file).await;
    page.click("main form button").await;
    assert_eq!(page.path().await, format!("/dossiers/{id}"));
    assert_eq!(page.count(".banner.yours").await, 0);
    let registrar = AtOffice::of(server, applicant, id, "registration").await;
    assert_eq!(registrar.task["status"], "supplied");
    assert_eq!(registrar.task["sight"]["form"]["child"]["full_name"], "Nguyễn Minh Ân");
    let url = registrar.task["sight"]["documents"][0]["url"].as_str().unwrap().to_owned();
    assert_eq!(registrar.client.get(&url).await.bytes, paper("marriage"));
}

async fn receives_a_result(server: &Server, page: &Page, applicant: &Applicant, id: &str) {
    let registrar = AtOffice::of(server, applicant, id, "registration").await;
    registrar.complete().await;
    page.refresh().await;
    let registration = page.text("article").await;
    assert!(registration.contains("Giấy khai sinh"), "{registration}");
    assert!(registration.contains("001326012345"), "{registration}");
    is_complete(page, "dossier-result").await;
    let certificate = page.download("Giấy khai sinh").await;
    assert_eq!(certificate, paper(&registrar.path("certificate")));
}

async fn withdraws(page: &Page, applicant: &Applicant, id: &str) {
    page.click("a[href$='task=residence']").await;
    is_complete(page, "withdraw").await;
    let listed = page.text("main ul").await;
    for task in ["Đăng ký thường trú", "Cấp thẻ căn cước"] {
        assert!(listed.contains(task), "{listed}");
    }
    page.click("main form button").await;
    assert_eq!(page.path().await, format!("/dossiers/{id}"));
    assert!(page.text("main").await.contains("Đã rút"));
    assert_eq!(applicant.task(id, "residence").await["status"], "withdrawn");
    assert_eq!(applicant.task(id, "identity_card").await["status"], "withdrawn");
    assert_eq!(applicant.task(id, "health_insurance").await["status"], "dispatched");
    is_complete(page, "dossier-withdrawn").await;
    page.follow("Hồ sơ của tôi").await;
    assert_eq!(page.count(&format!("a[href='/dossiers/{id}']")).await, 1);
    is_complete(page, "dossiers").await;
}

pub(crate) async fn of_a_stranger(server: &Server, page: &Page) {
    page.goto(server.address()).await;
    assert!(page.text("main").await.contains("3.000722"), "the groups are there for everybody");
    is_complete(page, "start").await;
    page.goto(&format!("{}/dossiers", server.address())).await;
    assert!(page.text("main").await.contains("đăng nhập"));
    page.goto(&format!("{}/sign-in?token=forged&next=/dossiers", server.address())).await;
    assert!(page.text("main").await.contains("đăng nhập"));
    is_complete(page, "sign-in").await;
}
