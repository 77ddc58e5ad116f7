//! Reads an exported log from its first line to its last, and checks all of it.

use std::collections::BTreeMap;
use std::io::{BufRead, Read as _};

use lienthong_domain::digest::{Digest, hex};
use sha2::{Digest as _, Sha256};

use crate::log::{self, Chains, Progress, Stored, feeds};

use super::line::{Delivery, End, Event, Header, Line, LineHead, Receipt, VERSION};
use super::{Contents, Error};

/// A line has at most this many bytes: the largest reference data, all of it escaped.
const LINE_BYTES_MAX: u64 = 8 * log::REFERENCE_BYTES_MAX as u64;

/// Takes in the lines of a file as they come. A line is checked before it is handed on.
pub(super) trait Sink {
    fn reference(&mut self, reference: log::Reference) -> Result<(), Error>;
    fn event(&mut self, event: &Event<'_>) -> Result<(), Error>;
    fn receipt(&mut self, receipt: Receipt<'_>) -> Result<(), Error>;
    fn delivery(&mut self, delivery: feeds::Delivery) -> Result<(), Error>;
}

/// Checks a file: that it is whole, and that the log in it is.
///
/// # Errors
/// The first line that is wrong.
pub fn check(file: impl BufRead, progress: &Progress) -> Result<Contents, Error> {
    struct Nothing;
    impl Sink for Nothing {
        fn reference(&mut self, _: log::Reference) -> Result<(), Error> {
            Ok(())
        }
        fn event(&mut self, _: &Event<'_>) -> Result<(), Error> {
            Ok(())
        }
        fn receipt(&mut self, _: Receipt<'_>) -> Result<(), Error> {
            Ok(())
        }
        fn delivery(&mut self, _: feeds::Delivery) -> Result<(), Error> {
            Ok(())
        }
    }
    read(file, &mut Nothing, progress)
}

/// Reads a file into a sink. Progress is in bytes.
pub(super) fn read(
    mut file: impl BufRead,
    sink: &mut dyn Sink,
    progress: &Progress,
) -> Result<Contents, Error> {
    let mut line = String::new();
    let mut reading: Option<Reading> = None;
    for number in 1.. {
        line.clear();
        let bytes = file.by_ref().take(LINE_BYTES_MAX).read_line(&mut line)?;
        if bytes == 0 {
            return Err(Error::Truncated);
        }
        let at = |fault: String| Error::Line { line: number, fault };
        let parsed = serde_json::from_str(&line).map_err(|it| at(it.to_string()))?;
        let done = match (&mut reading, parsed) {
            (None, Line::Log(header)) => Reading::begin(header).map(|it| reading = Some(it)),
            (Some(reading), Line::End(end)) => {
                reading.end(&end).map_err(at)?;
                progress.add(bytes as u64);
                line.clear();
                let is_last = file.read_line(&mut line)? == 0;
                let contents = Contents::new(&reading.header, end);
                let more = Error::Line { line: number + 1, fault: "it is beyond the end".into() };
                return if is_last { Ok(contents) } else { Err(more) };
            }
            (Some(reading), line) => match line {
                Line::Reference(it) => match reading.reference(it.into()) {
                    Ok(it) => sink.reference(it).map(Ok)?,
                    Err(fault) => Err(fault),
                },
                Line::Event(it) => match reading.event(&it) {
                    Ok(()) => sink.event(&it).map(Ok)?,
                    Err(fault) => Err(fault),
                },
                Line::Receipt(it) => match reading.receipt(&it) {
                    Ok(()) => sink.receipt(it).map(Ok)?,
                    Err(fault) => Err(fault),
                },
                Line::Delivery(it) => match reading.delivery(it) {
                    Ok(it) => sink.delivery(it).map(Ok)?,
                    Err(fault) => Err(fault),
                },
                Line::Log(_) | Line::End(_) => Err("it is not the first line".to_owned()),
            },
            (None, _) => Err("the first line does not say what this is".to_owned()),
        };
        done.map_err(at)?;
        if let Some(reading) = &mut reading {
            reading.hasher.update(line.as_bytes());
        }
        progress.add(bytes as u64);
    }
    Err(Error::Truncated)
}

/// What was read so far.
struct Reading {
    header: Header,
    hasher: Sha256,
    chains: Chains,
    heads: BTreeMap<u32, (u64, log::Hash)>,
    references: u64,
    events: u64,
    receipts: u64,
    deliveries: u64,
}

impl Reading {
    fn begin(header: Header) -> Result<Self, String> {
        if header.version != VERSION {
            return Err(format!("version {} is unknown here", header.version));
        }
        if header.partitions == 0 {
            return Err("there are no partitions".to_owned());
        }
        Ok(Self {
            hasher: Sha256::new(),
            chains: Chains::new(header.partitions),
            heads: BTreeMap::new(),
            references: 0,
            events: 0,
            receipts: 0,
            deliveries: 0,
            header,
        })
    }

    fn reference(&mut self, reference: log::Reference) -> Result<log::Reference, String> {
        if Digest::of(reference.content.as_bytes()) != reference.digest {
            return Err("the content is not what its digest says".to_owned());
        }
        self.references += 1;
        Ok(reference)
    }

    fn event(&mut self, event: &Event<'_>) -> Result<(), String> {
        let stored = Stored::from(event);
        let head = self.heads.entry(stored.partition).or_insert((0, [0; 32]));
        if stored.position != head.0 + 1 {
            return Err(log::Fault::Missing.to_string());
        }
        self.chains.follow(&stored).map_err(|it| it.to_string())?;
        *head = (stored.position, stored.hash);
        self.events += 1;
        Ok(())
    }

    fn receipt(&mut self, receipt: &Receipt<'_>) -> Result<(), String> {
        self.require(receipt.partition)?;
        self.receipts += 1;
        Ok(())
    }

    fn delivery(&mut self, delivery: Delivery<'_>) -> Result<feeds::Delivery, String> {
        self.require(delivery.partition)?;
        self.deliveries += 1;
        delivery.read()
    }

    fn require(&self, partition: u32) -> Result<(), String> {
        let is_there = partition < self.header.partitions;
        is_there.then_some(()).ok_or_else(|| format!("there is no partition {partition}"))
    }

    fn end(&self, end: &End) -> Result<(), String> {
        if (self.references, self.events, self.receipts, self.deliveries)
            != (end.references, end.events, end.receipts, end.deliveries)
        {
            return Err("the counts are not those of the file".to_owned());
        }
        let heads = self.heads.iter().map(|(partition, (position, hash))| {
            let (partition, position, hash) = (*partition, *position, *hash);
            LineHead { partition, position, hash }
        });
        if !heads.eq(end.heads.iter().cloned()) {
            return Err("the heads are not those of the file".to_owned());
        }
        if hex(&self.hasher.clone().finalize()) != end.digest.as_str() {
            return Err("the digest is not that of the file".to_owned());
        }
        Ok(())
    }
}
