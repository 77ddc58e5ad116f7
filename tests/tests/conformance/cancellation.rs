//! Callers that stop waiting in the middle of an append or a read.

use std::sync::Arc;

use lienthong_engine::log::lane_of;

use crate::store::{Store, append, stream, whole, write};

pub(crate) async fn cancelled_callers_leave_nothing_half_done(store: &Store) {
    const CALLERS: u64 = 100;
    let log = store.open().await;
    let mut aborted = Vec::new();
    for caller in 0..CALLERS {
        let id = format!("stream-{caller}");
        let task = {
            let (log, id) = (Arc::clone(&log), id.clone());
            tokio::spawn(async move {
                write(&*log, vec![append(&id, 0, 3)]).await.unwrap();
                log.load(&stream(&id)).await.unwrap();
            })
        };
        for _ in 0..caller % 7 {
            tokio::task::yield_now().await;
        }
        task.abort();
        aborted.push(task);
    }
    // One may be in the middle of asking: it is gone when it says so.
    for task in aborted {
        let _ = task.await;
    }
    // Whatever a lane had taken before this is carried out before it.
    let lane = |id: &String| lane_of(log.partition_of(id), log.lanes());
    for wanted in 0..log.lanes() {
        let last = (0..).map(|n| format!("last-{n}")).find(|id| lane(id) == wanted).unwrap();
        write(&*log, vec![append(&last, 0, 1)]).await.unwrap();
    }
    let mut events = u64::from(log.lanes());
    for caller in 0..CALLERS {
        let found = log.load(&stream(&format!("stream-{caller}"))).await.unwrap().len() as u64;
        assert!(found == 0 || found == 3);
        events += found;
    }
    assert_eq!(whole(&*log).await, events);
    if let Store::Postgres { .. } = store {
        let idle = "SELECT count(*) FROM pg_stat_activity \
                    WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        assert_eq!(store.count(idle).await, 0);
    }
    log.close().await;
    assert_eq!(whole(&*store.open().await).await, events);
}
