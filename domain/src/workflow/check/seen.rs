//! Need-to-know in reverse: what a form asks for and nobody uses should not be asked.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Report, Span};
use crate::workflow::{Doer, Expression, FieldPath, Group, Send, Task};

/// Used by the engine itself: every agency is sent documents by their kind.
const OURS: &str = "documents";

pub(super) fn check(group: &Group, members: &[(String, Span)], report: &mut Report) {
    let used = used(group);
    for (name, span) in members {
        if name != OURS && !used.contains(name.as_str()) {
            let message = format!("No task sees anything of `{name}`, and no condition reads it.");
            report.add(
                Diagnostic::warning("unseen-field", *span, message)
                    .hint("send it to the task that needs it, or don't ask for it"),
            );
        }
    }
}

/// The members of the form at its top level that are used anywhere.
fn used(group: &Group) -> BTreeSet<&str> {
    let mut paths = vec![&group.subject, &group.applicant];
    let mut guards: Vec<&Expression> =
        group.documents.values().filter_map(|it| it.required.as_ref()).collect();
    for task in &group.tasks {
        paths.extend(task.agency().map(|it| &it.at));
        paths.extend(provided(task));
        paths.extend(&task.deliver);
        paths.extend(task.send.iter().filter_map(|it| match it {
            Send::Field(path) => Some(path),
            Send::Document(_) | Send::Result { .. } => None,
        }));
        guards.extend(task.chosen.iter().chain(&task.when));
        guards.extend(task.limits.iter().filter_map(|it| it.when.as_ref()));
        let amounts = task.fee.iter().flat_map(|it| &it.amounts);
        guards.extend(amounts.filter_map(|it| it.when.as_ref()));
    }
    let read = guards.into_iter().flat_map(Expression::reads);
    let read = read.filter(|it| it.first().is_some_and(|root| root == "form"));
    let read = read.filter_map(|it| it.get(1));
    paths.into_iter().filter_map(|it| it.0.first()).chain(read).map(String::as_str).collect()
}

/// The fields that the applicant provides in a task of their own.
fn provided(task: &Task) -> impl Iterator<Item = &FieldPath> {
    let provides = match &task.doer {
        Doer::Applicant { provides, .. } => provides.as_slice(),
        Doer::Agency(_) | Doer::Person | Doer::Time(_) => &[],
    };
    provides.iter().filter_map(|it| match it {
        Send::Field(path) => Some(path),
        Send::Document(_) | Send::Result { .. } => None,
    })
}
