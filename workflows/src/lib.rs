//! The content that ships with lienthong: definitions with their forms, calendars, the agency
//! directory, scenarios and examples. Embeds the files and hands them out as text; what they mean
//! is the domain's to say.

use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "calendars"]
#[prefix = "calendars/"]
struct Calendars;

#[derive(RustEmbed)]
#[folder = "directories"]
#[prefix = "directories/"]
struct Directories;

#[derive(RustEmbed)]
#[folder = "groups"]
#[prefix = "groups/"]
struct Groups;

/// Every file: its path below the content's root, `/` between the parts, and its text; by path.
#[must_use]
pub fn files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    collect::<Calendars>(&mut files);
    collect::<Directories>(&mut files);
    collect::<Groups>(&mut files);
    files
}

/// An example application: the JSON body that is sent, by the name of its file without ending,
/// e.g. `birth`.
#[must_use]
pub fn example(name: &str) -> Option<String> {
    let ending = format!("/examples/{name}.json");
    let path = Groups::iter().find(|path| path.ends_with(&ending))?;
    Groups::get(&path).and_then(text)
}

fn collect<Folder: RustEmbed>(files: &mut Vec<(String, String)>) {
    let mut found: Vec<_> = Folder::iter()
        .filter(|path| path.ends_with(".yaml") || path.ends_with(".json"))
        .filter_map(|path| Some((path.to_string(), Folder::get(&path).and_then(text)?)))
        .collect();
    found.sort();
    files.append(&mut found);
}

fn text(file: EmbeddedFile) -> Option<String> {
    String::from_utf8(file.data.into_owned()).ok()
}

#[cfg(test)]
mod tests;
