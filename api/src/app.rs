//! What every handler works with: the running engine, the stored files, the clock, the tokens, the
//! templates. Cheap to clone. Opens dossiers with the reference data that they are pinned to.

use std::collections::BTreeSet;
use std::sync::Arc;

use lienthong_domain::digest::Digest;
use lienthong_domain::directory::Directory;
use lienthong_domain::dossier::{self, Attachment, Dossier, TaskState};
use lienthong_domain::workflow::{FieldFault, Group, Task};
use lienthong_engine::clock::Clock;
use lienthong_engine::documents::Documents;
use lienthong_engine::runtime::{Outcome, Runtime};
use tokio::sync::{Semaphore, watch};
use uuid::Uuid;

use crate::http::Sight;
use crate::identity::Tokens;
use crate::pages::Pages;
use crate::peers::Seal;
use crate::policy::Actor;
use crate::problem::{BAD_REQUEST, Code, INTERNAL, NOT_FOUND, Problem, REFUSED, UNDECIDABLE};

/// At most this many agencies' calls wait for work at a time.
pub const WAITING_MAX: usize = 1_024;
/// A request names at most this many files.
pub(crate) const FILES_MAX: usize = 100;

/// What a server is made of.
pub struct Parts {
    pub runtime: Runtime,
    /// The address of the store that the engine runs on.
    pub store: String,
    pub documents: Documents,
    pub tokens: Tokens,
    /// Of messages between the processes of one system.
    pub seal: Seal,
}

#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    parts: Parts,
    pages: Pages,
    waiting: Arc<Semaphore>,
    stopping: watch::Sender<bool>,
    sight: Sight,
}

/// A dossier with the versions that it is on.
pub struct Opened {
    pub dossier: Arc<Dossier>,
    pub group: Arc<Group>,
    pub directory: Arc<Directory>,
}

/// A command was carried out, now or when it came first.
pub struct Accepted {
    pub dossier: Uuid,
    pub code: String,
    pub sequence: u64,
}

