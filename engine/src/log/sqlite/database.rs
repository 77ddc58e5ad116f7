//! Opens a store's file for writing: the lock, the settings that make commits durable, the
//! schema, the number of partitions.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

use crate::log::Error;
use crate::log::columns::{signed, small};
use crate::sabotage::{self, Bug};

use super::checkpoint;

/// How long a statement waits for somebody else's lock, an operator's shell for instance.
const BUSY: Duration = Duration::from_secs(5);

/// SQLite 3.51.3: the first without the corruption by a reset of its write-ahead log.
const VERSION_MIN: i32 = 3_051_003;

/// What the writer keeps of the file in memory, in KiB: every append touches pages of all tables.
const CACHE_KIB: i64 = 64 * 1024;

/// Statements that stay prepared.
const PREPARED: usize = 64;

/// The schema, one step per version of the file (`user_version`).
const MIGRATIONS: &[&str] = &[
    include_str!("../../../migrations/sqlite/0001_log.sql"),
    include_str!("../../../migrations/sqlite/0002_ownership.sql"),
    include_str!("../../../migrations/sqlite/0003_subscriptions.sql"),
    include_str!("../../../migrations/sqlite/0004_turns.sql"),
    include_str!("../../../migrations/sqlite/0005_asked.sql"),
    include_str!("../../../migrations/sqlite/0006_changes.sql"),
];

const PARTITIONS: &str = "SELECT value FROM meta WHERE key = 'partitions'";

/// The file, opened for writing and locked until this is dropped.
pub(crate) struct Store {
    pub(crate) connection: Connection,
    pub(crate) partitions: u32,
    /// Whether there may be other processes.
    pub(crate) is_shared: bool,
    _lock: Option<File>,
}

pub(crate) fn open(path: &Path, partitions_if_new: u32) -> Result<Store, Error> {
    let version = rusqlite::version_number();
    if version < VERSION_MIN {
        return Err(Error::Invalid(format!("SQLite {} is too old", rusqlite::version())));
    }
    let lock = lock(path)?;
    let mut connection = Connection::open(path)?;
    configure(&connection)?;
    migrate(&mut connection)?;
    let partitions = partition(&mut connection, partitions_if_new)?;
    Ok(Store { connection, partitions, is_shared: false, _lock: Some(lock) })
}

/// A new store in memory.
#[cfg(feature = "simulation")]
pub(crate) fn open_in_memory(partitions: u32) -> Result<Store, Error> {
    let mut connection = Connection::open_in_memory()?;
    prepare(&connection)?;
    migrate(&mut connection)?;
    let partitions = partition(&mut connection, partitions)?;
    Ok(Store { connection, partitions, is_shared: true, _lock: None })
}

fn lock(path: &Path) -> Result<File, Error> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(PathBuf::from(name))
        .map_err(Error::unavailable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(path.to_owned())),
        Err(TryLockError::Error(fault)) => Err(Error::unavailable(fault)),
    }
}

/// What holds for writing and for reading.
pub(crate) fn prepare(connection: &Connection) -> Result<(), Error> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    // A plan does not depend on what is bound: otherwise a statement on a table with a partial
    // index is prepared anew each time that it is carried out.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

pub(crate) fn configure(connection: &Connection) -> Result<(), Error> {
    prepare(connection)?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(Error::Invalid(format!("the store's journal mode is {mode}, not WAL")));
    }
    let synchronous = if sabotage::on(Bug::SynchronousNormal) { "NORMAL" } else { "FULL" };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "wal_autocheckpoint", checkpoint::PAGES)?;
    Ok(())
}

fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    let version: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let done: usize = small(version)?;
    if done > MIGRATIONS.len() {
        return Err(Error::Invalid(format!(
            "the store's schema {done} is newer than this program"
        )));
    }
    for (version, migration) in (1_i64..).zip(MIGRATIONS).skip(done) {
        tx.execute_batch(migration)?;
        tx.pragma_update(None, "user_version", version)?;
    }
    Ok(tx.commit()?)
}

/// The version of a store's tables, 0 if there are none, and that of this program's.
pub(crate) fn schema(connection: &Connection) -> Result<(i64, i64), Error> {
    let found = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok((found, signed(MIGRATIONS.len() as u64)?))
}

/// The number of partitions that a store was made with.
pub(crate) fn partitions(connection: &Connection) -> Result<u32, Error> {
    let partitions: String = connection.query_row(PARTITIONS, (), |row| row.get(0))?;
    parse(&partitions)
}

fn parse(partitions: &str) -> Result<u32, Error> {
    let number = partitions.parse();
    number.map_err(|_| Error::Corrupt(format!("{partitions:?} is no number of partitions")))
}

/// Makes the heads of a new store and returns their number. Whoever owned partitions or shared the
/// store before is no more: the lock of the file says so.
fn partition(connection: &mut Connection, if_new: u32) -> Result<u32, Error> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute(
        "INSERT INTO meta (key, value) VALUES ('partitions', ?1) ON CONFLICT DO NOTHING",
        (if_new.to_string(),),
    )?;
    let partitions: String = tx.query_row(PARTITIONS, (), |row| row.get(0))?;
    let partitions = parse(&partitions)?;
    for partition in 0..partitions {
        tx.execute(
            "INSERT INTO heads (partition, head, epoch) VALUES (?1, 0, 0) ON CONFLICT DO NOTHING",
            (partition,),
        )?;
    }
    tx.execute_batch("UPDATE heads SET engine = NULL; DELETE FROM engines")?;
    tx.commit()?;
    Ok(partitions)
}
