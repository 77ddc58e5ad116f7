//! Sees every step and asks the checker's rules about it: whoever breaks one is stopped at the step
//! that broke it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use lienthong_checker::history::History;
use lienthong_checker::ledger::{Answer, Command, Known, Ledger, Received};
use lienthong_checker::steps::Steps;
use lienthong_checker::{Invariant, Report};
use lienthong_engine::log::sqlite::line::SharedStore;
use serde::Serialize;
use uuid::Uuid;

use crate::fault::Fault;
use crate::gate::Gate;
use crate::trace::Trace;

/// Dossiers that count as recent.
const RECENT: usize = 12;

pub(crate) struct Witness {
    seen: Mutex<Seen>,
    /// Something is not as it must be.
    pub(crate) alarm: Gate,
}

struct Seen {
    trace: Trace,
    steps: Steps,
    ledger: Ledger,
    /// The sums of heads and epochs as they were last: what has not changed them has added nothing.
    sums: (i64, i64),
    /// How far each dossier is known to be to somebody outside.
    told: BTreeMap<String, u64>,
    /// Dossiers that somebody was told about, the last one last.
    recent: VecDeque<Uuid>,
    fired: BTreeMap<Fault, u64>,
    failure: Option<Failure>,
}

/// What was found, and what led to it.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    pub step: u64,
    pub violations: Vec<String>,
    /// The last steps.
    pub trace: Vec<String>,
}

/// What came of a run.
pub(crate) struct Testimony {
    pub(crate) steps: u64,
    pub(crate) hash: String,
    pub(crate) events: usize,
    pub(crate) commands: usize,
    pub(crate) fired: BTreeMap<Fault, u64>,
    pub(crate) failure: Option<Failure>,
}

impl Witness {
    pub(crate) fn new(steps: Steps, aloud: bool) -> Self {
        let seen = Seen {
            trace: Trace::new(aloud),
            steps,
            ledger: Ledger::default(),
            sums: (0, 0),
            told: BTreeMap::new(),
            recent: VecDeque::new(),
            fired: BTreeMap::new(),
            failure: None,
        };
        Self { seen: Mutex::new(seen), alarm: Gate::default() }
    }

    /// A step that breaks no rule.
    pub(crate) fn note(&self, machine: u128, what: &str) {
        self.seen().trace.note(machine, what);
    }

    /// A fault has come about.
    pub(crate) fn fired(&self, machine: u128, fault: Fault, of: &str) {
        let mut seen = self.seen();
        *seen.fired.entry(fault).or_default() += 1;
        seen.trace.note(machine, &format!("{}: {of}", fault.words()));
    }

    /// Somebody has written to the store, or may have. Gives whom messages have gone to.
    pub(crate) fn written(&self, machine: u128, store: &SharedStore, by: &str) -> BTreeSet<String> {
        let mut seen = self.seen();
        let sums = "SELECT sum(head), sum(epoch) FROM heads";
        let sums = store.look(|it| {
            let prepared = it.prepare_cached(sums);
            prepared.and_then(|mut it| it.query_row((), |row| Ok((row.get(0)?, row.get(1)?))))
        });
        if sums.as_ref().is_ok_and(|it| *it == seen.sums) {
            return BTreeSet::new();
        }
        seen.sums = sums.unwrap_or_default();
        let news = store.look(|it| History::news(it, seen.steps.heads()));
        let (report, addressees) = match news {
            Ok(news) => {
                let Seen { steps, ledger, trace, .. } = &mut *seen;
                note_news(trace, machine, steps, &news, by);
                let report = steps.written(&news, ledger);
                (report, news.outbox.into_iter().map(|it| it.addressee).collect())
            }
            Err(error) => (unreadable(&error), BTreeSet::new()),
        };
        self.judge(seen, &report);
        addressees
    }

    /// Somebody is about to send a command.
    pub(crate) fn sent(&self, machine: u128, command: Command) {
        let mut seen = self.seen();
        seen.trace
            .note(machine, &format!("{} sends {}: {}", command.sender, command.id, command.path));
        let id = command.id;
        seen.ledger.commands.entry(id).or_insert(Known { command, answers: Vec::new() });
    }

