//! What operators do to dossiers: have everything counted anew, look for what was forgotten, compare
//! with the portal. Each dossier takes it as a command of its own, recorded with who did it.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use futures::{StreamExt as _, stream};
use lienthong_domain::dossier::{self, Action, TaskStatus};
use lienthong_engine::log::{TaskRow, Worklist};
use lienthong_engine::runtime::Request;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::answers::Problems;
use super::extract::{Commanded, Known, request_digest};
use crate::app::{App, accepted};
use crate::policy::{Actor, Deed, may};
use crate::problem::{Problem, TOO_MANY, UNAUTHENTICATED};

/// Offices in one request.
const OFFICES_MAX: usize = 1_000;
/// Forgotten dossiers in one answer.
const UNHELD_MAX: u32 = 100;
/// Rows of an office's list that are read at a time.
const ROWS: u32 = 500;
/// Dossiers that are told at the same time.
const AT_ONCE: usize = 32;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Amended {
    /// Why the calendar was amended; applicants read it.
    reason: String,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
pub(super) struct Concerned {
    /// Dossiers that were told.
    pub(super) dossiers: usize,
}

/// Says that a calendar was amended, which is published already: every dossier that is under way
/// goes on with it, and what is still to come is counted anew.
#[utoipa::path(post, operation_id = "recount", path = "/api/v1/operators/recount", tag = "operators",
    security(("operator" = [])),
    params(("Idempotency-Key" = Uuid, Header)),
    request_body = Amended,
    responses((status = 200, description = "All were told", body = Concerned), Problems))]
pub(super) async fn recount(
    State(app): State<App>,
    Known(actor): Known,
    command: Commanded<Amended>,
) -> Result<Json<Concerned>, Problem> {
    may(&actor, Deed::Operate)?;
    let directories = app.runtime().published();
    let offices = directories.current_directories().flat_map(|it| it.offices());
    let mut offices: Vec<String> = offices.map(|it| it.id.clone()).collect();
    // What waits for its applicant has no office yet.
    offices.push(String::new());
    let action = Action::Recount { reason: command.body.reason };
    tell(&app, &actor, &offices, &action, (command.id, command.digest)).await
}

/// Open dossiers of which nobody has anything to do, or that no timer would bring up again. There
/// should be none.
#[derive(Serialize, ToSchema)]
pub(super) struct Unheld {
    dossiers: Vec<String>,
    /// Whether there are more.
    more: bool,
}

/// Lists what was forgotten: open dossiers without a holder or without a timer.
#[utoipa::path(get, operation_id = "list_unheld", path = "/api/v1/operators/unheld", tag = "operators",
    security(("operator" = [])),
    responses((status = 200, description = "Those that were found", body = Unheld), Problems))]
pub(super) async fn unheld(
    State(app): State<App>,
    Known(actor): Known,
) -> Result<Json<Unheld>, Problem> {
    may(&actor, Deed::Operate)?;
    let mut dossiers = app.runtime().log().unheld(UNHELD_MAX + 1).await?;
    let more = dossiers.len() > UNHELD_MAX as usize;
    dossiers.truncate(UNHELD_MAX as usize);
    Ok(Json(Unheld { dossiers, more }))
}

/// What the portal says it has.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Theirs {
    /// At most 1,000.
    dossiers: Vec<TheirDossier>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TheirDossier {
    code: String,
    /// 1 to 10.
    status: u8,
}

/// Where the portal has it otherwise.
#[derive(Serialize, ToSchema)]
pub(super) struct Compared {
    /// Codes that nobody here knows.
    unknown: Vec<String>,
    /// Codes with another status; each was announced once more.
    different: Vec<String>,
}

/// Compares what the portal has with what is so, by code. What differs is announced once more.
#[utoipa::path(post, operation_id = "compare_portal", path = "/api/v1/operators/portal/compare", tag = "operators",
    security(("operator" = [])),
    params(("Idempotency-Key" = Uuid, Header)),
    request_body = Theirs,
    responses((status = 200, description = "What differs", body = Compared), Problems))]
