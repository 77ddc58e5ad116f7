//! From a draft and its form to a definition that can run: every name resolved, every guard
//! checked, every task in order. Needs nothing but the texts, so that a stored definition can
//! always be compiled again.

mod entries;
mod field;
mod graph;
mod guard;
mod route;
mod rule;
mod task;
mod watch;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::draft::{Draft, DraftDocument};
use super::form::{self, Schema};
use super::{Adoption, DocumentKind, Form, Group, Sources, Task, parse};
use crate::diagnostic::{Diagnostic, Report, Span, suggest};
use field::Fields;
use graph::Graph;
pub(super) use watch::least_minutes;

/// Compiles a definition with its form. There is a group exactly if no diagnostic is an error.
#[must_use]
pub fn compile(sources: &Sources<'_>) -> (Option<Group>, Vec<Diagnostic>) {
    let compiled = compile_with_draft(sources);
    (compiled.group, compiled.diagnostics)
}

/// A compilation, with what further checks need.
pub(super) struct Compiled {
    pub(super) group: Option<Group>,
    pub(super) draft: Option<Draft>,
    /// The members of the form at its top level, with their places.
    pub(super) members: Vec<(String, Span)>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

pub(super) fn compile_with_draft(sources: &Sources<'_>) -> Compiled {
    let mut report = Report::new(sources.definition_file);
    let mut form_report = Report::new(sources.form_file);
    let read = form::read(sources.form, &mut form_report);
    let mut draft = parse::read(sources.definition, &mut report);
    if let (Some(draft), Some(schema)) = (&mut draft, &read.schema) {
        entries::write_out(draft, schema, &mut report);
    }
    let group = draft.as_ref().and_then(|draft| {
        let schema = read.schema.as_ref()?;
        resolve(draft, schema, read.form.clone(), &mut report)
    });
    let group = group.filter(|_| !report.has_errors() && !form_report.has_errors());
    let mut diagnostics = report.into_diagnostics();
    diagnostics.extend(form_report.into_diagnostics());
    Compiled { group, draft, members: read.members, diagnostics }
}

/// Reports whatever does not fit together. `None` if the form is faulty.
fn resolve(
    draft: &Draft,
    schema: &Schema,
    form: Option<Form>,
    report: &mut Report,
) -> Option<Group> {
    let graph = Graph::new(draft, report);
    let fields = Fields { schema };
    let subject = fields.required_text(&draft.subject, report);
    let applicant = fields.required_text(&draft.applicant, report);
    let documents = documents(draft, &fields, report);
    fields.documents_match(draft, report);
    let rules = rule::resolve(draft, &fields, report);
    let tasks = task::resolve(draft, &graph, &fields, report);
    let watches = watch::resolve(draft, &graph, &fields, report);
    let duplicate = draft.duplicate.as_ref().and_then(|it| fields.text(it, report));
    if report.has_errors() {
        return None;
    }
    Some(Group {
        name: draft.name.text.clone(),
        version: draft.version,
        effective_from: draft.effective_from,
        effective_to: draft.effective_to,
        code: draft.code.clone(),
        law: draft.law.clone(),
        title: draft.title.clone(),
        form: form?,
        calendar: draft.calendar.text.clone(),
        directory: draft.directory.text.clone(),
        subject: subject?,
        identity_level: draft.identity_level,
        applicant: applicant?,
        documents,
        rules,
        tasks: in_order(tasks, graph.order()),
        // The first of the file.
        receiving: graph.order().iter().position(|it| *it == 0)?,
        watches,
        handover: draft.handover,
        duplicate,
        portal: draft.portal,
        adopts: adopts(draft, &fields, report),
    })
}

/// What is carried over is a field of this form; what it comes from is one of the earlier form.
fn adopts(draft: &Draft, fields: &Fields<'_>, report: &mut Report) -> Option<Adoption> {
    let adopts = draft.adopts.as_ref()?;
    if adopts.version >= draft.version {
        let message = "A version takes over from an earlier one.";
        report.add(Diagnostic::error("impossible-period", adopts.span, message));
    }
    let carried = adopts.fields.iter().filter_map(|(to, from)| {
        let (to, _) = fields.find(to, report)?;
        Some((to, Fields::path(&from.text)))
    });
    Some(Adoption { version: adopts.version, fields: carried.collect() })
}

fn in_order(tasks: Vec<Option<Task>>, order: &[usize]) -> Vec<Task> {
    let mut tasks = tasks;
    order.iter().filter_map(|index| tasks.get_mut(*index)?.take()).collect()
}

fn documents(
    draft: &Draft,
    fields: &Fields<'_>,
    report: &mut Report,
) -> BTreeMap<String, DocumentKind> {
    let mut documents = BTreeMap::new();
    for DraftDocument { name, title, required } in &draft.documents {
        let scope = guard::form_only(draft, fields.schema);
        let required = required.as_ref().and_then(|it| guard::compile(it, &scope, report));
        documents.insert(name.text.clone(), DocumentKind { title: title.clone(), required });
    }
    documents
}

/// Says that a name is not known, with the closest that is.
fn unknown<'a>(
    what: &str,
    name: &str,
    at: Span,
    known: impl IntoIterator<Item = &'a str>,
    report: &mut Report,
) {
    let message = format!("There is no {what} `{name}`.");
    let hint = suggest(name, known);
    report.add(Diagnostic { hint, ..Diagnostic::error("unknown-name", at, message) });
}
