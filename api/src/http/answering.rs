//! An agency's answer to one of its tasks, however it came: alone or among others.

use std::collections::BTreeMap;

use axum::Json;
use chrono::NaiveDate;
use lienthong_domain::dossier::{self, Action, Attachment};
use lienthong_domain::workflow::{ReturnKind, Task};
use lienthong_engine::runtime::Request;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::agency::office;
use super::answers::{AskedItem, Done};
use crate::app::{App, NamedFile, Opened, accepted};
use crate::policy::{Actor, Deed, may};
use crate::problem::Problem;

/// What the agency says.
pub(super) enum Given {
    Acknowledge,
    Ask { items: Vec<AskedItem>, note: String },
    Draft { documents: BTreeMap<String, String> },
    Mismatch { of: Option<String>, note: String },
    AskPayment { amount: Option<u64>, note: String },
    Complete { results: Map<String, Value>, documents: BTreeMap<String, String> },
    Refuse { reason: String },
    Stop { reason: String },
    Extend { reason: String },
    Return { of: String, note: String },
    Uphold,
    Apologise { reason: String, until: NaiveDate },
    Annul { reason: String },
    Deliver,
}

/// Carries an answer out, under the id and the digest of its command.
pub(super) async fn answer(
    app: &App,
    actor: &Actor,
    (id, task): (Uuid, String),
    (command_id, digest): (Uuid, [u8; 32]),
    given: Given,
    dispatch: String,
) -> Result<Json<Done>, Problem> {
    may(actor, Deed::ListOwnTasks)?;
    let opened = app.open(id).await?;
    may(actor, Deed::AnswerTask(opened.task(&task)?.0))?;
    let is_completion = matches!(given, Given::Complete { .. });
    let action = action(app, actor, task.clone(), dispatch, given).await?;
    let actor = dossier::Actor::Agency(office(actor)?.to_owned());
    let request = Request { command_id, digest, dossier: id, actor, action };
    let done = app.runtime().execute(request).await.map_err(Problem::from).and_then(accepted);
    match done {
        Ok(done) => Ok(Json(done.into())),
        Err(problem) if is_completion => Err(at_documents(&opened, &task, problem)),
        Err(problem) => Err(problem),
    }
}

async fn action(
    app: &App,
    actor: &Actor,
    task: String,
    dispatch: String,
    given: Given,
) -> Result<Action, Problem> {
    Ok(match given {
        Given::Acknowledge => Action::Acknowledge { task, dispatch },
        Given::Ask { items, note } => {
            let items = items.into_iter().map(Into::into).collect();
            Action::RequestSupplement { task, dispatch, items, note }
        }
        Given::Draft { documents } => {
            let documents = stored(app, actor, documents).await?;
            Action::SendDraft { task, dispatch, documents }
        }
        Given::Mismatch { of, note } => Action::ReportMismatch { task, dispatch, of, note },
        Given::AskPayment { amount, note } => {
            Action::RequestPayment { task, dispatch, amount, note }
        }
        Given::Complete { results, documents } => {
            let documents = stored(app, actor, documents).await?;
            Action::Complete { task, dispatch, results: Value::Object(results), documents }
        }
        Given::Refuse { reason } => Action::Refuse { task, dispatch, reason },
        Given::Stop { reason } => Action::Stop { task, dispatch, reason },
        Given::Return { of, note } => Action::Return { task, dispatch, of, note },
        Given::Apologise { reason, until } => Action::Apologise { task, dispatch, reason, until },
        Given::Uphold => Action::Uphold { task, dispatch },
        Given::Annul { reason } => Action::Annul { task, dispatch, reason },
        Given::Extend { reason } => Action::Extend { task, dispatch, reason },
        Given::Deliver => Action::Deliver { task, dispatch },
    })
}

/// Uploaded files by the names that an answer gives them.
async fn stored(
    app: &App,
    actor: &Actor,
    documents: BTreeMap<String, String>,
) -> Result<Vec<Attachment>, Problem> {
    let named = documents.into_iter().map(|(kind, digest)| NamedFile {
        pointer: format!("/documents/{}", escaped(&kind)),
        kind,
        digest,
    });
    let (documents, unknown) = app.attachments(actor, named.collect()).await?;
    if unknown.is_empty() { Ok(documents) } else { Err(Problem::invalid(unknown)) }
}

/// Results that are documents have a member of their own in the body.
fn at_documents(opened: &Opened, task: &str, mut problem: Problem) -> Problem {
    let Some(definition) = opened.group.task(task) else { return problem };
    for fault in &mut problem.faults {
        let name = fault.pointer.strip_prefix("/results/").unwrap_or_default();
        if is_document(definition, name) {
            fault.pointer = format!("/documents/{name}");
        }
    }
    problem
}

fn is_document(task: &Task, name: &str) -> bool {
    task.returns.get(name).map(|it| it.kind) == Some(ReturnKind::Document)
}

/// A name as a part of a JSON pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
