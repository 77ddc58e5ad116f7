//! The order of the tasks: who goes before whom, and whether that can be.

use std::collections::{BTreeMap, BTreeSet};

use super::unknown;
use crate::diagnostic::{Diagnostic, Report};
use crate::workflow::draft::{Draft, DraftTask, Name};

pub(super) struct Graph {
    index: BTreeMap<String, usize>,
    /// By task: the tasks that have surely completed before it starts.
    completed_before: Vec<BTreeSet<usize>>,
    /// By task: whether all that it needs could be read.
    known: Vec<bool>,
    order: Vec<usize>,
}

impl Graph {
    /// Resolves the names of predecessors and reports unknown ones, repeated ones and cycles.
    pub(super) fn new(draft: &Draft, report: &mut Report) -> Self {
        let names = draft.tasks.iter().enumerate();
        let index = names.map(|(index, task)| (task.name.text.clone(), index)).collect();
        let mut graph =
            Self { index, completed_before: Vec::new(), known: Vec::new(), order: Vec::new() };
        let before: Vec<BTreeSet<usize>> =
            draft.tasks.iter().map(|it| graph.predecessors(it, report)).collect();
        graph.order = order(draft, &before, report);
        let needs: Vec<BTreeSet<usize>> = draft
            .tasks
            .iter()
            .map(|task| task.needs.iter().filter_map(|it| graph.get(&it.text)).collect())
            .collect();
        let known = |task: &DraftTask| task.needs.iter().all(|it| graph.get(&it.text).is_some());
        graph.known = draft.tasks.iter().map(known).collect();
        graph.completed_before = (0..needs.len()).map(|it| reach(it, &needs)).collect();
        graph
    }

    fn predecessors(&self, task: &DraftTask, report: &mut Report) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        for name in task.predecessors() {
            let Some(index) = self.known(name, report) else { continue };
            if !found.insert(index) {
                let message = format!("`{}` is already named as a predecessor.", name.text);
                report.add(Diagnostic::error("duplicate-name", name.span, message));
            }
        }
        found
    }

    pub(super) fn get(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// The task of that name; reports it if there is none.
    pub(super) fn known(&self, name: &Name, report: &mut Report) -> Option<usize> {
        let found = self.get(&name.text);
        if found.is_none() && !name.text.is_empty() {
            unknown("task", &name.text, name.span, self.index.keys().map(String::as_str), report);
        }
        found
    }

    /// The tasks in an order in which each comes after its predecessors, else as in the file.
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    /// Whether `earlier` has surely completed before `later` starts; or may have, where what it
    /// needs is faulty.
    pub(super) fn completes_before(&self, earlier: usize, later: usize) -> bool {
        let before = self.completed_before(later);
        before.contains(&earlier) || before.iter().chain([&later]).any(|it| !self.known[*it])
    }

    pub(super) fn completed_before(&self, task: usize) -> &BTreeSet<usize> {
        &self.completed_before[task]
    }
}

/// Everything that can be reached from a task, without the task itself unless by a cycle.
fn reach(from: usize, next: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<usize> = next[from].iter().copied().collect();
    while let Some(task) = open.pop() {
        if reached.insert(task) {
            open.extend(&next[task]);
        }
    }
    reached
}

/// Takes again and again the first task of the file whose predecessors have all been taken. What
/// is left over waits for itself.
fn order(draft: &Draft, before: &[BTreeSet<usize>], report: &mut Report) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::new();
    let mut left: Vec<usize> = (0..before.len()).collect();
    while let Some(position) =
        left.iter().position(|task| before[*task].iter().all(|it| order.contains(it)))
    {
        order.push(left.remove(position));
    }
    while let Some(cycle) = cycle(&left, before) {
        report_cycle(draft, &cycle, report);
        left.retain(|it| !cycle.contains(it));
    }
    order
}

/// A way round among tasks, each after the one that it waits for.
fn cycle(among: &[usize], before: &[BTreeSet<usize>]) -> Option<Vec<usize>> {
    for start in among {
        let mut way = vec![*start];
        while let Some(next) =
            way.last().and_then(|it| before[*it].iter().find(|it| among.contains(it)))
        {
            if let Some(position) = way.iter().position(|it| it == next) {
                let mut cycle = way.split_off(position);
                let least = cycle.iter().enumerate().min_by_key(|(_, it)| **it).map(|it| it.0);
                cycle.rotate_left(least.unwrap_or_default());
                return Some(cycle);
            }
            way.push(*next);
        }
    }
    None
}

fn report_cycle(draft: &Draft, cycle: &[usize], report: &mut Report) {
    let task = |at: usize| &draft.tasks[cycle[at % cycle.len()]];
    let names: Vec<&str> = (0..=cycle.len()).map(|at| task(at).name.text.as_str()).collect();
    let next = &task(1).name.text;
    let at = task(0).predecessors().find(|it| it.text == *next);
    let span = at.map_or(task(0).name.span, |it| it.span);
    let message = format!("These tasks wait for one another: {}.", names.join(" → "));
    report.add(
        Diagnostic::error("cycle", span, message).hint("read each arrow as “waits for”; drop one"),
    );
}
