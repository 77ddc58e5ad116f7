//! What was given up: messages that no office took, and dossiers that a subscription could not take
//! in. Operators list it and let it be tried again; who did what and why is on the board's record.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use lienthong_domain::bulletin::Command;
use lienthong_engine::clock::zone;
use lienthong_engine::log::feeds::{Delivery, DeliveryPage, DeliveryState, Operation, Parked};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::announcements::refused;
use super::answers::Problems;
use super::extract::{Commanded, Known};
use super::operators::operator;
use crate::app::App;
use crate::policy::{Actor, Deed, may};
use crate::problem::{NOT_FOUND, Problem};

/// Entries of a list; there are more where it is full.
const PAGE: u32 = 100;

/// What was given up.
#[derive(Serialize, ToSchema)]
pub(super) struct GivenUp {
    /// Messages, at most 100, by office.
    deliveries: Vec<GivenUpDelivery>,
    /// Dossiers at whose event a subscription stands still, at most 100.
    dossiers: Vec<GivenUpDossier>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct GivenUpDelivery {
    message: String,
    office: String,
    dossier: String,
    kind: String,
    caused_at: DateTime<Utc>,
    attempts: u32,
    failure: Option<String>,
    /// The operator who sees to it.
    owner: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct GivenUpDossier {
    subscription: String,
    dossier: String,
    /// Of the event that can't be taken in.
    sequence: u64,
    attempts: u32,
    failure: String,
}

/// What is tried again: messages, of one office or one alone, or what a subscription has parked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, tag = "what", rename_all = "snake_case")]
pub(super) enum Again {
    /// All messages that were given up, those of one office, or one.
    Deliveries { office: Option<String>, message: Option<String>, reason: String },
    /// Says who sees to a message: the operator who asks.
    Take { message: String, reason: String },
    /// Dossiers that a subscription has parked, or one.
    Dossiers { subscription: String, dossier: Option<String>, reason: String },
    /// Leaves out the event at which a subscription stands still, and goes on behind it.
    Skip { subscription: String, dossier: String, reason: String },
}

/// What became of it.
#[derive(Serialize, ToSchema)]
pub(super) struct Tried {
    /// Messages or dossiers that it concerned.
    concerned: u64,
}

/// Lists what was given up.
#[utoipa::path(get, operation_id = "list_parked", path = "/api/v1/operators/parked", tag = "operators",
    security(("operator" = [])),
    responses((status = 200, description = "Messages and dossiers", body = GivenUp), Problems))]
pub(super) async fn list(
    State(app): State<App>,
    Known(actor): Known,
) -> Result<Json<GivenUp>, Problem> {
    may(&actor, Deed::Operate)?;
    let log = app.runtime().log();
    let page =
        DeliveryPage { state: DeliveryState::Parked, office: None, after: None, limit: PAGE };
    let deliveries = log.deliveries(page).await?.into_iter().map(delivery).collect();
    let parked = log.parked().await?.into_iter().take(PAGE as usize);
    Ok(Json(GivenUp { deliveries, dossiers: parked.map(dossier).collect() }))
}

/// Lets what was given up be tried again, or leaves it out; recorded with who and why.
#[utoipa::path(post, operation_id = "retry_parked", path = "/api/v1/operators/parked/retry", tag = "operators",
    security(("operator" = [])),
    params(("Idempotency-Key" = Uuid, Header)),
    request_body = Again,
    responses((status = 200, description = "It will be tried again", body = Tried), Problems))]
pub(super) async fn retry(
    State(app): State<App>,
    Known(actor): Known,
    command: Commanded<Again>,
) -> Result<Json<Tried>, Problem> {
    may(&actor, Deed::Operate)?;
    let at = app.runtime().clock().now();
    let (deed, reason, operation) = command.body.operation(&actor, at)?;
    let by = operator(&actor)?.to_owned();
    let note = Command::Note { deed, by, reason, at: at.with_timezone(&zone()) };
    app.runtime().announced().await?.decide(&note).map_err(refused)?;
    app.runtime().announce(note).await?;
    match app.runtime().log().operate(operation).await? {
        0 => Err(Problem::new(&NOT_FOUND)),
        concerned => Ok(Json(Tried { concerned })),
    }
}

impl Again {
    /// What is done, in words for the record, and why.
    fn operation(
        self,
        actor: &Actor,
        at: DateTime<Utc>,
    ) -> Result<(String, String, Operation), Problem> {
        let all = |it: &Option<String>| it.clone().unwrap_or_else(|| "all".to_owned());
        Ok(match self {
            Self::Deliveries { office, message, reason } => {
                let deed = format!("retry deliveries: {} of {}", all(&message), all(&office));
                (deed, reason, Operation::RetryDeliveries { office, message_id: message, at })
            }
            Self::Take { message, reason } => {
                let owner = operator(actor)?.to_owned();
                let deed = format!("take delivery {message}");
                (deed, reason, Operation::TakeDelivery { message_id: message, owner })
            }
            Self::Dossiers { subscription, dossier, reason } => {
                let deed = format!("retry {subscription}: {}", all(&dossier));
                (deed, reason, Operation::Retry { subscription, aggregate_id: dossier })
            }
            Self::Skip { subscription, dossier, reason } => {
                let deed = format!("skip {subscription}: {dossier}");
                let (owner, kept) = (operator(actor)?.to_owned(), reason.clone());
                let aggregate_id = dossier;
                let skip = Operation::Skip { subscription, aggregate_id, reason: kept, owner, at };
                (deed, reason, skip)
            }
        })
    }
}

fn delivery(it: Delivery) -> GivenUpDelivery {
    let message = it.outgoing.message;
    GivenUpDelivery {
        message: message.message_id,
        office: message.addressee,
        dossier: message.dossier_id,
        kind: message.kind,
        caused_at: message.caused_at,
        attempts: it.attempts,
        failure: it.last_failure,
        owner: it.owner,
    }
}

fn dossier(it: Parked) -> GivenUpDossier {
    GivenUpDossier {
        subscription: it.subscription,
        dossier: it.stream.aggregate_id,
        sequence: it.sequence,
        attempts: it.attempts,
        failure: it.error_code,
    }
}
