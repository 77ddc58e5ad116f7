//! Scenario files as values.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::catalogue::{SourceFile, beside};
use crate::diagnostic::{Diagnostic, Report};
use crate::dossier::{Moment, RequestFault};
use crate::yaml;

/// A file holds at most this many steps or cases.
const STEPS_MAX: usize = 1_000;

/// One scenario, whole.
#[derive(Clone, Debug)]
pub(super) struct Scenario {
    pub(super) name: String,
    pub(super) group: String,
    pub(super) at: Moment,
    pub(super) applicant: Applicant,
    /// The application with the scenario's changes.
    pub(super) application: Json,
    /// Parameters of the definition that it sets otherwise, by dotted path.
    pub(super) definition: BTreeMap<String, Json>,
    pub(super) steps: Vec<Step>,
    pub(super) expect: Option<Expected>,
    pub(super) refused: Vec<ExpectedFault>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    scenario: String,
    group: String,
    at: Moment,
    applicant: Applicant,
    application: String,
    #[serde(default)]
    change: BTreeMap<String, Json>,
    #[serde(default)]
    definition: BTreeMap<String, Json>,
    #[serde(default)]
    steps: Vec<Step>,
    expect: Option<Expected>,
    #[serde(default)]
    refused: Vec<ExpectedFault>,
    #[serde(default)]
    cases: Vec<Case>,
}

/// A variant of the file's application, and how it must be refused.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    change: BTreeMap<String, Json>,
    applicant: Option<Applicant>,
    refused: Vec<ExpectedFault>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Applicant {
    pub(super) personal_id: String,
    pub(super) level: u8,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectedFault {
    pub(super) at: String,
    pub(super) code: String,
}

/// Something that happens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) at: Moment,
    #[serde(flatten)]
    pub(super) party: Party,
    pub(super) does: Option<Deed>,
    #[serde(default)]
    pub(super) results: BTreeMap<String, Json>,
    #[serde(default)]
    pub(super) items: Vec<String>,
    pub(super) note: Option<String>,
    /// The new date of an apology.
    pub(super) until: Option<NaiveDate>,
    /// Of a payment, in đồng; that which was asked for if left out.
    pub(super) amount: Option<u64>,
    /// The task whose result is sent back.
    pub(super) of: Option<String>,
    pub(super) reason: Option<String>,
    #[serde(default)]
    pub(super) documents: Vec<String>,
    #[serde(default)]
    pub(super) fields: BTreeMap<String, Json>,
    /// The expected refusal.
    pub(super) refused: Option<String>,
    /// Of a refused application: whether the first dossier's code is told.
    pub(super) tells_code: Option<bool>,
    /// Of an application: the dossier that it leads to.
    pub(super) gives: Option<Given>,
    /// What must be so right after it.
    pub(super) expect: Option<Expected>,
}

/// The dossier that an application leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Given {
    First,
    Another,
}

/// Who acts, and on which task.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Party {
    Agency(String),
    Applicant(String),
    /// Whoever collects payments for the agencies, for a task.
    Gateway(String),
    /// Somebody who was asked to agree, by their place in the form.
    Person(Person),
    /// Whoever runs the system.
    Operator(Operation),
    /// Somebody who applies while the dossier is there.
    Applies(Applies),
    /// Nobody: `time: passes`.
    Time(Passing),
}

/// Another application.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Applies {
    /// The same command, sent once more.
    Again(Again),
    Anew(Anew),
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Again {
    Again,
}

/// An application under a command of its own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Anew {
    /// Who is signed in; the scenario's applicant if left out.
    pub(super) by: Option<Applicant>,
    /// What it has otherwise than the scenario's application, by JSON pointer.
    #[serde(default)]
    pub(super) change: BTreeMap<String, Json>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Passing {
    Passes,
}

/// Who was asked to agree, and to what.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    pub(super) task: String,
    /// Their place in the form, e.g. `residence.householder`.
    pub(super) of: String,
    /// The personal id that sign-in vouches for; that of the form if left out.
    pub(super) personal_id: Option<String>,
}

