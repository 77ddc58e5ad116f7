//! Why there is no figure.

use lienthong_engine::{log, runtime};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the definition is wrong: {0}")]
    Definition(String),
    #[error("the store: {0}")]
    Log(#[from] log::Error),
    #[error("the engine: {0}")]
    Engine(#[from] runtime::Error),
    #[error("PostgreSQL: {0}")]
    Postgres(#[from] sqlx::Error),
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("input and output: {0}")]
    Io(#[from] std::io::Error),
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a task ended early: {0}")]
    Task(#[from] tokio::task::JoinError),
    #[error("interrupted")]
    Interrupted,
    /// What was measured is not what should have been.
    #[error("{0}")]
    Wrong(String),
}
