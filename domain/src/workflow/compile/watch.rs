//! Totals over several tasks, and whether each task alone fits into them.

use super::field::Fields;
use super::graph::Graph;
use super::guard;
use crate::calendar::Measure;
use crate::diagnostic::{Diagnostic, Report};
use crate::workflow::draft::{Amount, Draft, DraftTask, DraftWatch};
use crate::workflow::{Watch, WatchLimit};

pub(super) fn resolve(
    draft: &Draft,
    graph: &Graph,
    fields: &Fields<'_>,
    report: &mut Report,
) -> Vec<Watch> {
    let mut watches = Vec::new();
    for watch in &draft.watches {
        if watch.of.is_empty() {
            let message = "A total is of at least one task.";
            report.add(Diagnostic::error("missing-key", watch.limit_span, message));
        }
        for name in &watch.of {
            if let Some(index) = graph.known(name, report) {
                fits(&draft.tasks[index], watch, report);
            }
        }
        watches.push(Watch {
            title: watch.title.clone(),
            of: watch.of.iter().map(|it| it.text.clone()).collect(),
            limits: limits(draft, watch, fields, report),
            counting: watch.counting.clone(),
        });
    }
    watches
}

/// Told when an application is submitted, so by what it says alone.
fn limits(
    draft: &Draft,
    watch: &DraftWatch,
    fields: &Fields<'_>,
    report: &mut Report,
) -> Vec<WatchLimit> {
    let scope = guard::form_only(draft, fields.schema);
    let mut limits = Vec::new();
    for limit in &watch.limits {
        let when = limit.when.as_ref().and_then(|it| guard::compile(it, &scope, report));
        match limit.is {
            Amount::Within(is) => limits.push(WatchLimit { when, is }),
            Amount::Endless => {
                let message = "A total that is watched has a limit.";
                report.add(Diagnostic::error("impossible-limit", limit.span, message));
            }
            Amount::Unread => {}
        }
    }
    limits
}

/// Some limit of a watched task has to fit into the longest total.
fn fits(task: &DraftTask, watch: &DraftWatch, report: &mut Report) {
    let measures = watch.limits.iter().filter_map(|it| match it.is {
        Amount::Within(measure) => Some(measure),
        Amount::Endless | Amount::Unread => None,
    });
    let Some(longest) = measures.max_by_key(|it| least_minutes(*it)) else { return };
    let total = least_minutes(longest);
    let too_long = |amount: Amount| match amount {
        Amount::Within(measure) => least_minutes(measure) > total,
        Amount::Endless | Amount::Unread => false,
    };
    if let Some(last) = task.limits.last()
        && task.limits.iter().all(|it| too_long(it.is))
    {
        let message = format!(
            "`{}` may take longer than the total of {} that is watched over it.",
            task.name.text, longest
        );
        report.add(Diagnostic::error("impossible-limit", last.span, message));
    }
}

/// How long a measure lasts at least, in minutes, on one scale for all units: a working day as a
/// day, a working hour as an eighth of it.
pub(in crate::workflow) fn least_minutes(measure: Measure) -> u64 {
    const DAY: u64 = 24 * 60;
    let amount = u64::from(measure.amount());
    match measure {
        Measure::ElapsedMinutes(_) => amount,
        Measure::ElapsedHours(_) => amount * 60,
        Measure::WorkingHours(_) => amount * DAY / 8,
        Measure::WorkingDays(_) | Measure::CalendarDays(_) => amount * DAY,
    }
}
