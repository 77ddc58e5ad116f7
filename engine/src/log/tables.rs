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
}

/// A moment at which something is to be done about a dossier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimerRow {
    pub dossier_id: String,
    pub timer: String,
    pub due_at: DateTime<Utc>,
    /// Whom the dossier asks something until then, by the digest of their personal id.
    pub person: Option<String>,
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
    /// When that happened.
    pub caused_at: DateTime<Utc>,
}

/// A message where it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    pub partition: u32,
    /// Of the event that causes the message.
    pub position: u64,
    pub message: OutboxRow,
}

/// All rows of one dossier after its last event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DossierRows {
    /// Of the last event.
    pub sequence: u64,
    pub dossier: DossierRow,
    pub tasks: Vec<TaskRow>,
    pub timers: Vec<TimerRow>,
    pub outbox: Vec<OutboxRow>,
}

/// What events change in a dossier's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowsChange {
    pub dossier_id: String,
    /// Of the last of the events.
    pub sequence: u64,
    /// New or changed.
    pub dossier: Option<DossierRow>,
    /// New or changed.
    pub tasks: Vec<TaskRow>,
    /// New or moved.
    pub timers: Vec<TimerRow>,
    /// The names of those that are no more.
    pub timers_gone: Vec<String>,
    /// New.
    pub outbox: Vec<OutboxRow>,
}

impl DossierRows {
    /// What has changed since `before`; everything, if there was nothing.
    #[must_use]
    pub fn since(self, before: Option<&Self>) -> RowsChange {
        let Self { sequence, dossier, mut tasks, mut timers, mut outbox } = self;
        let dossier_id = dossier.dossier_id.clone();
        let mut dossier = Some(dossier);
        let mut timers_gone = Vec::new();
        if let Some(before) = before {
            let is_left = |it: &&TimerRow| timers.iter().any(|left| left.timer == it.timer);
            let gone = before.timers.iter().filter(|it| !is_left(it));
            timers_gone.extend(gone.map(|it| it.timer.clone()));
            dossier.take_if(|it| *it == before.dossier);
            tasks.retain(|it| !before.tasks.contains(it));
            timers.retain(|it| !before.timers.contains(it));
            outbox.retain(|it| it.sequence > before.sequence);
        }
        RowsChange { dossier_id, sequence, dossier, tasks, timers, timers_gone, outbox }
    }
}

impl RowsChange {
    /// Adds what a later change of the same dossier changes.
    pub(crate) fn then(&mut self, later: Self) {
        self.sequence = later.sequence;
        self.dossier = later.dossier.or(self.dossier.take());
        self.tasks.retain(|it| later.tasks.iter().all(|new| new.task != it.task));
        self.tasks.extend(later.tasks);
        let is_kept = |name: &str| {
            later.timers.iter().all(|it| it.timer != name)
                && later.timers_gone.iter().all(|it| it != name)
        };
        self.timers.retain(|it| is_kept(&it.timer));
        self.timers_gone.retain(|it| is_kept(it));
        self.timers.extend(later.timers);
        self.timers_gone.extend(later.timers_gone);
        self.outbox.extend(later.outbox);
    }
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

impl Worklist {
    /// One page of pages, each of one status and in order.
    pub(crate) fn merge(&self, pages: Vec<Vec<TaskRow>>) -> Vec<TaskRow> {
        let mut tasks = pages.concat();
        let key = |it: &TaskRow| {
            let due_at = it.due_at.map_or(NEVER, |it| it.timestamp_micros());
            (due_at, it.dossier_id.clone(), it.task.clone())
        };
        tasks.sort_by_cached_key(key);
        tasks.truncate(self.limit.min(super::READ_ROWS_MAX) as usize);
        tasks
    }
}

impl TimerRow {
    pub(crate) fn by_due_time(one: &Self, other: &Self) -> std::cmp::Ordering {
        let key = |it: &Self| (it.due_at, it.dossier_id.clone(), it.timer.clone());
        one.due_at.cmp(&other.due_at).then_with(|| key(one).cmp(&key(other)))
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

    /// The timers of what somebody is asked, the soonest first.
    async fn asked(&self, person: &str, limit: u32) -> Result<Vec<TimerRow>, Error>;

    /// Open dossiers with nobody who has to do something, or without a timer: there should be none.
    async fn unheld(&self, limit: u32) -> Result<Vec<String>, Error>;

    /// Timers in some partitions that are due at or before `until`, the soonest first. `limit` is
    /// for each partition.
    async fn due_timers(
        &self,
        partitions: &[u32],
        until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<TimerRow>, Error>;

    /// The messages that events of a partition above a position caused, in their order.
    async fn messages(
        &self,
        partition: u32,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Outgoing>, Error>;
}
