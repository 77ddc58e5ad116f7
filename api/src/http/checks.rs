//! What is looked at before a result is issued: drafts, which the applicant checks, and data that
//! does not agree between agencies.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use lienthong_domain::dossier::{self, Action};
use lienthong_engine::runtime::Request;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::agency::office;
use super::answering::{Given, answer};
use super::answers::{Done, Problems};
use super::citizen::{order, own_for_change};
use super::extract::{Commanded, Known, Place};
use crate::app::{App, accepted};
use crate::policy::{Deed, may};
use crate::problem::{NOT_FOUND, Problem};

/// A draft for the applicant to check.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Draft {
    dispatch: String,
    /// Digests of uploaded files by name.
    documents: BTreeMap<String, String>,
}

/// What the applicant says of a draft.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Checked {
    /// What is wrong with it; left out, it is right.
    wrong: Option<String>,
}

/// Data that does not agree.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Mismatch {
    dispatch: String,
    /// The earlier task whose data it is about.
    of: Option<String>,
    /// What does not agree; its agency and the applicant read it.
    note: String,
}

/// What the head decides where a consulted agency is silent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SilenceDecided {
    /// The dossier goes on without the answer; false: the task ends without success.
    goes_on: bool,
    /// Why; the agency and the applicant read it.
    reason: String,
}

/// It has been mended.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Mended {}

/// Lets the applicant look at what will be issued; silence accepts. The clock stands meanwhile.
#[utoipa::path(post, operation_id = "send_draft", path = "/api/v1/agency/tasks/{dossier}/{task}/send-draft",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Draft,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn send_draft(
    State(app): State<App>,
    Known(actor): Known,
    Place(place): Place<(Uuid, String)>,
    command: Commanded<Draft>,
) -> Result<Json<Done>, Problem> {
    let Draft { dispatch, documents } = command.body;
    let given = Given::Draft { documents };
    answer(&app, &actor, place, (command.id, command.digest), given, dispatch).await
}

/// Says that a draft is right, or what is wrong with it.
#[utoipa::path(post, operation_id = "answer_draft", path = "/api/v1/dossiers/{id}/tasks/{task}/draft", tag = "citizens",
    security(("citizen" = [])),
    params(("id" = Uuid, Path), ("task" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Checked,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn answer_draft(
    State(app): State<App>,
    Known(actor): Known,
    Place((id, task)): Place<(Uuid, String)>,
    command: Commanded<Checked>,
) -> Result<Json<Done>, Problem> {
    own_for_change(&app, &actor, id, Some(&task)).await?;
    let action = Action::AnswerDraft { task, wrong: command.body.wrong };
    let done = order(&app, &actor, (command.id, command.digest), id, action).await?;
    Ok(Json(done.into()))
}

/// Says that data does not agree; its owners have to mend it within a limit.
#[utoipa::path(post, operation_id = "report_mismatch", path = "/api/v1/agency/tasks/{dossier}/{task}/report-mismatch",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Mismatch,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn report_mismatch(
    State(app): State<App>,
    Known(actor): Known,
    Place(place): Place<(Uuid, String)>,
    command: Commanded<Mismatch>,
) -> Result<Json<Done>, Problem> {
    let Mismatch { dispatch, of, note } = command.body;
    let given = Given::Mismatch { of, note };
    answer(&app, &actor, place, (command.id, command.digest), given, dispatch).await
}

/// Says that the data agrees again: the office that found it, or the one whose data it is.
#[utoipa::path(post, operation_id = "resolve_mismatch", path = "/api/v1/agency/mismatches/{dossier}/{task}/{number}/resolve",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("number" = u32, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Mended,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn resolve_mismatch(
    State(app): State<App>,
    Known(actor): Known,
    Place((id, task, mismatch)): Place<(Uuid, String, u32)>,
    command: Commanded<Mended>,
) -> Result<Json<Done>, Problem> {
    may(&actor, Deed::ListOwnTasks)?;
    let opened = app.open(id).await?;
    let (state, _) = opened.task(&task)?;
    let of = state.mismatch(mismatch).ok_or(Problem::new(&NOT_FOUND))?.of.clone();
    let other = of.as_deref().and_then(|it| opened.dossier.task(it));
    may(&actor, Deed::MendMismatch { task: state, other })?;
    let by = dossier::Actor::Agency(office(&actor)?.to_owned());
    let action = Action::ResolveMismatch { task, mismatch };
    let (command_id, digest) = (command.id, command.digest);
    let request = Request { command_id, digest, dossier: id, actor: by, action };
    let done = app.runtime().execute(request).await.map_err(Problem::from).and_then(accepted)?;
    Ok(Json(done.into()))
}

/// Decides where a consulted agency has said nothing in time; for the office that received the
/// application.
#[utoipa::path(post, operation_id = "decide_silence", path = "/api/v1/agency/silences/{dossier}/{task}/decide",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = SilenceDecided,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn decide_silence(
    State(app): State<App>,
    Known(actor): Known,
    Place((id, task)): Place<(Uuid, String)>,
    command: Commanded<SilenceDecided>,
) -> Result<Json<Done>, Problem> {
    may(&actor, Deed::ListOwnTasks)?;
    let opened = app.open(id).await?;
    let head = opened.task(&opened.group.receiving_task().name)?.0;
    may(&actor, Deed::DecideSilence { head })?;
    opened.task(&task)?;
    let by = dossier::Actor::Agency(office(&actor)?.to_owned());
    let SilenceDecided { goes_on, reason } = command.body;
    let action = Action::DecideSilence { task, goes_on, reason };
    let (command_id, digest) = (command.id, command.digest);
    let request = Request { command_id, digest, dossier: id, actor: by, action };
    let done = app.runtime().execute(request).await.map_err(Problem::from).and_then(accepted)?;
    Ok(Json(done.into()))
}
