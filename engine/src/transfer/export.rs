//! Writes a log into a file, also while a server runs on it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufWriter, Write};

use lienthong_domain::digest::{Digest, hex};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::log::{Head, Page, Progress, Reference, Scan, StoredReceipt, feeds, open_for_reading};
use crate::subscription::DELIVERY;

use super::line::{End, Event, Header, Line, LineHead, Receipt, VERSION};
use super::{Contents, Error};

/// Parts that are read and wait to be written.
const AHEAD: usize = 4;

/// What was read together.
enum Part {
    Header(Header),
    References(Vec<Reference>),
    /// Events up to a position.
    Events(Page, u64),
    Receipts(u32, Vec<StoredReceipt>),
    Deliveries(Vec<feeds::Delivery>),
}

/// Writes the whole log.
///
/// # Errors
/// If the log can't be read or the file not be written; what is written then has no end.
pub async fn export(
    address: &str,
    to: impl Write + Send + 'static,
    progress: &Progress,
) -> Result<Contents, Error> {
    let mut scan = open_for_reading(address).await?;
    let (found, ours) = scan.schema().await?;
    if found != ours {
        return Err(Error::Schema { found, ours });
    }
    let heads = scan.heads().await?;
    progress.expect(heads.iter().map(|it| it.position).sum());
    let incarnation = crate::log::heads::incarnation_of(scan.as_mut()).await?;
    let header = Header { version: VERSION, partitions: scan.partitions(), incarnation };
    let (parts, to_write) = mpsc::channel(AHEAD);
    // What a delivery is made of is there by now, if it is ever to be: it is read later.
    let followed = is_followed(scan.as_mut(), &heads).await?;
    let ends = heads.iter().filter_map(line_head).collect();
    let writing = tokio::task::spawn_blocking(move || write_all(to, to_write, ends, followed));
    let read = read_all(scan.as_mut(), header.clone(), &heads, parts, progress).await;
    let written = writing.await.map_err(crate::log::Error::unavailable)?;
    // A writer that failed is why the reader found nobody to read for.
    let end = written?;
    read?;
    Ok(Contents::new(&header, end))
}

/// Whether for every event up to the heads it was found out what is to be pushed.
async fn is_followed(scan: &mut dyn Scan, heads: &[Head]) -> Result<bool, Error> {
    let places: BTreeMap<u32, u64> = scan.followed(DELIVERY).await?.into_iter().collect();
    let place = |head: &Head| places.get(&head.partition).copied().unwrap_or_default();
    Ok(heads.iter().all(|it| place(it) >= it.position))
}

fn line_head(head: &Head) -> Option<LineHead> {
    let Head { partition, position, hash } = *head;
    Some(LineHead { partition, position, hash: hash? })
}

/// Reads everything and hands it on. Partitions come in turns, a page of each.
async fn read_all(
    scan: &mut dyn Scan,
    header: Header,
    heads: &[Head],
    parts: mpsc::Sender<Part>,
    progress: &Progress,
) -> Result<(), Error> {
    let gone = |_| Error::Truncated;
    parts.send(Part::Header(header)).await.map_err(gone)?;
    let mut digest = String::new();
    loop {
        let references = scan.references(&digest).await?;
        let Some(last) = references.last() else { break };
        digest = last.digest.to_string();
        parts.send(Part::References(references)).await.map_err(gone)?;
    }
    let mut open: Vec<(u32, u64, u64)> =
        heads.iter().map(|it| (it.partition, 0, it.position)).collect();
    open.retain(|(_, after, head)| after < head);
    while !open.is_empty() {
        for (partition, after, head) in &mut open {
            let page = scan.events(*partition, *after, Page::default()).await?;
            let last = page.events().last().map_or(*head, |it| it.position).min(*head);
            progress.add(last - *after);
            *after = last;
            parts.send(Part::Events(page, *head)).await.map_err(gone)?;
        }
        open.retain(|(_, after, head)| after < head);
    }
    for head in heads {
        read_receipts(scan, head, &parts).await?;
    }
    for head in heads {
        read_deliveries(scan, head, &parts).await?;
    }
    Ok(())
}

