//! A birth dossier on the definitions that ship, driven step by step.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::catalogue::{Catalogue, SourceFile, read};
use crate::digest::Digest;
use crate::dossier::{
    Action, Actor, Attachment, Channel, Citizen, Command, Dossier, Error, Event, Item, Moment,
    Refusal, Submit, TaskState, decide,
};
use crate::personal::Personal;
use crate::workflow::FieldFault;

pub(super) const ARRIVAL: &str = "2026-11-19T09:12:00+07:00";

pub(super) fn catalogue() -> Catalogue {
    catalogue_with(|_, text| text.to_owned())
}

/// The content that ships, with an edit to each file.
pub(super) fn catalogue_with(edit: impl Fn(&str, &str) -> String) -> Catalogue {
    shipped(|path, text| edit(path, &text.replace(SYNC, "").replace(TOLD, "")))
}

/// What lets all parties be alerted of a task that nobody acknowledges; most stories are not about
/// that.
const SYNC: &str = "sync: { deliver: 10 minutes, acknowledge: 2 working hours, repair: 1 working day, mismatch: 1 working day }\n";

/// What the portal is told is tried apart.
const TOLD: &str = "portal: national\n";

pub(super) fn shipped(edit: impl Fn(&str, &str) -> String) -> Catalogue {
    let file = |path: &str, text: &str| SourceFile { path: path.into(), text: edit(path, text) };
    let files = [
        file("vn.yaml", include_str!("../../../../workflows/calendars/vn.yaml")),
        file("offices.yaml", include_str!("../../../../workflows/directories/vn.yaml")),
        file("birth.yaml", include_str!("../../../../workflows/groups/birth/birth.yaml")),
        file("form.yaml", include_str!("../../../../workflows/groups/birth/form.yaml")),
    ];
    let mut catalogue = Catalogue::default();
    for reference in read(&files).references {
        catalogue.publish(&reference).unwrap();
    }
    catalogue
}

pub(super) fn application() -> Json {
    let text = include_str!("../../../../workflows/groups/birth/examples/birth.json");
    serde_json::from_str(text).unwrap()
}

pub(super) fn father() -> Citizen {
    Citizen {
        account: "account-1".into(),
        personal_id: Personal::new("001089012345".into()),
        identity_level: 2,
    }
}

pub(super) fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

pub(super) fn file(kind: &str) -> Attachment {
    Attachment {
        kind: kind.into(),
        digest: Digest::of(kind.as_bytes()),
        media_type: "application/pdf".into(),
        bytes: 7,
    }
}

pub(super) fn submission(application: Json) -> Command {
    Command {
        at: moment(ARRIVAL),
        actor: Actor::Citizen(father()),
        action: Action::Submit(Submit {
            dossier: Uuid::from_u128(7),
            code: "000.05.65.H26-261119-0001".into(),
            group: "birth".into(),
            channel: Channel::Online,
            application,
            attachments: Vec::new(),
            duplicate_of: None,
            vetted: None,
        }),
    }
}

/// A dossier with everything that has happened to it.
pub(super) struct Story {
    pub(super) catalogue: Catalogue,
    pub(super) dossier: Dossier,
    pub(super) events: Vec<Event>,
}

impl Story {
    /// A birth with every procedure, just submitted.
    pub(super) fn begin() -> Self {
        Self::on(catalogue())
    }

    /// The same on other content.
    pub(super) fn on(catalogue: Catalogue) -> Self {
        let mut story = Self { catalogue, dossier: Dossier::default(), events: Vec::new() };
        story.accept(&submission(application()));
        story
    }

    /// Carries a command out.
    pub(super) fn accept(&mut self, command: &Command) -> Vec<&'static str> {
        let events = decide(&self.dossier, command, &self.catalogue).unwrap();
        for event in &events {
            self.dossier.evolve(event);
        }
        let names = events.iter().map(|it| it.fact.name()).collect();
        self.events.extend(events);
        names
    }

    pub(super) fn at_office(&self, task: &str, at: &str, action: Action) -> Command {
        let office = self.task(task).office.clone().unwrap_or_default();
        Command { at: moment(at), actor: Actor::Agency(office), action }
    }

    pub(super) fn task(&self, name: &str) -> &TaskState {
        self.dossier.task(name).unwrap()
    }

    pub(super) fn dispatch(&self, task: &str) -> String {
        self.task(task).dispatch.clone().unwrap_or_default()
    }

    pub(super) fn acknowledge(&self, task: &str, at: &str) -> Command {
        let dispatch = self.dispatch(task);
        self.at_office(task, at, Action::Acknowledge { task: task.into(), dispatch })
    }

    pub(super) fn complete(&self, task: &str, at: &str) -> Command {
        let (results, documents): (Json, &[&str]) = match task {
            "registration" => (json!({"personal_id": "001326012345"}), &["certificate"]),
            "residence" => (json!({}), &["notice"]),
            "health_insurance" => (json!({}), &["card"]),
            "birth_support" => (json!({}), &["decision"]),
            _ => (json!({"issued_on": "2026-11-30"}), &[]),
        };
        let action = Action::Complete {
            task: task.into(),
            dispatch: self.dispatch(task),
            results,
            documents: documents.iter().map(|it| file(it)).collect(),
        };
        self.at_office(task, at, action)
    }

    pub(super) fn refuse(&self, task: &str, at: &str) -> Command {
        let action = Action::Refuse {
            task: task.into(),
            dispatch: self.dispatch(task),
            reason: "The papers contradict each other.".into(),
        };
        self.at_office(task, at, action)
    }

    pub(super) fn request(&self, task: &str, at: &str, items: &[Item]) -> Command {
        let action = Action::RequestSupplement {
            task: task.into(),
            dispatch: self.dispatch(task),
            items: items.to_vec(),
            note: "Please send the certificate of marriage.".into(),
        };
        self.at_office(task, at, action)
    }

    pub(super) fn supply(task: &str, at: &str, documents: &[&str]) -> Command {
        let attachments = documents.iter().map(|it| file(it)).collect();
        let action = Action::Supply { task: task.into(), attachments, fields: BTreeMap::new() };
        Command { at: moment(at), actor: Actor::Citizen(father()), action }
    }

    pub(super) fn withdraw(task: Option<&str>, at: &str) -> Command {
        let action = Action::Withdraw { task: task.map(Into::into) };
        Command { at: moment(at), actor: Actor::Citizen(father()), action }
    }

    pub(super) fn elapse(at: &str) -> Command {
        Command { at: moment(at), actor: Actor::Timer, action: Action::Elapse }
    }

    /// Asks for something that must be refused, and for which nothing may follow.
    pub(super) fn refused(&self, command: &Command) -> Refusal {
        match decide(&self.dossier, command, &self.catalogue) {
            Err(Error::Refused(refusal)) => refusal,
            other => panic!("{other:?} is no refusal"),
        }
    }

    /// Where something that must be invalid is invalid.
    pub(super) fn invalid(&self, command: &Command) -> Vec<(String, &'static str)> {
        match decide(&self.dossier, command, &self.catalogue) {
            Err(Error::Invalid(faults)) => {
                faults.into_iter().map(|it| (it.pointer.clone(), code(&it))).collect()
            }
            other => panic!("{other:?} is not invalid"),
        }
    }
}

/// The code of a fault that was found here.
pub(super) fn code(fault: &FieldFault) -> &'static str {
    match fault.code {
        Cow::Borrowed(code) => code,
        Cow::Owned(_) => panic!("{fault:?} comes from elsewhere"),
    }
}
