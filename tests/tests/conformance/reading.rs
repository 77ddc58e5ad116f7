//! The core read tables: true as soon as the append is answered.

use lienthong_engine::log::{
    DossierPage, DossierRow, DossierRows, Error, Log, OutboxRow, TaskRow, TimerRow, Worklist,
};

use crate::store::{Draft, Store, append, names, second, stream, write};

fn rows(id: &str, sequence: u64, due: i64) -> DossierRows {
    let task = |task: &str, due_at| TaskRow {
        dossier_id: id.to_owned(),
        task: task.to_owned(),
        office: "ward-1".to_owned(),
        status: "dispatched".to_owned(),
        turn: "agency".to_owned(),
        dispatch: Some(format!("{id}/{task}/1")),
        due_at,
    };
    DossierRows {
        sequence,
        dossier: DossierRow {
            dossier_id: id.to_owned(),
            code: format!("H01-260901-{id}"),
            group_name: "birth".to_owned(),
            group_version: "2".to_owned(),
            account: "account-1".to_owned(),
            status: 4,
            submitted_at: second(0),
        },
        tasks: vec![task("registration", Some(second(due))), task("residence", None)],
        timers: vec![timer(id, "due", due), timer(id, "remind", due - 10)],
        outbox: vec![message(id, sequence)],
    }
}

fn timer(id: &str, name: &str, due: i64) -> TimerRow {
    TimerRow {
        dossier_id: id.to_owned(),
        timer: name.to_owned(),
        due_at: second(due),
        person: None,
    }
}

fn message(id: &str, sequence: u64) -> OutboxRow {
    OutboxRow {
        dossier_id: id.to_owned(),
        message_id: format!("{id}/registration/ward-1/dispatch/{sequence}"),
        addressee: "ward-1".to_owned(),
        kind: "dispatch".to_owned(),
        task: "registration".to_owned(),
        sequence,
        caused_at: second(0),
    }
}

fn with_rows(mut append: Draft, before: Option<&DossierRows>, rows: DossierRows) -> Draft {
    append.rows = Some(rows.since(before));
    append
}

pub(crate) async fn rows_are_as_after_the_last_event(store: &Store) {
    let log = store.open().await;
    let first = rows("a", 1, 60);
    write(&*log, vec![with_rows(append("a", 0, 1), None, first.clone())]).await.unwrap();
    assert_eq!(log.dossier("a").await.unwrap().as_ref(), Some(&first.dossier));
    let by_code = log.dossier_by_code("H01-260901-a").await.unwrap();
    assert_eq!(by_code.as_ref(), Some(&first.dossier));
    assert_eq!(log.tasks_of("a").await.unwrap(), first.tasks);
    assert_eq!(
        log.timers_of("a").await.unwrap(),
        [timer("a", "remind", 50), timer("a", "due", 60)]
    );
    let mut second = rows("a", 3, 90);
    second.dossier.status = 9;
    second.tasks[0].status = "completed".to_owned();
    second.tasks[0].due_at = None;
    second.timers = vec![timer("a", "other", 5), timer("a", "due", 70)];
    let draft = with_rows(append("a", 1, 2), Some(&first), second.clone());
    write(&*log, vec![draft]).await.unwrap();
    assert_eq!(log.dossier("a").await.unwrap(), Some(second.dossier));
    assert_eq!(log.tasks_of("a").await.unwrap(), second.tasks);
    assert_eq!(log.timers_of("a").await.unwrap(), second.timers);
    assert_eq!(sent(&*log, "a").await, [message("a", 1), message("a", 3)]);
    let stale = with_rows(append("a", 3, 1), None, rows("a", 3, 1));
    assert!(matches!(write(&*log, vec![stale]).await, Err(Error::Invalid(_))));
    let foreign = with_rows(append("b", 0, 1), None, rows("a", 1, 1));
    assert!(matches!(write(&*log, vec![foreign]).await, Err(Error::Invalid(_))));
}

pub(crate) async fn streams_are_loaded_together(store: &Store) {
    let log = store.open().await;
    write(&*log, vec![append("a", 0, 3)]).await.unwrap();
    write(&*log, vec![append("b", 0, 1)]).await.unwrap();
    let asked = ["b", "a", "nothing", "a"].map(stream);
    let loaded = log.load_all(asked.to_vec()).await.unwrap();
    assert_eq!(loaded.iter().map(Vec::len).collect::<Vec<_>>(), [1, 3, 0, 3]);
    assert_eq!(loaded[1], log.load(&stream("a")).await.unwrap());
    assert_eq!(loaded[1], loaded[3]);
}

