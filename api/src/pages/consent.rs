//! What somebody is asked to agree to: first what it is, then the answer.

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
use crate::http::{Place, order, question, request_digest};
use crate::problem::Problem;

#[derive(Serialize)]
struct Asked {
    group: String,
    procedure: String,
    applicant: Option<String>,
    name: String,
    until: String,
    until_why: String,
    open: bool,
    outcome: String,
    action: String,
    hidden: Hidden,
}

pub(super) async fn page(
    State(app): State<App>,
    reader: Reader,
    Place((id, task, number)): Place<(Uuid, String, u32)>,
) -> Result<Response, Problem> {
    let asked = question(&app, &reader.actor, id, (&task, number)).await?;
    let language = reader.language;
    let page = Asked {
        group: asked.group.get(language).to_owned(),
        procedure: asked.procedure.get(language).to_owned(),
        applicant: asked.applicant,
        name: asked.consent.name,
        until: asked.consent.until.when.get(language).to_owned(),
        until_why: asked.consent.until.reason.get(language).to_owned(),
        open: asked.consent.outcome == "open",
        outcome: asked.consent.words.get(language).to_owned(),
        action: format!("/dossiers/{id}/tasks/{task}/consents/{number}"),
        hidden: Hidden::new(&app, &reader)?,
    };
    let title = super::words(language)["consent_title"];
    app.pages().render(StatusCode::OK, "consent", &reader, &Content { title, page: &page })
}

#[derive(Deserialize)]
pub(super) struct Sent {
    proof: String,
    command: String,
    answer: Answer,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Agree,
    Disagree,
}

pub(super) async fn send(
    State(app): State<App>,
    reader: Reader,
    Place((id, task, number)): Place<(Uuid, String, u32)>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let command = form::command(&app, &reader, &headers, &sent.proof, &sent.command)?;
    question(&app, &reader.actor, id, (&task, number)).await?;
    let place = format!("/dossiers/{id}/tasks/{task}/consents/{number}");
    let (answer, action) = match sent.answer {
        Answer::Agree => ("agree", Action::Confirm { task, consent: number }),
        Answer::Disagree => ("disagree", Action::Decline { task, consent: number }),
    };
    let digest = request_digest(&[b"consent", place.as_bytes(), answer.as_bytes()]);
    order(&app, &reader.actor, (command, digest), id, action).await?;
    Ok(Redirect::to(&place).into_response())
}
