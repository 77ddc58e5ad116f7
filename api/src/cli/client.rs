//! HTTP to a lienthong server, for the commands that are its clients: answers as JSON, problems
//! with their codes, patience with a server that is busy, away or being restarted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode};
use serde_json::Value as Json;
use uuid::Uuid;

const PAUSE_FIRST: Duration = Duration::from_millis(50);
const PAUSE_LONGEST: Duration = Duration::from_secs(1);
/// Longer than a long poll.
const PATIENCE_WITH_ONE_CALL: Duration = Duration::from_secs(40);

/// One bearer's view of a server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    bearer: String,
    link: Arc<Link>,
}

/// Whether the server answers, as whoever waits for it is told: once when it ceases, once when it
/// is back.
struct Link {
    is_down: AtomicBool,
    tell: fn(&str),
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0} is not the address of a server; write http://127.0.0.1:8080")]
    NotAnAddress(String),
    #[error("no HTTP client can be made")]
    Http(#[from] reqwest::Error),
}

/// What is sent with a call. It is kept, so that the call can be repeated as it was.
#[derive(Clone)]
pub(crate) enum Body {
    None,
    Json(Json),
    Pdf(Vec<u8>),
}

/// The server understood the call and will not do it. Repeating it is of no use.
#[derive(Debug, thiserror::Error)]
#[error("{status} {code}: {sentence}")]
pub(crate) struct Problem {
    pub(crate) status: u16,
    /// Stable; empty if the answer was no problem document.
    pub(crate) code: String,
    pub(crate) sentence: String,
}

/// One call came to nothing; the same again may succeed.
struct NotNow {
    /// How long the server asks to be left alone.
    pause: Option<Duration>,
}

impl Client {
    /// A client without a bearer. `tell` is told when the server ceases to answer.
    ///
    /// # Errors
    /// If `base` is no address, or the system lets no client be made.
    pub(crate) fn new(base: &str, tell: fn(&str)) -> Result<Self, Error> {
        let base = base.trim_end_matches('/');
        if reqwest::Url::parse(base).map_or(true, |it| it.scheme() != "http" || it.path() != "/") {
            return Err(Error::NotAnAddress(base.to_owned()));
        }
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE_WITH_ONE_CALL)
            .build()?;
        let link = Arc::new(Link { is_down: AtomicBool::new(false), tell });
        Ok(Self { http, base: base.to_owned(), bearer: String::new(), link })
    }

    /// The same server for somebody else.
    pub(crate) fn with_bearer(&self, bearer: &str) -> Self {
        Self { bearer: bearer.to_owned(), ..self.clone() }
    }

    /// # Errors
    /// The server's objection.
    pub(crate) async fn get(&self, path: &str) -> Result<Json, Problem> {
        self.call(Method::GET, path, None, Body::None).await
    }

    /// A command: done at most once, however often it has to be sent.
    ///
    /// # Errors
    /// The server's objection.
    pub(crate) async fn post(&self, path: &str, id: Uuid, body: Body) -> Result<Json, Problem> {
        self.call(Method::POST, path, Some(id), body).await
    }

    /// Repeats the call, at a bounded pace and for ever, until the server gives an answer.
    async fn call(
        &self,
        method: Method,
        path: &str,
        id: Option<Uuid>,
        body: Body,
    ) -> Result<Json, Problem> {
        let mut pause = PAUSE_FIRST;
        loop {
            match self.once(method.clone(), path, id, body.clone()).await {
                Ok(answer) => {
                    self.link.change(false, "the server answers again");
                    return answer;
                }
                Err(not_now) => {
                    self.link.change(true, "the server does not answer; trying on");
                    tokio::time::sleep(not_now.pause.unwrap_or(pause)).await;
                }
            }
            pause = (pause * 2).min(PAUSE_LONGEST);
        }
    }

    async fn once(
        &self,
        method: Method,
        path: &str,
        id: Option<Uuid>,
        body: Body,
    ) -> Result<Result<Json, Problem>, NotNow> {
        let url = format!("{}{path}", self.base);
        let mut request = self.http.request(method, url).bearer_auth(&self.bearer);
        if let Some(id) = id {
            request = request.header("Idempotency-Key", id.to_string());
        }
        request = match body {
            Body::None => request,
            Body::Json(json) => request.json(&json),
            Body::Pdf(bytes) => request.header(CONTENT_TYPE, "application/pdf").body(bytes),
        };
        let response = request.send().await.map_err(|_| NotNow { pause: None })?;
        let status = response.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(NotNow { pause: retry_after(&response) });
        }
        let bytes = response.bytes().await.map_err(|_| NotNow { pause: None })?;
        let json = serde_json::from_slice(&bytes).unwrap_or(Json::Null);
        Ok(if status.is_success() { Ok(json) } else { Err(problem(status, &json)) })
    }
}

impl Link {
    fn change(&self, is_down: bool, text: &str) {
        if self.is_down.swap(is_down, Ordering::Relaxed) != is_down {
            (self.tell)(text);
        }
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(PAUSE_LONGEST))
}

fn problem(status: StatusCode, json: &Json) -> Problem {
    let text = |name: &str| json.get(name).and_then(Json::as_str);
    let sentence = text("detail").or(text("title")).unwrap_or("the server gave no reason");
    Problem {
        status: status.as_u16(),
        code: text("code").unwrap_or_default().to_owned(),
        sentence: sentence.to_owned(),
    }
}