/// The receipts of a partition, without those of commands that came after its head.
async fn read_receipts(
    scan: &mut dyn Scan,
    head: &Head,
    parts: &mpsc::Sender<Part>,
) -> Result<(), Error> {
    let (mut after, mut known) = (None, head.position);
    let mut later: BTreeSet<Uuid> = BTreeSet::new();
    loop {
        let mut receipts = scan.receipts(head.partition, after).await?;
        let Some(last) = receipts.last() else { return Ok(()) };
        after = Some((last.command_id, last.sender.clone()));
        // A receipt is written with its events: whatever these receipts are of is there by now.
        loop {
            let commands = scan.commands(head.partition, known).await?;
            let Some((position, _)) = commands.last() else { break };
            known = *position;
            later.extend(commands.into_iter().map(|(_, id)| id));
        }
        receipts.retain(|it| !later.contains(&it.command_id));
        let part = Part::Receipts(head.partition, receipts);
        parts.send(part).await.map_err(|_| Error::Truncated)?;
    }
}

/// The deliveries of a partition, without those of messages that were caused after its head.
async fn read_deliveries(
    scan: &mut dyn Scan,
    head: &Head,
    parts: &mpsc::Sender<Part>,
) -> Result<(), Error> {
    let mut after = String::new();
    loop {
        let mut deliveries = scan.deliveries(head.partition, &after).await?;
        let Some(last) = deliveries.last() else { return Ok(()) };
        after.clone_from(&last.outgoing.message.message_id);
        deliveries.retain(|it| it.outgoing.position <= head.position);
        parts.send(Part::Deliveries(deliveries)).await.map_err(|_| Error::Truncated)?;
    }
}

/// Writes what comes, and the end.
fn write_all(
    to: impl Write,
    mut parts: mpsc::Receiver<Part>,
    heads: Vec<LineHead>,
    followed: bool,
) -> Result<End, Error> {
    let mut out = Lines { to: BufWriter::new(to), hasher: Sha256::new(), line: Vec::new() };
    let (mut references, mut events, mut receipts, mut deliveries) = (0, 0, 0, 0);
    while let Some(part) = parts.blocking_recv() {
        match part {
            Part::Header(header) => out.write(&Line::Log(header))?,
            Part::References(all) => {
                for it in &all {
                    out.write(&Line::Reference(it.into()))?;
                    references += 1;
                }
            }
            Part::Events(page, head) => {
                for it in page.events().take_while(|it| it.position <= head) {
                    out.write(&Line::Event(Event::from(&it)))?;
                    events += 1;
                }
            }
            Part::Receipts(partition, all) => {
                for it in &all {
                    out.write(&Line::Receipt(Receipt::new(partition, it)))?;
                    receipts += 1;
                }
            }
            Part::Deliveries(all) => {
                for it in &all {
                    out.write(&Line::Delivery(it.into()))?;
                    deliveries += 1;
                }
            }
        }
    }
    let digest = Digest::try_from(hex(&out.hasher.clone().finalize()));
    let digest = digest.map_err(std::io::Error::other)?;
    let end = End { references, events, receipts, deliveries, followed, heads, digest };
    out.write(&Line::End(end.clone()))?;
    out.to.flush()?;
    Ok(end)
}

/// Lines on their way into a file.
struct Lines<W: Write> {
    to: BufWriter<W>,
    hasher: Sha256,
    line: Vec<u8>,
}

impl<W: Write> Lines<W> {
    fn write(&mut self, line: &Line<'_>) -> Result<(), Error> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line).map_err(std::io::Error::other)?;
        self.line.push(b'\n');
        self.hasher.update(&self.line);
        Ok(self.to.write_all(&self.line)?)
    }
}
