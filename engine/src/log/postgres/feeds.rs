//! What follows the log, on PostgreSQL: over a connection of its own, one statement for all effects.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use sqlx::postgres::{PgArguments, PgConnectOptions};
use sqlx::query::Query;
use sqlx::{Connection as _, PgConnection, Postgres};
use tokio::sync::Mutex;

use crate::failpoint::{self, Point};
use crate::log::columns::{self, partition_column, signed};
use crate::log::feeds::{
    Attempted, Change, Checkpoint, Delivery, DeliveryPage, Dispatched, Effect, Feeds, Held,
    OpenDeliveries, Operation, Parked, Shown, TrafficRow,
};
use crate::log::{Error, Log as _, Outgoing, Recorded, StreamId, TaskRow};
use crate::sabotage::{self, Bug};

use super::{PostgresLog, failure, rows};

/// What PostgreSQL says when something was divided by zero.
const DIVISION_BY_ZERO: &str = "22012";

/// The connection, while it is good.
pub(crate) struct Feed {
    options: PgConnectOptions,
    connection: Arc<Mutex<Option<PgConnection>>>,
}

/// What is to be written. The answer is how many rows it concerned.
enum Asked {
    Begin { subscription: String },
    Claim { partitions: Vec<Held> },
    Apply { effects: Vec<Effect> },
    Operate { operation: Operation },
}

impl Feed {
    pub(crate) fn new(options: PgConnectOptions) -> Self {
        Self { options, connection: Arc::default() }
    }

