//! What those outside know for certain: what they sent, what they were answered, what they
//! received. One JSON object a line, on disk before anything follows from it; a last line that was
//! cut off counts as not written.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

/// One line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    Sent(Command),
    Answered(Answer),
    Received(Received),
}

/// A command with everything that it takes to send it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    pub id: Uuid,
    /// `citizen:ACCOUNT` or `agency:OFFICE`.
    pub sender: String,
    pub path: String,
    pub body: Json,
    /// The dossier that it is about; none for an application.
    #[serde(default)]
    pub dossier: Option<String>,
    pub at: DateTime<Utc>,
}

/// What a command was answered; a repeated one may have several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub id: Uuid,
    /// HTTP's.
    pub status: u16,
    pub body: Json,
    pub at: DateTime<Utc>,
}

/// A task that reached an agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    pub office: String,
    pub dossier: String,
    pub task: String,
    pub dispatch: String,
    pub at: DateTime<Utc>,
}

/// A command and its answers, the first one first.
#[derive(Clone, Debug)]
pub struct Known {
    pub command: Command,
    pub answers: Vec<Answer>,
}

/// Everything that was written down.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub commands: BTreeMap<Uuid, Known>,
    pub received: Vec<Received>,
}

/// A ledger that can't be believed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("line {line} is no line of a ledger: {cause}")]
    Line { line: usize, cause: serde_json::Error },
    #[error("line {line} answers a command that was not sent")]
    NotSent { line: usize },
}

impl Ledger {
    /// Takes in a file's text.
    ///
    /// # Errors
    /// If a line other than the last can't be read.
    pub fn take(&mut self, text: &str) -> Result<(), Error> {
        self.take_until(text, None)
    }

    /// Takes in a file as it was at a moment: lines that were written later are left out.
    ///
    /// # Errors
    /// If a line other than the last can't be read.
    pub fn take_until(&mut self, text: &str, until: Option<DateTime<Utc>>) -> Result<(), Error> {
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        for (index, text) in whole.lines().enumerate() {
            let line = index + 1;
            let read = serde_json::from_str(text).map_err(|cause| Error::Line { line, cause })?;
            self.add(read, until).ok_or(Error::NotSent { line })?;
        }
        Ok(())
    }

    /// `None` if it answers what was not sent.
    fn add(&mut self, line: Line, until: Option<DateTime<Utc>>) -> Option<()> {
        let known = |at: DateTime<Utc>| until.is_none_or(|until| at <= until);
        match line {
            Line::Sent(command) => {
                let id = command.id;
                self.commands.entry(id).or_insert(Known { command, answers: Vec::new() });
            }
            Line::Answered(answer) => {
                let sent = self.commands.get_mut(&answer.id)?;
                if known(answer.at) {
                    sent.answers.push(answer);
                }
            }
            Line::Received(received) if known(received.at) => self.received.push(received),
            Line::Received(_) => {}
        }
        Some(())
    }
}
