//! Where a server keeps what it must not lose, as options of several commands: the log in a store,
//! documents and the signing key in a data directory.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::sync::Arc;

use lienthong_engine::log::heads::{self, Doubt, Keeper};
use lienthong_engine::log::{self, Log};

/// The embedded store's file within the data directory, where no other is named.
const FILE: &str = "log.sqlite";
/// The file of the log's heads within the data directory.
const HEADS: &str = "heads.json";
/// The environment variable that names a store.
pub(crate) const VARIABLE: &str = "LIENTHONG_STORE";

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Place {
    /// The log: sqlite:PATH or postgres://USER@HOST/DATABASE. Else the environment variable
    /// LIENTHONG_STORE says it, which other users of the machine don't see; else it is
    /// sqlite:DATA/log.sqlite
    #[arg(long)]
    pub(crate) store: Option<String>,
    /// The directory of documents and of the key that signs tokens; made if it is not there
    #[arg(long, default_value = "data")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the data directory {path} can't be used: {cause}")]
    Data { path: String, cause: io::Error },
    #[error(
        "others than its owner may look into the data directory {0}; make it private (chmod 700)"
    )]
    Exposed(String),
    #[error("another process has the store open; end it first")]
    InUse,
    #[error("the store can't be opened: {0}")]
    Log(log::Error),
    #[error(transparent)]
    Heads(#[from] heads::Error),
    #[error(
        "this is not the log that was written last: {}. If it was restored from a backup and is to \
         go on from here, see the handbook under Restoring, then run `lienthong log adopt`",
        heads::told(.0)
    )]
    Doubtful(Vec<Doubt>),
}

impl Place {
    /// The address of the store.
    pub(crate) fn address(&self) -> String {
        let embedded = || format!("sqlite:{}", self.data.join(FILE).display());
        self.store.clone().or_else(|| std::env::var(VARIABLE).ok()).unwrap_or_else(embedded)
    }

    /// Makes the data directory, readable by its owner alone, if it is not there. One that others
    /// may look into is refused: everything about everybody is in it.
    pub(crate) fn make_data(&self) -> Result<(), Error> {
        let path = || self.data.display().to_string();
        let cause = |cause| Error::Data { path: path(), cause };
        DirBuilder::new().recursive(true).mode(0o700).create(&self.data).map_err(cause)?;
        let mode = fs::metadata(&self.data).map_err(cause)?.permissions().mode();
        if mode & 0o077 == 0 { Ok(()) } else { Err(Error::Exposed(path())) }
    }

    /// The file that says how far the log had come.
    pub(crate) fn heads_file(&self) -> PathBuf {
        self.data.join(HEADS)
    }

    /// Opens the log, if it is the one that was written last.
    pub(crate) async fn open(&self) -> Result<Arc<dyn Log>, Error> {
        self.make_data()?;
        let doubts = heads::check(&self.address(), &self.heads_file()).await?;
        if !doubts.is_empty() {
            return Err(Error::Doubtful(doubts));
        }
        self.open_whatever_it_is().await
    }

    /// Opens the log, be it older than the one that was written last, if no other process has it
    /// open. All of it is this process's then.
    pub(crate) async fn open_alone(&self) -> Result<Arc<dyn Log>, Error> {
        self.make_data()?;
        let log = self.open_whatever_it_is().await?;
        let members = log.census().await.map_err(Error::Log)?.members;
        if members.iter().any(|it| it.is_connected && it.engine != log.engine()) {
            log.close().await;
            return Err(Error::InUse);
        }
        log::take_all(&*log).await.map_err(Error::Log)?;
        Ok(log)
    }

    async fn open_whatever_it_is(&self) -> Result<Arc<dyn Log>, Error> {
        log::open(&self.address()).await.map_err(|error| match error {
            log::Error::InUse(_) => Error::InUse,
            error => Error::Log(error),
        })
    }

    /// Writes down how far the opened log has come, and gives what goes on doing so.
    pub(crate) async fn keep_heads(&self) -> Result<Keeper, Error> {
        let mut keeper = Keeper::open(&self.address(), &self.heads_file()).await?;
        keeper.write().await?;
        Ok(keeper)
    }
}
