//! Plays a scenario on the pure domain: the clock goes from step to step, timers fire on the way.

use chrono::{Datelike as _, NaiveDate};
use serde_json::{Map, Value as Json};

use super::ScenarioReport;
use super::applications::Applications;
use super::compare;
use super::read::{Deed, Operation, Party, Passing, Person, Scenario, Step};
use super::vary::{Link, delayed, differences, may_overtake, read_again};
use crate::catalogue::{Catalogue, Reading, Reference, ReferenceKind};
use crate::diagnostic::Severity;
use crate::digest::Digest;
use crate::dossier::{
    Action, Actor, Attachment, Citizen, Command, Dossier, Error, Event, Item, Moment, TaskState,
    decide,
};
use crate::language::Language;
use crate::personal::Personal;
use crate::workflow::{LetterKind, ReturnKind};

/// The dossier of a scenario and everything that has happened to it.
pub(super) struct Play {
    pub(super) dossier: Dossier,
    pub(super) events: Vec<Event>,
    /// The dossier's national statuses, each time another.
    pub(super) statuses: Vec<u8>,
    catalogue: Catalogue,
    applications: Applications,
    link: Link,
    references: Vec<Reference>,
}

/// The definitions that scenarios run on, compiled once.
pub(super) struct Content<'a> {
    references: &'a [Reference],
    catalogue: Result<Catalogue, String>,
    /// What is wrong with the files, to be told where a definition is missing.
    fault: String,
}

impl<'a> Content<'a> {
    pub(super) fn new(reading: &'a Reading) -> Self {
        let errors = reading.diagnostics.iter().filter(|it| it.severity == Severity::Error);
        let fault = errors.map(|it| format!(" ({}: {})", it.file, it.message)).next();
        Self {
            references: &reading.references,
            catalogue: publish(reading.references.iter().cloned()),
            fault: fault.unwrap_or_default(),
        }
    }

    /// Everything that is published, the scenario's group with the parameters that it sets
    /// otherwise.
    fn catalogue_for(&self, scenario: &Scenario) -> Result<Catalogue, String> {
        let catalogue = if scenario.definition.is_empty() {
            self.catalogue.clone()?
        } else {
            let changed = self.references.iter().map(|reference| {
                let is_changed =
                    reference.kind == ReferenceKind::Group && reference.name == scenario.group;
                if is_changed {
                    reference.with_parameters(&scenario.definition)
                } else {
                    Ok(reference.clone())
                }
            });
            publish(changed.collect::<Result<Vec<_>, _>>()?)?
        };
        if catalogue.published_groups().any(|it| it.name == scenario.group) {
            return Ok(catalogue);
        }
        Err(format!("no usable definition of `{}`{}", scenario.group, self.fault))
    }
}

fn publish(references: impl IntoIterator<Item = Reference>) -> Result<Catalogue, String> {
    let mut catalogue = Catalogue::default();
    for reference in references {
        catalogue.publish(&reference).map_err(|it| {
            let first = it.faults.first().map(|it| it.message.clone()).unwrap_or_default();
            format!("{it}: {first}")
        })?;
    }
    Ok(catalogue)
}

pub(super) fn play(file: &str, scenario: &Scenario, content: &Content<'_>) -> ScenarioReport {
    let catalogue = match content.catalogue_for(scenario) {
        Ok(catalogue) => catalogue,
        Err(why) => return ScenarioReport::broken(file, &scenario.name, why),
    };
    let mut play = Play::new(scenario, (catalogue, content.references), Link::Sound);
    let differences = play.run(scenario).unwrap_or_else(|why| vec![why]);
    play.report(file, &scenario.name, differences)
}

