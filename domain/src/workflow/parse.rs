//! From the text of a definition to a draft: the shape of the language, and nothing of its sense.

pub(super) mod reader;
mod shape;
mod task;

#[cfg(test)]
mod tests;

use super::Handover;
use super::draft::{Draft, DraftAdoption, DraftDocument, DraftRoute, DraftRule, DraftWatch, Name};
use crate::diagnostic::{Diagnostic, Report};
use crate::yaml::{self, Node};
use reader::Entries;

pub(super) const TASKS_MAX: usize = 50;
const DOCUMENTS_MAX: usize = 50;
const RULES_MAX: usize = 50;
const ROUTES_MAX: usize = 20;
const WATCHES_MAX: usize = 20;
const LAWS_MAX: usize = 50;
const ADOPTED_MAX: usize = 100;

/// Reads a definition as far as it can be read. `None` if it is no YAML.
pub(super) fn read(source: &str, report: &mut Report) -> Option<Draft> {
    let node = yaml::parse(source, report)?;
    let group = Entries::read(&node, &shape::GROUP, report);
    let mut draft = Draft { identity_level: 2, ..Draft::default() };
    heading(&group, &mut draft, report);
    if let Some(node) = group.get("documents") {
        draft.documents = documents(node, source, report);
    }
    if let Some(node) = group.get("rules") {
        let items = reader::list(node, report);
        at_most(items.len(), RULES_MAX, node, report);
        draft.rules = items.iter().take(RULES_MAX).map(|it| rule(it, source, report)).collect();
    }
    if let Some(node) = group.required("tasks", report) {
        let entries = reader::map(node, report);
        at_most(entries.len(), TASKS_MAX, node, report);
        draft.tasks = entries
            .iter()
            .take(TASKS_MAX)
            .map(|(key, node)| task::read(key, node, source, report))
            .collect();
        if entries.is_empty() {
            report.add(Diagnostic::error("missing-key", node.heading(), "A group has tasks."));
        }
    }
    if let Some(node) = group.get("routes") {
        let items = reader::list(node, report);
        at_most(items.len(), ROUTES_MAX, node, report);
        draft.routes = items.iter().map(|it| route(it, source, report)).collect();
    }
    if let Some(node) = group.get("watch") {
        let items = reader::list(node, report);
        at_most(items.len(), WATCHES_MAX, node, report);
        draft.watches = items.iter().map(|it| watch(it, source, report)).collect();
    }
    draft.handover = group.get("sync").and_then(|it| handover(it, report));
    if let Some(node) = group.get("portal") {
        reader::choice(node, &[("national", ())], report);
        draft.portal = true;
    }
    draft.adopts = group.get("adopts").map(|it| adopts(it, report));
    draft.duplicate = group.get("duplicate").map(|it| reader::named(it, report));
    Some(draft)
}

fn handover(node: &Node, report: &mut Report) -> Option<Handover> {
    let sync = Entries::read(node, &shape::SYNC, report);
    let mut measure = |key| {
        let node = sync.required(key, report)?;
        reader::measure(node, report)
    };
    let (acknowledge, repair) = (measure("acknowledge"), measure("repair"));
    let mismatch = sync.get("mismatch").and_then(|it| reader::measure(it, report));
    let deliver = sync.get("deliver").and_then(|it| reader::measure(it, report));
    Some(Handover { deliver, acknowledge: acknowledge?, repair: repair?, mismatch })
}

fn adopts(node: &Node, report: &mut Report) -> DraftAdoption {
    let adopts = Entries::read(node, &shape::ADOPTS, report);
    let version = adopts.required("version", report);
    let version = version.map_or(1, |it| reader::whole(it, 1, 1_000_000, report));
    let entries = adopts.get("fields").map(|it| reader::map(it, report)).unwrap_or_default();
    at_most(entries.len(), ADOPTED_MAX, node, report);
    let fields = entries.iter().map(|(key, from)| {
        let to = Name { text: key.name.clone(), span: key.span };
        (to, reader::named(from, report))
    });
    DraftAdoption { version, fields: fields.collect(), span: node.span }
}

