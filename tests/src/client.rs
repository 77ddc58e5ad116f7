//! HTTP as citizens' and agencies' programs speak it, and the patience that tests have.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderMap};
use reqwest::{Method, RequestBuilder};
use serde_json::Value as Json;
use uuid::Uuid;

/// Between two looks at something that is to come about.
const PACE: Duration = Duration::from_millis(20);
/// Longer than the longest poll.
const PATIENCE_WITH_ONE_CALL: Duration = Duration::from_secs(70);

/// Somebody's view of a server, or of several on one store.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    bases: Arc<[String]>,
    /// Counts requests: each goes to the next server.
    turn: Arc<AtomicUsize>,
    patience: Duration,
    bearer: Option<String>,
    language: Option<String>,
}

/// What a server said.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    /// `null` if the body is no JSON.
    #[must_use]
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.bytes).unwrap_or(Json::Null)
    }

    /// The body of a success.
    ///
    /// # Panics
    /// If it is none.
    pub fn ok(&self) -> Json {
        let said = String::from_utf8_lossy(&self.bytes);
        assert!((200..300).contains(&self.status), "{} {said}", self.status);
        self.json()
    }

    /// The problem document with this status and code.
    ///
    /// # Panics
    /// If it is something else.
    pub fn problem(&self, status: u16, code: &str) -> Json {
        let (said, json) = (String::from_utf8_lossy(&self.bytes), self.json());
        let found = (self.status, json["code"].as_str());
        assert_eq!(found, (status, Some(code)), "{said}");
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json");
        json
    }
}

impl Client {
    /// # Panics
    /// If the system lets no client be made.
    #[must_use]
    pub fn new(base: &str, bearer: Option<&str>) -> Self {
        Self::among(&[base.to_owned()], bearer)
    }

    /// Somebody who asks several servers in turn.
    ///
    /// # Panics
    /// If the system lets no client be made.
    #[must_use]
    pub fn among(bases: &[String], bearer: Option<&str>) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("make a client");
        Self {
            http,
            bases: bases.into(),
            turn: Arc::default(),
            patience: PATIENCE_WITH_ONE_CALL,
            bearer: bearer.map(str::to_owned),
            language: None,
        }
    }

    /// The same somebody, who asks one server alone.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self { bases: [base.to_owned()].into(), ..self.clone() }
    }

    /// How many servers they ask in turn.
    #[must_use]
    pub fn servers(&self) -> usize {
        self.bases.len()
    }

    /// The same somebody, who gives a call up after this time.
    #[must_use]
    pub fn waiting(&self, patience: Duration) -> Self {
        Self { patience, ..self.clone() }
    }

    /// The same somebody, reading a language.
    #[must_use]
    pub fn reading(&self, language: &str) -> Self {
        Self { language: Some(language.to_owned()), ..self.clone() }
    }

    /// # Panics
    /// If the server can't be reached.
    pub async fn get(&self, path: &str) -> Answer {
        let request = self.request(Method::GET, path);
        answered(request).await.unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    /// A command with an id of its own.
    ///
    /// # Panics
    /// If the server can't be reached.
    pub async fn post(&self, path: &str, body: &Json) -> Answer {
        self.command(Uuid::now_v7(), path, body).await
    }

    /// A command.
    ///
    /// # Panics
    /// If the server can't be reached.
    pub async fn command(&self, id: Uuid, path: &str, body: &Json) -> Answer {
        let answer = self.try_command(id, path, body).await;
        answer.unwrap_or_else(|error| panic!("POST {path}: {error}"))
    }

    /// A command as it goes over a connection.
    ///
    /// # Panics
    /// If there is no such path.
    #[must_use]
    pub fn as_bytes(&self, id: Uuid, path: &str, body: &Json) -> Vec<u8> {
        let request = self.request(Method::POST, path).header("Idempotency-Key", id.to_string());
        let request = request.json(body).build().expect("a request");
        let mut bytes = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n").into_bytes();
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
        for (name, value) in request.headers() {
            bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        bytes.extend(format!("content-length: {}\r\n\r\n", body.len()).into_bytes());
        bytes.extend(body);
        bytes
    }

    /// A command to a server that may be away.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn try_command(
        &self,
        id: Uuid,
        path: &str,
        body: &Json,
    ) -> Result<Answer, reqwest::Error> {
        let request = self.request(Method::POST, path);
        answered(request.header("Idempotency-Key", id.to_string()).json(body)).await
    }

    /// Stores a file and gives its digest.
    ///
    /// # Panics
    /// If it is not stored.
    pub async fn upload(&self, path: &str, bytes: &[u8]) -> String {
        let stored = self.send_file(path, bytes).await.ok();
        stored["digest"].as_str().expect("a digest").to_owned()
    }

    /// Sends a file that may not be taken.
    ///
    /// # Panics
    /// If the server can't be reached.
    pub async fn send_file(&self, path: &str, bytes: &[u8]) -> Answer {
        let answer = self.try_file(path, bytes).await;
        answer.unwrap_or_else(|error| panic!("POST {path}: {error}"))
    }

    /// Sends a file to a server that may be away.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn try_file(&self, path: &str, bytes: &[u8]) -> Result<Answer, reqwest::Error> {
        let request = self.request(Method::POST, path).header(CONTENT_TYPE, "application/pdf");
        answered(request.body(bytes.to_vec())).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let base = &self.bases[self.turn.fetch_add(1, Ordering::Relaxed) % self.bases.len()];
        let request = self.http.request(method, format!("{base}{path}")).timeout(self.patience);
        let request = self.bearer.iter().fold(request, RequestBuilder::bearer_auth);
        self.language.iter().fold(request, |request, it| request.header(ACCEPT_LANGUAGE, it))
    }
}

async fn answered(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Answer { status, headers, bytes: response.bytes().await?.to_vec() })
}

/// Looks again and again until something has come about.
///
/// # Panics
/// If it has not within the time.
pub async fn eventually<T>(
    what: &str,
    within: Duration,
    look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let found = sooner_or_later(Instant::now() + within, look).await;
    found.unwrap_or_else(|| panic!("not within {within:?}: {what}"))
}

/// Looks again and again until something has come about; `None` if it has not by the deadline. It
/// looks once in any case.
pub async fn sooner_or_later<T>(
    deadline: Instant,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> Option<T> {
    let mut pace = tokio::time::interval(PACE);
    loop {
        pace.tick().await;
        let found = look().await;
        if found.is_some() || Instant::now() >= deadline {
            return found;
        }
    }
}
