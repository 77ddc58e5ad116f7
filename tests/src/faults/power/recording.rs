//! What `strace` wrote down of the calls on a store's files, in the order in which they ended.
//!
//! A line is `PROCESS MOMENT CALL(FD<PATH>, …) = RESULT`; one that another process came between is
//! in two parts, `… <unfinished ...>` and `PROCESS MOMENT <... CALL resumed>…`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{DateTime, Utc};

use super::disk::Disk;

const UNFINISHED: &str = " <unfinished ...>";
const RESUMED: &str = " resumed>";

/// Calls in their order.
pub(super) struct Recording(Vec<Call>);

struct Call {
    /// No later than the call's end.
    at: DateTime<Utc>,
    file: String,
    what: What,
}

enum What {
    Write(usize, Vec<u8>),
    Truncate(usize),
    Sync,
    Remove,
}

impl Recording {
    /// The calls that a trace has on files of a folder that are kept.
    ///
    /// # Panics
    /// If the trace can't be read.
    pub(super) fn read(trace: &Path, folder: &Path, is_kept: fn(&str) -> bool) -> Self {
        let text = std::fs::read_to_string(trace).expect("a trace");
        let (mut begun, mut calls) = (BTreeMap::new(), Vec::new());
        // A last line that was cut off counts as not written.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        for line in whole.lines() {
            let Some((process, rest)) = line.split_once(' ') else { continue };
            let Some((moment, said)) = rest.trim_start().split_once(' ') else { continue };
            if let Some(first) = said.strip_suffix(UNFINISHED) {
                begun.insert(process, first);
                continue;
            }
            let said = match said.split_once(RESUMED) {
                Some((_, second)) => match begun.remove(process) {
                    Some(first) => format!("{first}{second}"),
                    None => continue,
                },
                None => said.to_owned(),
            };
            calls.extend(call(&said, folder, is_kept).map(|(file, what)| {
                let at = parsed_moment(moment).expect("strace tells the time");
                Call { at, file, what }
            }));
        }
        Self(calls)
    }

    /// The files that were written.
    pub(super) fn files(&self) -> BTreeSet<&str> {
        self.0.iter().map(|it| it.file.as_str()).collect()
    }

    pub(super) fn calls(&self) -> u64 {
        self.0.len() as u64
    }

    pub(super) fn syncs(&self) -> u64 {
        self.0.iter().filter(|it| matches!(it.what, What::Sync)).count() as u64
    }

    /// The disk after so many calls, and when that was.
    pub(super) fn until(&self, first: &Disk, calls: u64) -> (Disk, DateTime<Utc>) {
        let mut disk = first.clone();
        let mut at = DateTime::UNIX_EPOCH;
        for call in self.0.iter().take(usize::try_from(calls).unwrap_or(usize::MAX)) {
            at = call.at;
            match &call.what {
                What::Write(place, bytes) => disk.write(&call.file, *place, bytes),
                What::Truncate(length) => disk.truncate(&call.file, *length),
                What::Sync => disk.sync(&call.file),
                What::Remove => disk.remove(&call.file),
            }
        }
        (disk, at)
    }
}

/// `1795647997.600895`
fn parsed_moment(text: &str) -> Option<DateTime<Utc>> {
    let (seconds, micros) = text.split_once('.')?;
    let micros: i64 = seconds.parse::<i64>().ok()? * 1_000_000 + micros.parse::<i64>().ok()?;
    DateTime::from_timestamp_micros(micros)
}

/// A call that has succeeded on one of the files, and what it did.
fn call(said: &str, folder: &Path, is_kept: fn(&str) -> bool) -> Option<(String, What)> {
    let (said, result) = said.rsplit_once(" = ")?;
    let result: i64 = result.split(' ').next()?.parse().ok()?;
    let (name, arguments) = said.trim_end().strip_suffix(')')?.split_once('(')?;
    let path = match name {
        "unlink" => unescaped(arguments)?,
        _ => unescaped_path(arguments.split_once('<')?.1.split_once('>')?.0),
    };
    let path = String::from_utf8(path).ok()?;
    let file = Path::new(&path).strip_prefix(folder).ok()?.to_str()?;
    if !is_kept(file) || result < 0 {
        return None;
    }
    let what = match name {
        "pwrite64" => {
            let place = arguments.rsplit_once(", ")?.1.parse().ok()?;
            What::Write(place, written(arguments, result)?)
        }
        // Nobody writes so to a file of a store but to a new one, all of it.
        "write" => What::Write(0, written(arguments, result)?),
        "ftruncate" => What::Truncate(arguments.rsplit_once(", ")?.1.parse().ok()?),
        "fsync" | "fdatasync" => What::Sync,
        "unlink" => What::Remove,
        _ => return None,
    };
    Some((file.to_owned(), what))
}

/// What a call has written, of what it was given.
fn written(arguments: &str, result: i64) -> Option<Vec<u8>> {
    let (_, rest) = arguments.split_once(", ")?;
    let given = rest.split_once(", ")?.0;
    let mut bytes = unescaped(given).unwrap_or_else(|| panic!("the trace lacks some of {rest}"));
    bytes.truncate(usize::try_from(result).ok()?);
    Some(bytes)
}

/// `"\x48\x69"`; `None` if it was cut off.
fn unescaped(quoted: &str) -> Option<Vec<u8>> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let byte = |it: &str| u8::from_str_radix(it, 16).ok();
    inner.split("\\x").skip(1).map(byte).collect()
}

/// A path as it stands behind a descriptor: in hex, or as it is.
fn unescaped_path(text: &str) -> Vec<u8> {
    unescaped(&format!("\"{text}\"")).filter(|it| !it.is_empty()).unwrap_or(text.into())
}
