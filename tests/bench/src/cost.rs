//! What a dossier costs: the difference of two looks at the processes and the disk, by dossiers.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::usage::{self, Disk, Usage};

/// Whose resources they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Who {
    /// The engine's process; in process, with the people and offices in it.
    Engine,
    /// The PostgreSQL server's processes.
    Store,
    /// People and offices, where they are a process of their own.
    Driver,
}

/// Of one dossier, from its submission to its last result.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cost {
    pub(crate) cpu_us: BTreeMap<Who, f64>,
    pub(crate) written_bytes: f64,
    /// Flushes of the disk; absent where the kernel does not count them.
    pub(crate) flushes: Option<f64>,
    /// Resident memory of the engine's process in the end: not of a dossier.
    pub(crate) engine_resident_bytes: u64,
    /// The part of all processor time that went to none of these processes: what else was going
    /// on, the kernel's own work with it.
    pub(crate) others_percent: f64,
}

pub(crate) struct Meter {
    processes: BTreeMap<Who, u32>,
    disk: Option<Disk>,
    before: Reading,
}

struct Reading {
    at: Instant,
    all_cpu: Duration,
    usage: BTreeMap<Who, Usage>,
    flushes: Option<u64>,
}

impl Meter {
    /// Begins to measure these processes, each with its descendants, and the disk of a folder.
    pub(crate) fn start(processes: BTreeMap<Who, u32>, folder: &Path) -> Result<Self, Error> {
        let disk = Disk::under(folder);
        let before = read(&processes, disk.as_ref())?;
        Ok(Self { processes, disk, before })
    }

    pub(crate) fn per_dossier(&self, dossiers: u64) -> Result<Cost, Error> {
        let after = read(&self.processes, self.disk.as_ref())?;
        let dossiers = u32::try_from(dossiers.max(1)).unwrap_or(u32::MAX);
        let mut cost = Cost {
            cpu_us: BTreeMap::new(),
            written_bytes: 0.0,
            flushes: None,
            engine_resident_bytes: 0,
            others_percent: 0.0,
        };
        let mut others = after.all_cpu.saturating_sub(self.before.all_cpu);
        for (who, after) in &after.usage {
            let before = self.before.usage.get(who).copied().unwrap_or_default();
            let cpu = after.cpu.saturating_sub(before.cpu);
            others = others.saturating_sub(cpu);
            cost.cpu_us.insert(*who, cpu.as_secs_f64() * 1e6 / f64::from(dossiers));
            cost.written_bytes += shared(after.written.saturating_sub(before.written), dossiers);
            if *who == Who::Engine {
                cost.engine_resident_bytes = after.resident;
            }
        }
        cost.flushes = after
            .flushes
            .zip(self.before.flushes)
            .map(|(after, before)| shared(after.saturating_sub(before), dossiers));
        let time = (after.at - self.before.at) * processors();
        cost.others_percent = 100.0 * others.as_secs_f64() / time.as_secs_f64();
        Ok(cost)
    }
}

fn read(processes: &BTreeMap<Who, u32>, disk: Option<&Disk>) -> Result<Reading, Error> {
    let mut usage = BTreeMap::new();
    for (who, id) in processes {
        usage.insert(*who, usage::of(*id)?);
    }
    let (at, all_cpu) = (Instant::now(), usage::of_all()?);
    Ok(Reading { at, all_cpu, usage, flushes: disk.and_then(Disk::flushes) })
}

/// Of this machine.
pub(crate) fn processors() -> u32 {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    u32::try_from(processors).unwrap_or(1)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^53")]
fn shared(amount: u64, among: u32) -> f64 {
    amount as f64 / f64::from(among)
}
