//! What citizens' programs do: apply, follow, supply, withdraw. A dossier of somebody else is not
//! there.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, Utc};
use lienthong_domain::dossier::{self, Action, Channel, Command, Error};
use lienthong_domain::workflow::{FieldFault, FieldPath};
use lienthong_engine::log::{DossierPage, DossierRow};
use lienthong_engine::runtime::{Request, SubmitRequest};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answers::{Application, Done, Problems, SuppliedDocument, Supply};
use super::extract::{Asking, Bare, Commanded, Known, Place, Room, parameter};
use crate::app::{Accepted, App, FILES_MAX, NamedFile, Opened, accepted};
use crate::identity::Person;
use crate::policy::{Actor, Deed, may};
use crate::problem::{NOT_FOUND, Problem, UNAUTHENTICATED};
use crate::view::{self, DossierSummary, DossierView, National};

/// A page of a list has at most this many dossiers.
pub(crate) const PAGE_MAX: u32 = 100;
const PAGE_DEFAULT: u32 = 20;

/// A dossier was made.
#[derive(Serialize, ToSchema)]
pub(super) struct Submitted {
    id: Uuid,
    code: String,
    sequence: u64,
    /// As it is now.
    status: National,
    /// The page for people.
    page: String,
}

/// Applies: checks the whole application, then makes a dossier of it.
#[utoipa::path(post, operation_id = "apply", path = "/api/v1/applications/{group}", tag = "citizens",
    security(("citizen" = [])),
    params(("group" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Application,
    responses((status = 201, description = "The dossier was made", body = Submitted,
        headers(("Location" = String, description = "The dossier"))), Problems))]
pub(super) async fn apply(
    State(app): State<App>,
    Known(actor): Known,
    Place(group): Place<String>,
    _: Room,
    command: Commanded<Application>,
) -> Result<(StatusCode, [(header::HeaderName, String); 1], Json<Submitted>), Problem> {
    may(&actor, Deed::Apply)?;
    let person = person(&actor)?;
    if !app.knows_group(&group) {
        return Err(Problem::new(&NOT_FOUND));
    }
    let application = command.body.application;
    // What is named and not stored is a fault that the decision finds at its place.
    let mut attachments = Vec::new();
    for (kind, digest) in dossier::named_files(&application).into_iter().take(FILES_MAX) {
        attachments.extend(app.attachment(&actor, kind, &digest).await?);
    }
    let request = SubmitRequest {
        command_id: command.id,
        digest: command.digest,
        citizen: person.citizen(),
        group,
        channel: Channel::Online,
        application,
        attachments,
    };
    let outcome = app.runtime().submit(request).await;
    let done = accepted(outcome.map_err(|it| Problem::from(it).within("/application"))?)?;
    let status = app.open(done.dossier).await?.dossier.national().into();
    let location = format!("/api/v1/dossiers/{}", done.dossier);
    let submitted = Submitted {
        id: done.dossier,
        code: done.code,
        sequence: done.sequence,
        status,
        page: format!("/dossiers/{}", done.dossier),
    };
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(submitted)))
}

pub(super) fn person(actor: &Actor) -> Result<&Person, Problem> {
    match actor {
        Actor::Citizen(person) => Ok(person),
        Actor::Anybody | Actor::Agency(_) | Actor::Operator(_) | Actor::Gateway(_) => {
            Err(Problem::new(&UNAUTHENTICATED))
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// From an earlier page's `next`.
    pub(crate) cursor: Option<String>,
    /// 1 to 100; 20 if not given.
    pub(crate) limit: Option<u32>,
}

/// One's own dossiers, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct DossierList {
    pub(crate) dossiers: Vec<DossierSummary>,
    /// Where the next page begins, if there is one.
    pub(crate) next: Option<String>,
}

/// One's own dossiers, the newest first.
#[utoipa::path(get, operation_id = "list_dossiers", path = "/api/v1/dossiers", tag = "citizens",
    security(("citizen" = [])),
    params(ListQuery),
    responses((status = 200, description = "A page of the list", body = DossierList), Problems))]
