//! What one gets from cqrs-es 0.5 as it comes: LG3 as a plain aggregate, every transition a command
//! of its own in a transaction of its own, events alone. On PostgreSQL with postgres-es, its own
//! table and its own pool as its documentation shows; on SQLite with the least that its interface
//! asks for.

mod aggregate;
mod sqlite;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cqrs_es::persist::{PersistedEventRepository, PersistedEventStore};
use cqrs_es::{AggregateError, CqrsFramework};
use postgres_es::{PostgresEventRepository, default_postgress_pool};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::error::Error;
use crate::lg3::{self, Task};
use crate::load::per_second;
use aggregate::{Case, Command};

/// Dossiers on their way at a time.
const IN_FLIGHT: usize = 64;
const WARM_UP: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Plain {
    pub(crate) dossiers_per_second: f64,
}

/// Runs it for some time on an empty store.
pub(crate) async fn run(store: &str, measured: Duration) -> Result<Plain, Error> {
    if let Some(path) = store.strip_prefix("sqlite:") {
        return closed_loop(sqlite::Repository::make(path.as_ref())?, measured).await;
    }
    let pool = default_postgress_pool(store).await;
    sqlx::raw_sql(include_str!("plain/events.sql")).execute(&pool).await?;
    let plain = closed_loop(PostgresEventRepository::new(pool.clone()), measured).await;
    pool.close().await;
    plain
}

type Framework<R> = CqrsFramework<Case, PersistedEventStore<R, Case>>;

async fn closed_loop<R>(repository: R, measured: Duration) -> Result<Plain, Error>
where
    R: PersistedEventRepository + 'static,
{
    let store = PersistedEventStore::new_event_store(repository);
    let framework: Arc<Framework<R>> = Arc::new(CqrsFramework::new(store, Vec::new(), ()));
    let (completed, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let next = Arc::new(AtomicU64::new(0));
    let mut cases = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let (framework, completed) = (Arc::clone(&framework), Arc::clone(&completed));
        let (stop, next) = (Arc::clone(&stop), Arc::clone(&next));
        cases.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                one_dossier(&framework, next.fetch_add(1, Ordering::Relaxed)).await?;
                completed.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<(), Error>(())
        });
    }
    tokio::time::sleep(WARM_UP).await;
    let (from, before) = (Instant::now(), completed.load(Ordering::Relaxed));
    tokio::time::sleep(measured).await;
    let count = completed.load(Ordering::Relaxed) - before;
    let dossiers_per_second = per_second(count, from.elapsed().as_secs_f64());
    stop.store(true, Ordering::Relaxed);
    while let Some(ended) = cases.join_next().await {
        ended??;
    }
    Ok(Plain { dossiers_per_second })
}

/// One submission, three dispatches, six answers.
async fn one_dossier<R>(framework: &Framework<R>, n: u64) -> Result<(), Error>
where
    R: PersistedEventRepository + 'static,
{
    let id = Uuid::now_v7().to_string();
    let order = async |command: Command| {
        let done = framework.execute(&id, command).await;
        done.map_err(|error: AggregateError<_>| Error::Wrong(format!("plain cqrs-es: {error}")))
    };
    order(Command::Submit { application: lg3::application(n) }).await?;
    for task in Task::ALL {
        let (task, results): (_, Json) = (task.name().to_owned(), task.results());
        order(Command::Dispatch { task: task.clone() }).await?;
        order(Command::Acknowledge { task: task.clone() }).await?;
        order(Command::Complete { task, results }).await?;
    }
    Ok(())
}
