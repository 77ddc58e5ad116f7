//! `lienthong log`: what an operator does to a log as a whole.

mod adopt;
mod bar;
mod export;
mod import;
mod rebuild;
mod verify;

use std::process::ExitCode;

use lienthong_engine::log::{self, heads};
use lienthong_engine::transfer;

use super::store;

#[derive(clap::Subcommand)]
pub(crate) enum Log {
    /// Check that nobody has changed, removed, inserted or swapped events; also while a server runs
    Verify(verify::Verify),
    /// Write the whole log into a file; also while a server runs
    Export(export::Export),
    /// Take an exported log into an empty store
    Import(import::Import),
    /// Make the core read tables again from the events; also while a server runs
    Rebuild(rebuild::Rebuild),
    /// Go on with a log that was restored from a backup, whatever was written after that backup
    Adopt(adopt::Adopt),
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Log(#[from] log::Error),
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Heads(#[from] heads::Error),
    #[error(transparent)]
    Transfer(#[from] transfer::Error),
    #[error("{path}: {cause}")]
    File { path: String, cause: std::io::Error },
    #[error("the answer can't be written: {0}")]
    Json(#[from] serde_json::Error),
}

impl Log {
    pub(crate) async fn run(self) -> Result<ExitCode, Error> {
        match self {
            Self::Verify(it) => it.run().await,
            Self::Export(it) => it.run().await,
            Self::Import(it) => it.run().await,
            Self::Rebuild(it) => it.run().await,
            Self::Adopt(it) => it.run().await,
        }
    }
}
