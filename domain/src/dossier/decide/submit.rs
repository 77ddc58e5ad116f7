//! A new application: everything that it says is checked before anything is stored.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::{Deciding, in_zone, undecidable};
use crate::catalogue::{Catalogue, InForce};
use crate::claim;
use crate::digest::Digest;
use crate::directory::Directory;
use crate::dossier::command::{Actor, Citizen, Command, Submit};
use crate::dossier::event::{Attachment, Details, Event, Fact, GroupVersion, Moment, SkipReason};
use crate::dossier::refusal::{Error, Refusal};
use crate::dossier::state::Dossier;
use crate::dossier::task::{TaskState, TaskStatus};
use crate::language::Text;
use crate::personal::Personal;
use crate::workflow::{AgencyRule, Facts, FieldFault, Group, Task, ValidationContext};

/// That an application was found right, by the versions of one day. Only [`vet`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vetted {
    group: Digest,
    directory: Digest,
    today: NaiveDate,
}

impl Vetted {
    fn by(versions: &InForce, today: NaiveDate) -> Self {
        let (group, directory) = (&versions.group_digest, &versions.directory_digest);
        Self { group: group.clone(), directory: directory.clone(), today }
    }
}

/// The claim that an application makes, if its group has a rule on duplicates: the id of the claim.
#[must_use]
pub fn claimed(submit: &Submit, at: Moment, catalogue: &Catalogue) -> Option<String> {
    let versions = catalogue.in_force(&submit.group, at)?;
    let path = versions.group.duplicate.as_ref()?;
    let value = path.get(&submit.application)?.as_str()?;
    Some(claim::id(&submit.group, value))
}

/// Checks an application whole, so that nothing is claimed for one that would be refused, and its
/// decision need not check it again. Gives the agency code of the office that receives it, for
/// the dossier's code.
///
/// # Errors
/// As [`super::decide`].
pub fn vet(
    command: &Command,
    submit: &Submit,
    catalogue: &Catalogue,
) -> Result<(String, Vetted), Error> {
    let checked = check(command, submit, catalogue)?;
    let task = checked.versions.group.receiving_task();
    let agency = task.agency().ok_or_else(|| undecidable("no agency receives it"))?;
    let area = area(agency, &submit.application);
    let office = checked.versions.directory.office_for(&agency.office, area, checked.today);
    let code = office.map(|it| it.code.clone()).map_err(undecidable)?;
    Ok((code, Vetted::by(&checked.versions, checked.today)))
}

pub(super) fn decide(
    dossier: &Dossier,
    command: &Command,
    submit: &Submit,
    catalogue: &Catalogue,
) -> Result<(Vec<Event>, Dossier), Error> {
    if dossier.is_submitted() {
        return Err(Refusal::AlreadySubmitted.into());
    }
    let Checked { versions, citizen, .. } = check(command, submit, catalogue)?;
    if let Some(first) = &submit.duplicate_of {
        return Err(Refusal::Duplicate(first.code.clone()).into());
    }
    let mut deciding = Deciding {
        state: Dossier::default(),
        at: in_zone(command.at, &versions.calendar),
        group: versions.group,
        calendar: versions.calendar,
        newest: None,
        directory: versions.directory,
        events: Vec::new(),
    };
    let group = &deciding.group;
    let submitted = Fact::DossierSubmitted {
        dossier: submit.dossier,
        code: submit.code.clone(),
        group: GroupVersion {
            name: group.name.clone(),
            version: group.version,
            digest: versions.group_digest,
        },
        calendar: versions.calendar_digest,
        directory: versions.directory_digest,
        account: citizen.account.clone(),
        channel: submit.channel,
        tasks: group.tasks.iter().map(|it| it.name.clone()).collect(),
        preconditions: group.preconditions().into_iter().map(str::to_owned).collect(),
        attachments: submit.attachments.clone(),
    };
    let details = Details { application: Some(submit.application.clone()), ..Details::default() };
    deciding.emit(submitted, Some(Personal::new(details)));
    deciding.skip_what_is_not_asked_for()?;
    if !deciding.has_preconditions() {
        deciding.start_watches(deciding.at)?;
    }
    deciding.ask_with_submission()?;
    deciding.advance()?;
    deciding.announce();
    Ok((deciding.events, deciding.state))
}

