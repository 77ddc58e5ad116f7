//! What operators announce, and what stays in force until it is over: outages, offices that take over
//! the work of others, amended calendars. It is kept on a board and reaches what is dispatched later
//! as well.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, FixedOffset};
use lienthong_domain::bulletin::{Announcement, Command, Concerned as Offices, Entry, Error};
use lienthong_domain::diagnostic::Diagnostic;
use lienthong_domain::language::Text;
use lienthong_domain::workflow::FieldFault;
use lienthong_engine::clock::zone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::Problems;
use super::extract::{Commanded, Known, Place};
use super::operators::{Concerned, operator};
use crate::app::App;
use crate::policy::{Deed, may};
use crate::problem::{BOARD_FULL, INTERNAL, NO_SUCH_OFFICE, NOT_FOUND, Problem, logged};

/// Faults of a calendar that are told at a time.
const FAULTS_MAX: usize = 20;

/// An outage, and whom it keeps from working: the offices that are named, and those of the kinds (of
/// all, if none is named) in the areas (everywhere, if none is).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Outage {
    /// By id; at most 1,000.
    #[serde(default)]
    offices: Vec<String>,
    /// Kinds of offices, e.g. `commune-police`.
    #[serde(default)]
    kinds: Vec<String>,
    /// Communes, or provinces with all their communes, by code.
    #[serde(default)]
    areas: Vec<String>,
    /// When it begins; left out: now.
    from: Option<DateTime<FixedOffset>>,
    /// When it is over by itself; left out: when somebody says so.
    until: Option<DateTime<FixedOffset>>,
    /// Why; recorded in each dossier.
    reason: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Succession {
    from: String,
    to: String,
    /// Why; recorded in each dossier.
    reason: String,
}

/// Another edition of a calendar.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Edition {
    /// The calendar's file, whole.
    text: String,
    /// Why it was amended; applicants read it.
    reason: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Over {}

/// What is on the board.
#[derive(Serialize, ToSchema)]
pub(super) struct Board {
    announcements: Vec<Announced>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Announced {
    name: String,
    /// Its `kind`: `outage` with `at`, `from` and `until`, `succession` with `from` and `to`, or
    /// `calendar` with `calendar` and `digest`.
    #[schema(value_type = Object)]
    what: serde_json::Value,
    reason: String,
    /// The operator.
    by: String,
    at: DateTime<FixedOffset>,
    ended_at: Option<DateTime<FixedOffset>>,
}

/// Announces an outage: the clocks of open tasks at these offices stand until it is over, and so do
/// those of what is dispatched meanwhile. Announced again under its name, it is replaced.
#[utoipa::path(post, operation_id = "begin_outage", path = "/api/v1/operators/outages/{name}/begin", tag = "operators",
    security(("operator" = [])),
    params(("name" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Outage,
    responses((status = 200, description = "Dossiers that it concerns now", body = Concerned), Problems))]
pub(super) async fn begin_outage(
    State(app): State<App>,
    Known(actor): Known,
    Place(name): Place<String>,
    command: Commanded<Outage>,
) -> Result<Json<Concerned>, Problem> {
    may(&actor, Deed::Operate)?;
    let Outage { offices, kinds, areas, from, until, reason } = command.body;
    let now = app.runtime().clock().now().with_timezone(&zone());
    let from = from.map_or(now, |it| it.with_timezone(&zone()));
    let at = Offices { offices, kinds, areas };
    let what = Announcement::Outage { at, from, until: until.map(|it| it.with_timezone(&zone())) };
    let by = operator(&actor)?.to_owned();
    let entry = Entry { what, reason, by, at: now, ended_at: None };
    announce(&app, Command::Announce { name, entry }).await
}

/// Says that an outage or a succession is over: clocks run on, and nothing moves any more.
#[utoipa::path(post, operation_id = "end_announcement", path = "/api/v1/operators/announcements/{name}/end", tag = "operators",
    security(("operator" = [])),
    params(("name" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Over,
    responses((status = 200, description = "Dossiers whose clocks run on", body = Concerned), Problems))]
pub(super) async fn end(
    State(app): State<App>,
    Known(actor): Known,
    Place(name): Place<String>,
    _: Commanded<Over>,
) -> Result<Json<Concerned>, Problem> {
    may(&actor, Deed::Operate)?;
    let at = app.runtime().clock().now().with_timezone(&zone());
    announce(&app, Command::End { name, by: operator(&actor)?.to_owned(), at }).await
}

/// Moves everything that an office has not finished to another of its kind, and what it is sent
/// later. Its name on the board is `FROM:TO`.
#[utoipa::path(post, operation_id = "succeed_office", path = "/api/v1/operators/successions", tag = "operators",
    security(("operator" = [])),
    params(("Idempotency-Key" = Uuid, Header)),
    request_body = Succession,
    responses((status = 200, description = "Dossiers in which something moved", body = Concerned), Problems))]
