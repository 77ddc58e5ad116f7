//! People and offices in the engine's own process: what they send goes straight into its queue, and
//! offices read their worklists in pages.

use std::sync::Arc;
use std::time::Duration;

use futures::future::try_join_all;
use lienthong_domain::dossier::{Action, Actor, Channel, NationalStatus, TaskStatus};
use lienthong_engine::clock::SystemClock;
use lienthong_engine::log::{self, TaskRow, Worklist};
use lienthong_engine::runtime::{self, Outcome, Request, Runtime, SubmitRequest};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::error::Error;
use crate::lg3::{self, Task};
use crate::load::{Carrier, Deed, Office, OpenTask};

/// Tasks in a page of a worklist.
const PAGE: u32 = 200;
/// Whoever is told that the engine is busy comes again after this time.
const PATIENCE: Duration = Duration::from_millis(5);

pub(crate) struct InProcess {
    runtime: Runtime,
    /// By task.
    results: [Json; 3],
}

/// An engine on a store, with LG3 published.
pub(crate) async fn start(store: &str) -> Result<Runtime, Error> {
    let log = log::open(store).await?;
    Ok(Runtime::start(log, Arc::new(SystemClock), lg3::references()?).await?)
}

impl InProcess {
    pub(crate) fn new(runtime: Runtime) -> Self {
        Self { runtime, results: Task::ALL.map(Task::results) }
    }

    /// Answers a task until it is taken, and gives the dossier's sequence after it.
    pub(crate) async fn answer_one(
        &self,
        office: &Office,
        deed: Deed,
        open: &OpenTask,
    ) -> Result<u64, Error> {
        let (command_id, task) = (Uuid::now_v7(), open.task.name());
        loop {
            let (task, dispatch) = (task.to_owned(), open.dispatch.clone());
            let action = match deed {
                Deed::Acknowledge => Action::Acknowledge { task, dispatch },
                Deed::Complete => {
                    let results = self.results[open.task as usize].clone();
                    Action::Complete { task, dispatch, results, documents: Vec::new() }
                }
            };
            let actor = Actor::Agency(office.id.clone());
            let digest = digest(command_id);
            let request = Request { command_id, digest, dossier: open.dossier, actor, action };
            if let Some((_, sequence)) = accepted(self.runtime.execute(request).await)? {
                return Ok(sequence);
            }
            tokio::time::sleep(PATIENCE).await;
        }
    }
}

impl Carrier for InProcess {
    async fn submit(&self, n: u64, command_id: Uuid) -> Result<Option<Uuid>, Error> {
        let request = SubmitRequest {
            command_id,
            digest: digest(command_id),
            citizen: lg3::citizen(n),
            group: lg3::GROUP.to_owned(),
            channel: Channel::Online,
            application: lg3::application(n),
            attachments: Vec::new(),
        };
        let done = accepted(self.runtime.submit(request).await)?;
        Ok(done.map(|(dossier, _)| dossier))
    }

    async fn page(&self, office: &Office) -> Result<Vec<OpenTask>, Error> {
        let mut changes = self.runtime.changes_for(&office.id);
        loop {
            let page = Worklist {
                office: office.id.clone(),
                statuses: vec![TaskStatus::Dispatched.name().to_owned()],
                after: None,
                limit: PAGE,
            };
            let rows = self.runtime.log().worklist(page).await?;
            if !rows.is_empty() {
                return rows.iter().map(|it| open_task(office, it)).collect();
            }
            changes.changed().await.map_err(|_| runtime::Error::Stopped)?;
        }
    }

    async fn answer(
        &self,
        office: &Office,
        deed: Deed,
        tasks: &[OpenTask],
    ) -> Result<Vec<u64>, Error> {
        try_join_all(tasks.iter().map(|it| self.answer_one(office, deed, it))).await
    }
}

/// The dossier and its sequence; `None` if the engine is busy.
fn accepted(outcome: Result<Outcome, runtime::Error>) -> Result<Option<(Uuid, u64)>, Error> {
    match outcome {
        Ok(Outcome::Accepted { dossier, sequence, .. }) => Ok(Some((dossier, sequence))),
        Ok(Outcome::Refused { code, .. }) => Err(Error::Wrong(format!("refused: {code}"))),
        Err(runtime::Error::Busy) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A row of an office's worklist.
pub(crate) fn open_task(office: &Office, row: &TaskRow) -> Result<OpenTask, Error> {
    let (dossier, task) = (Uuid::parse_str(&row.dossier_id).ok(), office.task);
    dossier
        .zip(row.dispatch.clone())
        .map(|(dossier, dispatch)| OpenTask { dossier, task, dispatch })
        .ok_or_else(|| Error::Wrong(format!("a task that nobody can answer: {row:?}")))
}

/// Whatever it is, it is another one for every command.
fn digest(command: Uuid) -> [u8; 32] {
    let mut digest = [0; 32];
    digest[..16].copy_from_slice(command.as_bytes());
    digest
}

/// Fails unless a dossier has come all the way.
pub(crate) async fn see_returned(runtime: &Runtime, dossier: Uuid) -> Result<(), Error> {
    let row = runtime.log().dossier(&dossier.to_string()).await?;
    let row = row.ok_or_else(|| Error::Wrong(format!("dossier {dossier} is not there")))?;
    let events = runtime.events(dossier).await?.len();
    if row.status == NationalStatus::Returned.number() && events == lg3::EVENTS as usize {
        Ok(())
    } else {
        Err(Error::Wrong(format!("dossier {dossier} ended at {} {events}", row.status)))
    }
}
