//! What applicants change by themselves: corrections before anybody has decided, and the move to
//! newer rules, of which they first see what they change.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use lienthong_domain::dossier::{self, Action, Command, Error, TaskStatus};
use lienthong_domain::workflow::{Group, Task};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answers::{Done, Problems};
use super::citizen::{at_supplied, order, own_for_change, person};
use super::extract::{Bare, Commanded, Known, Place};
use crate::app::{App, Opened};
use crate::policy::Actor;
use crate::problem::Problem;
use crate::view::Words;

/// What the applicant corrects.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Corrections {
    /// Values by dotted path, at most 20.
    #[schema(value_type = Object)]
    fields: BTreeMap<String, Value>,
}

/// What the move to newer rules would change.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewerRules {
    /// The version that the dossier would move to; none where there is none.
    pub(crate) version: Option<u32>,
    /// The acts that it rests on.
    pub(crate) law: Vec<String>,
    pub(crate) changes: Vec<Change>,
}

/// One thing that would change.
#[derive(Serialize, ToSchema)]
pub(crate) struct Change {
    pub(crate) task: String,
    pub(crate) words: Words,
}

/// Corrects what the application says, where nobody has decided on it.
#[utoipa::path(post, operation_id = "amend_application", path = "/api/v1/dossiers/{id}/amend", tag = "citizens",
    security(("citizen" = [])),
    params(("id" = Uuid, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Corrections,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn amend(
    State(app): State<App>,
    Known(actor): Known,
    Place(id): Place<Uuid>,
    command: Commanded<Corrections>,
) -> Result<Json<Done>, Problem> {
    own_for_change(&app, &actor, id, None).await?;
    let Corrections { fields } = command.body;
    let paths: Vec<String> = fields.keys().cloned().collect();
    let action = Action::Amend { fields };
    let done = order(&app, &actor, (command.id, command.digest), id, action).await;
    done.map_err(|problem| at_supplied(&paths, problem)).map(|it| Json(it.into()))
}

/// What would change for a dossier if it went on by the rules in force now.
#[utoipa::path(get, operation_id = "read_newer_rules", path = "/api/v1/dossiers/{id}/newer-rules", tag = "citizens",
    security(("citizen" = [])),
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "What would change", body = NewerRules), Problems))]
pub(super) async fn newer_rules(
    State(app): State<App>,
    Known(actor): Known,
    Place(id): Place<Uuid>,
) -> Result<Json<NewerRules>, Problem> {
    let opened = own_for_change(&app, &actor, id, None).await?;
    preview(&app, &actor, &opened).await.map(Json)
}

/// Moves the dossier to the rules in force now. It can't be undone.
#[utoipa::path(post, operation_id = "adopt_newer_rules", path = "/api/v1/dossiers/{id}/newer-rules", tag = "citizens",
    security(("citizen" = [])),
    params(("id" = Uuid, Path), ("Idempotency-Key" = Uuid, Header)),
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn adopt(
    State(app): State<App>,
    Known(actor): Known,
    Place(id): Place<Uuid>,
    command: Bare,
) -> Result<Json<Done>, Problem> {
    own_for_change(&app, &actor, id, None).await?;
    let done = order(&app, &actor, (command.id, command.digest), id, Action::Adopt).await?;
    Ok(Json(done.into()))
}

/// Decides it without doing it, and compares.
pub(crate) async fn preview(
    app: &App,
    actor: &Actor,
    opened: &Opened,
) -> Result<NewerRules, Problem> {
    let catalogue = app.runtime().catalogue(&opened.dossier).await?;
    let actor = dossier::Actor::Citizen(person(actor)?.citizen());
    let at = app.clock().now().fixed_offset();
    let command = Command { at, actor, action: Action::Adopt };
    let after = match dossier::decide_onto(&opened.dossier, &command, &catalogue) {
        Ok((_, after)) => after,
        Err(Error::Refused(_)) => {
            return Ok(NewerRules { version: None, law: Vec::new(), changes: Vec::new() });
        }
        Err(Error::Invalid(faults)) => return Err(Problem::invalid(faults)),
        Err(error @ Error::Undecidable(_)) => {
            return Err(crate::app::unwritable(error));
        }
    };
    let Some(newer) = catalogue.group(&after.group.digest) else {
        return Ok(NewerRules { version: None, law: Vec::new(), changes: Vec::new() });
    };
    let changes = newer.tasks.iter().filter_map(|it| change(opened, &opened.group, it));
    Ok(NewerRules {
        version: Some(newer.version),
        law: newer.law.clone(),
        changes: changes.collect(),
    })
}

/// What is new of a task that has not begun.
fn change(opened: &Opened, older: &Group, task: &Task) -> Option<Change> {
    let words = match older.task(&task.name) {
        None => Words::new(
            format!("Thêm thủ tục: {}", task.title.vi),
            format!("A further procedure: {}", task.title.en),
        ),
        Some(before) => {
            let state = opened.dossier.task(&task.name)?;
            let measures = |task: &Task| task.limits.iter().map(|it| it.is).collect::<Vec<_>>();
            if state.status != TaskStatus::Waiting || measures(before) == measures(task) {
                return None;
            }
            let limits = |task: &Task, language| {
                let texts = task.limits.iter().filter_map(|it| Some(it.is?.text(language)));
                texts.collect::<Vec<_>>().join(" / ")
            };
            Words::told(|language| {
                let (old, new) = (limits(before, language), limits(task, language));
                format!("{}: {old} → {new}", task.title.get(language))
            })
        }
    };
    Some(Change { task: task.name.clone(), words })
}
