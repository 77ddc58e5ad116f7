//! From a request to values: who asks, the command's id, the body. What is wrong is said without
//! quoting it.

mod shape;

use std::error::Error as _;

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use futures::StreamExt as _;
use lienthong_domain::language::Text;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::app::App;
use crate::identity::OPERATOR_PREFIX;
use crate::policy::Actor;
use crate::problem::{
    BAD_REQUEST, Code, KEY_MISSING, KEY_UNUSABLE, MALFORMED_JSON, NOT_FOUND, Problem,
    UNAUTHENTICATED, UNSUPPORTED_MEDIA_TYPE, WRONG_SHAPE,
};

/// A JSON body has at most this many bytes.
pub const JSON_BYTES_MAX: usize = 1024 * 1024;
/// Of a body that is too long at most this many bytes are read after what is taken.
const DISCARDED_BYTES_MAX: usize = 32 * 1024 * 1024;
/// A call for tasks waits at most this many seconds.
pub const WAIT_SECONDS_MAX: u64 = 60;

const KEY_HEADER: &str = "idempotency-key";
/// How the text of an agency's key begins.
const AGENCY_KEY_PREFIX: &str = "ltk.";

impl FromRequestParts<App> for Actor {
    type Rejection = Problem;

    /// By `Authorization: Bearer` alone: what a browser sends by itself proves nothing here.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Some(header) = parts.headers.get(header::AUTHORIZATION) else {
            return Ok(Self::Anybody);
        };
        let unknown = || Problem::new(&UNAUTHENTICATED);
        let presented = header.to_str().ok().and_then(bearer).ok_or_else(unknown)?;
        if presented.starts_with(AGENCY_KEY_PREFIX) {
            let office = app.runtime().agency_of_key(presented).await?;
            return office.map(Self::Agency).ok_or_else(unknown);
        }
        if presented.starts_with(OPERATOR_PREFIX) {
            let name = app.tokens().verify_operator(presented, app.clock().now());
            return name.map(Self::Operator).map_err(|_| unknown());
        }
        let person = app.tokens().verify(presented, app.clock().now()).map_err(|_| unknown())?;
        Ok(Self::Citizen(person))
    }
}

/// Somebody who said who they are. Comes before the body, so that nothing is read for strangers.
pub(super) struct Known(pub(super) Actor);

impl FromRequestParts<App> for Known {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match Actor::from_request_parts(parts, app).await? {
            Actor::Anybody => Err(Problem::new(&UNAUTHENTICATED)),
            known => Ok(Self(known)),
        }
    }
}

/// There is room for a new application. Comes before the body, so that turning one away costs
/// little.
pub(super) struct Room;

impl FromRequestParts<App> for Room {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(app.runtime().has_room().map(|()| Self)?)
    }
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, presented) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| presented.trim())
}

/// A cookie by its name.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let pairs = all.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The digest under which a command's request is remembered, from its parts.
pub(crate) fn request_digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

/// A command: its id, the digest of the request as received, and its body.
pub(super) struct Commanded<T> {
    pub(super) id: Uuid,
    pub(super) digest: [u8; 32],
    pub(super) body: T,
}

impl<T: DeserializeOwned> FromRequest<App> for Commanded<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        let id = command_id(request.headers())?;
        require_json(request.headers())?;
        let path = request.uri().path().to_owned();
        let bytes = body_bytes(request, JSON_BYTES_MAX).await?;
        let digest = request_digest(&[path.as_bytes(), &bytes]);
        Ok(Self { id, digest, body: parse(&bytes)? })
    }
}

/// A body that is no command by itself.
pub(super) struct Received<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for Received<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        require_json(request.headers())?;
        let bytes = body_bytes(request, JSON_BYTES_MAX).await?;
        parse(&bytes).map(Self)
    }
}

/// A command that is all said by its address.
pub(super) struct Bare {
    pub(super) id: Uuid,
    pub(super) digest: [u8; 32],
}

impl FromRequest<App> for Bare {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        let id = command_id(request.headers())?;
        let path = request.uri().path().to_owned();
        let bytes = body_bytes(request, JSON_BYTES_MAX).await?;
        // An empty body and an empty object say the same.
        if !bytes.is_empty() {
            let Empty {} = parse(&bytes)?;
        }
        Ok(Self { id, digest: request_digest(&[path.as_bytes()]) })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Empty {}

fn command_id(headers: &HeaderMap) -> Result<Uuid, Problem> {
    let header = headers.get(KEY_HEADER).ok_or(Problem::new(&KEY_MISSING))?;
    let text = header.to_str().ok().map(|it| it.trim().trim_matches('"'));
    let id = text.and_then(|it| Uuid::parse_str(it).ok());
    id.filter(|it| it.get_version_num() == 7).ok_or(Problem::new(&KEY_UNUSABLE))
}

fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let essence = media_type(headers).unwrap_or_default();
    if essence == "application/json" { Ok(()) } else { Err(Problem::new(&UNSUPPORTED_MEDIA_TYPE)) }
}

