//! What agencies' systems do: ask for their open tasks and wait for new ones, answer them. A task
//! of another office is not there. Every answer names the dispatch that it answers.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, Utc};
use lienthong_domain::dossier::TaskStatus;
use lienthong_engine::log::{TaskRow, Worklist, WorklistPlace};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answering::{Given, answer};
use super::answers::{Answer, Apology, Completion, Done, Faulty, Problems, Question, Reasoned};
use super::extract::{Asking, Commanded, Known, Place, WAIT_SECONDS_MAX, parameter};
use crate::app::{App, Opened, unwritable};
use crate::policy::{Actor, Deed, may};
use crate::problem::{BUSY, Problem, UNAUTHENTICATED};
use crate::view::{AgencyTask, agency_task};

/// A page of a list has at most this many tasks.
const PAGE_MAX: u32 = 200;
const PAGE_DEFAULT: u32 = 50;
/// Rows are read at least this many at a time, and at most this often for a page: those of tasks
/// that have moved on meanwhile are passed over.
const ROWS_MIN: u32 = 50;
const READS_MAX: u32 = 20;
/// Commits within this time wake a waiting call once.
const WAKE_PAUSE: Duration = Duration::from_millis(20);

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct TaskQuery {
    /// Statuses, parted by commas: `dispatched`, `acknowledged`, `supplement_requested`,
    /// `supplied` (these four if not given), and `completed` for results that are still to be
    /// handed over.
    status: Option<String>,
    /// Seconds to wait for a task if there is none: 0 (if not given) to 60.
    wait: Option<u64>,
    /// 1 to 200; 50 if not given.
    limit: Option<u32>,
    /// From an earlier page's `next`.
    cursor: Option<String>,
}

/// One's own tasks, what is due soonest first.
#[derive(Serialize, ToSchema)]
pub(super) struct TaskList {
    tasks: Vec<AgencyTask>,
    /// Where the next page begins, if there is one.
    next: Option<String>,
}

/// One's own tasks, what is due soonest first, what has no due time last.
#[utoipa::path(get, operation_id = "list_tasks", path = "/api/v1/agency/tasks", tag = "agencies",
    security(("agency" = [])),
    params(TaskQuery),
    responses((status = 200, description = "A page of the list", body = TaskList), Problems))]
pub(super) async fn list(
    State(app): State<App>,
    Known(actor): Known,
    Asking(query): Asking<TaskQuery>,
) -> Result<Json<TaskList>, Problem> {
    may(&actor, Deed::ListOwnTasks)?;
    let page = Page {
        office: office(&actor)?.to_owned(),
        statuses: statuses(query.status.as_deref())?,
        after: query.cursor.as_deref().map(read_cursor).transpose()?,
        limit: query.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX),
    };
    let wait = query.wait.unwrap_or(0);
    if wait > WAIT_SECONDS_MAX {
        return Err(parameter("wait"));
    }
    // Subscribed before reading, so that nothing that comes in between is missed.
    let mut changes = app.runtime().changes_for(&page.office);
    let mut stopping = app.stopping();
    let until = Instant::now() + Duration::from_secs(wait);
    let list = page.read(&app, &actor).await?;
    if !list.tasks.is_empty() || wait == 0 {
        return Ok(Json(list));
    }
    let _place = app.waiting().try_acquire().map_err(|_| Problem::new(&BUSY))?;
    loop {
        let woken = async {
            tokio::select! {
                changed = changes.changed() => changed.is_ok(),
                _ = stopping.wait_for(|stopping| *stopping) => false,
            }
        };
        let goes_on = timeout_at(until, woken).await.unwrap_or(false);
        if goes_on {
            tokio::time::sleep(WAKE_PAUSE).await;
            changes.mark_unchanged();
        }
        let list = page.read(&app, &actor).await?;
        if !goes_on || !list.tasks.is_empty() {
            return Ok(Json(list));
        }
    }
}

/// What a call asks for.
struct Page {
    office: String,
    statuses: BTreeSet<TaskStatus>,
    after: Option<WorklistPlace>,
    limit: u32,
}

impl Page {
    async fn read(&self, app: &App, actor: &Actor) -> Result<TaskList, Problem> {
        let mut tasks = Vec::new();
        let mut after = self.after.clone();
        for _ in 0..READS_MAX {
            let worklist = Worklist {
                office: self.office.clone(),
                statuses: self.statuses.iter().map(|it| it.name().to_owned()).collect(),
                after: after.clone(),
                limit: self.limit.max(ROWS_MIN),
            };
            let rows = app.runtime().log().worklist(worklist).await?;
            let exhausted = rows.len() < self.limit.max(ROWS_MIN) as usize;
            for rows in rows.chunks(self.limit as usize) {
                for (row, task) in rows.iter().zip(self.shown(app, actor, rows).await?) {
                    after = Some(row.place());
                    tasks.extend(task);
                    if tasks.len() == self.limit as usize {
                        return Ok(TaskList { tasks, next: after.as_ref().map(write_cursor) });
                    }
                }
            }
            if exhausted {
                return Ok(TaskList { tasks, next: None });
            }
        }
        Ok(TaskList { tasks, next: after.as_ref().map(write_cursor) })
    }

