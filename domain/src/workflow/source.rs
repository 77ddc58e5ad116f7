//! The texts that a definition is written in, told apart without being read whole.

use crate::diagnostic::Report;
use crate::yaml;

/// A definition and its form, as texts with the names of their files.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    pub definition_file: &'a str,
    pub definition: &'a str,
    pub form_file: &'a str,
    pub form: &'a str,
}

/// What a YAML file of the content describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Group,
    Calendar,
    Directory,
    Scenario,
    /// A form, or nothing of ours.
    Other,
}

/// What a file describes, by its first key; also of files that are faulty further down.
#[must_use]
pub fn kind_of(text: &str) -> FileKind {
    let meaningful = |line: &&str| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#') && line != "---"
    };
    let text = text.trim_start_matches('\u{feff}');
    let key = text.lines().find(meaningful).and_then(|it| it.split_once(':'));
    match key.map(|(key, _)| key.trim_matches(['{', '"', '\'', ' '])) {
        Some("group") => FileKind::Group,
        Some("calendar") => FileKind::Calendar,
        Some("directory") => FileKind::Directory,
        Some("scenario") => FileKind::Scenario,
        _ => FileKind::Other,
    }
}

/// The file that a definition names as its form, relative to its own.
#[must_use]
pub fn form_file(definition: &str) -> Option<String> {
    let node = yaml::parse(definition, &mut Report::default())?;
    node.get("form")?.text().filter(|it| !it.is_empty()).map(str::to_owned)
}
