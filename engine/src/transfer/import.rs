//! Takes an exported log into an empty store. The file is read twice: once to see that all of it
//! is right, once to write. A store whose import did not end is taken by nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use crate::log::bulk::{self, Bulk, End};
use crate::log::{self, Log, Progress, Receipt, Recorded, StreamId, feeds, heads};
use crate::projection::rebuild;
use crate::subscription::DELIVERY;

use super::check::{self, Sink};
use super::{Contents, Error, line};

/// Events, or receipts, in a batch.
const BATCH: usize = 1_000;
/// A batch with payloads of this many bytes takes no further event.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// Lines that were read and wait to be written.
const AHEAD: usize = 2 * BATCH;

/// Checks a file, writes what is in it into an empty store, and makes the read tables.
///
/// # Errors
/// If the file is not right or the store not empty: then nothing was written. If the store fails
/// meanwhile, it is to be made anew.
pub async fn import(
    path: &Path,
    address: &str,
    progress: &Arc<Progress>,
) -> Result<Contents, Error> {
    let bytes = std::fs::metadata(path)?.len();
    progress.expect(2 * bytes);
    let (file, told) = (path.to_owned(), Arc::clone(progress));
    let checking = move || check::check(BufReader::new(File::open(file)?), &told);
    let contents = blocking(checking).await?;
    if !is_empty(address).await? {
        return Err(Error::NotEmpty);
    }
    let log = log::open(address).await?;
    let imported = fill(path, &*log, address, &contents, progress).await;
    log.close().await;
    imported?;
    rebuild::rebuild(address, false, progress).await?;
    heads::end_import(address, contents.incarnation.clone()).await?;
    Ok(contents)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(log::Error::unavailable)?
}

