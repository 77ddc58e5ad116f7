//! The server around the routes: limits, headers, one rendering of every problem, a log without
//! anything personal, a graceful end. Speaks on loopback alone, as long as nobody signs people in.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{FromRequestParts as _, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::http::{LONG_POLL_PATH, WAIT_SECONDS_MAX};
use crate::language;
use crate::pages::{self, Reader};
use crate::problem::{Code, INTERNAL, METHOD_NOT_ALLOWED, NOT_FOUND, Problem, SLOW};

/// A request is answered within this time, files included.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// One that waits for work gets the waiting on top.
const LONG_POLL_WITHIN: Duration =
    ANSWER_WITHIN.saturating_add(Duration::from_secs(WAIT_SECONDS_MAX));
/// What is being answered when the server is told to end has this long to come to its end.
const END_WITHIN: Duration = Duration::from_secs(10);

const SAFE_HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Whoever can reach the server could use tokens that were made for a demonstration.
    #[error("{0} is not a loopback address; without an identity provider only those are served")]
    NotLoopback(SocketAddr),
    #[error("can't listen on {0}")]
    Listen(SocketAddr, #[source] std::io::Error),
    #[error("the server ended")]
    Serve(#[source] std::io::Error),
}

/// Every route, with everything around it.
pub fn router(app: App) -> Router {
    let operations = crate::http::operations().layer(middleware::from_fn(add_headers));
    let routes = crate::http::router().merge(pages::router()).merge(crate::peers::router());
    // Those who watch see every answer as it is, and leave no line in the log.
    surrounded(routes, app.clone()).merge(operations.with_state(app))
}

/// Routes with limits, headers, problems and log around them.
pub fn surrounded(routes: Router<App>, app: App) -> Router {
    routes
        .fallback(async || Problem::new(&NOT_FOUND))
        .method_not_allowed_fallback(async || Problem::new(&METHOD_NOT_ALLOWED))
        .layer(middleware::from_fn(limit_time))
        .layer(CatchPanicLayer::custom(|_| Problem::new(&INTERNAL).into_response()))
        .layer(middleware::from_fn_with_state(app.clone(), tell_problems))
        .layer(middleware::from_fn(add_headers))
        .layer(middleware::from_fn_with_state(app.clone(), note))
        .with_state(app)
}

/// Listens on a loopback address.
///
/// # Errors
/// If the address is not one of loopback, or is taken.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    if !address.ip().is_loopback() {
        return Err(Error::NotLoopback(address));
    }
    TcpListener::bind(address).await.map_err(|error| Error::Listen(address, error))
}

/// Serves until `stop` comes; then takes no more connections, ends calls that wait, and gives the
/// others some time. The runtime is left to its owner.
///
/// # Errors
/// If the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let (stopped, mut stopping) = tokio::sync::watch::channel(false);
    let ending = app.clone();
    let signal = async move {
        stop.await;
        ending.stop_waiting();
        stopped.send_replace(true);
    };
    // As a service of its own: a bare router copies every route for every connection.
    let routes = router(app).into_make_service();
    let served = axum::serve(listener, routes).with_graceful_shutdown(signal);
    let patience = async move {
        if stopping.wait_for(|it| *it).await.is_ok() {
            tokio::time::sleep(END_WITHIN).await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        ended = served.into_future() => ended.map_err(Error::Serve),
        () = patience => Ok(()),
    }
}

async fn limit_time(request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let waits = path == Some(LONG_POLL_PATH);
    let limit = if waits { LONG_POLL_WITHIN } else { ANSWER_WITHIN };
    let answered = tokio::time::timeout(limit, next.run(request)).await;
    answered.unwrap_or_else(|_| Problem::new(&SLOW).into_response())
}

/// Turns problems into documents: pages for people's browsers, JSON for everybody else. A bare
/// status from a library becomes one too.
async fn tell_problems(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let as_page = !parts.uri.path().starts_with("/api/") && takes_html(&parts.headers);
    let reader = Reader::from_request_parts(&mut parts, &app).await;
    let language = language::preferred(&parts.headers);
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        // A page that says by itself what is wrong.
        None if is_html(&response) => return response,
        None => Problem::new(Code::of_status(status)),
    };
    let mut told = match reader {
        Ok(reader) if as_page => pages::problem_page(&app, &reader, &problem),
        _ => {
            let kind = [
                (header::CONTENT_TYPE, "application/problem+json"),
                (header::CONTENT_LANGUAGE, language.tag()),
            ];
            let body = serde_json::to_vec(&problem.body(language)).unwrap_or_default();
            (problem.status(), kind, body).into_response()
        }
    };
    for name in [header::ALLOW, header::RETRY_AFTER, header::WWW_AUTHENTICATE] {
        if let Some(value) = response.headers_mut().remove(&name) {
            told.headers_mut().insert(name, value);
        }
    }
    told
}

fn is_html(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|it| it.as_bytes().starts_with(b"text/html"))
}

fn takes_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok());
    accept.is_some_and(|it| it.contains("text/html"))
}

async fn add_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in SAFE_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let no_store = HeaderValue::from_static("no-store");
    headers.entry(header::CACHE_CONTROL).or_insert(no_store);
    headers.insert(header::VARY, HeaderValue::from_static("accept, accept-language, cookie"));
    response
}

/// One line for a request: which route, which status, how long. Neither address nor body.
async fn note(State(app): State<App>, request: Request, next: Next) -> Response {
    let _open = app.runtime().metrics().open_request();
    let begun = Instant::now();
    let method = known(request.method());
    let path = request.extensions().get::<MatchedPath>().map(|it| it.as_str().to_owned());
    let response = next.run(request).await;
    let route = path.as_deref().unwrap_or("unknown");
    let (status, ms) = (response.status().as_u16(), begun.elapsed().as_millis());
    app.runtime().metrics().request(method, route, status);
    tracing::info!(method, route, status, ms, "answered");
    response
}

/// Anybody can invent a method; only known ones are worth a name.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}