/// The media type that a request declares, in lower case and without parameters.
pub(super) fn media_type(headers: &HeaderMap) -> Option<String> {
    let declared = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = declared.split(';').next()?;
    Some(essence.trim().to_ascii_lowercase())
}

/// A body of at most `limit` bytes. What comes after them is read and thrown away, within reason:
/// whoever still sends can't hear that it is too much.
pub(super) async fn body_bytes(request: Request, limit: usize) -> Result<Bytes, Problem> {
    let mut chunks = request.into_body().into_data_stream();
    let mut kept = Vec::new();
    let mut seen = 0_usize;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::new(&BAD_REQUEST))?;
        seen = seen.saturating_add(chunk.len());
        if seen > limit.saturating_add(DISCARDED_BYTES_MAX) {
            break;
        }
        if seen <= limit {
            kept.extend_from_slice(&chunk);
        } else {
            kept.clear();
        }
    }
    if seen <= limit { Ok(Bytes::from(kept)) } else { Err(Problem::too_large(limit)) }
}

/// A value from JSON; what is wrong with it is said at its place.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let error = match serde_path_to_error::deserialize(&mut json) {
        Ok(value) => {
            let ended = json.end().map_err(|error| located(&MALFORMED_JSON, &error));
            return ended.map(|()| value);
        }
        Err(error) => error,
    };
    // What is no JSON at all is told first, wherever in the body it is.
    if let Err(malformed) = serde_json::from_slice::<IgnoredAny>(bytes) {
        return Err(located(&MALFORMED_JSON, &malformed));
    }
    let mut problem = located(&WRONG_SHAPE, error.inner());
    problem.faults.push(shape::fault(error.path(), error.inner()));
    Err(problem)
}

fn located(code: &'static Code, error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    let detail = Text::new(
        format!("Tại dòng {line}, cột {column}."),
        format!("At line {line}, column {column}."),
    );
    Problem::detailed(code, detail)
}

/// Parameters of the path; a part of the wrong shape names nothing that exists.
pub(crate) struct Place<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Place<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let path = Path::<T>::from_request_parts(parts, app).await;
        path.map(|Path(it)| Self(it)).map_err(|_| Problem::new(&NOT_FOUND))
    }
}

/// Parameters of the query.
pub(crate) struct Asking<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Asking<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, app).await;
        query.map(|Query(it)| Self(it)).map_err(|rejection| match culprit(&rejection) {
            Some(name) => parameter(&name),
            None => Problem::new(&BAD_REQUEST),
        })
    }
}

/// The parameter that a query was rejected for.
fn culprit(rejection: &QueryRejection) -> Option<String> {
    let mut source = rejection.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<PathError>() {
            let name = error.path().to_string();
            return (name != ".").then_some(name);
        }
        source = error.source();
    }
    None
}

type PathError = serde_path_to_error::Error<serde::de::value::Error>;

/// A parameter of the query can't be used. Its name is one of ours: others are passed over.
pub(crate) fn parameter(name: &str) -> Problem {
    let detail = Text::new(
        format!("Tham số `{name}` có giá trị không dùng được."),
        format!("The parameter `{name}` has a value that can't be used."),
    );
    Problem::detailed(&BAD_REQUEST, detail)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("xsession=1; session=a.b"));
        headers.append(header::COOKIE, HeaderValue::from_static("lang=en"));
        assert_eq!(cookie(&headers, "session"), Some("a.b"));
        assert_eq!(cookie(&headers, "lang"), Some("en"));
        assert_eq!(cookie(&headers, "ession"), None);
    }

    #[test]
    fn a_digest_tells_where_parts_end() {
        assert_ne!(request_digest(&[b"ab", b"c"]), request_digest(&[b"a", b"bc"]));
    }

    #[test]
    fn what_is_malformed_is_located_and_not_quoted() {
        let problem = parse::<Empty>(b"{\n \"secret\": }").err().unwrap();
        assert_eq!(problem.code.code, "malformed-json");
        assert_eq!(problem.detail.as_ref().unwrap().en, "At line 2, column 12.");
        let problem = parse::<Empty>(b"{\"secret\": 1}").err().unwrap();
        assert_eq!(problem.code.code, "wrong-shape");
        assert!(!format!("{problem:?}").contains("secret"));
        assert_eq!(problem.faults[0].pointer, "");
    }
}
