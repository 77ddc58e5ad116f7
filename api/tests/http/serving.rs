//! Starting and ending.

use std::time::Duration;

use lienthong_api::server::{self, Error};
use tokio::sync::oneshot;

use crate::world::world;

#[tokio::test]
async fn only_loopback_is_served() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = server::listen(address.parse().unwrap()).await;
        assert!(matches!(refused, Err(Error::NotLoopback(_))), "{address}");
    }
    server::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
}

#[tokio::test]
async fn the_end_lets_waiting_calls_answer_first() {
    let world = world().await;
    let key = world.agency("civil-status.00565").await;
    let listener = server::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let url = format!("http://{}/api/v1/agency/tasks?wait=60", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async {
        let _ = stopped.await;
    };
    let served = tokio::spawn(server::serve(listener, world.app.clone(), stopped));
    let waiting = tokio::spawn(reqwest::Client::new().get(url).bearer_auth(key).send());
    let end = async {
        while world.app.waiting_now() == 0 {
            tokio::task::yield_now().await;
        }
        stop.send(()).unwrap();
        assert_eq!(waiting.await.unwrap().unwrap().status(), 200);
        served.await.unwrap().unwrap();
    };
    tokio::time::timeout(Duration::from_secs(30), end).await.unwrap();
}
