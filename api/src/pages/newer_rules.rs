//! The move to newer rules: first what it changes, then the request.

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use lienthong_domain::dossier::Action;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::form::{self, Hidden};
use super::{Content, Reader};
use crate::app::App;
use crate::http::{Place, order, own_for_change, preview, request_digest};
use crate::problem::{NOT_FOUND, Problem};

#[derive(Serialize)]
struct Offered {
    code: String,
    law: String,
    changes: Vec<String>,
    action: String,
    back: String,
    hidden: Hidden,
}

pub(super) async fn page(
    State(app): State<App>,
    reader: Reader,
    Place(id): Place<Uuid>,
) -> Result<Response, Problem> {
    let opened = own_for_change(&app, &reader.actor, id, None).await?;
    let rules = preview(&app, &reader.actor, &opened).await?;
    if rules.version.is_none() {
        return Err(Problem::new(&NOT_FOUND));
    }
    let language = reader.language;
    let page = Offered {
        code: opened.dossier.code.clone(),
        law: rules.law.join(", "),
        changes: rules.changes.iter().map(|it| it.words.get(language).to_owned()).collect(),
        action: format!("/dossiers/{id}/newer-rules"),
        back: format!("/dossiers/{id}"),
        hidden: Hidden::new(&app, &reader)?,
    };
    let title = super::words(language)["rules_title"];
    app.pages().render(StatusCode::OK, "newer-rules", &reader, &Content { title, page: &page })
}

#[derive(Deserialize)]
pub(super) struct Sent {
    proof: String,
    command: String,
}

pub(super) async fn send(
    State(app): State<App>,
    reader: Reader,
    Place(id): Place<Uuid>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let command = form::command(&app, &reader, &headers, &sent.proof, &sent.command)?;
    own_for_change(&app, &reader.actor, id, None).await?;
    let digest = request_digest(&[b"newer-rules", id.as_bytes()]);
    order(&app, &reader.actor, (command, digest), id, Action::Adopt).await?;
    Ok(Redirect::to(&format!("/dossiers/{id}")).into_response())
}
