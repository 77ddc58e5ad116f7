//! One's own dossiers, and what one is asked to agree to.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use lienthong_domain::calendar::format_moment;
use serde::Serialize;

use super::{Content, Reader};
use crate::app::App;
use crate::http::{Asking, DossierList, ListQuery, own_dossiers, questions};
use crate::problem::Problem;

#[derive(Serialize)]
struct List {
    asked: Vec<Asked>,
    dossiers: Vec<Line>,
    next: Option<String>,
}

/// What somebody else's dossier needs of the reader.
#[derive(Serialize)]
struct Asked {
    url: String,
    procedure: String,
    applicant: Option<String>,
    until: String,
}

#[derive(Serialize)]
struct Line {
    url: String,
    code: String,
    title: String,
    status: String,
    submitted: String,
}

pub(super) async fn page(
    State(app): State<App>,
    reader: Reader,
    Asking(query): Asking<ListQuery>,
) -> Result<Response, Problem> {
    let DossierList { dossiers, next } = own_dossiers(&app, &reader.actor, query).await?;
    let language = reader.language;
    let asked = questions(&app, &reader.actor).await?.into_iter().map(|it| Asked {
        url: it.page,
        procedure: it.question.procedure.get(language).to_owned(),
        applicant: it.question.applicant,
        until: it.question.consent.until.when.get(language).to_owned(),
    });
    let asked = asked.collect();
    let lines = dossiers.into_iter().map(|it| Line {
        url: format!("/dossiers/{}", it.id),
        title: super::words::about(language, it.title.get(language), it.subject.as_deref()),
        status: it.status.words.get(language).to_owned(),
        submitted: it.submitted_at.map(|at| format_moment(at, language)).unwrap_or_default(),
        code: it.code,
    });
    let next = next.map(|cursor| format!("/dossiers?cursor={cursor}"));
    let list = List { asked, dossiers: lines.collect(), next };
    let title = super::words(language)["my_dossiers"];
    app.pages().render(StatusCode::OK, "dossiers", &reader, &Content { title, page: &list })
}
