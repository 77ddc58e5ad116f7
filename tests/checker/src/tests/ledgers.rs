//! What senders and agencies know and the log does not, or knows otherwise.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::caught;
use super::forge::{Forge, dossier};
use crate::history::{History, Receipt};
use crate::ledger::{Answer, Command, Ledger, Line, Received};
use crate::{Circumstances, Evidence, Invariant, Report, check};

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// The receipt of an application.
fn receipt(name: &str) -> Receipt {
    let id = dossier(name);
    let receipts = Forge::story().history.receipts;
    let of = |it: &Receipt| it.outcome["accepted"]["dossier"] == id;
    receipts.into_iter().find(|it| of(it) && it.sender.starts_with("citizen:")).unwrap()
}

fn sent(receipt: &Receipt) -> Line {
    Line::Sent(Command {
        id: receipt.command_id,
        sender: receipt.sender.clone(),
        path: "/api/v1/applications/birth".to_owned(),
        body: Json::Null,
        dossier: None,
        at: at(),
    })
}

/// Everything that the same sender sent.
fn all_sent(receipt: &Receipt) -> Vec<Line> {
    let receipts = Forge::story().history.receipts;
    receipts.iter().filter(|it| it.sender == receipt.sender).map(sent).collect()
}

fn answered(receipt: &Receipt, status: u16, change: impl FnOnce(&mut Json)) -> Line {
    let accepted = &receipt.outcome["accepted"];
    let mut body = json!({
        "id": accepted["dossier"], "code": accepted["code"], "sequence": accepted["sequence"],
    });
    change(&mut body);
    Line::Answered(Answer { id: receipt.command_id, status, body, at: at() })
}

fn ledger(lines: &[Line]) -> Ledger {
    let text: String = lines.iter().map(|it| serde_json::to_string(it).unwrap() + "\n").collect();
    let mut ledger = Ledger::default();
    ledger.take(&text).unwrap();
    ledger
}

fn with_ledger(forge: Forge, lines: &[Line]) -> Report {
    check(&Evidence { history: forge.history, ledger: ledger(lines), ..Evidence::default() })
}

#[test]
fn an_acknowledged_command_that_is_there() {
    let receipt = receipt("open");
    let mut lines = all_sent(&receipt);
    let commands = lines.len();
    lines.push(answered(&receipt, 201, |_| {}));
    let report = with_ledger(Forge::story(), &lines);
    assert!(report.holds(), "{report}");
    assert_eq!(report.commands, commands);
}

#[test]
fn an_acknowledged_command_that_is_not_there() {
    let receipt = receipt("open");
    let lines = [sent(&receipt), answered(&receipt, 201, |_| {})];
    let lost =
        Forge::story().with(|it| it.receipts.retain(|it| it.command_id != receipt.command_id));
    assert!(with_ledger(lost, &lines).violates(Invariant::I1));
    let lost = Forge::story().with(|it| it.events.retain(|it| it.aggregate_id != dossier("open")));
    assert!(with_ledger(lost, &lines).violates(Invariant::I1));
}

#[test]
fn a_receipt_that_is_old_enough_to_be_forgotten() {
    let receipt = receipt("open");
    let lines = [sent(&receipt), answered(&receipt, 201, |_| {})];
    let made_at = i64::try_from(receipt.command_id.as_u128() >> 80).unwrap();
    let looked_at = |forge: Forge, days| {
        let until = DateTime::from_timestamp_millis(made_at).unwrap() + TimeDelta::days(days);
        let circumstances = Circumstances { awake_until: Some(until), ..Circumstances::default() };
        let (history, ledger) = (forge.history, ledger(&lines));
        check(&Evidence { history, ledger, circumstances, ..Evidence::default() })
    };
    let gone = |it: &mut History| it.receipts.retain(|it| it.command_id != receipt.command_id);
    assert!(!looked_at(Forge::story().with(gone), 30).violates(Invariant::I1));
    assert!(looked_at(Forge::story().with(gone), 29).violates(Invariant::I1));
    let lost = Forge::story().with(gone);
    let lost = lost.with(|it| it.events.retain(|it| it.aggregate_id != dossier("open")));
    assert!(looked_at(lost, 30).violates(Invariant::I1), "its events are not forgotten");
}

#[test]
fn an_answer_that_says_otherwise_than_the_receipt() {
    let receipt = receipt("open");
    for (member, value) in [("sequence", json!(99)), ("code", json!("other")), ("id", json!("x"))] {
        let lines = [sent(&receipt), answered(&receipt, 201, |it| it[member] = value)];
        assert!(with_ledger(Forge::story(), &lines).violates(Invariant::I1), "{member}");
    }
}

