//! Appends: order, atomicity, conflicts, limits.

use std::sync::Arc;

use lienthong_domain::event::Payload;
use lienthong_engine::log::{Error, PAYLOAD_BYTES_MAX, StreamId};

use crate::store::{Store, append, event, names, second, stream, whole, write};

pub(crate) async fn positions_have_no_gaps_under_concurrency(store: &Store) {
    const WRITERS: u32 = 24;
    const APPENDS: u64 = 6;
    let log = store.open().await;
    let writers = (0..WRITERS).map(|writer| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            for n in 0..APPENDS {
                let id = format!("stream-{writer}");
                write(&*log, vec![append(&id, n * 2, 2)]).await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(whole(&*log).await, u64::from(WRITERS) * APPENDS * 2);
    for partition in 0..log.partitions() {
        let head = log.head(partition).await.unwrap();
        let events = log.read(partition, 0, 10_000).await.unwrap();
        assert!(events.iter().map(|it| it.position).eq(1..=head));
        let tail = log.read(partition, head.saturating_sub(1), 10).await.unwrap();
        assert_eq!(tail.len() as u64, head.min(1));
    }
}

pub(crate) async fn what_is_stored_is_what_was_given(store: &Store) {
    let log = store.open().await;
    let mut given = append("hồ-sơ", 0, 1);
    given.events[0].payload = Payload {
        control: r#"{ "z": 1.0, "a": [1,  2],"quote":"\"\u0041\n"}"#.to_owned(),
        personal: Some(r#"plain:00:{"name":"Nguyễn \"Ánh\" 🌱 \\ \u0000"}"#.to_owned()),
    };
    let answered = write(&*log, vec![given.clone()]).await.unwrap().remove(0);
    let loaded = log.load(&given.stream).await.unwrap();
    assert_eq!(loaded, answered);
    assert_eq!(loaded[0].payload().unwrap(), given.events[0].payload);
    let mut metadata = loaded[0].metadata().unwrap();
    assert!(metadata.remove("epoch").is_some());
    assert_eq!(metadata, given.metadata);
    assert_eq!((loaded[0].sequence, loaded[0].position), (1, 1));
    assert_eq!(loaded[0].command_id, given.command_id);
    assert_eq!(loaded[0].partition, log.partition_of("hồ-sơ"));
    let other_type = StreamId::new("other", "hồ-sơ");
    assert!(log.load(&other_type).await.unwrap().is_empty());
}

pub(crate) async fn a_conflict_leaves_nothing(store: &Store) {
    let log = store.open().await;
    write(&*log, vec![append("a", 0, 2)]).await.unwrap();
    for wrong in [0, 1] {
        let error = write(&*log, vec![append("a", wrong, 1)]).await.unwrap_err();
        let Error::Conflict { stream: of, expected, found } = error else {
            panic!("{error:?}");
        };
        assert_eq!((of, expected, found), (stream("a"), wrong, 2));
    }
    assert_eq!(whole(&*log).await, 2);
    write(&*log, vec![append("a", 2, 1)]).await.unwrap();
    assert_eq!(whole(&*log).await, 3);
}

pub(crate) async fn a_batch_is_all_or_nothing(store: &Store) {
    let log = store.open().await;
    let names = names(&*log, 21);
    let (bad, good) = names.split_first().unwrap();
    write(&*log, vec![append(bad, 0, 1)]).await.unwrap();
    let mut batch: Vec<_> = good.iter().map(|it| append(it, 0, 2)).collect();
    batch.push(append(bad, 0, 1));
    let error = write(&*log, batch).await.unwrap_err();
    assert!(matches!(error, Error::Conflict { stream: of, .. } if of == stream(bad)));
    assert_eq!(whole(&*log).await, 1);
    assert_eq!(store.count("SELECT count(*) FROM events").await, 1);
    let batch = good.iter().map(|it| append(it, 0, 2)).collect();
    let recorded = write(&*log, batch).await.unwrap();
    assert_eq!(recorded.len(), 20);
    assert!(recorded.iter().all(|it| it.len() == 2));
    assert_eq!(whole(&*log).await, 41);
}

pub(crate) async fn a_batch_may_append_twice_to_a_stream(store: &Store) {
    let log = store.open().await;
    let batch = vec![append("a", 0, 2), append("b", 0, 1), append("a", 2, 1)];
    write(&*log, batch).await.unwrap();
    let sequences: Vec<_> =
        log.load(&stream("a")).await.unwrap().iter().map(|it| it.sequence).collect();
    assert_eq!(sequences, [1, 2, 3]);
    let stale = vec![append("a", 3, 1), append("a", 3, 1)];
    let error = write(&*log, stale).await.unwrap_err();
    assert!(matches!(error, Error::Conflict { expected: 3, found: 4, .. }));
    assert_eq!(whole(&*log).await, 4);
}

pub(crate) async fn time_never_goes_back_in_a_stream(store: &Store) {
    let log = store.open().await;
    for (n, seconds) in [(0_u64, 100), (1, 40), (2, 130)] {
        let mut next = append("a", n, 1);
        next.recorded_at = second(seconds);
        write(&*log, vec![next]).await.unwrap();
    }
    let mut other = append("b", 0, 1);
    other.recorded_at = second(40);
    write(&*log, vec![other]).await.unwrap();
    let times = |events: Vec<lienthong_engine::log::Recorded>| {
        events.iter().map(|it| it.recorded_at).collect::<Vec<_>>()
    };
    let of_a = times(log.load(&stream("a")).await.unwrap());
    assert_eq!(of_a, [second(100), second(100), second(130)]);
    assert_eq!(times(log.load(&stream("b")).await.unwrap()), [second(40)]);
    assert_eq!(whole(&*log).await, 4);
}

pub(crate) async fn what_breaks_a_limit_is_refused(store: &Store) {
    let log = store.open().await;
    let mut nameless = append("", 0, 1);
    nameless.metadata.clear();
    let mut nul = append("a", 0, 1);
    nul.events[0].event_type = "a\0b".to_owned();
    let mut large = append("a", 0, 1);
    large.events[0].payload.personal = Some("x".repeat(PAYLOAD_BYTES_MAX));
    let mut no_json = append("a", 0, 1);
    no_json.events[0].payload.control = "{".to_owned();
    let mut two_members = append("a", 0, 1);
    two_members.events[0].payload.control = r#"1,"personal":"forged""#.to_owned();
    let mut many = append("a", 0, 0);
    many.events = vec![event(1); 10_000];
    let mut like_none = append("a", 0, 1);
    like_none.events[0].payload.personal = Some(String::new());
    for wrong in [nameless, nul, large, no_json, two_members, like_none, many] {
        let error = write(&*log, vec![append("good", 0, 1), wrong]).await.unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error:?}");
    }
    assert_eq!(whole(&*log).await, 0);
    write(&*log, vec![append("good", 0, 1)]).await.unwrap();
}
