//! Connects to a database and brings its tables up to date.

use std::str::FromStr;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::log::Error;
use crate::log::columns::small;
use crate::sabotage::{self, Bug};

const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "log", include_str!("../../../migrations/postgres/0001_log.sql")),
    (2, "ownership", include_str!("../../../migrations/postgres/0002_ownership.sql")),
    (3, "subscriptions", include_str!("../../../migrations/postgres/0003_subscriptions.sql")),
    (4, "turns", include_str!("../../../migrations/postgres/0004_turns.sql")),
    (5, "asked", include_str!("../../../migrations/postgres/0005_asked.sql")),
    (6, "changes", include_str!("../../../migrations/postgres/0006_changes.sql")),
];

/// What connections call themselves, before the name of their process: others see by that whether
/// it is there.
pub(crate) const APPLICATION: &str = "lienthong";

const PARTITIONS: &str = "SELECT value FROM meta WHERE key = 'partitions'";

/// # Errors
/// [`Error::Invalid`] if the address is none.
pub(crate) fn options(address: &str, engine: Uuid) -> Result<PgConnectOptions, Error> {
    named(address, &format!("{APPLICATION}:{engine}"))
}

/// For connections that are no sign of a process that takes part.
///
/// # Errors
/// As [`options`].
pub(crate) fn options_beside(address: &str) -> Result<PgConnectOptions, Error> {
    named(address, APPLICATION)
}

fn named(address: &str, name: &str) -> Result<PgConnectOptions, Error> {
    let options = PgConnectOptions::from_str(address)?
        .application_name(name)
        .options([("lock_timeout", "10s"), ("client_min_messages", "warning")]);
    if sabotage::on(Bug::SynchronousCommitOff) {
        return Ok(options.options([("synchronous_commit", "off")]));
    }
    Ok(options)
}

/// Opens the database and returns the number of its partitions.
pub(crate) async fn open(options: &PgConnectOptions, partitions_if_new: u32) -> Result<u32, Error> {
    let mut connection = PgConnection::connect_with(options).await?;
    require_durable(&mut connection).await?;
    migrate(&mut connection).await?;
    let partitions = partition(&mut connection, partitions_if_new).await?;
    connection.close().await?;
    Ok(partitions)
}

/// A server that answers a commit before it is on disk would break the log's first promise.
async fn require_durable(connection: &mut PgConnection) -> Result<(), Error> {
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let value: String = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(&mut *connection)
            .await?;
        if value == "off" && !sabotage::on(Bug::SynchronousCommitOff) {
            return Err(Error::Invalid(format!("a server with {setting} = off loses commits")));
        }
    }
    Ok(())
}

async fn migrate(connection: &mut PgConnection) -> Result<(), Error> {
    let migrations = MIGRATIONS.iter().map(|(version, description, sql)| {
        let kind = MigrationType::Simple;
        Migration::new(*version, (*description).into(), kind, (*sql).into(), false)
    });
    let migrations = migrations.collect::<Vec<_>>().into();
    let migrator = Migrator { migrations, ..Migrator::DEFAULT };
    migrator.run_direct(connection).await.map_err(|fault| match fault {
        MigrateError::Execute(failure) | MigrateError::ExecuteMigration(failure, _) => {
            Error::from(failure)
        }
        fault => Error::Invalid(format!("the tables can't be brought up to date: {fault}")),
    })
}

/// The version of a database's tables, 0 if there are none, and that of this program's.
pub(crate) async fn schema(connection: &mut PgConnection) -> Result<(i64, i64), Error> {
    let ours = MIGRATIONS.last().map_or(0, |(version, ..)| *version);
    let has_tables: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    if !has_tables {
        return Ok((0, ours));
    }
    let found: Option<i64> =
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
            .fetch_one(connection)
            .await?;
    Ok((found.unwrap_or_default(), ours))
}

/// The number of partitions that a database was made with.
pub(crate) async fn partitions(connection: &mut PgConnection) -> Result<u32, Error> {
    let partitions: String = sqlx::query_scalar(PARTITIONS).fetch_one(connection).await?;
    parse(&partitions)
}

fn parse<T: FromStr>(partitions: &str) -> Result<T, Error> {
    let number = partitions.parse();
    number.map_err(|_| Error::Corrupt(format!("{partitions:?} is no number of partitions")))
}

/// Makes the heads of a new database; returns how many there are.
async fn partition(connection: &mut PgConnection, if_new: u32) -> Result<u32, Error> {
    let mut tx = connection.begin().await?;
    sqlx::query("INSERT INTO meta VALUES ('partitions', $1) ON CONFLICT DO NOTHING")
        .bind(if_new.to_string())
        .execute(&mut *tx)
        .await?;
    let partitions: String = sqlx::query_scalar(PARTITIONS).fetch_one(&mut *tx).await?;
    let partitions: i32 = parse(&partitions)?;
    sqlx::query(
        "INSERT INTO heads (partition, head, epoch) \
         SELECT partition, 0, 0 FROM generate_series(0, $1 - 1) AS partition \
         ON CONFLICT DO NOTHING",
    )
    .bind(partitions)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    small(i64::from(partitions))
}
