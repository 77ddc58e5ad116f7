//! The order in which a dossier's tasks are shown: each below the one that it waits for, whatever
//! the order in the definition. Decides nothing about when they run.

use super::Task;

/// Tasks as a tree told from the top: one that waits for several stands below the deepest of them,
/// the first in the definition where they are equal. Sets every level.
pub(super) fn as_tree(tasks: Vec<Task>) -> Vec<Task> {
    let parents = parents(&tasks);
    let mut tasks: Vec<Option<Task>> = tasks.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(tasks.len());
    // What is to come, the next one last.
    let mut open: Vec<(usize, usize)> = children(&parents, None).map(|it| (it, 0)).collect();
    while let Some((index, level)) = open.pop() {
        if let Some(task) = tasks.get_mut(index).and_then(Option::take) {
            ordered.push(Task { level, ..task });
            open.extend(children(&parents, Some(index)).map(|it| (it, level + 1)));
        }
    }
    ordered
}

/// The tasks below one, the last first.
fn children(
    parents: &[Option<usize>],
    parent: Option<usize>,
) -> impl Iterator<Item = usize> + use<'_> {
    (0..parents.len()).rev().filter(move |it| parents[*it] == parent)
}

fn parents(tasks: &[Task]) -> Vec<Option<usize>> {
    let place = |name: &String| tasks.iter().position(|it| it.name == *name);
    let after: Vec<Vec<usize>> =
        tasks.iter().map(|it| it.after.iter().filter_map(place).collect()).collect();
    let mut depths = vec![0_usize; tasks.len()];
    // No definition has a cycle: no path is longer than there are tasks.
    for _ in 0..tasks.len() {
        for (index, after) in after.iter().enumerate() {
            depths[index] = after.iter().map(|it| depths[*it] + 1).max().unwrap_or(0);
        }
    }
    let deepest = |after: &Vec<usize>| {
        let deepest = after.iter().map(|it| depths[*it]).max()?;
        after.iter().copied().filter(|it| depths[*it] == deepest).min()
    };
    after.iter().map(deepest).collect()
}
