//! The same rules while the log grows: after every write they are asked about what it added and
//! what it touched, so that what is wrong is found at the step that made it wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lienthong_domain::workflow::Group;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::case::Case;
use crate::history::{Head, History, Receipt, Reference, Row};
use crate::ledger::{Known, Ledger, Received};
use crate::report::{Invariant, Report};
use crate::shape::{self, Tail};
use crate::tables::Shown;
use crate::{dispatch, receipts, tables, turn, walk};

/// A log up to a step.
#[derive(Clone)]
pub struct Steps {
    partitions: u32,
    definitions: Arc<BTreeMap<String, Group>>,
    heads: BTreeMap<u32, Head>,
    /// By aggregate type and id.
    streams: BTreeMap<(String, String), Tail>,
    cases: BTreeMap<String, Case>,
    /// Commands that have done something, by sender.
    done: BTreeSet<(String, Uuid)>,
    codes: BTreeSet<String>,
    events: usize,
}

impl Steps {
    /// A log without events. The report is about the definitions.
    #[must_use]
    pub fn begin(partitions: u32, references: &[Reference]) -> (Self, Report) {
        let mut report = Report::default();
        let steps = Self {
            partitions,
            definitions: Arc::new(walk::definitions(references, &mut report)),
            heads: BTreeMap::new(),
            streams: BTreeMap::new(),
            cases: BTreeMap::new(),
            done: BTreeSet::new(),
            codes: BTreeSet::new(),
            events: 0,
        };
        (steps, report)
    }

    /// Where each partition ended at the last step.
    #[must_use]
    pub fn heads(&self) -> &BTreeMap<u32, Head> {
        &self.heads
    }

    /// How many events there are, of all kinds.
    #[must_use]
    pub fn events(&self) -> usize {
        self.events
    }

    /// How many events dossiers have.
    #[must_use]
    pub fn events_of_dossiers(&self) -> u64 {
        self.cases.values().map(|it| it.sequence).sum()
    }

    /// One write more: heads, the events that it added, the receipts of their commands, the rows of
    /// their dossiers and the messages that they caused. To be told of every write.
    pub fn written(&mut self, news: &History, ledger: &Ledger) -> Report {
        let mut report = Report::default();
        self.events += news.events.len();
        self.grow(news, &mut report);
        let touched = self.walk(news, &mut report);
        let shown = touched.iter().map(|(id, after)| (&self.cases[*id], *after));
        let shown: Vec<Shown<'_>> = shown.collect();
        tables::check(news, shown.iter().copied(), &mut report);
        turn::check(news, shown.iter().map(|it| it.0), None, &mut report);
        let (effects, _) = receipts::matched(news, receipts::last_moment(news), &mut report);
        receipts::unsent(&effects, ledger, &mut report);
        for (command, rows) in effects {
            if self.done.contains(&command) {
                report.add(Invariant::I2, command.1, "it was committed more than once", &rows);
            }
            self.done.insert(command);
        }
        report
    }

    /// A command was answered once more; with the receipts that its id has then.
    #[must_use]
    pub fn answered(&self, known: &Known, receipts: &[Receipt]) -> Report {
        let mut report = Report::default();
        let key = |it: &'_ Receipt| it.sender == known.command.sender;
        let receipts = receipts.iter().filter(|it| key(it));
        let by_key = receipts.map(|it| ((it.sender.as_str(), it.command_id), it)).collect();
        let told = |name: &str| known.answers.iter().find_map(|it| it.body[name].as_str());
        let dossier = told("id").or(told("dossier")).or(known.command.dossier.as_deref());
        let case = dossier.and_then(|it| self.cases.get(it));
        let lengths = dossier.zip(case).map(|(id, case)| (id, case.sequence));
        let command = (known.command.sender.clone(), known.command.id);
        let effects = self.done.get(&command).map(|it| (it.clone(), Vec::new()));
        receipts::acknowledged(
            &lengths.into_iter().collect(),
            known,
            &by_key,
            &effects.into_iter().collect(),
            known.answers.last().map_or(known.command.at, |it| it.at),
            &mut report,
        );
        receipts::told_the_same(known, &mut report);
        report
    }

    /// A task reached its agency.
    #[must_use]
    pub fn received(&self, received: &Received) -> Report {
        let mut report = Report::default();
        dispatch::arrives(self.cases.get(&received.dossier), received, &mut report);
        report
    }

    /// How many events a dossier has.
    #[must_use]
    pub fn length(&self, dossier: &str) -> u64 {
        self.cases.get(dossier).map_or(0, |it| it.sequence)
    }

    /// I3 and I11: what is new follows what was there, under the epoch that its partition has now.
    fn grow(&mut self, news: &History, report: &mut Report) {
        for head in &news.heads {
            let mut new = news.events.iter().filter(|it| it.partition == head.partition);
            let before = self.heads.get(&head.partition);
            let (position, epoch) = before.map_or((0, 0), |it| (it.head, it.epoch));
            let subject = format!("partition {}", head.partition);
            if !new.clone().map(|it| it.position).eq(position + 1..=head.head) {
                let what = format!("{position} was its last event, now {} is", head.head);
                report.add(Invariant::I3, &subject, what, &new.clone().collect::<Vec<_>>());
            }
            if head.epoch < epoch {
                let what = format!("its epoch went back from {epoch} to {}", head.epoch);
                report.add(Invariant::I11, &subject, what, &[]);
            }
            let under_another =
                |it: &&Row| it.told("epoch").is_some_and(|it| it != head.epoch.to_string());
            if let Some(row) = new.find(under_another) {
                let told = row.told("epoch").unwrap_or_default();
                let what = format!("epoch {told} wrote while it was at {}", head.epoch);
                report.add(Invariant::I11, &subject, what, &[row]);
            }
            self.heads.insert(head.partition, head.clone());
        }
    }

    /// Takes in what is new of every stream. Gives the dossiers that were touched, with the events
    /// that each had before.
    fn walk<'a>(&mut self, news: &'a History, report: &mut Report) -> BTreeMap<&'a str, u64> {
        let mut touched = BTreeMap::new();
        for row in &news.events {
            let stream = (row.aggregate_type.clone(), row.aggregate_id.clone());
            let subject = format!("{} {}", stream.0, stream.1);
            let tail = self.streams.entry(stream).or_default();
            if let Some(after) = shape::follow(*tail, &subject, row, self.partitions, report) {
                *tail = after;
            }
            if row.aggregate_type == "dossier" {
                let id = row.aggregate_id.as_str();
                let case = self.cases.entry(id.to_owned()).or_default();
                touched.entry(id).or_insert(case.sequence);
                walk::follow(case, row, &self.definitions, report);
                self.code(row, report);
            }
        }
        touched
    }

    /// I15: a code names one dossier.
    fn code(&mut self, row: &Row, report: &mut Report) {
        if row.event_type == "dossier_submitted" {
            let payload: Json = serde_json::from_str(&row.payload).unwrap_or_default();
            let code = payload["control"]["code"].as_str().unwrap_or_default().to_owned();
            if self.codes.contains(&code) {
                report.add(Invariant::I15, &code, "two dossiers have this code", &[row]);
            }
            self.codes.insert(code);
        }
    }
}