pub(super) async fn succeed(
    State(app): State<App>,
    Known(actor): Known,
    command: Commanded<Succession>,
) -> Result<Json<Concerned>, Problem> {
    may(&actor, Deed::Operate)?;
    let Succession { from, to, reason } = command.body;
    let published = app.runtime().published();
    let kind = |id: &str| published.current_directories().find_map(|it| it.office(id));
    let kinds = (kind(&from).map(|it| &it.kind), kind(&to).map(|it| &it.kind));
    if from == to || kinds.0.is_none() || kinds.0 != kinds.1 {
        return Err(Problem::new(&NO_SUCH_OFFICE));
    }
    let at = app.runtime().clock().now().with_timezone(&zone());
    let name = format!("{from}:{to}");
    let what = Announcement::Succession { from, to };
    let by = operator(&actor)?.to_owned();
    let entry = Entry { what, reason, by, at, ended_at: None };
    announce(&app, Command::Announce { name, entry }).await
}

/// Amends a calendar: the edition is current at once, in every process, and after a restart whatever
/// the files say; what is still to come is counted anew in every dossier that is under way. Its name
/// on the board is `calendar:NAME`; end it once the files have that edition too.
#[utoipa::path(post, operation_id = "amend_calendar", path = "/api/v1/operators/calendars/{name}/amend", tag = "operators",
    security(("operator" = [])),
    params(("name" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Edition,
    responses((status = 200, description = "Dossiers that were counted anew", body = Concerned), Problems))]
pub(super) async fn amend_calendar(
    State(app): State<App>,
    Known(actor): Known,
    Place(name): Place<String>,
    command: Commanded<Edition>,
) -> Result<Json<Concerned>, Problem> {
    may(&actor, Deed::Operate)?;
    let Edition { text, reason } = command.body;
    let published = app.runtime().published();
    if published.current_calendar(&name).is_none() {
        return Err(Problem::new(&NOT_FOUND));
    }
    let edition = published.amended(&name, &text).map_err(|it| faulty(&it.faults))?;
    let at = app.runtime().clock().now().with_timezone(&zone());
    let what = Announcement::Calendar { calendar: name.clone(), digest: edition.digest.clone() };
    let by = operator(&actor)?.to_owned();
    let entry = Entry { what, reason, by, at, ended_at: None };
    let command = Command::Announce { name: format!("calendar:{name}"), entry };
    app.runtime().announced().await?.decide(&command).map_err(refused)?;
    app.runtime().keep_calendar(&edition).await?;
    announce(&app, command).await
}

/// The faults of a text, each with its line.
fn faulty(faults: &[Diagnostic]) -> Problem {
    let fault = |it: &Diagnostic| {
        let (line, message) = (it.span.line, &it.message);
        let told = Text::new(format!("Dòng {line}: {message}"), format!("Line {line}: {message}"));
        FieldFault::new("/text".to_owned(), it.code, told)
    };
    Problem::invalid(faults.iter().take(FAULTS_MAX).map(fault).collect())
}

/// Lists what is on the board: what is in force, what will be, and what is over and being brought to
/// its end.
#[utoipa::path(get, operation_id = "list_announcements", path = "/api/v1/operators/announcements", tag = "operators",
    security(("operator" = [])),
    responses((status = 200, description = "By name", body = Board), Problems))]
pub(super) async fn list(
    State(app): State<App>,
    Known(actor): Known,
) -> Result<Json<Board>, Problem> {
    may(&actor, Deed::Operate)?;
    let board = app.runtime().announced().await?;
    let announced = board.entries().iter().map(|(name, it)| {
        Ok(Announced {
            name: name.clone(),
            what: serde_json::to_value(&it.what)?,
            reason: it.reason.clone(),
            by: it.by.clone(),
            at: it.at,
            ended_at: it.ended_at,
        })
    });
    let announcements: Result<Vec<Announced>, serde_json::Error> = announced.collect();
    let announcements = announcements.map_err(|error| logged(&INTERNAL, &error))?;
    Ok(Json(Board { announcements }))
}

async fn announce(app: &App, command: Command) -> Result<Json<Concerned>, Problem> {
    app.runtime().announced().await?.decide(&command).map_err(refused)?;
    let dossiers = app.runtime().announce(command).await?;
    Ok(Json(Concerned { dossiers }))
}

pub(super) fn refused(error: Error) -> Problem {
    let (pointer, code, vi, en) = match error {
        Error::TooMany => return Problem::new(&BOARD_FULL),
        Error::NotAnnounced => return Problem::new(&NOT_FOUND),
        Error::Nobody => (
            "",
            "nobody-concerned",
            "Hãy nêu cơ quan, loại cơ quan hoặc địa bàn.",
            "Name offices, kinds of offices or areas.",
        ),
        Error::Backwards => (
            "/until",
            "bad-period",
            "Thời điểm kết thúc phải sau thời điểm bắt đầu.",
            "It ends after it begins.",
        ),
        Error::OutOfBounds => (
            "/reason",
            "text-length",
            "Hãy ghi rõ lý do; lý do, tên hoặc danh sách không được quá dài.",
            "Say why; a reason, a name or a list must not be too long.",
        ),
    };
    Problem::invalid(vec![FieldFault::new(pointer.to_owned(), code, Text::new(vi, en))])
}
