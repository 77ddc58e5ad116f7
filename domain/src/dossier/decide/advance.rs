//! What follows by itself: tasks whose turn has come are dispatched, tasks that can't come about
//! are settled.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::elapse::REMINDER;
use super::{Deciding, undecidable};
use crate::calendar::{Due, Measure};
use crate::directory;
use crate::dossier::event::{Fact, Moment, SkipReason, StopReason};
use crate::dossier::refusal::Error;
use crate::dossier::task::{MessageKind, TaskState, TaskStatus};
use crate::personal::Personal;
use crate::workflow::{AfterFailure, Expression, Facts, LimitStart, Send, Skipped, Task};

/// A merged area is followed to its successor at most this often.
const SUCCESSIONS_MAX: usize = 5;

/// What a waiting task may do now.
enum Next {
    Wait,
    Start,
    Skip(SkipReason),
    /// The task that it needs was withdrawn, and so is this one.
    WithdrawWith(String),
}

impl Deciding {
    /// Goes on until every task waits for somebody or has ended.
    pub(super) fn advance(&mut self) -> Result<(), Error> {
        let group = self.group.clone();
        let mut moved = true;
        while moved {
            moved = false;
            for task in &group.tasks {
                moved |= self.advance_task(task)?;
            }
        }
        self.order_refunds();
        Ok(())
    }

    fn advance_task(&mut self, task: &Task) -> Result<bool, Error> {
        let waiting = |it: &TaskState| it.status == TaskStatus::Waiting;
        if !self.state.task(&task.name).is_some_and(waiting) {
            return Ok(false);
        }
        match self.next(task)? {
            Next::Wait => return Ok(false),
            Next::Start => return self.start(task),
            Next::Skip(because) => {
                self.emit(Fact::TaskSkipped { task: task.name.clone(), because }, None);
            }
            Next::WithdrawWith(with) => {
                let task = task.name.clone();
                self.emit(Fact::TaskWithdrawn { task, with: Some(with), message: None }, None);
            }
        }
        Ok(true)
    }

    /// Why a task can't come about any more, if it can't.
    pub(super) fn without(&self, task: &Task) -> Result<Option<SkipReason>, Error> {
        Ok(match self.next(task)? {
            Next::Skip(because) => Some(because),
            Next::Wait | Next::Start | Next::WithdrawWith(_) => None,
        })
    }

    fn next(&self, task: &Task) -> Result<Next, Error> {
        let mut ready = true;
        for name in &task.needs {
            match self.outcome(name) {
                Outcome::Succeeded => {}
                Outcome::Open => ready = false,
                outcome => return Ok(outcome.settle(name)),
            }
        }
        match self.alternatives(task) {
            Alternatives::Enough => {}
            Alternatives::Open => ready = false,
            Alternatives::TooFew(failed) => {
                return Ok(Next::Skip(SkipReason::Without { task: failed }));
            }
        }
        for name in &task.starts {
            match self.outcome(name) {
                _ if self.was_acknowledged(name) => {}
                Outcome::Open => ready = false,
                outcome => return Ok(outcome.settle(name)),
            }
        }
        for wait in &task.waits_for {
            match self.outcome(&wait.task) {
                Outcome::Succeeded | Outcome::NotAsked => {}
                Outcome::Open => ready = false,
                outcome if wait.failed == AfterFailure::Skip => {
                    return Ok(outcome.settle(&wait.task));
                }
                Outcome::Withdrawn | Outcome::Failed => {}
            }
        }
        if !ready || self.state.task(&task.name).is_some_and(TaskState::awaits_consent) {
            return Ok(Next::Wait);
        }
        Ok(self.skipped(task)?.map_or(Next::Start, Next::Skip))
    }

