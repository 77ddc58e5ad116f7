//! The core read tables: true as soon as the append is answered.

use lienthong_engine::log::{
    Append, DossierPage, DossierRow, DossierRows, Error, OutboxRow, TaskRow, TimerRow, Worklist,
};

use crate::store::{Store, append, second};

fn rows(id: &str, sequence: u64, due: i64) -> DossierRows {
    let task = |task: &str, due_at| TaskRow {
        dossier_id: id.to_owned(),
        task: task.to_owned(),
        office: "ward-1".to_owned(),
        status: "dispatched".to_owned(),
        turn: "agency".to_owned(),
        dispatch: Some(format!("{id}/{task}/1")),
        due_at,
        sequence,
    };
    DossierRows {
        dossier: DossierRow {
            dossier_id: id.to_owned(),
            code: format!("H01-260901-{id}"),
            group_name: "birth".to_owned(),
            group_version: "2".to_owned(),
            account: "account-1".to_owned(),
            status: 4,
            submitted_at: second(due),
            sequence,
        },
        tasks: vec![task("registration", Some(second(due))), task("residence", None)],
        timers: vec![timer(id, "due", due), timer(id, "remind", due - 10)],
        outbox: vec![message(id, sequence)],
    }
}

fn timer(id: &str, name: &str, due: i64) -> TimerRow {
    TimerRow { dossier_id: id.to_owned(), timer: name.to_owned(), due_at: second(due) }
}

fn message(id: &str, sequence: u64) -> OutboxRow {
    OutboxRow {
        dossier_id: id.to_owned(),
        message_id: format!("{id}/registration/ward-1/dispatch/{sequence}"),
        addressee: "ward-1".to_owned(),
        kind: "dispatch".to_owned(),
        task: "registration".to_owned(),
        sequence,
    }
}

fn with_rows(mut append: Append, rows: DossierRows) -> Append {
    append.rows = Some(rows);
    append
}

pub(crate) async fn rows_are_replaced_as_a_whole(store: &Store) {
    let log = store.open().await;
    let first = rows("a", 1, 60);
    log.append(vec![with_rows(append("a", 0, 1), first.clone())]).await.unwrap();
    assert_eq!(log.dossier("a").await.unwrap().as_ref(), Some(&first.dossier));
    assert_eq!(log.dossier_by_code("H01-260901-a").await.unwrap(), Some(first.dossier));
    assert_eq!(log.tasks_of("a").await.unwrap(), first.tasks);
    assert_eq!(
        log.timers_of("a").await.unwrap(),
        [timer("a", "remind", 50), timer("a", "due", 60)]
    );
    let mut second = rows("a", 3, 90);
    second.dossier.status = 9;
    second.tasks[0].status = "completed".to_owned();
    second.tasks[0].due_at = None;
    second.timers = vec![timer("a", "other", 5)];
    log.append(vec![with_rows(append("a", 1, 2), second.clone())]).await.unwrap();
    assert_eq!(log.dossier("a").await.unwrap(), Some(second.dossier));
    assert_eq!(log.tasks_of("a").await.unwrap(), second.tasks);
    assert_eq!(log.timers_of("a").await.unwrap(), second.timers);
    assert_eq!(log.messages_of("a").await.unwrap(), [message("a", 1), message("a", 3)]);
    let stale = with_rows(append("a", 3, 1), rows("a", 3, 1));
    assert!(matches!(log.append(vec![stale]).await, Err(Error::Invalid(_))));
    let foreign = with_rows(append("b", 0, 1), rows("a", 1, 1));
    assert!(matches!(log.append(vec![foreign]).await, Err(Error::Invalid(_))));
}