    /// Runs to its end even if nobody waits any more.
    async fn ask(&self, asked: Asked) -> Result<u64, Error> {
        let (options, connection) = (self.options.clone(), Arc::clone(&self.connection));
        let asking = tokio::spawn(async move {
            let mut kept = connection.lock().await;
            let mut connection = match kept.take() {
                Some(connection) => connection,
                None => PgConnection::connect_with(&options).await?,
            };
            let answer = match asked {
                Asked::Begin { subscription } => begin(&mut connection, subscription).await?,
                Asked::Claim { partitions } => claim(&mut connection, &partitions).await?,
                Asked::Apply { effects } => u64::from(apply(&mut connection, effects).await?),
                Asked::Operate { operation } => operate(&mut connection, operation).await?,
            };
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

#[async_trait]
impl Feeds for PostgresLog {
    fn held(&self) -> Vec<Held> {
        self.leases.held()
    }

    async fn begin(&self, subscription: &str) -> Result<(), Error> {
        let subscription = subscription.to_owned();
        self.feed.ask(Asked::Begin { subscription }).await.map(drop)
    }

    async fn shown(&self) -> Result<Vec<Shown>, Error> {
        self.readers.all(sqlx::query("SELECT * FROM shown ORDER BY name"), rows::shown).await
    }

    async fn checkpoints(&self) -> Result<Vec<Checkpoint>, Error> {
        let sql = "SELECT * FROM subscriptions ORDER BY name, partition";
        self.readers.all(sqlx::query(sql), rows::checkpoint).await
    }

    async fn claim(&self, partitions: Vec<Held>) -> Result<(), Error> {
        self.feed.ask(Asked::Claim { partitions }).await.map(drop)
    }

    async fn heads(&self) -> Result<Vec<(u32, u64)>, Error> {
        let sql = "SELECT partition, head FROM heads ORDER BY partition";
        self.readers.all(sqlx::query(sql), rows::head).await
    }

    async fn events_after(
        &self,
        places: Vec<(u32, u64)>,
        limit: u32,
    ) -> Result<Vec<Recorded>, Error> {
        let query = sqlx::query(include_str!("select_events_after.sql"))
            .bind(checked(&places, |it| partition_column(it.0))?)
            .bind(checked(&places, |it| signed(it.1))?)
            .bind(columns::rows(limit));
        self.readers.all(query, rows::recorded).await
    }

    async fn addressees_between(
        &self,
        places: Vec<(u32, u64, u64)>,
    ) -> Result<BTreeSet<String>, Error> {
        let query = between(include_str!("select_addressees_between.sql"), &places)?;
        Ok(self.readers.all(query, rows::text).await?.into_iter().collect())
    }

    async fn messages_between(
        &self,
        places: Vec<(u32, u64, u64)>,
        offices: Vec<String>,
    ) -> Result<Vec<Outgoing>, Error> {
        let query = between(include_str!("select_messages_between.sql"), &places)?;
        self.readers.all(query.bind(offices), rows::outgoing).await
    }

    async fn tasks_of_all(&self, dossiers: Vec<String>) -> Result<Vec<TaskRow>, Error> {
        if dossiers.is_empty() {
            return Ok(Vec::new());
        }
        let query = sqlx::query(include_str!("select_tasks_of_all.sql"))
            .bind(checked(&dossiers, |it| partition_column(self.partition_of(it)))?)
            .bind(dossiers);
        self.readers.all(query, rows::task).await
    }

    async fn apply(&self, effects: Vec<Effect>) -> Result<bool, Error> {
        Ok(self.feed.ask(Asked::Apply { effects }).await? > 0)
    }

    async fn parked(&self) -> Result<Vec<Parked>, Error> {
        let sql = "SELECT * FROM parked ORDER BY name, partition, aggregate_type, aggregate_id";
        self.readers.all(sqlx::query(sql), rows::parked).await
    }

    async fn traffic(
        &self,
        subscription: &str,
        days: RangeInclusive<NaiveDate>,
    ) -> Result<Vec<TrafficRow>, Error> {
        let sql = "SELECT office, day, fact, sum(count)::bigint AS count FROM traffic \
                   WHERE name = $1 AND day BETWEEN $2 AND $3 GROUP BY office, day, fact ORDER BY office, day, fact";
        let query = sqlx::query(sql)
            .bind(subscription.to_owned())
            .bind(days.start().to_string())
            .bind(days.end().to_string());
        self.readers.all(query, rows::traffic).await
    }

    async fn due_deliveries(
        &self,
        partitions: &[u32],
        until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Delivery>, Error> {
        let query = sqlx::query(include_str!("select_due_deliveries.sql"))
            .bind(checked(partitions, |it| partition_column(*it))?)
            .bind(until.timestamp_micros())
            .bind(columns::rows(limit));
        self.readers.all(query, rows::delivery).await
    }

    async fn deliveries(&self, page: DeliveryPage) -> Result<Vec<Delivery>, Error> {
        let (office, message) = page.after.unwrap_or_default();
        let query = sqlx::query(include_str!("select_deliveries.sql"))
            .bind(page.state.name())
            .bind(page.office)
            .bind(office)
            .bind(message)
            .bind(columns::rows(page.limit));
        self.readers.all(query, rows::delivery).await
    }

    async fn open_deliveries(&self) -> Result<OpenDeliveries, Error> {
        let sql = "SELECT state, count(*) AS count FROM deliveries \
                   WHERE state IN ('pending', 'parked') GROUP BY state";
        let counts = self.readers.all(sqlx::query(sql), rows::count).await?;
        Ok(columns::open_deliveries(counts))
    }

    async fn dispatched(
        &self,
        partition: u32,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
        zone: FixedOffset,
    ) -> Result<Vec<Dispatched>, Error> {
        let query = sqlx::query(include_str!("select_dispatched.sql"))
            .bind(partition_column(partition)?)
            .bind(from.timestamp_micros())
            .bind(until.timestamp_micros())
            .bind(columns::micros_ahead(zone));
        self.readers.all(query, rows::dispatched).await
    }

    async fn operate(&self, operation: Operation) -> Result<u64, Error> {
        self.feed.ask(Asked::Operate { operation }).await
    }
}

async fn begin(connection: &mut PgConnection, subscription: String) -> Result<u64, Error> {
    let sql = "INSERT INTO subscriptions (name, partition, position) \
               SELECT $1, partition, 0 FROM heads ON CONFLICT DO NOTHING";
    Ok(sqlx::query(sql).bind(subscription).execute(connection).await?.rows_affected())
}

async fn claim(connection: &mut PgConnection, partitions: &[Held]) -> Result<u64, Error> {
    let query = sqlx::query(include_str!("claim.sql"))
        .bind(checked(partitions, |it| partition_column(it.partition))?)
        .bind(column(partitions, |it| it.epoch));
    Ok(query.execute(connection).await?.rows_affected())
}

async fn apply(connection: &mut PgConnection, effects: Vec<Effect>) -> Result<bool, Error> {
    if sabotage::on(Bug::CheckpointApart) {
        let mut apart = effects.clone();
        let mut changes = effects;
        changes.iter_mut().for_each(|it| it.advance = None);
        apart.iter_mut().for_each(|it| it.changes.clear());
        return Ok(commit(connection, &changes).await? && commit(connection, &apart).await?);
    }
    commit(connection, &effects).await
}

async fn commit(connection: &mut PgConnection, effects: &[Effect]) -> Result<bool, Error> {
    failpoint::hit(Point::FeedBeforeCommit);
    let query = bind(sqlx::query(include_str!("apply.sql")), effects)?;
    let written = query.fetch_one(connection).await;
    failpoint::hit(Point::FeedAfterCommit);
    match written {
        Ok(_) => Ok(true),
        Err(sqlx::Error::Database(said)) if said.code().as_deref() == Some(DIVISION_BY_ZERO) => {
            Ok(false)
        }
        Err(failure) => Err(failure::of_append(failure)),
    }
}

type Statement<'a> = Query<'a, Postgres, PgArguments>;

/// Binds everything, in the order of `apply.sql`.
fn bind<'a>(statement: Statement<'a>, effects: &'a [Effect]) -> Result<Statement<'a>, Error> {
    let moves: Vec<_> = effects
        .iter()
        .filter_map(|it| Some((it.partition, it.advance.as_ref()?, it.epoch)))
        .collect();
    let statement = statement
        .bind(checked(effects, |it| partition_column(it.partition))?)
        .bind(column(effects, |it| it.epoch))
        .bind(column(&moves, |it| it.1.subscription.as_str()))
        .bind(checked(&moves, |it| partition_column(it.0))?)
        .bind(checked(&moves, |it| signed(it.1.before))?)
        .bind(checked(&moves, |it| signed(it.1.after))?)
        .bind(column(&moves, |it| it.2));
    let statement = deliveries(statement, effects)?;
    let statement = attempts(statement, effects)?;
    let statement = counts(statement, effects)?;
    parkings(statement, effects)
}

/// The changes of one kind, with their partitions.
fn of<'a, T>(effects: &'a [Effect], kind: fn(&'a Change) -> Option<T>) -> Vec<(u32, T)> {
    let of = |effect: &'a Effect| {
        let found = effect.changes.iter().filter_map(kind);
        found.map(|it| (effect.partition, it))
    };
    effects.iter().flat_map(of).collect()
}

fn deliveries<'a>(statement: Statement<'a>, all: &'a [Effect]) -> Result<Statement<'a>, Error> {
    let rows: Vec<(u32, &Outgoing)> = of(all, |it| match it {
        Change::Deliver(outgoing) => Some(outgoing),
        _ => None,
    });
    Ok(statement
        .bind(checked(&rows, |it| partition_column(it.0))?)
        .bind(column(&rows, |it| it.1.message.message_id.as_str()))
        .bind(column(&rows, |it| it.1.message.addressee.as_str()))
        .bind(column(&rows, |it| it.1.message.dossier_id.as_str()))
        .bind(column(&rows, |it| it.1.message.kind.as_str()))
        .bind(column(&rows, |it| it.1.message.task.as_str()))
        .bind(checked(&rows, |it| signed(it.1.message.sequence))?)
        .bind(checked(&rows, |it| signed(it.1.position))?)
        .bind(column(&rows, |it| it.1.message.caused_at.timestamp_micros())))
}

fn attempts<'a>(statement: Statement<'a>, all: &'a [Effect]) -> Result<Statement<'a>, Error> {
    let rows: Vec<(u32, &Attempted)> = of(all, |it| match it {
        Change::Attempted(attempted) => Some(attempted),
        _ => None,
    });
    Ok(statement
        .bind(checked(&rows, |it| partition_column(it.0))?)
        .bind(column(&rows, |it| it.1.message_id.as_str()))
        .bind(column(&rows, |it| i64::from(it.1.attempts_before)))
        .bind(column(&rows, |it| it.1.state.name()))
        .bind(column(&rows, |it| it.1.next_at.timestamp_micros()))
        .bind(column(&rows, |it| it.1.failure.as_deref()))
        .bind(column(&rows, |it| it.1.delivered_at.map(|at| at.timestamp_micros()))))
}

fn counts<'a>(statement: Statement<'a>, all: &'a [Effect]) -> Result<Statement<'a>, Error> {
    let rows: Vec<(u32, (&String, &TrafficRow))> = of(all, |it| match it {
        Change::Count { subscription, row } => Some((subscription, row)),
        _ => None,
    });
    Ok(statement
        .bind(column(&rows, |it| it.1.0.as_str()))
        .bind(checked(&rows, |it| partition_column(it.0))?)
        .bind(column(&rows, |it| it.1.1.office.as_str()))
        .bind(column(&rows, |it| it.1.1.day.to_string()))
        .bind(column(&rows, |it| it.1.1.fact.as_str()))
        .bind(checked(&rows, |it| signed(it.1.1.count))?))
}

fn parkings<'a>(statement: Statement<'a>, all: &'a [Effect]) -> Result<Statement<'a>, Error> {
    let rows: Vec<(u32, &Parked)> = of(all, |it| match it {
        Change::Park(parked) => Some(parked),
        _ => None,
    });
    let statement = statement
        .bind(column(&rows, |it| it.1.subscription.as_str()))
        .bind(checked(&rows, |it| partition_column(it.0))?)
        .bind(column(&rows, |it| it.1.stream.aggregate_type.as_str()))
        .bind(column(&rows, |it| it.1.stream.aggregate_id.as_str()))
        .bind(checked(&rows, |it| signed(it.1.position))?)
        .bind(checked(&rows, |it| signed(it.1.sequence))?)
        .bind(column(&rows, |it| i64::from(it.1.attempts)))
        .bind(column(&rows, |it| it.1.error_code.as_str()));
    retries(statement, all)
}

fn retries<'a>(statement: Statement<'a>, all: &'a [Effect]) -> Result<Statement<'a>, Error> {
    type Row<'a> = (&'a String, &'a StreamId, u64, Option<&'a Parked>);
    let rows: Vec<(u32, Row<'a>)> = of(all, |it| match it {
        Change::Retried { subscription, stream, position, after } => {
            Some((subscription, stream, *position, after.as_ref()))
        }
        _ => None,
    });
    Ok(statement
        .bind(column(&rows, |it| it.1.0.as_str()))
        .bind(checked(&rows, |it| partition_column(it.0))?)
        .bind(column(&rows, |it| it.1.1.aggregate_type.as_str()))
        .bind(column(&rows, |it| it.1.1.aggregate_id.as_str()))
        .bind(checked(&rows, |it| signed(it.1.2))?)
        .bind(checked(&rows, |it| it.1.3.map(|again| signed(again.position)).transpose())?)
        .bind(checked(&rows, |it| it.1.3.map(|again| signed(again.sequence)).transpose())?)
        .bind(column(&rows, |it| it.1.3.map(|again| i64::from(again.attempts))))
        .bind(column(&rows, |it| it.1.3.map(|again| again.error_code.as_str()))))
}

async fn operate(connection: &mut PgConnection, operation: Operation) -> Result<u64, Error> {
    let query = match operation {
        Operation::Show { name, subscription } => sqlx::query(
            "INSERT INTO shown (name, subscription) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        )
        .bind(name)
        .bind(subscription),
        Operation::Build { name, next } => sqlx::query(
            "UPDATE shown SET next = $2 WHERE name = $1 AND next IS NULL AND subscription <> $2",
        )
        .bind(name)
        .bind(next),
        Operation::Switch { name, next } => {
            sqlx::query(include_str!("switch.sql")).bind(name).bind(next)
        }
        Operation::Pause { subscription, is_paused } => {
            sqlx::query("UPDATE subscriptions SET is_paused = $2 WHERE name = $1")
                .bind(subscription)
                .bind(is_paused)
        }
        Operation::Retry { subscription, aggregate_id } => sqlx::query(
            "UPDATE parked SET is_retried = true \
              WHERE name = $1 AND aggregate_id = coalesce($2, aggregate_id)",
        )
        .bind(subscription)
        .bind(aggregate_id),
        Operation::Skip { subscription, aggregate_id, reason, owner, at } => {
            sqlx::query(include_str!("skip.sql"))
                .bind(subscription)
                .bind(aggregate_id)
                .bind(reason)
                .bind(owner)
                .bind(at.timestamp_micros())
        }
        Operation::RetryDeliveries { office, message_id, at } => sqlx::query(
            "UPDATE deliveries SET state = 'pending', attempts = 0, next_at = $3 \
              WHERE state = 'parked' AND office = coalesce($1, office) \
                AND message_id = coalesce($2, message_id)",
        )
        .bind(office)
        .bind(message_id)
        .bind(at.timestamp_micros()),
        Operation::TakeDelivery { message_id, owner } => {
            sqlx::query("UPDATE deliveries SET owner = $2 WHERE message_id = $1")
                .bind(message_id)
                .bind(owner)
        }
    };
    Ok(query.execute(connection).await?.rows_affected())
}

/// A query of places, each a partition with a position behind which and one up to which.
fn between(
    sql: &'static str,
    places: &[(u32, u64, u64)],
) -> Result<Query<'static, Postgres, PgArguments>, Error> {
    Ok(sqlx::query(sql)
        .bind(checked(places, |it| partition_column(it.0))?)
        .bind(checked(places, |it| signed(it.1))?)
        .bind(checked(places, |it| signed(it.2))?))
}

fn column<'a, T, V>(rows: &'a [T], value: impl Fn(&'a T) -> V) -> Vec<V> {
    rows.iter().map(value).collect()
}

fn checked<'a, T, V>(
    rows: &'a [T],
    value: impl Fn(&'a T) -> Result<V, Error>,
) -> Result<Vec<V>, Error> {
    rows.iter().map(value).collect()
}