struct Checked<'a> {
    versions: InForce,
    citizen: &'a Citizen,
    today: NaiveDate,
}

fn check<'a>(
    command: &'a Command,
    submit: &Submit,
    catalogue: &Catalogue,
) -> Result<Checked<'a>, Error> {
    let Actor::Citizen(citizen) = &command.actor else {
        return Err(Refusal::NoSuchDossier.into());
    };
    let versions = catalogue.in_force(&submit.group, command.at).ok_or(Refusal::NotInForce)?;
    let today = in_zone(command.at, &versions.calendar).date_naive();
    if submit.vetted.as_ref() == Some(&Vetted::by(&versions, today)) {
        return Ok(Checked { versions, citizen, today });
    }
    let context = ValidationContext { today, areas: versions.directory.as_ref() };
    let mut faults = versions.group.form.validate(&submit.application, &context);
    if faults.is_empty() {
        faults.extend(identity_faults(&versions.group, citizen, &submit.application));
        let broken = versions.group.broken_rules(&submit.application, today);
        faults.extend(broken.map_err(undecidable)?);
        faults.extend(document_faults(&versions.group, submit)?);
        faults.extend(office_faults(
            &versions.group,
            &versions.directory,
            &submit.application,
            today,
        ));
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    Ok(Checked { versions, citizen, today })
}

fn identity_faults(group: &Group, citizen: &Citizen, application: &Json) -> Option<FieldFault> {
    let pointer = group.applicant.pointer();
    if citizen.identity_level < group.identity_level {
        let level = group.identity_level;
        let message = Text::new(
            format!("Thủ tục này cần tài khoản định danh mức {level} của người yêu cầu."),
            format!("This application needs the applicant's account at identity level {level}."),
        );
        return Some(FieldFault::new(pointer, "identity-level", message));
    }
    let said = group.applicant.get(application).and_then(Json::as_str);
    if said == Some(citizen.personal_id.reveal()) {
        return None;
    }
    Some(not_your_own(pointer))
}

pub(super) fn not_your_own(pointer: String) -> FieldFault {
    let message = Text::new(
        "Số định danh của người yêu cầu phải là của tài khoản đang đăng nhập.",
        "The applicant's personal id must be that of the account signed in.",
    );
    FieldFault::new(pointer, "not-your-own", message)
}

/// Every document that is required is named; every file that is named is stored.
fn document_faults(group: &Group, submit: &Submit) -> Result<Vec<FieldFault>, Error> {
    let named = submit.application.get("documents").and_then(Json::as_array);
    let named = named.map(Vec::as_slice).unwrap_or_default();
    let mut faults = Vec::new();
    for (index, document) in named.iter().enumerate() {
        let kind = document.get("type").and_then(Json::as_str).unwrap_or_default();
        if !group.documents.contains_key(kind) {
            faults.push(unknown_kind(format!("/documents/{index}/type")));
        }
        let digest = document.get("digest").and_then(Json::as_str);
        let stored = |it: &Attachment| Some(it.digest.as_str()) == digest && it.kind == kind;
        if digest.is_some() && !submit.attachments.iter().any(stored) {
            faults.push(not_uploaded(format!("/documents/{index}/digest")));
        }
    }
    let nothing = BTreeMap::new();
    let facts = Facts::new(&submit.application, &nothing);
    for (kind, document) in &group.documents {
        let Some(required) = &document.required else { continue };
        let is_named = |it: &Json| it.get("type").and_then(Json::as_str) == Some(kind);
        if required.evaluate(&facts).map_err(undecidable)? && !named.iter().any(is_named) {
            faults.push(missing_document(&document.title));
        }
    }
    Ok(faults)
}

pub(super) fn unknown_kind(pointer: String) -> FieldFault {
    let message = Text::new(
        "Thủ tục này không dùng loại giấy tờ này.",
        "This kind of document is not used here.",
    );
    FieldFault::new(pointer, "unknown-document", message)
}

/// A file that somebody names and did not send.
#[must_use]
pub fn not_uploaded(pointer: String) -> FieldFault {
    let message = Text::new(
        "Chưa thấy tệp này. Hãy tải tệp lên trước rồi gửi lại.",
        "This file is not here. Upload it first, then send again.",
    );
    FieldFault::new(pointer, "not-uploaded", message)
}

