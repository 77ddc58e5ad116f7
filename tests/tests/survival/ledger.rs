//! What the senders know for certain: a file of what was sent and what was answered, each line on
//! disk before anything follows from it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

/// A command with everything that it takes to send it again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Command {
    pub(crate) id: Uuid,
    pub(crate) account: String,
    pub(crate) path: String,
    pub(crate) body: Json,
    /// The dossier that it is about; none for an application.
    pub(crate) dossier: Option<String>,
    pub(crate) in_words: String,
}

/// The first answer to a command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) id: Uuid,
    pub(crate) status: u16,
    pub(crate) body: Json,
}

#[derive(Serialize, Deserialize)]
enum Line {
    Sent(Command),
    Answered(Answer),
}

pub(crate) struct Ledger {
    path: PathBuf,
    file: Mutex<File>,
}

impl Ledger {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), file: Mutex::new(File::create_new(path).unwrap()) }
    }

    pub(crate) fn sent(&self, command: &Command) {
        self.write(&Line::Sent(command.clone()));
    }

    pub(crate) fn answered(&self, answer: Answer) {
        self.write(&Line::Answered(answer));
    }

    fn write(&self, line: &Line) {
        let mut text = serde_json::to_vec(line).unwrap();
        text.push(b'\n');
        let mut file = self.file.lock().unwrap();
        file.write_all(&text).unwrap();
        file.sync_data().unwrap();
    }

    /// Every command with its answer, as the file has it.
    pub(crate) fn read(&self) -> Vec<(Command, Answer)> {
        let mut sent = Vec::new();
        let mut answers = BTreeMap::new();
        for line in BufReader::new(File::open(&self.path).unwrap()).lines() {
            match serde_json::from_str(&line.unwrap()).unwrap() {
                Line::Sent(command) => sent.push(command),
                Line::Answered(answer) => drop(answers.insert(answer.id, answer)),
            }
        }
        let answered = sent.into_iter().map(|it| {
            let answer = answers.remove(&it.id);
            let answer = answer.unwrap_or_else(|| panic!("no answer to {}", it.in_words));
            (it, answer)
        });
        answered.collect()
    }
}
