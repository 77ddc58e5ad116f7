//! Keeps the file while the log grows, beside whoever writes the log: what the file says is read
//! from the store, so it may be behind, and is never ahead.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::oneshot;

use super::file::Kept;
use super::{Doubt, Error, INCARNATION, LogError, change_meta, incarnation, new_incarnation};
use crate::log::scan::{self, Scan};

/// While the log grows, the file is written once in this time.
const PACE: Duration = Duration::from_secs(1);

/// Keeps the file of a store.
pub struct Keeper {
    address: String,
    path: PathBuf,
    incarnation: String,
    /// Gone after it failed.
    scan: Option<Box<dyn Scan>>,
    written: Kept,
}

impl Keeper {
    /// Begins to keep the file of a store that was checked. A new store becomes its first
    /// incarnation.
    ///
    /// # Errors
    /// If the store can't be used.
    pub async fn open(address: &str, path: &Path) -> Result<Self, Error> {
        let mut scan = scan::open(address).await?;
        if incarnation(scan.as_mut()).await?.0.is_none() {
            let new = vec![(INCARNATION, new_incarnation()?)];
            // If another process was first, that one counts.
            change_meta(address, INCARNATION, None, new).await?;
        }
        let incarnation = incarnation(scan.as_mut()).await?.0.unwrap_or_default();
        let (address, path) = (address.to_owned(), path.to_owned());
        Ok(Self { address, path, incarnation, scan: Some(scan), written: Kept::default() })
    }

    /// Writes the file, if there is anything new.
    ///
    /// # Errors
    /// [`Error::WentBack`] if the store is not as it was seen before, or has less. If it can't be
    /// read, or the file not be written, the old file is there.
    pub async fn write(&mut self) -> Result<(), Error> {
        let kept = self.look().await?;
        if kept == self.written {
            return Ok(());
        }
        let (path, new) = (self.path.clone(), kept.clone());
        let writing = tokio::task::spawn_blocking(move || new.write(&path));
        writing.await.map_err(LogError::unavailable)??;
        self.written = kept;
        Ok(())
    }

    async fn look(&mut self) -> Result<Kept, Error> {
        let mut scan = match self.scan.take() {
            Some(scan) => scan,
            None => scan::open(&self.address).await?,
        };
        let found = incarnation(scan.as_mut()).await?.0;
        let heads = scan.heads().await?;
        self.scan = Some(scan);
        let known = self.incarnation.clone();
        if found.as_ref() != Some(&known) {
            return Err(Error::WentBack(vec![Doubt::Incarnation { known, found }]));
        }
        let doubts = self.written.doubts(&heads);
        if doubts.is_empty() { Ok(Kept::new(found, &heads)) } else { Err(Error::WentBack(doubts)) }
    }

    /// Writes the file while the log grows, until it is told to stop. Then it has let go of the
    /// store, and can write once more.
    ///
    /// # Errors
    /// [`Error::WentBack`], at once. Whatever else fails is tried again.
    pub async fn keep(mut self, mut stop: oneshot::Receiver<()>) -> Result<Self, Error> {
        let mut ticks = tokio::time::interval(PACE);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = &mut stop => {
                    self.scan = None;
                    return Ok(self);
                }
            }
            match self.write().await {
                Err(error @ Error::WentBack(_)) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "the heads could not be kept outside the database");
                }
                Ok(()) => {}
            }
        }
    }
}