pub(super) async fn list(
    State(app): State<App>,
    Known(actor): Known,
    Asking(query): Asking<ListQuery>,
) -> Result<Json<DossierList>, Problem> {
    Ok(Json(own_dossiers(&app, &actor, query).await?))
}

/// One's own dossiers, for the API and for the page.
pub(crate) async fn own_dossiers(
    app: &App,
    actor: &Actor,
    query: ListQuery,
) -> Result<DossierList, Problem> {
    may(actor, Deed::ListOwnDossiers)?;
    let account = person(actor)?.account.clone();
    let limit = query.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX);
    let before = query.cursor.as_deref().map(read_cursor).transpose()?;
    let page = DossierPage { account, before, limit: limit + 1 };
    let mut rows = app.runtime().log().dossiers_of(page).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(write_cursor);
    let mut dossiers = Vec::with_capacity(rows.len());
    for row in rows {
        let id = Uuid::parse_str(&row.dossier_id).map_err(crate::app::unwritable)?;
        let opened = app.open(id).await?;
        may(actor, Deed::ReadDossier(&opened.dossier))?;
        dossiers.push(view::summary(&opened));
    }
    Ok(DossierList { dossiers, next })
}

fn write_cursor(row: &DossierRow) -> String {
    BASE64.encode(format!("{} {}", row.submitted_at.timestamp_micros(), row.dossier_id))
}

fn read_cursor(cursor: &str) -> Result<(DateTime<Utc>, String), Problem> {
    let place = BASE64.decode(cursor).ok().and_then(|it| String::from_utf8(it).ok());
    let place = place.as_deref().and_then(|it| it.split_once(' ')).and_then(|(at, id)| {
        let id = Uuid::parse_str(id).ok()?.to_string();
        Some((DateTime::from_timestamp_micros(at.parse().ok()?)?, id))
    });
    place.ok_or_else(|| parameter("cursor"))
}

/// One's own dossier with everything that happened to it.
#[utoipa::path(get, operation_id = "read_dossier", path = "/api/v1/dossiers/{id}", tag = "citizens",
    security(("citizen" = [])),
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "The dossier", body = DossierView), Problems))]
pub(super) async fn read(
    State(app): State<App>,
    Known(actor): Known,
    Place(id): Place<Uuid>,
) -> Result<Json<DossierView>, Problem> {
    Ok(Json(own_dossier(&app, &actor, id).await?.1))
}

/// One's own dossier, for the API and for the page.
pub(crate) async fn own_dossier(
    app: &App,
    actor: &Actor,
    id: Uuid,
) -> Result<(Opened, DossierView), Problem> {
    may(actor, Deed::ListOwnDossiers)?;
    let opened = app.open(id).await?;
    may(actor, Deed::ReadDossier(&opened.dossier))?;
    let events = app.runtime().events(id).await?;
    let view = view::dossier(&opened, &events, app.clock().now().fixed_offset());
    Ok((opened, view))
}

