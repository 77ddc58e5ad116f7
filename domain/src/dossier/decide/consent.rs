//! Consents: other persons agree in their own accounts, or do not. The time that they have is not
//! the agency's (Decree 63/2024/NĐ-CP, article 4.7). What a form says of a consent is no consent.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, NaiveTime};
use serde_json::Value as Json;

use super::{Deciding, undecidable};
use crate::calendar::StopKind;
use crate::dossier::event::{Conclusion, Fact, Item, StopReason};
use crate::dossier::refusal::{Error, Refusal};
use crate::dossier::state::Dossier;
use crate::dossier::task::{ConsentOutcome, ConsentState, MessageKind, TaskState};
use crate::personal::Personal;
use crate::workflow::{Asked, Consent, Task, Unconsented};

/// Who is younger has no account of the second level (Decree 69/2024/NĐ-CP).
const ASKED_FROM_YEARS: i32 = 14;
/// One task asks at most so many persons.
const PERSONS_MAX: usize = 50;

/// Who is asked for a consent.
#[derive(Default)]
struct Persons {
    /// Where they stand in the form.
    places: Vec<String>,
    /// There is somebody who has no account to be asked in.
    has_unreachable: bool,
}

/// Whether the person with this personal id is the one who was asked.
#[must_use]
pub fn is_asked(dossier: &Dossier, personal_id: &str, task: &str, consent: u32) -> bool {
    let consents = dossier.task(task).map_or(&[][..], |it| &it.consents);
    let form = dossier.application.as_ref().map(Personal::reveal);
    let asked = numbered(consents, consent).zip(form);
    let id = asked.and_then(|(it, form)| id_of(person_at(form, &it.of)?));
    id == Some(personal_id)
}

fn numbered(consents: &[ConsentState], number: u32) -> Option<&ConsentState> {
    consents.get(usize::try_from(number).ok()?.checked_sub(1)?)
}

/// The person at a place in the form, e.g. `relatives.0`.
#[must_use]
pub fn person_at<'a>(form: &'a Json, place: &str) -> Option<&'a Json> {
    place.split('.').try_fold(form, |at, part| match part.parse::<usize>() {
        Ok(index) if at.is_array() => at.get(index),
        _ => at.get(part),
    })
}

fn id_of(person: &Json) -> Option<&str> {
    person.get("personal_id")?.as_str()
}

impl Deciding {
    pub(super) fn ask_with_submission(&mut self) -> Result<(), Error> {
        let group = self.group.clone();
        for task in &group.tasks {
            if self.state.task(&task.name).is_some_and(|it| !it.status.has_ended()) {
                self.ask(task, Asked::Submission)?;
            }
        }
        Ok(())
    }

    /// Whoever is to be asked now is asked, and the clock stands for each; what came of those who
    /// were asked before follows now that an agency has the task. A task that begins anew asks
    /// nobody again.
    pub(super) fn ask_with_dispatch(&mut self, task: &Task) -> Result<(), Error> {
        if !self.is_asking(task) {
            self.ask(task, Asked::Dispatch)?;
        }
        let consents = self.state.task(&task.name).map(|it| it.consents.clone());
        for (number, consent) in (1..).zip(consents.into_iter().flatten()) {
            match consent.outcome {
                ConsentOutcome::Open => {
                    let by = consent_name(number);
                    self.stop_clock(&task.name, (StopKind::Consent, by), None);
                }
                ConsentOutcome::Declined(_) | ConsentOutcome::Lapsed(_) => {
                    self.follow(&task.name, number)?;
                }
                ConsentOutcome::Given(_) | ConsentOutcome::Overtaken(_) => {}
            }
        }
        self.go_without_unreachable(task)
    }

    /// What the definition says of those who have no account to be asked in.
    fn go_without_unreachable(&mut self, task: &Task) -> Result<(), Error> {
        for consent in &task.consents {
            if self.persons(task, consent)?.has_unreachable {
                self.go_by(consent.unreachable, &task.name, consent.instead.as_ref())?;
            }
        }
        Ok(())
    }

    /// Asks whoever does a task, in which there is nothing but to agree; who was asked has answered
    /// when its turn comes again, and it is done. So it is where nobody is left to be asked.
    pub(super) fn ask_person(&mut self, task: &Task) -> Result<(), Error> {
        let name = &task.name;
        if !self.is_asking(task) {
            self.ask(task, Asked::Dispatch)?;
            self.go_without_unreachable(task)?;
        }
        let is_settled = |it: &TaskState| it.status.has_ended() || it.awaits_consent();
        if !self.state.task(name).is_some_and(is_settled) {
            let (task, because) = (name.clone(), Conclusion::Answered);
            self.emit(Fact::TaskConcluded { task, because, message: None }, None);
        }
        Ok(())
    }

