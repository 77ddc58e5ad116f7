//! The start page, and the files that pages refer to.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lienthong_domain::workflow::Group;
use serde::Serialize;

use super::{Content, Files, Reader};
use crate::app::App;
use crate::http::Place;
use crate::policy::{Deed, may};
use crate::problem::{NOT_FOUND, Problem};

#[derive(Serialize)]
struct Start {
    groups: Vec<Offered>,
}

#[derive(Serialize)]
struct Offered {
    title: String,
    code: String,
    law: String,
    tasks: Vec<String>,
}

pub(super) async fn page(State(app): State<App>, reader: Reader) -> Result<Response, Problem> {
    may(&reader.actor, Deed::ReadWhatIsPublic)?;
    let groups = app.groups_in_force();
    let start = Start { groups: groups.iter().map(|it| offered(it, &reader)).collect() };
    let title = super::words(reader.language)["start_title"];
    app.pages().render(StatusCode::OK, "start", &reader, &Content { title, page: &start })
}

fn offered(group: &Group, reader: &Reader) -> Offered {
    Offered {
        title: group.title.get(reader.language).to_owned(),
        code: group.code.clone(),
        law: group.law.join(", "),
        tasks: group.tasks.iter().map(|it| it.title.get(reader.language).to_owned()).collect(),
    }
}

/// The stylesheet and the icon; known again by the digest of their content.
pub(super) async fn file(
    reader: Reader,
    headers: HeaderMap,
    Place(name): Place<String>,
) -> Result<Response, Problem> {
    may(&reader.actor, Deed::ReadWhatIsPublic)?;
    let file = Files::get(&name).ok_or(Problem::new(&NOT_FOUND))?;
    let digest = lienthong_domain::digest::hex(&file.metadata.sha256_hash());
    let tag = HeaderValue::from_str(&format!("\"{digest}\"")).map_err(crate::app::unwritable)?;
    let caching = [
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    if headers.get(header::IF_NONE_MATCH) == Some(&tag) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let media_type = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    Ok((caching, [(header::CONTENT_TYPE, media_type)], file.data).into_response())
}