/// The messages that a dossier has caused.
async fn sent(log: &dyn Log, id: &str) -> Vec<OutboxRow> {
    let sent = log.messages(log.partition_of(id), 0, 100).await.unwrap();
    let sent: Vec<_> = sent.into_iter().filter(|it| it.message.dossier_id == id).collect();
    let events = log.load(&stream(id)).await.unwrap();
    for it in &sent {
        let place = usize::try_from(it.message.sequence).unwrap() - 1;
        assert_eq!(it.position, events[place].position, "a message stands where its event does");
    }
    sent.into_iter().map(|it| it.message).collect()
}

pub(crate) async fn rows_of_a_batch_are_coalesced(store: &Store) {
    let log = store.open().await;
    let names = names(&*log, 2);
    let (a, b) = (names[0].as_str(), names[1].as_str());
    let (first, mut last) = (rows(a, 1, 60), rows(a, 3, 90));
    last.timers.remove(1);
    let between = rows(a, 2, 70);
    let batch = vec![
        with_rows(append(a, 0, 1), None, first.clone()),
        with_rows(append(b, 0, 1), None, rows(b, 1, 70)),
        with_rows(append(a, 1, 1), Some(&first), between.clone()),
        with_rows(append(a, 2, 1), Some(&between), last.clone()),
    ];
    write(&*log, batch).await.unwrap();
    assert_eq!(log.dossier(a).await.unwrap(), Some(last.dossier));
    assert_eq!(log.tasks_of(a).await.unwrap(), last.tasks);
    assert_eq!(log.timers_of(a).await.unwrap(), last.timers);
    assert_eq!(sent(&*log, a).await, [message(a, 1), message(a, 2), message(a, 3)]);
    assert_eq!(sent(&*log, b).await, [message(b, 1)]);
}

pub(crate) async fn who_is_asked_finds_it(store: &Store) {
    let log = store.open().await;
    let of =
        |id: &str, due: i64| TimerRow { person: Some("p".to_owned()), ..timer(id, "asked", due) };
    let asked = |id: &str, due: i64| DossierRows {
        timers: vec![timer(id, "due", 5), of(id, due)],
        ..rows(id, 1, 60)
    };
    for (id, due) in [("a", 300), ("b", 100)] {
        write(&*log, vec![with_rows(append(id, 0, 1), None, asked(id, due))]).await.unwrap();
    }
    assert_eq!(log.asked("p", 9).await.unwrap(), [of("b", 100), of("a", 300)]);
    assert_eq!(log.asked("p", 1).await.unwrap(), [of("b", 100)]);
    assert!(log.asked("q", 9).await.unwrap().is_empty());
    let answered = DossierRows { timers: vec![timer("b", "due", 5)], ..rows("b", 2, 60) };
    let draft = with_rows(append("b", 1, 1), Some(&asked("b", 100)), answered);
    write(&*log, vec![draft]).await.unwrap();
    assert_eq!(log.asked("p", 9).await.unwrap(), [of("a", 300)]);
}

pub(crate) async fn timers_come_by_due_time(store: &Store) {
    let log = store.open().await;
    for (id, due) in [("a", 300), ("b", 100), ("c", 200)] {
        write(&*log, vec![with_rows(append(id, 0, 1), None, rows(id, 1, due))]).await.unwrap();
    }
    let all: Vec<u32> = (0..log.partitions()).collect();
    let due = log.due_timers(&all, second(200), 100).await.unwrap();
    let expected = [
        timer("b", "remind", 90),
        timer("b", "due", 100),
        timer("c", "remind", 190),
        timer("c", "due", 200),
    ];
    assert_eq!(due, expected);
    let of_b = [log.partition_of("b")];
    assert_eq!(log.due_timers(&of_b, second(95), 9).await.unwrap(), expected[..1]);
    assert_eq!(log.due_timers(&of_b, second(100), 1).await.unwrap(), expected[..1]);
    assert!(log.due_timers(&all, second(89), 9).await.unwrap().is_empty());
}

