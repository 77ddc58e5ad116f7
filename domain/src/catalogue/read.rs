//! From files to references: told apart by their first key, checked together, every fault at once.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{GroupContent, Reference, ReferenceKind};
use crate::calendar::Calendar;
use crate::diagnostic::{Diagnostic, Report, Span};
use crate::directory::Directory;
use crate::workflow::{self, FileKind, Group, Sources, Surroundings, form_file, kind_of};
use crate::yaml;

/// A file as its author named it.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// With `/` between folders.
    pub path: String,
    pub text: String,
}

/// What a set of files holds.
#[derive(Debug, Default)]
pub struct Reading {
    /// Calendars and directories first, then groups. Only what has no error.
    pub references: Vec<Reference>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads and checks every definition, calendar and directory among `files`. Files of other kinds
/// are passed over.
#[must_use]
pub fn read(files: &[SourceFile]) -> Reading {
    let mut reading = Reading::default();
    let mut calendars = Vec::new();
    let mut directories = Vec::new();
    let mut taken = Taken::default();
    for file in files {
        match kind_of(&file.text) {
            FileKind::Calendar => {
                let (calendar, diagnostics) = Calendar::parse(&file.path, &file.text);
                reading.diagnostics.extend(diagnostics);
                let name = calendar.as_ref().map(|it| format!("calendar `{}`", it.name));
                reading.diagnostics.extend(taken.twice(name, file));
                let named = calendar.map(|it| (Reference::calendar(&it.name, &file.text), it));
                calendars.extend(named);
            }
            FileKind::Directory => {
                let (directory, diagnostics) = Directory::parse(&file.path, &file.text);
                reading.diagnostics.extend(diagnostics);
                let name = directory.as_ref().map(|it| format!("directory `{}`", it.name));
                reading.diagnostics.extend(taken.twice(name, file));
                let named = directory.map(|it| (Reference::directory(&it.name, &file.text), it));
                directories.extend(named);
            }
            FileKind::Group | FileKind::Scenario | FileKind::Other => {}
        }
    }
    for file in files.iter().filter(|it| kind_of(&it.text) == FileKind::Calendar) {
        reading.diagnostics.extend(strange_places(file, &directories));
    }
    let surroundings = surroundings(&calendars, &directories);
    let mut groups = Vec::new();
    for file in files.iter().filter(|it| kind_of(&it.text) == FileKind::Group) {
        let group = read_group(file, files, &surroundings, &mut reading.diagnostics);
        let name = group.as_ref().map(|(it, _)| format!("version {} of `{}`", it.version, it.name));
        reading.diagnostics.extend(taken.twice(name, file));
        groups.extend(group.map(|(_, reference)| reference));
    }
    let calendars = calendars.into_iter().map(|(reference, _)| reference);
    let directories = directories.into_iter().map(|(reference, _)| reference);
    reading.references = calendars.chain(directories).chain(groups).collect();
    reading
}

/// What was found so far, and in which file.
#[derive(Default)]
struct Taken(BTreeMap<String, String>);

impl Taken {
    /// A fault if another file holds the same: nobody could tell which of them counts.
    fn twice(&mut self, name: Option<String>, file: &SourceFile) -> Vec<Diagnostic> {
        let Some(name) = name else { return Vec::new() };
        let mut report = Report::new(&file.path);
        if let Some(other) = self.0.get(&name) {
            let node = yaml::parse(&file.text, &mut Report::default());
            let at = node.map(|it| it.heading()).unwrap_or_default();
            let fault = Diagnostic::error("duplicate", at, format!("Here is the {name} again."));
            report.add(fault.hint(format!("it stands in {other}, too")));
        }
        self.0.entry(name).or_insert_with(|| file.path.clone());
        report.into_diagnostics()
    }
}

fn surroundings(
    calendars: &[(Reference, Calendar)],
    directories: &[(Reference, Directory)],
) -> Surroundings {
    let kinds = |it: &Directory| it.kinds().into_iter().map(str::to_owned).collect();
    Surroundings {
        calendars: calendars.iter().map(|(_, it)| (it.name.clone(), it.covered())).collect(),
        directories: directories.iter().map(|(_, it)| (it.name.clone(), kinds(it))).collect(),
    }
}

/// Places under `local` of a calendar that no directory has: probably misspelt, and never read.
fn strange_places(file: &SourceFile, directories: &[(Reference, Directory)]) -> Vec<Diagnostic> {
    let mut report = Report::new(&file.path);
    let node = yaml::parse(&file.text, &mut Report::default());
    let local = node.as_ref().and_then(|it| it.get("local")?.map()).unwrap_or_default();
    let is_known = |place: &str| {
        directories.iter().any(|(_, it)| it.area(place).is_some() || it.office(place).is_some())
    };
    for (place, _) in local.iter().filter(|(it, _)| !directories.is_empty() && !is_known(&it.name))
    {
        let message = format!("No directory has an area or office `{}`.", place.name);
        report.add(Diagnostic::warning("unknown-name", place.span, message));
    }
    report.into_diagnostics()
}

/// A path relative to the folder of another file, without `.` and `..`.
pub(crate) fn beside(file: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.retain(|it| !it.is_empty());
    parts.join("/")
}

fn read_group(
    file: &SourceFile,
    files: &[SourceFile],
    surroundings: &Surroundings,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(Group, Reference)> {
    let form_name = form_file(&file.text).unwrap_or_else(|| "form.yaml".to_owned());
    let path = beside(&file.path, &form_name);
    let Some(form) = files.iter().find(|it| beside("", &it.path) == path) else {
        let mut report = Report::new(&file.path);
        let span = form_span(&file.text).unwrap_or_default();
        let message = format!("The form `{form_name}` is not here.");
        let fault = Diagnostic::error("missing-file", span, message);
        report.add(fault.hint(format!("it is looked for as {path}")));
        diagnostics.extend(report.into_diagnostics());
        return None;
    };
    let sources = Sources {
        definition_file: &file.path,
        definition: &file.text,
        form_file: &form.path,
        form: &form.text,
    };
    let faults = workflow::check(&sources, surroundings);
    let sound = faults.iter().all(|it| it.severity != crate::diagnostic::Severity::Error);
    diagnostics.extend(faults);
    let (group, _) = workflow::compile(&sources);
    let group = group.filter(|_| sound)?;
    let reference = Reference::group(&group.name, &file.text, &form.text);
    Some((group, reference))
}

fn form_span(definition: &str) -> Option<Span> {
    let node = yaml::parse(definition, &mut Report::default())?;
    node.get("form").map(|it| it.span)
}

impl Reference {
    /// A group's reference with some parameters of its definition set otherwise, by dotted path.
    ///
    /// # Errors
    /// Why that can't be done, as a sentence.
    pub fn with_parameters(&self, parameters: &BTreeMap<String, Json>) -> Result<Self, String> {
        if self.kind != ReferenceKind::Group {
            return Err("only a group has parameters".to_owned());
        }
        let content: GroupContent =
            serde_json::from_str(&self.content).map_err(|it| it.to_string())?;
        let mut report = Report::new(&self.name);
        let node = yaml::parse(&content.definition, &mut report);
        let mut definition = node.ok_or("the definition can't be read")?;
        for (path, value) in parameters {
            if !definition.set(path, value) {
                return Err(format!("{path} is not in the definition"));
            }
        }
        Ok(Self::group(&self.name, &definition.to_json_text(), &content.form))
    }
}
