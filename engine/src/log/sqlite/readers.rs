//! A few read-only connections, used on blocking threads. A read that has begun runs to its end,
//! whether or not its caller still waits.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, Params, Row};
use tokio::sync::Semaphore;

use crate::log::Error;

use super::database;

/// Reads at the same time.
const READERS: usize = 4;

pub(crate) enum Readers {
    Files(Files),
    #[cfg(feature = "simulation")]
    Line(super::line::End),
}

/// Connections to the store's file.
pub(crate) struct Files {
    path: Arc<Path>,
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        let permits = Arc::new(Semaphore::new(READERS));
        Self::Files(Files { path: path.into(), idle: Arc::default(), permits })
    }

    /// Closes the connections that nobody uses, once what was asked is answered. Who closes the last
    /// one makes one file of the store, and a reader can't.
    pub(crate) async fn rest(&self) {
        match self {
            Self::Files(files) => {
                let everybody = u32::try_from(READERS).unwrap_or(u32::MAX);
                let _all = files.permits.acquire_many(everybody).await;
                lock(&files.idle).clear();
            }
            #[cfg(feature = "simulation")]
            Self::Line(_) => {}
        }
    }

    /// All rows of a query.
    pub(crate) async fn all<P, T>(
        &self,
        sql: &'static str,
        params: P,
        row: fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error>
    where
        P: Params + Send + 'static,
        T: Send + 'static,
    {
        Ok(self.each(sql, vec![params], row).await?.remove(0))
    }

    /// All rows of a query for each of several parameters, in their order.
    pub(crate) async fn each<P, T>(
        &self,
        sql: &'static str,
        params: Vec<P>,
        row: fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<Vec<T>>, Error>
    where
        P: Params + Send + 'static,
        T: Send + 'static,
    {
        let select = move |connection: &Connection| {
            params.into_iter().map(|it| select(connection, sql, it, row)).collect()
        };
        match self {
            Self::Files(files) => files.read(select).await,
            #[cfg(feature = "simulation")]
            Self::Line(end) => end.ask(false, move |it| select(&it.store.connection)).await,
        }
    }

    /// The first row of a query.
    pub(crate) async fn first<P, T>(
        &self,
        sql: &'static str,
        params: P,
        row: fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error>
    where
        P: Params + Send + 'static,
        T: Send + 'static,
    {
        Ok(self.all(sql, params, row).await?.into_iter().next())
    }
}

impl Files {
    async fn read<T: Send + 'static>(
        &self,
        select: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| Error::Closed)?;
        let (path, idle) = (Arc::clone(&self.path), Arc::clone(&self.idle));
        let reading = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let waiting = lock(&idle).pop();
            let connection = waiting.map_or_else(|| open(&path), Ok)?;
            let found = select(&connection)?;
            lock(&idle).push(connection);
            Ok(found)
        });
        reading.await.map_err(Error::unavailable)?
    }
}

fn lock(idle: &Mutex<Vec<Connection>>) -> std::sync::MutexGuard<'_, Vec<Connection>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection that can't write.
pub(crate) fn open(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    database::prepare(&connection)?;
    Ok(connection)
}

pub(crate) fn select<P: Params, T>(
    connection: &Connection,
    sql: &str,
    params: P,
    row: fn(&Row<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(next) = rows.next()? {
        found.push(row(next)?);
    }
    Ok(found)
}
