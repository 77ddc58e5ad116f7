//! `lienthong operate`: what operators do to dossiers, over the API of a running server, under their
//! own name. The token is never an argument, which others could see.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::client::{self, Body, Client, Problem};
use super::output::say;

/// Where the operator's token is looked for.
const TOKEN: &str = "LIENTHONG_OPERATOR_TOKEN";

#[derive(clap::Args)]
pub(crate) struct Operate {
    /// The server
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    #[command(subcommand)]
    deed: Deed,
}

/// The token of `lienthong token --operator NAME` is in the environment: `LIENTHONG_OPERATOR_TOKEN`.
#[derive(clap::Subcommand)]
enum Deed {
    /// Announce an outage: the clocks of open tasks at these offices stand until it is over
    BeginOutage {
        name: String,
        /// Offices by id
        #[arg(long, value_delimiter = ',')]
        offices: Vec<String>,
        /// Kinds of offices; all, if only areas are named
        #[arg(long, value_delimiter = ',')]
        kinds: Vec<String>,
        /// Communes or provinces by code; everywhere, if only kinds are named
        #[arg(long, value_delimiter = ',')]
        areas: Vec<String>,
        /// When it begins, e.g. 2026-11-27T10:00:00+07:00; now, if left out
        #[arg(long)]
        from: Option<String>,
        /// When it is over by itself
        #[arg(long)]
        until: Option<String>,
        #[arg(long)]
        reason: String,
    },
    /// Say that an outage or a succession is over
    End { name: String },
    /// List what is announced
    Announced,
    /// Move what an office has not finished, and what it is still sent, to another of its kind
    Succeed {
        #[arg(long)]
        from: String,
        #[arg(long)]
        to: String,
        #[arg(long)]
        reason: String,
    },
    /// Make another edition of a calendar the current one, and count everything anew
    AmendCalendar {
        name: String,
        /// The calendar's file
        file: PathBuf,
        #[arg(long)]
        reason: String,
    },
    /// Count everything anew after a calendar was amended
    Recount {
        #[arg(long)]
        reason: String,
    },
    /// List what was given up: messages that no office took, dossiers that a subscription could not
    /// take in; fails if there is something
    Parked,
    /// Deliver again what was given up: all of it, that of one office, or one message
    RetryDeliveries {
        #[arg(long)]
        office: Option<String>,
        #[arg(long)]
        message: Option<String>,
        #[arg(long)]
        reason: String,
    },
    /// Let a subscription try again what it has parked
    RetryDossiers {
        subscription: String,
        #[arg(long)]
        dossier: Option<String>,
        #[arg(long)]
        reason: String,
    },
    /// Leave out the event at which a subscription stands still
    Skip {
        subscription: String,
        dossier: String,
        #[arg(long)]
        reason: String,
    },
    /// List open dossiers that nobody holds; fails if there is one
    Unheld,
    /// Compare what the national portal has: a file with [{"code": …, "status": …}]; fails if
    /// something differs
    ComparePortal { file: PathBuf },
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no operator's token in the environment, in {TOKEN}")]
    NoToken,
    #[error("{path}: {cause}")]
    File { path: String, cause: String },
    #[error("the server says: {0}")]
    Problem(#[from] Problem),
    #[error(transparent)]
    Client(#[from] client::Error),
}

impl Operate {
    /// Prints the server's answer. Fails where something was found that should not be.
    pub(crate) async fn run(self) -> Result<ExitCode, Error> {
        let token = std::env::var(TOKEN).map_err(|_| Error::NoToken)?;
        let client = Client::new(&self.url, |text| eprintln!("{text}"))?.with_bearer(&token);
        let answer = match self.deed {
            Deed::Unheld => client.get("/api/v1/operators/unheld").await?,
            Deed::Parked => client.get("/api/v1/operators/parked").await?,
            Deed::Announced => client.get("/api/v1/operators/announcements").await?,
            deed => {
                let (path, body) = deed.request()?;
                let path = format!("/api/v1/operators/{path}");
                client.post(&path, Uuid::now_v7(), Body::Json(body)).await?
            }
        };
        say!("{answer}");
        let found = ["unknown", "different"].iter().any(|it| is_some(&answer, it));
        let lists = answer.get("more").or(answer.get("deliveries")).is_some();
        let unheld = lists && ["dossiers", "deliveries"].iter().any(|it| is_some(&answer, it));
        Ok(if found || unheld { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// Whether a list of an answer has something in it.
fn is_some(answer: &Json, list: &str) -> bool {
    answer.get(list).and_then(Json::as_array).is_some_and(|it| !it.is_empty())
}

impl Deed {
    /// Where it goes, and what it says.
    fn request(self) -> Result<(String, Json), Error> {
        Ok(match self {
            Self::BeginOutage { name, offices, kinds, areas, from, until, reason } => {
                let body = json!({
                    "offices": offices, "kinds": kinds, "areas": areas,
                    "from": from, "until": until, "reason": reason,
                });
                (format!("outages/{name}/begin"), body)
            }
            Self::End { name } => (format!("announcements/{name}/end"), json!({})),
            Self::Succeed { from, to, reason } => {
                ("successions".to_owned(), json!({ "from": from, "to": to, "reason": reason }))
            }
            Self::Recount { reason } => ("recount".to_owned(), json!({ "reason": reason })),
            Self::RetryDeliveries { office, message, reason } => again(&json!({
                "what": "deliveries", "office": office, "message": message, "reason": reason,
            })),
            Self::RetryDossiers { subscription, dossier, reason } => again(&json!({
                "what": "dossiers", "subscription": subscription, "dossier": dossier,
                "reason": reason,
            })),
            Self::Skip { subscription, dossier, reason } => again(&json!({
                "what": "skip", "subscription": subscription, "dossier": dossier, "reason": reason,
            })),
            Self::Unheld | Self::Announced | Self::Parked => (String::new(), json!({})),
            Self::AmendCalendar { name, file, reason } => {
                let body = json!({ "text": read(&file)?, "reason": reason });
                (format!("calendars/{name}/amend"), body)
            }
            Self::ComparePortal { file } => {
                let theirs: Json = serde_json::from_str(&read(&file)?)
                    .map_err(|it| unreadable(&file, &it.to_string()))?;
                ("portal/compare".to_owned(), json!({ "dossiers": theirs }))
            }
        })
    }
}

fn again(body: &Json) -> (String, Json) {
    ("parked/retry".to_owned(), body.clone())
}

fn read(file: &Path) -> Result<String, Error> {
    std::fs::read_to_string(file).map_err(|it| unreadable(file, &it.to_string()))
}

fn unreadable(file: &Path, cause: &str) -> Error {
    Error::File { path: file.display().to_string(), cause: cause.to_owned() }
}