    /// The rows' tasks, without those that have moved on or whose results are in the applicant's
    /// hands.
    async fn shown(
        &self,
        app: &App,
        actor: &Actor,
        rows: &[TaskRow],
    ) -> Result<Vec<Option<AgencyTask>>, Problem> {
        let ids = rows.iter().map(|it| Uuid::parse_str(&it.dossier_id).map_err(unwritable));
        let opened = app.open_all(&ids.collect::<Result<Vec<_>, _>>()?).await?;
        let shown = |(row, opened): (&TaskRow, Option<Opened>)| {
            let Some(opened) = opened else { return Ok(None) };
            let (state, definition) = opened.task(&row.task)?;
            let delivered = state.status == TaskStatus::Completed && state.delivered_at.is_some();
            let moved_on = delivered || !self.statuses.contains(&state.status);
            if moved_on || may(actor, Deed::ReadTask(state)).is_err() {
                return Ok(None);
            }
            agency_task(&opened, state, definition).map(Some).map_err(unwritable)
        };
        rows.iter().zip(opened).map(shown).collect()
    }
}

pub(super) fn office(actor: &Actor) -> Result<&str, Problem> {
    match actor {
        Actor::Agency(office) => Ok(office),
        Actor::Anybody | Actor::Citizen(_) | Actor::Operator(_) | Actor::Gateway(_) => {
            Err(Problem::new(&UNAUTHENTICATED))
        }
    }
}

fn statuses(asked: Option<&str>) -> Result<BTreeSet<TaskStatus>, Problem> {
    let listed = |it: &TaskStatus| !matches!(it, TaskStatus::Waiting | TaskStatus::Skipped);
    let Some(asked) = asked else {
        return Ok(TaskStatus::ALL.into_iter().filter(|it| it.is_open()).collect());
    };
    let named = asked.split(',').map(|name| {
        let found = TaskStatus::ALL.into_iter().find(|it| it.name() == name.trim());
        found.filter(listed).ok_or_else(|| parameter("status"))
    });
    named.collect()
}

fn write_cursor(place: &WorklistPlace) -> String {
    let due = place.due_at.map_or_else(String::new, |it| it.timestamp_micros().to_string());
    BASE64.encode(format!("{due} {} {}", place.dossier_id, place.task))
}

fn read_cursor(cursor: &str) -> Result<WorklistPlace, Problem> {
    let text = BASE64.decode(cursor).ok().and_then(|it| String::from_utf8(it).ok());
    text.as_deref().and_then(place).ok_or_else(|| parameter("cursor"))
}

fn place(text: &str) -> Option<WorklistPlace> {
    let mut parts = text.splitn(3, ' ');
    let due_at: Option<DateTime<Utc>> = match parts.next()? {
        "" => None,
        micros => Some(DateTime::from_timestamp_micros(micros.parse().ok()?)?),
    };
    let dossier_id = Uuid::parse_str(parts.next()?).ok()?.to_string();
    let task = parts.next().filter(|it| it.bytes().all(|byte| byte.is_ascii_graphic()))?;
    Some(WorklistPlace { due_at, dossier_id, task: task.to_owned() })
}

/// One of one's own tasks, whatever has become of it.
#[utoipa::path(get, operation_id = "read_task", path = "/api/v1/agency/tasks/{dossier}/{task}", tag = "agencies",
    security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path)),
    responses((status = 200, description = "The task", body = AgencyTask), Problems))]
pub(super) async fn read(
    State(app): State<App>,
    Known(actor): Known,
    Place((id, task)): Place<(Uuid, String)>,
) -> Result<Json<AgencyTask>, Problem> {
    may(&actor, Deed::ListOwnTasks)?;
    let opened = app.open(id).await?;
    let (state, definition) = opened.task(&task)?;
    may(&actor, Deed::ReadTask(state))?;
    agency_task(&opened, state, definition).map(Json).map_err(unwritable)
}

/// Says that the task was received and is being looked at.
#[utoipa::path(post, operation_id = "acknowledge_task", path = "/api/v1/agency/tasks/{dossier}/{task}/acknowledge",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Answer,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn acknowledge(
    State(app): State<App>,
    Known(actor): Known,
    Place(place): Place<(Uuid, String)>,
    command: Commanded<Answer>,
) -> Result<Json<Done>, Problem> {
    let Answer { dispatch } = command.body;
    answer(&app, &actor, place, (command.id, command.digest), Given::Acknowledge, dispatch).await
}

/// Asks the applicant for documents or fields.
#[utoipa::path(post, operation_id = "request_supplement", path = "/api/v1/agency/tasks/{dossier}/{task}/request-supplement",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Question,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn request_supplement(
    State(app): State<App>,
    Known(actor): Known,
    Place(place): Place<(Uuid, String)>,
    command: Commanded<Question>,
) -> Result<Json<Done>, Problem> {
    let Question { dispatch, items, note } = command.body;
    let given = Given::Ask { items, note };
    answer(&app, &actor, place, (command.id, command.digest), given, dispatch).await
}

