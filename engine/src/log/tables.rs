//! The core read tables: what a person or an agency sees right after a command. They are written
//! in the append, derived from events alone, and hold nothing personal and no wall-clock values
//! of their own.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Error;
use super::columns::NEVER;

/// A dossier at a glance. Its status is one of the ten national ones, 1 to 10.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DossierRow {
    pub dossier_id: String,
    pub code: String,
    pub group_name: String,
    pub group_version: String,
    pub account: String,
    pub status: u8,
    pub submitted_at: DateTime<Utc>,
    /// Of the last event of the dossier that this row shows.
    pub sequence: u64,
}

/// A task of a dossier, as worklists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRow {
    pub dossier_id: String,
    pub task: String,
    pub office: String,
    pub status: String,
    /// Whose turn it is.
    pub turn: String,
    /// The dispatch that an answer must name, if there was one.
    pub dispatch: Option<String>,
    pub due_at: Option<DateTime<Utc>>,
    /// Of the last event of the dossier that this row shows.
    pub sequence: u64,
}

/// A moment at which something is to be done about a dossier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimerRow {
    pub dossier_id: String,
    pub timer: String,
    pub due_at: DateTime<Utc>,
}

/// A message to somebody outside. Its id never changes, and neither does the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    pub dossier_id: String,
    pub message_id: String,
    pub addressee: String,
    pub kind: String,
    pub task: String,
    /// Of the event that causes the message.
    pub sequence: u64,
}

/// All rows of one dossier after its last event. Dossier and tasks are updated, timers replaced,
/// messages added where they are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DossierRows {
    pub dossier: DossierRow,
    pub tasks: Vec<TaskRow>,
    pub timers: Vec<TimerRow>,
    pub outbox: Vec<OutboxRow>,
}

/// A page of an account's dossiers, the newest first, below `before`.
#[derive(Clone, Debug)]
pub struct DossierPage {
    pub account: String,
    pub before: Option<(DateTime<Utc>, String)>,
    pub limit: u32,
}

/// A page of an office's tasks in some statuses, what is due soonest first, without due time last.
#[derive(Clone, Debug)]
pub struct Worklist {
    pub office: String,
    pub statuses: Vec<String>,
    pub after: Option<WorklistPlace>,
    pub limit: u32,
}

/// A place in a worklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorklistPlace {
    pub due_at: Option<DateTime<Utc>>,
    pub dossier_id: String,
    pub task: String,
}

impl TaskRow {
    #[must_use]
    pub fn place(&self) -> WorklistPlace {
        WorklistPlace {
            due_at: self.due_at,
            dossier_id: self.dossier_id.clone(),
            task: self.task.clone(),
        }
    }
}

impl DossierPage {
    /// Where the page begins, as both stores compare it.
    pub(crate) fn place(&self) -> (i64, String) {
        match &self.before {
            None => (NEVER, String::new()),
            Some((submitted_at, id)) => (submitted_at.timestamp_micros(), id.clone()),
        }
    }
}

impl Worklist {
    /// Where the page begins, as both stores compare it.
    pub(crate) fn place(&self) -> (i64, String, String) {
        match &self.after {
            None => (i64::MIN, String::new(), String::new()),
            Some(place) => {
                let due_at = place.due_at.map_or(NEVER, |it| it.timestamp_micros());
                (due_at, place.dossier_id.clone(), place.task.clone())
            }
        }
    }
}

/// Reads without lag. Every limit is also bounded by [`super::READ_ROWS_MAX`].
#[async_trait]
pub trait Tables: Send + Sync + 'static {
    async fn dossier(&self, dossier_id: &str) -> Result<Option<DossierRow>, Error>;

    async fn dossier_by_code(&self, code: &str) -> Result<Option<DossierRow>, Error>;

    async fn dossiers_of(&self, page: DossierPage) -> Result<Vec<DossierRow>, Error>;

    /// The tasks of a dossier by name.
    async fn tasks_of(&self, dossier_id: &str) -> Result<Vec<TaskRow>, Error>;

    async fn worklist(&self, page: Worklist) -> Result<Vec<TaskRow>, Error>;

    /// The timers of a dossier, the soonest first.
    async fn timers_of(&self, dossier_id: &str) -> Result<Vec<TimerRow>, Error>;

    /// Timers due at or before `until`, the soonest first.
    async fn due_timers(&self, until: DateTime<Utc>, limit: u32) -> Result<Vec<TimerRow>, Error>;

    /// When the next timer of any dossier is due.
    async fn next_timer(&self) -> Result<Option<DateTime<Utc>>, Error>;

    /// The messages that a dossier caused, in the order of their events.
    async fn messages_of(&self, dossier_id: &str) -> Result<Vec<OutboxRow>, Error>;

    /// The messages for an addressee by id, above `after`.
    async fn messages_to(
        &self,
        addressee: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, Error>;
}
