//! The log in a PostgreSQL database. A connection for each lane writes, a pool of others reads.
//!
//! No caller's cancellation reaches a database future: appends are carried out by the writers'
//! tasks, and everything else by a task of its own that is awaited to its end.

mod append;
mod bulk;
mod database;
mod failure;
mod feeds;
mod lease;
mod meta;
mod readers;
mod rows;
mod scan;
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use lienthong_domain::digest::Digest;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::columns::{self, partition_column, signed};
use super::ownership::Leases;
use super::writer::Queue;
use super::{
    Append, Census, Error, Holding, Log, Receipt, ReceiptKey, Recorded, Reference, StreamId,
    lane_of, plan,
};
use append::Writer;
use feeds::Feed;
use lease::{Asked, Registry};
use readers::Readers;

pub(crate) use bulk::PostgresBulk;
pub(crate) use meta::change_meta;
pub(crate) use scan::PostgresScan;

/// A database made by [`PostgresLog::open`] has this many partitions.
pub const PARTITIONS: u32 = 256;

/// Writing connections. Two keep a small server busy; more share its commits.
const LANES: u32 = 2;

/// The log in a PostgreSQL database.
pub struct PostgresLog {
    engine: Uuid,
    partitions: u32,
    leases: Arc<Leases>,
    lanes: Vec<Queue<Request>>,
    registry: Registry,
    feed: Feed,
    readers: Readers,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// What a writer is asked to do.
enum Request {
    Append { batch: Vec<Append>, reply: oneshot::Sender<Result<Vec<Vec<Recorded>>, Error>> },
    Keep { reference: Reference, reply: oneshot::Sender<Result<(), Error>> },
}

impl PostgresLog {
    /// Connects to `postgres://…` and makes the tables if there are none.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an address that is none or a database that would lose commits;
    /// [`Error::Unavailable`] if it can't be reached.
    pub async fn open(address: &str) -> Result<Self, Error> {
        let address = address.to_owned();
        let opening = tokio::spawn(async move { Self::open_owned(&address).await });
        opening.await.map_err(Error::unavailable)?
    }

    async fn open_owned(address: &str) -> Result<Self, Error> {
        let engine = super::ownership::name()?;
        let options = database::options(address, engine)?;
        let partitions = database::open(&options, PARTITIONS).await?;
        let leases = Arc::new(Leases::default());
        let mut log = Self {
            engine,
            partitions,
            leases: Arc::clone(&leases),
            lanes: Vec::new(),
            registry: Registry::new(options.clone()),
            feed: Feed::new(options.clone()),
            readers: Readers::new(&options),
            tasks: Mutex::default(),
        };
        let options = options.options([("plan_cache_mode", "force_generic_plan")]);
        for _ in 0..LANES {
            let (queue, mut requests) = Queue::new();
            let (options, leases) = (options.clone(), Arc::clone(&leases));
            let mut writer = Writer { options, connection: None, partitions, leases };
            let task = tokio::spawn(async move {
                while let Some(request) = requests.recv().await {
                    serve(&mut writer, request).await;
                }
                writer.close().await;
            });
            log.lanes.push(queue);
            log.tasks.get_mut().unwrap_or_else(PoisonError::into_inner).push(task);
        }
        Ok(log)
    }
}

/// Whoever asked may wait no more: what was written stands all the same.
async fn serve(writer: &mut Writer, request: Request) {
    match request {
        Request::Append { batch, reply } => {
            let _ = reply.send(writer.append(batch).await);
        }
        Request::Keep { reference, reply } => {
            let _ = reply.send(writer.keep(&reference).await);
        }
    }
}

#[async_trait]
impl Log for PostgresLog {
    fn partitions(&self) -> u32 {
        self.partitions
    }

    fn lanes(&self) -> u32 {
        LANES
    }

    fn engine(&self) -> Uuid {
        self.engine
    }

    fn owns(&self, partition: u32) -> bool {
        self.leases.has(partition)
    }

    async fn census(&self) -> Result<Census, Error> {
        Ok(self.registry.ask(Asked::Census).await?.census)
    }

    async fn beat(&self, address: Option<&str>) -> Result<Census, Error> {
        let (address, leases) = (address.map(str::to_owned), Arc::clone(&self.leases));
        let asked = Asked::Beat { engine: self.engine, address, leases };
        Ok(self.registry.ask(asked).await?.census)
    }

    async fn take(&self, seen: &[Holding]) -> Result<Vec<u32>, Error> {
        let leases = Arc::clone(&self.leases);
        let asked = Asked::Take { engine: self.engine, seen: seen.to_owned(), leases };
        Ok(self.registry.ask(asked).await?.taken)
    }

