//! Writes files that only their owner may read.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Writes a file that was not there before, with mode 0600.
///
/// # Errors
/// If there is a file of this name, or it can't be written.
pub(crate) fn create(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = create_empty(path)?;
    file.write_all(contents)?;
    file.sync_all()
}

/// Makes a file that was not there before, with mode 0600, to be written.
///
/// # Errors
/// If there is a file of this name, or it can't be made.
pub(crate) fn create_empty(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}
