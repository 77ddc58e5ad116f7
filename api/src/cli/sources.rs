//! Which files a command works on: those of the paths that were given, and for what they name and
//! do not bring themselves the content that ships with this program.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use lienthong_domain::catalogue::SourceFile;
use lienthong_domain::diagnostic::Report;
use lienthong_domain::workflow::{FileKind, form_file, kind_of};
use lienthong_domain::yaml;

/// Files that one command reads.
const FILES_MAX: usize = 10_000;
/// Folders within folders.
const DEPTH_MAX: usize = 16;
/// How the paths of the content that ships with this program begin.
const EMBEDDED: &str = "(embedded)/";
/// A folder of this name holds scenarios of the definitions in the folder above.
const SCENARIOS: &str = "scenarios";
const YAML: &str = ".yaml";

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{path}: {cause}")]
    Unreadable { path: String, cause: std::io::Error },
    #[error("{0}: not a file of UTF-8 text")]
    NotText(String),
    #[error(
        "{0}: there are more than {FILES_MAX} files, or more than {DEPTH_MAX} folders inside one another"
    )]
    TooMany(String),
    #[error("{0}: there is no .yaml file")]
    Nothing(String),
}

/// What ships with this program.
pub(crate) fn embedded() -> Vec<SourceFile> {
    let files = lienthong_workflows::files().into_iter();
    files.map(|(path, text)| SourceFile { path: format!("{EMBEDDED}{path}"), text }).collect()
}

/// Adds what ships with this program, of some kinds; not what `files` bring themselves, by name.
pub(crate) fn with_embedded(mut files: Vec<SourceFile>, kinds: &[FileKind]) -> Vec<SourceFile> {
    let brought: BTreeSet<(String, String)> = files.iter().filter_map(heading).collect();
    let is_wanted = |it: &SourceFile| {
        let kind = kind_of(&it.text);
        let is_of_kind = kinds.contains(&kind) || kind == FileKind::Other;
        is_of_kind && heading(it).is_none_or(|it| !brought.contains(&it))
    };
    files.extend(embedded().into_iter().filter(is_wanted));
    files
}

/// The first key of a file and its value: what it is and what it is called.
fn heading(file: &SourceFile) -> Option<(String, String)> {
    let node = yaml::parse(&file.text, &mut Report::default())?;
    let (key, value) = node.map()?.first()?;
    Some((key.name.clone(), value.text()?.to_owned()))
}

/// Adds what belongs to `files` and isn't among them: the form of a definition, the definitions of
/// a form, and of a scenario its application and the definitions beside it. What can't be found is
/// left to the reader to miss.
pub(crate) fn with_companions(mut files: Vec<SourceFile>) -> Vec<SourceFile> {
    let given = files.iter().map(|it| match kind_of(&it.text) {
        FileKind::Scenario => around_scenario(it),
        FileKind::Other if it.path.ends_with(YAML) => definitions_of(it),
        _ => Vec::new(),
    });
    let mut companions: BTreeSet<PathBuf> = given.flatten().collect();
    add(&mut files, &companions);
    let definitions = files.iter().filter(|it| kind_of(&it.text) == FileKind::Group);
    companions = definitions.filter_map(form_of).collect();
    add(&mut files, &companions);
    files
}

/// Adds the files of these paths that are there, except scenarios, which nothing refers to.
fn add(files: &mut Vec<SourceFile>, paths: &BTreeSet<PathBuf>) {
    for path in paths {
        if let Ok(found) = file(path)
            && kind_of(&found.text) != FileKind::Scenario
            && !files.iter().any(|it| it.path == found.path)
        {
            files.push(found);
        }
    }
}

/// Where a definition's form is looked for.
pub(crate) fn form_of(definition: &SourceFile) -> Option<PathBuf> {
    let folder = Path::new(&definition.path).parent()?;
    form_file(&definition.text).map(|it| folder.join(it))
}

/// The definitions beside a form that name it.
fn definitions_of(form: &SourceFile) -> Vec<PathBuf> {
    let path = PathBuf::from(&form.path);
    let beside = yaml_files(&folder(form)).map(|it| normal(&it)).filter(|it| {
        let definition = file(it).ok().filter(|it| kind_of(&it.text) == FileKind::Group);
        definition.and_then(|it| form_of(&it)).as_ref() == Some(&path)
    });
    beside.collect()
}

fn around_scenario(scenario: &SourceFile) -> Vec<PathBuf> {
    let own = folder(scenario);
    let node = yaml::parse(&scenario.text, &mut Report::default());
    let application = node.as_ref().and_then(|it| it.get("application")?.text());
    let mut around: Vec<PathBuf> = application.map(|it| own.join(it)).into_iter().collect();
    let is_apart = fs::canonicalize(&own).is_ok_and(|it| it.ends_with(SCENARIOS));
    let above = is_apart.then(|| normal(&own.join("..")));
    around.extend(above.iter().chain([&own]).flat_map(|it| yaml_files(it)));
    around.iter().map(|it| normal(it)).collect()
}

/// The folder of a file, never nothing.
fn folder(file: &SourceFile) -> PathBuf {
    match Path::new(&file.path).parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The YAML files of a folder itself.
fn yaml_files(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(FILES_MAX);
    let paths = entries.map(|it| it.path());
    paths.filter(|it| !it.is_dir() && it.extension().is_some_and(|it| it == "yaml"))
}

/// The same path without `.` and, where a folder stands before it, without `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(normal.components().next_back(), Some(Component::Normal(_))) =>
            {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    if normal == Path::new("") { PathBuf::from(".") } else { normal }
}

/// The YAML and JSON files of paths, folders with everything below them, in a stable order.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<SourceFile>, Error> {
    let mut found = BTreeSet::new();
    for path in paths {
        let mut below = BTreeSet::new();
        find(&normal(path), 0, &mut below)?;
        if path.is_dir() && !below.iter().any(|it| it.to_string_lossy().ends_with(YAML)) {
            return Err(Error::Nothing(path.display().to_string()));
        }
        found.append(&mut below);
    }
    found.iter().map(|it| file(it)).collect()
}

fn find(path: &Path, depth: usize, found: &mut BTreeSet<PathBuf>) -> Result<(), Error> {
    let unreadable = |cause| Error::Unreadable { path: path.display().to_string(), cause };
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        found.insert(path.to_owned());
    } else if depth < DEPTH_MAX {
        for entry in fs::read_dir(path).map_err(unreadable)? {
            let inner = entry.map_err(unreadable)?.path();
            let ending = inner.extension().and_then(|it| it.to_str());
            if inner.is_dir() || matches!(ending, Some("yaml" | "json")) {
                find(&inner, depth + 1, found)?;
            }
        }
    }
    if found.len() > FILES_MAX || depth == DEPTH_MAX {
        return Err(Error::TooMany(path.display().to_string()));
    }
    Ok(())
}

/// Reads one file; its path with `/` between the folders, as it was given.
fn file(path: &Path) -> Result<SourceFile, Error> {
    let shown = path.display().to_string();
    let bytes = fs::read(path).map_err(|cause| Error::Unreadable { path: shown.clone(), cause })?;
    let text = String::from_utf8(bytes).map_err(|_| Error::NotText(shown.clone()))?;
    let shown = shown.strip_prefix("./").unwrap_or(&shown);
    Ok(SourceFile { path: shown.replace('\\', "/"), text })
}
