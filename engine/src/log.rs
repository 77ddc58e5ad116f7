//! The append-only log: events, receipts and core read tables, written together in one
//! transaction, on SQLite or PostgreSQL behind one trait.
//!
//! Everything that belongs to one aggregate lives in one **partition**, a fixed hash of its id.
//! Positions are gapless within a partition, from 1, in commit order, because the append takes
//! them from the partition's head row. One process owns a partition, by a lease with an epoch in
//! that row; an append under an older epoch gets [`Error::NotOwner`].
//!
//! Nothing here decides anything about a dossier, and nothing here reads a clock.

pub(crate) mod bulk;
mod chain;
mod columns;
pub mod cqrs;
mod error;
mod event;
pub mod feeds;
pub mod heads;
mod ownership;
mod plan;
pub mod postgres;
mod progress;
pub(crate) mod scan;
pub mod sqlite;
mod stored;
mod tables;
mod verify;
mod writer;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use lienthong_domain::digest::Digest;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

pub use error::{Cause, Error};
pub use event::{
    Append, Hash, NewEvent, NewReceipt, Receipt, ReceiptKey, Recorded, Reference, StreamId, Tail,
    Unreadable,
};
pub use feeds::Feeds;
pub use ownership::{Census, Holding, Member};
pub(crate) use plan::{EPOCH, PartitionedRows};
pub use postgres::PostgresLog;
pub use progress::Progress;
pub(crate) use scan::find as find_for_reading;
pub use scan::{Head, Scan, StoredReceipt, open as open_for_reading};
pub use sqlite::SqliteLog;
pub use stored::{Page, Stored};
pub use tables::{
    DossierPage, DossierRow, DossierRows, OutboxRow, Outgoing, RowsChange, Tables, TaskRow,
    TimerRow, Worklist, WorklistPlace,
};
pub(crate) use verify::Chains;
pub use verify::{Broken, Fault, Named, Report, Verified, verify_all};

/// Appends in one batch.
pub const BATCH_APPENDS_MAX: usize = 1_024;
/// Events in one batch.
pub const BATCH_EVENTS_MAX: usize = 8_192;
/// Bytes of one event's stored payload.
pub const PAYLOAD_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of one event's stored metadata.
pub const METADATA_BYTES_MAX: usize = 16 * 1024;
/// Bytes of a type, an id or another short text.
pub const TEXT_BYTES_MAX: usize = 512;
/// Bytes of one version of reference data.
pub const REFERENCE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Rows that one read returns at most, whatever limit it asks for.
pub const READ_ROWS_MAX: u32 = 10_000;

/// The log with its zero-lag read tables.
#[async_trait]
pub trait Log: Tables + Feeds {
    /// How many partitions the database was made with. Never changes.
    fn partitions(&self) -> u32;

    /// The partition of an aggregate: the first 8 bytes, big-endian, of the SHA-256 of its id,
    /// modulo the number of partitions.
    fn partition_of(&self, aggregate_id: &str) -> u32 {
        partition_of(aggregate_id, self.partitions())
    }

    /// How many batches can be on their way at a time. Lane `n` has the partitions that leave the
    /// rest `n` when they are divided by this number.
    fn lanes(&self) -> u32;

    /// The name of this process among those that share the store.
    fn engine(&self) -> Uuid;

    /// Whether this process may write to a partition, as far as it knows.
    fn owns(&self, partition: u32) -> bool;

    /// Everybody who shares the store, and who owns what.
    async fn census(&self) -> Result<Census, Error>;

    /// Shows that this process lives and where it takes commands; then as [`Log::census`]. What
    /// somebody else is seen to have taken is not this process's any more.
    async fn beat(&self, address: Option<&str>) -> Result<Census, Error>;

    /// Takes partitions, each if it is still held as it was seen, and raises their epochs. One's
    /// own is taken anew: what one had sent before and what is not written by now never will be.
    /// Gives those that this process owns now.
    async fn take(&self, seen: &[Holding]) -> Result<Vec<u32>, Error>;

    /// Lets go of partitions. Nothing may be on its way to them.
    async fn release(&self, partitions: &[u32]) -> Result<(), Error>;

    /// Forgets processes that are no more, and own nothing.
    async fn bury(&self, engines: &[Uuid]) -> Result<(), Error>;

