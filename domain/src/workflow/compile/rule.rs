//! Rules: what an application must keep beyond the schema of its form.

use super::field::Fields;
use super::guard;
use crate::diagnostic::Report;
use crate::workflow::Rule;
use crate::workflow::draft::{Draft, DraftRule};
use crate::workflow::expression::Scope;

/// The rules that are right; reports the faults of the others.
pub(super) fn resolve(draft: &Draft, fields: &Fields<'_>, report: &mut Report) -> Vec<Rule> {
    draft.rules.iter().filter_map(|it| rule(it, draft, fields, report)).collect()
}

fn rule(
    written: &DraftRule,
    draft: &Draft,
    fields: &Fields<'_>,
    report: &mut Report,
) -> Option<Rule> {
    let at = fields.find(&written.at, report).map(|(path, _)| path);
    let scope = guard::on_receipt(draft, fields.schema);
    let when = written.when.as_ref().map(|it| guard::compile(it, &scope, report));
    // What `when` establishes holds in `must`.
    let scope = match &when {
        None => scope,
        Some(Some(when)) => guard::knowing(scope, when.establishes()),
        Some(None) => Scope { presence_known: false, ..scope },
    };
    let must = written.must.as_ref().and_then(|it| guard::compile(it, &scope, report));
    let message = written.message.clone();
    Some(Rule { at: at?, when: when.flatten(), must: must?, message })
}
