//! What a database says about itself, changed beside the writers.

use sqlx::{Connection as _, PgConnection};

use crate::log::Error;

use super::database;

pub(crate) async fn change_meta(
    address: &str,
    key: &'static str,
    seen: Option<String>,
    new: Vec<(&'static str, String)>,
) -> Result<bool, Error> {
    let mut connection = PgConnection::connect_with(&database::options_beside(address)?).await?;
    let mut tx = connection.begin().await?;
    // One at a time, also where there is no row yet.
    sqlx::query("LOCK TABLE meta IN EXCLUSIVE MODE").execute(&mut *tx).await?;
    let found: Option<String> = sqlx::query_scalar("SELECT value FROM meta WHERE key = $1")
        .bind(key)
        .fetch_optional(&mut *tx)
        .await?;
    if found != seen {
        return Ok(false);
    }
    for (key, value) in new {
        sqlx::query(
            "INSERT INTO meta (key, value) VALUES ($1, $2) \
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .bind(key)
        .bind(value)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    connection.close().await?;
    Ok(true)
}
