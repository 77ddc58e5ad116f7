//! What somebody is asked to agree to: they see who asks for what, and nothing else of the dossier.

use axum::Json;
use axum::extract::State;
use lienthong_domain::dossier::{Action, consent_named, person_digest};
use lienthong_domain::personal::Personal;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answers::{Done, Problems};
use super::citizen::{order, person};
use super::extract::{Bare, Known, Place};
use crate::app::{App, Opened};
use crate::policy::{Actor, Deed, may};
use crate::problem::{NOT_FOUND, Problem};
use crate::view::{ConsentView, Words, asked_consent};

/// Open questions that are told at once.
const QUESTIONS_MAX: u32 = 100;

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

/// What one is asked to agree to now, the soonest to be answered first; at most a hundred.
#[derive(Serialize, ToSchema)]
pub(crate) struct Questions {
    pub(crate) questions: Vec<Pending>,
}

/// Something that one is asked.
#[derive(Serialize, ToSchema)]
pub(crate) struct Pending {
    pub(crate) dossier: Uuid,
    pub(crate) task: String,
    /// Where it is answered.
    pub(crate) page: String,
    #[serde(flatten)]
    pub(crate) question: Question,
}

/// What one is asked to agree to, in one's own account.
#[utoipa::path(get, operation_id = "list_consents", path = "/api/v1/consents", tag = "citizens",
    security(("citizen" = [])),
    responses((status = 200, description = "The questions that are open", body = Questions), Problems))]
pub(super) async fn list(
    State(app): State<App>,
    Known(actor): Known,
) -> Result<Json<Questions>, Problem> {
    Ok(Json(Questions { questions: questions(&app, &actor).await? }))
}

/// What somebody is asked, for the API and for the page.
pub(crate) async fn questions(app: &App, actor: &Actor) -> Result<Vec<Pending>, Problem> {
    may(actor, Deed::ListOwnDossiers)?;
    let me = person_digest(person(actor)?.personal_id.reveal()).to_string();
    let mut questions = Vec::new();
    for row in app.runtime().log().asked(&me, QUESTIONS_MAX).await? {
        let id = Uuid::parse_str(&row.dossier_id).map_err(crate::app::unwritable)?;
        let Some((task, number)) = consent_named(&row.timer) else { continue };
        let opened = app.open(id).await?;
        let dossier = &opened.dossier;
        if may(actor, Deed::AnswerConsent { dossier, task, consent: number }).is_ok() {
            questions.push(Pending {
                dossier: id,
                task: task.to_owned(),
                page: format!("/dossiers/{id}/tasks/{task}/consents/{number}"),
                question: told(&opened, task, number)?,
            });
        }
    }
    Ok(questions)
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
    told(&opened, task, consent)
}

fn told(opened: &Opened, task: &str, consent: u32) -> Result<Question, Problem> {
    let (state, definition) = opened.task(task)?;
    let form = opened.dossier.application.as_ref().map(Personal::reveal);
    let applicant = form.and_then(|it| it.pointer("/applicant/full_name")?.as_str());
    let consent = asked_consent(opened, state, consent).ok_or(Problem::new(&NOT_FOUND))?;
    Ok(Question {
        group: (&opened.group.title).into(),
        procedure: (&definition.title).into(),
        applicant: applicant.map(str::to_owned),
        consent,
    })
}
