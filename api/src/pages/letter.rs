//! Receipts and slips, to be read and printed: by the applicant, and by the office whose they are.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use lienthong_domain::workflow::LetterKind;
use serde::Serialize;
use uuid::Uuid;

use super::{Content, Reader};
use crate::app::{App, Opened};
use crate::http::Place;
use crate::policy::{Actor, Deed, may};
use crate::problem::{NOT_FOUND, Problem};
use crate::view::letter;

#[derive(Serialize)]
struct Sheet {
    form: String,
    title: String,
    office: String,
    code: String,
    procedure: String,
    applicant: Option<String>,
    lines: Vec<(String, String)>,
    back: Option<String>,
}

pub(super) async fn page(
    State(app): State<App>,
    reader: Reader,
    Place((id, task, kind)): Place<(Uuid, String, String)>,
) -> Result<Response, Problem> {
    may(&reader.actor, Deed::ListOwnDossiers)?;
    let opened = app.open(id).await?;
    may(&reader.actor, Deed::ReadDossier(&opened.dossier))?;
    let back = Some(format!("/dossiers/{id}"));
    sheet(&app, &reader, &opened, (&task, &kind), back).await
}

/// The same for the office that has the task, with its key.
pub(crate) async fn of_agency(
    State(app): State<App>,
    actor: Actor,
    reader: Reader,
    Place((id, task, kind)): Place<(Uuid, String, String)>,
) -> Result<Response, Problem> {
    may(&actor, Deed::ListOwnTasks)?;
    let opened = app.open(id).await?;
    may(&actor, Deed::ReadTask(opened.task(&task)?.0))?;
    sheet(&app, &reader, &opened, (&task, &kind), None).await
}

async fn sheet(
    app: &App,
    reader: &Reader,
    opened: &Opened,
    (task, kind): (&str, &str),
    back: Option<String>,
) -> Result<Response, Problem> {
    let missing = || Problem::new(&NOT_FOUND);
    let kind = LetterKind::ALL.into_iter().find(|it| it.name() == kind).ok_or_else(missing)?;
    let events = app.runtime().events(opened.dossier.id).await?;
    let now = app.clock().now().fixed_offset();
    let found = letter(opened, &events, opened.task(task)?, kind, now).ok_or_else(missing)?;
    let one = |it: &crate::view::Words| it.get(reader.language).to_owned();
    let sheet = Sheet {
        title: one(&found.title),
        office: one(&found.office),
        procedure: one(&found.procedure),
        lines: found.lines.iter().map(|(head, text)| (one(head), one(text))).collect(),
        form: found.form,
        code: found.code,
        applicant: found.applicant,
        back,
    };
    let title = sheet.title.clone();
    app.pages().render(StatusCode::OK, "letter", reader, &Content { title: &title, page: &sheet })
}
