//! The log in one SQLite file: the embedded default. One thread writes; a few connections read.
//!
//! A file lock beside the store (`PATH.lock`) refuses a second process. Every commit is on disk
//! before it is answered (`synchronous=FULL`). After a commit whose outcome is unknown the writer
//! ends and the log is closed, since what the file holds is only known by opening it again.

mod append;
mod database;
mod failure;
mod readers;
mod rows;
mod tables;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use lienthong_domain::digest::Digest;
use uuid::Uuid;

use super::columns::{self, partition_column, signed};
use super::writer::{Queue, Request};
use super::{Append, Error, Log, Receipt, Recorded, Reference, StreamId, plan};
use append::Writer;
use readers::Readers;

/// A store made by [`SqliteLog::open`] has this many partitions.
pub const PARTITIONS: u32 = 16;

/// The log in an SQLite file.
pub struct SqliteLog {
    partitions: u32,
    queue: Queue,
    readers: Readers,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl SqliteLog {
    /// Opens the store at `path`, making it if there is none, and takes ownership of it.
    ///
    /// # Errors
    /// [`Error::InUse`] if it is open already, [`Error::Invalid`] if it was made by a newer
    /// version of this program, [`Error::Corrupt`] if it is something else.
    pub async fn open(path: &Path) -> Result<Self, Error> {
        let path = path.to_owned();
        let opening = tokio::task::spawn_blocking(move || Self::open_blocking(path));
        opening.await.map_err(Error::unavailable)?
    }

    fn open_blocking(path: PathBuf) -> Result<Self, Error> {
        let store = database::open(&path, PARTITIONS)?;
        let partitions = store.partitions();
        let (queue, mut requests) = Queue::new();
        let mut writer = Writer::new(store);
        let thread = std::thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || {
                while let Some(request) = requests.blocking_recv() {
                    if serve(&mut writer, request).is_break() {
                        break;
                    }
                }
            })
            .map_err(Error::unavailable)?;
        let thread = Mutex::new(Some(thread));
        Ok(Self { partitions, queue, readers: Readers::new(path), thread })
    }

    /// Tells the writer to end; it lets go of the file when it has.
    fn end(&self) -> Option<JoinHandle<()>> {
        self.queue.shut();
        self.thread.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn serve(writer: &mut Writer, request: Request) -> std::ops::ControlFlow<()> {
    match request {
        Request::Append { batch, reply } => {
            let appended = writer.append(batch);
            let unknown = matches!(appended, Err(Error::AmbiguousCommit(_)));
            // Nobody waits any more: the append stands all the same.
            let _ = reply.send(appended);
            if unknown {
                tracing::error!("a commit failed with an unknown outcome: the log closes");
                return std::ops::ControlFlow::Break(());
            }
        }
        Request::Keep { reference, reply } => {
            let _ = reply.send(writer.keep(&reference));
        }
    }
    std::ops::ControlFlow::Continue(())
}

impl Drop for SqliteLog {
    fn drop(&mut self) {
        if let Some(thread) = self.end() {
            let _ = thread.join();
        }
    }
}

#[async_trait]
impl Log for SqliteLog {
    fn partitions(&self) -> u32 {
        self.partitions
    }

    async fn append(&self, batch: Vec<Append>) -> Result<Vec<Vec<Recorded>>, Error> {
        self.queue.append(batch).await
    }

    async fn load(&self, stream: &StreamId) -> Result<Vec<Recorded>, Error> {
        let StreamId { aggregate_type, aggregate_id } = stream.clone();
        let sql = include_str!("sqlite/select_stream.sql");
        self.readers.all(sql, (aggregate_type, aggregate_id), rows::recorded).await
    }

    async fn read(&self, partition: u32, after: u64, limit: u32) -> Result<Vec<Recorded>, Error> {
        let sql = include_str!("sqlite/select_partition.sql");
        let place = (partition_column(partition)?, signed(after)?, columns::rows(limit));
        self.readers.all(sql, place, rows::recorded).await
    }

    async fn head(&self, partition: u32) -> Result<u64, Error> {
        let sql = "SELECT head FROM heads WHERE partition = ?1";
        let head = self.readers.first(sql, (partition_column(partition)?,), rows::number).await?;
        head.ok_or_else(|| Error::Invalid(format!("no partition {partition}")))
    }

    async fn receipt(
        &self,
        partition: u32,
        sender: &str,
        command_id: Uuid,
    ) -> Result<Option<Receipt>, Error> {
        let sql = include_str!("sqlite/select_receipt.sql");
        let key = (partition_column(partition)?, sender.to_owned(), command_id.to_string());
        self.readers.first(sql, key, rows::receipt).await
    }

    async fn put_reference(&self, reference: Reference) -> Result<(), Error> {
        plan::check_reference(&reference)?;
        self.queue.keep(reference).await
    }

    async fn reference(&self, digest: &Digest) -> Result<Option<Reference>, Error> {
        let sql = "SELECT digest, kind, name, content FROM reference WHERE digest = ?1";
        self.readers.first(sql, (digest.to_string(),), rows::reference).await
    }

    async fn references(&self, kind: &str) -> Result<Vec<Reference>, Error> {
        let sql = "SELECT digest, kind, name, content FROM reference WHERE kind = ?1 \
                   ORDER BY name, digest";
        self.readers.all(sql, (kind.to_owned(),), rows::reference).await
    }

    async fn close(&self) {
        if let Some(thread) = self.end() {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the log's writer did not end as it should");
            }
        }
    }
}