    /// Whether enough of the tasks have succeeded of which only some must.
    fn alternatives(&self, task: &Task) -> Alternatives {
        let Some(any_of) = &task.any_of else { return Alternatives::Enough };
        let (mut succeeded, mut open, mut failed) = (0, 0, None);
        for name in &any_of.of {
            match self.outcome(name) {
                Outcome::Succeeded => succeeded += 1,
                Outcome::Open => open += 1,
                Outcome::NotAsked | Outcome::Withdrawn | Outcome::Failed => {
                    failed = failed.or(Some(name.clone()));
                }
            }
        }
        match failed {
            _ if succeeded >= any_of.count => Alternatives::Enough,
            Some(failed) if succeeded + open < any_of.count => Alternatives::TooFew(failed),
            _ => Alternatives::Open,
        }
    }

    /// Why the task does not run, if it does not.
    pub(super) fn skipped(&self, task: &Task) -> Result<Option<SkipReason>, Error> {
        let skipped = self.with_facts(|facts| task.skipped(facts)).map_err(undecidable)?;
        Ok(skipped.map(|it| match it {
            Skipped::NotChosen => SkipReason::NotChosen,
            Skipped::NotApplicable => SkipReason::DoesNotApply,
        }))
    }

    /// Evaluates a guard on what the dossier holds.
    pub(super) fn holds(&self, guard: &Expression) -> Result<bool, Error> {
        self.with_facts(|facts| guard.evaluate(facts)).map_err(undecidable)
    }

