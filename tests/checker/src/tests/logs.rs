//! What is wrong with the log itself, and with the tables beside it.

use sha2::{Digest as _, Sha256};

use super::forge::{Forge, dossier};
use super::{caught, report_of};
use crate::chain::hex;
use crate::history::{CheckpointRow, ParkedRow, TrafficRow};
use crate::{Evidence, Feed, Invariant, Prefix, Violation, check};

#[test]
fn a_changed_event() {
    let forge = Forge::story().with(|it| {
        it.events[3].payload = it.events[3].payload.replacen("2026", "2027", 1);
    });
    caught(Invariant::I3, forge);
}

#[test]
fn a_changed_moment() {
    caught(Invariant::I3, Forge::story().with(|it| it.events[3].recorded_at += 1));
}

#[test]
fn a_removed_event() {
    caught(Invariant::I3, Forge::story().with(|it| drop(it.events.remove(5))));
}

#[test]
fn a_removed_end() {
    let forge = Forge::story().with(|it| {
        let last = it.events.pop().unwrap();
        it.heads.iter_mut().find(|head| head.partition == last.partition).unwrap().head -= 1;
    });
    // The log alone does not show it; the tables and receipts do.
    let report = caught(Invariant::R2, forge);
    assert!(!report.violates(Invariant::I3), "{report}");
}

#[test]
fn a_prefix_that_somebody_knows_is_not_there_any_more() {
    let earlier = report_of(Forge::story()).prefixes;
    let whole = Evidence {
        history: Forge::story().history,
        earlier: earlier.clone(),
        ..Evidence::default()
    };
    assert!(check(&whole).holds());
    let forged = Forge::story().says("refused", "task_refused", |it| {
        it["at"] = "2026-12-07T10:00:01+07:00".into();
    });
    let evidence = Evidence { history: forged.history, earlier, ..Evidence::default() };
    let report = check(&evidence);
    assert!(report.violates(Invariant::I3), "{report}");
}

#[test]
fn time_that_goes_back_in_a_stream() {
    let forge = Forge::story().with(|it| {
        let row = it.events.iter_mut().rfind(|it| it.aggregate_id == dossier("birth")).unwrap();
        row.recorded_at -= 10_000_000_000_000;
    });
    let report = caught(Invariant::I3, forge);
    assert!(report.to_string().contains("recorded before"), "{report}");
}

#[test]
fn a_code_that_two_dossiers_have() {
    let code = "000.05.65.H26-261207-0001";
    let forge = Forge::story().says("refused", "dossier_submitted", |it| it["code"] = code.into());
    caught(Invariant::I15, forge);
}

#[test]
fn a_block_of_serials_that_was_claimed_twice() {
    let forge = Forge::story().with(|it| {
        let row = it.events.iter_mut().find(|it| it.aggregate_type == "serial").unwrap();
        row.payload = row.payload.replacen("\"first\":1", "\"first\":0", 1);
    });
    caught(Invariant::I15, forge);
}

#[test]
fn an_event_that_nobody_can_read() {
    let forge = Forge::story().says("refused", "task_refused", |it| it["type"] = "gone".into());
    caught(Invariant::R1, forge);
}

#[test]
fn an_event_of_another_type_than_it_says() {
    let forge = Forge::story().with(|it| {
        it.events.iter_mut().find(|it| it.event_type == "task_refused").unwrap().event_type =
            "task_stopped".to_owned();
    });
    caught(Invariant::R1, forge);
}

#[test]
fn read_tables_that_say_otherwise() {
    caught(Invariant::R2, Forge::story().with(|it| it.dossiers[0].status = 4));
    caught(Invariant::R2, Forge::story().with(|it| drop(it.dossiers.remove(0))));
    caught(Invariant::R2, Forge::story().with(|it| it.tasks[0].turn = "earlier".to_owned()));
    caught(Invariant::R2, Forge::story().with(|it| it.timers[0].due_at += 1));
    caught(Invariant::R2, Forge::story().with(|it| drop(it.outbox.pop())));
    caught(Invariant::R2, Forge::story().with(|it| it.outbox.extend(it.outbox.clone())));
}

#[test]
fn an_open_dossier_without_a_timer() {
    caught(Invariant::I7, Forge::story().with(|it| it.timers.clear()));
}

#[test]
fn an_open_dossier_that_nobody_holds() {
    let forge = Forge::story().with(|it| {
        for row in it.tasks.iter_mut().filter(|it| it.dossier_id == dossier("open")) {
            row.turn = "earlier".to_owned();
        }
    });
    caught(Invariant::I7, forge);
}

