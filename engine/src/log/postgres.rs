//! The log in a PostgreSQL database. One connection writes, a pool of them reads.
//!
//! No caller's cancellation reaches a database future: appends are carried out by the writer's
//! task, and every read by a task of its own that is awaited to its end.

mod append;
mod database;
mod failure;
mod readers;
mod rows;
mod tables;

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use lienthong_domain::digest::Digest;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::columns::{self, partition_column, signed};
use super::writer::{Queue, Request};
use super::{Append, Error, Log, Receipt, Recorded, Reference, StreamId, plan};
use append::Writer;
use readers::Readers;

/// A database made by [`PostgresLog::open`] has this many partitions.
pub const PARTITIONS: u32 = 256;

/// The log in a PostgreSQL database.
pub struct PostgresLog {
    partitions: u32,
    queue: Queue,
    readers: Readers,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl PostgresLog {
    /// Connects to `postgres://…`, makes the tables if there are none, and takes ownership of all
    /// partitions: whoever had them before gets [`Error::NotOwner`] from now on.
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
        let options = database::options(address)?;
        let epochs = database::open(&options, PARTITIONS).await?;
        let partitions = database::count(&epochs)?;
        let readers = Readers::new(&options);
        let (queue, mut requests) = Queue::new();
        let mut writer = Writer::new(options, epochs);
        let task = tokio::spawn(async move {
            while let Some(request) = requests.recv().await {
                serve(&mut writer, request).await;
            }
            writer.close().await;
        });
        Ok(Self { partitions, queue, readers, task: Mutex::new(Some(task)) })
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

    async fn append(&self, batch: Vec<Append>) -> Result<Vec<Vec<Recorded>>, Error> {
        self.queue.append(batch).await
    }

    async fn load(&self, stream: &StreamId) -> Result<Vec<Recorded>, Error> {
        let partition = partition_column(self.partition_of(&stream.aggregate_id))?;
        let query = sqlx::query(include_str!("postgres/select_stream.sql"))
            .bind(stream.aggregate_type.clone())
            .bind(stream.aggregate_id.clone())
            .bind(partition);
        self.readers.all(query, rows::recorded).await
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

    async fn receipt(
        &self,
        partition: u32,
        sender: &str,
        command_id: Uuid,
    ) -> Result<Option<Receipt>, Error> {
        let query = sqlx::query(include_str!("postgres/select_receipt.sql"))
            .bind(partition_column(partition)?)
            .bind(sender.to_owned())
            .bind(command_id);
        self.readers.first(query, rows::receipt).await
    }

    async fn put_reference(&self, reference: Reference) -> Result<(), Error> {
        plan::check_reference(&reference)?;
        self.queue.keep(reference).await
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
        self.queue.shut();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task
            && task.await.is_err()
        {
            tracing::error!("the log's writer did not end as it should");
        }
        self.readers.close().await;
    }
}
