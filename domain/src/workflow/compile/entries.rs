//! One task for each entry of a list in the form: written once, compiled as often as the list can
//! be long. Each of these tasks runs where the application has such an entry.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::field::Fields;
use crate::diagnostic::{Diagnostic, Report};
use crate::language::Text;
use crate::workflow::draft::{Draft, DraftDoer, DraftEntry, DraftTask, Name};
use crate::workflow::expression::{Entry, Path, Scope};
use crate::workflow::form::Schema;
use crate::workflow::parse::TASKS_MAX;
use crate::workflow::{AfterFailure, FieldPath};

/// What an entry is called in a definition.
const ENTRY: &str = "entry";
/// A list of more entries than this is not for a linked procedure.
const ENTRIES_MAX: u64 = 10;

/// Writes out every task that is one for each entry, and every name that means all of them.
pub(super) fn write_out(draft: &mut Draft, schema: &Schema, report: &mut Report) {
    let fields = Fields { schema };
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut tasks = Vec::new();
    for task in std::mem::take(&mut draft.tasks) {
        let Some(list) = task.each.clone() else {
            tasks.push(task);
            continue;
        };
        if tasks.is_empty() {
            let message = "The first task receives the application; it is one.";
            report.add(Diagnostic::error("receiving-task", list.span, message));
        }
        let entries = entries(&list, &fields, report);
        let written: Vec<DraftTask> = entries.map_or_else(Vec::new, |(path, count)| {
            (0..count).map(|index| of_entry(&task, &path, index)).collect()
        });
        let all = written.iter().map(|it| it.name.text.clone()).collect();
        names.insert(task.name.text, all);
        tasks.extend(written);
    }
    if tasks.len() > TASKS_MAX {
        let message = format!("With one for each entry these are {} tasks.", tasks.len());
        let hint = format!("at most {TASKS_MAX} are possible; bound the lists in the form");
        report.add(Diagnostic::error("too-large", draft.name.span, message).hint(hint));
        tasks.truncate(TASKS_MAX);
    }
    draft.tasks = tasks;
    if !names.is_empty() {
        refer(draft, &names);
    }
}

/// The list and how many entries it can have.
fn entries(list: &Name, fields: &Fields<'_>, report: &mut Report) -> Option<(FieldPath, u64)> {
    let (path, property) = fields.find(list, report)?;
    let most = fields.schema.keyword(property.schema, "maxItems").and_then(Value::as_u64);
    if fields.schema.items(property.schema).is_none() {
        let message = format!("`{path}` is no list.");
        report.add(Diagnostic::error("wrong-type", list.span, message));
        return None;
    }
    let most = most?;
    if most > ENTRIES_MAX {
        let message = format!("`{path}` may have {most} entries.");
        let hint =
            format!("a list with a task for each entry has `maxItems: {ENTRIES_MAX}` or less");
        report.add(Diagnostic::error("too-large", list.span, message).hint(hint));
        return None;
    }
    Some((path, most))
}

/// The task of one entry: what it says of `entry` is said of that one.
fn of_entry(task: &DraftTask, list: &FieldPath, index: u64) -> DraftTask {
    let mut one = task.clone();
    let number = index + 1;
    one.name.text = format!("{}_{number}", task.name.text);
    let numbered = |it: &str| format!("{it} ({number})");
    one.title = Text::new(numbered(&task.title.vi), numbered(&task.title.en));
    let place = format!("{list}.{index}");
    let here = |name: &mut Name| {
        let path = name.text.strip_prefix("form.").unwrap_or(&name.text);
        if let Some(rest) = path.strip_prefix(ENTRY)
            && (rest.is_empty() || rest.starts_with('.'))
        {
            name.text = format!("{place}{rest}");
        }
    };
    one.send.iter_mut().for_each(here);
    one.deliver.iter_mut().for_each(here);
    one.consents.iter_mut().for_each(|it| here(&mut it.of));
    match &mut one.doer {
        DraftDoer::Agency { at, .. } => here(at),
        DraftDoer::Applicant { provides, .. } => provides.iter_mut().for_each(here),
        DraftDoer::Person | DraftDoer::Time(_) => {}
    }
    one.entry = Some(DraftEntry { list: list.clone(), index });
    one
}

/// Whoever names such a task means all of them: those that run go first.
fn refer(draft: &mut Draft, names: &BTreeMap<String, Vec<String>>) {
    let all = |name: &Name| -> Vec<Name> {
        let written = names.get(&name.text);
        written.map_or_else(
            || vec![name.clone()],
            |it| it.iter().map(|text| Name { text: text.clone(), span: name.span }).collect(),
        )
    };
    let every = |list: &mut Vec<Name>| *list = list.iter().flat_map(&all).collect();
    for task in &mut draft.tasks {
        let (each, needs): (Vec<Name>, Vec<Name>) =
            task.needs.drain(..).partition(|it| names.contains_key(&it.text));
        task.needs = needs;
        let waits = std::mem::take(&mut task.waits_for);
        let waits = waits.iter().flat_map(|(name, failed)| {
            all(name).into_iter().map(|name| (name, *failed)).collect::<Vec<_>>()
        });
        let needed = each.iter().flat_map(&all).map(|name| (name, AfterFailure::Skip));
        task.waits_for = waits.chain(needed).collect();
        if let Some(any_of) = &mut task.any_of {
            every(&mut any_of.of);
        }
        task.send = task.send.iter().flat_map(|it| results_of_all(it, names)).collect();
    }
    for route in &mut draft.routes {
        route.to.iter_mut().for_each(|(_, tasks)| every(tasks));
    }
    draft.watches.iter_mut().for_each(|it| every(&mut it.of));
}

/// What is sent of the results of such a task is sent of all of them.
fn results_of_all(sent: &Name, names: &BTreeMap<String, Vec<String>>) -> Vec<Name> {
    let result = sent.text.strip_prefix("results.").and_then(|it| it.split_once('.'));
    let all = result.and_then(|(task, name)| Some((names.get(task)?, name)));
    all.map_or_else(
        || vec![sent.clone()],
        |(tasks, name)| {
            let of =
                |task: &String| Name { text: format!("results.{task}.{name}"), span: sent.span };
            tasks.iter().map(of).collect()
        },
    )
}

/// That the application has the entry.
pub(super) fn exists(entry: &DraftEntry, fields: &Fields<'_>) -> String {
    let absent = fields.absent(&entry.list, &BTreeSet::new());
    let asked = absent.iter().map(|it| format!("has({})", it.join(".")));
    let long_enough = format!("size(form.{}) > {}", entry.list, entry.index);
    asked.chain([long_enough]).collect::<Vec<_>>().join(" && ")
}

/// What a guard of the task of an entry may read besides.
pub(super) fn with_entry<'a>(scope: Scope<'a>, task: &DraftTask, schema: &'a Schema) -> Scope<'a> {
    let entry = task.entry.as_ref().and_then(|entry| {
        let list = schema.find(&entry.list)?;
        let path: Path = [String::from("form")]
            .into_iter()
            .chain(entry.list.0.iter().cloned())
            .chain([entry.index.to_string()])
            .collect();
        Some(Entry { path, schema: schema.items(list.schema)? })
    });
    Scope { entry, ..scope }
}
