//! Agencies' systems that don't behave. One answers what it should not: again, out of order, for
//! another's task or another dispatch, the opposite of what it said, and when all is over, while
//! well-behaved systems of the same offices work beside it. Another says nothing for long.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::Utc;
use futures::future::join;
use lienthong_checker::ledger::{Answer, Command, Line, Received};
use lienthong_checker::{Invariant, Report};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::client::{Client, sooner_or_later};
use crate::ledger;
use crate::people::{AtOffice, paper};
use crate::report;
use crate::server::Place;
use crate::trial::Trial;

const LEDGER: &str = "meddler.jsonl";
/// So that the others are not always faster.
const SLOW: &str = "--delay=300ms..=1500ms";
/// Commands of citizens before each round.
const COMMANDS: u64 = 6;
/// It meddles with so many dossiers in a round: some are over, some are not.
const NEWEST: usize = 15;
const DONE_WITHIN: Duration = Duration::from_secs(60);
/// The office that says nothing: it has a task of every birth, beside others'.
const SILENT: &str = "social-insurance.01";
/// Commands of citizens while it does.
const COMMANDS_MEANWHILE: u64 = 24;

/// What it does to a task.
const MISCHIEF: &[fn(&Task) -> Vec<Answering>] = &[
    // Twice, with ids of their own.
    |it| vec![it.own("acknowledge", json!({})), it.own("acknowledge", json!({}))],
    // Handed over before it is made.
    |it| vec![it.own("deliver", json!({}))],
    // Contradictions.
    |it| vec![it.own("complete", it.made.clone()), it.own("complete", it.otherwise.clone())],
    |it| vec![it.refusal(), it.own("complete", it.made.clone())],
    |it| vec![it.own("complete", it.otherwise.clone()), it.refusal()],
    // Of a dispatch that never was.
    |it| vec![it.with("acknowledge", json!({ "dispatch": "1.nothing" }))],
    |it| vec![it.with("complete", json!({ "dispatch": Uuid::now_v7().to_string() }))],
    // Results that nobody asked for.
    |it| vec![it.own("complete", json!({ "results": { "x": 1 }, "documents": {} }))],
];

/// A task at its office, with two results that it may have.
struct Task {
    at: AtOffice,
    made: Json,
    otherwise: Json,
}

/// An action with its body.
struct Answering {
    path: String,
    body: Json,
}

impl Task {
    async fn of(at: AtOffice) -> Self {
        let made = at.made().await;
        let mut otherwise = made.clone();
        let other = paper(&Uuid::now_v7().to_string());
        let other = at.client.upload("/api/v1/agency/documents", &other).await;
        for digest in otherwise["documents"].as_object_mut().into_iter().flatten() {
            *digest.1 = json!(other);
        }
        Self { at, made, otherwise }
    }

    fn own(&self, action: &str, body: Json) -> Answering {
        self.with(action, self.at.body(body))
    }

    fn with(&self, action: &str, body: Json) -> Answering {
        Answering { path: self.at.path(action), body }
    }

    fn refusal(&self) -> Answering {
        self.own("refuse", json!({ "reason": "Thử" }))
    }
}

/// What was done, and what came of it.
struct Meddler {
    ledger: ledger::Writer,
    /// How often each status was told.
    told: BTreeMap<u16, u64>,
}

/// Lets such a system meddle so many times with all there is.
///
/// # Panics
/// If the server can't be reached.
pub async fn meddles(name: &str, place: Place, rounds: usize) -> Report {
    let mut trial = Trial::begin(name, place);
    trial.manners = vec![SLOW.to_owned()];
    trial.replace_agencies();
    let ledger = ledger::Writer::new(&trial.server.place.folder().join(LEDGER));
    trial.also_knows(ledger.path());
    let mut meddler = Meddler { ledger, told: BTreeMap::new() };
    for round in 0..rounds {
        trial.senders.carry_out(COMMANDS).await;
        meddler.meddle(&trial, round).await;
        report::step(name, round as u64 + 1, rounds as u64, "rounds");
    }
    let _ = trial.senders.unfinished(DONE_WITHIN).await;
    meddler.meddle(&trial, rounds).await;
    let told = meddler.told;
    let fired = told.values().sum();
    report::say(&format!("{name}: fired {fired} times; told {told:?}"));
    let mut report = trial.end().await.after(fired);
    if told.keys().any(|status| *status >= 500) {
        report.seen(Invariant::R3, name, "the server failed at an answer");
    }
    report
}

