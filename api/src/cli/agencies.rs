//! `lienthong agencies`: simulated agency systems, one per office, as a process that knows nothing
//! but the HTTP API and the offices' keys. They take every open task, wait, and ask, refuse or
//! complete. What they do follows from the seed alone, so that after a kill they do the same.

mod answer;
mod ledger;
mod options;
mod result;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::client::{self, Client};
use super::life::Life;
use super::output::say;
use super::seeded::Seed;
use ledger::Ledger;
pub(crate) use options::{Delay, Manners};

/// Offices whose agencies one process simulates.
const OFFICES_MAX: usize = 1_000;
/// Tasks that one process works on at the same time; further ones stay open.
const TASKS_AT_ONCE: usize = 256;
/// How long a server may hold a call back while there is nothing to do, in seconds.
const WAIT_SECONDS: u32 = 20;
const TASKS_PER_CALL: u32 = 100;
/// Between two looks while everything open is already being worked on.
const PACE: Duration = Duration::from_millis(200);

#[derive(clap::Args)]
pub(crate) struct Agencies {
    /// The server, e.g. http://127.0.0.1:8080
    #[arg(long)]
    url: String,
    /// The offices' keys, as `lienthong agency issue-key` writes them
    #[arg(long)]
    keys: PathBuf,
    /// Only these offices of the file
    #[arg(long, value_delimiter = ',')]
    offices: Vec<String>,
    #[command(flatten)]
    manners: Manners,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// A new file for what is received, sent and answered, one JSON object a line
    #[arg(long)]
    ledger: Option<PathBuf>,
    #[command(flatten)]
    life: Life,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{path}: {cause}")]
    Keys { path: String, cause: String },
    #[error("{0}: there is no key of this office in the file")]
    NoKey(String),
    #[error("{path}: {cause}")]
    Ledger { path: String, cause: std::io::Error },
    #[error("a process simulates at most {OFFICES_MAX} offices; name some with --offices")]
    TooMany,
    #[error(transparent)]
    Client(#[from] client::Error),
}

/// What the loops of all offices share.
struct Simulation {
    manners: Manners,
    seed: Seed,
    delay: Delay,
    json: bool,
    ledger: Option<Ledger>,
    hands: Arc<Semaphore>,
}

/// One office with its system.
struct Office {
    id: String,
    client: Client,
    simulation: Arc<Simulation>,
    /// Dispatches that are being worked on.
    in_hand: Mutex<BTreeSet<String>>,
}

/// An open task as the server tells it; members that the simulation has no use for are left out.
#[derive(Clone, Debug, Deserialize)]
struct OpenTask {
    dossier: String,
    code: String,
    task: String,
    dispatch: String,
    status: String,
    dispatched_at: DateTime<Utc>,
    #[serde(default)]
    returns: BTreeMap<String, result::Declared>,
    #[serde(default)]
    supplement: Supplement,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Supplement {
    may_ask: Option<MayAsk>,
}

/// What the definition lets an agency ask for.
#[derive(Clone, Debug, Deserialize)]
struct MayAsk {
    documents: Vec<String>,
    fields: Vec<String>,
}

impl Agencies {
    /// Runs until it is interrupted.
    pub(crate) async fn run(self) -> Result<(), Error> {
        let keys = chosen(read_keys(&self.keys)?, &self.offices)?;
        if keys.len() > OFFICES_MAX {
            return Err(Error::TooMany);
        }
        let client = Client::new(&self.url, |text| say!("{text}"))?;
        let simulation = Arc::new(Simulation {
            seed: self.manners.seed(),
            delay: self.manners.delay.clone().unwrap_or(Duration::ZERO..=Duration::ZERO),
            manners: self.manners,
            json: self.json,
            ledger: self.ledger.as_deref().map(ledger).transpose()?,
            hands: Arc::new(Semaphore::new(TASKS_AT_ONCE)),
        });
        let mut loops = JoinSet::new();
        for (id, key) in keys {
            let client = client.with_bearer(&key);
            let in_hand = Mutex::new(BTreeSet::new());
            let office = Office { id, client, simulation: simulation.clone(), in_hand };
            loops.spawn(Arc::new(office).work());
        }
        tokio::select! {
            () = self.life.is_over() => Ok(()),
            _ = loops.join_all() => Ok(()),
        }
    }
}

fn ledger(path: &Path) -> Result<Ledger, Error> {
    Ledger::new(path).map_err(|cause| Error::Ledger { path: path.display().to_string(), cause })
}

fn read_keys(path: &Path) -> Result<BTreeMap<String, String>, Error> {
    let fault = |cause: String| Error::Keys { path: path.display().to_string(), cause };
    let text = std::fs::read_to_string(path).map_err(|it| fault(it.to_string()))?;
    serde_json::from_str(&text).map_err(|it| fault(it.to_string()))
}

fn chosen(
    mut keys: BTreeMap<String, String>,
    offices: &[String],
) -> Result<BTreeMap<String, String>, Error> {
    if let Some(unknown) = offices.iter().find(|it| !keys.contains_key(*it)) {
        return Err(Error::NoKey(unknown.clone()));
    }
    keys.retain(|office, _| offices.is_empty() || offices.contains(office));
    Ok(keys)
}

impl Office {
    /// Takes up what an earlier process left, then whatever comes.
    async fn work(self: Arc<Self>) {
        let mut statuses = "dispatched,acknowledged,supplied,completed";
        while let Some(found) = self.look(statuses).await {
            match found {
                Found::New => {}
                Found::NothingNew => tokio::time::sleep(PACE).await,
                // From here on, what was acknowledged is being worked on.
                Found::Nothing => statuses = "dispatched,supplied,completed",
            }
        }
    }