    async fn release(&self, partitions: &[u32]) -> Result<(), Error> {
        self.leases.forget(partitions);
        let asked = Asked::Release { engine: self.engine, partitions: partitions.to_owned() };
        self.registry.ask(asked).await.map(drop)
    }

    async fn bury(&self, engines: &[Uuid]) -> Result<(), Error> {
        self.registry.ask(Asked::Bury { engines: engines.to_owned() }).await.map(drop)
    }

    async fn append(&self, batch: Vec<Append>) -> Result<Vec<Vec<Recorded>>, Error> {
        let lane = |it: &Append| lane_of(self.partition_of(&it.stream.aggregate_id), LANES);
        let Some(first) = batch.first().map(lane) else { return Ok(Vec::new()) };
        if batch.iter().any(|it| lane(it) != first) {
            return Err(Error::Invalid("a batch that spans lanes".to_owned()));
        }
        self.lanes[first as usize].ask(|reply| Request::Append { batch, reply }).await
    }

    async fn load_all(&self, streams: Vec<StreamId>) -> Result<Vec<Vec<Recorded>>, Error> {
        let distinct = BTreeSet::from_iter(&streams);
        let partitions =
            distinct.iter().map(|it| partition_column(self.partition_of(&it.aggregate_id)));
        let query = sqlx::query(include_str!("postgres/select_stream.sql"))
            .bind(distinct.iter().map(|it| it.aggregate_type.clone()).collect::<Vec<_>>())
            .bind(distinct.iter().map(|it| it.aggregate_id.clone()).collect::<Vec<_>>())
            .bind(partitions.collect::<Result<Vec<_>, _>>()?);
        let mut found: BTreeMap<StreamId, Vec<Recorded>> = BTreeMap::new();
        for event in self.readers.all(query, rows::recorded).await? {
            found.entry(event.stream.clone()).or_default().push(event);
        }
        Ok(streams.iter().map(|it| found.get(it).cloned().unwrap_or_default()).collect())
    }

    async fn read(&self, partition: u32, after: u64, limit: u32) -> Result<Vec<Recorded>, Error> {
        let query = sqlx::query(include_str!("postgres/select_partition.sql"))
            .bind(partition_column(partition)?)
            .bind(signed(after)?)
            .bind(columns::rows(limit));
        self.readers.all(query, rows::recorded).await
    }

    async fn head(&self, partition: u32) -> Result<u64, Error> {
        let query = sqlx::query("SELECT head FROM heads WHERE partition = $1")
            .bind(partition_column(partition)?);
        let head = self.readers.first(query, rows::number).await?;
        head.ok_or_else(|| Error::Invalid(format!("no partition {partition}")))
    }

    async fn receipts(&self, keys: Vec<ReceiptKey>) -> Result<Vec<Receipt>, Error> {
        self.readers.all(append::bind_receipts(&keys)?, rows::receipt).await
    }

    async fn prune_receipts(
        &self,
        partition: u32,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<u64, Error> {
        let epoch = self.leases.get(partition)?.epoch;
        let asked = Asked::Prune { partition, epoch, before, limit };
        Ok(self.registry.ask(asked).await?.pruned)
    }

    async fn put_reference(&self, reference: Reference) -> Result<(), Error> {
        plan::check_reference(&reference)?;
        self.lanes[0].ask(|reply| Request::Keep { reference, reply }).await
    }

    async fn reference(&self, digest: &Digest) -> Result<Option<Reference>, Error> {
        let sql = "SELECT digest, kind, name, content FROM reference WHERE digest = $1";
        self.readers.first(sqlx::query(sql).bind(digest.to_string()), rows::reference).await
    }

    async fn references(&self, kind: &str) -> Result<Vec<Reference>, Error> {
        let sql = "SELECT digest, kind, name, content FROM reference WHERE kind = $1 \
                   ORDER BY name, digest";
        self.readers.all(sqlx::query(sql).bind(kind.to_owned()), rows::reference).await
    }

    async fn close(&self) {
        self.lanes.iter().for_each(Queue::shut);
        let tasks: Vec<_> =
            self.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
        for task in tasks {
            if task.await.is_err() {
                tracing::error!("a writer of the log did not end as it should");
            }
        }
        let owned: Vec<u32> = (0..self.partitions).filter(|it| self.owns(*it)).collect();
        let released = self.release(&owned).await;
        let left = async { self.bury(&[self.engine]).await };
        if let Err(error) = released.and(left.await) {
            tracing::warn!(%error, "the partitions could not be released");
        }
        self.registry.close().await;
        self.feed.close().await;
        self.readers.close().await;
    }
}
