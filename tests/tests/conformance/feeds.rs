//! An effect and its checkpoint are one, and belong to the owner of the partition.

use lienthong_engine::log::Log;
use lienthong_engine::log::feeds::{
    Advance, Attempted, Change, DeliveryPage, DeliveryState, Effect, Held, OpenDeliveries,
    Operation, Parked, TrafficRow,
};
use lienthong_engine::log::{OutboxRow, Outgoing, StreamId};

use crate::store::{Store, second};

fn held(log: &dyn Log) -> Held {
    log.held()[0]
}

fn effect(log: &dyn Log, before: u64, after: u64, changes: Vec<Change>) -> Effect {
    let advance = Some(Advance { subscription: "counts".to_owned(), before, after });
    let held = held(log);
    Effect { partition: held.partition, epoch: held.epoch, advance, changes }
}

fn count(count: u64) -> Change {
    let row = TrafficRow {
        office: "office".to_owned(),
        day: second(0).date_naive(),
        fact: "requested".to_owned(),
        count,
    };
    Change::Count { subscription: "counts".to_owned(), row }
}

async fn counted(log: &dyn Log) -> u64 {
    let day = second(0).date_naive();
    log.traffic("counts", day..=day).await.unwrap().iter().map(|it| it.count).sum()
}

pub(crate) async fn an_effect_and_its_checkpoint_are_one(store: &Store) {
    let log = store.open().await;
    log.begin("counts").await.unwrap();
    log.begin("counts").await.unwrap();
    assert_eq!(log.checkpoints().await.unwrap().len(), log.partitions() as usize);
    let first = effect(&*log, 0, 3, vec![count(2), count(3)]);
    assert!(!log.apply(vec![first.clone()]).await.unwrap(), "nobody has claimed it");
    log.claim(log.held()).await.unwrap();
    assert!(log.apply(vec![first.clone()]).await.unwrap());
    assert_eq!(counted(&*log).await, 5);
    assert!(!log.apply(vec![first]).await.unwrap(), "it was before");
    let stranger = Effect { epoch: 77, ..effect(&*log, 3, 4, vec![count(1)]) };
    assert!(!log.apply(vec![stranger]).await.unwrap(), "another's epoch");
    let pause = |is_paused| Operation::Pause { subscription: "counts".to_owned(), is_paused };
    log.operate(pause(true)).await.unwrap();
    assert!(!log.apply(vec![effect(&*log, 3, 4, vec![count(1)])]).await.unwrap(), "paused");
    assert_eq!(counted(&*log).await, 5);
    log.operate(pause(false)).await.unwrap();
    assert!(log.apply(vec![effect(&*log, 3, 4, vec![count(1)])]).await.unwrap());
    assert_eq!(counted(&*log).await, 6);
    let Held { partition, epoch, .. } = held(&*log);
    let earlier = Held { epoch: epoch - 1, ..held(&*log) };
    log.claim(vec![earlier]).await.unwrap();
    let places = log.checkpoints().await.unwrap();
    let place = places.iter().find(|it| it.partition == partition).unwrap();
    assert_eq!((place.position, place.epoch), (4, epoch), "an earlier epoch claims nothing");
    let later = Held { epoch: epoch + 1, ..held(&*log) };
    log.claim(vec![later]).await.unwrap();
    assert!(!log.apply(vec![effect(&*log, 4, 5, vec![count(1)])]).await.unwrap(), "a later one");
    assert_eq!(counted(&*log).await, 6);
}

fn parked(log: &dyn Log, position: u64, attempts: u32) -> Parked {
    Parked {
        subscription: "counts".to_owned(),
        partition: held(log).partition,
        stream: StreamId::new("dossier", "one"),
        position,
        sequence: position,
        attempts,
        error_code: "trial".to_owned(),
        is_retried: false,
    }
}

fn retried(position: u64, after: Option<Parked>) -> Change {
    let (subscription, stream) = ("counts".to_owned(), StreamId::new("dossier", "one"));
    Change::Retried { subscription, stream, position, after }
}

