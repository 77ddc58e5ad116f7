//! I1: whatever was acknowledged is in the log. I2: a command id has one commit and one outcome,
//! and whoever repeats it is told the same.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::history::{History, Receipt, Row};
use crate::ledger::{Answer, Known, Ledger};
use crate::report::{Invariant, Report};

/// Sender and command id.
pub(crate) type Key<'a> = (&'a str, Uuid);
/// The events of dossiers by sender and command id.
pub(crate) type Effects<'a> = BTreeMap<(String, Uuid), Vec<&'a Row>>;

/// Receipts may be forgotten thirty days after their command ids were made. An hour less: whoever
/// forgets them has a clock of their own.
const KEPT_FOR: TimeDelta = TimeDelta::hours(30 * 24 - 1);

/// Whether the receipt of a command may be gone by a moment. Its id, a uuid v7, says when it was
/// made.
fn is_forgotten(id: Uuid, now: DateTime<Utc>) -> bool {
    let made_at = i64::try_from(id.as_u128() >> 80).unwrap_or(i64::MAX);
    DateTime::from_timestamp_millis(made_at).is_some_and(|it| now - it > KEPT_FOR)
}

/// The last moment that a history tells of.
pub(crate) fn last_moment(history: &History) -> DateTime<Utc> {
    let last = history.events.iter().map(|it| it.recorded_at).max();
    last.and_then(DateTime::from_timestamp_micros).unwrap_or_default()
}

pub(crate) fn check(
    history: &History,
    ledger: &Ledger,
    awake_until: Option<DateTime<Utc>>,
    report: &mut Report,
) {
    let now = last_moment(history).max(awake_until.unwrap_or_default());
    let (effects, receipts) = matched(history, now, report);
    let mut lengths: BTreeMap<&str, u64> = BTreeMap::new();
    for row in history.events.iter().filter(|it| it.aggregate_type == "dossier") {
        *lengths.entry(&row.aggregate_id).or_default() += 1;
    }
    unsent(&effects, ledger, report);
    for known in ledger.commands.values() {
        acknowledged(&lengths, known, &receipts, &effects, now, report);
        told_the_same(known, report);
    }
}

/// What commands have done, and their receipts.
pub(crate) fn matched<'a>(
    history: &'a History,
    now: DateTime<Utc>,
    report: &mut Report,
) -> (Effects<'a>, BTreeMap<Key<'a>, &'a Receipt>) {
    let effects = effects(history, report);
    let receipts = outcomes(history, &effects, report);
    for ((sender, id), rows) in &effects {
        let has_one = receipts.contains_key(&(sender.as_str(), *id));
        if sender != "timer" && !has_one && !is_forgotten(*id, now) {
            report.add(Invariant::I2, id, format!("events of {sender} without a receipt"), rows);
        }
    }
    (effects, receipts)
}

/// Whoever keeps a ledger has sent what the log has of theirs.
pub(crate) fn unsent(effects: &Effects<'_>, ledger: &Ledger, report: &mut Report) {
    let missing = effects.iter().filter(|((_, id), _)| !ledger.commands.contains_key(id));
    let mut missing = missing.filter(|((sender, _), _)| sender != "timer").peekable();
    if missing.peek().is_none() {
        return;
    }
    let keepers: BTreeSet<&str> =
        ledger.commands.values().map(|it| it.command.sender.as_str()).collect();
    for ((sender, id), rows) in missing.filter(|((it, _), _)| keepers.contains(it.as_str())) {
        report.add(Invariant::I2, id, format!("{sender} has not sent this"), rows);
    }
}

/// The events of dossiers by the command that caused them. Those of one command are one commit.
fn effects<'a>(history: &'a History, report: &mut Report) -> Effects<'a> {
    let mut effects = Effects::new();
    for ((kind, _), rows) in history.streams() {
        for row in rows.into_iter().filter(|_| kind == "dossier") {
            let actor = row.told("actor").unwrap_or_default();
            effects.entry((actor, row.command_id)).or_default().push(row);
        }
    }
    for ((_, id), rows) in &effects {
        let together = |two: &[&Row]| {
            two[0].aggregate_id == two[1].aggregate_id
                && two[0].sequence + 1 == two[1].sequence
                && two[0].position + 1 == two[1].position
                && two[0].recorded_at == two[1].recorded_at
        };
        if let Some(two) = rows.windows(2).find(|two| !together(two)) {
            report.add(Invariant::I2, id, "it was committed more than once", two);
        }
    }
    effects
}