/// A scenario over each kind of bad link.
pub(super) fn vary(
    file: &str,
    scenario: &Scenario,
    content: &Content<'_>,
) -> Result<Vec<ScenarioReport>, String> {
    let catalogue = content.catalogue_for(scenario)?;
    if !scenario.refused.is_empty() {
        return Ok(Vec::new());
    }
    let mut sound = Play::new(scenario, (catalogue.clone(), content.references), Link::Sound);
    sound.hear(scenario)?;
    let over = |link: Link| {
        let heard = if link == Link::Delaying { delayed(scenario) } else { scenario.clone() };
        let mut bad = Play::new(scenario, (catalogue.clone(), content.references), link);
        bad.hear(&heard)?;
        let name = format!("{}, {link}", scenario.name);
        let differences = differences(&sound, &bad, link);
        Ok(bad.report(file, &name, differences))
    };
    Link::BAD.into_iter().map(over).collect()
}

impl Play {
    fn new(
        scenario: &Scenario,
        (catalogue, references): (Catalogue, &[Reference]),
        link: Link,
    ) -> Self {
        let Scenario { group, application, applicant, .. } = scenario;
        Self {
            dossier: Dossier::default(),
            events: Vec::new(),
            statuses: Vec::new(),
            catalogue,
            applications: Applications::new(group, application, applicant),
            link,
            references: references.to_vec(),
        }
    }

    fn report(&self, file: &str, name: &str, differences: Vec<String>) -> ScenarioReport {
        let (file, name) = (file.to_owned(), name.to_owned());
        ScenarioReport { file, name, differences, timeline: compare::timeline(&self.events) }
    }

    /// Goes through the whole, whatever is expected.
    fn hear(&mut self, scenario: &Scenario) -> Result<(), String> {
        self.submit(scenario).map_err(|it| it.to_string())?;
        let mut steps = scenario.steps.clone();
        for place in 0..steps.len() {
            self.pass(steps[place].at)?;
            let next = steps.get(place + 1);
            let overtakes = self.link == Link::Reordering
                && next.is_some_and(|it| may_overtake(&self.dossier, (&steps[place], it)));
            if overtakes {
                let (first, second) = (steps[place].at, steps[place + 1].at);
                steps.swap(place, place + 1);
                (steps[place].at, steps[place + 1].at) = (first, second);
            }
            self.say(&steps[place])?;
        }
        Ok(())
    }

    /// Says what a step says, as often as the link does; what is refused changes nothing.
    fn say(&mut self, step: &Step) -> Result<(), String> {
        if let Some(command) = self.command(step)? {
            self.lose(&command)?;
            let times = if self.link == Link::Doubling { 2 } else { 1 };
            for _ in 0..times {
                // What comes of it the scenario itself looks at.
                let _ = self.execute(&command);
            }
        }
        self.wake(step.at)
    }

    /// A crash before anything is stored: what is decided anew is the same.
    fn lose(&self, command: &Command) -> Result<(), String> {
        if self.link != Link::Crashing {
            return Ok(());
        }
        let decided =
            || decide(&self.dossier, command, &self.catalogue).map_err(|it| it.to_string());
        if decided() == decided() {
            return Ok(());
        }
        Err(format!("decided anew, it differs at {}", moment(command.at)))
    }

    /// A crash after everything is stored: what is read again is the same.
    fn wake(&mut self, at: Moment) -> Result<(), String> {
        if self.link != Link::Crashing {
            return Ok(());
        }
        let again = read_again(&self.events)?;
        if again != self.dossier {
            return Err(format!("read again, it differs after {}", moment(at)));
        }
        self.dossier = again;
        Ok(())
    }

    /// Everything happens that is due by then.
    fn pass(&mut self, at: Moment) -> Result<(), String> {
        let elapse = Command { at, actor: Actor::Timer, action: Action::Elapse };
        self.lose(&elapse)?;
        self.execute(&elapse).map_err(|it| it.to_string())?;
        self.wake(at)
    }

    fn run(&mut self, scenario: &Scenario) -> Result<Vec<String>, String> {
        let mut differences = Vec::new();
        match self.submit(scenario) {
            Ok(()) if scenario.refused.is_empty() => {}
            Ok(()) => return Ok(vec!["the application was accepted; it must be refused".into()]),
            Err(error) => return Ok(compare::refusal(&error, &scenario.refused)),
        }
        for step in &scenario.steps {
            match self.step(step) {
                Ok(found) => differences.extend(found),
                // What went before says why.
                Err(why) => {
                    differences.push(why);
                    return Ok(differences);
                }
            }
        }
        if let Some(expected) = &scenario.expect {
            differences.extend(compare::state(self, expected, "at the end"));
        }
        Ok(differences)
    }

