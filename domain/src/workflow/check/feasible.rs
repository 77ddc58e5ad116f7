//! Whether the limits of the tasks fit into a total that is watched, one after the other.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Report};
use crate::workflow::compile::least_minutes;
use crate::workflow::draft::Draft;
use crate::workflow::{Doer, Group, Task, Watch};

pub(super) fn check(draft: &Draft, group: &Group, report: &mut Report) {
    for (watch, written) in group.watches.iter().zip(&draft.watches) {
        let (minutes, way) = longest_way(group, watch);
        let longest = watch.limits.iter().map(|it| it.is).max_by_key(|it| least_minutes(*it));
        if let Some(longest) = longest
            && minutes > least_minutes(longest)
        {
            let message =
                format!("Even if nobody is late, {} take longer than {longest}.", way.join(" → "));
            report.add(Diagnostic::warning("impossible-limit", written.limit_span, message));
        }
    }
}

/// The longest way through the watched tasks, each in the shortest of its limits.
fn longest_way<'a>(group: &'a Group, watch: &Watch) -> (u64, Vec<&'a str>) {
    let mut ways: BTreeMap<&str, (u64, Vec<&str>)> = BTreeMap::new();
    for task in &group.tasks {
        let before = task.predecessors().filter_map(|it| ways.get(it));
        let (mut minutes, mut way) = before.max_by_key(|it| it.0).cloned().unwrap_or_default();
        if watch.of.contains(&task.name) {
            minutes += shortest(task);
            way.push(&task.name);
        }
        ways.insert(&task.name, (minutes, way));
    }
    ways.into_values().max_by_key(|it| it.0).unwrap_or_default()
}

fn shortest(task: &Task) -> u64 {
    if let Doer::Time(measure) = task.doer {
        return least_minutes(measure);
    }
    let limits = task.limits.iter().filter_map(|it| it.is);
    limits.map(least_minutes).min().unwrap_or_default()
}
