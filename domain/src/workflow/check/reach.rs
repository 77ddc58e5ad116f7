//! Whether some application makes each task run: all combinations of the listed values, truth
//! values and absences that its guards read are tried. Where they read more than that, or there
//! are too many, nothing is said.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Report};
use crate::workflow::draft::Draft;
use crate::workflow::form::FieldKind;
use crate::workflow::{Expression, Facts, FieldPath, Group, Task};

const COMBINATIONS_MAX: usize = 4096;

pub(super) fn check(draft: &Draft, group: &Group, report: &mut Report) {
    for task in &group.tasks {
        let guards = guards(group, task);
        if guards.is_empty() || possible(group, &guards) {
            continue;
        }
        let written = draft.tasks.iter().find(|it| it.name.text == task.name);
        let span = written.map(|it| it.name.span).unwrap_or_default();
        let conditions: Vec<String> =
            guards.iter().map(|it| format!("`{}`", it.source())).collect();
        let message = format!("`{}` never runs: no application makes it.", task.name);
        let hint = format!("these would all have to hold: {}", conditions.join(", "));
        report.add(Diagnostic::error("unreachable-task", span, message).hint(hint));
    }
}

/// Every guard that must hold for a task to run: its own, and those of the tasks it depends on.
fn guards<'a>(group: &'a Group, task: &'a Task) -> Vec<&'a Expression> {
    let mut tasks = BTreeSet::from([task.name.as_str()]);
    let mut open = vec![task];
    let mut guards = Vec::new();
    while let Some(task) = open.pop() {
        guards.extend(task.chosen.iter().chain(&task.when));
        for name in task.needs.iter().chain(&task.starts) {
            if tasks.insert(name) {
                open.extend(group.task(name));
            }
        }
    }
    guards
}

fn possible(group: &Group, guards: &[&Expression]) -> bool {
    let Some(questions) = questions(group, guards) else { return true };
    let count = questions.values().try_fold(1_usize, |so_far, it| so_far.checked_mul(it.len()));
    let Some(count) = count.filter(|it| *it <= COMBINATIONS_MAX) else { return true };
    let results = BTreeMap::new();
    (0..count).any(|number| {
        let form = application(&questions, number);
        let facts = Facts::new(&form, &results);
        guards.iter().all(|it| it.evaluate(&facts).unwrap_or(true))
    })
}

/// What a field can be.
#[derive(Clone, Debug)]
enum Answer {
    Absent,
    Value(Value),
}

/// By path, groups before what is in them: the possible answers. `None` if they can't be listed.
fn questions(group: &Group, guards: &[&Expression]) -> Option<BTreeMap<Vec<String>, Vec<Answer>>> {
    let mut questions = BTreeMap::new();
    for path in guards.iter().flat_map(|it| it.reads()) {
        let (root, steps) = path.split_first()?;
        if root != "form" {
            return None;
        }
        for length in 1..=steps.len() {
            let steps = &steps[..length];
            if !questions.contains_key(steps) {
                questions.insert(steps.to_vec(), answers(group, steps)?);
            }
        }
    }
    Some(questions)
}

fn answers(group: &Group, steps: &[String]) -> Option<Vec<Answer>> {
    let (here, required) = group.form.described(&FieldPath(steps.to_vec()))?;
    let mut answers = match here.kind {
        FieldKind::Group => vec![Answer::Value(Value::Object(Map::new()))],
        FieldKind::Truth => vec![Answer::Value(true.into()), Answer::Value(false.into())],
        _ if !here.options.is_empty() => {
            here.options.into_iter().map(|it| Answer::Value(it.value.into())).collect()
        }
        _ => return None,
    };
    if !required {
        answers.push(Answer::Absent);
    }
    Some(answers)
}

/// The application in which each question gets one of its answers, by the digits of a number.
fn application(questions: &BTreeMap<Vec<String>, Vec<Answer>>, mut number: usize) -> Value {
    let mut form = Value::Object(Map::new());
    for (path, answers) in questions {
        let answer = &answers[number % answers.len()];
        number /= answers.len();
        let Some((name, groups)) = path.split_last() else { continue };
        let group = groups.iter().try_fold(&mut form, |at, it| at.get_mut(it));
        if let (Some(Value::Object(group)), Answer::Value(value)) = (group, answer) {
            group.insert(name.clone(), value.clone());
        }
    }
    form
}
