//! Withdrawing one task or all that are open: first what it means, then the deed.

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use lienthong_domain::dossier::{Action, Refusal};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::form::{self, Hidden};
use super::{Content, Reader};
use crate::app::{App, Opened};
use crate::http::{Asking, Place, order, own_for_change, request_digest};
use crate::problem::{NOTHING_OPEN, Problem, TASK_ENDED};

#[derive(Deserialize)]
pub(super) struct Which {
    /// All that are open, if none is named.
    task: Option<String>,
}

#[derive(Serialize)]
struct Confirm {
    code: String,
    back: String,
    action: String,
    /// Empty for all.
    task: String,
    heading: String,
    /// What would be withdrawn.
    titles: Vec<String>,
    hidden: Hidden,
}

pub(super) async fn page(
    State(app): State<App>,
    reader: Reader,
    Place(id): Place<Uuid>,
    Asking(which): Asking<Which>,
) -> Result<Response, Problem> {
    let opened = own_for_change(&app, &reader.actor, id, which.task.as_deref()).await?;
    let titles = withdrawn(&opened, which.task.as_deref(), &reader)?;
    let words = super::words(reader.language);
    let heading = words[if which.task.is_some() { "withdraw_title" } else { "withdraw_all_title" }];
    let confirm = Confirm {
        code: opened.dossier.code.clone(),
        back: format!("/dossiers/{id}"),
        action: format!("/dossiers/{id}/withdraw"),
        task: which.task.unwrap_or_default(),
        heading: heading.to_owned(),
        titles,
        hidden: Hidden::new(&app, &reader)?,
    };
    let content = Content { title: heading, page: &confirm };
    app.pages().render(StatusCode::OK, "withdraw", &reader, &content)
}

/// The titles of what would end: the task with all that need its result, or everything open.
fn withdrawn(opened: &Opened, task: Option<&str>, reader: &Reader) -> Result<Vec<String>, Problem> {
    let mut names: Vec<&str> = Vec::new();
    for state in opened.dossier.tasks.iter().filter(|it| !it.status.has_ended()) {
        let Some(definition) = opened.group.task(&state.name) else { continue };
        let needs_one = definition.needs.iter().any(|it| names.contains(&it.as_str()));
        if task.is_none_or(|it| it == state.name) || needs_one {
            names.push(&state.name);
        }
    }
    if names.is_empty() {
        let code = if task.is_some() { &TASK_ENDED } else { &NOTHING_OPEN };
        return Err(Problem::detailed(code, Refusal::NothingOpen.sentence()));
    }
    let titles = names.iter().filter_map(|it| opened.group.task(it));
    Ok(titles.map(|it| it.title.get(reader.language).to_owned()).collect())
}

#[derive(Deserialize)]
pub(super) struct Sent {
    proof: String,
    command: String,
    #[serde(default)]
    task: String,
}

pub(super) async fn send(
    State(app): State<App>,
    reader: Reader,
    Place(id): Place<Uuid>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let command = form::command(&app, &reader, &headers, &sent.proof, &sent.command)?;
    let task = Some(sent.task).filter(|it| !it.is_empty());
    own_for_change(&app, &reader.actor, id, task.as_deref()).await?;
    let name = task.clone().unwrap_or_default();
    let digest = request_digest(&[b"withdraw", id.as_bytes(), name.as_bytes()]);
    order(&app, &reader.actor, (command, digest), id, Action::Withdraw { task }).await?;
    Ok(Redirect::to(&format!("/dossiers/{id}")).into_response())
}
