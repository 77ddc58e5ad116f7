//! What simulated agencies know for certain, for whoever compares it with the log afterwards: what
//! they received, what they sent before it was sent, what they were answered.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use chrono::Utc;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::OpenTask;
use crate::cli::client::Problem;

/// A file that is being written, one JSON object a line.
pub(super) struct Ledger(Mutex<File>);

impl Ledger {
    /// # Errors
    /// If the file is there already, or can't be made.
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        Ok(Self(Mutex::new(File::create_new(path)?)))
    }

    pub(super) fn received(&self, office: &str, task: &OpenTask) -> io::Result<()> {
        let OpenTask { dossier, task, dispatch, .. } = task;
        self.write(&json!({ "received": {
            "office": office, "dossier": dossier, "task": task, "dispatch": dispatch,
            "at": Utc::now(),
        } }))
    }

    pub(super) fn sent(
        &self,
        office: &str,
        id: Uuid,
        path: &str,
        dossier: &str,
        body: &Json,
    ) -> io::Result<()> {
        let sender = format!("agency:{office}");
        self.write(&json!({ "sent": {
            "id": id, "sender": sender, "path": path, "body": body, "dossier": dossier,
            "at": Utc::now(),
        } }))
    }

    pub(super) fn answered(&self, id: Uuid, answer: &Result<Json, Problem>) -> io::Result<()> {
        let (status, body) = match answer {
            Ok(body) => (200, body.clone()),
            Err(problem) => (problem.status, json!({ "code": problem.code })),
        };
        self.write(&json!({ "answered": {
            "id": id, "status": status, "body": body, "at": Utc::now(),
        } }))
    }

    fn write(&self, line: &Json) -> io::Result<()> {
        let line = format!("{line}\n");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes())
    }
}
