//! Messages that are pushed: what an agency gets, again and again until it has taken it, and that
//! nobody waits for somebody else's agency.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::TimeDelta;
use hmac::{Hmac, Mac as _};
use lienthong_api::push::{HttpSender, Secrets};
use lienthong_engine::clock::Clock as _;
use lienthong_engine::log::feeds::{Delivery, DeliveryPage, DeliveryState, Operation};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::world::{World, world};

const REGISTRAR: &str = "civil-status.00565";
const POLICE: &str = "police.00565";
const SECRET: [u8; 32] = [3; 32];

/// What an agency was sent.
struct Call {
    headers: HeaderMap,
    body: Bytes,
}

impl Call {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// An agency that answers its n-th call with a status, and where it is.
async fn agency(
    answer: impl Fn(usize) -> StatusCode + Clone + Send + Sync + 'static,
) -> (String, mpsc::UnboundedReceiver<Call>) {
    let (calls, received) = mpsc::unbounded_channel();
    let count = Arc::new(AtomicUsize::new(0));
    let take = async move |headers: HeaderMap, body: Bytes| {
        calls.send(Call { headers, body }).unwrap();
        answer(count.fetch_add(1, Ordering::Relaxed))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/tasks", listener.local_addr().unwrap());
    let routes = Router::new().route("/tasks", post(take));
    tokio::spawn(axum::serve(listener, routes).into_future());
    (url, received)
}

async fn pushing() -> World {
    let world = world().await;
    let sender = HttpSender::new(world.app.clone(), Secrets::new(SECRET)).unwrap();
    world.app.runtime().deliver_by(Arc::new(sender));
    world
}

async fn within<T>(seconds: u64, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(seconds), future).await.unwrap()
}

/// The next call, with the clock going on meanwhile.
async fn next(world: &World, calls: &mut mpsc::UnboundedReceiver<Call>) -> Call {
    let moving = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        loop {
            ticks.tick().await;
            world.clock.set(world.clock.now() + TimeDelta::seconds(1));
        }
    };
    let next = async {
        tokio::select! {
            call = calls.recv() => call.unwrap(),
            () = moving => unreachable!("it goes on for ever"),
        }
    };
    within(20, next).await
}

