//! Totals over several tasks, and whether each task alone fits into them.

use super::graph::Graph;
use crate::calendar::Measure;
use crate::diagnostic::{Diagnostic, Report};
use crate::workflow::Watch;
use crate::workflow::draft::{Amount, Draft, DraftTask, DraftWatch};

pub(super) fn resolve(draft: &Draft, graph: &Graph, report: &mut Report) -> Vec<Watch> {
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
            limit: watch.limit,
            counting: watch.counting.clone(),
        });
    }
    watches
}

/// Some limit of a watched task has to fit into the total.
fn fits(task: &DraftTask, watch: &DraftWatch, report: &mut Report) {
    let total = least_minutes(watch.limit);
    let too_long = |amount: Amount| match amount {
        Amount::Within(measure) => least_minutes(measure) > total,
        Amount::Endless | Amount::Unread => false,
    };
    if let Some(last) = task.limits.last()
        && task.limits.iter().all(|it| too_long(it.is))
    {
        let message = format!(
            "`{}` may take longer than the total of {} that is watched over it.",
            task.name.text, watch.limit
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
