//! Walks through every dossier from its first event, asks the rules at each step and gives what
//! the dossier has come to. R1: every event can be read.

use std::collections::BTreeMap;

use lienthong_domain::dossier::{Event, Fact};
use lienthong_domain::workflow::{Group, Sources, compile};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::case::Case;
use crate::chain::hex;
use crate::history::{History, Reference, Row};
use crate::report::{Invariant, Report};
use crate::{legal, time};

/// An event with its row.
pub(crate) struct Step<'a> {
    pub(crate) row: &'a Row,
    pub(crate) event: Event,
    /// `citizen:ACCOUNT`, `agency:OFFICE` or `timer`.
    pub(crate) actor: String,
}

/// Every dossier by its id, as its events leave it.
pub(crate) fn walk(history: &History, report: &mut Report) -> BTreeMap<String, Case> {
    let definitions = definitions(&history.references, report);
    let mut cases = BTreeMap::new();
    for ((kind, id), rows) in history.streams() {
        if kind == "dossier" {
            cases.insert(id.to_owned(), dossier(&rows, &definitions, report));
        }
    }
    cases
}

fn dossier(rows: &[&Row], definitions: &BTreeMap<String, Group>, report: &mut Report) -> Case {
    let mut case = Case::default();
    for row in rows {
        if !follow(&mut case, row, definitions, report) {
            return case;
        }
    }
    case
}

/// One event more. `false` if nothing can be said of what comes then.
pub(crate) fn follow(
    case: &mut Case,
    row: &Row,
    definitions: &BTreeMap<String, Group>,
    report: &mut Report,
) -> bool {
    let id = row.aggregate_id.as_str();
    case.partition = row.partition;
    let event = match serde_json::from_str::<Event>(&row.payload) {
        Ok(event) => event,
        Err(error) => {
            report.add(Invariant::R1, id, format!("it can't be read: {error}"), &[row]);
            return false;
        }
    };
    if event.fact.name() != row.event_type {
        report.add(Invariant::R1, id, "its type is another than its content's", &[row]);
    }
    if let Fact::DossierSubmitted { dossier, group, tasks, .. } = &event.fact {
        if dossier.to_string() != id {
            report.add(Invariant::R1, id, "it names itself otherwise", &[row]);
        }
        let definition = definitions.get(group.digest.as_str());
        let names = definition.map(|it| it.tasks.iter().map(|it| &it.name));
        if !names.is_some_and(|it| it.eq(tasks.iter())) {
            let what = "its tasks are not those of the definition that it names";
            report.add(Invariant::I13, id, what, &[row]);
        }
    }
    let step = Step { row, event, actor: row.told("actor").unwrap_or_default() };
    let definition = definitions.get(&case.digest);
    for (invariant, what) in legal::faults(case, &step, definition) {
        report.add(invariant, id, what, &[row]);
    }
    time::judge(case, &step, report);
    case.take(&step.event);
    true
}

#[derive(Deserialize)]
struct Texts {
    definition: String,
    form: String,
}

/// Every definition by its digest.
pub(crate) fn definitions(
    references: &[Reference],
    report: &mut Report,
) -> BTreeMap<String, Group> {
    let mut definitions = BTreeMap::new();
    for reference in references {
        if hex(&Sha256::digest(&reference.content)) != reference.digest {
            let what = "its digest is not that of its content";
            report.add(Invariant::I13, &reference.name, what, &[]);
        }
        if reference.kind != "group" {
            continue;
        }
        let compiled = serde_json::from_str(&reference.content).ok().and_then(|texts: Texts| {
            let Texts { definition, form } = &texts;
            compile(&Sources { definition_file: "definition", definition, form_file: "form", form })
                .0
        });
        match compiled {
            Some(group) => drop(definitions.insert(reference.digest.clone(), group)),
            None => report.add(Invariant::I13, &reference.name, "it can't be compiled", &[]),
        }
    }
    definitions
}
