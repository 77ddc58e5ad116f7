//! A server that is asked to end does, whatever its callers do.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use lienthong_engine::log;
use lienthong_tests::client::eventually;
use lienthong_tests::server::{Place, Server};

/// Open calls have ten seconds, the store has ten more.
const BOUND: Duration = Duration::from_secs(25);
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn a_server_ends_within_bounds_and_lets_go_of_its_store(place: Place) {
    let mut server = Server::start(place);
    let office = server.office("civil-status.00565");
    let waiting = tokio::spawn(async move { office.get("/api/v1/agency/tasks?wait=60").await });
    // One that never comes to the end of its request.
    let mut stuck = TcpStream::connect(server.address().trim_start_matches("http://")).unwrap();
    let token = server.place.token("stuck", "001192054321");
    let head = "POST /api/v1/documents HTTP/1.1\r\nHost: x\r\nContent-Type: application/pdf\r\n";
    let begun = format!("{head}Authorization: Bearer {token}\r\nContent-Length: 10\r\n\r\n%PDF");
    stuck.write_all(begun.as_bytes()).unwrap();
    let all_are_there = || async {
        let figures = server.stranger().get("/metrics").await;
        let figures = String::from_utf8(figures.bytes).unwrap();
        figures.contains("lienthong_http_requests_open 2\n").then_some(())
    };
    eventually("two open calls", PATIENCE, async || all_are_there().await).await;

    let begun = Instant::now();
    server.stop_by("TERM");
    assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
    waiting.await.unwrap().ok();
    let log = log::open(server.place.store()).await.unwrap();
    log.close().await;
    server.start_again();
    server.stop_by("INT");
}