    /// Whether those who are asked with the dispatch have been asked.
    fn is_asking(&self, task: &Task) -> bool {
        let consents = self.state.task(&task.name).map_or(&[][..], |it| &it.consents);
        let with_dispatch = task.consents.iter().filter(|it| it.asked == Asked::Dispatch);
        let mut paths = with_dispatch.map(|it| it.of.to_string());
        paths.any(|path| consents.iter().any(|it| is_of(it, &path)))
    }

    /// Whether a consent is still wanted when the task is dispatched now.
    pub(super) fn will_ask(&self, task: &Task) -> Result<bool, Error> {
        let mut wanted = false;
        for consent in task.consents.iter().filter(|it| it.asked == Asked::Dispatch) {
            wanted |= !self.persons(task, consent)?.places.is_empty();
        }
        Ok(wanted && !self.is_asking(task))
    }

    fn ask(&mut self, task: &Task, asked: Asked) -> Result<(), Error> {
        for consent in task.consents.iter().filter(|it| it.asked == asked) {
            for of in self.persons(task, consent)?.places {
                let number = self.state.task(&task.name).map_or(0, |it| it.consents.len()) + 1;
                let (at, within) = (self.at, consent.within);
                let window = self.count(|calendar| calendar.window(within, at))?;
                let last_day = window.last_day().and_time(NaiveTime::MIN);
                let remind_at = last_day.and_local_timezone(at.timezone()).single();
                let fact = Fact::ConsentAsked {
                    task: task.name.clone(),
                    consent: u32::try_from(number).map_err(undecidable)?,
                    of,
                    remind_at: remind_at.unwrap_or(window.at).max(at),
                    window,
                };
                self.emit(fact, None);
            }
        }
        Ok(())
    }

    /// Who is to be asked: not the applicant, nobody twice, nobody who is too young or has died, and
    /// nobody whose consent is proved otherwise; and whoever represents somebody in their place.
    fn persons(&self, task: &Task, consent: &Consent) -> Result<Persons, Error> {
        let applies = consent.when.as_ref().map_or(Ok(true), |it| self.holds(it))?;
        let Some(form) = self.state.application.as_ref().filter(|_| applies) else {
            return Ok(Persons::default());
        };
        let form = form.reveal();
        if consent.instead.as_ref().is_some_and(|it| self.is_proved(form, it)) {
            return Ok(Persons::default());
        }
        let applicant = self.group.applicant.get(form).and_then(Json::as_str);
        let already = self.state.task(&task.name).into_iter().flat_map(|it| &it.consents);
        let already = already.filter_map(|it| id_of(person_at(form, &it.of)?));
        let mut known: BTreeSet<&str> = already.chain(applicant).collect();
        let path = consent.of.to_string();
        let candidates: Vec<(String, &Json)> = match consent.of.get(form) {
            Some(Json::Array(persons)) => {
                let places = persons.iter().enumerate();
                places.map(|(n, it)| (format!("{path}.{n}"), it)).take(PERSONS_MAX).collect()
            }
            person => person.map(|it| (path, it)).into_iter().collect(),
        };
        let mut persons = Persons::default();
        for (place, person) in candidates.into_iter().filter(|(_, it)| !has_died(it)) {
            let (place, person) = representative(place, person, consent);
            match id_of(person).filter(|_| !self.is_too_young(person)) {
                Some(id) if known.insert(id) => persons.places.push(place),
                Some(_) => {}
                None => persons.has_unreachable = true,
            }
        }
        Ok(persons)
    }

    fn is_too_young(&self, person: &Json) -> bool {
        let born = person.get("date_of_birth").and_then(Json::as_str);
        let born = born.and_then(|it| it.parse::<NaiveDate>().ok());
        let today = self.at.date_naive();
        born.is_some_and(|it| {
            let had_birthday = (today.month(), today.day()) >= (it.month(), it.day());
            today.year() - it.year() - i32::from(!had_birthday) < ASKED_FROM_YEARS
        })
    }

    /// Whether the application names a document of that kind.
    fn is_proved(&self, form: &Json, kind: &str) -> bool {
        let named = form.get("documents").and_then(Json::as_array);
        named.into_iter().flatten().any(|it| it.get("type").and_then(Json::as_str) == Some(kind))
            || self.state.attachments.iter().any(|it| it.kind == kind)
    }