/// What an operator does.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Operation {
    /// Announces an outage at these offices.
    Outage(Vec<String>),
    EndOutage,
    /// A holiday is declared late: the calendar is amended, and everything is counted anew.
    Holiday(NaiveDate),
    /// One office takes over the work of another.
    Succession {
        from: String,
        to: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Deed {
    Acknowledge,
    RequestSupplement,
    RequestPayment,
    SendDraft,
    AcceptDraft,
    DisputeDraft,
    ReportMismatch,
    ResolveMismatch,
    GoOnWithout,
    EndSilent,
    Amend,
    Adopt,
    Paid,
    Waive,
    Refund,
    Complete,
    Refuse,
    Stop,
    Extend,
    Apologise,
    Return,
    Uphold,
    Annul,
    Deliver,
    Carried,
    Supply,
    Withdraw,
    Confirm,
    Decline,
}

/// What must be so; what is left out is not looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    pub(super) status: Option<u8>,
    #[serde(default)]
    pub(super) tasks: BTreeMap<String, ExpectedTask>,
    #[serde(default)]
    pub(super) totals: Vec<ExpectedTotal>,
    pub(super) statuses: Option<Vec<u8>>,
    pub(super) events: Option<Vec<String>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectedTask {
    pub(super) status: Option<String>,
    pub(super) national: Option<u8>,
    pub(super) office: Option<String>,
    pub(super) due: Option<Moment>,
    pub(super) dispatched: Option<Moment>,
    pub(super) ended: Option<Moment>,
    pub(super) turn: Option<String>,
    pub(super) overdue: Option<bool>,
    /// The office that collects its last payment.
    pub(super) collects: Option<String>,
    /// By when its agency has to say that something is missing.
    pub(super) asks_until: Option<Moment>,
    /// By when what is in the way of its handover, or data that does not agree, must be mended.
    pub(super) mended_by: Option<Moment>,
    /// What is wrong with its last request for more.
    pub(super) faults: Option<Vec<RequestFault>>,
    /// What its documents are called, in Vietnamese.
    pub(super) issued: Option<Vec<String>>,
    /// The receipts and slips that there are, by kind.
    pub(super) letters: Option<Vec<String>>,
    #[serde(default)]
    pub(super) not_dispatched: bool,
    #[serde(default)]
    pub(super) no_limit: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectedTotal {
    pub(super) due: Moment,
}

/// What is wrong with a scenario file by itself.
pub(super) fn check(file: &SourceFile) -> Vec<Diagnostic> {
    let mut report = Report::new(&file.path);
    read(&file.text, &mut report);
    report.into_diagnostics()
}

fn read(text: &str, report: &mut Report) -> Option<File> {
    let node = yaml::parse(text, report).filter(|_| !report.has_errors())?;
    serde_path_to_error::deserialize(node.to_json())
        .map_err(|error| {
            let pointer: String = error.path().iter().map(|it| format!("/{it}")).collect();
            let at = node.nearest(&pointer).heading();
            let message = format!("This is no scenario: {}.", error.inner());
            report.add(Diagnostic::error("wrong-type", at, message));
        })
        .ok()
}

/// The scenarios of a file; examples are looked up among `files`.
pub(super) fn scenarios(file: &SourceFile, files: &[SourceFile]) -> Result<Vec<Scenario>, String> {
    let mut report = Report::new(&file.path);
    let Some(read) = read(&file.text, &mut report) else {
        let faults = report.into_diagnostics();
        let first = faults.first().map(|it| format!("line {}: {}", it.span.line, it.message));
        return Err(first.unwrap_or_else(|| "the file can't be read".to_owned()));
    };
    if read.steps.len() + read.cases.len() > STEPS_MAX {
        return Err(format!("a scenario file has at most {STEPS_MAX} steps and cases"));
    }
    let application = example(&file.path, &read.application, files)?;
    let scenario = Scenario {
        name: read.scenario,
        group: read.group,
        at: read.at,
        applicant: read.applicant,
        application: changed(application, &read.change)?,
        definition: read.definition,
        steps: read.steps,
        expect: read.expect,
        refused: read.refused,
    };
    if read.cases.is_empty() {
        return Ok(vec![scenario]);
    }
    let of_case = |case: Case| {
        Ok(Scenario {
            name: format!("{}: {}", scenario.name, case.name),
            applicant: case.applicant.unwrap_or_else(|| scenario.applicant.clone()),
            application: changed(scenario.application.clone(), &case.change)?,
            refused: case.refused,
            ..scenario.clone()
        })
    };
    read.cases.into_iter().map(of_case).collect()
}

fn example(scenario: &str, relative: &str, files: &[SourceFile]) -> Result<Json, String> {
    let path = beside(scenario, relative);
    let file = files.iter().find(|it| beside("", &it.path) == path);
    let file = file.ok_or_else(|| format!("the application {path} is not among the files"))?;
    serde_json::from_str(&file.text).map_err(|it| format!("{path}: {it}"))
}

/// Sets values by JSON pointer; `null` takes a member away.
pub(super) fn changed(
    mut application: Json,
    changes: &BTreeMap<String, Json>,
) -> Result<Json, String> {
    for (pointer, value) in changes {
        let (parent, name) =
            pointer.rsplit_once('/').ok_or_else(|| format!("{pointer} is no pointer"))?;
        if parent_of(&mut application, parent).is_none() {
            return Err(format!("{parent} is not in the application"));
        }
        match parent_of(&mut application, parent) {
            Some(Json::Object(members)) if value.is_null() => {
                members.remove(name);
            }
            Some(Json::Object(members)) => {
                members.insert(name.to_owned(), value.clone());
            }
            Some(Json::Array(items)) => {
                let index: usize = name.parse().map_err(|_| format!("{name} is no index"))?;
                if index < items.len() && value.is_null() {
                    items.remove(index);
                } else if index < items.len() {
                    items[index] = value.clone();
                } else {
                    items.push(value.clone());
                }
            }
            _ => return Err(format!("{parent} holds nothing")),
        }
    }
    Ok(application)
}

/// The node at a pointer; objects that are missing on the way are made.
fn parent_of<'a>(root: &'a mut Json, pointer: &str) -> Option<&'a mut Json> {
    let mut place = root;
    for part in pointer.split('/').skip(1) {
        place = match place {
            Json::Object(members) => {
                members.entry(part).or_insert_with(|| Json::Object(Map::new()))
            }
            Json::Array(items) => items.get_mut(part.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(place)
}
