//! What the server writes about requests: which route, which status; nothing about anybody.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use reqwest::Method;
use serde_json::json;
use tracing_subscriber::EnvFilter;

use crate::world::{PDF, birth, send, world};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn nothing_personal_is_logged() {
    let lines = Lines::default();
    let writer = lines.clone();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(
            "warn,lienthong_api=trace,lienthong_engine=trace,lienthong_domain=trace",
        ))
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .init();
    let world = world().await;
    let mut application = birth();
    application["child"]["full_name"] = json!("Canary-7391");
    let id = world.apply_with(application.clone()).await;
    application["child"]["date_of_birth"] = json!("3000-07-31");
    let body = json!({ "application": application });
    world.post(&world.father(), "/api/v1/applications/birth", &body).await.problem(422, "invalid");
    world.page(&world.father(), &format!("/dossiers/{id}?canary=7391"), "vi").await;
    send(world.request(Method::GET, &format!("/sign-in?token={}", world.father()))).await;
    let key = world.key_for(&id, "registration").await;
    world.upload(&key, "/api/v1/agency/documents", PDF).await;
    let reason = json!({ "reason": "Canary-reason" });
    world.answer(&key, (&id, "registration"), "refuse", reason).await.ok();

    let figures = world.get("", "/metrics").await.text;
    assert!(figures.contains("status=\"201\""), "{figures}");
    let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap() + &figures;
    assert!(written.contains("route=\"/api/v1/applications/{group}\" status=201"), "{written}");
    assert!(written.contains("route=\"/dossiers/{id}\" status=200"));
    let secret = key.rsplit('.').next().unwrap();
    let token = world.father();
    let signature = token.split('.').nth(1).unwrap();
    for personal in
        ["Canary", "canary", "001089012345", "3000-07-31", "0912345678", secret, signature]
    {
        assert!(!written.contains(personal), "{personal} is in {written}");
    }
}
