//! What those outside know for certain, written down for the checker: each line is on disk before
//! anything follows from it.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use lienthong_checker::ledger::{Answer, Command, Ledger, Line};

/// A ledger that is being written.
pub struct Writer {
    path: PathBuf,
    file: Mutex<File>,
}

impl Writer {
    /// # Panics
    /// If the file exists already, or can't be made.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        let file = File::create_new(path).expect("a new ledger");
        Self { path: path.to_owned(), file: Mutex::new(file) }
    }

    pub fn sent(&self, command: &Command) {
        self.write(&Line::Sent(command.clone()));
    }

    pub fn answered(&self, answer: &Answer) {
        self.write(&Line::Answered(answer.clone()));
    }

    /// # Panics
    /// If the line does not reach the disk.
    pub fn write(&self, line: &Line) {
        let mut text = serde_json::to_vec(line).expect("a line is JSON");
        text.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&text).expect("write a line");
        file.sync_data().expect("keep a line");
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Everything that these files say.
///
/// # Panics
/// If one of them is no ledger.
#[must_use]
pub fn read<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Ledger {
    let mut ledger = Ledger::default();
    for path in paths {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).expect("read a ledger");
        ledger.take(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    ledger
}