    pub(super) fn consented(
        &mut self,
        name: &str,
        consent: u32,
        agrees: bool,
    ) -> Result<(), Error> {
        let (state, _) = self.task(name)?;
        if state.open_consent(consent).is_none() {
            return Err(Refusal::NothingAsked.into());
        }
        let task = name.to_owned();
        if agrees {
            self.emit(Fact::ConsentGiven { task, consent }, None);
        } else {
            self.emit(Fact::ConsentDeclined { task, consent }, None);
        }
        self.settled(name, consent, agrees)
    }

    pub(super) fn consent_lapsed(&mut self, name: &str, consent: u32) -> Result<(), Error> {
        self.emit(Fact::ConsentLapsed { task: name.to_owned(), consent }, None);
        self.settled(name, consent, false)
    }

    fn settled(&mut self, name: &str, consent: u32, agrees: bool) -> Result<(), Error> {
        if !agrees {
            self.follow(name, consent)?;
        }
        self.resume_clock(name, consent_name(consent))
    }

    /// What the definition says of a consent that did not come. A task that no agency has yet is
    /// stopped at once, or asks for the proof when it is dispatched.
    fn follow(&mut self, name: &str, consent: u32) -> Result<(), Error> {
        let (state, task) = self.task(name)?;
        let Some(asked) = numbered(&state.consents, consent) else { return Ok(()) };
        let rule = task.consents.iter().find(|it| is_of(asked, &it.of.to_string()));
        let outcome = match (asked.outcome, rule) {
            (ConsentOutcome::Declined(_), Some(rule)) => rule.decline,
            (ConsentOutcome::Lapsed(_), Some(rule)) => rule.lapse,
            _ => return Ok(()),
        };
        let instead = rule.and_then(|it| it.instead.clone());
        self.go_by(outcome, name, instead.as_ref())
    }

    fn go_by(
        &mut self,
        outcome: Unconsented,
        name: &str,
        instead: Option<&String>,
    ) -> Result<(), Error> {
        let (state, _) = self.task(name)?;
        let (is_open, asks) = (state.status.is_open(), state.open_supplement().is_some());
        match outcome {
            _ if state.status.has_ended() => Ok(()),
            Unconsented::Stop => {
                let message = is_open.then(|| self.next_message(name, MessageKind::Stopped));
                let (task, because) = (name.to_owned(), StopReason::NoConsent);
                self.emit(Fact::TaskStopped { task, because, message }, None);
                Ok(())
            }
            Unconsented::Supplement if is_open && !asks => {
                self.ask_for_proof(name, instead.cloned())
            }
            Unconsented::Supplement | Unconsented::Continue => Ok(()),
        }
    }

    fn ask_for_proof(&mut self, name: &str, instead: Option<String>) -> Result<(), Error> {
        let (state, task) = self.task(name)?;
        let within = task.supplement.as_ref().map(|it| it.within);
        let dispatch = state.dispatch.clone().unwrap_or_default();
        let request = u32::try_from(state.supplements.len() + 1).map_err(undecidable)?;
        let (Some(within), Some(kind)) = (within, instead) else { return Ok(()) };
        let at = self.at;
        let window = self.count(|calendar| calendar.window(within, at))?;
        let items = vec![Item::Document(kind)];
        let (task, faults) = (name.to_owned(), Vec::new());
        let fact = Fact::SupplementRequested { task, dispatch, request, items, window, faults };
        self.emit(fact, None);
        Ok(())
    }
}

/// Who is asked in somebody's place, where their entry says who.
fn representative<'a>(place: String, person: &'a Json, consent: &Consent) -> (String, &'a Json) {
    let part = consent.represented_by.as_ref();
    match part.and_then(|it| person.get(it).map(|other| (format!("{place}.{it}"), other))) {
        Some(other) => other,
        None => (place, person),
    }
}

/// Whether a consent was asked of somebody at a path, or in the list there.
fn is_of(consent: &ConsentState, path: &str) -> bool {
    let rest = consent.of.strip_prefix(path);
    rest.is_some_and(|it| it.is_empty() || it.starts_with('.'))
}

fn has_died(person: &Json) -> bool {
    person.get("has_died").and_then(Json::as_bool).unwrap_or_default()
}

/// What a clock stands for.
fn consent_name(number: u32) -> String {
    format!("consent/{number}")
}
