//! Power cuts. Everything that a store's files go through is recorded while citizens apply.
//! Afterwards the files are made as a cut at some moment may have left them: with what had been
//! synced by then, and of what was written since, whichever sectors reached the disk. The store
//! is opened, and whatever had been answered must be there.

mod disk;
mod of_postgres;
mod of_sqlite;
mod recording;

use std::path::Path;

use chrono::{DateTime, Utc};
use lienthong_checker::Report;
use lienthong_checker::ledger::Ledger;

pub use of_postgres::cut as cut_postgres;
pub use of_sqlite::cut as cut_sqlite;

use crate::report;
use crate::seed::Choices;
use crate::trial::Trial;
use disk::{Disk, Image};
use recording::Recording;

/// Commands in a recording.
const COMMANDS: u64 = 60;
/// What `strace` tells of each call. A write to a write-ahead log may be as large as its buffer.
const TOLD: &[&str] = &[
    "--decode-fds=path",
    "--absolute-timestamps=unix,us",
    "--strings-in-hex=all",
    "--string-limit=2000000",
];

/// A recording with what everybody knew meanwhile.
struct Recorded {
    name: String,
    recording: Recording,
    /// The files when it began.
    first: Disk,
    /// The texts of all ledgers.
    ledgers: Vec<String>,
    choices: Choices,
}

impl Recorded {
    /// Ends a trial whose server has been recorded, and reads what there is. The end writes
    /// everything that is left into the store's files; the recording ends before.
    ///
    /// # Panics
    /// If the recording can't be read, or does not say enough.
    async fn read(
        trial: Trial,
        (trace, folder, first): (&Path, &Path, &Path),
        is_kept: fn(&str) -> bool,
    ) -> Self {
        let name = trial.name.clone();
        let choices = Choices::announced(&name);
        // The ledgers come later: they have whatever was sent by the end of the recording.
        let recording = Recording::read(trace, folder, is_kept);
        let read = |it| std::fs::read_to_string(it).expect("a ledger");
        let ledgers = trial.ledgers().iter().map(read).collect();
        let first = Disk::read(first, recording.files());
        let whole = trial.end().await;
        let (calls, syncs) = (recording.calls(), recording.syncs());
        report::say(&format!("{name}: recorded {calls} calls, {syncs} of them syncs"));
        assert!(whole.holds() && calls > COMMANDS, "something is wrong already: {whole}");
        Self { name, recording, first, ledgers, choices }
    }

    /// Cuts the power so many times; `recover` opens what is left and checks it.
    ///
    /// # Panics
    /// If something is wrong without a cut.
    async fn cut(mut self, cuts: u64, recover: impl AsyncFn(&Image, Ledger) -> Report) -> Report {
        let (mut report, mut lost) = (Report::default(), 0);
        let name = &self.name;
        let (disk, at) = self.recording.until(&self.first, self.recording.calls());
        let whole = recover(&disk.whole(), known_at(&self.ledgers, at)).await;
        assert!(whole.holds(), "the recording is of no use: {whole}");
        for n in 1..=cuts {
            let moment = self.choices.between(1, self.recording.calls());
            let (disk, at) = self.recording.until(&self.first, moment);
            let (image, unsynced) = disk.after_cut(&mut self.choices);
            lost += u64::from(unsynced > 0);
            let found = recover(&image, known_at(&self.ledgers, at)).await;
            let words = format!("cut at call {moment}, {unsynced} writes not synced: {found}");
            report::step(name, n, cuts, &words);
            report.events = report.events.max(found.events);
            report.dossiers = report.dossiers.max(found.dossiers);
            report.commands = report.commands.max(found.commands);
            report.violations.extend(found.violations);
        }
        report::say(&format!(
            "{name}: fired {cuts} times, {lost} with writes that were not synced"
        ));
        report.after(cuts)
    }
}

/// What everybody knew at a moment.
fn known_at(ledgers: &[String], at: DateTime<Utc>) -> Ledger {
    let mut ledger = Ledger::default();
    for text in ledgers {
        ledger.take_until(text, Some(at)).expect("a ledger");
    }
    ledger
}
