//! Histories with something wrong in them, made from a stored one in which every kind of event
//! happens. A forger who is good at it hashes everything anew.

use std::path::Path;
use std::sync::OnceLock;

use rusqlite::Connection;
use serde_json::Value as Json;

use crate::chain::{self, hex};
use crate::history::{History, Row};

const STORY: &str = include_str!("../../../fixtures/logs/0001-first.sql");

pub(super) struct Forge {
    pub(super) history: History,
}

/// The id of a dossier of the story: the dump names them in its first lines.
pub(super) fn dossier(name: &str) -> &'static str {
    let line = STORY.lines().find_map(|it| it.strip_prefix(&format!("-- {name} ")));
    line.unwrap_or_else(|| panic!("the story has no {name}"))
}

impl Forge {
    pub(super) fn story() -> Self {
        static WHOLE: OnceLock<History> = OnceLock::new();
        Self { history: WHOLE.get_or_init(Self::stored).clone() }
    }

    fn stored() -> History {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.sqlite");
        Connection::open(&path).unwrap().execute_batch(STORY).unwrap();
        read(&path)
    }

    pub(super) fn row(&mut self, name: &str, event_type: &str) -> &mut Row {
        let id = dossier(name);
        let mut rows = self.history.events.iter_mut();
        let row = rows.find(|it| it.aggregate_id == id && it.event_type == event_type);
        row.unwrap_or_else(|| panic!("{name} has no {event_type}"))
    }

    /// Changes what the first such event says.
    pub(super) fn says(mut self, name: &str, event_type: &str, change: impl Fn(&mut Json)) -> Self {
        let row = self.row(name, event_type);
        let payload: Json = serde_json::from_str(&row.payload).unwrap();
        let mut control = payload["control"].clone();
        change(&mut control);
        row.payload = match payload.get("personal") {
            Some(personal) => format!("{{\"control\":{control},\"personal\":{personal}}}"),
            None => format!("{{\"control\":{control}}}"),
        };
        self.hashed(name)
    }

    /// Changes what the metadata of the first such event say.
    pub(super) fn tells(mut self, name: &str, event_type: &str, what: &str, as_: &str) -> Self {
        let row = self.row(name, event_type);
        let mut metadata: Json = serde_json::from_str(&row.metadata).unwrap();
        metadata[what] = as_.into();
        row.metadata = metadata.to_string();
        self.hashed(name)
    }

    /// Removes the first such event; what follows moves up.
    pub(super) fn without(mut self, name: &str, event_type: &str) -> Self {
        let gone = self.row(name, event_type).clone();
        self.history.events.retain(|it| it.hash != gone.hash);
        for row in &mut self.history.events {
            let follows = row.partition == gone.partition && row.position > gone.position;
            row.position -= u64::from(follows);
            let follows = row.aggregate_id == gone.aggregate_id && row.sequence > gone.sequence;
            row.sequence -= u64::from(follows);
        }
        for head in self.history.heads.iter_mut().filter(|it| it.partition == gone.partition) {
            head.head -= 1;
        }
        self.hashed(name)
    }

    /// The first such event happens again after everything else.
    pub(super) fn again(mut self, name: &str, event_type: &str) -> Self {
        let mut row = self.row(name, event_type).clone();
        let events = &self.history.events;
        let last = events.iter().rfind(|it| it.aggregate_id == row.aggregate_id).unwrap();
        row.sequence = last.sequence + 1;
        row.recorded_at = last.recorded_at;
        let head = self.history.heads.iter_mut().find(|it| it.partition == row.partition).unwrap();
        head.head += 1;
        row.position = head.head;
        self.history.events.push(row);
        self.history.events.sort_by_key(|it| (it.partition, it.position));
        self.hashed(name)
    }

    /// Two neighbours change places in their stream.
    pub(super) fn swapped(mut self, name: &str, earlier: &str) -> Self {
        let first = self.row(name, earlier).clone();
        for row in self.history.events.iter_mut().filter(|it| it.aggregate_id == dossier(name)) {
            let (one, other) = (first.sequence, first.sequence + 1);
            let moved = match row.sequence {
                it if it == one => 1,
                it if it == other => -1,
                _ => 0,
            };
            row.sequence = row.sequence.checked_add_signed(moved).unwrap();
            row.position = row.position.checked_add_signed(moved).unwrap();
        }
        self.history.events.sort_by_key(|it| (it.partition, it.position));
        self.hashed(name)
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut History)) -> Self {
        change(&mut self.history);
        self
    }

    /// Hashes a dossier's events anew.
    fn hashed(mut self, name: &str) -> Self {
        let id = dossier(name);
        let mut tail = chain::BEGINNING;
        for row in self.history.events.iter_mut().filter(|it| it.aggregate_id == id) {
            tail = chain::hash(row, &tail).unwrap();
            row.hash = hex(&tail);
        }
        self
    }
}

fn read(path: &Path) -> History {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(History::read(&format!("sqlite:{}", path.display()))).unwrap()
}