#[test]
fn a_command_that_is_answered_in_two_ways() {
    let receipt = receipt("open");
    let other = answered(&receipt, 201, |it| it["more"] = json!(1));
    let mut lines = all_sent(&receipt);
    lines.extend([answered(&receipt, 201, |_| {}), other]);
    assert!(with_ledger(Forge::story(), &lines).violates(Invariant::I2));
    // How far the dossier is may have changed.
    let later = answered(&receipt, 201, |it| it["status"] = json!(5));
    let mut lines = all_sent(&receipt);
    lines.extend([answered(&receipt, 201, |_| {}), later]);
    assert!(with_ledger(Forge::story(), &lines).holds());
}

#[test]
fn a_refused_command_after_which_something_happened() {
    let receipt = receipt("open");
    let lines = [sent(&receipt), answered(&receipt, 409, |it| it["code"] = json!("task-ended"))];
    assert!(with_ledger(Forge::story(), &lines).violates(Invariant::I2));
}

#[test]
fn a_receipt_that_does_not_fit_its_events() {
    let first = |change: fn(&mut Receipt)| {
        Forge::story().with(|it| {
            let mut receipts = it.receipts.iter_mut();
            change(receipts.find(|it| it.outcome.get("accepted").is_some()).unwrap());
        })
    };
    caught(Invariant::I2, first(|it| it.outcome["accepted"]["sequence"] = json!(77)));
    caught(Invariant::I2, first(|it| it.outcome["accepted"]["dossier"] = json!("other")));
    caught(Invariant::I2, first(|it| it.outcome = json!({ "refused": { "code": "x" } })));
    caught(Invariant::I2, first(|it| it.outcome = json!({ "unheard_of": {} })));
    caught(Invariant::I2, first(|it| it.sender = "citizen:stranger".to_owned()));
    caught(Invariant::I2, Forge::story().with(|it| it.receipts.extend(it.receipts.clone())));
}

#[test]
fn a_command_that_was_committed_twice() {
    caught(Invariant::I2, Forge::story().again("open", "dossier_submitted"));
}

#[test]
fn a_command_that_its_sender_never_sent() {
    let receipt = receipt("open");
    let others = all_sent(&receipt);
    assert!(with_ledger(Forge::story(), &others).holds());
    assert!(with_ledger(Forge::story(), &others[1..]).violates(Invariant::I2));
}

fn received(name: &str) -> Received {
    let task = "registration".to_owned();
    let history = Forge::story().history;
    let rows = history.tasks.into_iter();
    let row =
        rows.into_iter().find(|it| it.dossier_id == dossier(name) && it.task == task).unwrap();
    let (office, dispatch) = (row.office, row.dispatch.unwrap());
    Received { office, dossier: row.dossier_id, task, dispatch, at: at() }
}

fn with_received(received: Vec<Received>, settled: bool) -> Report {
    let ledger = Ledger { received, ..Ledger::default() };
    let circumstances = Circumstances { settled, ..Circumstances::default() };
    let history = Forge::story().history;
    check(&Evidence { history, ledger, circumstances, ..Evidence::default() })
}

#[test]
fn a_task_that_an_agency_received_and_the_log_lacks() {
    assert!(with_received(vec![received("open"), received("open")], false).holds());
    let other = Received { dispatch: "another".to_owned(), ..received("open") };
    assert!(with_received(vec![other], false).violates(Invariant::I5));
    let other = Received { office: "another".to_owned(), ..received("open") };
    assert!(with_received(vec![other], false).violates(Invariant::I5));
}

#[test]
fn a_dispatch_that_never_arrived() {
    assert!(with_received(vec![received("open")], true).violates(Invariant::I8));
}

#[test]
fn a_ledger_as_it_was_at_a_moment() {
    let receipt = receipt("open");
    let lines = [sent(&receipt), answered(&receipt, 201, |_| {})];
    let text: String = lines.iter().map(|it| serde_json::to_string(it).unwrap() + "\n").collect();
    let mut before = Ledger::default();
    before.take_until(&text, Some(at() - chrono::TimeDelta::seconds(1))).unwrap();
    assert!(before.commands[&receipt.command_id].answers.is_empty());
    // A line that was cut off was never written.
    let mut cut = Ledger::default();
    cut.take(&text[..text.len() - 3]).unwrap();
    assert!(cut.commands[&receipt.command_id].answers.is_empty());
    assert!(Ledger::default().take("{}\n").is_err());
    let unsent = Answer { id: Uuid::nil(), status: 200, body: Json::Null, at: at() };
    let unsent = serde_json::to_string(&Line::Answered(unsent)).unwrap() + "\n";
    assert!(Ledger::default().take(&unsent).is_err());
}