/// Decides the task with its declared results.
#[utoipa::path(post, operation_id = "complete_task", path = "/api/v1/agency/tasks/{dossier}/{task}/complete",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Completion,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn complete(
    State(app): State<App>,
    Known(actor): Known,
    Place(place): Place<(Uuid, String)>,
    command: Commanded<Completion>,
) -> Result<Json<Done>, Problem> {
    let Completion { dispatch, results, documents } = command.body;
    let given = Given::Complete { results, documents };
    answer(&app, &actor, place, (command.id, command.digest), given, dispatch).await
}

/// Declines, and says why.
#[utoipa::path(post, operation_id = "refuse_task", path = "/api/v1/agency/tasks/{dossier}/{task}/refuse",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Reasoned,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn refuse(
    State(app): State<App>,
    Known(actor): Known,
    Place(place): Place<(Uuid, String)>,
    command: Commanded<Reasoned>,
) -> Result<Json<Done>, Problem> {
    let Reasoned { dispatch, reason } = command.body;
    let given = Given::Refuse { reason };
    answer(&app, &actor, place, (command.id, command.digest), given, dispatch).await
}

/// Ends the task undecided, and says why.
#[utoipa::path(post, operation_id = "stop_task", path = "/api/v1/agency/tasks/{dossier}/{task}/stop",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Reasoned,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn stop(
    State(app): State<App>,
    Known(actor): Known,
    Place(place): Place<(Uuid, String)>,
    command: Commanded<Reasoned>,
) -> Result<Json<Done>, Problem> {
    let Reasoned { dispatch, reason } = command.body;
    let given = Given::Stop { reason };
    answer(&app, &actor, place, (command.id, command.digest), given, dispatch).await
}

/// Moves to the longer limit that the task declares, and says why: once, before the first has ended.
#[utoipa::path(post, operation_id = "extend_limit", path = "/api/v1/agency/tasks/{dossier}/{task}/extend",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Reasoned,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn extend(
    State(app): State<App>,
    Known(actor): Known,
    Place(place): Place<(Uuid, String)>,
    command: Commanded<Reasoned>,
) -> Result<Json<Done>, Problem> {
    let Reasoned { dispatch, reason } = command.body;
    let given = Given::Extend { reason };
    answer(&app, &actor, place, (command.id, command.digest), given, dispatch).await
}

/// Apologises for being late and gives a new date, once.
#[utoipa::path(post, operation_id = "apologise", path = "/api/v1/agency/tasks/{dossier}/{task}/apologise",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Apology,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn apologise(
    State(app): State<App>,
    Known(actor): Known,
    Place(place): Place<(Uuid, String)>,
    command: Commanded<Apology>,
) -> Result<Json<Done>, Problem> {
    let Apology { dispatch, reason, until } = command.body;
    let given = Given::Apologise { reason, until };
    answer(&app, &actor, place, (command.id, command.digest), given, dispatch).await
}

/// Sends the result of an earlier task back as faulty.
#[utoipa::path(post, operation_id = "return_result", path = "/api/v1/agency/tasks/{dossier}/{task}/return",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Faulty,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn return_result(
    State(app): State<App>,
    Known(actor): Known,
    Place(place): Place<(Uuid, String)>,
    command: Commanded<Faulty>,
) -> Result<Json<Done>, Problem> {
    let Faulty { dispatch, of, note } = command.body;
    let given = Given::Return { of, note };
    answer(&app, &actor, place, (command.id, command.digest), given, dispatch).await
}

/// Says that a result that was to be looked at again still stands.
#[utoipa::path(post, operation_id = "uphold_result", path = "/api/v1/agency/tasks/{dossier}/{task}/uphold",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Answer,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn uphold(
    State(app): State<App>,
    Known(actor): Known,
    Place(place): Place<(Uuid, String)>,
    command: Commanded<Answer>,
) -> Result<Json<Done>, Problem> {
    let Answer { dispatch } = command.body;
    let given = Given::Uphold;
    answer(&app, &actor, place, (command.id, command.digest), given, dispatch).await
}

/// Takes one's own result back, and says why.
#[utoipa::path(post, operation_id = "annul_result", path = "/api/v1/agency/tasks/{dossier}/{task}/annul",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Reasoned,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn annul(
    State(app): State<App>,
    Known(actor): Known,
    Place(place): Place<(Uuid, String)>,
    command: Commanded<Reasoned>,
) -> Result<Json<Done>, Problem> {
    let Reasoned { dispatch, reason } = command.body;
    let given = Given::Annul { reason };
    answer(&app, &actor, place, (command.id, command.digest), given, dispatch).await
}

/// Says that the result was handed over, posted or paid.
#[utoipa::path(post, operation_id = "deliver_result", path = "/api/v1/agency/tasks/{dossier}/{task}/deliver",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Answer,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn deliver(
    State(app): State<App>,
    Known(actor): Known,
    Place(place): Place<(Uuid, String)>,
    command: Commanded<Answer>,
) -> Result<Json<Done>, Problem> {
    let Answer { dispatch } = command.body;
    answer(&app, &actor, place, (command.id, command.digest), Given::Deliver, dispatch).await
}