/// The receipts by sender and command, each checked against the events.
fn outcomes<'a>(
    history: &'a History,
    effects: &Effects<'_>,
    report: &mut Report,
) -> BTreeMap<Key<'a>, &'a Receipt> {
    let mut outcomes: BTreeMap<Key<'_>, &Receipt> = BTreeMap::new();
    for receipt in &history.receipts {
        let key = (receipt.sender.as_str(), receipt.command_id);
        if let Some(other) = outcomes.insert(key, receipt)
            && (other.partition == receipt.partition || other.outcome == receipt.outcome)
        {
            let what = format!("two receipts of {}", receipt.sender);
            report.add(Invariant::I2, receipt.command_id, what, &[]);
        }
        let rows = effects.get(&(receipt.sender.clone(), receipt.command_id));
        let rows = rows.map(Vec::as_slice).unwrap_or_default();
        let mut wrong = |what: &str| report.add(Invariant::I2, receipt.command_id, what, rows);
        match accepted(&receipt.outcome) {
            Some((dossier, sequence)) => match rows.last() {
                None => wrong("it was accepted and nothing happened"),
                Some(last) if last.aggregate_id != dossier => wrong("it is about another dossier"),
                Some(last) if last.sequence != sequence => {
                    wrong("its receipt names another sequence than its last event's");
                }
                Some(last) if last.partition != receipt.partition => {
                    wrong("its receipt is in another partition");
                }
                Some(_) => {}
            },
            None if receipt.outcome.get("refused").is_none() => wrong("its outcome is unknown"),
            None if !rows.is_empty() => wrong("it was refused, and something happened"),
            None => {}
        }
    }
    outcomes
}

/// Dossier and sequence of an accepted command.
fn accepted(outcome: &Json) -> Option<(&str, u64)> {
    let accepted = outcome.get("accepted")?;
    Some((accepted["dossier"].as_str()?, accepted["sequence"].as_u64()?))
}

/// What the sender was told is what the log has.
pub(crate) fn acknowledged(
    lengths: &BTreeMap<&str, u64>,
    known: &Known,
    receipts: &BTreeMap<Key<'_>, &Receipt>,
    effects: &Effects<'_>,
    now: DateTime<Utc>,
    report: &mut Report,
) {
    let command = &known.command;
    let receipt = receipts.get(&(command.sender.as_str(), command.id));
    let effect = effects.get(&(command.sender.clone(), command.id));
    for answer in &known.answers {
        let told = format!("{} was told {}", command.sender, answer.status);
        match (answer.status, receipt) {
            (200..=299, None) if is_forgotten(command.id, now) => {
                if let Err(what) = is_there(lengths, answer) {
                    report.add(Invariant::I1, command.id, format!("{told}; {what}"), &[]);
                }
            }
            (200..=299, None) => {
                report.add(Invariant::I1, command.id, format!("{told}; no receipt"), &[]);
            }
            (200..=299, Some(receipt)) => {
                if let Err(what) = as_answered(lengths, answer, receipt) {
                    report.add(Invariant::I1, command.id, format!("{told}; {what}"), &[]);
                }
            }
            (400..=499, receipt) => {
                // What is wrong in itself leaves no receipt, and may be sent again.
                let refused = receipt.filter(|_| answer.status == 409);
                let refused = refused.map(|it| &it.outcome["refused"]["code"]);
                if refused.is_some_and(|it| *it != answer.body["code"] && !it.is_null()) {
                    let what = format!("{told}; the receipt refuses otherwise");
                    report.add(Invariant::I2, command.id, what, &[]);
                }
                if let Some(rows) = effect.filter(|_| answer.body["code"] != REUSED) {
                    let what = format!("{told}, and something happened");
                    report.add(Invariant::I2, command.id, what, rows);
                }
            }
            _ => {}
        }
    }
}

/// The same id with other content: what the id did first stands.
const REUSED: &str = "idempotency-key-reused";

fn as_answered(
    lengths: &BTreeMap<&str, u64>,
    answer: &Answer,
    receipt: &Receipt,
) -> Result<(), String> {
    let Some((dossier, sequence)) = accepted(&receipt.outcome) else {
        return Err("the receipt refuses it".to_owned());
    };
    let told = answer.body.get("id").or(answer.body.get("dossier")).and_then(Json::as_str);
    if told != Some(dossier) {
        return Err(format!("the receipt names dossier {dossier}"));
    }
    if answer.body["sequence"].as_u64() != Some(sequence) {
        return Err(format!("the receipt names sequence {sequence}"));
    }
    let code = &receipt.outcome["accepted"]["code"];
    if answer.body["code"] != *code {
        return Err(format!("the receipt names code {code}"));
    }
    is_there(lengths, answer)
}

/// The event that an answer names is in the log.
fn is_there(lengths: &BTreeMap<&str, u64>, answer: &Answer) -> Result<(), String> {
    let told = answer.body.get("id").or(answer.body.get("dossier")).and_then(Json::as_str);
    let (dossier, sequence) = (told.unwrap_or_default(), answer.body["sequence"].as_u64());
    let length = lengths.get(dossier).copied().unwrap_or_default();
    match sequence {
        Some(sequence) if sequence <= length => Ok(()),
        _ => Err(format!("event {} of {dossier} is not there", answer.body["sequence"])),
    }
}

/// Every lasting answer to one command is the same. How far a dossier is, which an application's
/// answer says too, may have changed.
pub(crate) fn told_the_same(known: &Known, report: &mut Report) {
    let lasting = |it: &&Answer| matches!(it.status, 200..=299 | 409);
    let mut answers = known.answers.iter().filter(lasting).map(|it| {
        let mut body = it.body.clone();
        if let Some(members) = body.as_object_mut() {
            members.remove("status");
        }
        (it.status, body)
    });
    let Some(first) = answers.next() else { return };
    if let Some((status, _)) = answers.find(|it| *it != first) {
        let what = format!("it was answered {} first and then {status}, otherwise", first.0);
        report.add(Invariant::I2, known.command.id, what, &[]);
    }
}
