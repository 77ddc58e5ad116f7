//! Somebody who owns the database changes events: found. Somebody who does not: refused.

use std::sync::Arc;

use lienthong_engine::log::{Fault, Log, Progress, Report, Verified, verify_all};

use crate::store::{Store, append, names, whole, write};

/// What is done to a stream of three events that is alone in its partition, the first position
/// that is wrong then, and why. `ID` stands for the stream's id.
const CHANGES: [(&str, u64, Fault); 10] = [
    (
        r#"UPDATE events SET payload = '{"control":{"n":9}}' WHERE ID AND sequence = 2"#,
        2,
        Fault::Hash,
    ),
    (
        r#"UPDATE events SET payload = '{"control":{"n":1}, "personal":"x"}' WHERE ID AND sequence = 2"#,
        2,
        Fault::Payload,
    ),
    (
        r#"UPDATE events SET payload = '{"control":{"n":1},"personal":""}' WHERE ID AND sequence = 2"#,
        2,
        Fault::Payload,
    ),
    (
        r#"UPDATE events SET metadata = '{"actor":"nobody"}' WHERE ID AND sequence = 1"#,
        1,
        Fault::Hash,
    ),
    ("UPDATE events SET event_type = 'other' WHERE ID AND sequence = 3", 3, Fault::Hash),
    (
        "UPDATE events SET hash = (SELECT e.hash FROM events e WHERE e.ID AND e.sequence = 1) WHERE ID AND sequence = 2",
        2,
        Fault::Hash,
    ),
    ("DELETE FROM events WHERE ID AND sequence = 2", 2, Fault::Missing),
    ("DELETE FROM events WHERE ID AND sequence = 3", 3, Fault::Missing),
    (
        "UPDATE events SET position = 9 WHERE ID AND sequence = 1; \
      UPDATE events SET position = 1 WHERE ID AND sequence = 2; \
      UPDATE events SET position = 2 WHERE ID AND position = 9",
        1,
        Fault::Sequence,
    ),
    (
        "UPDATE heads SET head = 2 WHERE partition = (SELECT max(partition) FROM events WHERE ID)",
        3,
        Fault::Head,
    ),
];

pub(crate) async fn a_change_is_found(store: &Store) {
    let log = store.open().await;
    let streams = streams_in_different_partitions(&*log, CHANGES.len());
    for id in &streams {
        write(&*log, vec![append(id, 0, 3)]).await.unwrap();
    }
    let n = CHANGES.len() as u64;
    assert_eq!(whole(&*log).await, 3 * n);
    let expected = Report { events: 3 * n, streams: n, broken: Vec::new() };
    if let Some(report) = verified(store).await {
        assert_eq!(report, expected);
    }
    store.unprotect().await;
    let mut broken = 0;
    for ((change, position, fault), id) in CHANGES.iter().zip(&streams) {
        let sql = change
            .replace("e.ID", &format!("e.aggregate_id = '{id}'"))
            .replace("ID", &format!("aggregate_id = '{id}'"));
        store.run(&sql).await.unwrap();
        let found = log.verify(log.partition_of(id)).await.unwrap();
        let expected = Verified::Broken { position: *position, fault: *fault };
        assert_eq!(found, expected, "after {sql}");
        broken += 1;
        let Some(report) = verified(store).await else { continue };
        assert_eq!(report.broken.len(), broken, "after {sql}");
        let partition = log.partition_of(id);
        let found = report.broken.iter().find(|it| it.partition == partition).unwrap();
        assert_eq!((found.position, found.fault), (*position, *fault), "after {sql}");
        let named = found.event.as_ref().map(|it| it.aggregate_id.as_str());
        assert_eq!(named, (*fault != Fault::Missing).then_some(id.as_str()), "after {sql}");
    }
}

/// What somebody finds who reads the whole store beside the log, where that is possible.
async fn verified(store: &Store) -> Option<Report> {
    let progress = Arc::new(Progress::default());
    let report = verify_all(&store.address()?, &progress).await.unwrap();
    assert!(progress.done() <= progress.total());
    Some(report)
}

/// More than a page of each partition, and a log that grows meanwhile.
pub(crate) async fn a_log_is_verified_while_it_grows(store: &Store) {
    if store.address().is_none() {
        return;
    }
    let log = store.open().await;
    let streams = names(&*log, 3);
    for turn in 0..6 {
        let batch = streams.iter().map(|it| append(it, turn * 400, 400));
        write(&*log, batch.collect()).await.unwrap();
    }
    let growing = tokio::spawn(async move {
        for n in 0..100 {
            write(&*log, vec![append(&streams[0], 2_400 + n, 1)]).await.unwrap();
        }
    });
    for _ in 0..3 {
        let report = verified(store).await.unwrap();
        assert!(report.events >= 7_200, "{report:?}");
        assert_eq!((report.streams, report.broken), (3, Vec::new()));
    }
    growing.await.unwrap();
    assert_eq!(verified(store).await.unwrap().events, 7_300);
}

fn streams_in_different_partitions(log: &dyn Log, n: usize) -> Vec<String> {
    let mut taken = std::collections::BTreeSet::new();
    (0..)
        .map(|it| format!("stream-{it}"))
        .filter(|id| taken.insert(log.partition_of(id)))
        .take(n)
        .collect()
}

pub(crate) async fn events_are_neither_changed_nor_deleted(store: &Store) {
    let log = store.open().await;
    write(&*log, vec![append("a", 0, 2)]).await.unwrap();
    let reference = lienthong_engine::log::Reference::new("calendar", "vn", "days");
    log.put_reference(reference).await.unwrap();
    for sql in [
        "UPDATE events SET event_type = 'other'",
        "DELETE FROM events",
        "UPDATE reference SET content = 'other'",
        "DELETE FROM reference",
    ] {
        let refused = store.run(sql).await.unwrap_err();
        assert!(refused.contains("append-only") || refused.contains("kept"), "{refused}");
    }
    if let Store::Postgres { .. } = store {
        assert!(store.run("TRUNCATE events").await.unwrap_err().contains("append-only"));
    }
    assert_eq!(whole(&*log).await, 2);
}
