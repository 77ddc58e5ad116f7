//! Reference data as values: definitions, calendars, directories, each version by the digest of
//! its text. Decisions are handed a catalogue; a dossier names the versions that it is on.

mod read;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::diagnostic::{Diagnostic, Severity, Span};
use crate::digest::Digest;
use crate::directory::Directory;
use crate::workflow::{self, Group, Sources};

pub(crate) use read::beside;
pub use read::{Reading, SourceFile, read};

/// A text that decisions rest on, as the store keeps it for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub kind: ReferenceKind,
    pub name: String,
    /// Of `content`.
    pub digest: Digest,
    pub content: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceKind {
    Calendar,
    Directory,
    Group,
}

impl ReferenceKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Calendar => "calendar",
            Self::Directory => "directory",
            Self::Group => "group",
        }
    }
}

/// The content of a group's reference: its two texts.
#[derive(Serialize, Deserialize)]
struct GroupContent {
    definition: String,
    form: String,
}

impl Reference {
    #[must_use]
    pub fn calendar(name: &str, text: &str) -> Self {
        Self::new(ReferenceKind::Calendar, name, text.to_owned())
    }

    #[must_use]
    pub fn directory(name: &str, text: &str) -> Self {
        Self::new(ReferenceKind::Directory, name, text.to_owned())
    }

    #[must_use]
    pub fn group(name: &str, definition: &str, form: &str) -> Self {
        let content = serde_json::json!({ "definition": definition, "form": form });
        Self::new(ReferenceKind::Group, name, content.to_string())
    }

    fn new(kind: ReferenceKind, name: &str, content: String) -> Self {
        Self { kind, name: name.to_owned(), digest: Digest::of(content.as_bytes()), content }
    }
}

/// A reference can't be compiled.
#[derive(Debug, thiserror::Error)]
#[error("the {} `{name}` has {} fault(s)", .kind.name(), .faults.len())]
pub struct Faulty {
    pub kind: ReferenceKind,
    pub name: String,
    pub faults: Vec<Diagnostic>,
}

/// Every version that is known, and which are current.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    groups: BTreeMap<Digest, Arc<Group>>,
    calendars: BTreeMap<Digest, Arc<Calendar>>,
    directories: BTreeMap<Digest, Arc<Directory>>,
    published: BTreeMap<(ReferenceKind, String), Vec<Digest>>,
}

/// The versions that a new dossier starts on.
#[derive(Clone)]
pub struct InForce {
    pub group: Arc<Group>,
    pub group_digest: Digest,
    pub calendar: Arc<Calendar>,
    pub calendar_digest: Digest,
    pub directory: Arc<Directory>,
    pub directory_digest: Digest,
}

impl Catalogue {
    /// Learns a version, so that dossiers on it can go on. It does not become current.
    ///
    /// # Errors
    /// If its text has faults.
    pub fn learn(&mut self, reference: &Reference) -> Result<(), Faulty> {
        let digest = reference.digest.clone();
        match reference.kind {
            ReferenceKind::Calendar => {
                let read = Calendar::parse(&reference.name, &reference.content);
                self.calendars.insert(digest, Arc::new(sound(reference, read)?));
            }
            ReferenceKind::Directory => {
                let read = Directory::parse(&reference.name, &reference.content);
                self.directories.insert(digest, Arc::new(sound(reference, read)?));
            }
            ReferenceKind::Group => {
                let read = compile_group(reference);
                self.groups.insert(digest, Arc::new(sound(reference, read)?));
            }
        }
        Ok(())
    }

    /// Learns a version and makes it current. Of a calendar and a directory one is current; of a
    /// group all published versions are, each from its own date on.
    ///
    /// # Errors
    /// If its text has faults.
    pub fn publish(&mut self, reference: &Reference) -> Result<(), Faulty> {
        self.learn(reference)?;
        let key = (reference.kind, reference.name.clone());
        let current = self.published.entry(key).or_default();
        if reference.kind != ReferenceKind::Group {
            current.clear();
        }
        if !current.contains(&reference.digest) {
            current.push(reference.digest.clone());
        }
        Ok(())
    }

    #[must_use]
    pub fn knows(&self, digest: &Digest) -> bool {
        self.groups.contains_key(digest)
            || self.calendars.contains_key(digest)
            || self.directories.contains_key(digest)
    }

    #[must_use]
    pub fn group(&self, digest: &Digest) -> Option<Arc<Group>> {
        self.groups.get(digest).cloned()
    }