fn heading(group: &Entries<'_>, draft: &mut Draft, report: &mut Report) {
    if let Some(node) = group.required("group", report) {
        draft.name = reader::dashed_name(node, report);
    }
    if let Some(node) = group.required("version", report) {
        draft.version = reader::whole(node, 1, 1_000_000, report);
    }
    if let Some(node) = group.required("effective_from", report) {
        draft.effective_from = reader::date(node, report);
        draft.effective_from_span = node.span;
    }
    if let Some(node) = group.get("effective_to") {
        let until = reader::date(node, report);
        if until < draft.effective_from {
            let message = "The last day is before the first.";
            report.add(Diagnostic::error("impossible-period", node.span, message));
        }
        draft.effective_to = Some(until);
    }
    if let Some(node) = group.required("code", report) {
        draft.code = reader::text(node, report);
    }
    if let Some(node) = group.required("law", report) {
        draft.law = reader::names(node, report).into_iter().map(|it| it.text).collect();
        at_most(draft.law.len(), LAWS_MAX, node, report);
    }
    if let Some(node) = group.required("title", report) {
        draft.title = reader::translated(node, report);
    }
    if let Some(node) = group.required("form", report) {
        reader::text(node, report);
    }
    let name = |key: &str, report: &mut Report| match group.required(key, report) {
        Some(node) => reader::named(node, report),
        None => Name::default(),
    };
    draft.calendar = name("calendar", report);
    draft.directory = name("directory", report);
    draft.subject = name("subject", report);
    draft.applicant = name("applicant", report);
    if let Some(node) = group.get("identity_level") {
        draft.identity_level = u8::try_from(reader::whole(node, 1, 2, report)).unwrap_or(2);
    }
}

fn documents(node: &Node, source: &str, report: &mut Report) -> Vec<DraftDocument> {
    let entries = reader::map(node, report);
    at_most(entries.len(), DOCUMENTS_MAX, node, report);
    let mut documents = Vec::new();
    for (key, node) in entries {
        let name = reader::key_name(key, report);
        let document = Entries::read(node, &shape::DOCUMENT, report);
        let title = document.required("title", report);
        let title = title.map(|it| reader::translated(it, report)).unwrap_or_default();
        let required = document.get("required");
        let required = required.and_then(|it| reader::guard(it, source, report));
        documents.push(DraftDocument { name, title, required });
    }
    documents
}

fn rule(node: &Node, source: &str, report: &mut Report) -> DraftRule {
    let rule = Entries::read(node, &shape::RULE, report);
    let at = rule.required("at", report).map(|it| reader::named(it, report)).unwrap_or_default();
    let when = rule.get("when").and_then(|it| reader::guard(it, source, report));
    let must = rule.required("must", report);
    let must = must.and_then(|it| reader::guard(it, source, report));
    let message = rule.required("message", report);
    let message = message.map(|it| reader::translated(it, report)).unwrap_or_default();
    DraftRule { at, when, must, message }
}

fn route(node: &Node, source: &str, report: &mut Report) -> DraftRoute {
    let route = Entries::read(node, &shape::ROUTE, report);
    let by = route.required("by", report).map(|it| reader::named(it, report)).unwrap_or_default();
    let when = route.get("when").and_then(|it| reader::guard(it, source, report));
    let mut to = Vec::new();
    if let Some(node) = route.required("to", report) {
        for (key, node) in reader::map(node, report) {
            let value = Name { text: key.name.clone(), span: key.span };
            let tasks = match node.text() {
                Some("none") => Vec::new(),
                Some(_) => vec![reader::named(node, report)],
                None => reader::names(node, report),
            };
            to.push((value, tasks));
        }
    }
    DraftRoute { span: node.span, by, when, to }
}

fn watch(node: &Node, source: &str, report: &mut Report) -> DraftWatch {
    let watch = Entries::read(node, &shape::WATCH, report);
    let title = watch.required("title", report);
    let title = title.map(|it| reader::translated(it, report)).unwrap_or_default();
    let of = watch.required("of", report).map(|it| reader::names(it, report)).unwrap_or_default();
    let limit_node = watch.required("limit", report);
    let limits = limit_node.map(|it| task::limits(it, &shape::WATCH_LIMIT, source, report));
    DraftWatch {
        title,
        of,
        limits: limits.unwrap_or_default(),
        limit_span: limit_node.map_or(node.span, |it| it.span),
        counting: reader::counting(watch.get("cut_off"), report),
    }
}

fn at_most(found: usize, most: usize, node: &Node, report: &mut Report) {
    if found > most {
        let message = format!("Here are {found} entries; at most {most} are possible.");
        report.add(Diagnostic::error("too-large", node.span, message));
    }
}
