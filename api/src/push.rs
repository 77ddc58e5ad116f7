//! Pushes messages to agencies over HTTP: CloudEvents 1.0 in binary mode, signed as Standard Webhooks
//! says. The body is the task as the agency's own call would get it, at the moment of sending.

use std::time::Duration;

use async_trait::async_trait;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use hmac::{Hmac, Mac as _};
use lienthong_domain::agency::Endpoint;
use lienthong_domain::dossier::PORTAL;
use lienthong_engine::delivery::{Message, Sender, Sent};
use reqwest::{Client, Response};
use sha2::Sha256;
use uuid::Uuid;

use crate::app::App;
use crate::view::{agency_task, portal_message};

/// What an agency gets to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// Of an answer at most this many bytes are read, so that the connection can be used again.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// The secret before the last is signed with for so long.
const OVERLAP: TimeDelta = TimeDelta::hours(24);
/// Where a message is from, to whoever gets messages from others too.
const SOURCE: &str = "/api/v1/agency/tasks";
const TYPE: &str = "vn.lienthong.task";
const TYPE_OF_STATUS: &str = "vn.lienthong.dossier";

/// The secrets of agencies' addresses, each made of one key: none is stored.
#[derive(Clone)]
pub struct Secrets {
    key: [u8; 32],
}

impl Secrets {
    /// Those of a system with this secret. They tell nothing about it.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self { key: mac(&secret, &[b"lienthong webhooks 1\n"]) }
    }

    /// What an agency checks signatures with: `whsec_…`.
    #[must_use]
    pub fn reveal(&self, office: &str, generation: u32) -> String {
        format!("whsec_{}", BASE64.encode(self.secret(office, generation)))
    }

    fn secret(&self, office: &str, generation: u32) -> [u8; 32] {
        mac(&self.key, &[b"webhook\n", office.as_bytes(), b"\n", &generation.to_be_bytes()])
    }

    /// The header `webhook-signature`: by the address's secret, and for a day also by that of the
    /// address before.
    fn signatures(
        &self,
        (office, endpoint): (&str, &Endpoint),
        id: &str,
        at: DateTime<Utc>,
        body: &[u8],
    ) -> String {
        let sign = |generation| signature(&self.secret(office, generation), id, at, body);
        let newest = sign(endpoint.generation);
        let is_new = at - endpoint.set_at.to_utc() < OVERLAP;
        if endpoint.generation > 1 && is_new {
            return format!("{newest} {}", sign(endpoint.generation - 1));
        }
        newest
    }
}

/// One signature, as Standard Webhooks writes it.
fn signature(secret: &[u8], id: &str, at: DateTime<Utc>, body: &[u8]) -> String {
    let head = format!("{id}.{}.", at.timestamp());
    format!("v1,{}", BASE64.encode(mac(secret, &[head.as_bytes(), body])))
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    parts.iter().for_each(|it| mac.update(it));
    mac.finalize().into_bytes().into()
}

/// The way to the agencies.
pub struct HttpSender {
    client: Client,
    app: App,
    secrets: Secrets,
}

impl HttpSender {
    /// # Errors
    /// If there can be no HTTP client.
    pub fn new(app: App, secrets: Secrets) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self { client, app, secrets })
    }

    /// The task of a message, as its office may see it.
    async fn body(&self, message: &Message) -> Option<Vec<u8>> {
        let row = &message.delivery.outgoing.message;
        let id = Uuid::parse_str(&row.dossier_id).ok()?;
        let opened = self.app.open(id).await.ok()?;
        if row.addressee == PORTAL {
            let events = self.app.runtime().events(id).await.ok()?;
            return serde_json::to_vec(&portal_message(&opened, &events, &row.message_id)?).ok();
        }
        let (state, definition) = opened.task(&row.task).ok()?;
        if state.office.as_deref() != Some(&row.addressee) {
            return None;
        }
        serde_json::to_vec(&agency_task(&opened, state, definition).ok()?).ok()
    }
}

#[async_trait]
impl Sender for HttpSender {
    async fn send(&self, message: &Message) -> Sent {
        let row = &message.delivery.outgoing.message;
        let Some(body) = self.body(message).await else { return Sent::Refused("no-task") };
        let to = (row.addressee.as_str(), &message.endpoint);
        let signatures = self.secrets.signatures(to, &message.id, message.at, &body);
        let request = self
            .client
            .post(&message.endpoint.url)
            .header("content-type", "application/json")
            .header("ce-specversion", "1.0")
            .header("ce-id", &message.id)
            .header("ce-source", SOURCE)
            .header("ce-type", format!("{}.{}", what(&row.addressee), row.kind))
            .header("ce-time", row.caused_at.to_rfc3339_opts(SecondsFormat::Secs, true))
            .header("ce-subject", format!("{}/{}", row.dossier_id, row.task))
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", message.at.timestamp())
            .header("webhook-signature", signatures)
            .body(body);
        match request.send().await {
            Ok(response) => {
                let sent = meaning(response.status());
                read_to_end(response).await;
                sent
            }
            Err(error) if error.is_timeout() => Sent::Failed("timeout"),
            Err(_) => Sent::Failed("unreachable"),
        }
    }
}

/// What a message is about.
fn what(addressee: &str) -> &'static str {
    if addressee == PORTAL { TYPE_OF_STATUS } else { TYPE }
}

/// What an agency says with a status.
fn meaning(status: StatusCode) -> Sent {
    match status.as_u16() {
        200..=299 => Sent::Taken,
        410 => Sent::Gone("gone"),
        429 | 500.. => Sent::Failed("unavailable"),
        300..=399 => Sent::Refused("redirect"),
        _ => Sent::Refused("refused"),
    }
}

async fn read_to_end(mut response: Response) {
    let mut read = 0;
    while read <= ANSWER_BYTES_MAX {
        match response.chunk().await {
            Ok(Some(chunk)) => read += chunk.len(),
            Ok(None) | Err(_) => break,
        }
    }
}

#[cfg(test)]
mod tests {
    //! Signatures are those of the specification, and overlap for a day.

    use super::*;

    #[test]
    fn the_specification_s_own_example_is_signed_as_there() {
        let secret = BASE64.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let body = br#"{"test": 2432232314}"#;
        assert_eq!(
            signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn the_secret_before_is_signed_with_for_a_day() {
        let secrets = Secrets::new([1; 32]);
        let set_at = DateTime::parse_from_rfc3339("2026-11-25T09:00:00+07:00").unwrap();
        let signed = |generation, hours| {
            let endpoint = Endpoint { url: String::new(), generation, set_at };
            let at = set_at.to_utc() + TimeDelta::hours(hours);
            let all = secrets.signatures(("office", &endpoint), "m", at, b"{}");
            let by = |generation| signature(&secrets.secret("office", generation), "m", at, b"{}");
            (all.clone(), by(generation), (generation > 1).then(|| by(generation - 1)))
        };
        let (all, newest, _) = signed(1, 0);
        assert_eq!(all, newest);
        let (all, newest, before) = signed(2, 23);
        assert_eq!(all, format!("{newest} {}", before.unwrap()));
        let (all, newest, _) = signed(2, 24);
        assert_eq!(all, newest);
        assert_ne!(secrets.reveal("office", 1), secrets.reveal("office", 2));
        assert_ne!(secrets.reveal("office", 1), secrets.reveal("other", 1));
    }
}
