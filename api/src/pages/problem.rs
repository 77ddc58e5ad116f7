//! Problems as pages: what went wrong here, and what a code means.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;

use super::{Content, Reader};
use crate::app::App;
use crate::http::Place;
use crate::policy::{Deed, may};
use crate::problem::{Code, NOT_FOUND, Problem, UNAUTHENTICATED};

#[derive(Serialize)]
struct Told<'a> {
    title: &'a str,
    detail: &'a str,
    help: &'a str,
    code: &'a str,
    /// Somebody who is not signed in learns how.
    sign_in: bool,
}

/// The page for a problem. One that can't be made is told in a line.
pub(crate) fn page(app: &App, reader: &Reader, problem: &Problem) -> Response {
    let language = reader.language;
    let told = Told {
        title: problem.code.title(language),
        detail: problem.detail.as_ref().map_or("", |it| it.get(language)),
        help: problem.code.help(language),
        code: problem.code.code,
        sign_in: problem.code.code == UNAUTHENTICATED.code,
    };
    let content = Content { title: told.title, page: &told };
    let page = app.pages().render(problem.status(), "problem", reader, &content);
    page.unwrap_or_else(|_| (problem.status(), Html(told.title.to_owned())).into_response())
}

/// What a code means.
pub(super) async fn explained(
    State(app): State<App>,
    reader: Reader,
    Place(code): Place<String>,
) -> Result<Response, Problem> {
    may(&reader.actor, Deed::ReadWhatIsPublic)?;
    let code = Code::find(&code).ok_or(Problem::new(&NOT_FOUND))?;
    let language = reader.language;
    let told = Told {
        title: code.title(language),
        detail: "",
        help: code.help(language),
        code: code.code,
        sign_in: false,
    };
    let content = Content { title: told.title, page: &told };
    app.pages().render(StatusCode::OK, "problem", &reader, &content)
}
