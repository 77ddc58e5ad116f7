//! Empty stores to measure on, on this machine: files of SQLite, databases of a throw-away
//! PostgreSQL server. Each goes when it has been measured.

use std::path::Path;

use lienthong_tests::postgres::Cluster;
use serde::{Deserialize, Serialize};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

use crate::error::Error;

/// As one would set a small server up. Nothing of it trades durability: `fsync`,
/// `full_page_writes` and `synchronous_commit` are on, as they are by default.
const SETTINGS: &[&str] =
    &["max_connections=100", "shared_buffers=256MB", "max_wal_size=4GB", "min_wal_size=1GB"];
/// What is shown of the server's settings.
const SHOWN: &[&str] = &[
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "shared_buffers",
    "max_wal_size",
];

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// Where stores are made.
pub(crate) struct Stores {
    folder: TempDir,
    cluster: Option<Cluster>,
}

/// An empty store, and a folder for what belongs to it.
pub(crate) struct Place {
    pub(crate) address: String,
    pub(crate) folder: TempDir,
    /// The process above those of its server.
    pub(crate) server: Option<u32>,
}

impl Stores {
    /// Starts what these kinds need. `None` for the server if it is not needed or not installed.
    pub(crate) fn start(kinds: &[Kind]) -> Result<Self, Error> {
        let folder = tempfile::Builder::new().prefix("lienthong-bench-").tempdir()?;
        let cluster = kinds.contains(&Kind::Postgres).then(|| Cluster::start_with(SETTINGS));
        Ok(Self { folder, cluster: cluster.flatten() })
    }

    pub(crate) fn has(&self, kind: Kind) -> bool {
        kind == Kind::Sqlite || self.cluster.is_some()
    }

    /// A folder on the disk that the stores are on.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The server's settings that say how durable it is and how large.
    pub(crate) async fn settings(&self) -> Result<Vec<(String, String)>, Error> {
        let Some(cluster) = &self.cluster else { return Ok(Vec::new()) };
        let mut connection = PgConnection::connect(&cluster.address()).await?;
        let mut settings = Vec::new();
        for name in SHOWN {
            let show = format!("SHOW {name}");
            let value = sqlx::query_scalar(&show).fetch_one(&mut connection).await?;
            settings.push(((*name).to_owned(), value));
        }
        connection.close().await?;
        Ok(settings)
    }

    pub(crate) async fn make(&self, kind: Kind) -> Result<Place, Error> {
        let folder = TempDir::new_in(self.folder())?;
        let (address, server) = match (kind, &self.cluster) {
            (Kind::Sqlite, _) => {
                (format!("sqlite:{}", folder.path().join("log.sqlite").display()), None)
            }
            (Kind::Postgres, Some(cluster)) => {
                // What an earlier store left to be written is not this one's burden.
                order(cluster, "CHECKPOINT").await?;
                (cluster.database().await, Some(cluster.id()))
            }
            (Kind::Postgres, None) => {
                return Err(Error::Wrong("PostgreSQL is not installed".to_owned()));
            }
        };
        Ok(Place { address, folder, server })
    }

    pub(crate) async fn clear(&self, place: Place) -> Result<(), Error> {
        if let Some(cluster) = self.cluster.as_ref().filter(|_| place.server.is_some()) {
            let name = place.address.rsplit('/').next().unwrap_or_default();
            order(cluster, &format!("DROP DATABASE {name} WITH (FORCE)")).await?;
        }
        Ok(place.folder.close()?)
    }
}

async fn order(cluster: &Cluster, statement: &str) -> Result<(), Error> {
    let mut connection = PgConnection::connect(&cluster.address()).await?;
    sqlx::raw_sql(statement).execute(&mut connection).await?;
    Ok(connection.close().await?)
}
