//! The append-only log: events, receipts and core read tables, written together in one
//! transaction, on SQLite or PostgreSQL behind one trait.
//!
//! Everything that belongs to one aggregate lives in one **partition**, a fixed hash of its id.
//! Positions are gapless within a partition, from 1, in commit order, because the append takes
//! them from the partition's head row. Opening a log takes ownership of its partitions by raising
//! their epochs; an append under an older epoch gets [`Error::NotOwner`].
//!
//! Nothing here decides anything about a dossier, and nothing here reads a clock.

mod chain;
mod columns;
pub mod cqrs;
mod error;
mod event;
mod plan;
pub mod postgres;
pub mod sqlite;
mod tables;
mod verify;
mod writer;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use lienthong_domain::digest::Digest;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

pub use error::{Cause, Error};
pub use event::{
    Append, Hash, NewEvent, NewReceipt, Receipt, Recorded, Reference, StreamId, Unreadable,
};
pub use postgres::PostgresLog;
pub use sqlite::SqliteLog;
pub use tables::{
    DossierPage, DossierRow, DossierRows, OutboxRow, Tables, TaskRow, TimerRow, Worklist,
    WorklistPlace,
};
pub use verify::{Fault, Verified};

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
pub trait Log: Tables {
    /// How many partitions the database was made with. Never changes.
    fn partitions(&self) -> u32;

    /// The partition of an aggregate: the first 8 bytes, big-endian, of the SHA-256 of its id,
    /// modulo the number of partitions.
    fn partition_of(&self, aggregate_id: &str) -> u32 {
        partition_of(aggregate_id, self.partitions())
    }

    /// Appends a batch in one transaction: all of it or nothing. Once this returns `Ok`, the
    /// batch is on disk. Several appends to one stream are carried out in their order.
    /// The answer has the recorded events of each append, in the order of the batch.
    ///
    /// Dropping the future does not undo or interrupt an append that has begun.
    ///
    /// # Errors
    /// [`Error::Conflict`], [`Error::ReceiptExists`], [`Error::NotOwner`] and [`Error::Invalid`]
    /// say that nothing was written. [`Error::AmbiguousCommit`]: look for the receipt.
    async fn append(&self, batch: Vec<Append>) -> Result<Vec<Vec<Recorded>>, Error>;

    /// All events of a stream, in order. Empty if there is none.
    async fn load(&self, stream: &StreamId) -> Result<Vec<Recorded>, Error>;

    /// Up to `limit` events of a partition with positions above `after`, in order, no gaps.
    async fn read(&self, partition: u32, after: u64, limit: u32) -> Result<Vec<Recorded>, Error>;

    /// The last position of a partition, 0 if it is empty.
    async fn head(&self, partition: u32) -> Result<u64, Error>;

    /// The remembered outcome of a sender's command.
    async fn receipt(
        &self,
        partition: u32,
        sender: &str,
        command_id: Uuid,
    ) -> Result<Option<Receipt>, Error>;

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

    /// Carries out what was accepted, then refuses further appends and lets go of the store.
    async fn close(&self);
}

fn partition_of(aggregate_id: &str, partitions: u32) -> u32 {
    let digest = Sha256::digest(aggregate_id.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    let partition = u64::from_be_bytes(first) % u64::from(partitions);
    u32::try_from(partition).expect("smaller than a u32")
}

/// Opens `sqlite:PATH` or `postgres://…`, making the store if it is new, and takes ownership.
///
/// # Errors
/// [`Error::Invalid`] for another address, [`Error::InUse`] if a process has the file open.
pub async fn open(address: &str) -> Result<Arc<dyn Log>, Error> {
    if let Some(path) = address.strip_prefix("sqlite:") {
        Ok(Arc::new(SqliteLog::open(Path::new(path)).await?))
    } else if address.starts_with("postgres://") || address.starts_with("postgresql://") {
        Ok(Arc::new(PostgresLog::open(address).await?))
    } else {
        Err(Error::Invalid("a store is sqlite:PATH or postgres://…".to_owned()))
    }
}
