//! The demonstration's data directory: a temporary one that goes with it, or one to be kept.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::Error;

pub(super) struct Directory {
    path: PathBuf,
    temporary: bool,
}

impl Directory {
    /// Makes a directory that only its owner may enter.
    pub(super) fn make(kept: Option<&Path>) -> Result<Self, Error> {
        let temporary =
            || std::env::temp_dir().join(format!("lienthong-demo-{}", Uuid::now_v7().simple()));
        let path = kept.map_or_else(temporary, Path::to_owned);
        let mut builder = DirBuilder::new();
        builder.recursive(kept.is_some()).mode(0o700);
        builder
            .create(&path)
            .map_err(|cause| Error::File { path: path.display().to_string(), cause })?;
        Ok(Self { path, temporary: kept.is_none() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it, if it is a temporary one.
    pub(super) fn end(self) {
        if self.temporary
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            eprintln!("{} can't be removed: {error}", self.path.display());
        }
    }

    /// Leaves it where it is.
    pub(super) fn keep(self) -> PathBuf {
        self.path
    }
}