    /// One look at the tasks of some statuses, `completed` meaning those with a result that is still
    /// to be handed over. Waits for one. `None` if the server does not let this office
    /// look.
    async fn look(self: &Arc<Self>, statuses: &str) -> Option<Found> {
        let query = format!("status={statuses}&wait={WAIT_SECONDS}&limit={TASKS_PER_CALL}");
        let answer = match self.client.get(&format!("/api/v1/agency/tasks?{query}")).await {
            Ok(answer) => answer,
            Err(problem) => {
                self.report(None, &format!("may not look: {problem}"));
                return None;
            }
        };
        let tasks = answer.get("tasks").and_then(Json::as_array).cloned().unwrap_or_default();
        let mut found = if tasks.is_empty() { Found::Nothing } else { Found::NothingNew };
        for task in tasks {
            match serde_json::from_value::<OpenTask>(task) {
                Ok(task) => {
                    if self.take(task).await {
                        found = Found::New;
                    }
                }
                Err(error) => self.report(None, &format!("can't read a task: {error}")),
            }
        }
        Some(found)
    }

    /// Works on a task, if nobody does yet.
    async fn take(self: &Arc<Self>, task: OpenTask) -> bool {
        if !self.in_hand().insert(task.dispatch.clone()) {
            return false;
        }
        self.take_down(|it| it.received(&self.id, &task));
        let hand = self.simulation.hands.clone().acquire_owned().await;
        let office = self.clone();
        tokio::spawn(async move {
            answer::answer(&office, &task).await;
            office.in_hand().remove(&task.dispatch);
            drop(hand);
        });
        true
    }

    fn in_hand(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Into the ledger, if one is kept.
    fn take_down(&self, write: impl FnOnce(&Ledger) -> std::io::Result<()>) {
        let written = self.simulation.ledger.as_ref().map_or(Ok(()), write);
        if let Err(error) = written {
            self.report(None, &format!("can't write the ledger: {error}"));
        }
    }

    /// One line on the standard output.
    fn report(&self, task: Option<&OpenTask>, what: &str) {
        let code = task.map_or("", |it| it.code.as_str());
        let name = task.map_or("", |it| it.task.as_str());
        if self.simulation.json {
            let at = Utc::now().to_rfc3339();
            let line =
                json!({ "at": at, "office": self.id, "code": code, "task": name, "action": what });
            say!("{line}");
        } else {
            let at = Utc::now().format("%H:%M:%S%.3f");
            say!("{at} {} {code} {name} {what}", self.id);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    /// Only tasks that are already being worked on.
    NothingNew,
    New,
}
