//! Compares what an office has in hand with what it should have in hand, by id: what got lost on its
//! way shows, whichever way it was sent.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use lienthong_domain::dossier::TaskStatus;
use lienthong_engine::log::{READ_ROWS_MAX, TaskRow, Worklist};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::agency::office;
use super::answers::Problems;
use super::extract::{Known, Received, parameter};
use crate::app::App;
use crate::policy::{Deed, may};
use crate::problem::Problem;

/// Ids in one request, and tasks that are compared.
const COMPARED_MAX: usize = 10_000;

/// What an office has in hand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InHand {
    /// The `dispatch` of every task that it works on, at most 10,000.
    have: BTreeSet<String>,
}

/// How that differs from what is open here.
#[derive(Serialize, ToSchema)]
pub(super) struct Difference {
    /// How many tasks are open for the office; of more than 10,000 those due soonest are compared.
    open: usize,
    /// Open here, and not among what the office has.
    missing: Vec<MissingTask>,
    /// Among what the office has, and not open here: it has ended, or was never sent.
    unknown: BTreeSet<String>,
}

/// A task that an office should have.
#[derive(Serialize, ToSchema)]
pub(super) struct MissingTask {
    dossier: String,
    task: String,
    dispatch: String,
}

/// Compares what one has in hand with what is open here.
#[utoipa::path(post, operation_id = "reconcile", path = "/api/v1/agency/reconciliation",
    tag = "agencies", security(("agency" = [])),
    request_body = InHand,
    responses((status = 200, description = "The difference", body = Difference), Problems))]
pub(super) async fn reconcile(
    State(app): State<App>,
    Known(actor): Known,
    Received(InHand { have }): Received<InHand>,
) -> Result<Json<Difference>, Problem> {
    may(&actor, Deed::ListOwnTasks)?;
    if have.len() > COMPARED_MAX {
        return Err(parameter("have"));
    }
    let office = office(&actor)?;
    let open = open(&app, office).await?;
    let dispatches: BTreeSet<&str> = open.iter().filter_map(|it| it.dispatch.as_deref()).collect();
    let missing = open.iter().filter_map(|it| {
        let dispatch = it.dispatch.clone().filter(|it| !have.contains(it))?;
        Some(MissingTask { dossier: it.dossier_id.clone(), task: it.task.clone(), dispatch })
    });
    let not_found = have.iter().filter(|it| !dispatches.contains(it.as_str()));
    let unknown = unknown(&app, office, not_found.cloned().collect()).await?;
    Ok(Json(Difference { open: open.len(), missing: missing.collect(), unknown }))
}

/// Those of some dispatches that are not open for an office. Each begins with its dossier's id.
async fn unknown(
    app: &App,
    office: &str,
    mut dispatches: BTreeSet<String>,
) -> Result<BTreeSet<String>, Problem> {
    let dossier = |it: &String| Uuid::parse_str(it.split('/').next()?).ok();
    let dossiers: BTreeSet<Uuid> = dispatches.iter().filter_map(dossier).collect();
    let dossiers = dossiers.into_iter().map(|it| it.to_string()).collect();
    for task in app.runtime().log().tasks_of_all(dossiers).await? {
        let is_open =
            TaskStatus::ALL.into_iter().any(|it| it.is_open() && it.name() == task.status);
        if let Some(dispatch) = task.dispatch.filter(|_| is_open && task.office == office) {
            dispatches.remove(&dispatch);
        }
    }
    Ok(dispatches)
}

/// The open tasks of an office, those due soonest first.
async fn open(app: &App, office: &str) -> Result<Vec<TaskRow>, Problem> {
    let statuses = TaskStatus::ALL.into_iter().filter(|it| it.is_open());
    let statuses: Vec<String> = statuses.map(|it| it.name().to_owned()).collect();
    let mut open: Vec<TaskRow> = Vec::new();
    while open.len() < COMPARED_MAX {
        let page = Worklist {
            office: office.to_owned(),
            statuses: statuses.clone(),
            after: open.last().map(TaskRow::place),
            limit: READ_ROWS_MAX,
        };
        let page = app.runtime().log().worklist(page).await?;
        let is_last = page.len() < READ_ROWS_MAX as usize;
        open.extend(page);
        if is_last {
            break;
        }
    }
    Ok(open)
}
