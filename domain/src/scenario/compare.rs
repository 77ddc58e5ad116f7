//! Compares what happened with what a scenario expects, in lines that people read.

use super::applications::tells_code;
use super::play::{Play, moment};
use super::read::{Expected, ExpectedFault, ExpectedTask, Given, Step};
use crate::dossier::{Error, Event, Fact, Moment, TaskState, Turn};

/// What happened, an event a line: moment, name, task, due time.
pub(super) fn timeline(events: &[Event]) -> Vec<String> {
    let line = |event: &Event| {
        let due = match &event.fact {
            Fact::TaskDispatched { due, .. }
            | Fact::TaskAcknowledged { due, .. }
            | Fact::SupplementSupplied { due, .. } => due.as_ref(),
            Fact::WatchStarted { due, .. } => Some(due),
            Fact::SupplementRequested { window, .. } => Some(window),
            _ => None,
        };
        let due = due.map(|it| format!(", due {}", moment(it.at))).unwrap_or_default();
        format!("{}  {}{due}", moment(event.at), name(event))
    };
    events.iter().map(line).collect()
}

/// The name of an event with its task, e.g. `task_dispatched residence`.
fn name(event: &Event) -> String {
    let task = event.fact.task().map(|it| format!(" {it}")).unwrap_or_default();
    event.fact.name().to_owned() + &task
}

pub(super) fn refusal(error: &Error, expected: &[ExpectedFault]) -> Vec<String> {
    let actual: Vec<(String, String)> = match error {
        Error::Invalid(faults) => {
            faults.iter().map(|it| (it.pointer.clone(), it.code.to_string())).collect()
        }
        Error::Refused(refusal) => vec![(String::new(), refusal.code().to_owned())],
        Error::Undecidable(why) => return vec![why.clone()],
    };
    let expected: Vec<(String, String)> =
        expected.iter().map(|it| (it.at.clone(), it.code.clone())).collect();
    let missing = expected.iter().filter(|it| !actual.contains(it));
    let missing = missing.map(|(at, code)| format!("not refused: {code} at {at}"));
    let surplus = actual.iter().filter(|it| !expected.contains(it));
    let surplus = surplus.map(|(at, code)| format!("refused, not expected: {code} at {at}"));
    missing.chain(surplus).collect()
}

pub(super) fn outcome(step: &Step, error: Option<&Error>) -> Vec<String> {
    let at = moment(step.at);
    let actual = error.map(|it| match it {
        Error::Refused(refusal) => refusal.code().to_owned(),
        Error::Invalid(faults) => faults
            .iter()
            .map(|it| format!("{} at {}", it.code, it.pointer))
            .collect::<Vec<_>>()
            .join(", "),
        Error::Undecidable(why) => why.clone(),
    });
    if actual == step.refused {
        return Vec::new();
    }
    let words =
        |it: Option<String>| it.map_or("accepted".to_owned(), |it| format!("refused ({it})"));
    vec![format!("{at}: expected {}, was {}", words(step.refused.clone()), words(actual))]
}

/// How another application came out.
pub(super) fn application(step: &Step, outcome: &Result<Given, Error>) -> Vec<String> {
    let at = moment(step.at);
    let mut lines = self::outcome(step, outcome.as_ref().err());
    let tells = outcome.as_ref().err().map(tells_code);
    if step.tells_code.is_some() && step.tells_code != tells {
        let words = |it: Option<bool>| if it == Some(true) { "told" } else { "not told" };
        let (expected, actual) = (words(step.tells_code), words(tells));
        lines.push(format!("{at}: the first code: expected {expected}, was {actual}"));
    }
    if let (Some(expected), Ok(actual)) = (step.gives, outcome)
        && expected != *actual
    {
        lines.push(format!("{at}: expected {expected:?} dossier, was {actual:?}"));
    }
    lines
}