pub(crate) async fn rows_of_a_batch_are_coalesced(store: &Store) {
    let log = store.open().await;
    let last = rows("a", 2, 90);
    let batch = vec![
        with_rows(append("a", 0, 1), rows("a", 1, 60)),
        with_rows(append("b", 0, 1), rows("b", 1, 70)),
        with_rows(append("a", 1, 1), last.clone()),
    ];
    log.append(batch).await.unwrap();
    assert_eq!(log.dossier("a").await.unwrap(), Some(last.dossier));
    assert_eq!(log.tasks_of("a").await.unwrap(), last.tasks);
    assert_eq!(log.timers_of("a").await.unwrap().len(), 2);
    assert_eq!(log.messages_of("a").await.unwrap(), [message("a", 1), message("a", 2)]);
    assert_eq!(log.messages_of("b").await.unwrap(), [message("b", 1)]);
}

pub(crate) async fn timers_come_by_due_time(store: &Store) {
    let log = store.open().await;
    assert_eq!(log.next_timer().await.unwrap(), None);
    let batch = [("a", 300), ("b", 100), ("c", 200)];
    let batch = batch.map(|(id, due)| with_rows(append(id, 0, 1), rows(id, 1, due)));
    log.append(batch.to_vec()).await.unwrap();
    assert_eq!(log.next_timer().await.unwrap(), Some(second(90)));
    let due = log.due_timers(second(200), 100).await.unwrap();
    let expected = [
        timer("b", "remind", 90),
        timer("b", "due", 100),
        timer("c", "remind", 190),
        timer("c", "due", 200),
    ];
    assert_eq!(due, expected);
    assert_eq!(log.due_timers(second(200), 1).await.unwrap(), expected[..1]);
    assert!(log.due_timers(second(89), 9).await.unwrap().is_empty());
}

pub(crate) async fn a_worklist_comes_by_due_time(store: &Store) {
    let log = store.open().await;
    let batch = [("a", 300), ("b", 100), ("c", 200), ("d", 50)].map(|(id, due)| {
        let mut rows = rows(id, 1, due);
        if id == "d" {
            rows.tasks[0].office = "ward-2".to_owned();
            rows.tasks[1].status = "completed".to_owned();
        }
        with_rows(append(id, 0, 1), rows)
    });
    log.append(batch.to_vec()).await.unwrap();
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
    let batch = [("a", 300), ("b", 100), ("c", 300), ("d", 400)].map(|(id, submitted)| {
        let mut rows = rows(id, 1, submitted);
        if id == "d" {
            rows.dossier.account = "account-2".to_owned();
        }
        with_rows(append(id, 0, 1), rows)
    });
    log.append(batch.to_vec()).await.unwrap();
    let mut page = DossierPage { account: "account-1".to_owned(), before: None, limit: 2 };
    let ids = |rows: &[DossierRow]| rows.iter().map(|it| it.dossier_id.clone()).collect::<Vec<_>>();
    let newest = log.dossiers_of(page.clone()).await.unwrap();
    assert_eq!(ids(&newest), ["c", "a"]);
    page.before = newest.last().map(|it| (it.submitted_at, it.dossier_id.clone()));
    assert_eq!(ids(&log.dossiers_of(page).await.unwrap()), ["b"]);
}

pub(crate) async fn messages_come_once_and_in_order(store: &Store) {
    let log = store.open().await;
    let first = rows("a", 1, 60);
    log.append(vec![with_rows(append("a", 0, 1), first.clone())]).await.unwrap();
    let mut second = rows("a", 2, 60);
    second.outbox.push(OutboxRow { kind: "changed".to_owned(), ..first.outbox[0].clone() });
    log.append(vec![with_rows(append("a", 1, 1), second)]).await.unwrap();
    log.append(vec![with_rows(append("b", 0, 1), rows("b", 1, 60))]).await.unwrap();
    let all = [message("a", 1), message("a", 2), message("b", 1)];
    assert_eq!(log.messages_to("ward-1", None, 10).await.unwrap(), all);
    let after = Some(all[0].message_id.as_str());
    assert_eq!(log.messages_to("ward-1", after, 1).await.unwrap(), all[1..2]);
    assert!(log.messages_to("ward-2", None, 10).await.unwrap().is_empty());
}