    fn submit(&mut self, scenario: &Scenario) -> Result<(), Error> {
        let events = self.applications.first(scenario.at, &self.catalogue)?;
        self.take(events);
        Ok(())
    }

    fn execute(&mut self, command: &Command) -> Result<(), Error> {
        let events = decide(&self.dossier, command, &self.catalogue)?;
        self.take(events);
        Ok(())
    }

    fn take(&mut self, events: Vec<Event>) {
        for event in events {
            self.dossier.evolve(&event);
            self.events.push(event);
        }
        let status = self.dossier.national().number();
        if self.statuses.last() != Some(&status) {
            self.statuses.push(status);
        }
    }

    fn step(&mut self, step: &Step) -> Result<Vec<String>, String> {
        self.pass(step.at)?;
        let mut differences = Vec::new();
        if let Party::Applies(applies) = &step.party {
            let heard = self.applications.step(step, applies, &self.dossier, &self.catalogue);
            differences.extend(heard?);
        } else if let Some(command) = self.command(step)? {
            let outcome = self.execute(&command);
            differences.extend(compare::outcome(step, outcome.err().as_ref()));
        }
        if let Some(expected) = &step.expect {
            differences.extend(compare::state(self, expected, &moment(step.at)));
        }
        Ok(differences)
    }

    fn command(&mut self, step: &Step) -> Result<Option<Command>, String> {
        let (actor, task) = match &step.party {
            // Others' applications change nothing here.
            Party::Time(Passing::Passes) | Party::Applies(_) => return Ok(None),
            Party::Person(person) => return self.consent(step, person).map(Some),
            Party::Operator(Operation::Holiday(day)) => {
                self.declare(*day)?;
                let reason = step.reason.clone().unwrap_or_else(|| "…".to_owned());
                let actor = Actor::Operator("operator".to_owned());
                let action = Action::Recount { reason };
                return Ok(Some(Command { at: step.at, actor, action }));
            }
            Party::Operator(operation) => {
                let actor = Actor::Operator("operator".to_owned());
                return Ok(Some(Command { at: step.at, actor, action: operated(operation) }));
            }
            Party::Applicant(task) => (Actor::Citizen(self.applications.applicant().clone()), task),
            Party::Gateway(task) => (Actor::Gateway("gateway".to_owned()), task),
            Party::Agency(task) => {
                let state = self.dossier.task(task);
                let collects = state.and_then(|it| Some(it.payments.last()?.office.clone()));
                let office = state.and_then(|it| it.office.clone()).or(collects);
                (Actor::Agency(office.unwrap_or_default()), task)
            }
        };
        let deed = step.does.ok_or("a step says what is done (`does`)")?;
        let action = self.action(step, task, deed)?;
        Ok(Some(Command { at: step.at, actor, action }))
    }

    /// Publishes the group's calendar with one more day off.
    fn declare(&mut self, day: NaiveDate) -> Result<(), String> {
        let group = self.catalogue.group(&self.dossier.group.digest).ok_or("no definition")?;
        let found = self
            .references
            .iter()
            .find(|it| it.kind == ReferenceKind::Calendar && it.name == group.calendar);
        let text = &found.ok_or("there is no such calendar")?.content;
        let heading = format!("  {}:", day.year());
        let (before, year) = text.split_once(&heading).ok_or("no such year in the calendar")?;
        let (head, days) = year.split_once("days_off:\n").ok_or("a year without days off")?;
        let name = "{ vi: Ngày nghỉ công bố muộn, en: Holiday declared late }";
        let text = format!(
            "{before}{heading}{head}days_off:\n      - {{ date: {day}, name: {name} }}\n{days}"
        );
        let amended = Reference::calendar(&group.calendar, &text);
        self.catalogue.publish(&amended).map_err(|it| format!("{it}: {:?}", it.faults))
    }