pub(super) fn state(play: &Play, expected: &Expected, when: &str) -> Vec<String> {
    let mut found = Differences { when, lines: Vec::new() };
    let dossier = &play.dossier;
    found.value("dossier status", expected.status, Some(dossier.national().number()));
    if let Some(statuses) = &expected.statuses {
        found.value(
            "dossier statuses",
            Some(format!("{statuses:?}")),
            Some(format!("{:?}", play.statuses)),
        );
    }
    for (name, task) in &expected.tasks {
        match dossier.task(name) {
            Some(state) => {
                found.task(name, task, state);
                let issued = || format!("{:?}", play.issued(state));
                let expected = task.issued.as_ref().map(|it| format!("{it:?}"));
                found.value(&format!("{name}: issued"), expected, Some(issued()));
                let letters = || format!("{:?}", play.letters(state));
                let expected = task.letters.as_ref().map(|it| format!("{it:?}"));
                found.value(&format!("{name}: letters"), expected, Some(letters()));
            }
            None => found.lines.push(format!("{when}: there is no task {name}")),
        }
    }
    for (index, total) in expected.totals.iter().enumerate() {
        let due = dossier.watches.get(index).map(|it| it.due.at);
        found.moment(&format!("total {}", index + 1), Some(total.due), due);
    }
    if let Some(events) = &expected.events {
        found.events(events, &play.events);
    }
    found.lines
}

struct Differences<'a> {
    when: &'a str,
    lines: Vec<String>,
}

impl Differences<'_> {
    fn value<T: PartialEq + std::fmt::Display>(
        &mut self,
        what: &str,
        expected: Option<T>,
        actual: Option<T>,
    ) {
        let Some(expected) = expected else { return };
        if actual.as_ref() != Some(&expected) {
            let actual = actual.map_or("nothing".to_owned(), |it| it.to_string());
            self.lines.push(format!("{}: {what}: expected {expected}, was {actual}", self.when));
        }
    }

    fn moment(&mut self, what: &str, expected: Option<Moment>, actual: Option<Moment>) {
        if expected.is_some() && expected != actual {
            self.value(what, expected.map(moment), actual.map(moment));
        }
    }

    fn task(&mut self, name: &str, expected: &ExpectedTask, state: &TaskState) {
        let of = |what: &str| format!("{name}: {what}");
        let turn = match state.turn() {
            Turn::Agency(_) => "agency",
            Turn::Applicant => "applicant",
            Turn::Earlier => "earlier",
            Turn::System => "system",
            Turn::Correction => "correction",
            Turn::Person => "person",
            Turn::Time => "time",
            Turn::Nobody => "nobody",
        };
        let national = state.national().map(crate::dossier::NationalStatus::number);
        self.value(&of("status"), expected.status.as_deref(), Some(state.status.name()));
        self.value(&of("national status"), expected.national, national);
        self.value(&of("office"), expected.office.as_ref(), state.office.as_ref());
        self.value(&of("turn"), expected.turn.as_deref(), Some(turn));
        self.value(&of("overdue"), expected.overdue, Some(state.overdue));
        self.moment(&of("due"), expected.due, state.due.as_ref().map(|it| it.at));
        self.moment(&of("dispatched"), expected.dispatched, state.dispatched_at);
        self.moment(&of("ended"), expected.ended, state.ended_at);
        let collects = state.payments.last().map(|it| &it.office);
        self.value(&of("collects"), expected.collects.as_ref(), collects);
        let asks_until = state.notice.as_ref().map(|it| it.at);
        self.moment(&of("may ask until"), expected.asks_until, asks_until);
        let alerted = state.alerts.as_ref().map(|it| it.repair);
        let mended_by = alerted.or_else(|| state.mismatches.last().map(|it| it.due));
        self.moment(&of("to be mended by"), expected.mended_by, mended_by);
        let faults = state.supplements.last().map(|it| format!("{:?}", it.faults));
        let expected_faults = expected.faults.as_ref().map(|it| format!("{it:?}"));
        self.value(&of("faults of the request"), expected_faults, faults);
        if expected.not_dispatched && state.dispatched_at.is_some() {
            self.lines.push(format!("{}: {name} was dispatched; it must not be", self.when));
        }
        if expected.no_limit && state.due.is_some() {
            self.lines.push(format!("{}: {name} has a due time; it must have none", self.when));
        }
    }

    fn events(&mut self, expected: &[String], actual: &[Event]) {
        // What the portal is told follows from the rest; it is compared where it is named.
        let told = "status_announced";
        let names_it = expected.iter().any(|it| it == told);
        let actual = actual.iter().map(name).filter(|it| names_it || it != told);
        let actual: Vec<String> = actual.collect();
        let differs = |index: &usize| expected.get(*index) != actual.get(*index);
        let first = (0..expected.len().max(actual.len())).find(differs);
        if let Some(index) = first {
            self.value(
                &format!("event {}", index + 1),
                Some(expected.get(index).map_or("nothing", String::as_str)),
                Some(actual.get(index).map_or("nothing", String::as_str)),
            );
        }
    }
}
