//! The progress of the demonstration's dossiers: a line for each task that changes in place on a
//! terminal, a line for each change elsewhere. Times are seconds since the submission, when this
//! process saw it.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{IsTerminal as _, stdout};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Deserialize;

use crate::cli::output::say;

/// Every result delivered, by the national portal's numbers.
const COMPLETE: u8 = 10;
/// Of a procedure's title; longer ones are cut.
const TITLE_WIDTH: usize = 40;
const SPIN: Duration = Duration::from_millis(120);

/// A dossier as its applicant reads it; members of no use here are left out.
#[derive(Debug, Deserialize)]
pub(super) struct Dossier {
    status: National,
    /// Whether every task has ended.
    ended: bool,
    pub(super) tasks: Vec<Task>,
}

#[derive(Debug, Deserialize)]
struct National {
    number: u8,
    words: Title,
}

#[derive(Debug, Deserialize)]
pub(super) struct Task {
    pub(super) name: String,
    title: Title,
    status: String,
    words: Title,
    office: Option<Office>,
    pub(super) supplement: Option<Supplement>,
    #[serde(default)]
    pub(super) consents: Vec<Consent>,
    due: Option<Due>,
    delivery: Option<Delivery>,
    dispatched_at: Option<DateTime<Utc>>,
    acknowledged_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Title {
    pub(super) vi: String,
    en: String,
}

#[derive(Debug, Deserialize)]
struct Office {
    name: Title,
}

/// What an agency asks for now.
#[derive(Debug, Deserialize)]
pub(super) struct Supplement {
    pub(super) items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Item {
    pub(super) document: Option<String>,
    pub(super) field: Option<String>,
    pub(super) title: Title,
}

/// Somebody else who must agree.
#[derive(Debug, Deserialize)]
pub(super) struct Consent {
    pub(super) number: u32,
    pub(super) name: String,
    pub(super) outcome: String,
}

/// When a task is due, and why then.
#[derive(Debug, Deserialize)]
struct Due {
    explanation: Title,
}

#[derive(Debug, Deserialize)]
struct Delivery {
    delivered_at: Option<DateTime<Utc>>,
}

impl Dossier {
    /// Whether nothing is going to happen any more: every task has ended, every result was
    /// delivered.
    fn is_at_end(&self) -> bool {
        let is_delivered =
            |it: &Task| it.delivery.as_ref().is_none_or(|it| it.delivered_at.is_some());
        self.ended && self.tasks.iter().all(is_delivered)
    }
}

impl Task {
    /// The last of the steps that it has taken, if it has taken one.
    fn step(&self) -> Option<usize> {
        let delivered = self.delivery.as_ref().and_then(|it| it.delivered_at);
        let moments = [self.dispatched_at, self.acknowledged_at, self.ended_at, delivered];
        moments.iter().rposition(Option::is_some)
    }

