//! Power cuts on SQLite: the calls of the engine's own process.

use std::path::Path;

use lienthong_checker::history::History;
use lienthong_checker::{Evidence, Invariant, Report, check};
use lienthong_engine::log::Log as _;
use lienthong_engine::log::sqlite::SqliteLog;
use lienthong_engine::sabotage::Bug;

use super::{COMMANDS, Recorded, TOLD};
use crate::manner::{Manner, STRACE};
use crate::program::{self, is_there};
use crate::server::Place;
use crate::trial::Trial;

const CALLS: &str = "--trace=pwrite64,ftruncate,fsync,fdatasync,unlink";
const STORE: &str = "log.sqlite";
const LOG: &str = "log.sqlite-wal";

/// Cuts the power so many times; `None` where `strace` is not installed.
///
/// # Panics
/// If the recording can't be made or read.
pub async fn cut(name: &str, place: Place, bug: Option<Bug>, cuts: u64) -> Option<Report> {
    if !is_there(STRACE) {
        return None;
    }
    let mut trial = Trial::begin(name, place);
    trial.server.stop();
    let folder = trial.server.place.folder().to_owned();
    let before = tempfile::tempdir().expect("a temporary folder");
    for file in [STORE, LOG].map(|it| folder.join(it)).iter().filter(|it| it.exists()) {
        program::copy(file, before.path());
    }
    let trace = folder.join("trace");
    let to = format!("--output={}", trace.display());
    trial.server.manner = Manner::traced(&[TOLD, &[&to, CALLS]].concat());
    trial.server.manner.faults = bug.and_then(|it| Manner::with_bug(it).faults);
    trial.start_again();
    trial.senders.carry_out(COMMANDS).await;
    let is_kept = |file: &str| [STORE, LOG].contains(&file);
    let recorded = Recorded::read(trial, (&trace, &folder, before.path()), is_kept).await;
    let recover = async |image: &super::Image, ledger| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let folder = folder.path().join("store");
        program::copy(before.path(), &folder);
        let _ = image.write(&folder);
        match opened(&folder.join(STORE)).await {
            Ok(history) => check(&Evidence { history, ledger, ..Evidence::default() }),
            Err(why) => {
                let mut report = Report::default();
                report.seen(Invariant::R3, "the store", &format!("it can't be opened: {why}"));
                report
            }
        }
    };
    Some(recorded.cut(cuts, recover).await)
}

/// Opens the files as a start would, and reads them.
async fn opened(path: &Path) -> Result<History, String> {
    let log = SqliteLog::open(path).await.map_err(|it| it.to_string())?;
    log.close().await;
    History::read(&format!("sqlite:{}", path.display())).await.map_err(|it| it.to_string())
}
