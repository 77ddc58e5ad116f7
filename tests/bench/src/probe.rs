//! How fast the disk says that something is on it: everything durable waits for that.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::load::per_second;

const FILE_BYTES: u64 = 16 * 1024 * 1024;
const WRITE: [u8; 8 * 1024] = [0x5a; 8 * 1024];
const TIME: Duration = Duration::from_secs(1);

/// `fdatasync` calls in a second, each after 8 KiB were written over in a file in this folder.
pub(crate) fn fdatasyncs_per_second(folder: &Path) -> Result<f64, Error> {
    let path = folder.join("probe");
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(true).open(&path)?;
    for offset in (0..FILE_BYTES).step_by(WRITE.len()) {
        file.write_all_at(&WRITE, offset)?;
    }
    file.sync_all()?;
    let begun = Instant::now();
    let mut done = 0;
    for offset in (0..FILE_BYTES).step_by(WRITE.len()).cycle() {
        if begun.elapsed() >= TIME {
            break;
        }
        file.write_all_at(&WRITE, offset)?;
        file.sync_data()?;
        done += 1;
    }
    let rate = per_second(done, begun.elapsed().as_secs_f64());
    std::fs::remove_file(path)?;
    Ok(rate)
}
