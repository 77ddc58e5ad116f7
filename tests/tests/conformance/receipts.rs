//! Receipts: one outcome per command, with its events or without any.

use lienthong_engine::log::{Append, Error, NewReceipt};
use serde_json::json;
use uuid::Uuid;

use crate::store::{Store, append, second, stream, whole};

pub(crate) fn receipt(sender: &str, command_id: Uuid) -> NewReceipt {
    NewReceipt {
        sender: sender.to_owned(),
        command_id,
        request_digest: [7; 32],
        outcome: json!({ "refused": "không hợp lệ", "n": [1, 2] }),
    }
}

fn with_receipt(mut append: Append, sender: &str) -> Append {
    append.receipt = Some(receipt(sender, append.command_id));
    append
}

pub(crate) async fn a_receipt_is_found_by_its_sender_alone(store: &Store) {
    let log = store.open().await;
    let accepted = with_receipt(append("a", 0, 1), "citizen");
    let refused = with_receipt(append("a", 1, 0), "agency");
    let recorded = log.append(vec![accepted.clone(), refused.clone()]).await.unwrap();
    assert_eq!(recorded.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0]);
    let partition = log.partition_of("a");
    for (sender, command) in [("citizen", &accepted), ("agency", &refused)] {
        let id = command.command_id;
        let found = log.receipt(partition, sender, id).await.unwrap().unwrap();
        assert_eq!(found.outcome, receipt(sender, id).outcome);
        assert_eq!((found.request_digest, found.recorded_at), ([7; 32], second(0)));
        assert_eq!((found.sender.as_str(), found.command_id), (sender, id));
        assert!(log.receipt(partition, "stranger", id).await.unwrap().is_none());
    }
    let other = (partition + 1) % log.partitions();
    assert!(log.receipt(other, "citizen", accepted.command_id).await.unwrap().is_none());
    assert_eq!(whole(&*log).await, 1);
}

pub(crate) async fn a_command_has_one_outcome(store: &Store) {
    let log = store.open().await;
    let first = with_receipt(append("a", 0, 1), "citizen");
    log.append(vec![first.clone()]).await.unwrap();
    let mut again = with_receipt(append("a", 1, 1), "citizen");
    again.receipt = Some(receipt("citizen", first.command_id));
    let error = log.append(vec![append("b", 0, 1), again]).await.unwrap_err();
    let Error::ReceiptExists { sender, command_id, partition } = error else {
        panic!("{error:?}");
    };
    assert_eq!((sender.as_str(), command_id), ("citizen", first.command_id));
    assert_eq!(partition, log.partition_of("a"));
    let twice = with_receipt(append("c", 0, 1), "citizen");
    let mut same = append("c", 1, 1);
    same.receipt.clone_from(&twice.receipt);
    let error = log.append(vec![twice, same]).await.unwrap_err();
    assert!(matches!(error, Error::ReceiptExists { .. }));
    assert_eq!(whole(&*log).await, 1);
    assert!(log.load(&stream("b")).await.unwrap().is_empty());
    let mut same_id_of_another = append("a", 1, 1);
    same_id_of_another.receipt = Some(receipt("agency", first.command_id));
    log.append(vec![same_id_of_another]).await.unwrap();
}
