//! Payments: an agency asks for a fee, whoever collects says that it was paid: a clerk with the
//! agency's key, a gateway by a signed message. Money itself moves elsewhere. In the same way whoever
//! carries results says that one was brought.

use axum::Json;
use axum::extract::{FromRequest, State};
use axum::http::{HeaderMap, Request as HttpRequest};
use lienthong_domain::dossier::{self, Action};
use lienthong_engine::runtime::Request;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::agency::office;
use super::answering::{Given, answer};
use super::answers::{Done, Problems};
use super::extract::{Commanded, JSON_BYTES_MAX, Known, Place, body_bytes, parse, request_digest};
use crate::app::{App, accepted};
use crate::policy::{Actor, Deed, may};
use crate::problem::{KEY_UNUSABLE, Problem, UNAUTHENTICATED};

/// A fee that is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FeeRequest {
    dispatch: String,
    /// In đồng, where the definition does not set it.
    amount: Option<u64>,
    /// What the applicant reads: what for.
    note: String,
}

/// That something was paid.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Paid {
    /// In đồng: what was asked for.
    amount: u64,
    /// The number of the receipt.
    reference: String,
}

/// That nothing has to be paid.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Waived {
    /// What the applicant reads.
    reason: String,
}

/// That it was paid back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PaidBack {
    /// The number of the transfer.
    reference: String,
}

/// That something was paid through a gateway.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PaidThere {
    dossier: Uuid,
    task: String,
    /// From 1 within the task.
    payment: u32,
    /// In đồng: what was asked for.
    amount: u64,
    /// The number of the transaction.
    reference: String,
}

/// Asks the applicant to pay; the clock of the task stands until they have.
#[utoipa::path(post, operation_id = "request_payment", path = "/api/v1/agency/tasks/{dossier}/{task}/request-payment",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = FeeRequest,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn request(
    State(app): State<App>,
    Known(actor): Known,
    Place(place): Place<(Uuid, String)>,
    command: Commanded<FeeRequest>,
) -> Result<Json<Done>, Problem> {
    let FeeRequest { dispatch, amount, note } = command.body;
    let given = Given::AskPayment { amount, note };
    answer(&app, &actor, place, (command.id, command.digest), given, dispatch).await
}

/// Says that a fee was paid at the counter.
#[utoipa::path(post, operation_id = "record_payment", path = "/api/v1/agency/payments/{dossier}/{task}/{payment}/paid",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("payment" = u32, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Paid,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn paid(
    State(app): State<App>,
    Known(actor): Known,
    Place((dossier, task, payment)): Place<(Uuid, String, u32)>,
    command: Commanded<Paid>,
) -> Result<Json<Done>, Problem> {
    let Paid { amount, reference } = command.body;
    let place = (dossier, task.clone(), payment);
    let action = Action::Pay { task, payment, amount, reference };
    collect(&app, &actor, place, (command.id, command.digest), action).await
}

/// Says that a fee need not be paid, and why.
#[utoipa::path(post, operation_id = "waive_payment", path = "/api/v1/agency/payments/{dossier}/{task}/{payment}/waive",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("payment" = u32, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = Waived,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn waive(
    State(app): State<App>,
    Known(actor): Known,
    Place((dossier, task, payment)): Place<(Uuid, String, u32)>,
    command: Commanded<Waived>,
) -> Result<Json<Done>, Problem> {
    office(&actor)?;
    let place = (dossier, task.clone(), payment);
    let action = Action::Waive { task, payment, reason: command.body.reason };
    collect(&app, &actor, place, (command.id, command.digest), action).await
}

/// Says that what was to be paid back has been.
#[utoipa::path(post, operation_id = "record_refund", path = "/api/v1/agency/payments/{dossier}/{task}/{payment}/refunded",
    tag = "agencies", security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("payment" = u32, Path), ("Idempotency-Key" = Uuid, Header)),
    request_body = PaidBack,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn refunded(
    State(app): State<App>,
    Known(actor): Known,
    Place((dossier, task, payment)): Place<(Uuid, String, u32)>,
    command: Commanded<PaidBack>,
) -> Result<Json<Done>, Problem> {
    office(&actor)?;
    let place = (dossier, task.clone(), payment);
    let action = Action::Refund { task, payment, reference: command.body.reference };
    collect(&app, &actor, place, (command.id, command.digest), action).await
}