/// Supplies what a task's agency asked for.
#[utoipa::path(post, operation_id = "supply", path = "/api/v1/dossiers/{id}/tasks/{task}/supply", tag = "citizens",
    security(("citizen" = [])),
    params(("id" = Uuid, Path), ("task" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Supply,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn supply(
    State(app): State<App>,
    Known(actor): Known,
    Place((id, task)): Place<(Uuid, String)>,
    command: Commanded<Supply>,
) -> Result<Json<Done>, Problem> {
    let opened = own_for_change(&app, &actor, id, Some(&task)).await?;
    let Supply { documents, fields } = command.body;
    let mut named = Vec::with_capacity(documents.len());
    for (index, SuppliedDocument { r#type, digest }) in documents.into_iter().enumerate() {
        let pointer = format!("/documents/{index}/digest");
        named.push(NamedFile { pointer, kind: r#type, digest });
    }
    let (attachments, unknown) = app.attachments(&actor, named).await?;
    let paths: Vec<String> = fields.keys().cloned().collect();
    let action = Action::Supply { task, attachments, fields };
    if !unknown.is_empty() {
        let others = other_faults(&app, &actor, &opened, action).await?;
        let faults = unknown.into_iter().chain(others).collect();
        return Err(at_supplied(&paths, Problem::invalid(faults)));
    }
    let done = order(&app, &actor, (command.id, command.digest), id, action).await;
    done.map_err(|problem| at_supplied(&paths, problem)).map(|it| Json(it.into()))
}

/// What else is wrong with a supply that can't be carried out, since a file of it is not taken. What
/// it says of files is left out: one that is not taken is not one that is missing.
pub(crate) async fn other_faults(
    app: &App,
    actor: &Actor,
    opened: &Opened,
    action: Action,
) -> Result<Vec<FieldFault>, Problem> {
    let catalogue = app.runtime().catalogue(&opened.dossier).await?;
    let actor = dossier::Actor::Citizen(person(actor)?.citizen());
    let command = Command { at: app.clock().now().fixed_offset(), actor, action };
    let Err(Error::Invalid(faults)) = dossier::decide(&opened.dossier, &command, &catalogue) else {
        return Ok(Vec::new());
    };
    let of_files = |it: &FieldFault| it.pointer.starts_with("/documents");
    Ok(faults.into_iter().filter(|it| !of_files(it)).collect())
}

/// What is wrong in the form as it would be is wrong in the field that was supplied.
pub(crate) fn at_supplied(paths: &[String], mut problem: Problem) -> Problem {
    for fault in &mut problem.faults {
        let found = paths.iter().find_map(|path| {
            let place = FieldPath(path.split('.').map(str::to_owned).collect()).pointer();
            let below = fault.pointer.strip_prefix(&place)?;
            (below.is_empty() || below.starts_with('/')).then(|| format!("/fields/{path}{below}"))
        });
        fault.pointer = found.unwrap_or_else(|| fault.pointer.clone());
    }
    problem
}

/// Withdraws one task, and with it those that need its result.
#[utoipa::path(post, operation_id = "withdraw_task", path = "/api/v1/dossiers/{id}/tasks/{task}/withdraw", tag = "citizens",
    security(("citizen" = [])),
    params(("id" = Uuid, Path), ("task" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn withdraw_task(
    State(app): State<App>,
    Known(actor): Known,
    Place((id, task)): Place<(Uuid, String)>,
    command: Bare,
) -> Result<Json<Done>, Problem> {
    own_for_change(&app, &actor, id, Some(&task)).await?;
    let action = Action::Withdraw { task: Some(task) };
    let done = order(&app, &actor, (command.id, command.digest), id, action).await?;
    Ok(Json(done.into()))
}

/// Withdraws everything that is still undecided.
#[utoipa::path(post, operation_id = "withdraw_dossier", path = "/api/v1/dossiers/{id}/withdraw", tag = "citizens",
    security(("citizen" = [])),
    params(("id" = Uuid, Path), ("Idempotency-Key" = Uuid, Header)),
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn withdraw(
    State(app): State<App>,
    Known(actor): Known,
    Place(id): Place<Uuid>,
    command: Bare,
) -> Result<Json<Done>, Problem> {
    own_for_change(&app, &actor, id, None).await?;
    let action = Action::Withdraw { task: None };
    let done = order(&app, &actor, (command.id, command.digest), id, action).await?;
    Ok(Json(done.into()))
}

/// One's own dossier, which is to be changed.
pub(crate) async fn own_for_change(
    app: &App,
    actor: &Actor,
    id: Uuid,
    task: Option<&str>,
) -> Result<Opened, Problem> {
    may(actor, Deed::ListOwnDossiers)?;
    let opened = app.open(id).await?;
    may(actor, Deed::ChangeDossier(&opened.dossier))?;
    if let Some(task) = task {
        opened.task(task)?;
    }
    Ok(opened)
}

/// Carries out a citizen's command, which has an id and a digest of its request.
pub(crate) async fn order(
    app: &App,
    actor: &Actor,
    command: (Uuid, [u8; 32]),
    dossier: Uuid,
    action: Action,
) -> Result<Accepted, Problem> {
    let (command_id, digest) = command;
    let actor = dossier::Actor::Citizen(person(actor)?.citizen());
    let request = Request { command_id, digest, dossier, actor, action };
    accepted(app.runtime().execute(request).await?)
}
