//! What every form brings along: a proof that a page of this session made it, and the id of the
//! command that it becomes, so that sending it twice is sending it once.

use axum::http::{HeaderMap, HeaderValue};
use serde::Serialize;
use uuid::Uuid;

use super::Reader;
use crate::app::App;
use crate::problem::{FORM_EXPIRED, Problem};

/// The hidden fields of a form.
#[derive(Serialize)]
pub(super) struct Hidden {
    proof: String,
    command: Uuid,
}

impl Hidden {
    pub(super) fn new(app: &App, reader: &Reader) -> Result<Self, Problem> {
        let proof = app.tokens().form_proof(&reader.session()?.token);
        Ok(Self { proof, command: Uuid::new_v7(timestamp(app)) })
    }
}

/// The id is made by the clock by which commands are judged.
fn timestamp(app: &App) -> uuid::Timestamp {
    let now = app.clock().now();
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    uuid::Timestamp::from_unix(uuid::NoContext, seconds, now.timestamp_subsec_nanos())
}

/// The command's id, if the form is from a page of this session and was sent from this site.
pub(super) fn command(
    app: &App,
    reader: &Reader,
    headers: &HeaderMap,
    proof: &str,
    command: &str,
) -> Result<Uuid, Problem> {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let from_here = site.is_none_or(|it| it == b"same-origin");
    if !from_here || !app.tokens().proves_form(&reader.session()?.token, proof) {
        return Err(Problem::new(&FORM_EXPIRED));
    }
    Uuid::parse_str(command).map_err(|_| Problem::new(&FORM_EXPIRED))
}
