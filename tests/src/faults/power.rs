//! Power cuts on SQLite. Everything that a server does to its store's files is recorded while
//! citizens apply. Afterwards the files are made as a cut at some moment may have left them:
//! with what had been synced by then, and of what was written since, whichever sectors reached the
//! disk. The engine opens them, and whatever had been answered must be there.

mod disk;
mod recording;

use std::path::Path;

use lienthong_checker::history::History;
use lienthong_checker::ledger::Ledger;
use lienthong_checker::{Evidence, Invariant, Report, check};
use lienthong_engine::log::Log as _;
use lienthong_engine::log::sqlite::SqliteLog;
use lienthong_engine::sabotage::Bug;

use crate::manner::Manner;
use crate::report;
use crate::seed::Choices;
use crate::server::Place;
use crate::trial::Trial;
use disk::Disk;
use recording::Recording;

/// Commands in a recording.
const COMMANDS: u64 = 60;
/// Bytes of a write that the recording keeps: a page of the store is 4,096.
const BYTES_KEPT: &str = "--string-limit=66000";
const CALLS: &str = "--trace=pwrite64,ftruncate,fsync,fdatasync,unlink";
const STORE: &str = "log.sqlite";

/// Cuts the power so many times.
///
/// # Panics
/// If the recording can't be made or read.
pub async fn cut(name: &str, place: Place, bug: Option<Bug>, cuts: u64) -> Report {
    let mut choices = Choices::announced(name);
    let mut trial = Trial::begin(name, place);
    trial.server.stop();
    let folder = trial.server.place.folder().to_owned();
    let first = Disk::read(&folder, STORE);
    let trace = folder.join("trace");
    let to = format!("--output={}", trace.display());
    let arguments = ["--decode-fds=path", "--absolute-timestamps=unix,us", "--strings-in-hex=all"];
    let mut manner = Manner::traced(&[&arguments[..], &[&to, BYTES_KEPT, CALLS]].concat());
    manner.faults = bug.and_then(|it| Manner::with_bug(it).faults);
    trial.server.manner = manner;
    trial.start_again();
    trial.senders.carry_out(COMMANDS).await;
    let read = |it| std::fs::read_to_string(it).expect("a ledger");
    let ledgers: Vec<String> = trial.ledgers().iter().map(read).collect();
    // The end writes everything that is left into the store's file; cuts come before.
    let recording = Recording::read(&trace, &folder, STORE);
    let whole = trial.end().await;
    let syncs = recording.syncs();
    report::say(&format!("{name}: recorded {} calls, {syncs} of them syncs", recording.calls()));
    assert!(whole.holds() && recording.calls() > COMMANDS, "the recording is of no use: {whole}");
    let (mut report, mut lost) = (Report::default(), 0);
    for n in 1..=cuts {
        let moment = choices.between(1, recording.calls());
        let (disk, at) = recording.until(&first, moment);
        let mut ledger = Ledger::default();
        for text in &ledgers {
            ledger.take_until(text, Some(at)).expect("a ledger");
        }
        let (image, unsynced) = disk.after_cut(&mut choices);
        lost += u64::from(unsynced > 0);
        let found = recover(&image, ledger).await;
        report::say(&format!(
            "{name}: cut {n} of {cuts} at call {moment}, {unsynced} writes not synced: {found}"
        ));
        report.events = report.events.max(found.events);
        report.dossiers = report.dossiers.max(found.dossiers);
        report.commands = report.commands.max(found.commands);
        report.violations.extend(found.violations);
    }
    report::say(&format!("{name}: fired {cuts} times, {lost} with writes that were not synced"));
    report
}

/// Opens the files as a start would, and checks them.
async fn recover(image: &disk::Image, ledger: Ledger) -> Report {
    let folder = tempfile::tempdir().expect("a temporary folder");
    image.write(folder.path());
    let path = folder.path().join(STORE);
    match opened(&path).await {
        Ok(history) => check(&Evidence { history, ledger, ..Evidence::default() }),
        Err(why) => {
            let mut report = Report::default();
            report.seen(Invariant::R3, "the store", &format!("it can't be opened: {why}"));
            report
        }
    }
}

async fn opened(path: &Path) -> Result<History, String> {
    let log = SqliteLog::open(path).await.map_err(|it| it.to_string())?;
    log.close().await;
    History::read(&format!("sqlite:{}", path.display())).await.map_err(|it| it.to_string())
}
