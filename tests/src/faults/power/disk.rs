//! The files of a store as the system shows them, and as they are on the disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::seed::Choices;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// Files by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk(BTreeMap<String, File>);

#[derive(Clone, Debug, Default)]
struct File {
    /// What was synced.
    synced: Vec<u8>,
    /// Writes since, each with its place.
    since: Vec<(usize, Vec<u8>)>,
}

/// The files after a cut.
pub(super) struct Image(BTreeMap<String, Vec<u8>>);

impl Disk {
    /// Those of some files that are in a folder, all of them synced.
    pub(super) fn read<'a>(folder: &Path, names: impl IntoIterator<Item = &'a str>) -> Self {
        let read = |name: &str| {
            let synced = std::fs::read(folder.join(name)).ok()?;
            Some((name.to_owned(), File { synced, since: Vec::new() }))
        };
        Self(names.into_iter().filter_map(read).collect())
    }

    pub(super) fn write(&mut self, name: &str, at: usize, bytes: &[u8]) {
        self.file(name).since.push((at, bytes.to_vec()));
    }

    pub(super) fn sync(&mut self, name: &str) {
        let file = self.file(name);
        for (at, bytes) in std::mem::take(&mut file.since) {
            put(&mut file.synced, at, &bytes);
        }
    }

    /// The file system keeps its own order of lengths and names: these are on disk at once.
    pub(super) fn truncate(&mut self, name: &str, length: usize) {
        self.sync(name);
        self.file(name).synced.resize(length, 0);
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    fn file(&mut self, name: &str) -> &mut File {
        self.0.entry(name.to_owned()).or_default()
    }

    /// What is there if the power holds.
    pub(super) fn whole(&self) -> Image {
        let mut synced = self.clone();
        let names: Vec<String> = synced.0.keys().cloned().collect();
        names.iter().for_each(|it| synced.sync(it));
        Image(synced.0.into_iter().map(|(name, file)| (name, file.synced)).collect())
    }

    /// What a cut leaves: nothing of what was not synced, all of it, or some sectors. Also how many
    /// writes were not synced.
    pub(super) fn after_cut(&self, choices: &mut Choices) -> (Image, usize) {
        let (mut image, mut unsynced) = (BTreeMap::new(), 0);
        let kept_of_4 = choices.between(0, 5);
        for (name, file) in &self.0 {
            let mut bytes = file.synced.clone();
            unsynced += file.since.len();
            for (at, write) in &file.since {
                let mut at = *at;
                let mut rest = write.as_slice();
                while !rest.is_empty() {
                    // A sector ends where the disk's next one begins.
                    let (sector, after) = rest.split_at(rest.len().min(SECTOR - at % SECTOR));
                    if choices.between(0, 4) < kept_of_4 {
                        put(&mut bytes, at, sector);
                    }
                    at += sector.len();
                    rest = after;
                }
            }
            image.insert(name.clone(), bytes);
        }
        (Image(image), unsynced)
    }
}

impl Image {
    /// Writes the files; gives where.
    ///
    /// # Panics
    /// If there is no place for them.
    pub(super) fn write(&self, folder: &Path) -> Vec<PathBuf> {
        let write = |(name, bytes): (&String, &Vec<u8>)| {
            let path = folder.join(name);
            std::fs::write(&path, bytes).expect("write a file");
            path
        };
        self.0.iter().map(write).collect()
    }
}

fn put(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[at..end].copy_from_slice(bytes);
}
