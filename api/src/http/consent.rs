//! What somebody is asked to agree to: they see who asks for what, and nothing else of the dossier.

use axum::Json;
use axum::extract::State;
use lienthong_domain::dossier::Action;
use lienthong_domain::personal::Personal;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answers::{Done, Problems};
use super::citizen::order;
use super::extract::{Bare, Known, Place};
use crate::app::App;
use crate::policy::{Actor, Deed, may};
use crate::problem::{NOT_FOUND, Problem};
use crate::view::{ConsentView, Words, asked_consent};

/// What one is asked to agree to.
#[derive(Serialize, ToSchema)]
pub(crate) struct Question {
    /// The group of procedures.
    pub(crate) group: Words,
    /// The procedure that needs the consent.
    pub(crate) procedure: Words,
    /// Who applies.
    pub(crate) applicant: Option<String>,
    pub(crate) consent: ConsentView,
}

/// What one is asked to agree to. For anybody else there is no such thing.
#[utoipa::path(get, operation_id = "read_consent", path = "/api/v1/dossiers/{id}/tasks/{task}/consents/{number}", tag = "citizens",
    security(("citizen" = [])),
    params(("id" = Uuid, Path), ("task" = String, Path), ("number" = u32, Path)),
    responses((status = 200, description = "The question", body = Question), Problems))]
pub(super) async fn read(
    State(app): State<App>,
    Known(actor): Known,
    Place((id, task, number)): Place<(Uuid, String, u32)>,
) -> Result<Json<Question>, Problem> {
    question(&app, &actor, id, (&task, number)).await.map(Json)
}

/// Agrees.
#[utoipa::path(post, operation_id = "give_consent", path = "/api/v1/dossiers/{id}/tasks/{task}/consents/{number}/confirm", tag = "citizens",
    security(("citizen" = [])),
    params(("id" = Uuid, Path), ("task" = String, Path), ("number" = u32, Path), ("Idempotency-Key" = Uuid, Header)),
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn confirm(
    State(app): State<App>,
    Known(actor): Known,
    Place((id, task, number)): Place<(Uuid, String, u32)>,
    command: Bare,
) -> Result<Json<Done>, Problem> {
    question(&app, &actor, id, (&task, number)).await?;
    let action = Action::Confirm { task, consent: number };
    let done = order(&app, &actor, (command.id, command.digest), id, action).await?;
    Ok(Json(done.into()))
}

/// Does not agree.
#[utoipa::path(post, operation_id = "decline_consent", path = "/api/v1/dossiers/{id}/tasks/{task}/consents/{number}/decline", tag = "citizens",
    security(("citizen" = [])),
    params(("id" = Uuid, Path), ("task" = String, Path), ("number" = u32, Path), ("Idempotency-Key" = Uuid, Header)),
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn decline(
    State(app): State<App>,
    Known(actor): Known,
    Place((id, task, number)): Place<(Uuid, String, u32)>,
    command: Bare,
) -> Result<Json<Done>, Problem> {
    question(&app, &actor, id, (&task, number)).await?;
    let action = Action::Decline { task, consent: number };
    let done = order(&app, &actor, (command.id, command.digest), id, action).await?;
    Ok(Json(done.into()))
}

pub(crate) async fn question(
    app: &App,
    actor: &Actor,
    id: Uuid,
    (task, consent): (&str, u32),
) -> Result<Question, Problem> {
    may(actor, Deed::ListOwnDossiers)?;
    let opened = app.open(id).await?;
    may(actor, Deed::AnswerConsent { dossier: &opened.dossier, task, consent })?;
    let (state, definition) = opened.task(task)?;
    let form = opened.dossier.application.as_ref().map(Personal::reveal);
    let applicant = form.and_then(|it| it.pointer("/applicant/full_name")?.as_str());
    let consent = asked_consent(&opened, state, consent).ok_or(Problem::new(&NOT_FOUND))?;
    Ok(Question {
        group: (&opened.group.title).into(),
        procedure: (&definition.title).into(),
        applicant: applicant.map(str::to_owned),
        consent,
    })
}