async fn is_empty(address: &str) -> Result<bool, Error> {
    let Some(mut scan) = log::find_for_reading(address).await? else { return Ok(true) };
    if scan.heads().await?.iter().any(|it| it.position > 0)
        || !scan.references("").await?.is_empty()
    {
        return Ok(false);
    }
    for partition in 0..scan.partitions() {
        if !scan.receipts(partition, None).await?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn fill(
    path: &Path,
    log: &dyn Log,
    address: &str,
    contents: &Contents,
    progress: &Arc<Progress>,
) -> Result<(), Error> {
    if !heads::begin_import(address).await? {
        return Err(Error::NotEmpty);
    }
    let (items, mut to_write) = mpsc::channel(AHEAD);
    let (file, told) = (path.to_owned(), Arc::clone(progress));
    let reading = tokio::task::spawn_blocking(move || {
        check::read(BufReader::new(File::open(file)?), &mut Items(items), &told)
    });
    let mut writer = Writer {
        log,
        bulk: bulk::open(address).await?,
        partitions: contents.partitions,
        ends: BTreeMap::new(),
        events: Vec::new(),
        bytes: 0,
        receipts: Vec::new(),
        deliveries: Vec::new(),
    };
    let mut written = Ok(());
    while let Some(item) = to_write.recv().await {
        written = writer.take(item).await;
        if written.is_err() {
            break;
        }
    }
    drop(to_write);
    let read = reading.await.map_err(log::Error::unavailable)?;
    written?;
    if read? != *contents {
        return Err(Error::Truncated);
    }
    writer.flush().await?;
    if contents.followed {
        writer.bulk.begin_at_heads(DELIVERY).await?;
    }
    Ok(())
}

/// A line to be written, with the partition that it had.
enum Item {
    Reference(log::Reference),
    Event(Box<Recorded>),
    Receipt(Receipt),
    Delivery(Box<feeds::Delivery>),
}

/// Hands lines on to whoever writes.
struct Items(mpsc::Sender<Item>);

impl Items {
    fn send(&self, item: Item) -> Result<(), Error> {
        self.0.blocking_send(item).map_err(|_| Error::Truncated)
    }
}

impl Sink for Items {
    fn reference(&mut self, reference: log::Reference) -> Result<(), Error> {
        self.send(Item::Reference(reference))
    }

    fn event(&mut self, event: &line::Event<'_>) -> Result<(), Error> {
        let event = Recorded {
            partition: event.partition,
            position: event.position,
            stream: StreamId::new(&*event.aggregate_type, &*event.aggregate_id),
            sequence: event.sequence,
            event_type: event.event_type.to_string(),
            event_version: event.event_version.to_string(),
            payload: event.payload.to_string(),
            metadata: event.metadata.to_string(),
            command_id: event.command_id,
            recorded_at: moment(event.recorded_at)?,
            hash: event.hash,
        };
        self.send(Item::Event(Box::new(event)))
    }

    fn receipt(&mut self, receipt: line::Receipt<'_>) -> Result<(), Error> {
        let outcome = serde_json::from_str(&receipt.outcome).map_err(|it| unfit(&it))?;
        self.send(Item::Receipt(Receipt {
            partition: receipt.partition,
            sender: receipt.sender.into_owned(),
            command_id: receipt.command_id,
            request_digest: receipt.request_digest,
            outcome,
            recorded_at: moment(receipt.recorded_at)?,
        }))
    }

    fn delivery(&mut self, delivery: feeds::Delivery) -> Result<(), Error> {
        self.send(Item::Delivery(Box::new(delivery)))
    }
}

fn moment(micros: i64) -> Result<DateTime<Utc>, Error> {
    line::moment(micros).map_err(|it| unfit(&it))
}

fn unfit(fault: &dyn std::fmt::Display) -> Error {
    Error::Log(log::Error::Invalid(fault.to_string()))
}

/// Writes in batches.
struct Writer<'a> {
    log: &'a dyn Log,
    bulk: Box<dyn Bulk>,
    /// How many partitions the exported log had.
    partitions: u32,
    /// Where each partition ends so far.
    ends: BTreeMap<u32, End>,
    events: Vec<Recorded>,
    bytes: usize,
    receipts: Vec<Receipt>,
    deliveries: Vec<feeds::Delivery>,
}

impl Writer<'_> {
    async fn take(&mut self, item: Item) -> Result<(), Error> {
        match item {
            Item::Reference(reference) => return Ok(self.log.put_reference(reference).await?),
            Item::Event(mut event) => {
                event.partition = self.log.partition_of(&event.stream.aggregate_id);
                let end = self.ends.entry(event.partition).or_default();
                end.position += 1;
                end.epoch = end.epoch.max(epoch_of(&event));
                event.position = end.position;
                self.bytes += event.payload.len();
                self.events.push(*event);
            }
            Item::Receipt(receipt) => {
                for partition in self.places(&receipt) {
                    self.receipts.push(Receipt { partition, ..receipt.clone() });
                }
            }
            Item::Delivery(mut delivery) => {
                let dossier = &delivery.outgoing.message.dossier_id;
                delivery.outgoing.partition = self.log.partition_of(dossier);
                self.deliveries.push(*delivery);
            }
        }
        let waiting = self.events.len().max(self.receipts.len()).max(self.deliveries.len());
        if waiting >= BATCH || self.bytes >= BATCH_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    /// A receipt lies in the partition of the dossier that its command was for. Where it does not
    /// say which that was, it lies in every partition where it may be looked for: in those that
    /// the dossiers of its old partition may be in now.
    fn places(&self, receipt: &Receipt) -> Vec<u32> {
        if let Some(dossier) = dossier_of(receipt) {
            return vec![self.log.partition_of(dossier)];
        }
        let common = greatest_common_divisor(self.partitions, self.log.partitions());
        let may_be = |it: &u32| it % common == receipt.partition % common;
        (0..self.log.partitions()).filter(may_be).collect()
    }

    async fn flush(&mut self) -> Result<(), log::Error> {
        self.bytes = 0;
        let events = std::mem::take(&mut self.events);
        let receipts = std::mem::take(&mut self.receipts);
        let moved = events.iter().map(|it| (it.partition, self.ends[&it.partition]));
        let ends = moved.collect();
        self.bulk.add_events(events, ends).await?;
        self.bulk.add_receipts(receipts).await?;
        self.bulk.add_deliveries(std::mem::take(&mut self.deliveries)).await
    }
}

/// The epoch under which an event was written; 0 if it does not say.
fn epoch_of(event: &Recorded) -> i64 {
    let metadata = event.metadata().unwrap_or_default();
    metadata.get(log::EPOCH).and_then(|it| it.parse().ok()).unwrap_or_default()
}

/// The dossier that a command was for, where its outcome names it.
fn dossier_of(receipt: &Receipt) -> Option<&str> {
    let members = ["/accepted/dossier", "/refused/dossier"];
    members.iter().find_map(|it| receipt.outcome.pointer(it)?.as_str())
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