pub(super) fn missing_document(title: &Text) -> FieldFault {
    let message =
        Text::new(format!("Còn thiếu: {}.", title.vi), format!("This is missing: {}.", title.en));
    FieldFault::new("/documents".to_owned(), "missing-document", message)
}

/// Every task that could be asked for has an office in the area that the form names.
pub(super) fn office_faults(
    group: &Group,
    directory: &Directory,
    application: &Json,
    today: NaiveDate,
) -> Vec<FieldFault> {
    let mut faults: Vec<FieldFault> = Vec::new();
    for task in &group.tasks {
        let Some(agency) = task.agency() else { continue };
        let Some(area) = agency.at.get(application).and_then(Json::as_str) else { continue };
        if directory.office_for(&agency.office, area, today).is_ok() {
            continue;
        }
        let pointer = agency.at.pointer();
        if faults.iter().all(|it| it.pointer != pointer) {
            let message = Text::new(
                format!("Chưa có cơ quan giải quyết “{}” tại nơi này.", task.title.vi),
                format!("No office does “{}” in this area.", task.title.en),
            );
            faults.push(FieldFault::new(pointer, "no-office", message));
        }
    }
    faults
}

fn area<'a>(agency: &AgencyRule, application: &'a Json) -> &'a str {
    agency.at.get(application).and_then(Json::as_str).unwrap_or_default()
}

impl Deciding {
    /// Tasks that were not chosen, or to which the law does not apply, are settled at once where
    /// the form alone decides it: nothing more is asked about them.
    pub(super) fn skip_what_is_not_asked_for(&mut self) -> Result<(), Error> {
        let group = self.group.clone();
        for task in &group.tasks {
            let waits = |it: &&TaskState| it.status == TaskStatus::Waiting;
            let Some(state) = self.state.task(&task.name).filter(waits) else { continue };
            let is_precondition = state.is_precondition;
            let mut because = self.form_skips(task)?;
            if is_precondition && because.is_none() {
                because = self.without(task)?;
            }
            if let Some(because) = because {
                self.emit(Fact::TaskSkipped { task: task.name.clone(), because }, None);
            }
        }
        Ok(())
    }

    /// Whether something goes before the application is received.
    pub(super) fn has_preconditions(&self) -> bool {
        self.state.tasks.iter().any(|it| it.is_precondition && it.status != TaskStatus::Skipped)
    }

    fn form_skips(&self, task: &Task) -> Result<Option<SkipReason>, Error> {
        if task.awaits_results() {
            let chosen = task.chosen.as_ref().map_or(Ok(true), |it| self.holds(it))?;
            return Ok((!chosen).then_some(SkipReason::NotChosen));
        }
        self.skipped(task)
    }

    pub(super) fn start_watches(&mut self, from: Moment) -> Result<(), Error> {
        let group = self.group.clone();
        for (index, watch) in group.watches.iter().enumerate() {
            let runs =
                |name: &&String| self.state.task(name).is_some_and(|it| !it.status.has_ended());
            let of: Vec<String> = watch.of.iter().filter(runs).cloned().collect();
            if of.is_empty() {
                continue;
            }
            let limit = self.with_facts(|facts| watch.limit(facts)).map_err(undecidable)?;
            let due = self.calendar.due(limit, &watch.counting, from, &[]);
            let due = due.map_err(undecidable)?;
            self.emit(Fact::WatchStarted { watch: index, of, due }, None);
        }
        Ok(())
    }
}

/// The digests of the files that an application names, to be looked up before it is submitted.
#[must_use]
pub fn named_files(application: &Json) -> Vec<(String, Digest)> {
    let documents = application.get("documents").and_then(Json::as_array);
    let documents = documents.map(Vec::as_slice).unwrap_or_default();
    let file = |it: &Json| {
        let kind = it.get("type")?.as_str()?.to_owned();
        let digest = Digest::try_from(it.get("digest")?.as_str()?.to_owned()).ok()?;
        Some((kind, digest))
    };
    documents.iter().filter_map(file).collect()
}
