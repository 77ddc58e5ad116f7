//! What a dossier is now: the fold of its events. `evolve` is total, reads events alone and never
//! needs what is personal.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use super::event::{Attachment, Channel, Event, Fact, GroupVersion, Moment};
use super::national::NationalStatus;
use super::task::{Message, MessageKind, TaskState};
use crate::calendar::Due;
use crate::digest::Digest;
use crate::personal::Personal;

/// One application with everything in it. Empty before it is submitted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dossier {
    pub id: Uuid,
    pub code: String,
    pub group: GroupVersion,
    pub calendar: Digest,
    pub directory: Digest,
    pub account: String,
    pub channel: Channel,
    pub submitted_at: Option<Moment>,
    /// How many events it has had.
    pub sequence: u64,
    /// The moment of the last event; no later event has an earlier one.
    pub last_at: Option<Moment>,
    /// The form as it stands; `None` before submission and after erasure.
    #[serde(skip)]
    pub application: Option<Personal<Json>>,
    pub attachments: Vec<Attachment>,
    /// In the order of the definition.
    pub tasks: Vec<TaskState>,
    pub watches: Vec<WatchState>,
    /// What the national portal was told last.
    pub announced: Option<Announced>,
    /// The messages that told it.
    pub announcements: Vec<Message>,
}

/// How a dossier and its tasks stand, in the portal's terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    pub dossier: NationalStatus,
    /// Those that are reported at all.
    pub tasks: BTreeMap<String, NationalStatus>,
}

/// A total that is watched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WatchState {
    /// Its place in the definition.
    pub watch: usize,
    pub of: Vec<String>,
    pub due: Due,
    pub overdue: bool,
}

impl Dossier {
    #[must_use]
    pub fn task(&self, name: &str) -> Option<&TaskState> {
        self.tasks.iter().find(|it| it.name == name)
    }

    #[must_use]
    pub fn is_submitted(&self) -> bool {
        self.submitted_at.is_some()
    }

