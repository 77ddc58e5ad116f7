//! A draft that the applicant checks: the files, and the answer.

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
use crate::http::{Place, order, own_dossier, request_digest};
use crate::problem::{NOT_FOUND, Problem};

#[derive(Serialize)]
struct Checked {
    code: String,
    procedure: String,
    office: Option<String>,
    /// Names and addresses of the files.
    files: Vec<(String, String)>,
    until: String,
    until_why: String,
    action: String,
    back: String,
    hidden: Hidden,
}

pub(super) async fn page(
    State(app): State<App>,
    reader: Reader,
    Place((id, task)): Place<(Uuid, String)>,
) -> Result<Response, Problem> {
    let (_, view) = own_dossier(&app, &reader.actor, id).await?;
    let task = view.tasks.iter().find(|it| it.name == task).ok_or(Problem::new(&NOT_FOUND))?;
    let draft = task.draft.as_ref().ok_or(Problem::new(&NOT_FOUND))?;
    let language = reader.language;
    let files = draft.documents.iter().map(|it| {
        let kind = it.media_type.rsplit('/').next().unwrap_or_default().to_uppercase();
        let name = format!("{} ({kind}, {} kB)", it.kind, it.bytes.div_ceil(1024));
        (name, format!("/dossiers/{id}/documents/{}", it.digest))
    });
    let page = Checked {
        code: view.code.clone(),
        procedure: task.title.get(language).to_owned(),
        office: task.office.as_ref().map(|it| it.name.get(language).to_owned()),
        files: files.collect(),
        until: draft.until.when.get(language).to_owned(),
        until_why: draft.until.reason.get(language).to_owned(),
        action: format!("/dossiers/{id}/tasks/{}/draft", task.name),
        back: format!("/dossiers/{id}"),
        hidden: Hidden::new(&app, &reader)?,
    };
    let title = super::words(language)["draft_title"];
    app.pages().render(StatusCode::OK, "draft", &reader, &Content { title, page: &page })
}

#[derive(Deserialize)]
pub(super) struct Sent {
    proof: String,
    command: String,
    answer: Answer,
    #[serde(default)]
    wrong: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Right,
    Wrong,
}

pub(super) async fn send(
    State(app): State<App>,
    reader: Reader,
    Place((id, task)): Place<(Uuid, String)>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let command = form::command(&app, &reader, &headers, &sent.proof, &sent.command)?;
    own_dossier(&app, &reader.actor, id).await?;
    let wrong = match sent.answer {
        Answer::Right => None,
        Answer::Wrong => Some(sent.wrong),
    };
    let said = wrong.clone().unwrap_or_default();
    let digest = request_digest(&[b"draft", id.as_bytes(), task.as_bytes(), said.as_bytes()]);
    let action = Action::AnswerDraft { task, wrong };
    order(&app, &reader.actor, (command, digest), id, action).await?;
    Ok(Redirect::to(&format!("/dossiers/{id}")).into_response())
}