impl App {
    /// # Errors
    /// If a template that is built in is wrong.
    pub fn new(parts: Parts) -> Result<Self, Box<handlebars::TemplateError>> {
        let waiting = Arc::new(Semaphore::new(WAITING_MAX));
        let (stopping, _) = watch::channel(false);
        let (pages, sight) = (Pages::new()?, Sight::default());
        Ok(Self(Arc::new(Inner { parts, pages, waiting, stopping, sight })))
    }

    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.0.parts.runtime
    }

    #[must_use]
    pub fn documents(&self) -> &Documents {
        &self.0.parts.documents
    }

    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        self.runtime().clock().as_ref()
    }

    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        &self.0.parts.tokens
    }

    #[must_use]
    pub fn seal(&self) -> &Seal {
        &self.0.parts.seal
    }

    #[must_use]
    pub fn pages(&self) -> &Pages {
        &self.0.pages
    }

    pub(crate) fn store(&self) -> &str {
        &self.0.parts.store
    }

    pub(crate) fn sight(&self) -> &Sight {
        &self.0.sight
    }

    pub(crate) fn waiting(&self) -> &Semaphore {
        &self.0.waiting
    }

    /// How many calls wait for work now.
    #[must_use]
    pub fn waiting_now(&self) -> usize {
        WAITING_MAX - self.0.waiting.available_permits()
    }

    /// Lets calls that wait for work come to an end.
    pub fn stop_waiting(&self) {
        self.0.stopping.send_replace(true);
    }

    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.0.stopping.subscribe()
    }

    /// A dossier with its pinned versions. Whether somebody may see it is not asked here.
    pub(crate) async fn open(&self, id: Uuid) -> Result<Opened, Problem> {
        let dossier = self.runtime().dossier(id).await?;
        let dossier = dossier.filter(|it| it.is_submitted()).ok_or(Problem::new(&NOT_FOUND))?;
        self.with_versions(dossier).await
    }

    /// Several dossiers, in their order; `None` where there is none.
    pub(crate) async fn open_all(&self, ids: &[Uuid]) -> Result<Vec<Option<Opened>>, Problem> {
        let mut opened = Vec::with_capacity(ids.len());
        for dossier in self.runtime().dossiers(ids).await? {
            opened.push(match dossier {
                Some(dossier) => Some(self.with_versions(dossier).await?),
                None => None,
            });
        }
        Ok(opened)
    }

    async fn with_versions(&self, dossier: Arc<Dossier>) -> Result<Opened, Problem> {
        let catalogue = self.runtime().catalogue(&dossier).await?;
        let group = catalogue.group(&dossier.group.digest);
        let directory = catalogue.directory(&dossier.directory);
        let (Some(group), Some(directory)) = (group, directory) else {
            tracing::error!(dossier = %dossier.id, "reference data of a dossier is missing");
            return Err(Problem::new(&UNDECIDABLE));
        };
        Ok(Opened { dossier, group, directory })
    }

    /// Turns stored files that somebody's request names into attachments. What they did not store
    /// is a fault at its place, and the request must not be carried out then.
    pub(crate) async fn attachments(
        &self,
        actor: &Actor,
        named: Vec<NamedFile>,
    ) -> Result<(Vec<Attachment>, Vec<FieldFault>), Problem> {
        if named.len() > FILES_MAX {
            return Err(Problem::new(&BAD_REQUEST));
        }
        let mut attachments = Vec::with_capacity(named.len());
        let mut faults = Vec::new();
        for NamedFile { pointer, kind, digest } in named {
            let stored = match Digest::try_from(digest) {
                Ok(digest) => self.attachment(actor, kind, &digest).await?,
                Err(_) => None,
            };
            match stored {
                Some(attachment) => attachments.push(attachment),
                None => faults.push(dossier::not_uploaded(pointer)),
            }
        }
        Ok((attachments, faults))
    }

    /// A file that somebody stored, as an attachment of some kind. Another's is not there.
    pub(crate) async fn attachment(
        &self,
        actor: &Actor,
        kind: String,
        digest: &Digest,
    ) -> Result<Option<Attachment>, Problem> {
        let stored = self.documents().describe_for(digest, &actor.uploader()?).await?;
        Ok(stored.map(|it| Attachment {
            kind,
            digest: it.digest,
            media_type: it.media_type.to_owned(),
            bytes: it.bytes,
        }))
    }

    /// The version of a group on which an application made now would start.
    #[must_use]
    pub fn group_in_force(&self, name: &str) -> Option<Arc<Group>> {
        let now = self.clock().now().fixed_offset();
        self.runtime().published().in_force(name, now).map(|it| it.group)
    }

    /// Every group in force now, by name.
    #[must_use]
    pub fn groups_in_force(&self) -> Vec<Arc<Group>> {
        let published = self.runtime().published();
        let names: BTreeSet<&str> =
            published.published_groups().map(|it| it.name.as_str()).collect();
        names.into_iter().filter_map(|it| self.group_in_force(it)).collect()
    }

    /// Whether there is a group of this name, in force or not.
    #[must_use]
    pub fn knows_group(&self, name: &str) -> bool {
        self.runtime().published().published_groups().any(|it| it.name == name)
    }
}

impl Opened {
    /// A task with its definition.
    pub(crate) fn task(&self, name: &str) -> Result<(&TaskState, &Task), Problem> {
        let task = self.dossier.task(name).zip(self.group.task(name));
        task.ok_or(Problem::new(&NOT_FOUND))
    }
}

/// A file that a request names, and where.
pub(crate) struct NamedFile {
    pub(crate) pointer: String,
    pub(crate) kind: String,
    /// As it was sent.
    pub(crate) digest: String,
}

/// A refusal is a problem; that something does not exist looks the same wherever it is noticed.
pub(crate) fn accepted(outcome: Outcome) -> Result<Accepted, Problem> {
    match outcome {
        Outcome::Accepted { dossier, code, sequence } => Ok(Accepted { dossier, code, sequence }),
        Outcome::Refused { code, .. }
            if matches!(code.as_str(), "no-such-dossier" | "no-such-task") =>
        {
            Err(Problem::new(&NOT_FOUND))
        }
        Outcome::Refused { code, sentence } => {
            Err(Problem::detailed(Code::find(&code).unwrap_or(&REFUSED), sentence))
        }
    }
}

/// A value that this program made can't be written.
pub(crate) fn unwritable(error: impl std::error::Error + 'static) -> Problem {
    crate::problem::logged(&INTERNAL, &error)
}
