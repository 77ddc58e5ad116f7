//! The append on PostgreSQL: one statement, which is its own transaction, however many events the
//! batch has.

mod columns;

pub(crate) use columns::{bind, bind_receipts, receipts};

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{Connection, PgConnection};

use crate::failpoint::{self, Point};
use crate::log::columns::{partition_column, unsigned};
use crate::log::ownership::Leases;
use crate::log::plan::{self, Plan};
use crate::log::{Append, Error, ReceiptKey, Recorded, Reference, StreamId};

use crate::sabotage::{self, Bug};

use super::{failure, rows};

/// One writer, with its connection while it is good.
pub(crate) struct Writer {
    pub(crate) options: PgConnectOptions,
    pub(crate) connection: Option<PgConnection>,
    pub(crate) partitions: u32,
    pub(crate) leases: Arc<Leases>,
}

impl Writer {
    pub(crate) async fn append(&mut self, batch: Vec<Append>) -> Result<Vec<Vec<Recorded>>, Error> {
        let plan = plan::plan(batch, self.partitions, &self.leases)?;
        let mut connection = self.connect().await?;
        failpoint::hit(Point::AppendBeforeCommit);
        let written = bind(sqlx::query(statement()), &plan)?.fetch_one(&mut connection).await;
        failpoint::hit(Point::AppendAfterCommit);
        match written {
            Ok(_) => {
                self.leases.advance(&plan.fences);
                self.connection = Some(connection);
                Ok(plan.events)
            }
            Err(failure) => {
                let error = failure::of_append(failure);
                if failure::leaves_connection_good(&error) {
                    let why = self.explained(&mut connection, error, &plan).await;
                    self.connection = Some(connection);
                    return Err(why);
                }
                Err(error)
            }
        }
    }

    pub(crate) async fn keep(&mut self, reference: &Reference) -> Result<(), Error> {
        let mut connection = self.connect().await?;
        sqlx::query(
            "INSERT INTO reference (digest, kind, name, content) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING",
        )
        .bind(reference.digest.as_str())
        .bind(&reference.kind)
        .bind(&reference.name)
        .bind(&reference.content)
        .execute(&mut connection)
        .await?;
        self.connection = Some(connection);
        Ok(())
    }

    pub(crate) async fn close(self) {
        if let Some(connection) = self.connection {
            let _ = connection.close().await;
        }
    }

    async fn connect(&mut self) -> Result<PgConnection, Error> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => Ok(PgConnection::connect_with(&self.options).await?),
        }
    }

    /// Looks for what made the database refuse the batch: a lost lease, a stream that is not where
    /// it was believed to be, a receipt that is there already.
    async fn explained(&self, connection: &mut PgConnection, error: Error, plan: &Plan) -> Error {
        let found = async {
            if let Some(partition) = lost(connection, plan).await? {
                self.leases.forget(&[partition]);
                return Ok(Some(Error::NotOwner { partition }));
            }
            if let Some(conflict) = plan.conflict(&ends(connection, plan).await?) {
                return Ok(Some(conflict));
            }
            repeated(connection, plan).await
        };
        let found: Result<Option<Error>, Error> = found.await;
        found.unwrap_or_else(Some).unwrap_or(error)
    }
}

/// A whole batch in one statement.
pub(crate) const STATEMENT: &str = include_str!("append.sql");

fn statement() -> &'static str {
    static WITHOUT_EPOCH: LazyLock<String> =
        LazyLock::new(|| STATEMENT.replace("heads.epoch = it.epoch AND ", ""));
    if sabotage::on(Bug::LeaseWithoutEpoch) { &WITHOUT_EPOCH } else { STATEMENT }
}

/// A partition of the batch that is not this process's any more.
async fn lost(connection: &mut PgConnection, plan: &Plan) -> Result<Option<u32>, Error> {
    let partitions: Vec<i32> =
        plan.fences.keys().map(|it| partition_column(*it)).collect::<Result<_, _>>()?;
    let rows: Vec<(i32, i64, i64)> =
        sqlx::query_as("SELECT partition, epoch, head FROM heads WHERE partition = ANY ($1)")
            .bind(partitions)
            .fetch_all(connection)
            .await?;
    let mut heads = BTreeMap::new();
    for (partition, epoch, head) in rows {
        heads.insert(partition, (epoch, unsigned(head)?));
    }
    for (&partition, fence) in &plan.fences {
        if heads.get(&partition_column(partition)?) != Some(&(fence.epoch, fence.before)) {
            return Ok(Some(partition));
        }
    }
    Ok(None)
}

async fn ends(
    connection: &mut PgConnection,
    plan: &Plan,
) -> Result<BTreeMap<StreamId, u64>, Error> {
    let of = |it: &StreamId| {
        partition_column(crate::log::partition_of(&it.aggregate_id, plan.partitions))
    };
    let streams = plan.expected.keys();
    let rows: Vec<(String, String, i64)> = sqlx::query_as(include_str!("select_ends.sql"))
        .bind(streams.clone().map(|it| it.aggregate_type.as_str()).collect::<Vec<_>>())
        .bind(streams.clone().map(|it| it.aggregate_id.as_str()).collect::<Vec<_>>())
        .bind(streams.map(of).collect::<Result<Vec<_>, _>>()?)
        .fetch_all(connection)
        .await?;
    let mut ends = BTreeMap::new();
    for (aggregate_type, aggregate_id, sequence) in rows {
        ends.insert(StreamId { aggregate_type, aggregate_id }, unsigned(sequence)?);
    }
    Ok(ends)
}

/// A receipt of the batch that was there before, or is in it twice.
async fn repeated(connection: &mut PgConnection, plan: &Plan) -> Result<Option<Error>, Error> {
    let mut keys: Vec<ReceiptKey> = plan.receipts.iter().map(|it| it.receipt.key()).collect();
    let found: Vec<PgRow> = bind_receipts(&keys)?.fetch_all(connection).await?;
    if let Some(row) = found.first() {
        return Ok(Some(Error::ReceiptExists(rows::receipt(row)?.key())));
    }
    keys.sort();
    let twice = keys.windows(2).find(|it| it[0] == it[1]);
    Ok(twice.map(|it| Error::ReceiptExists(it[0].clone())))
}