impl Meddler {
    async fn meddle(&mut self, trial: &Trial, round: usize) {
        let mut n = round;
        let mut newest = trial.senders.dossiers();
        newest.drain(..newest.len().saturating_sub(NEWEST));
        for (id, name) in newest {
            let citizen = trial.senders.client(&name);
            let dossier = citizen.get(&format!("/api/v1/dossiers/{id}")).await.json();
            let mut other: Option<AtOffice> = None;
            for task in dossier["tasks"].as_array().into_iter().flatten() {
                let (Some(name), true) = (task["name"].as_str(), task["office"].is_object()) else {
                    continue;
                };
                let at = AtOffice::seen_by(&trial.server, citizen, &id, name).await;
                self.received(&at, &id, name);
                let task = Task::of(at).await;
                let mut answers = MISCHIEF[n % MISCHIEF.len()](&task).into_iter();
                // At the same time where it contradicts itself, so that either may be first.
                match (answers.next(), answers.next()) {
                    (Some(one), Some(another)) => {
                        let both =
                            join(self.send(&task.at, &id, one), self.send(&task.at, &id, another));
                        let (one, another) = both.await;
                        self.note(one);
                        self.note(another);
                    }
                    (Some(one), None) => {
                        let status = self.send(&task.at, &id, one).await;
                        self.note(status);
                    }
                    (None, _) => {}
                }
                // With another office's key.
                if let Some(another) = &other {
                    let status = self.send(another, &id, task.own("acknowledge", json!({}))).await;
                    self.note(status);
                }
                other = Some(task.at);
                n += 1;
            }
        }
    }

    fn received(&self, at: &AtOffice, dossier: &str, task: &str) {
        let Some(dispatch) = at.task["dispatch"].as_str() else { return };
        self.ledger.write(&Line::Received(Received {
            office: at.office.clone(),
            dossier: dossier.to_owned(),
            task: task.to_owned(),
            dispatch: dispatch.to_owned(),
            at: Utc::now(),
        }));
    }

    fn note(&mut self, status: u16) {
        *self.told.entry(status).or_default() += 1;
    }

    /// The status of the answer.
    async fn send(&self, at: &AtOffice, dossier: &str, answering: Answering) -> u16 {
        let (id, sender) = (Uuid::now_v7(), format!("agency:{}", at.office));
        let Answering { path, body } = answering;
        let dossier = Some(dossier.to_owned());
        let command = Command { id, sender, path, body, dossier, at: Utc::now() };
        self.ledger.sent(&command);
        let answer = at.client.command(id, &command.path, &command.body).await;
        let status = answer.status;
        self.ledger.answered(&Answer { id, status, body: answer.json(), at: Utc::now() });
        status
    }
}

/// An office says nothing while all others do their work: what waits for it has a timer and its
/// name on it, and nothing else waits. Then it answers after all.
///
/// # Panics
/// If nothing waits for it.
pub async fn says_nothing(name: &str, place: Place) -> Report {
    let mut trial = Trial::begin(name, place);
    let others = trial.server.keys.keys().filter(|it| *it != SILENT).cloned();
    let others = format!("--offices={}", others.collect::<Vec<_>>().join(","));
    let usual = std::mem::replace(&mut trial.manners, vec![others]);
    trial.replace_agencies();
    trial.senders.carry_out(COMMANDS_MEANWHILE).await;
    let mut waiting = 0;
    let mut held_up = Vec::new();
    let deadline = Instant::now() + DONE_WITHIN;
    for (id, name) in trial.senders.dossiers() {
        let citizen = trial.senders.client(&name);
        let alone = sooner_or_later(deadline, async || waits_for(citizen, &id).await);
        match alone.await {
            Some(tasks) => waiting += tasks,
            None => held_up.push(id),
        }
    }
    report::say(&format!(
        "{name}: fired once: {waiting} tasks wait for it, {} for others",
        held_up.len()
    ));
    assert!(waiting > 0, "nothing waits for {SILENT}");
    trial.look().await;
    trial.manners = usual;
    trial.replace_agencies();
    let mut report = trial.end().await.after(1);
    for dossier in held_up {
        report.seen(
            Invariant::R3,
            &dossier,
            "it is held up by an office that it does not wait for",
        );
    }
    report
}

/// How many tasks of a dossier wait for the silent office, once none waits for another one.
async fn waits_for(citizen: &Client, dossier: &str) -> Option<usize> {
    let dossier = citizen.get(&format!("/api/v1/dossiers/{dossier}")).await.json();
    let tasks = dossier["tasks"].as_array()?.iter().filter(|it| it["turn"] == "agency");
    let (its, others): (Vec<_>, Vec<_>) = tasks.partition(|it| it["office"]["id"] == SILENT);
    others.is_empty().then_some(its.len())
}