    #[must_use]
    pub fn calendar(&self, digest: &Digest) -> Option<Arc<Calendar>> {
        self.calendars.get(digest).cloned()
    }

    #[must_use]
    pub fn directory(&self, digest: &Digest) -> Option<Arc<Directory>> {
        self.directories.get(digest).cloned()
    }

    /// The edition of a calendar that is current.
    #[must_use]
    pub fn current_calendar(&self, name: &str) -> Option<(Digest, Arc<Calendar>)> {
        let digest = self.only(ReferenceKind::Calendar, name)?;
        Some((digest.clone(), self.calendar(digest)?))
    }

    /// What an amended calendar says, if it may take the place of the current one: it is one, of
    /// the same name, and covers the same years.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn amended(&self, name: &str, text: &str) -> Result<Reference, Faulty> {
        let reference = Reference::calendar(name, text);
        let calendar = sound(&reference, Calendar::parse(name, text))?;
        let current = self.current_calendar(name).map(|(_, it)| it.covered());
        let covers = |it: &std::ops::RangeInclusive<NaiveDate>| {
            calendar.covered().contains(it.start()) && calendar.covered().contains(it.end())
        };
        if calendar.name == name && current.as_ref().is_some_and(covers) {
            return Ok(reference);
        }
        let message = format!("This does not take the place of the calendar `{name}`.");
        let fault = Diagnostic::error("missing-calendar", Span::default(), message)
            .hint("it has the same name and covers at least the same years");
        Err(Faulty { kind: ReferenceKind::Calendar, name: name.to_owned(), faults: vec![fault] })
    }

    /// The directories that are current.
    pub fn current_directories(&self) -> impl Iterator<Item = &Arc<Directory>> {
        let current =
            self.published.iter().filter(|((kind, _), _)| *kind == ReferenceKind::Directory);
        current.flat_map(|(_, digests)| digests).filter_map(|it| self.directories.get(it))
    }

    /// The groups that are published, every version.
    pub fn published_groups(&self) -> impl Iterator<Item = &Arc<Group>> {
        let current = self.published.iter().filter(|((kind, _), _)| *kind == ReferenceKind::Group);
        current.flat_map(|(_, digests)| digests).filter_map(|it| self.groups.get(it))
    }

    /// What an application made at a moment starts on: of the versions of the group that are in
    /// force on that day the one that came into force last.
    #[must_use]
    pub fn in_force(&self, group: &str, at: DateTime<FixedOffset>) -> Option<InForce> {
        let digests = self.published.get(&(ReferenceKind::Group, group.to_owned()))?;
        let candidates = digests.iter().filter_map(|digest| {
            let group = self.groups.get(digest)?;
            let calendar_digest = self.only(ReferenceKind::Calendar, &group.calendar)?;
            let directory_digest = self.only(ReferenceKind::Directory, &group.directory)?;
            let calendar = self.calendar(calendar_digest)?;
            let today = at.with_timezone(&calendar.offset()).date_naive();
            let directory = self.directory(directory_digest)?;
            is_in_force(group, today).then(|| InForce {
                group: group.clone(),
                group_digest: digest.clone(),
                calendar,
                calendar_digest: calendar_digest.clone(),
                directory_digest: directory_digest.clone(),
                directory,
            })
        });
        candidates.max_by_key(|it| (it.group.effective_from, it.group.version))
    }

    fn only(&self, kind: ReferenceKind, name: &str) -> Option<&Digest> {
        self.published.get(&(kind, name.to_owned()))?.first()
    }
}

fn is_in_force(group: &Group, today: NaiveDate) -> bool {
    group.effective_from <= today && group.effective_to.is_none_or(|it| today <= it)
}

fn compile_group(reference: &Reference) -> (Option<Group>, Vec<Diagnostic>) {
    let Ok(content) = serde_json::from_str::<GroupContent>(&reference.content) else {
        return (None, Vec::new());
    };
    workflow::compile(&Sources {
        definition_file: &reference.name,
        definition: &content.definition,
        form_file: "form",
        form: &content.form,
    })
}

fn sound<T>(
    reference: &Reference,
    (value, diagnostics): (Option<T>, Vec<Diagnostic>),
) -> Result<T, Faulty> {
    let errors = diagnostics.into_iter().filter(|it| it.severity == Severity::Error);
    let faults: Vec<Diagnostic> = errors.collect();
    match value {
        Some(value) if faults.is_empty() => Ok(value),
        _ => Err(Faulty { kind: reference.kind, name: reference.name.clone(), faults }),
    }
}
