//! `lienthong subscription`: who follows the log, how far each is, and what waits behind an event that
//! can't be taken in. Works on the store: beside a running server on PostgreSQL, without one on SQLite.

use chrono::Utc;
use lienthong_engine::log::feeds::Operation;
use lienthong_engine::log::{self, Log};
use lienthong_engine::subscription::{self, standings};
use serde_json::{Value, json};

use super::output::say;
use super::store::{self, Place};

#[derive(clap::Subcommand)]
pub(crate) enum Subscription {
    /// Show how far each subscription is, and what is parked
    List(List),
    /// Let a subscription stand still
    Pause(Named),
    /// Let it go on
    Resume(Named),
    /// Try again what is parked
    Retry(Retry),
    /// Leave out the event at which a dossier is parked, and go on behind it
    Skip(Skip),
    /// Build a subscription's tables anew beside those that are read from, and switch to them once
    /// they have caught up
    Rebuild(Named),
}

#[derive(clap::Args)]
pub(crate) struct List {
    /// As JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(clap::Args)]
pub(crate) struct Named {
    /// As `list` shows it
    name: String,
    #[command(flatten)]
    place: Place,
}

#[derive(clap::Args)]
pub(crate) struct Retry {
    name: String,
    /// One dossier alone
    #[arg(long)]
    dossier: Option<String>,
    #[command(flatten)]
    place: Place,
}

#[derive(clap::Args)]
pub(crate) struct Skip {
    name: String,
    dossier: String,
    /// Why; it is kept
    #[arg(long)]
    reason: String,
    /// Who says so; it is kept
    #[arg(long)]
    owner: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("the store could not be used: {0}")]
    Log(#[from] log::Error),
    #[error("there is nothing of that name; `lienthong subscription list` shows what there is")]
    Nothing,
}

impl Subscription {
    pub(crate) async fn run(self) -> Result<(), Error> {
        let (place, operation) = match self {
            Self::List(it) => return it.run().await,
            Self::Rebuild(it) => return rebuild(it).await,
            Self::Pause(it) => (it.place, pause(it.name, true)),
            Self::Resume(it) => (it.place, pause(it.name, false)),
            Self::Retry(Retry { name, dossier, place }) => {
                (place, Operation::Retry { subscription: name, aggregate_id: dossier })
            }
            Self::Skip(Skip { name, dossier, reason, owner, place }) => {
                let (subscription, aggregate_id, at) = (name, dossier, Utc::now());
                (place, Operation::Skip { subscription, aggregate_id, reason, owner, at })
            }
        };
        let log = place.open().await?;
        let concerned = log.operate(operation).await;
        log.close().await;
        if concerned? == 0 { Err(Error::Nothing) } else { Ok(()) }
    }
}

async fn rebuild(Named { name, place }: Named) -> Result<(), Error> {
    let log = place.open().await?;
    let built = subscription::rebuild(&*log, &name).await;
    log.close().await;
    let built = built?.ok_or(Error::Nothing)?;
    say!("{built} is built from the origin; the server switches to it when it has caught up");
    Ok(())
}

fn pause(subscription: String, is_paused: bool) -> Operation {
    Operation::Pause { subscription, is_paused }
}

impl List {
    async fn run(self) -> Result<(), Error> {
        let log = self.place.open().await?;
        let shown = shown(&*log).await;
        log.close().await;
        let shown = shown?;
        if self.json {
            say!("{shown:#}");
            return Ok(());
        }
        for it in shown["subscriptions"].as_array().into_iter().flatten() {
            let pause = if it["paused"] == true { ", paused" } else { "" };
            let name = it["name"].as_str().unwrap_or_default();
            say!("{name:16} {} behind, {} parked{pause}", it["lag"], it["parked"]);
        }
        for it in shown["parked"].as_array().into_iter().flatten() {
            let text = |member: &str| it[member].as_str().unwrap_or_default().to_owned();
            let (name, what, why) = (text("subscription"), text("aggregate"), text("error"));
            say!("{name:16} {what} at its event {}: {why}", it["sequence"]);
        }
        Ok(())
    }
}

async fn shown(log: &dyn Log) -> Result<Value, log::Error> {
    let standings: Vec<Value> = standings(log)
        .await?
        .into_iter()
        .map(|it| {
            let (name, lag, parked) = (it.subscription, it.lag, it.parked);
            json!({ "name": name, "lag": lag, "parked": parked, "paused": it.is_paused })
        })
        .collect();
    let parked = log.parked().await?.into_iter().map(|it| {
        json!({
            "subscription": it.subscription,
            "aggregate": it.stream.aggregate_id,
            "sequence": it.sequence,
            "attempts": it.attempts,
            "error": it.error_code,
        })
    });
    Ok(json!({ "subscriptions": standings, "parked": parked.collect::<Vec<_>>() }))
}
