//! The file: what it says, and how it is replaced as a whole.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use lienthong_domain::digest::{Digest, hex};
use serde::{Deserialize, Serialize};

use super::{Doubt, Error, Head};

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) incarnation: Option<String>,
    /// Of partitions that have events, by partition.
    pub(super) heads: Vec<KeptHead>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptHead {
    pub(super) partition: u32,
    pub(super) position: u64,
    pub(super) hash: Digest,
}

impl KeptHead {
    fn of(head: &Head) -> Option<Self> {
        let hash = Digest::try_from(hex(&head.hash?)).ok()?;
        Some(Self { partition: head.partition, position: head.position, hash })
    }
}

impl Kept {
    pub(super) fn new(incarnation: Option<String>, heads: &[Head]) -> Self {
        Self { incarnation, heads: heads.iter().filter_map(KeptHead::of).collect() }
    }

    /// What stands against a store that ends so, as far as its ends show.
    pub(super) fn doubts(&self, heads: &[Head]) -> Vec<Doubt> {
        let doubt = |known: &KeptHead| {
            let (partition, position) = (known.partition, known.position);
            let head = heads.iter().find(|it| it.partition == partition);
            let found = head.map_or(0, |it| it.position);
            if found < position {
                return Some(Doubt::Shorter { partition, known: position, found });
            }
            let is_other = found == position && head.and_then(KeptHead::of).as_ref() != Some(known);
            is_other.then_some(Doubt::Other { partition, position })
        };
        self.heads.iter().filter_map(doubt).collect()
    }

    /// Those heads beyond which a store that ends so has come.
    pub(super) fn overtaken(&self, heads: &[Head]) -> impl Iterator<Item = &KeptHead> {
        self.heads.iter().filter(|known| {
            heads.iter().any(|it| it.partition == known.partition && it.position > known.position)
        })
    }

    /// `None` if there is no file.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, Error> {
        match fs::read(path) {
            Ok(bytes) => {
                let kept = serde_json::from_slice(&bytes);
                kept.map(Some).map_err(|_| Error::Unreadable(path.display().to_string()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(Error::File { path: path.display().to_string(), cause }),
        }
    }

    /// Writes beside the place, then renames: the file is the old or the new one, whatever happens.
    pub(super) fn write(&self, path: &Path) -> Result<(), Error> {
        let written = (|| {
            // Another process may keep the same file.
            let unfinished = path.with_extension(format!("{}.new", std::process::id()));
            let mut file = File::create(&unfinished)?;
            let mut text = serde_json::to_vec_pretty(self)?;
            text.push(b'\n');
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&unfinished, path)?;
            File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
        })();
        written.map_err(|cause| Error::File { path: path.display().to_string(), cause })
    }
}