    fn consent(&self, step: &Step, person: &Person) -> Result<Command, String> {
        let task = person.task.clone();
        let state = self.dossier.task(&task).ok_or_else(|| format!("there is no task {task}"))?;
        let place = state.consents.iter().position(|it| it.of == person.of);
        let consent = place.map_or(0, |it| it + 1).try_into().unwrap_or_default();
        let form = self.dossier.application.as_ref().map(Personal::reveal);
        let pointer = format!("/{}/personal_id", person.of.replace('.', "/"));
        let id = form.and_then(|it| it.pointer(&pointer)?.as_str());
        let id = person.personal_id.as_deref().or(id).ok_or("nobody stands there in the form")?;
        let citizen = Citizen {
            account: format!("account of {}", person.of),
            personal_id: Personal::new(id.to_owned()),
            identity_level: 2,
        };
        let action = match step.does {
            Some(Deed::Confirm) => Action::Confirm { task, consent },
            Some(Deed::Decline) => Action::Decline { task, consent },
            _ => return Err("a person confirms or declines".to_owned()),
        };
        Ok(Command { at: step.at, actor: Actor::Citizen(citizen), action })
    }

    #[expect(clippy::too_many_lines, reason = "an arm for each deed")]
    fn action(&self, step: &Step, name: &str, deed: Deed) -> Result<Action, String> {
        match deed {
            Deed::Amend => return Ok(Action::Amend { fields: step.fields.clone() }),
            Deed::Adopt => return Ok(Action::Adopt),
            _ => {}
        }
        let task = name.to_owned();
        let state = self.dossier.task(name).ok_or_else(|| format!("there is no task {name}"))?;
        let dispatch = state.dispatch.clone().unwrap_or_default();
        let reason = || step.reason.clone().unwrap_or_else(|| "…".to_owned());
        Ok(match deed {
            Deed::Acknowledge => Action::Acknowledge { task, dispatch },
            Deed::RequestSupplement => Action::RequestSupplement {
                task,
                dispatch,
                items: step.items.iter().map(|it| item(it)).collect(),
                note: step.note.clone().unwrap_or_else(|| "…".to_owned()),
            },
            Deed::RequestPayment => Action::RequestPayment {
                task,
                dispatch,
                amount: step.amount,
                note: step.note.clone().unwrap_or_else(|| "…".to_owned()),
            },
            Deed::SendDraft => Action::SendDraft {
                task,
                dispatch,
                documents: step.documents.iter().map(|it| made_up(it)).collect(),
            },
            Deed::AcceptDraft => Action::AnswerDraft { task, wrong: None },
            Deed::DisputeDraft => {
                let wrong = step.note.clone().or_else(|| Some("…".to_owned()));
                Action::AnswerDraft { task, wrong }
            }
            Deed::ReportMismatch => Action::ReportMismatch {
                task,
                dispatch,
                of: step.of.clone(),
                note: step.note.clone().unwrap_or_else(|| "…".to_owned()),
            },
            Deed::ResolveMismatch => {
                let mismatch = state.mismatches.len().try_into().unwrap_or_default();
                Action::ResolveMismatch { task, mismatch }
            }
            Deed::GoOnWithout | Deed::EndSilent => Action::DecideSilence {
                task: step.of.clone().ok_or("a decision says on which task (`of`)")?,
                goes_on: deed == Deed::GoOnWithout,
                reason: reason(),
            },
            Deed::Paid => {
                let asked = state.payments.last().map(|it| it.amount).unwrap_or_default();
                let amount = step.amount.unwrap_or(asked);
                Action::Pay { task, payment: last_payment(state), amount, reference: "BL-1".into() }
            }
            Deed::Waive => Action::Waive { task, payment: last_payment(state), reason: reason() },
            Deed::Refund => {
                Action::Refund { task, payment: last_payment(state), reference: "HT-1".into() }
            }
            Deed::Complete => {
                let (results, documents) = self.results(step, name);
                Action::Complete { task, dispatch, results, documents }
            }
            Deed::Refuse => Action::Refuse { task, dispatch, reason: reason() },
            Deed::Stop => Action::Stop { task, dispatch, reason: reason() },
            Deed::Extend => Action::Extend { task, dispatch, reason: reason() },
            Deed::Apologise => Action::Apologise {
                task,
                dispatch,
                reason: reason(),
                until: step.until.ok_or("an apology has a new date (`until`)")?,
            },
            Deed::Return => Action::Return {
                task,
                dispatch,
                of: step.of.clone().ok_or("a return says of which task (`of`)")?,
                note: step.note.clone().unwrap_or_else(|| "…".to_owned()),
            },
            Deed::Uphold => Action::Uphold { task, dispatch },
            Deed::Annul => Action::Annul { task, dispatch, reason: reason() },
            Deed::Carried => Action::Carried { task, reference: "BD-1".into() },
            Deed::Deliver => Action::Deliver { task, dispatch },
            Deed::Supply => Action::Supply {
                task,
                attachments: step.documents.iter().map(|it| made_up(it)).collect(),
                fields: step.fields.clone(),
            },
            Deed::Withdraw => Action::Withdraw { task: Some(task) },
            Deed::Amend | Deed::Adopt | Deed::Confirm | Deed::Decline => {
                return Err("only a `person` does that".to_owned());
            }
        })
    }