    /// Whether every task has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.is_submitted() && self.tasks.iter().all(|it| it.status.has_ended())
    }

    /// Whether a second application for the same would be one too many: something is open, or
    /// something was issued.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.is_submitted()
            && (!self.has_ended()
                || self.tasks.iter().any(|it| it.version > 0 && !it.is_precondition))
    }

    /// Whether a clock stands for an announced outage.
    #[must_use]
    pub fn stands_for(&self, outage: &str) -> bool {
        let by = format!("outage/{outage}");
        self.tasks.iter().flat_map(|it| &it.standing).any(|it| it.by == by)
    }

    /// Whether an outage at these offices has not reached all of their open tasks.
    #[must_use]
    pub fn works_in_spite_of(&self, outage: &str, offices: &BTreeSet<String>) -> bool {
        let by = format!("outage/{outage}");
        self.tasks.iter().any(|it| {
            it.status.is_open()
                && it.office.as_ref().is_some_and(|it| offices.contains(it))
                && it.standing.iter().all(|it| it.by != by)
        })
    }

    /// Whether an office has something of it that is open, or that it has not handed over.
    #[must_use]
    pub fn is_unfinished_at(&self, office: &str) -> bool {
        self.tasks.iter().any(|it| it.is_unfinished_at(office))
    }

    /// How it stands, in the national portal's terms.
    #[must_use]
    pub fn statuses(&self) -> Announced {
        let tasks = self.tasks.iter().filter_map(|it| Some((it.name.clone(), it.national()?)));
        Announced { dossier: self.national(), tasks: tasks.collect() }
    }

    /// What tasks have brought so far, by task, for guards and for later agencies.
    #[must_use]
    pub fn results(&self) -> BTreeMap<String, Json> {
        let with_results = self
            .tasks
            .iter()
            .filter_map(|it| Some((it.name.clone(), it.results.as_ref()?.reveal().clone())));
        with_results.collect()
    }

    /// Since when a file that was issued is no longer the result: another version has taken its
    /// place, or it was annulled. `None` for every other file.
    #[must_use]
    pub fn superseded_at(&self, digest: &Digest) -> Option<Moment> {
        let versions = self.tasks.iter().flat_map(|it| &it.versions);
        let holding = versions.filter(|it| it.documents.iter().any(|it| it.digest == *digest));
        let ends: Vec<Option<Moment>> = holding.map(|it| it.superseded_at).collect();
        if ends.iter().any(Option::is_none) { None } else { ends.into_iter().flatten().max() }
    }

    /// Takes in what has happened.
    pub fn evolve(&mut self, event: &Event) {
        self.sequence += 1;
        self.last_at = Some(self.last_at.map_or(event.at, |it| it.max(event.at)));
        match &event.fact {
            Fact::DossierSubmitted { .. } => self.submitted(event),
            Fact::CalendarRenewed { calendar } => self.calendar = calendar.clone(),
            Fact::ApplicationAmended { messages, .. } => {
                self.take_in_supplied(event);
                self.tell_each(messages, MessageKind::Amended, event.at);
            }
            Fact::StatusAnnounced { message, dossier, tasks } => {
                self.announced = Some(Announced { dossier: *dossier, tasks: tasks.clone() });
                self.announcements.push(Message {
                    id: message.clone(),
                    kind: MessageKind::Status,
                    sequence: self.sequence,
                    at: event.at,
                });
            }
            Fact::RulesAdopted { group, tasks } => self.adopted(group, tasks, event),
            Fact::MismatchReported { messages, .. }
            | Fact::MismatchOverdue { messages, .. }
            | Fact::MismatchResolved { messages, .. } => {
                self.evolve_task(event);
                self.tell_each(messages, MessageKind::Mismatch, event.at);
            }
            Fact::SilenceReported { message, .. } => {
                self.evolve_task(event);
                let message = std::slice::from_ref(message);
                self.tell_each(message, MessageKind::Silence, event.at);
            }
            Fact::WatchStarted { watch, of, due } => self.watches.push(WatchState {
                watch: *watch,
                of: of.clone(),
                due: due.clone(),
                overdue: false,
            }),
            Fact::WatchMoved { watch, due } => {
                for it in self.watches.iter_mut().filter(|it| it.watch == *watch) {
                    it.due.clone_from(due);
                }
            }
            Fact::WatchOverdue { watch } => {
                for it in self.watches.iter_mut().filter(|it| it.watch == *watch) {
                    it.overdue = true;
                }
            }
            Fact::SupplementSupplied { .. } | Fact::ApplicantProvided { .. } => {
                self.take_in_supplied(event);
                self.evolve_task(event);
            }
            Fact::HandoverAlerted { messages, .. } | Fact::DeliveryOverdue { messages, .. } => {
                self.evolve_task(event);
                self.tell_each(messages, MessageKind::Alert, event.at);
            }
            Fact::ResultReturned { of, message, .. } => {
                self.alert_returned(of, message, event.at);
            }
            _ => self.evolve_task(event),
        }
    }

    fn submitted(&mut self, event: &Event) {
        let Fact::DossierSubmitted {
            dossier,
            code,
            group,
            calendar,
            directory,
            account,
            channel,
            tasks,
            preconditions,
            attachments,
        } = &event.fact
        else {
            return;
        };
        let application = event.personal.as_ref().and_then(|it| it.reveal().application.clone());
        *self = Self {
            id: *dossier,
            code: code.clone(),
            group: group.clone(),
            calendar: calendar.clone(),
            directory: directory.clone(),
            account: account.clone(),
            channel: *channel,
            submitted_at: Some(event.at),
            sequence: self.sequence,
            last_at: Some(event.at),
            application: application.map(Personal::new),
            attachments: attachments.clone(),
            tasks: tasks
                .iter()
                .map(|name| TaskState {
                    name: name.clone(),
                    is_precondition: preconditions.contains(name),
                    ..TaskState::default()
                })
                .collect(),
            watches: Vec::new(),
            announced: None,
            announcements: Vec::new(),
        };
    }

    /// Supplied fields replace what the form said.
    fn take_in_supplied(&mut self, event: &Event) {
        if let Fact::SupplementSupplied { attachments, .. }
        | Fact::ApplicantProvided { attachments, .. } = &event.fact
        {
            self.attachments.extend(attachments.iter().cloned());
        }
        let Some(details) = &event.personal else { return };
        let Some(application) = self.application.take() else { return };
        let mut application = application.into_inner();
        for (path, value) in &details.reveal().fields {
            set(&mut application, path, value.clone());
        }
        self.application = Some(Personal::new(application));
    }

    /// The office of the earlier task is told.
    fn alert_returned(&mut self, of: &str, message: &String, at: Moment) {
        let sequence = self.sequence;
        if let Some(task) = self.tasks.iter_mut().find(|it| it.name == of) {
            task.tell(Some(message), MessageKind::Returned, (sequence, at));
        }
    }

    /// What has begun goes on as it is; the rest is as the newer definition has it.
    fn adopted(&mut self, group: &GroupVersion, tasks: &[String], event: &Event) {
        self.group = group.clone();
        let mut before = std::mem::take(&mut self.tasks);
        self.tasks = tasks
            .iter()
            .map(|name| match before.iter().position(|it| it.name == *name) {
                Some(place) => before.swap_remove(place),
                None => TaskState { name: name.clone(), ..TaskState::default() },
            })
            .collect();
        self.watches.clear();
        let application = event.personal.as_ref().and_then(|it| it.reveal().application.clone());
        self.application = application.map(Personal::new);
    }

    /// Each message belongs to the task that its id names.
    fn tell_each(&mut self, messages: &[String], kind: MessageKind, at: Moment) {
        for message in messages {
            let of = |it: &&mut TaskState| message.split('/').nth(1) == Some(&it.name);
            if let Some(task) = self.tasks.iter_mut().find(of) {
                task.tell(Some(message), kind, (self.sequence, at));
            }
        }
    }

    fn evolve_task(&mut self, event: &Event) {
        let Some(name) = event.fact.task() else { return };
        if let Some(task) = self.tasks.iter_mut().find(|it| it.name == name) {
            task.evolve(event, self.sequence);
        }
    }
}

/// Sets the value at a dotted path, making the objects on the way.
pub(super) fn set(target: &mut Json, path: &str, value: Json) {
    let mut place = target;
    for part in path.split('.') {
        if let Json::Array(entries) = place {
            let entry = part.parse::<usize>().ok();
            let Some(entry) = entry.and_then(|it| entries.get_mut(it)) else { return };
            place = entry;
            continue;
        }
        if !place.is_object() {
            *place = Json::Object(serde_json::Map::new());
        }
        let Json::Object(members) = place else { return };
        place = members.entry(part).or_insert(Json::Null);
    }
    *place = value;
}