pub(crate) async fn what_nobody_holds_is_found(store: &Store) {
    let log = store.open().await;
    let held = rows("a", 1, 60);
    let mut without_timer = rows("b", 1, 60);
    without_timer.timers.clear();
    let mut without_holder = rows("c", 1, 60);
    without_holder.tasks.iter_mut().for_each(|it| it.turn = "earlier".to_owned());
    let mut over = rows("d", 1, 60);
    over.tasks.iter_mut().for_each(|it| it.turn = "nobody".to_owned());
    over.timers.clear();
    for (id, rows) in [("a", held), ("b", without_timer), ("c", without_holder), ("d", over)] {
        write(&*log, vec![with_rows(append(id, 0, 1), None, rows)]).await.unwrap();
    }
    assert_eq!(log.unheld(10).await.unwrap(), ["b", "c"]);
    assert_eq!(log.unheld(1).await.unwrap(), ["b"]);
}

pub(crate) async fn a_worklist_comes_by_due_time(store: &Store) {
    let log = store.open().await;
    for (id, due) in [("a", 300), ("b", 100), ("c", 200), ("d", 50)] {
        let mut rows = rows(id, 1, due);
        if id == "d" {
            rows.tasks[0].office = "ward-2".to_owned();
            rows.tasks[1].turn = "nobody".to_owned();
        }
        write(&*log, vec![with_rows(append(id, 0, 1), None, rows)]).await.unwrap();
    }
    let mut page = Worklist {
        office: "ward-1".to_owned(),
        statuses: vec!["dispatched".to_owned(), "acknowledged".to_owned()],
        after: None,
        limit: 2,
    };
    let mut found = Vec::new();
    loop {
        let tasks = log.worklist(page.clone()).await.unwrap();
        let Some(last) = tasks.last() else { break };
        page.after = Some(last.place());
        found.extend(tasks.into_iter().map(|it| format!("{} {}", it.dossier_id, it.task)));
    }
    let by_due = ["b registration", "c registration", "a registration"];
    let undue = ["a residence", "b residence", "c residence"];
    assert_eq!(found, [by_due, undue].concat());
}

pub(crate) async fn dossiers_of_an_account_come_newest_first(store: &Store) {
    let log = store.open().await;
    for (id, submitted) in [("a", 300), ("b", 100), ("c", 300), ("d", 400)] {
        let mut rows = rows(id, 1, 60);
        rows.dossier.submitted_at = second(submitted);
        if id == "d" {
            rows.dossier.account = "account-2".to_owned();
        }
        write(&*log, vec![with_rows(append(id, 0, 1), None, rows)]).await.unwrap();
    }
    let mut page = DossierPage { account: "account-1".to_owned(), before: None, limit: 2 };
    let ids = |rows: &[DossierRow]| rows.iter().map(|it| it.dossier_id.clone()).collect::<Vec<_>>();
    let newest = log.dossiers_of(page.clone()).await.unwrap();
    assert_eq!(ids(&newest), ["c", "a"]);
    page.before = newest.last().map(|it| (it.submitted_at, it.dossier_id.clone()));
    assert_eq!(ids(&log.dossiers_of(page).await.unwrap()), ["b"]);
}

pub(crate) async fn messages_come_once_and_in_order(store: &Store) {
    let log = store.open().await;
    let (first, second) = (rows("a", 1, 60), rows("a", 2, 60));
    let partition = log.partition_of("a");
    write(&*log, vec![with_rows(append("a", 0, 1), None, first.clone())]).await.unwrap();
    write(&*log, vec![with_rows(append("a", 1, 1), Some(&first), second)]).await.unwrap();
    let all = log.messages(partition, 0, 10).await.unwrap();
    let messages: Vec<_> = all.iter().map(|it| it.message.clone()).collect();
    assert_eq!(messages, [message("a", 1), message("a", 2)]);
    assert_eq!(all.iter().map(|it| it.position).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(log.messages(partition, 1, 10).await.unwrap(), all[1..]);
    assert_eq!(log.messages(partition, 0, 1).await.unwrap(), all[..1]);
    let mut of_the_past = rows("a", 3, 60);
    of_the_past.outbox = vec![message("a", 2)];
    let draft = with_rows(append("a", 2, 1), None, of_the_past);
    assert!(matches!(write(&*log, vec![draft]).await, Err(Error::Invalid(_))));
}
