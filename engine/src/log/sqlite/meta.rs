//! What a store says about itself, changed beside the writer.

use std::path::PathBuf;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, TransactionBehavior};

use crate::log::Error;

use super::database;

pub(crate) async fn change_meta(
    path: PathBuf,
    key: &'static str,
    seen: Option<String>,
    new: Vec<(&'static str, String)>,
) -> Result<bool, Error> {
    let changing = tokio::task::spawn_blocking(move || {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        database::configure(&connection)?;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found: Option<String> = tx
            .query_row("SELECT value FROM meta WHERE key = ?1", (key,), |row| row.get(0))
            .optional()?;
        if found != seen {
            return Ok(false);
        }
        for (key, value) in &new {
            tx.execute(
                "INSERT INTO meta (key, value) VALUES (?1, ?2) \
                 ON CONFLICT DO UPDATE SET value = excluded.value",
                (key, value),
            )?;
        }
        tx.commit()?;
        Ok(true)
    });
    changing.await.map_err(Error::unavailable)?
}
