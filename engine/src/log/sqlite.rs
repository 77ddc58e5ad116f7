//! The log in one SQLite file: the embedded default. One thread writes; a few connections read.
//!
//! A file lock beside the store (`PATH.lock`) refuses a second process. Every commit is on disk
//! before it is answered (`synchronous=FULL`). After a commit whose outcome is unknown the writer
//! ends and the log is closed, since what the file holds is only known by opening it again.

mod append;
mod bulk;
mod checkpoint;
mod database;
mod failure;
mod feeds;
mod lease;
#[cfg(feature = "simulation")]
pub mod line;
mod meta;
mod readers;
mod rows;
mod scan;
mod tables;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use lienthong_domain::digest::Digest;
use uuid::Uuid;

use super::columns::{self, partition_column, signed};
use super::ownership::Leases;
use super::writer::{Queue, Request};
use super::{
    Append, Census, Error, Holding, Log, Receipt, ReceiptKey, Recorded, Reference, StreamId, plan,
};
use append::Writer;
use checkpoint::Checkpoints;
use readers::Readers;

pub(crate) use bulk::SqliteBulk;
pub(crate) use meta::change_meta;
pub(crate) use scan::SqliteScan;

/// A store made by [`SqliteLog::open`] has this many partitions.
pub const PARTITIONS: u32 = 16;

/// One batch is decided while another is written.
const LANES: u32 = 2;

/// The log in an SQLite file.
pub struct SqliteLog {
    engine: Uuid,
    partitions: u32,
    leases: Arc<Leases>,
    hands: Hands,
    readers: Readers,
}

/// Who carries out what is asked of the store.
enum Hands {
    Thread {
        queue: Queue<Request<Writer>>,
        thread: Mutex<Option<JoinHandle<()>>>,
    },
    #[cfg(feature = "simulation")]
    Line(line::End),
}

impl SqliteLog {
    /// Opens the store at `path`, making it if there is none.
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
        let partitions = store.partitions;
        let leases = Arc::new(Leases::default());
        let (queue, mut requests) = Queue::<Request<Writer>>::new();
        // Nothing is written back in the middle of a commit, by whoever happens to make it.
        store.connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        let checkpoints = Checkpoints::begin(&path)?;
        let mut writer = Writer { store, leases: Arc::clone(&leases), is_lost: false };
        let thread = std::thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || {
                while let Some(request) = requests.blocking_recv() {
                    request.carry_out(&mut writer);
                    if !writer.is_lost {
                        writer.attend(&checkpoints);
                    }
                    if writer.is_lost {
                        tracing::error!("nobody knows what is on disk: the log closes");
                        break;
                    }
                }
                drop(checkpoints);
            })
            .map_err(Error::unavailable)?;
        let thread = Mutex::new(Some(thread));
        let engine = super::ownership::name()?;
        let hands = Hands::Thread { queue, thread };
        Ok(Self { engine, partitions, leases, hands, readers: Readers::new(path) })
    }

    /// Lets the writer do something. Nobody may wait for the answer any more: it stands all the
    /// same.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        match &self.hands {
            Hands::Thread { queue, .. } => {
                let request = |reply: tokio::sync::oneshot::Sender<_>| -> Request<Writer> {
                    Box::new(move |writer: &mut Writer| {
                        let done = work(writer);
                        writer.is_lost |= matches!(done, Err(Error::AmbiguousCommit(_)));
                        let _ = reply.send(done);
                    })
                };
                queue.ask(request).await
            }
            #[cfg(feature = "simulation")]
            Hands::Line(end) => end.ask(true, work).await,
        }
    }
}

impl Hands {
    fn is_shut(&self) -> bool {
        match self {
            Self::Thread { queue, .. } => queue.is_shut(),
            #[cfg(feature = "simulation")]
            Self::Line(end) => end.is_closed(),
        }
    }

    /// Tells the writer to end; it lets go of the file when it has.
    fn end(&self) -> Option<JoinHandle<()>> {
        match self {
            Self::Thread { queue, thread } => {
                queue.shut();
                thread.lock().unwrap_or_else(PoisonError::into_inner).take()
            }
            #[cfg(feature = "simulation")]
            Self::Line(end) => {
                end.close();
                None
            }
        }
    }
}

impl Drop for SqliteLog {
    fn drop(&mut self) {
        if let Some(thread) = self.hands.end() {
            let _ = thread.join();
        }
    }
}

#[async_trait]
impl Log for SqliteLog {
    fn partitions(&self) -> u32 {
        self.partitions
    }

    fn lanes(&self) -> u32 {
        LANES
    }

    fn engine(&self) -> Uuid {
        self.engine
    }

    fn owns(&self, partition: u32) -> bool {
        self.leases.has(partition)
    }

    async fn census(&self) -> Result<Census, Error> {
        self.write(|writer| writer.census()).await
    }

    async fn beat(&self, address: Option<&str>) -> Result<Census, Error> {
        let (engine, address) = (self.engine, address.map(str::to_owned));
        self.write(move |writer| writer.beat(engine, address.as_deref())).await
    }

    async fn take(&self, seen: &[Holding]) -> Result<Vec<u32>, Error> {
        let (engine, seen) = (self.engine, seen.to_owned());
        self.write(move |writer| writer.take(engine, &seen)).await
    }

    async fn release(&self, partitions: &[u32]) -> Result<(), Error> {
        let (engine, partitions) = (self.engine, partitions.to_owned());
        self.write(move |writer| writer.release(engine, &partitions)).await
    }

    async fn bury(&self, engines: &[Uuid]) -> Result<(), Error> {
        let engines = engines.to_owned();
        self.write(move |writer| writer.bury(&engines)).await
    }

    async fn append(&self, batch: Vec<Append>) -> Result<Vec<Vec<Recorded>>, Error> {
        if self.hands.is_shut() {
            return Err(Error::Closed);
        }
        // The writer is what everybody waits for: it only writes.
        let plan = plan::plan(batch, self.partitions, &self.leases)?;
        self.write(move |writer| writer.append(plan)).await
    }

    async fn load_all(&self, streams: Vec<StreamId>) -> Result<Vec<Vec<Recorded>>, Error> {
        let keys = streams.into_iter().map(|it| (it.aggregate_type, it.aggregate_id)).collect();
        let sql = include_str!("sqlite/select_stream.sql");
        self.readers.each(sql, keys, rows::recorded).await
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

    async fn receipts(&self, keys: Vec<ReceiptKey>) -> Result<Vec<Receipt>, Error> {
        let sql = include_str!("sqlite/select_receipt.sql");
        let key = |it: ReceiptKey| {
            Ok((partition_column(it.partition)?, it.command_id.into_bytes(), it.sender))
        };
        let keys = keys.into_iter().map(key).collect::<Result<_, Error>>()?;
        Ok(self.readers.each(sql, keys, rows::receipt).await?.concat())
    }

    async fn prune_receipts(
        &self,
        partition: u32,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<u64, Error> {
        self.write(move |writer| writer.prune_receipts(partition, before, limit)).await
    }

    async fn put_reference(&self, reference: Reference) -> Result<(), Error> {
        plan::check_reference(&reference)?;
        self.write(move |writer| writer.keep(&reference)).await
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
        let owned: Vec<u32> = (0..self.partitions).filter(|it| self.owns(*it)).collect();
        if let Err(error) = self.release(&owned).await {
            tracing::warn!(%error, "the partitions could not be released");
        }
        self.readers.rest().await;
        if let Some(thread) = self.hands.end() {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the log's writer did not end as it should");
            }
        }
    }
}
