//! Writes into a store beside the append, without leases: a rebuilding replaces rows of the read
//! tables, also while a server runs; an import brings what another store had, into one that nobody
//! else uses.

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;

use super::feeds::Delivery;
use super::plan::PartitionedRows;
use super::{Error, Page, Receipt, Recorded, postgres, sqlite};

/// The core read tables. Each has a partition and a dossier in every row.
pub(crate) const TABLES: [&str; 4] = ["dossiers", "tasks", "timers", "outbox"];
/// The type of the aggregates that have rows in them.
pub(crate) const DOSSIER: &str = "dossier";

/// Where a partition ends after what was added to it.
#[derive(Clone, Copy, Default)]
pub(crate) struct End {
    pub(crate) position: u64,
    /// The highest under which its events were written: the next owner's is higher.
    pub(crate) epoch: i64,
}

/// Makes the rows of the dossiers whose events a page has, each from first to last.
pub(crate) type Fold = fn(&Page) -> Result<Vec<PartitionedRows>, Error>;

/// One writer. What it is given at once, it writes in one transaction.
#[async_trait]
pub(crate) trait Bulk: Send {
    /// Replaces every row of some dossiers of a partition by what follows from their events.
    /// Nobody appends between the reading and the writing. Gives how many dossiers have rows now.
    async fn replace(&mut self, partition: u32, ids: Vec<String>, fold: Fold)
    -> Result<u64, Error>;

    /// Takes away the rows of dossiers that the log does not have. Gives how many rows.
    async fn prune(&mut self, partition: u32) -> Result<u64, Error>;

    /// Adds events as they are, and moves the heads of their partitions.
    async fn add_events(
        &mut self,
        events: Vec<Recorded>,
        ends: BTreeMap<u32, End>,
    ) -> Result<(), Error>;

    /// Adds receipts, where they are not there yet.
    async fn add_receipts(&mut self, receipts: Vec<Receipt>) -> Result<(), Error>;

    /// Adds deliveries of messages whose events are there. Their positions are those of the events.
    async fn add_deliveries(&mut self, deliveries: Vec<Delivery>) -> Result<(), Error>;

    /// A subscription that has no place yet has followed all that there is.
    async fn begin_at_heads(&mut self, subscription: &str) -> Result<(), Error>;
}

/// A delivery of a message that no event causes.
pub(crate) fn of_no_event() -> Error {
    Error::Invalid("a delivery of a message that no event causes".to_owned())
}

/// Opens a store that is there.
pub(crate) async fn open(address: &str) -> Result<Box<dyn Bulk>, Error> {
    match address.strip_prefix("sqlite:") {
        Some(path) => Ok(Box::new(sqlite::SqliteBulk::open(Path::new(path)).await?)),
        None => Ok(Box::new(postgres::PostgresBulk::open(address).await?)),
    }
}
