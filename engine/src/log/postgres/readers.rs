//! A pool of connections to read with. Every read is a task of its own, awaited to its end: a
//! caller that stops waiting never leaves a connection in the middle of a query.

use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::{PgPool, Postgres};

use crate::log::Error;

/// Reads at the same time.
const READERS: u32 = 8;

/// How long a read waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(10);

pub(crate) struct Readers {
    pool: PgPool,
}

impl Readers {
    pub(crate) fn new(options: &PgConnectOptions) -> Self {
        let options = options.clone().options([("default_transaction_read_only", "on")]);
        let pool = PgPoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(ACQUIRE)
            .connect_lazy_with(options);
        Self { pool }
    }

    /// All rows of a query.
    pub(crate) async fn all<T: Send + 'static>(
        &self,
        query: Query<'static, Postgres, PgArguments>,
        row: fn(&PgRow) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let pool = self.pool.clone();
        let reading = tokio::spawn(async move {
            let found = query.fetch_all(&pool).await?;
            found.iter().map(row).collect()
        });
        reading.await.map_err(Error::unavailable)?
    }

    /// The first row of a query.
    pub(crate) async fn first<T: Send + 'static>(
        &self,
        query: Query<'static, Postgres, PgArguments>,
        row: fn(&PgRow) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        Ok(self.all(query, row).await?.into_iter().next())
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}
