//! Guards in their place: what each may read there.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::Graph;
use crate::diagnostic::Report;
use crate::workflow::Expression;
use crate::workflow::draft::{Draft, DraftTask, Guard};
use crate::workflow::expression::{Path, Readable, Returned, Scope};
use crate::workflow::form::Schema;

/// By task, in the order of the file: what it returns.
pub(super) type Returns = Vec<Returned>;

pub(super) fn returns(draft: &Draft) -> Returns {
    let of = |task: &DraftTask| {
        task.returns.iter().map(|(name, it)| (name.text.clone(), it.clone())).collect()
    };
    draft.tasks.iter().map(of).collect()
}

static NOTHING: Returned = BTreeMap::new();

/// The application alone: results exist later.
pub(super) fn form_only<'a>(draft: &'a Draft, form: &'a Schema) -> Scope<'a> {
    let tasks = draft.tasks.iter();
    let tasks = tasks.map(|it| (it.name.text.as_str(), (Readable::NotYet, &NOTHING))).collect();
    let today = Readable::NotYet;
    Scope { form, tasks, today, present: BTreeSet::new(), entry: None, presence_known: true }
}

/// The application and the day on which it is received.
pub(super) fn on_receipt<'a>(draft: &'a Draft, form: &'a Schema) -> Scope<'a> {
    Scope { today: Readable::Yes, ..form_only(draft, form) }
}

/// The application, and the results that surely exist when all of `tasks` start.
pub(super) fn at_start_of<'a>(
    tasks: &[usize],
    draft: &'a Draft,
    graph: &Graph,
    form: &'a Schema,
    returns: &'a Returns,
) -> Scope<'a> {
    let entry = |(index, task): (usize, &'a DraftTask)| {
        let exists = !tasks.is_empty() && tasks.iter().all(|it| graph.completes_before(index, *it));
        let readable = if exists { Readable::Yes } else { Readable::NotYet };
        (task.name.text.as_str(), (readable, &returns[index]))
    };
    let tasks = draft.tasks.iter().enumerate().map(entry).collect();
    let today = Readable::NotYet;
    Scope { form, tasks, today, present: BTreeSet::new(), entry: None, presence_known: true }
}

/// Compiles a guard; reports its faults where they stand.
pub(super) fn compile(guard: &Guard, scope: &Scope<'_>, report: &mut Report) -> Option<Expression> {
    match Expression::compile(&guard.text, scope) {
        Ok(expression) => Some(expression),
        Err(faults) => {
            faults.iter().for_each(|it| report.add(guard.diagnose(it)));
            None
        }
    }
}

/// With more that is known to be there.
pub(super) fn knowing<'a>(scope: Scope<'a>, present: &BTreeSet<Path>) -> Scope<'a> {
    Scope { present: scope.present.union(present).cloned().collect(), ..scope }
}
