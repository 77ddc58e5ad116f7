//! The pages in a real browser whose JavaScript is switched off, as somebody with a large screen
//! and somebody with a small telephone sees them. Screenshots stay in the target folder.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod browser;
mod journey;

use browser::{Browser, LARGE, SMALL};
use lienthong_tests::server::{Place, Server};

#[tokio::test(flavor = "multi_thread")]
async fn a_dossier_is_followed_on_a_large_screen() {
    let Some(browser) = Browser::start(LARGE).await else { return };
    let server = Server::start(Place::sqlite());
    browser.run(async |page| journey::whole(&server, page).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dossier_is_followed_on_a_telephone() {
    let Some(browser) = Browser::start(SMALL).await else { return };
    let server = Server::start(Place::sqlite());
    browser.run(async |page| journey::whole(&server, page).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_asked_to_sign_in() {
    let Some(browser) = Browser::start(LARGE).await else { return };
    let server = Server::start(Place::sqlite());
    browser.run(async |page| journey::of_a_stranger(&server, page).await).await;
}
