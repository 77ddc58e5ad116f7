//! Receipts: one outcome per command, with its events or without any.

use lienthong_engine::log::{Error, Log, NewReceipt, Receipt, ReceiptKey};
use serde_json::json;
use uuid::Uuid;

use crate::store::{Draft, Store, append, names, second, stream, whole, write};

pub(crate) fn receipt(sender: &str, command_id: Uuid) -> NewReceipt {
    NewReceipt {
        sender: sender.to_owned(),
        command_id,
        request_digest: [7; 32],
        outcome: json!({ "refused": "không hợp lệ", "n": [1, 2] }),
    }
}

/// The remembered outcome of one command.
pub(crate) async fn found(
    log: &dyn Log,
    partition: u32,
    sender: &str,
    command_id: Uuid,
) -> Option<Receipt> {
    let key = ReceiptKey { partition, command_id, sender: sender.to_owned() };
    log.receipts(vec![key]).await.unwrap().pop()
}

fn with_receipt(mut append: Draft, sender: &str) -> Draft {
    append.receipt = Some(receipt(sender, append.command_id));
    append
}

pub(crate) async fn a_receipt_is_found_by_its_sender_alone(store: &Store) {
    let log = store.open().await;
    let accepted = with_receipt(append("a", 0, 1), "citizen");
    let refused = with_receipt(append("a", 1, 0), "agency");
    let recorded = write(&*log, vec![accepted.clone(), refused.clone()]).await.unwrap();
    assert_eq!(recorded.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0]);
    let partition = log.partition_of("a");
    for (sender, command) in [("citizen", &accepted), ("agency", &refused)] {
        let id = command.command_id;
        let found = found(&*log, partition, sender, id).await.unwrap();
        assert_eq!(found.outcome, receipt(sender, id).outcome);
        assert_eq!((found.request_digest, found.recorded_at), ([7; 32], second(0)));
        assert_eq!((found.sender.as_str(), found.command_id), (sender, id));
        assert!(crate::receipts::found(&*log, partition, "stranger", id).await.is_none());
    }
    let other = (partition + 1) % log.partitions();
    assert!(found(&*log, other, "citizen", accepted.command_id).await.is_none());
    assert_eq!(whole(&*log).await, 1);
}

pub(crate) async fn a_command_has_one_outcome(store: &Store) {
    let log = store.open().await;
    let first = with_receipt(append("a", 0, 1), "citizen");
    write(&*log, vec![first.clone()]).await.unwrap();
    let mut again = with_receipt(append("a", 1, 1), "citizen");
    again.receipt = Some(receipt("citizen", first.command_id));
    let other = names(&*log, 1).remove(0);
    let error = write(&*log, vec![append(&other, 0, 1), again]).await.unwrap_err();
    let Error::ReceiptExists(key) = error else {
        panic!("{error:?}");
    };
    assert_eq!((key.sender.as_str(), key.command_id), ("citizen", first.command_id));
    assert_eq!(key.partition, log.partition_of("a"));
    let twice = with_receipt(append("c", 0, 1), "citizen");
    let mut same = append("c", 1, 1);
    same.receipt.clone_from(&twice.receipt);
    let error = write(&*log, vec![twice, same]).await.unwrap_err();
    assert!(matches!(error, Error::ReceiptExists(_)));
    assert_eq!(whole(&*log).await, 1);
    assert!(log.load(&stream(&other)).await.unwrap().is_empty());
    let mut same_id_of_another = append("a", 1, 1);
    same_id_of_another.receipt = Some(receipt("agency", first.command_id));
    write(&*log, vec![same_id_of_another]).await.unwrap();
}