/// The deliveries of an office, once they are in a state.
async fn once(world: &World, office: &str, state: DeliveryState) -> Vec<Delivery> {
    let found = async {
        loop {
            let office = Some(office.to_owned());
            let page = DeliveryPage { state, office, after: None, limit: 100 };
            let found = world.app.runtime().log().deliveries(page).await.unwrap();
            if !found.is_empty() {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    within(20, found).await
}

fn is_signed_with(secret: &str, call: &Call) -> bool {
    let secret = BASE64.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
    mac.update(call.header("webhook-id").as_bytes());
    mac.update(format!(".{}.", call.header("webhook-timestamp")).as_bytes());
    mac.update(&call.body);
    let expected = format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()));
    call.header("webhook-signature").split(' ').any(|it| it == expected)
}

#[tokio::test]
async fn a_pushed_message_is_signed_and_carries_what_a_pull_would_get() {
    let world = pushing().await;
    let (url, mut calls) = agency(|_| StatusCode::NO_CONTENT).await;
    let generation = world.app.runtime().set_agency_endpoint(REGISTRAR, &url).await.unwrap();
    let id = world.apply().await;
    let call = within(20, calls.recv()).await.unwrap();
    let pulled = world.task(&world.agency(REGISTRAR).await, &id, "registration").await;
    assert_eq!(call.json(), pulled);
    assert_eq!(call.header("ce-specversion"), "1.0");
    assert_eq!(call.header("ce-type"), "vn.lienthong.task.dispatch");
    assert_eq!(call.header("ce-subject"), format!("{id}/registration"));
    assert_eq!(call.header("ce-id"), pulled["dispatch"].as_str().unwrap());
    assert_eq!(call.header("webhook-id"), call.header("ce-id"));
    assert_eq!(call.header("ce-time"), "2026-11-19T02:12:00Z");
    let secrets = Secrets::new(SECRET);
    assert!(is_signed_with(&secrets.reveal(REGISTRAR, generation), &call));
    assert!(!is_signed_with(&secrets.reveal(POLICE, generation), &call));
    let delivered = once(&world, REGISTRAR, DeliveryState::Delivered).await;
    assert_eq!((delivered.len(), delivered[0].attempts), (1, 1));

    let newer = world.app.runtime().set_agency_endpoint(REGISTRAR, &url).await.unwrap();
    world.apply().await;
    let call = within(20, calls.recv()).await.unwrap();
    assert!(is_signed_with(&secrets.reveal(REGISTRAR, newer), &call));
    assert!(is_signed_with(&secrets.reveal(REGISTRAR, generation), &call), "for a day");
}

#[tokio::test]
async fn a_message_goes_out_under_one_id_until_it_is_taken() {
    let world = pushing().await;
    let answer = |n| if n < 3 { StatusCode::BAD_GATEWAY } else { StatusCode::OK };
    let (url, mut calls) = agency(answer).await;
    world.app.runtime().set_agency_endpoint(REGISTRAR, &url).await.unwrap();
    world.apply().await;
    let first = next(&world, &mut calls).await;
    for _ in 0..3 {
        let again = next(&world, &mut calls).await;
        assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
        assert_eq!(again.header("ce-id"), first.header("ce-id"));
    }
    let delivered = once(&world, REGISTRAR, DeliveryState::Delivered).await;
    assert_eq!((delivered.len(), delivered[0].attempts), (1, 4));
    assert!(calls.try_recv().is_err(), "and not once more");
}

#[tokio::test]
async fn an_agency_that_is_gone_gets_nothing_until_an_operator_says_so() {
    let world = pushing().await;
    let answer = |n| if n == 0 { StatusCode::GONE } else { StatusCode::OK };
    let (url, mut calls) = agency(answer).await;
    world.app.runtime().set_agency_endpoint(REGISTRAR, &url).await.unwrap();
    world.apply().await;
    within(20, calls.recv()).await.unwrap();
    let parked = once(&world, REGISTRAR, DeliveryState::Parked).await;
    assert_eq!(parked[0].last_failure.as_deref(), Some("gone"));
    let at = world.clock.now();
    let retry = Operation::RetryDeliveries { office: None, message_id: None, at };
    assert_eq!(world.app.runtime().log().operate(retry).await.unwrap(), 1);
    within(20, calls.recv()).await.unwrap();
    once(&world, REGISTRAR, DeliveryState::Delivered).await;
}

#[tokio::test]
async fn an_agency_that_never_answers_delays_no_other() {
    let world = pushing().await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_url = format!("http://{}/", silent.local_addr().unwrap());
    let (url, mut calls) = agency(|_| StatusCode::OK).await;
    world.app.runtime().set_agency_endpoint(REGISTRAR, &silent_url).await.unwrap();
    world.app.runtime().set_agency_endpoint(POLICE, &url).await.unwrap();
    let id = world.apply().await;
    for _ in 0..20 {
        world.apply().await;
    }
    // It has as many as it may have, and says nothing to them.
    let (_waiting, _) = within(20, silent.accept()).await.unwrap();
    let results = json!({ "personal_id": "001326012345" });
    world.complete(&id, "registration", results, &["certificate"]).await;
    let call = within(5, calls.recv()).await.unwrap();
    assert_eq!(call.json()["dossier"], id);
    once(&world, POLICE, DeliveryState::Delivered).await;
}

#[tokio::test]
async fn nothing_is_pushed_to_who_pulls() {
    let world = pushing().await;
    world.apply().await;
    world.app.runtime().follow().await.unwrap();
    for state in DeliveryState::ALL {
        let page = DeliveryPage { state, office: None, after: None, limit: 10 };
        assert!(world.app.runtime().log().deliveries(page).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_national_portal_is_told_what_was_recorded_and_what_it_has_otherwise() {
    let world = pushing().await;
    let (url, mut calls) =
        agency(|n| if n == 0 { StatusCode::BAD_GATEWAY } else { StatusCode::NO_CONTENT }).await;
    world.app.runtime().set_agency_endpoint("national-portal", &url).await.unwrap();
    let id = world.apply().await;
    let first = within(20, calls.recv()).await.unwrap();
    let again = next(&world, &mut calls).await;
    assert_eq!(first.header("webhook-id"), again.header("webhook-id"), "the same message");
    assert_eq!(again.header("ce-type"), "vn.lienthong.dossier.status");
    let code = world.dossier(&id).await["code"].clone();
    let told = again.json();
    assert_eq!((&told["MaHoSo"], &told["TrangThaiHoSo"]), (&code, &json!(1)));
    assert_eq!((&told["MaTTHC"], &told["KenhThucHien"]), (&json!("3.000722"), &json!(2)));
    assert_eq!(told["NgayTiepNhan"], "20261119091200");
    assert!(told.get("NgayKetThucXuLy").is_none(), "what is not known is left out: {told}");
    let key = world.key_for(&id, "registration").await;
    world.answer(&key, (&id, "registration"), "acknowledge", json!({})).await.ok();
    let next_status = next(&world, &mut calls).await.json();
    assert_eq!(next_status["TrangThaiHoSo"], 2);
    assert!(next_status["SoThuTu"].as_u64() > told["SoThuTu"].as_u64());
    let tasks = next_status["DanhSachThuTuc"].as_array().unwrap();
    let registration = tasks.iter().find(|it| it["Ma"] == "registration").unwrap();
    assert_eq!(
        (&registration["MaTTHC"], &registration["TrangThaiHoSo"]),
        (&json!("1.001193"), &json!(2))
    );

    let expires = world.clock.now() + TimeDelta::hours(1);
    let operator = world.app.tokens().issue_operator("an", expires).unwrap();
    let path = "/api/v1/operators/portal/compare";
    let theirs =
        json!({ "dossiers": [{ "code": code, "status": 2 }, { "code": "none", "status": 1 }] });
    let compared = world.post(&operator, path, &theirs).await.ok();
    assert_eq!(compared, json!({ "unknown": ["none"], "different": [] }));
    let theirs = json!({ "dossiers": [{ "code": code, "status": 1 }] });
    let compared = world.post(&operator, path, &theirs).await.ok();
    assert_eq!(compared, json!({ "unknown": [], "different": [code] }));
    let once_more = next(&world, &mut calls).await.json();
    assert_eq!(once_more["TrangThaiHoSo"], 2, "it is told once more");
    assert!(once_more["SoThuTu"].as_u64() > next_status["SoThuTu"].as_u64());
}