#[test]
fn an_older_epoch_that_writes_after_a_newer_one() {
    let forge = Forge::story().tells("birth", "task_dispatched", "epoch", "2");
    let forge = forge.tells("birth", "task_completed", "epoch", "1");
    caught(Invariant::I11, forge);
}

#[test]
fn an_epoch_that_writes_when_somebody_has_seen_a_newer_one() {
    let mut forge = Forge::story().tells("birth", "task_completed", "epoch", "1");
    let partition = forge.row("birth", "task_completed").partition;
    let look = |epoch| {
        let digest = hex(&Sha256::digest(""));
        let earlier = vec![Prefix { partition, position: 0, digest, epoch }];
        check(&Evidence { history: forge.history.clone(), earlier, ..Evidence::default() })
    };
    assert!(look(1).holds());
    assert!(look(2).violates(Invariant::I11));
}

#[test]
fn a_definition_that_is_not_the_one_that_was_pinned() {
    let forge = Forge::story().with(|it| {
        let group = it.references.iter_mut().find(|it| it.kind == "group").unwrap();
        group.content = group.content.replacen("needs", "starts", 1);
    });
    caught(Invariant::I13, forge);
}

fn feed(applied: Vec<(u32, u64)>, checkpoint: u64) -> crate::Report {
    let feed =
        Feed { name: "statistics".to_owned(), checkpoints: [(6, checkpoint)].into(), applied };
    let history = Forge::story().history;
    check(&Evidence { history, feeds: vec![feed], ..Evidence::default() })
}

#[test]
fn a_subscriber_that_skips_repeats_or_is_not_where_it_says() {
    let all = || (1..=4).map(|it| (6, it)).collect::<Vec<_>>();
    assert!(feed(all(), 4).holds());
    let mut skipped = all();
    skipped.remove(2);
    assert!(feed(skipped, 4).violates(Invariant::I4));
    let mut repeated = all();
    repeated.push((6, 4));
    assert!(feed(repeated, 4).violates(Invariant::I4));
    assert!(feed(all(), 5).violates(Invariant::I4));
    let mut swapped = all();
    swapped.swap(1, 2);
    assert!(feed(swapped, 4).violates(Invariant::I4));
}

/// A subscription that has taken in the whole story, and what it has counted by then.
fn followed() -> Forge {
    Forge::story().with(|it| {
        it.followed.checkpoints = it
            .heads
            .iter()
            .map(|head| CheckpointRow {
                name: "traffic@1".to_owned(),
                partition: head.partition,
                position: head.head,
            })
            .collect();
        for violation in report_of(Forge { history: it.clone() }).violations {
            it.followed.traffic.push(missing(&violation));
        }
    })
}

/// The count that a violation says is missing: `FACT of OFFICE on DAY: 0, not COUNT`.
fn missing(violation: &Violation) -> TrafficRow {
    assert_eq!(violation.invariant, Invariant::I4);
    let (name, partition) = violation.subject.split_once(" in partition ").unwrap();
    let (key, count) = violation.what.split_once(": 0, not ").unwrap();
    let (fact, key) = key.split_once(" of ").unwrap();
    let (office, day) = key.split_once(" on ").unwrap();
    TrafficRow {
        name: name.to_owned(),
        partition: partition.parse().unwrap(),
        office: office.to_owned(),
        day: day.parse().unwrap(),
        fact: fact.to_owned(),
        count: count.parse().unwrap(),
    }
}

#[test]
fn a_subscription_whose_counts_are_not_those_of_the_events() {
    assert!(report_of(followed()).holds());
    caught(Invariant::I4, followed().with(|it| it.followed.traffic[0].count += 1));
    caught(Invariant::I4, followed().with(|it| drop(it.followed.traffic.remove(0))));
    caught(Invariant::I4, followed().with(|it| it.followed.traffic[0].partition += 1));
    caught(Invariant::I4, followed().with(|it| it.followed.checkpoints[0].position += 1));
    let counted = followed().history.followed.traffic[0].clone();
    let earlier = followed().with(|it| {
        let places = it.followed.checkpoints.iter_mut();
        places.filter(|it| it.partition == counted.partition).for_each(|it| it.position = 0);
    });
    caught(Invariant::I4, earlier);
}

#[test]
fn a_parked_dossier_does_not_count() {
    let id = dossier("refused").to_owned();
    let forge = followed().with(|it| {
        let row = it.events.iter().find(|it| it.event_type == "task_refused").unwrap();
        let parked = ParkedRow {
            name: "traffic@1".to_owned(),
            aggregate_id: id.clone(),
            position: row.position,
        };
        it.followed.parked.push(parked);
    });
    let report = caught(Invariant::I4, forge);
    assert!(report.violations.iter().all(|it| it.what.contains("refused of ")), "{report}");
}