    /// A command was answered.
    pub(crate) fn answered(&self, machine: u128, store: &SharedStore, answer: Answer) {
        let mut seen = self.seen();
        let Answer { id, status, body, .. } = &answer;
        let (id, told) = (*id, format!("{id} is answered {status} {body}"));
        seen.trace.note(machine, &told);
        if let (Some(dossier), Some(sequence)) =
            (body["dossier"].as_str(), body["sequence"].as_u64())
        {
            let known = seen.told.entry(dossier.to_owned()).or_default();
            *known = (*known).max(sequence);
            seen.recent.extend(dossier.parse::<Uuid>().ok());
            while seen.recent.len() > RECENT {
                seen.recent.pop_front();
            }
        }
        let receipts = store.look(|it| History::receipts(it, id));
        let Seen { steps, ledger, .. } = &mut *seen;
        let Some(known) = ledger.commands.get_mut(&id) else { return };
        known.answers.push(answer);
        let report = match receipts {
            Ok(receipts) => steps.answered(known, &receipts),
            Err(error) => unreadable(&error),
        };
        self.judge(seen, &report);
    }

    /// A task has reached its office.
    pub(crate) fn received(&self, machine: u128, received: Received) {
        let mut seen = self.seen();
        seen.trace.note(machine, &format!("{} receives {}", received.office, received.dispatch));
        let report = seen.steps.received(&received);
        seen.ledger.received.push(received);
        self.judge(seen, &report);
    }

    /// How far a dossier is known to be. A read that begins now shows at least that.
    pub(crate) fn told(&self, dossier: Uuid) -> u64 {
        self.seen().told.get(&dossier.to_string()).copied().unwrap_or_default()
    }

    /// Dossiers that somebody was told about lately.
    pub(crate) fn recent(&self) -> Vec<Uuid> {
        self.seen().recent.iter().copied().collect()
    }

    /// Something that is wrong in itself.
    pub(crate) fn wrong(&self, invariant: Invariant, subject: &str, what: &str) {
        let mut report = Report::default();
        report.seen(invariant, subject, what);
        self.judge(self.seen(), &report);
    }

    /// How many events dossiers have by now.
    pub(crate) fn events_of_dossiers(&self) -> u64 {
        self.seen().steps.events_of_dossiers()
    }

    /// What was sent, answered and received.
    pub(crate) fn ledger(&self) -> Ledger {
        self.seen().ledger.clone()
    }

    /// The whole check's report.
    pub(crate) fn closing(&self, machine: u128, report: &Report) {
        self.note(machine, &format!("in the end: {report}"));
        self.judge(self.seen(), report);
    }

    pub(crate) fn testimony(&self) -> Testimony {
        let seen = self.seen();
        Testimony {
            steps: seen.trace.steps(),
            hash: seen.trace.hash(),
            events: seen.steps.events(),
            commands: seen.ledger.commands.len(),
            fired: seen.fired.clone(),
            failure: seen.failure.clone(),
        }
    }

    fn judge(&self, mut seen: MutexGuard<'_, Seen>, report: &Report) {
        if report.holds() || seen.failure.is_some() {
            return;
        }
        let violations = report.violations.iter().map(ToString::to_string).collect();
        let (step, trace) = (seen.trace.steps(), seen.trace.last());
        seen.failure = Some(Failure { step, violations, trace });
        self.alarm.set(true);
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unreadable(error: &lienthong_checker::history::Error) -> Report {
    let mut report = Report::default();
    report.seen(Invariant::R1, "the store", &error.to_string());
    report
}

fn note_news(trace: &mut Trace, machine: u128, steps: &Steps, news: &History, by: &str) {
    for head in &news.heads {
        let before = steps.heads().get(&head.partition).map_or(0, |it| it.epoch);
        if head.epoch != before {
            let epoch = head.epoch;
            trace.note(machine, &format!("{by}: partition {} has epoch {epoch}", head.partition));
        }
    }
    for row in &news.events {
        let (place, hash) = (row.place(), row.hash.get(..8).unwrap_or_default());
        let what = format!("{by}: {} {place} {hash}", row.aggregate_id);
        trace.note(machine, &what);
    }
}
