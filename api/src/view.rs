//! What is shown of a dossier: one model, made from its state, its definition, the directory and
//! its events, from which both the JSON API and the pages are written. Everything is here in both
//! languages; nothing is decided here.

mod agency;
mod held;
mod history;
mod letter;
mod order;
mod payment;
mod portal;
mod result;
mod task;

use chrono::{DateTime, FixedOffset};
use lienthong_domain::calendar::Due;
use lienthong_domain::dossier::{
    Attachment, Dossier, Event, Moment, NationalStatus, WatchState, held,
};
use lienthong_domain::language::{Language, Text};
use lienthong_engine::runtime::RecordedEvent;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub use agency::{AgencyTask, Asked, MayAsk, Returned, Shown, ShownSupplement, agency_task};
pub use held::HeldView;
pub use history::Entry;
pub use letter::{Letter, letter};
pub use payment::{PaymentView, RefundView, money};
pub use portal::{PortalMessage, portal_message};
pub use result::{Delivered, EarlierResult, ResultValue};
pub(crate) use task::asked_consent;
pub use task::{ConsentView, Office, Requested, RequestedItem, Task, Whose};

use crate::app::Opened;

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Words {
    pub vi: String,
    pub en: String,
}

impl Words {
    #[must_use]
    pub fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { vi: vi.into(), en: en.into() }
    }

    /// The same thing told in each language.
    pub fn told(tell: impl Fn(Language) -> String) -> Self {
        Self { vi: tell(Language::Vi), en: tell(Language::En) }
    }

    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Vi => &self.vi,
            Language::En => &self.en,
        }
    }
}

impl From<&Text> for Words {
    fn from(text: &Text) -> Self {
        Self { vi: text.vi.clone(), en: text.en.clone() }
    }
}

impl From<Text> for Words {
    fn from(text: Text) -> Self {
        Self { vi: text.vi, en: text.en }
    }
}

/// A dossier as its applicant sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DossierView {
    pub id: Uuid,
    /// The same in every system; it names a dossier and grants nothing.
    pub code: String,
    pub group: GroupName,
    /// Whom it is about.
    pub subject: Option<String>,
    pub submitted_at: Option<DateTime<FixedOffset>>,
    pub status: National,
    /// Whether every task has ended.
    pub ended: bool,
    /// Each below the one whose result it waits for, else in the order of the definition.
    pub tasks: Vec<Task>,
    /// Totals that are watched.
    pub totals: Vec<Total>,
    /// Everything that happened, oldest first.
    pub history: Vec<Entry>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct GroupName {
    pub name: String,
    pub version: u32,
    pub title: Words,
}

/// One of the ten statuses of the national portal.
#[derive(Debug, Serialize, ToSchema)]
pub struct National {
    /// 1 to 10.
    pub number: u8,
    pub words: Words,
}

impl From<NationalStatus> for National {
    fn from(status: NationalStatus) -> Self {
        Self { number: status.number(), words: status.words().into() }
    }
}

/// When something is due, and why then.
#[derive(Debug, Serialize, ToSchema)]
pub struct DueView {
    pub at: DateTime<FixedOffset>,
    /// The moment as people say it.
    pub when: Words,
    /// Why then, without the moment.
    pub reason: Words,
    /// Both in one sentence.
    pub explanation: Words,
}

impl From<&Due> for DueView {
    fn from(due: &Due) -> Self {
        Self {
            at: due.at,
            when: Words::told(|language| due.when(language)),
            reason: Words::told(|language| due.reason(language)),
            explanation: Words::told(|language| due.explain(language)),
        }
    }
}

/// A watched total over several tasks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Total {
    pub title: Words,
    pub of: Vec<String>,
    pub due: DueView,
    pub overdue: bool,
    /// Whether all of it ended in time; `null` while it runs.
    pub kept: Option<bool>,
}

/// A stored file.
#[derive(Debug, Serialize, ToSchema)]
pub struct File {
    /// The kind of document, or the name of the result.
    pub kind: String,
    /// SHA-256, 64 hex digits.
    pub digest: String,
    /// `application/pdf`, `image/jpeg` or `image/png`.
    pub media_type: String,
    pub bytes: u64,
    /// Where this reader can fetch it.
    pub url: String,
}