pub(crate) async fn what_is_parked_is_retried_as_it_is(store: &Store) {
    let log = store.open().await;
    log.begin("counts").await.unwrap();
    log.claim(log.held()).await.unwrap();
    let write = async |before, after, changes| {
        log.apply(vec![effect(&*log, before, after, changes)]).await.unwrap()
    };
    assert!(write(0, 9, vec![Change::Park(parked(&*log, 3, 1))]).await);
    assert_eq!(log.parked().await.unwrap(), [parked(&*log, 3, 1)]);
    let retry = Operation::Retry { subscription: "counts".to_owned(), aggregate_id: None };
    log.operate(retry).await.unwrap();
    assert!(log.parked().await.unwrap()[0].is_retried);
    assert!(write(9, 9, vec![retried(3, Some(parked(&*log, 3, 2)))]).await);
    assert_eq!(log.parked().await.unwrap(), [parked(&*log, 3, 2)], "it has failed again");

    let skip = Operation::Skip {
        subscription: "counts".to_owned(),
        aggregate_id: "one".to_owned(),
        reason: "a trial".to_owned(),
        owner: "lan".to_owned(),
        at: second(0),
    };
    assert_eq!(log.operate(skip).await.unwrap(), 1);
    let late = vec![count(1), retried(3, None)];
    assert!(!write(9, 9, late).await, "what was seen before the skip is not so any more");
    assert_eq!(counted(&*log).await, 0);
    assert_eq!(log.parked().await.unwrap()[0].position, 4);
    assert!(write(9, 9, vec![count(1), retried(4, None)]).await);
    assert_eq!((counted(&*log).await, log.parked().await.unwrap().len()), (1, 0));
    assert!(!write(9, 9, vec![count(1), retried(4, None)]).await, "it is not there any more");
}

fn outgoing(log: &dyn Log, id: &str, office: &str) -> Change {
    let message = OutboxRow {
        dossier_id: "dossier".to_owned(),
        message_id: id.to_owned(),
        addressee: office.to_owned(),
        kind: "dispatch".to_owned(),
        task: "task".to_owned(),
        sequence: 2,
        caused_at: second(0),
    };
    Change::Deliver(Outgoing { partition: held(log).partition, position: 9, message })
}

pub(crate) async fn a_delivery_is_attempted_until_it_ends(store: &Store) {
    let log = store.open().await;
    let write = async |change: Change| {
        let effect = Effect { advance: None, ..effect(&*log, 0, 0, vec![change]) };
        assert!(log.apply(vec![effect]).await.unwrap());
    };
    for (id, office) in [("a", "one"), ("b", "one"), ("c", "two"), ("a", "one")] {
        write(outgoing(&*log, id, office)).await;
    }
    let partitions: Vec<u32> = (0..log.partitions()).collect();
    let due = async |limit| {
        let due = log.due_deliveries(&partitions, second(10), limit).await.unwrap();
        due.into_iter().map(|it| it.outgoing.message.message_id).collect::<Vec<_>>()
    };
    assert_eq!(due(9).await, ["a", "b", "c"]);
    assert_eq!(due(1).await, ["a", "c"], "a limit for each office");

    let attempted = |attempts_before, state, seconds| {
        Change::Attempted(Attempted {
            message_id: "a".to_owned(),
            attempts_before,
            state,
            next_at: second(seconds),
            failure: Some("timeout".to_owned()),
            delivered_at: None,
        })
    };
    write(attempted(0, DeliveryState::Pending, 20)).await;
    write(attempted(0, DeliveryState::Parked, 0)).await;
    assert_eq!(due(9).await, ["b", "c"], "an outcome counts once, and a pause is kept");
    write(attempted(1, DeliveryState::Parked, 0)).await;
    let page = |state, after| DeliveryPage { state, office: None, after, limit: 2 };
    let parked = page(DeliveryState::Parked, None);
    assert_eq!(log.open_deliveries().await.unwrap(), OpenDeliveries { pending: 2, parked: 1 });
    let take = Operation::TakeDelivery { message_id: "a".to_owned(), owner: "lan".to_owned() };
    assert_eq!(log.operate(take).await.unwrap(), 1);
    let found = log.deliveries(parked.clone()).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].attempts, found[0].owner.as_deref()), (2, Some("lan")));
    assert_eq!(found[0].last_failure.as_deref(), Some("timeout"));
    let retry = Operation::RetryDeliveries { office: None, message_id: None, at: second(5) };
    assert_eq!(log.operate(retry).await.unwrap(), 1);
    assert_eq!(due(9).await, ["b", "a", "c"]);
    assert!(log.deliveries(parked).await.unwrap().is_empty());
    let ids = async |page: DeliveryPage| {
        let found = log.deliveries(page).await.unwrap();
        found.into_iter().map(|it| it.outgoing.message.message_id).collect::<Vec<_>>()
    };
    assert_eq!(ids(page(DeliveryState::Pending, None)).await, ["a", "b"]);
    let last = Some(("one".to_owned(), "b".to_owned()));
    assert_eq!(ids(page(DeliveryState::Pending, last)).await, ["c"]);
    let one = Some("one".to_owned());
    let of_one = DeliveryPage { office: one, limit: 9, ..page(DeliveryState::Pending, None) };
    assert_eq!(ids(of_one).await, ["a", "b"]);
}
