//! The ends of all partitions in a small file outside the database, by which a log that was
//! restored from a backup is told from the one that was written last.
//!
//! A log is of an **incarnation**, named in its store and in the file. An older log is refused
//! until an operator adopts it: from then on it is another incarnation, and the store says which
//! one it came from and why. So whoever keeps a file for the same store knows that it was adopted.
//!
//! Where several processes share a store, each with a file of its own, each compares the store with
//! what it has seen itself: a store that has less is refused, one that has more is what others wrote.

mod doubt;
mod file;
mod keeper;

use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use lienthong_domain::digest::hex;
use serde::{Deserialize, Serialize};

use super::scan::{self, Scan};
use super::{Error as LogError, Head, postgres, sqlite};
use file::Kept;

pub use doubt::{Doubt, told};
pub use keeper::Keeper;

/// Bytes of a reason for an adoption.
const REASON_BYTES_MAX: usize = 1_000;
/// Where a store names its incarnation.
const INCARNATION: &str = "incarnation";
/// Where a store lists the incarnations that it came from.
const ADOPTIONS: &str = "adoptions";
/// Where a store says how far an import into it is.
const IMPORT: &str = "import";
const BEGUN: &str = "begun";
const ENDED: &str = "ended";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path}: {cause}")]
    File { path: String, cause: io::Error },
    /// The file is not what this program writes.
    #[error("{0} is no list of heads")]
    Unreadable(String),
    #[error("a reason has 1 to {REASON_BYTES_MAX} bytes")]
    Reason,
    /// There is only a part of a log.
    #[error("an import into the store did not end; make it anew")]
    Unfinished,
    /// Somebody else adopted it meanwhile.
    #[error("the log was adopted by somebody else")]
    Raced,
    #[error("the adoptions that the store lists can't be read")]
    Adoptions,
    /// While it was in use.
    #[error("the log is not the one any more that was written: {}", told(.0))]
    WentBack(Vec<Doubt>),
    #[error(transparent)]
    Log(#[from] LogError),
}

/// One adoption, as the store lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adoption {
    pub at: DateTime<Utc>,
    pub reason: String,
    pub from: Option<String>,
    pub to: String,
}

/// Compares a store with what a file says of it. Nothing stands against it where there is no file.
/// A store that is not there yet has no events.
///
/// # Errors
/// If file or store can't be read.
pub async fn check(address: &str, path: &Path) -> Result<Vec<Doubt>, Error> {
    let kept = Kept::read(path)?.unwrap_or_default();
    match scan::find(address).await? {
        Some(mut scan) => doubts(scan.as_mut(), &kept).await,
        None => Ok(kept.doubts(&[])),
    }
}

async fn doubts(scan: &mut dyn Scan, kept: &Kept) -> Result<Vec<Doubt>, Error> {
    if scan.meta().await?.get(IMPORT).is_some_and(|it| it == BEGUN) {
        return Ok(vec![Doubt::Unfinished]);
    }
    let (found, adoptions) = incarnation(scan).await?;
    if let Some(known) = kept.incarnation.clone().filter(|it| found.as_ref() != Some(it)) {
        let came_of_it = adoptions.iter().any(|it| it.from.as_ref() == Some(&known));
        let doubt = Doubt::Incarnation { known, found };
        return Ok(if came_of_it { Vec::new() } else { vec![doubt] });
    }
    let heads = scan.heads().await?;
    let mut doubts = kept.doubts(&heads);
    for known in kept.overtaken(&heads) {
        let (partition, position) = (known.partition, known.position);
        let found = scan.hash(partition, position).await?;
        if found.map(|it| hex(&it)).as_deref() != Some(known.hash.as_str()) {
            doubts.push(Doubt::Other { partition, position });
        }
    }
    Ok(doubts)
}

/// The incarnation of a store, and what it came from.
async fn incarnation(scan: &mut dyn Scan) -> Result<(Option<String>, Vec<Adoption>), Error> {
    let mut meta = scan.meta().await?;
    let adoptions = meta.remove(ADOPTIONS).map(|it| serde_json::from_str(&it)).transpose();
    let adoptions = adoptions.map_err(|_| Error::Adoptions)?;
    Ok((meta.remove(INCARNATION), adoptions.unwrap_or_default()))
}

/// Makes a store the log from now on, whatever the file says: a new incarnation, with the reason
/// in the store, and a new file. No server may be running.
///
/// # Errors
/// If there is no store, or it or the file can't be written.
pub async fn adopt(
    address: &str,
    path: &Path,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<Adoption, Error> {
    if reason.trim().is_empty() || reason.len() > REASON_BYTES_MAX {
        return Err(Error::Reason);
    }
    let mut scan = scan::open(address).await?;
    if scan.meta().await?.get(IMPORT).is_some_and(|it| it == BEGUN) {
        return Err(Error::Unfinished);
    }
    let (from, mut adoptions) = incarnation(scan.as_mut()).await?;
    let to = new_incarnation()?;
    let adoption = Adoption { at, reason: reason.to_owned(), from: from.clone(), to: to.clone() };
    adoptions.push(adoption.clone());
    let adoptions = serde_json::to_string(&adoptions).map_err(|_| Error::Adoptions)?;
    let new = vec![(INCARNATION, to), (ADOPTIONS, adoptions)];
    if !change_meta(address, INCARNATION, from, new).await? {
        return Err(Error::Raced);
    }
    Keeper::open(address, path).await?.write().await?;
    Ok(adoption)
}

/// Whether a file says that a log of this incarnation ends here: nothing came after.
///
/// # Errors
/// If there is a file that can't be read.
pub fn is_at(path: &Path, incarnation: Option<&str>, heads: &[Head]) -> Result<bool, Error> {
    let found = Kept::new(incarnation.map(str::to_owned), heads);
    Ok(Kept::read(path)?.is_some_and(|it| it == found))
}

/// What a log calls its incarnation.
pub(crate) async fn incarnation_of(scan: &mut dyn Scan) -> Result<Option<String>, LogError> {
    Ok(scan.meta().await?.remove(INCARNATION))
}

/// Marks a store as one that an import goes into. Whether none did before.
pub(crate) async fn begin_import(address: &str) -> Result<bool, LogError> {
    change_meta(address, IMPORT, None, vec![(IMPORT, BEGUN.to_owned())]).await
}

/// Marks a store as one that an import has filled, with a log of this incarnation.
pub(crate) async fn end_import(
    address: &str,
    incarnation: Option<String>,
) -> Result<bool, LogError> {
    let mut new = vec![(IMPORT, ENDED.to_owned())];
    new.extend(incarnation.map(|it| (INCARNATION, it)));
    change_meta(address, IMPORT, Some(BEGUN.to_owned()), new).await
}

fn new_incarnation() -> Result<String, Error> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(LogError::unavailable)?;
    Ok(hex(&random))
}

/// Writes to a store's `meta` if a key is still as it was seen. Whether it was.
async fn change_meta(
    address: &str,
    key: &'static str,
    seen: Option<String>,
    new: Vec<(&'static str, String)>,
) -> Result<bool, LogError> {
    match address.strip_prefix("sqlite:") {
        Some(file) => sqlite::change_meta(PathBuf::from(file), key, seen, new).await,
        None => postgres::change_meta(address, key, seen, new).await,
    }
}