impl File {
    fn new(attachment: &Attachment, folder: &str) -> Self {
        Self {
            kind: attachment.kind.clone(),
            digest: attachment.digest.to_string(),
            media_type: attachment.media_type.clone(),
            bytes: attachment.bytes,
            url: format!("{folder}/documents/{}", attachment.digest),
        }
    }
}

/// A dossier in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct DossierSummary {
    pub id: String,
    pub code: String,
    pub group: String,
    pub title: Words,
    pub subject: Option<String>,
    pub status: National,
    pub submitted_at: Option<DateTime<FixedOffset>>,
}

#[must_use]
pub fn summary(opened: &Opened) -> DossierSummary {
    let Opened { dossier, group, .. } = opened;
    DossierSummary {
        id: dossier.id.to_string(),
        code: dossier.code.clone(),
        group: group.name.clone(),
        title: (&group.title).into(),
        subject: subject(opened),
        status: dossier.national().into(),
        submitted_at: dossier.submitted_at,
    }
}

#[must_use]
pub fn dossier(opened: &Opened, events: &[RecordedEvent], now: Moment) -> DossierView {
    let Opened { dossier, group, .. } = opened;
    let totals = dossier.watches.iter().filter_map(|it| {
        let watch = group.watches.get(it.watch)?;
        let (of, due) = (it.of.clone(), (&it.due).into());
        let (overdue, kept) = (it.overdue, kept(dossier, it));
        Some(Total { title: (&watch.title).into(), of, due, overdue, kept })
    });
    let told: Vec<Event> = events.iter().map(|it| it.event.clone()).collect();
    let accounts = held(&told, now);
    DossierView {
        id: dossier.id,
        code: dossier.code.clone(),
        group: GroupName {
            name: group.name.clone(),
            version: group.version,
            title: (&group.title).into(),
        },
        subject: subject(opened),
        submitted_at: dossier.submitted_at,
        status: dossier.national().into(),
        ended: dossier.has_ended(),
        tasks: task::tasks(opened, &accounts),
        totals: totals.collect(),
        history: history::history(opened, events),
    }
}

/// Whether a total was kept, once all of its tasks have ended.
fn kept(dossier: &Dossier, watch: &WatchState) -> Option<bool> {
    let tasks: Vec<_> = watch.of.iter().filter_map(|it| dossier.task(it)).collect();
    let ended = tasks.iter().all(|it| it.status.has_ended());
    let last = tasks.iter().filter_map(|it| it.ended_at).max();
    ended.then(|| !watch.overdue && last.is_none_or(|it| it <= watch.due.at))
}

/// Whom a dossier is about, while that is known.
fn subject(opened: &Opened) -> Option<String> {
    let application = opened.dossier.application.as_ref()?.reveal();
    Some(opened.group.subject.get(application)?.as_str()?.to_owned())
}

/// What an office is called; its id where the directory does not know it.
fn office_name(opened: &Opened, id: &str) -> Words {
    opened.directory.office(id).map_or_else(|| Words::new(id, id), |it| (&it.name).into())
}

fn task_title(opened: &Opened, name: &str) -> Words {
    opened.group.task(name).map_or_else(|| Words::new(name, name), |it| (&it.title).into())
}

/// What a thing that an agency asks for is called; a field after the groups that it stands in.
fn item_title(opened: &Opened, item: &lienthong_domain::dossier::Item) -> Words {
    use lienthong_domain::dossier::Item;
    use lienthong_domain::workflow::FieldPath;
    let (name, title) = match item {
        Item::Document(kind) => (kind, opened.group.documents.get(kind).map(|it| it.title.clone())),
        Item::Field(path) => {
            let place = FieldPath(path.split('.').map(str::to_owned).collect());
            (path, opened.group.form.label(&place.pointer()))
        }
    };
    title.map_or_else(|| Words::new(name, name), Words::from)
}
