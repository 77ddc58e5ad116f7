//! Leases on PostgreSQL: rows of `heads` and `engines`, seen to by a connection of its own, so that
//! a long batch delays no sign of life.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::log::columns::{first_id, partition_column, small, unsigned};
use crate::log::ownership::{Lease, Leases};
use crate::log::{Census, Error, Holding, Member};

use super::database::APPLICATION;

/// The connection, while it is good.
pub(crate) struct Registry {
    options: PgConnectOptions,
    connection: Arc<Mutex<Option<PgConnection>>>,
}

/// What is asked of the registry.
pub(crate) enum Asked {
    Beat { engine: Uuid, address: Option<String>, leases: Arc<Leases> },
    Census,
    Take { engine: Uuid, seen: Vec<Holding>, leases: Arc<Leases> },
    Release { engine: Uuid, partitions: Vec<u32> },
    Bury { engines: Vec<Uuid> },
    Prune { partition: u32, epoch: i64, before: DateTime<Utc>, limit: u32 },
}

/// What it answers.
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) census: Census,
    pub(crate) taken: Vec<u32>,
    pub(crate) pruned: u64,
}

impl Registry {
    pub(crate) fn new(options: PgConnectOptions) -> Self {
        Self { options, connection: Arc::default() }
    }

    /// Runs to its end even if nobody waits any more.
    pub(crate) async fn ask(&self, asked: Asked) -> Result<Answer, Error> {
        let (options, connection) = (self.options.clone(), Arc::clone(&self.connection));
        let asking = tokio::spawn(async move {
            let mut kept = connection.lock().await;
            let mut connection = match kept.take() {
                Some(connection) => connection,
                None => PgConnection::connect_with(&options).await?,
            };
            let answer = answer(&mut connection, asked).await?;
            *kept = Some(connection);
            Ok(answer)
        });
        asking.await.map_err(Error::unavailable)?
    }

    pub(crate) async fn close(&self) {
        if let Some(connection) = self.connection.lock().await.take() {
            let _ = connection.close().await;
        }
    }
}

async fn answer(connection: &mut PgConnection, asked: Asked) -> Result<Answer, Error> {
    let mut answer = Answer::default();
    match asked {
        Asked::Beat { engine, address, leases } => {
            sqlx::query(include_str!("beat.sql"))
                .bind(engine)
                .bind(address)
                .execute(&mut *connection)
                .await?;
            answer.census = census(connection).await?;
            leases.compare(&answer.census.holdings, engine);
        }
        Asked::Census => answer.census = census(connection).await?,
        Asked::Take { engine, seen, leases } => {
            answer.taken = take(connection, engine, &seen, &leases).await?;
        }
        Asked::Release { engine, partitions } => {
            sqlx::query(
                "UPDATE heads SET engine = NULL WHERE partition = ANY ($1) AND engine = $2",
            )
            .bind(columns(&partitions)?)
            .bind(engine)
            .execute(connection)
            .await?;
        }
        Asked::Bury { engines } => {
            sqlx::query(
                "DELETE FROM engines WHERE engine = ANY ($1) \
                 AND NOT EXISTS (SELECT 1 FROM heads WHERE heads.engine = engines.engine)",
            )
            .bind(engines)
            .execute(connection)
            .await?;
        }
        Asked::Prune { partition, epoch, before, limit } => {
            let pruned = sqlx::query(include_str!("prune_receipts.sql"))
                .bind(partition_column(partition)?)
                .bind(first_id(before))
                .bind(i64::from(limit))
                .bind(epoch)
                .execute(connection)
                .await?;
            answer.pruned = pruned.rows_affected();
        }
    }
    Ok(answer)
}

async fn census(connection: &mut PgConnection) -> Result<Census, Error> {
    let members: Vec<(Uuid, Option<String>, i64, bool)> =
        sqlx::query_as(include_str!("select_members.sql"))
            .bind(format!("{APPLICATION}:"))
            .fetch_all(&mut *connection)
            .await?;
    let holdings: Vec<(i32, i64, Option<Uuid>)> =
        sqlx::query_as("SELECT partition, epoch, engine FROM heads ORDER BY partition")
            .fetch_all(connection)
            .await?;
    let member =
        |(engine, address, beat, is_connected)| Member { engine, address, beat, is_connected };
    let holding = |(partition, epoch, engine): (i32, i64, Option<Uuid>)| {
        Ok(Holding { partition: small(i64::from(partition))?, epoch, engine })
    };
    Ok(Census {
        members: members.into_iter().map(member).collect(),
        holdings: holdings.into_iter().map(holding).collect::<Result<_, Error>>()?,
    })
}

async fn take(
    connection: &mut PgConnection,
    engine: Uuid,
    seen: &[Holding],
    leases: &Leases,
) -> Result<Vec<u32>, Error> {
    let partitions: Vec<u32> = seen.iter().map(|it| it.partition).collect();
    let rows: Vec<(i32, i64, i64)> = sqlx::query_as(include_str!("take_partitions.sql"))
        .bind(columns(&partitions)?)
        .bind(seen.iter().map(|it| it.epoch).collect::<Vec<_>>())
        .bind(engine)
        .fetch_all(connection)
        .await?;
    let mut taken = Vec::with_capacity(rows.len());
    for (partition, epoch, head) in rows {
        let partition = small(i64::from(partition))?;
        leases.put(partition, Lease { epoch, head: unsigned(head)? })?;
        taken.push(partition);
    }
    Ok(taken)
}

fn columns(partitions: &[u32]) -> Result<Vec<i32>, Error> {
    partitions.iter().map(|it| partition_column(*it)).collect()
}
