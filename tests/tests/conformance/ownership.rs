//! Who may write: the process that opened the log last, and only that.

use lienthong_engine::log::Error;

use crate::store::{Store, append, stream, whole};

pub(crate) async fn a_log_opened_again_is_the_same(store: &Store) {
    let log = store.open().await;
    let recorded = log.append(vec![append("a", 0, 3)]).await.unwrap().remove(0);
    let partitions = log.partitions();
    let epochs = store.count("SELECT CAST(sum(epoch) AS bigint) FROM heads").await;
    log.close().await;
    let again = store.open().await;
    assert_eq!(again.partitions(), partitions);
    assert_eq!(again.load(&stream("a")).await.unwrap(), recorded);
    again.append(vec![append("a", 3, 1)]).await.unwrap();
    assert_eq!(whole(&*again).await, 4);
    let raised = store.count("SELECT CAST(sum(epoch) AS bigint) FROM heads").await - epochs;
    assert_eq!(raised, i64::from(partitions));
}

pub(crate) async fn a_former_owner_writes_nothing(store: &Store) {
    let log = store.open().await;
    log.append(vec![append("a", 0, 1)]).await.unwrap();
    let successor = match store {
        Store::Sqlite { .. } => {
            let second = lienthong_engine::log::open(&store.address()).await.err();
            assert!(matches!(second, Some(Error::InUse(_))), "{second:?}");
            store.run("UPDATE heads SET epoch = epoch + 1").await.unwrap();
            None
        }
        Store::Postgres { .. } => Some(store.open().await),
    };
    let mut receipt_alone = append("a", 1, 0);
    receipt_alone.receipt = Some(crate::receipts::receipt("somebody", receipt_alone.command_id));
    for late in [append("a", 1, 1), append("b", 0, 1), receipt_alone] {
        let partition = log.partition_of(&late.stream.aggregate_id);
        let error = log.append(vec![late]).await.unwrap_err();
        assert!(matches!(error, Error::NotOwner { partition: of } if of == partition));
    }
    assert_eq!(store.count("SELECT count(*) FROM receipts").await, 0);
    if let Some(successor) = successor {
        successor.append(vec![append("a", 1, 1)]).await.unwrap();
        assert_eq!(whole(&*successor).await, 2);
    }
}

pub(crate) async fn a_closed_log_refuses(store: &Store) {
    let log = store.open().await;
    log.close().await;
    let error = log.append(vec![append("a", 0, 1)]).await.unwrap_err();
    assert!(matches!(error, Error::Closed));
    let again = store.open().await;
    assert_eq!(whole(&*again).await, 0);
}
