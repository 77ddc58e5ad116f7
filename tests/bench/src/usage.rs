//! What processes and the disk did, as the kernel counts it under `/proc` and `/sys`.

use std::fs;
use std::io;
use std::os::linux::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Processor time is counted in ticks of this length (`USER_HZ` is 100 on Linux).
const TICK: Duration = Duration::from_millis(10);
/// Resident memory is counted in pages of this many bytes.
const PAGE_BYTES: u64 = 4_096;
/// Where the number of finished flushes stands in a block device's `stat`.
const FLUSHES_FIELD: usize = 15;

/// What a process and everything below it has used since they began.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    /// Bytes that were made dirty and so have to go to the disk.
    pub(crate) written: u64,
    /// Bytes of memory of the process alone.
    pub(crate) resident: u64,
}

/// Of a process and its descendants, those that have ended included.
pub(crate) fn of(root: u32) -> io::Result<Usage> {
    let processes = processes()?;
    let mut tree = vec![root];
    let mut usage = Usage::default();
    while let Some(id) = tree.pop() {
        tree.extend(processes.iter().filter(|it| it.parent == id).map(|it| it.id));
        let Some(process) = processes.iter().find(|it| it.id == id) else { continue };
        usage.cpu += process.cpu;
        // Gone meanwhile: its parent has it in its own count.
        usage.written += written(id).unwrap_or_default();
        if id == root {
            usage.resident = process.resident;
        }
    }
    Ok(usage)
}

/// Processor time of everything on this machine since it was started, all processors together.
pub(crate) fn of_all() -> io::Result<Duration> {
    let text = fs::read_to_string("/proc/stat")?;
    let fields: Vec<u32> =
        text.split_whitespace().skip(1).map_while(|it| it.parse().ok()).collect();
    // user, nice, system; idle and waiting for the disk; interrupts, soft ones, stolen time.
    let busy = fields.iter().enumerate().filter(|(place, _)| !matches!(place, 3 | 4)).take(6);
    Ok(busy.map(|(_, ticks)| TICK * *ticks).sum())
}

struct Process {
    id: u32,
    parent: u32,
    /// With that of the children it has waited for.
    cpu: Duration,
    resident: u64,
}

fn processes() -> io::Result<Vec<Process>> {
    let ids = fs::read_dir("/proc")?.flatten();
    let ids = ids.filter_map(|it| it.file_name().to_str()?.parse::<u32>().ok());
    Ok(ids.filter_map(process).collect())
}

fn process(id: u32) -> Option<Process> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name may have anything in it; what follows it has no parenthesis.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |place: usize| fields.get(place)?.parse::<u64>().ok();
    let ticks = number(11)? + number(12)? + number(13)? + number(14)?;
    Some(Process {
        id,
        parent: fields.get(1)?.parse().ok()?,
        cpu: TICK * u32::try_from(ticks).ok()?,
        resident: number(21)? * PAGE_BYTES,
    })
}

fn written(id: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/io")).ok()?;
    text.lines().find_map(|it| it.strip_prefix("write_bytes: ")?.parse().ok())
}

/// The disk under a folder.
pub(crate) struct Disk {
    stat: PathBuf,
}

impl Disk {
    /// `None` if the folder is on no block device of its own, or the kernel counts no flushes.
    pub(crate) fn under(folder: &Path) -> Option<Self> {
        let device = fs::metadata(folder).ok()?.st_dev();
        let (major, minor) = (device >> 8 & 0xfff, device & 0xff | device >> 12 & 0xf_ff00);
        let mut block =
            PathBuf::from(format!("/sys/dev/block/{major}:{minor}")).canonicalize().ok()?;
        // A partition's flushes are counted at its disk.
        if block.join("partition").exists() {
            block.pop();
        }
        let disk = Self { stat: block.join("stat") };
        disk.flushes().map(|_| disk)
    }

    /// Flushes of its cache since it was started: one for each `fsync` or `fdatasync`, by whomever.
    pub(crate) fn flushes(&self) -> Option<u64> {
        let stat = fs::read_to_string(&self.stat).ok()?;
        stat.split_whitespace().nth(FLUSHES_FIELD)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    //! What this process does is seen.

    use super::*;

    #[test]
    fn this_process_and_its_children_are_seen() {
        let before = of(std::process::id()).unwrap();
        let mut sum = 0_u64;
        while of(std::process::id()).unwrap().cpu < before.cpu + TICK {
            sum = std::hint::black_box(sum + 1);
        }
        let after = of(std::process::id()).unwrap();
        assert!(after.resident > PAGE_BYTES, "{after:?}");
        assert!(of_all().unwrap() >= after.cpu);
    }
}
