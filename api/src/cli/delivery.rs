//! `lienthong delivery`: messages that are pushed to agencies, and what became of them. Works on the
//! store: beside a running server on PostgreSQL, without one on SQLite.

use std::process::ExitCode;

use chrono::{Datelike as _, Days, NaiveDate, Utc};
use lienthong_engine::clock::zone;
use lienthong_engine::delivery::balance::{Balance, balances};
use lienthong_engine::log::feeds::{
    Arrival, Delivery as Row, DeliveryPage, DeliveryState, Operation,
};
use lienthong_engine::log::{self, Log, READ_ROWS_MAX};
use serde_json::{Value, json};

use super::output::say;
use super::store::{self, Place};

#[derive(clap::Subcommand)]
pub(crate) enum Delivery {
    /// Show messages: those that were given up, if nothing else is asked for
    List(List),
    /// Deliver again what was given up
    Retry(Retry),
    /// Say who sees to a message
    Take(Take),
    /// Compare, for each day and office, what was requested with what has become of it
    Reconcile(Reconcile),
}

#[derive(clap::Args)]
pub(crate) struct List {
    #[arg(long)]
    office: Option<String>,
    /// pending, delivered or parked
    #[arg(long, default_value = "parked", value_parser = state)]
    state: DeliveryState,
    /// As JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(clap::Args)]
pub(crate) struct Retry {
    /// Of one office alone
    #[arg(long)]
    office: Option<String>,
    /// One message alone
    #[arg(long)]
    message: Option<String>,
    #[command(flatten)]
    place: Place,
}

#[derive(clap::Args)]
pub(crate) struct Take {
    message: String,
    /// The operator's name
    #[arg(long)]
    owner: String,
    #[command(flatten)]
    place: Place,
}

/// Days that are looked at where none are named.
const DAYS: u64 = 30;

#[derive(clap::Args)]
pub(crate) struct Reconcile {
    /// The first day, e.g. 2026-11-19; else the last 30 days
    #[arg(long, value_parser = day)]
    from: Option<NaiveDate>,
    /// The last day; else today
    #[arg(long, value_parser = day)]
    until: Option<NaiveDate>,
    /// As JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("the store could not be used: {0}")]
    Log(#[from] log::Error),
    #[error("there is no such message; `lienthong delivery list` shows what there is")]
    Nothing,
}

fn state(name: &str) -> Result<DeliveryState, &'static str> {
    DeliveryState::find(name).ok_or("pending, delivered or parked")
}

fn day(text: &str) -> Result<NaiveDate, &'static str> {
    let day = text.parse().ok().filter(|it: &NaiveDate| (1970..=9999).contains(&it.year()));
    day.ok_or("a day, e.g. 2026-11-19")
}

impl Delivery {
    pub(crate) async fn run(self) -> Result<ExitCode, Error> {
        match self {
            Self::List(it) => it.run().await?,
            Self::Reconcile(it) => return it.run().await,
            Self::Retry(Retry { office, message, place }) => {
                let at = Utc::now();
                let operation = Operation::RetryDeliveries { office, message_id: message, at };
                operate(&place, operation).await?;
            }
            Self::Take(Take { message, owner, place }) => {
                let operation = Operation::TakeDelivery { message_id: message, owner };
                operate(&place, operation).await?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn operate(place: &Place, operation: Operation) -> Result<(), Error> {
    let log = place.open().await?;
    let concerned = log.operate(operation).await;
    log.close().await;
    if concerned? == 0 { Err(Error::Nothing) } else { Ok(()) }
}

impl List {
    async fn run(self) -> Result<(), Error> {
        let log = self.place.open().await?;
        let rows = all(&*log, self.office, self.state).await;
        log.close().await;
        let rows = rows?;
        if self.json {
            say!("{:#}", Value::from(rows.iter().map(shown).collect::<Vec<_>>()));
            return Ok(());
        }
        for row in &rows {
            let message = &row.outgoing.message;
            let failure = row.last_failure.as_deref().unwrap_or("none");
            let owner = row.owner.as_deref().unwrap_or("nobody");
            say!(
                "{} to {}: {} attempts, last failure {failure}, seen to by {owner}",
                message.message_id,
                message.addressee,
                row.attempts
            );
        }
        Ok(())
    }
}

impl Reconcile {
    /// Status 1 where something is missing, or too much.
    async fn run(self) -> Result<ExitCode, Error> {
        let until = self.until.unwrap_or_else(|| Utc::now().with_timezone(&zone()).date_naive());
        let from = self.from.unwrap_or_else(|| until - Days::new(DAYS - 1));
        let log = self.place.open().await?;
        let found = balances(&*log, from..=until).await;
        log.close().await;
        let found = found?;
        if self.json {
            say!("{:#}", Value::from(found.iter().map(balance).collect::<Vec<_>>()));
        } else {
            found.iter().for_each(|it| say!("{}", in_words(it)));
        }
        let is_even = found.iter().all(Balance::is_even);
        Ok(if is_even { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn in_words(it: &Balance) -> String {
    let is = if it.is_even() { "=" } else { "\u{2260}" };
    let what = Arrival::ALL.map(|arrival| format!("{} {}", it.of(arrival), arrival.name()));
    format!("{} {}: {} requested {is} {}", it.day, it.office, it.requested, what.join(" + "))
}

fn balance(it: &Balance) -> Value {
    let mut shown = json!({ "day": it.day, "office": it.office, "requested": it.requested });
    for arrival in Arrival::ALL {
        shown[arrival.name()] = it.of(arrival).into();
    }
    shown
}

/// Every delivery in a state, by page.
async fn all(
    log: &dyn Log,
    office: Option<String>,
    state: DeliveryState,
) -> Result<Vec<Row>, log::Error> {
    let mut rows: Vec<Row> = Vec::new();
    loop {
        let last = rows.last().map(|it| it.outgoing.message.clone());
        let after = last.map(|it| (it.addressee, it.message_id));
        let page = DeliveryPage { state, office: office.clone(), after, limit: READ_ROWS_MAX };
        let page = log.deliveries(page).await?;
        let is_last = page.len() < READ_ROWS_MAX as usize;
        rows.extend(page);
        if is_last {
            return Ok(rows);
        }
    }
}

fn shown(row: &Row) -> Value {
    let message = &row.outgoing.message;
    json!({
        "message": message.message_id,
        "office": message.addressee,
        "dossier": message.dossier_id,
        "task": message.task,
        "kind": message.kind,
        "caused_at": message.caused_at,
        "state": row.state.name(),
        "attempts": row.attempts,
        "next_at": row.next_at,
        "failure": row.last_failure,
        "owner": row.owner,
        "delivered_at": row.delivered_at,
    })
}