pub(super) async fn compare_portal(
    State(app): State<App>,
    Known(actor): Known,
    command: Commanded<Theirs>,
) -> Result<Json<Compared>, Problem> {
    may(&actor, Deed::Operate)?;
    let theirs = command.body.dossiers;
    if theirs.len() > OFFICES_MAX {
        return Err(Problem::new(&TOO_MANY));
    }
    let (mut unknown, mut different, mut dossiers) = (Vec::new(), Vec::new(), BTreeSet::new());
    for TheirDossier { code, status } in theirs {
        match app.runtime().log().dossier_by_code(&code).await? {
            None => unknown.push(code),
            Some(row) if row.status != status => {
                dossiers.extend(Uuid::parse_str(&row.dossier_id));
                different.push(code);
            }
            Some(_) => {}
        }
    }
    let id = (command.id, command.digest);
    tell_each(&app, &actor, &dossiers, &Action::Announce, id).await?;
    Ok(Json(Compared { unknown, different }))
}

/// Every dossier with something at these offices takes the command.
async fn tell(
    app: &App,
    actor: &Actor,
    offices: &[String],
    action: &Action,
    (id, digest): (Uuid, [u8; 32]),
) -> Result<Json<Concerned>, Problem> {
    if offices.len() > OFFICES_MAX {
        return Err(Problem::new(&TOO_MANY));
    }
    let mut dossiers = BTreeSet::new();
    for office in offices {
        at(app, office, &mut dossiers).await?;
    }
    tell_each(app, actor, &dossiers, action, (id, digest)).await?;
    Ok(Json(Concerned { dossiers: dossiers.len() }))
}

/// The name of the operator who asks.
pub(super) fn operator(actor: &Actor) -> Result<&str, Problem> {
    match actor {
        Actor::Operator(name) => Ok(name),
        _ => Err(Problem::new(&UNAUTHENTICATED)),
    }
}

/// Each of these dossiers takes the command.
async fn tell_each(
    app: &App,
    actor: &Actor,
    dossiers: &BTreeSet<Uuid>,
    action: &Action,
    (id, digest): (Uuid, [u8; 32]),
) -> Result<(), Problem> {
    let name = operator(actor)?;
    let one = |dossier: &Uuid| {
        let request = Request {
            command_id: derived(id, *dossier),
            digest,
            dossier: *dossier,
            actor: dossier::Actor::Operator(name.to_owned()),
            action: action.clone(),
        };
        async move {
            let done = app.runtime().execute(request).await.map_err(Problem::from);
            match done.and_then(accepted) {
                // It goes on with this edition already.
                Err(problem) if problem.code.code == "same-calendar" => Ok(()),
                done => done.map(drop),
            }
        }
    };
    // Whatever becomes of one, the others are told too.
    let told: Vec<Result<(), Problem>> =
        stream::iter(dossiers).map(one).buffer_unordered(AT_ONCE).collect().await;
    told.into_iter().collect()
}

/// The id of the command for one dossier, always the same for the same request, so that a request
/// that is sent again does nothing twice.
fn derived(request: Uuid, dossier: Uuid) -> Uuid {
    let digest = request_digest(&[b"operator", request.as_bytes(), dossier.as_bytes()]);
    let mut bytes = *request.as_bytes();
    // The first six are the time, the seventh begins with the version.
    bytes[7..].copy_from_slice(&digest[7..16]);
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Uuid::from_bytes(bytes)
}

/// The dossiers of which an office has something that is not finished.
async fn at(app: &App, office: &str, found: &mut BTreeSet<Uuid>) -> Result<(), Problem> {
    let waits =
        |it: &TaskStatus| it.is_open() || matches!(it, TaskStatus::Completed | TaskStatus::Waiting);
    let statuses: Vec<String> =
        TaskStatus::ALL.iter().filter(|it| waits(it)).map(|it| it.name().to_owned()).collect();
    let mut after = None;
    loop {
        let office = office.to_owned();
        let page = Worklist { office, statuses: statuses.clone(), after, limit: ROWS };
        let rows = app.runtime().log().worklist(page).await?;
        found.extend(rows.iter().filter_map(|it| Uuid::parse_str(&it.dossier_id).ok()));
        after = rows.last().map(TaskRow::place);
        if after.is_none() {
            return Ok(());
        }
    }
}
