//! Commands between the processes of one system, over HTTP: whoever is asked for a dossier that
//! another process owns hands the command on. Each message is signed with a key that only these
//! processes have; nobody else is listened to, and nothing is said about why.

use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, Mac as _};
use lienthong_domain::digest::hex;
use lienthong_engine::runtime::{Peers, Unreachable};
use sha2::Sha256;

use crate::app::App;
use crate::http::JSON_BYTES_MAX;

/// Where a process listens to the others.
pub const PATH: &str = "/internal/v1/orders";
/// A message has at most this many bytes: a request, and what was made of it.
const MESSAGE_BYTES_MAX: usize = 2 * JSON_BYTES_MAX;
/// A signature is good for this long before and after it was made.
const GOOD_FOR: TimeDelta = TimeDelta::seconds(60);
/// How long a process waits for another: longer than a queue there.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);
const CONNECT_WITHIN: Duration = Duration::from_secs(1);

const AT: &str = "lienthong-at";
const SIGNATURE: &str = "lienthong-signature";

/// Signs and checks messages between processes.
#[derive(Clone)]
pub struct Seal {
    key: [u8; 32],
}

impl Seal {
    /// The seal of all processes that have the same secret. It is of no use for anything else that
    /// is signed with that.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self { key: mac(&secret, b"lienthong peers 1\n", b"") }
    }

    fn sign(&self, at: i64, message: &[u8]) -> [u8; 32] {
        mac(&self.key, &at.to_be_bytes(), message)
    }

    fn signed(&self, headers: &HeaderMap, message: &[u8], now: DateTime<Utc>) -> bool {
        let header = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
        let (Some(at), Some(signature)) = (header(AT), header(SIGNATURE)) else { return false };
        let Some(at) = at.parse().ok().and_then(DateTime::from_timestamp_millis) else {
            return false;
        };
        let expected = hex(&self.sign(at.timestamp_millis(), message));
        let is_right = subtle::ConstantTimeEq::ct_eq(expected.as_bytes(), signature.as_bytes());
        bool::from(is_right) && (now - at).abs() <= GOOD_FOR
    }
}

fn mac(key: &[u8; 32], first: &[u8], second: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(first);
    mac.update(second);
    mac.finalize().into_bytes().into()
}

/// The way to the other processes.
pub struct HttpPeers {
    client: reqwest::Client,
    seal: Seal,
}

impl HttpPeers {
    /// # Errors
    /// If there can be no HTTP client.
    pub fn new(seal: Seal) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self { client, seal })
    }
}

#[async_trait]
impl Peers for HttpPeers {
    async fn send(&self, address: &str, message: Vec<u8>) -> Result<Vec<u8>, Unreachable> {
        let at = Utc::now().timestamp_millis();
        let signature = hex(&self.seal.sign(at, &message));
        let sent = self
            .client
            .post(format!("{address}{PATH}"))
            .header(AT, at)
            .header(SIGNATURE, signature)
            .body(message)
            .send();
        let response = sent.await.map_err(|_| Unreachable)?;
        if response.status() != StatusCode::OK {
            return Err(Unreachable);
        }
        Ok(response.bytes().await.map_err(|_| Unreachable)?.to_vec())
    }
}

/// The route at which other processes are listened to.
pub(crate) fn router() -> Router<App> {
    Router::new().route(PATH, post(take_in)).layer(DefaultBodyLimit::max(MESSAGE_BYTES_MAX))
}

async fn take_in(
    State(app): State<App>,
    headers: HeaderMap,
    message: Bytes,
) -> Result<Vec<u8>, StatusCode> {
    if !app.seal().signed(&headers, &message, Utc::now()) {
        return Err(StatusCode::NOT_FOUND);
    }
    app.runtime().take_in(&message).await.map_err(|_| StatusCode::BAD_REQUEST)
}

#[cfg(test)]
mod tests {
    //! Only the other processes are listened to.

    use axum::http::HeaderValue;

    use super::*;

    fn headers(at: i64, signature: &[u8]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(AT, HeaderValue::from(at));
        headers.insert(SIGNATURE, HeaderValue::from_str(&hex(signature)).unwrap());
        headers
    }

    #[test]
    fn a_message_is_taken_from_who_has_the_secret_and_while_it_is_fresh() {
        let (seal, other) = (Seal::new([1; 32]), Seal::new([2; 32]));
        let now = Utc::now();
        let at = now.timestamp_millis();
        let signed = |seal: &Seal, message: &[u8]| headers(at, &seal.sign(at, message));
        assert!(seal.signed(&signed(&seal, b"order"), b"order", now));
        assert!(!seal.signed(&signed(&seal, b"order"), b"other", now));
        assert!(!seal.signed(&signed(&other, b"order"), b"order", now));
        assert!(!seal.signed(&HeaderMap::new(), b"order", now));
        let later = now + TimeDelta::seconds(61);
        assert!(!seal.signed(&signed(&seal, b"order"), b"order", later));
        let moved = headers(at + 1, &seal.sign(at, b"order"));
        assert!(!seal.signed(&moved, b"order", now));
    }
}
