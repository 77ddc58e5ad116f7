//! Who may write: the process that opened the log last, and only that.

use lienthong_engine::log::Error;

use crate::store::{Store, append, stream, whole, write};

pub(crate) async fn a_log_opened_again_is_the_same(store: &Store) {
    let log = store.open().await;
    let recorded = write(&*log, vec![append("a", 0, 3)]).await.unwrap().remove(0);
    let partitions = log.partitions();
    let epochs = store.count("SELECT CAST(sum(epoch) AS bigint) FROM heads").await;
    log.close().await;
    let again = store.open().await;
    assert_eq!(again.partitions(), partitions);
    assert_eq!(again.load(&stream("a")).await.unwrap(), recorded);
    write(&*again, vec![append("a", 3, 1)]).await.unwrap();
    assert_eq!(whole(&*again).await, 4);
    let raised = store.count("SELECT CAST(sum(epoch) AS bigint) FROM heads").await - epochs;
    assert_eq!(raised, i64::from(partitions));
}

pub(crate) async fn a_former_owner_writes_nothing(store: &Store) {
    let log = store.open().await;
    write(&*log, vec![append("a", 0, 1)]).await.unwrap();
    let successor = match store {
        Store::Sqlite { .. } => {
            let second = store.open_free().await.err();
            assert!(matches!(second, Some(Error::InUse(_))), "{second:?}");
            store.run("UPDATE heads SET epoch = epoch + 1").await.unwrap();
            None
        }
        Store::Postgres { .. } | Store::Simulated { .. } => Some(store.open().await),
    };
    let mut receipt_alone = append("a", 1, 0);
    receipt_alone.receipt = Some(crate::receipts::receipt("somebody", receipt_alone.command_id));
    for late in [append("a", 1, 1), append("b", 0, 1), receipt_alone] {
        let partition = log.partition_of(&late.stream.aggregate_id);
        let error = write(&*log, vec![late]).await.unwrap_err();
        assert!(matches!(error, Error::NotOwner { partition: of } if of == partition));
    }
    assert_eq!(store.count("SELECT count(*) FROM receipts").await, 0);
    if let Some(successor) = successor {
        write(&*successor, vec![append("a", 1, 1)]).await.unwrap();
        assert_eq!(whole(&*successor).await, 2);
    }
}

pub(crate) async fn a_partition_is_taken_only_as_it_was_seen(store: &Store) {
    let log = store.open_free().await.unwrap();
    let early = write(&*log, vec![append("a", 0, 1)]).await.unwrap_err();
    assert!(matches!(early, Error::NotOwner { .. }));
    let seen = log.beat(Some("here")).await.unwrap();
    assert_eq!(seen.members.len(), 1);
    assert_eq!(seen.members[0].engine, log.engine());
    assert!(seen.members[0].is_connected);
    assert!(seen.holdings.iter().all(|it| it.engine.is_none()));
    let all: Vec<u32> = (0..log.partitions()).collect();
    assert_eq!(sorted(log.take(&seen.holdings).await.unwrap()), all);
    assert!(log.take(&seen.holdings).await.unwrap().is_empty(), "that was before");
    write(&*log, vec![append("a", 0, 2)]).await.unwrap();
    let held = log.census().await.unwrap();
    assert!(held.holdings.iter().all(|it| it.engine == Some(log.engine())));
    assert_eq!(sorted(log.take(&held.holdings).await.unwrap()), all, "one's own, anew");
    write(&*log, vec![append("a", 2, 1)]).await.unwrap();
    let of_a = log.partition_of("a");
    log.release(&[of_a]).await.unwrap();
    let late = write(&*log, vec![append("a", 3, 1)]).await.unwrap_err();
    assert!(matches!(late, Error::NotOwner { partition } if partition == of_a));
    let free = log.census().await.unwrap().holdings;
    assert!(free.iter().all(|it| it.engine.is_none() == (it.partition == of_a)));
    log.bury(&[log.engine()]).await.unwrap();
    assert_eq!(log.census().await.unwrap().members.len(), 1, "who owns something is there");
    assert_eq!(whole(&*log).await, 3);
}

/// A process that was not running for a while believes that it owns what others have taken, and
/// would answer from memory; the first sign of life that it gives tells it.
pub(crate) async fn a_lease_that_another_has_taken_is_forgotten_at_the_next_beat(store: &Store) {
    let log = store.open().await;
    let of_a = log.partition_of("a");
    let successor = store.open_free().await.unwrap();
    let held = successor.census().await.unwrap().holdings;
    successor.take(&held[of_a as usize..=of_a as usize]).await.unwrap();
    assert!(log.owns(of_a), "nobody has said so");
    log.beat(None).await.unwrap();
    let owned: Vec<u32> = (0..log.partitions()).filter(|it| log.owns(*it)).collect();
    assert_eq!(owned, (0..log.partitions()).filter(|it| *it != of_a).collect::<Vec<_>>());
    assert!(successor.owns(of_a));
}

pub(crate) async fn a_store_that_lost_what_was_written_is_not_taken(store: &Store) {
    let log = store.open().await;
    write(&*log, vec![append("a", 0, 3)]).await.unwrap();
    let of_a = log.partition_of("a");
    store.unprotect().await;
    let lose = format!(
        "DELETE FROM events WHERE sequence = 3; UPDATE heads SET head = 2 WHERE partition = {of_a}"
    );
    store.run(&lose).await.unwrap();
    let error = write(&*log, vec![append("b", 0, 1), append("a", 2, 1)]).await.err();
    assert!(matches!(error, Some(Error::NotOwner { .. } | Error::Invalid(_))), "{error:?}");
    let held = log.census().await.unwrap().holdings;
    let error = log.take(&held).await.unwrap_err();
    assert!(matches!(&error, Error::Corrupt(why) if why.contains("ends at 2")), "{error}");
    assert!(!log.owns(of_a));
    // To another process it is as good as any, but for what that has seen itself.
    log.close().await;
    store.open().await;
}

fn sorted(mut partitions: Vec<u32>) -> Vec<u32> {
    partitions.sort_unstable();
    partitions
}

pub(crate) async fn a_closed_log_refuses(store: &Store) {
    let log = store.open().await;
    log.close().await;
    let error = write(&*log, vec![append("a", 0, 1)]).await.unwrap_err();
    assert!(matches!(error, Error::Closed));
    let again = store.open().await;
    assert_eq!(whole(&*again).await, 0);
}