    /// The kinds of receipts and slips that there are about a task.
    pub(super) fn letters(&self, state: &TaskState) -> Vec<&'static str> {
        let group = self.catalogue.group(&self.dossier.group.digest);
        let letters = group.and_then(|it| Some(state.letters(it.task(&state.name)?)));
        letters.unwrap_or_default().into_iter().map(LetterKind::name).collect()
    }

    /// What the documents of a task are called that it has issued.
    pub(super) fn issued(&self, state: &TaskState) -> Vec<String> {
        let group = self.catalogue.group(&self.dossier.group.digest);
        let returns = group.as_ref().and_then(|it| it.task(&state.name)).map(|it| &it.returns);
        let day = state.ended_at.map(|it| it.date_naive());
        let title = |it: &Attachment| Some(returns?.get(&it.kind)?.title_on(day?).vi.clone());
        state.documents.iter().filter_map(title).collect()
    }

    /// Values as given; for documents that a task returns a made-up file.
    fn results(&self, step: &Step, name: &str) -> (Json, Vec<Attachment>) {
        let group = self.catalogue.group(&self.dossier.group.digest);
        let is_document = |it: &str| {
            let task = group.as_ref().and_then(|group| group.task(name));
            task.and_then(|task| task.returns.get(it))
                .is_some_and(|it| it.kind == ReturnKind::Document)
        };
        let mut values = Map::new();
        let mut documents = Vec::new();
        for (name, value) in &step.results {
            if is_document(name) {
                documents.push(made_up(name));
            } else {
                values.insert(name.clone(), value.clone());
            }
        }
        (Json::Object(values), documents)
    }
}

/// The number of the last payment that was asked for.
fn last_payment(state: &TaskState) -> u32 {
    state.payments.len().try_into().unwrap_or_default()
}

fn operated(operation: &Operation) -> Action {
    let outage = "1".to_owned();
    match operation {
        Operation::Outage(offices) => {
            Action::BeginOutage { outage, offices: offices.clone(), reason: None }
        }
        Operation::EndOutage => Action::EndOutage { outage },
        // Is a command of its own.
        Operation::Holiday(_) => Action::Elapse,
        Operation::Succession { from, to } => {
            Action::Succeed { from: from.clone(), to: to.clone(), reason: None }
        }
    }
}

fn item(text: &str) -> Item {
    match text.strip_prefix("documents.") {
        Some(kind) => Item::Document(kind.to_owned()),
        None => Item::Field(text.strip_prefix("form.").unwrap_or(text).to_owned()),
    }
}

fn made_up(kind: &str) -> Attachment {
    file(kind, Digest::of(kind.as_bytes()))
}

pub(super) fn file(kind: &str, digest: Digest) -> Attachment {
    Attachment {
        kind: kind.to_owned(),
        digest,
        media_type: "application/pdf".to_owned(),
        bytes: 1_024,
    }
}

pub(super) fn moment(at: Moment) -> String {
    crate::calendar::format_moment(at, Language::En)
}
