//! Writes the write-ahead log back into the store's file, beside the writer: whoever waits for a
//! commit does not wait for that. Only the last pages are the writer's own, since the write-ahead
//! log begins anew only where nothing is left of it and nobody adds to it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, OpenFlags};

use crate::log::Error;

use super::database;

/// Pages of 4 KiB that the write-ahead log may have before it is written back. Hot pages are in it
/// many times and are written back once.
pub(crate) const PAGES: i64 = 16 * 1024;

/// So few are left to the writer.
const PAGES_LEFT: i64 = 512;
/// How often what was added meanwhile is written back, before the rest is left to the writer.
const ROUNDS_MAX: usize = 4;

/// The thread that writes back, and what it has found.
pub(crate) struct Checkpoints {
    /// Gone when the thread is to end.
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    findings: Arc<Findings>,
}

#[derive(Default)]
struct Findings {
    /// The writer is to do the rest.
    is_nearly_done: AtomicBool,
    failure: Mutex<Option<Error>>,
}

/// How much of the write-ahead log there is.
struct Extent {
    pages: i64,
    written_back: i64,
}

impl Checkpoints {
    /// # Errors
    /// If the file can't be opened once more.
    pub(crate) fn begin(path: &Path) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        database::prepare(&connection)?;
        // One call is as good as several.
        let (wake, calls) = sync_channel(1);
        let findings = Arc::<Findings>::default();
        let shared = Arc::clone(&findings);
        let thread = std::thread::Builder::new()
            .name("log-checkpoints".to_owned())
            .spawn(move || run(&connection, &calls, &shared))
            .map_err(Error::unavailable)?;
        Ok(Self { wake: Some(wake), thread: Some(thread), findings })
    }

    /// The writer has written, and does what is its own part of the writing back.
    ///
    /// # Errors
    /// If writing back failed, here or beside the writer. [`Error::AmbiguousCommit`]: nobody knows
    /// what is on disk.
    pub(crate) fn attend(&self, writer: &Connection) -> Result<(), Error> {
        if let Some(failure) = self.findings.failure().take() {
            return Err(failure);
        }
        if self.findings.is_nearly_done.load(Ordering::Acquire) {
            // Somebody may be reading in the old log: then it goes on, and this is tried again.
            if extent(writer)?.pages >= PAGES {
                write_back(writer)?;
            } else {
                self.findings.is_nearly_done.store(false, Ordering::Release);
            }
        } else if let Some(wake) = &self.wake {
            let _ = wake.try_send(());
        }
        Ok(())
    }
}

/// The thread has closed its connection before the writer closes the last one, which makes one file
/// of the store.
impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Findings {
    fn failure(&self) -> std::sync::MutexGuard<'_, Option<Error>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends after a sync that failed: another one that succeeds would say nothing about it.
fn run(connection: &Connection, calls: &Receiver<()>, findings: &Findings) {
    while calls.recv().is_ok() {
        if findings.is_nearly_done.load(Ordering::Acquire) {
            continue;
        }
        match write_most_back(connection) {
            Ok(is_nearly_done) => {
                findings.is_nearly_done.store(is_nearly_done, Ordering::Release);
            }
            Err(failure) => {
                let is_lost = matches!(failure, Error::AmbiguousCommit(_));
                *findings.failure() = Some(failure);
                if is_lost {
                    return;
                }
            }
        }
    }
}

/// Whether there was enough to write back. What is left then, little unless somebody has been reading
/// for long, is the writer's.
fn write_most_back(connection: &Connection) -> Result<bool, Error> {
    if extent(connection)?.left() < PAGES {
        return Ok(false);
    }
    for _ in 0..ROUNDS_MAX {
        if write_back(connection)?.left() < PAGES_LEFT {
            break;
        }
    }
    Ok(true)
}

impl Extent {
    fn left(&self) -> i64 {
        self.pages - self.written_back
    }
}

fn extent(connection: &Connection) -> Result<Extent, Error> {
    pragma(connection, "PRAGMA wal_checkpoint(NOOP)")
}

fn write_back(connection: &Connection) -> Result<Extent, Error> {
    pragma(connection, "PRAGMA wal_checkpoint(PASSIVE)")
}

fn pragma(connection: &Connection, sql: &str) -> Result<Extent, Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let extent = statement
        .query_row((), |row| Ok(Extent { pages: row.get(1)?, written_back: row.get(2)? }))?;
    Ok(extent)
}

#[cfg(test)]
mod tests {
    //! The write-ahead log stays small, and everything is written back.

    use super::*;

    /// About 2 MiB in one commit.
    fn write(connection: &Connection) {
        let rows = "INSERT INTO pages SELECT randomblob(4000) FROM json_each(?1)";
        connection.execute(rows, (format!("[{}0]", "0,".repeat(499)),)).unwrap();
    }

    fn writer(path: &Path) -> Connection {
        let writer = Connection::open(path).unwrap();
        database::configure(&writer).unwrap();
        writer.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
        writer.execute_batch("CREATE TABLE pages (page BLOB)").unwrap();
        writer
    }

    #[test]
    fn what_goes_wrong_beside_the_writer_is_told_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.sqlite");
        let writer = writer(&path);
        let checkpoints = Checkpoints::begin(&path).unwrap();
        let failure = Error::ambiguous(std::io::Error::other("a sync that failed"));
        *checkpoints.findings.failure() = Some(failure);
        let told = checkpoints.attend(&writer);
        assert!(matches!(told, Err(Error::AmbiguousCommit(_))), "{told:?}");
        assert!(checkpoints.attend(&writer).is_ok(), "once");
    }

    #[test]
    fn the_log_begins_anew_while_it_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.sqlite");
        let writer = writer(&path);
        let checkpoints = Checkpoints::begin(&path).unwrap();
        let mut longest = 0;
        let begun_anew = (0..1_000).any(|_| {
            write(&writer);
            checkpoints.attend(&writer).unwrap();
            let pages = extent(&writer).unwrap().pages;
            longest = longest.max(pages);
            pages < longest
        });
        assert!(begun_anew, "{longest} pages, and no end");
        assert!(longest >= PAGES, "{longest} pages");
        drop(checkpoints);
        drop(writer);
        assert!(!path.with_extension("sqlite-wal").exists(), "whoever closes last makes one file");
    }
}
