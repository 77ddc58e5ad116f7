//! Somebody who owns the database changes events: found. Somebody who does not: refused.

use lienthong_engine::log::{Fault, Log, Verified};

use crate::store::{Store, append, whole, write};

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
    assert_eq!(whole(&*log).await, 3 * CHANGES.len() as u64);
    store.unprotect().await;
    for ((change, position, fault), id) in CHANGES.iter().zip(&streams) {
        let sql = change
            .replace("e.ID", &format!("e.aggregate_id = '{id}'"))
            .replace("ID", &format!("aggregate_id = '{id}'"));
        store.run(&sql).await.unwrap();
        let found = log.verify(log.partition_of(id)).await.unwrap();
        let expected = Verified::Broken { position: *position, fault: *fault };
        assert_eq!(found, expected, "after {sql}");
    }
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