    fn is_settled(&self) -> bool {
        self.ended_at.is_some() && self.delivery.as_ref().is_none_or(|it| it.delivered_at.is_some())
    }
}

/// The steps of a task, each with the width of its column.
const STEPS: [(&str, usize); 4] =
    [("dispatched", 16), ("acknowledged", 19), ("done", 11), ("delivered", 16)];

/// What was shown of a task.
#[derive(Default)]
struct Told {
    story: String,
    /// When each step was first seen, from the submission.
    seen: [Option<Duration>; STEPS.len()],
    /// Its line on a terminal.
    line: Option<ProgressBar>,
}

impl Told {
    /// Steps with their times in seconds; how it is now, where that is not the last step.
    fn tell(&mut self, task: &Task, now: Duration) -> String {
        let taken = task.step().map_or(0, |it| it + 1);
        let mut story = String::new();
        for (index, (name, width)) in STEPS.iter().enumerate().take(taken) {
            let seconds = self.seen[index].get_or_insert(now).as_secs_f64();
            let name = if index == DONE { ending(&task.status) } else { *name };
            let _ = write!(story, "{:<width$}", format!("{name} {seconds:.1}"));
        }
        let asked = task.consents.iter().find(|it| it.outcome == "open");
        if let Some(asked) = asked {
            let _ = write!(story, "({} is asked to agree)", asked.name);
        } else if !task.is_settled() && task.status != "waiting" {
            let _ = write!(story, "({})", task.words.en);
        }
        story.trim_end().to_owned()
    }
}

const DONE: usize = 2;

fn ending(status: &str) -> &str {
    if status == "completed" { STEPS[DONE].0 } else { status }
}

/// What was shown last.
pub(super) struct Progress {
    begun: Instant,
    lines: Option<MultiProgress>,
    /// By dossier and task.
    told: BTreeMap<(String, String), Told>,
    verdicts: BTreeMap<String, (u8, String)>,
    /// By dossier and task: its title, and why it was due when it was.
    reasons: BTreeMap<(String, String), (String, String)>,
}

impl Progress {
    pub(super) fn begin() -> Self {
        let target = || MultiProgress::with_draw_target(ProgressDrawTarget::stdout());
        let lines = stdout().is_terminal().then(target);
        Self {
            begun: Instant::now(),
            lines,
            told: BTreeMap::new(),
            verdicts: BTreeMap::new(),
            reasons: BTreeMap::new(),
        }
    }

    /// Shows how far a dossier is. Whether it is at its end.
    pub(super) fn show(&mut self, name: &str, dossier: &Dossier) -> bool {
        for task in dossier.tasks.iter().filter(|it| it.status != "skipped") {
            self.tell(name, task);
            if let Some(due) = &task.due {
                let reason = (task.title.en.clone(), due.explanation.en.clone());
                self.reasons.insert((name.to_owned(), task.name.clone()), reason);
            }
        }
        let verdict = (dossier.status.number, dossier.status.words.en.clone());
        self.verdicts.insert(name.to_owned(), verdict);
        dossier.is_at_end()
    }

    fn tell(&mut self, name: &str, task: &Task) {
        let told = self.told.entry((name.to_owned(), task.name.clone())).or_insert_with(|| {
            let line = self.lines.as_ref().map(|it| it.add(ProgressBar::new_spinner()));
            if let Some(line) = &line {
                line.set_style(spinner());
                line.enable_steady_tick(SPIN);
            }
            Told { line, ..Told::default() }
        });
        let story = told.tell(task, self.begun.elapsed());
        let title: String = task.title.en.chars().take(TITLE_WIDTH).collect();
        let office = task.office.as_ref().map_or("", |it| it.name.en.as_str());
        let line = format!("{name:<6} {title:<TITLE_WIDTH$}  {story}");
        if told.story == line {
            return;
        }
        told.story.clone_from(&line);
        match &told.line {
            Some(it) if task.is_settled() => it.finish_with_message(format!("{line}  {office}")),
            Some(it) => it.set_message(format!("{line}  {office}")),
            None if !story.is_empty() => say!("{line}  {office}"),
            None => {}
        }
    }

    /// Says something else, above the lines.
    pub(super) fn note(&self, text: &str) {
        match &self.lines {
            Some(lines) => drop(lines.println(text)),
            None => say!("{text}"),
        }
    }

    /// Leaves the lines as they are.
    pub(super) fn end(&self) {
        for line in self.told.values().filter_map(|it| it.line.as_ref()) {
            if !line.is_finished() {
                line.abandon();
            }
        }
        say!("\nWhen each was due, and why then:");
        for ((name, _), (title, reason)) in &self.reasons {
            say!("{name:<6} {title}: {reason}");
        }
        say!("");
        for (name, (number, words)) in &self.verdicts {
            say!("{name:<6} {number} {words}");
        }
    }

    /// Whether every dossier is complete: every result delivered.
    pub(super) fn is_complete(&self) -> bool {
        self.verdicts.values().all(|(number, _)| *number == COMPLETE)
    }
}

fn spinner() -> ProgressStyle {
    let style = ProgressStyle::with_template("{spinner} {msg}");
    style.unwrap_or_else(|_| ProgressStyle::default_spinner()).tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏✓")
}
