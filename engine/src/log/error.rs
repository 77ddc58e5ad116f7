//! What can go wrong with the log, by what the caller should do about it.

use std::path::PathBuf;
use std::sync::Arc;

use super::{ReceiptKey, StreamId};

/// A technical cause, shared by all callers of a failed batch.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Decided on an old state: load again and decide again. Nothing was written.
    #[error("{stream} is at {found}, the append expected {expected}")]
    Conflict { stream: StreamId, expected: u64, found: u64 },
    /// The command was carried out before: answer with its receipt. Nothing was written.
    #[error("command {} of {} has a receipt already", .0.command_id, .0.sender)]
    ReceiptExists(ReceiptKey),
    /// Another process took the partition: drop what is cached and stop writing to it.
    #[error("partition {partition} belongs to another process")]
    NotOwner { partition: u32 },
    /// Another process has the embedded store open.
    #[error("the store {} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// Nothing was written; the same may succeed later.
    #[error("the store is unavailable")]
    Unavailable(#[source] Cause),
    /// Whether the batch was committed is unknown: look for its receipts.
    #[error("the store did not say whether the batch was committed")]
    AmbiguousCommit(#[source] Cause),
    /// Stored data is not what this program writes: stop and look.
    #[error("the store is corrupt: {0}")]
    Corrupt(String),
    /// The request breaks a rule or a limit of the log. Nothing was written.
    #[error("not for this log: {0}")]
    Invalid(String),
    /// The database refused a statement that should have been right: a fault of this program.
    #[error("the database refused a statement")]
    Refused(#[source] Cause),
    /// The log was closed, or closed itself after a commit whose outcome is unknown.
    #[error("the log is closed")]
    Closed,
}

impl Error {
    pub(crate) fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable(Arc::from(cause.into()))
    }

    pub(crate) fn ambiguous(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::AmbiguousCommit(Arc::from(cause.into()))
    }

    pub(crate) fn refused(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Refused(Arc::from(cause.into()))
    }
}
