//! Reads a history from PostgreSQL.

use serde::Deserialize;
use serde_json::Value as Json;
use sqlx::{Connection, PgConnection, Row as _};

use super::{EVENT_COLUMNS, Error, Followed, History, Row, number, row};

pub(super) async fn read(address: &str) -> Result<History, Error> {
    let mut connection = PgConnection::connect(address).await?;
    let one = &mut connection;
    sqlx::query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").execute(&mut *one).await?;
    let partitions: String = sqlx::query_scalar("SELECT value FROM meta WHERE key = 'partitions'")
        .fetch_one(&mut *one)
        .await?;
    let partitions = partitions
        .parse()
        .map_err(|_| Error::Row { table: "meta", cause: format!("{partitions:?} partitions") })?;
    let history = History {
        partitions,
        heads: table(one, "heads").await?,
        events: events(one).await?,
        receipts: table(one, "receipts").await?,
        references: table(one, "reference").await?,
        dossiers: table(one, "dossiers").await?,
        tasks: table(one, "tasks").await?,
        timers: table(one, "timers").await?,
        outbox: table(one, "outbox").await?,
        followed: followed(one).await?,
    };
    connection.close().await?;
    Ok(history)
}

async fn followed(connection: &mut PgConnection) -> Result<Followed, Error> {
    let is_there: bool = sqlx::query_scalar("SELECT to_regclass('subscriptions') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    if !is_there {
        return Ok(Followed::default());
    }
    Ok(Followed {
        checkpoints: table(connection, "subscriptions").await?,
        traffic: table(connection, "traffic").await?,
        parked: table(connection, "parked").await?,
        skipped: table(connection, "skipped").await?,
    })
}

async fn events(connection: &mut PgConnection) -> Result<Vec<Row>, Error> {
    let sql = format!(
        "SELECT {EVENT_COLUMNS}, payload::text, metadata::text, command_id, \
         (extract(epoch FROM recorded_at) * 1000000)::bigint, encode(hash, 'hex') \
         FROM events ORDER BY partition, position"
    );
    let rows = sqlx::query(&sql).fetch_all(connection).await?;
    rows.iter().map(event).collect()
}

fn event(found: &sqlx::postgres::PgRow) -> Result<Row, Error> {
    Ok(Row {
        partition: number("events", found.try_get::<i32, _>(0)?.into())?,
        position: number("events", found.try_get(1)?)?,
        aggregate_type: found.try_get(2)?,
        aggregate_id: found.try_get(3)?,
        sequence: number("events", found.try_get(4)?)?,
        event_type: found.try_get(5)?,
        event_version: found.try_get(6)?,
        payload: found.try_get(7)?,
        metadata: found.try_get(8)?,
        command_id: found.try_get(9)?,
        recorded_at: found.try_get(10)?,
        hash: found.try_get(11)?,
    })
}

/// Every row of a table, whatever further columns it has.
async fn table<T: for<'de> Deserialize<'de>>(
    connection: &mut PgConnection,
    name: &'static str,
) -> Result<Vec<T>, Error> {
    let sql = format!("SELECT to_json(it) FROM {name} AS it");
    let rows: Vec<Json> = sqlx::query_scalar(&sql).fetch_all(connection).await?;
    rows.into_iter().map(|it| row(name, it)).collect()
}