/// Says that a fee was paid through a gateway. Signed as Standard Webhooks says, with the secret of
/// `lienthong token --gateway`; `webhook-id` is the id of the command.
#[utoipa::path(post, operation_id = "report_payment", path = "/api/v1/gateways/{gateway}/payments", tag = "gateways",
    params(("gateway" = String, Path),
        ("webhook-id" = Uuid, Header), ("webhook-timestamp" = i64, Header), ("webhook-signature" = String, Header)),
    request_body = PaidThere,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn report(
    State(app): State<App>,
    Place(gateway): Place<String>,
    signed: Signed,
) -> Result<Json<Done>, Problem> {
    let (id, digest, body) = signed.by(&app, &gateway)?;
    let PaidThere { dossier, task, payment, amount, reference } = parse(&body)?;
    let place = (dossier, task.clone(), payment);
    let action = Action::Pay { task, payment, amount, reference };
    collect(&app, &Actor::Gateway(gateway), place, (id, digest), action).await
}

/// That a result was brought to the applicant.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Carried {
    dossier: Uuid,
    task: String,
    /// The number of the consignment or of the transfer.
    reference: String,
}

/// Says that a result was brought by post, or that money was transferred. Signed as a payment is.
#[utoipa::path(post, operation_id = "report_delivery", path = "/api/v1/gateways/{gateway}/deliveries", tag = "gateways",
    params(("gateway" = String, Path),
        ("webhook-id" = Uuid, Header), ("webhook-timestamp" = i64, Header), ("webhook-signature" = String, Header)),
    request_body = Carried,
    responses((status = 200, description = "It was carried out", body = Done), Problems))]
pub(super) async fn carried(
    State(app): State<App>,
    Place(gateway): Place<String>,
    signed: Signed,
) -> Result<Json<Done>, Problem> {
    let (command_id, digest, body) = signed.by(&app, &gateway)?;
    let Carried { dossier, task, reference } = parse(&body)?;
    let opened = app.open(dossier).await?;
    may(&Actor::Gateway(gateway.clone()), Deed::CarryResult { task: opened.task(&task)?.0 })?;
    let (actor, action) = (dossier::Actor::Gateway(gateway), Action::Carried { task, reference });
    let request = Request { command_id, digest, dossier, actor, action };
    let done = app.runtime().execute(request).await.map_err(Problem::from).and_then(accepted)?;
    Ok(Json(done.into()))
}

async fn collect(
    app: &App,
    actor: &Actor,
    (id, task, payment): (Uuid, String, u32),
    (command_id, digest): (Uuid, [u8; 32]),
    action: Action,
) -> Result<Json<Done>, Problem> {
    may(actor, Deed::CollectPayments)?;
    let opened = app.open(id).await?;
    may(actor, Deed::CollectPayment { task: opened.task(&task)?.0, payment })?;
    let actor = match actor {
        Actor::Agency(office) => dossier::Actor::Agency(office.clone()),
        Actor::Gateway(name) => dossier::Actor::Gateway(name.clone()),
        Actor::Anybody | Actor::Citizen(_) | Actor::Operator(_) => {
            return Err(Problem::new(&UNAUTHENTICATED));
        }
    };
    let request = Request { command_id, digest, dossier: id, actor, action };
    let done = app.runtime().execute(request).await.map_err(Problem::from).and_then(accepted)?;
    Ok(Json(done.into()))
}

/// A message with its signature, which nobody has looked at yet.
pub(super) struct Signed {
    headers: HeaderMap,
    body: Vec<u8>,
}

impl FromRequest<App> for Signed {
    type Rejection = Problem;

    async fn from_request(
        request: HttpRequest<axum::body::Body>,
        _: &App,
    ) -> Result<Self, Problem> {
        let headers = request.headers().clone();
        let body = body_bytes(request, JSON_BYTES_MAX).await?.to_vec();
        Ok(Self { headers, body })
    }
}

impl Signed {
    /// The command's id, its digest and the body, if the gateway has signed them.
    fn by(self, app: &App, gateway: &str) -> Result<(Uuid, [u8; 32], Vec<u8>), Problem> {
        let unknown = || Problem::new(&UNAUTHENTICATED);
        let header = |name| self.headers.get(name)?.to_str().ok();
        let id = header("webhook-id").ok_or_else(unknown)?;
        let at = header("webhook-timestamp").and_then(|it| it.parse().ok()).ok_or_else(unknown)?;
        let signatures = header("webhook-signature").ok_or_else(unknown)?;
        let message = (id, at, self.body.as_slice());
        if !app.tokens().signed_by_gateway(gateway, message, signatures, app.clock().now()) {
            return Err(unknown());
        }
        let id = Uuid::parse_str(id).ok().filter(|it| it.get_version_num() == 7);
        let id = id.ok_or_else(|| Problem::new(&KEY_UNUSABLE))?;
        let digest = request_digest(&[b"gateway", &self.body]);
        Ok((id, digest, self.body))
    }
}