    pub(super) fn with_facts<T>(&self, ask: impl FnOnce(&Facts<'_>) -> T) -> T {
        let nothing = Json::Object(serde_json::Map::new());
        let form = self.state.application.as_ref().map_or(&nothing, Personal::reveal);
        ask(&Facts::new(form, &self.state.results()))
    }

    fn was_acknowledged(&self, name: &str) -> bool {
        self.state.task(name).is_some_and(|it| it.acknowledged_at.is_some())
    }

    fn outcome(&self, name: &str) -> Outcome {
        let Some(task) = self.state.task(name) else { return Outcome::Failed };
        match task.status {
            TaskStatus::Waiting
            | TaskStatus::Dispatched
            | TaskStatus::Acknowledged
            | TaskStatus::SupplementRequested
            | TaskStatus::Supplied
            | TaskStatus::Reopened
            | TaskStatus::Elapsing => Outcome::Open,
            TaskStatus::Completed => Outcome::Succeeded,
            TaskStatus::Withdrawn => Outcome::Withdrawn,
            TaskStatus::Skipped
                if matches!(
                    task.skipped,
                    Some(
                        SkipReason::NotChosen
                            | SkipReason::DoesNotApply
                            | SkipReason::NoLongerNeeded
                    )
                ) =>
            {
                Outcome::NotAsked
            }
            TaskStatus::Stopped if task.stopped == Some(StopReason::NoLongerNeeded) => {
                Outcome::NotAsked
            }
            TaskStatus::Skipped | TaskStatus::Refused | TaskStatus::Stopped => Outcome::Failed,
        }
    }

    pub(super) fn dispatch(&mut self, task: &Task) -> Result<(), Error> {
        if self.is_received_with(task) {
            self.start_watches(self.at)?;
        }
        let office = self.office(task)?;
        let Clock { limit, due, remind_at } = self.clock(task)?;
        let fact = Fact::TaskDispatched {
            task: task.name.clone(),
            dispatch: self.message(&task.name, &office, "dispatch", self.dispatches(&task.name)),
            office,
            limit,
            due,
            remind_at,
            notice: self.notice(task)?.map(Box::new),
            alert_at: self.alert_at(),
            uses: self.uses(task),
        };
        self.emit(fact, None);
        self.ask_with_dispatch(task)
    }

    /// Whether the application is received only now, after what had to go before.
    fn is_received_with(&self, task: &Task) -> bool {
        let is_first = |it: &TaskState| it.dispatched_at.is_none();
        self.group.receiving_task().name == task.name
            && self.has_preconditions()
            && self.state.task(&task.name).is_some_and(is_first)
    }

    /// The number of the next dispatch.
    fn dispatches(&self, name: &str) -> usize {
        let messages = self.state.task(name).map_or(&[][..], |it| &it.messages);
        messages.iter().filter(|it| it.kind == MessageKind::Dispatch).count() + 1
    }

    /// The office that is responsible today; where its area has been merged, its successor's.
    pub(super) fn office(&self, task: &Task) -> Result<String, Error> {
        let application = self.state.application.as_ref();
        let agency = task.agency().ok_or_else(|| undecidable("no agency does this task"))?;
        let area = application.and_then(|it| agency.at.get(it.reveal())?.as_str());
        let mut area = area.unwrap_or_default().to_owned();
        let today = self.at.date_naive();
        for _ in 0..SUCCESSIONS_MAX {
            match self.directory.office_for(&agency.office, &area, today) {
                Ok(office) => return Ok(office.id.clone()),
                Err(directory::Error::AreaEnded { successor: Some(successor), .. }) => {
                    area = successor;
                }
                Err(error) => return Err(undecidable(error)),
            }
        }
        Err(undecidable(format!("area {area} has too many successors")))
    }

    fn clock(&mut self, task: &Task) -> Result<Clock, Error> {
        let limit = self.with_facts(|facts| task.limit(facts).cloned()).map_err(undecidable)?;
        let due = match (limit.is, limit.from) {
            (Some(measure), LimitStart::Received) => Some(self.due(task, measure)?),
            (Some(measure), LimitStart::Consent) if !self.will_ask(task)? => {
                Some(self.due(task, measure)?)
            }
            (Some(_), LimitStart::Acknowledged | LimitStart::Consent) | (None, _) => None,
        };
        // Who has neither a limit that runs nor a reminder of its own could be forgotten.
        let remind = limit.remind.or(due.is_none().then_some(REMINDER));
        let remind_at = remind.map(|it| self.remind_at(it));
        Ok(Clock { limit: limit.is, due, remind_at })
    }

    /// By when the agency has to say that something is missing of what it receives now.
    fn notice(&mut self, task: &Task) -> Result<Option<Due>, Error> {
        let notice = task.supplement.as_ref().and_then(|it| it.notice);
        notice.map(|it| self.due(task, it)).transpose()
    }

    /// The end of a limit that begins now.
    pub(super) fn due(&mut self, task: &Task, measure: Measure) -> Result<Due, Error> {
        let at = self.at;
        self.count_for(&task.name, |calendar| calendar.due(measure, &task.counting, at, &[]))
    }

    fn uses(&self, task: &Task) -> BTreeMap<String, u32> {
        let sent = task.send.iter().filter_map(|it| match it {
            Send::Result { task, .. } => Some(task.as_str()),
            Send::Field(_) | Send::Document(_) => None,
        });
        let version = |name: &str| {
            let version = self.state.task(name)?.version;
            (version > 0).then(|| (name.to_owned(), version))
        };
        task.needs.iter().map(String::as_str).chain(sent).filter_map(version).collect()
    }
}

/// What a task is dispatched with.
struct Clock {
    limit: Option<Measure>,
    due: Option<Due>,
    remind_at: Option<Moment>,
}

/// How the tasks came out of which only some must succeed.
enum Alternatives {
    Enough,
    Open,
    /// One that failed.
    TooFew(String),
}

/// How an earlier task came out.
enum Outcome {
    Open,
    Succeeded,
    /// It was not chosen or does not apply.
    NotAsked,
    Withdrawn,
    Failed,
}

impl Outcome {
    /// What becomes of a task that builds on `name`, which did not succeed.
    fn settle(self, name: &str) -> Next {
        match self {
            Self::Withdrawn => Next::WithdrawWith(name.to_owned()),
            Self::NotAsked | Self::Failed => {
                Next::Skip(SkipReason::Without { task: name.to_owned() })
            }
            Self::Open | Self::Succeeded => Next::Wait,
        }
    }
}
