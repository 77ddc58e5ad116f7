//! Routing by a category: from a table of values and tasks to a guard for each task.

use std::collections::BTreeMap;

use super::field::Fields;
use super::graph::Graph;
use super::guard::{self, Returns};
use crate::diagnostic::{Diagnostic, Report, suggest};
use crate::workflow::draft::{Draft, DraftRoute};
use crate::workflow::expression::Scope;
use crate::workflow::{Expression, FieldPath};

/// By task: the guard that the routes give it.
pub(super) fn guards(
    draft: &Draft,
    graph: &Graph,
    fields: &Fields<'_>,
    returns: &Returns,
    report: &mut Report,
) -> BTreeMap<usize, Expression> {
    let mut by_task: BTreeMap<usize, Vec<Expression>> = BTreeMap::new();
    for route in &draft.routes {
        let Some(path) = covered(route, fields, report) else { continue };
        let values = values_by_task(route, graph, report);
        let tasks: Vec<usize> = values.keys().copied().collect();
        let scope = guard::at_start_of(&tasks, draft, graph, fields.schema, returns);
        let when = match &route.when {
            None => None,
            Some(guard) => match guard::compile(guard, &scope, report) {
                None => continue,
                when => when,
            },
        };
        if when.as_ref().and_then(Expression::constant) == Some(false) {
            let message = "No application takes this route: its condition never holds.";
            report.add(Diagnostic::error("unreachable-task", route.span, message));
        }
        let scope = match &when {
            Some(when) => guard::knowing(scope, when.establishes()),
            None => scope,
        };
        for (task, values) in values {
            if let Some(choice) = choice(route, &path, &values, fields, &scope, report) {
                let parts = when.iter().cloned().chain([choice]).collect();
                by_task.entry(task).or_default().extend(Expression::all(parts));
            }
        }
    }
    by_task.into_iter().filter_map(|(task, it)| Some((task, Expression::any(it)?))).collect()
}

/// Every value of the field is in the table, and nothing else.
fn covered(route: &DraftRoute, fields: &Fields<'_>, report: &mut Report) -> Option<FieldPath> {
    let (path, property) = fields.find(&route.by, report)?;
    let Some(options) = fields.schema.options(property.schema) else {
        let message = format!("`{path}` does not list its values, so nothing can be routed by it.");
        let hint = "give it an `enum` in the form";
        report.add(Diagnostic::error("wrong-type", route.by.span, message).hint(hint));
        return None;
    };
    for (value, _) in route.to.iter().filter(|(value, _)| !options.contains(&value.text)) {
        let message = format!("`{}` is not a value of `{path}`.", value.text);
        let hint = suggest(&value.text, options.iter().map(String::as_str));
        let fault = Diagnostic::error("not-an-option", value.span, message);
        report.add(Diagnostic { hint, ..fault });
    }
    let led = |option: &&String| route.to.iter().any(|(value, _)| value.text == **option);
    for option in options.iter().filter(|it| !led(it)) {
        let message = format!("No route covers the value `{option}` of `{path}`.");
        let hint = format!("add `{option}: none` if no task follows from it");
        report.add(Diagnostic::error("uncovered-value", route.by.span, message).hint(hint));
    }
    Some(path)
}

fn values_by_task(
    route: &DraftRoute,
    graph: &Graph,
    report: &mut Report,
) -> BTreeMap<usize, Vec<String>> {
    let mut by_task: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (value, tasks) in &route.to {
        for name in tasks {
            match graph.known(name, report) {
                Some(0) => {
                    let message =
                        "The first task receives every application; no route leads to it.";
                    report.add(Diagnostic::error("receiving-task", name.span, message));
                }
                Some(task) => by_task.entry(task).or_default().push(value.text.clone()),
                None => {}
            }
        }
    }
    by_task
}

/// That the field is there and has one of the values.
fn choice(
    route: &DraftRoute,
    path: &FieldPath,
    values: &[String],
    fields: &Fields<'_>,
    scope: &Scope<'_>,
    report: &mut Report,
) -> Option<Expression> {
    let absent = fields.absent(path, &scope.present);
    let mut parts: Vec<String> = absent.iter().map(|it| format!("has({})", it.join("."))).collect();
    let quoted: Vec<String> =
        values.iter().map(|it| serde_json::Value::String(it.clone()).to_string()).collect();
    parts.push(match quoted.as_slice() {
        [only] => format!("form.{path} == {only}"),
        _ => format!("form.{path} in [{}]", quoted.join(", ")),
    });
    match Expression::compile(&parts.join(" && "), scope) {
        Ok(expression) => Some(expression),
        Err(faults) => {
            // A value that is none of the field's was reported where the table names it.
            for fault in faults.into_iter().filter(|it| it.code != "not-an-option") {
                let diagnostic = Diagnostic::error(fault.code, route.span, fault.message);
                report.add(Diagnostic { hint: fault.hint, ..diagnostic });
            }
            None
        }
    }
}
