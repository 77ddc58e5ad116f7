//! Many answers in one request, for agencies with volume. Each is a command of its own with an
//! outcome of its own; one that is wrong says nothing about the others.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answering::{Given, answer};
use super::answers::{Answer, Apology, Completion, Faulty, Problems, Question, Reasoned};
use super::extract::{Known, Received, parse, request_digest};
use crate::app::{App, unwritable};
use crate::language;
use crate::policy::{Actor, Deed, may};
use crate::problem::{KEY_UNUSABLE, Problem, TOO_MANY};

/// Answers in one request.
pub(super) const ANSWERS_MAX: usize = 100;

/// Up to 100 answers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Answers {
    /// Each an [`OneAnswer`].
    #[schema(value_type = Vec<OneAnswer>)]
    answers: Vec<Box<RawValue>>,
}

/// One answer to one task.
#[derive(Deserialize, ToSchema)]
pub(super) struct OneAnswer {
    /// The id of this command, a uuid of version 7: what `Idempotency-Key` is for an answer that
    /// comes alone.
    id: Uuid,
    dossier: Uuid,
    task: String,
    action: ActionName,
    /// What the action's own route takes as its body.
    #[schema(value_type = Object)]
    body: Box<RawValue>,
}

/// As the last part of the action's own route.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum ActionName {
    Acknowledge,
    RequestSupplement,
    Complete,
    Refuse,
    Stop,
    Extend,
    Apologise,
    Return,
    Uphold,
    Annul,
    Deliver,
}

/// The outcomes, in the order of the answers.
#[derive(Serialize, ToSchema)]
pub(super) struct Outcomes {
    outcomes: Vec<OneOutcome>,
}

/// What became of one answer.
#[derive(Serialize, ToSchema)]
pub(super) struct OneOutcome {
    /// The status that it would have had alone.
    status: u16,
    /// The body that it would have had alone: what was done, or a problem.
    #[schema(value_type = Object)]
    body: Value,
}

/// Answers many tasks.
#[utoipa::path(post, operation_id = "answer_tasks", path = "/api/v1/agency/answers", tag = "agencies",
    security(("agency" = [])),
    request_body = Answers,
    responses((status = 200, description = "What became of each", body = Outcomes), Problems))]
pub(super) async fn answer_all(
    State(app): State<App>,
    Known(actor): Known,
    headers: HeaderMap,
    Received(Answers { answers }): Received<Answers>,
) -> Result<Json<Outcomes>, Problem> {
    may(&actor, Deed::ListOwnTasks)?;
    if answers.len() > ANSWERS_MAX {
        return Err(Problem::new(&TOO_MANY));
    }
    let answered = join_all(answers.iter().map(|it| answer_one(&app, &actor, it))).await;
    let language = language::preferred(&headers);
    let outcome = |answered: Result<Value, Problem>| match answered {
        Ok(body) => OneOutcome { status: 200, body },
        Err(problem) => OneOutcome {
            status: problem.status().as_u16(),
            body: serde_json::to_value(problem.body(language)).unwrap_or_default(),
        },
    };
    Ok(Json(Outcomes { outcomes: answered.into_iter().map(outcome).collect() }))
}

async fn answer_one(app: &App, actor: &Actor, raw: &RawValue) -> Result<Value, Problem> {
    let one: OneAnswer = parse(raw.get().as_bytes())?;
    if one.id.get_version_num() != 7 {
        return Err(Problem::new(&KEY_UNUSABLE));
    }
    let digest = request_digest(&[b"answers", raw.get().as_bytes()]);
    let (given, dispatch) = one.given()?;
    let place = (one.dossier, one.task);
    let Json(done) = answer(app, actor, place, (one.id, digest), given, dispatch).await?;
    serde_json::to_value(done).map_err(unwritable)
}

impl OneAnswer {
    /// What it says, and which dispatch it answers.
    fn given(&self) -> Result<(Given, String), Problem> {
        let body = self.body.get().as_bytes();
        Ok(match self.action {
            ActionName::Acknowledge => (Given::Acknowledge, parse::<Answer>(body)?.dispatch),
            ActionName::Deliver => (Given::Deliver, parse::<Answer>(body)?.dispatch),
            ActionName::RequestSupplement => {
                let Question { dispatch, items, note } = parse(body)?;
                (Given::Ask { items, note }, dispatch)
            }
            ActionName::Complete => {
                let Completion { dispatch, results, documents } = parse(body)?;
                (Given::Complete { results, documents }, dispatch)
            }
            ActionName::Refuse => {
                let Reasoned { dispatch, reason } = parse(body)?;
                (Given::Refuse { reason }, dispatch)
            }
            ActionName::Uphold => (Given::Uphold, parse::<Answer>(body)?.dispatch),
            ActionName::Return => {
                let Faulty { dispatch, of, note } = parse(body)?;
                (Given::Return { of, note }, dispatch)
            }
            ActionName::Annul => {
                let Reasoned { dispatch, reason } = parse(body)?;
                (Given::Annul { reason }, dispatch)
            }
            ActionName::Apologise => {
                let Apology { dispatch, reason, until } = parse(body)?;
                (Given::Apologise { reason, until }, dispatch)
            }
            ActionName::Extend => {
                let Reasoned { dispatch, reason } = parse(body)?;
                (Given::Extend { reason }, dispatch)
            }
            ActionName::Stop => {
                let Reasoned { dispatch, reason } = parse(body)?;
                (Given::Stop { reason }, dispatch)
            }
        })
    }
}