    /// Appends a batch within one lane, in one transaction: all of it or nothing. Once this returns
    /// `Ok`, the batch is on disk. Several appends to one stream are carried out in their order.
    /// The answer has the recorded events of each append, in the order of the batch.
    ///
    /// Dropping the future does not undo or interrupt an append that has begun.
    ///
    /// # Errors
    /// [`Error::Conflict`], [`Error::ReceiptExists`], [`Error::NotOwner`] and [`Error::Invalid`]
    /// say that nothing was written. [`Error::AmbiguousCommit`]: take the partitions anew, then
    /// look for the receipts.
    async fn append(&self, batch: Vec<Append>) -> Result<Vec<Vec<Recorded>>, Error>;

    /// All events of a stream, in order. Empty if there is none.
    async fn load(&self, stream: &StreamId) -> Result<Vec<Recorded>, Error> {
        Ok(self.load_all(vec![stream.clone()]).await?.remove(0))
    }

    /// As [`Log::load`], for several streams at once, in their order.
    async fn load_all(&self, streams: Vec<StreamId>) -> Result<Vec<Vec<Recorded>>, Error>;

    /// Up to `limit` events of a partition with positions above `after`, in order, no gaps.
    async fn read(&self, partition: u32, after: u64, limit: u32) -> Result<Vec<Recorded>, Error>;

    /// The last position of a partition, 0 if it is empty.
    async fn head(&self, partition: u32) -> Result<u64, Error>;

    /// The remembered outcomes of commands, of those that have one.
    async fn receipts(&self, keys: Vec<ReceiptKey>) -> Result<Vec<Receipt>, Error>;

    /// Forgets up to `limit` receipts of commands of a partition that this process owns whose ids
    /// are older than `before`. Gives how many.
    async fn prune_receipts(
        &self,
        partition: u32,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<u64, Error>;

    /// Keeps a version of reference data for ever. Keeping it again changes nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the digest is not that of the content.
    async fn put_reference(&self, reference: Reference) -> Result<(), Error>;

    async fn reference(&self, digest: &Digest) -> Result<Option<Reference>, Error>;

    /// Every version of a kind that was ever kept, by name, then digest.
    async fn references(&self, kind: &str) -> Result<Vec<Reference>, Error>;

    /// Reads a whole partition and checks positions, sequences, times and the hash chain of
    /// every stream. Sees changes by anybody who does not also rewrite hashes and head.
    async fn verify(&self, partition: u32) -> Result<Verified, Error> {
        verify::verify(self, partition).await
    }

    /// Carries out what was accepted, then refuses further appends, lets go of all partitions and
    /// of the store.
    async fn close(&self);
}

/// The lane that a partition belongs to.
#[must_use]
pub fn lane_of(partition: u32, lanes: u32) -> u32 {
    partition % lanes.max(1)
}

fn partition_of(aggregate_id: &str, partitions: u32) -> u32 {
    let digest = Sha256::digest(aggregate_id.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    let partition = u64::from_be_bytes(first) % u64::from(partitions);
    u32::try_from(partition).expect("smaller than a u32")
}

/// Opens `sqlite:PATH` or `postgres://…`, making the store if it is new. It owns nothing yet.
///
/// # Errors
/// [`Error::Invalid`] for another address, [`Error::InUse`] if a process has the file open.
pub async fn open(address: &str) -> Result<Arc<dyn Log>, Error> {
    if let Some(path) = address.strip_prefix("sqlite:") {
        Ok(Arc::new(SqliteLog::open(Path::new(path)).await?))
    } else if is_postgres(address) {
        Ok(Arc::new(PostgresLog::open(address).await?))
    } else {
        Err(no_store())
    }
}

/// Takes every partition, whoever had it: for a tool that works on a store alone.
///
/// # Errors
/// If the store can't be used.
pub async fn take_all(log: &dyn Log) -> Result<(), Error> {
    let holdings = log.census().await?.holdings;
    let taken = log.take(&holdings).await?;
    let missing = holdings.iter().map(|it| it.partition).find(|it| !taken.contains(it));
    missing.map_or(Ok(()), |partition| Err(Error::NotOwner { partition }))
}

fn is_postgres(address: &str) -> bool {
    address.starts_with("postgres://") || address.starts_with("postgresql://")
}

fn no_store() -> Error {
    Error::Invalid("a store is sqlite:PATH or postgres://…".to_owned())
}
