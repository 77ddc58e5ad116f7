//! A log opened to be read from end to end, without taking ownership of anything: while a server
//! writes to it, or after it was restored from a backup. Every read is one short statement.

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;
use uuid::Uuid;

use super::feeds::Delivery;
use super::stored::Page;
use super::{Error, Hash, Reference, postgres, sqlite};

/// Streams that are found at a time.
pub(crate) const STREAMS: u32 = 100;
/// Receipts, and commands, read at a time.
pub(crate) const RECEIPTS: u32 = 1_000;
/// Deliveries read at a time.
pub(crate) const DELIVERIES: u32 = 1_000;
/// Versions of reference data read at a time; each may be large.
pub(crate) const REFERENCES: u32 = 4;

/// Where a partition ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub partition: u32,
    /// Of the last event, 0 if there is none.
    pub position: u64,
    /// Of the last event; `None` if the partition is empty, or its last event is not there.
    pub hash: Option<Hash>,
}

/// A receipt as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReceipt {
    pub sender: String,
    pub command_id: Uuid,
    pub request_digest: Hash,
    /// JSON, byte for byte.
    pub outcome: String,
    /// Microseconds since 1970 in UTC.
    pub recorded_at: i64,
}

/// One reader of a store.
#[async_trait]
pub trait Scan: Send {
    /// How many partitions the store was made with.
    fn partitions(&self) -> u32;

    /// The version of the store's tables, and that of this program's.
    async fn schema(&mut self) -> Result<(i64, i64), Error>;

    /// What the store says about itself.
    async fn meta(&mut self) -> Result<BTreeMap<String, String>, Error>;

    /// Every partition's end at one moment, by partition.
    async fn heads(&mut self) -> Result<Vec<Head>, Error>;

    /// The hash of one event; `None` if it is not there.
    async fn hash(&mut self, partition: u32, position: u64) -> Result<Option<Hash>, Error>;

    /// Events of a partition with positions above `after`, in order, into a page that is used
    /// again. Empty if there are none.
    async fn events(&mut self, partition: u32, after: u64, page: Page) -> Result<Page, Error>;

    /// The first events of streams of a kind, in a partition above a position: where each is, and
    /// the stream's id. Up to [`STREAMS`], in order.
    async fn begun(
        &mut self,
        partition: u32,
        aggregate_type: &'static str,
        after: u64,
    ) -> Result<Vec<(u64, String)>, Error>;

    /// The ids of the commands whose events lie above a position, with the position of each event.
    async fn commands(&mut self, partition: u32, after: u64) -> Result<Vec<(u64, Uuid)>, Error>;

    /// Receipts of a partition above one, by command id and sender.
    async fn receipts(
        &mut self,
        partition: u32,
        after: Option<(Uuid, String)>,
    ) -> Result<Vec<StoredReceipt>, Error>;

    /// Deliveries of a partition above a message id, by message id.
    async fn deliveries(&mut self, partition: u32, after: &str) -> Result<Vec<Delivery>, Error>;

    /// How far a subscription is, by partition.
    async fn followed(&mut self, subscription: &str) -> Result<Vec<(u32, u64)>, Error>;

    /// Reference data above a digest, by digest.
    async fn references(&mut self, after: &str) -> Result<Vec<Reference>, Error>;
}

/// Opens a log for reading alone. Several may be open at a time.
///
/// # Errors
/// [`Error::Invalid`] if there is no log at the address, or one of a newer version.
pub async fn open(address: &str) -> Result<Box<dyn Scan>, Error> {
    let none = || Error::Invalid("there is no log in this store".to_owned());
    find(address).await?.ok_or_else(none)
}

/// As [`open`]; `None` if there is no log yet.
pub(crate) async fn find(address: &str) -> Result<Option<Box<dyn Scan>>, Error> {
    if let Some(path) = address.strip_prefix("sqlite:") {
        let scan = sqlite::SqliteScan::find(Path::new(path)).await?;
        Ok(scan.map(|it| Box::new(it) as Box<dyn Scan>))
    } else if super::is_postgres(address) {
        let scan = postgres::PostgresScan::find(address).await?;
        Ok(scan.map(|it| Box::new(it) as Box<dyn Scan>))
    } else {
        Err(super::no_store())
    }
}

/// The tables of an older version have what is read here; a newer one's may not.
pub(crate) fn check_schema((found, ours): (i64, i64)) -> Result<(), Error> {
    if found <= ours {
        return Ok(());
    }
    Err(Error::Invalid(format!("the store's schema {found} is newer than this program")))
}
