//! Scenario tests: given an application and a clock, when these things happen at these times, then
//! these events, due times and statuses. They stand beside a definition and run on the domain
//! alone, in milliseconds.

mod applications;
mod compare;
mod play;
mod read;
#[cfg(test)]
mod tests;
mod vary;

use serde::Serialize;

use crate::catalogue::{self, SourceFile};
use crate::diagnostic::Diagnostic;
use crate::workflow::{FileKind, kind_of};
use play::Content;

/// How one scenario came out.
#[derive(Clone, Debug, Serialize)]
pub struct ScenarioReport {
    pub file: String,
    pub name: String,
    /// What differed, line by line; empty if the scenario passed.
    pub differences: Vec<String>,
    /// What happened, an event a line, to be shown beside the differences.
    pub timeline: Vec<String>,
}

impl ScenarioReport {
    #[must_use]
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }

    fn broken(file: &str, name: &str, why: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            name: name.to_owned(),
            differences: vec![why.into()],
            timeline: Vec::new(),
        }
    }
}

/// What is wrong with the scenario files among `files`, each by itself.
#[must_use]
pub fn check(files: &[SourceFile]) -> Vec<Diagnostic> {
    let scenarios = files.iter().filter(|it| kind_of(&it.text) == FileKind::Scenario);
    scenarios.flat_map(read::check).collect()
}

/// Runs every scenario file among `files` over bad links: everything said twice, late, in another
/// order, with a crash at every event. Each must end as it does over sound ones.
#[must_use]
pub fn vary(files: &[SourceFile]) -> Vec<ScenarioReport> {
    let reading = catalogue::read(files);
    let content = Content::new(&reading);
    let scenarios = files.iter().filter(|it| kind_of(&it.text) == FileKind::Scenario);
    let reports = scenarios.flat_map(|file| match read::scenarios(file, files) {
        Ok(scenarios) => {
            let varied = |it: &read::Scenario| {
                let broken = |why| vec![ScenarioReport::broken(&file.path, &it.name, why)];
                play::vary(&file.path, it, &content).unwrap_or_else(broken)
            };
            scenarios.iter().flat_map(varied).collect()
        }
        Err(why) => vec![ScenarioReport::broken(&file.path, &file.path, why)],
    });
    reports.collect()
}

/// Runs every scenario file among `files` against the definitions, calendars and directories
/// among them. Examples that scenarios name are looked up there too.
#[must_use]
pub fn run(files: &[SourceFile]) -> Vec<ScenarioReport> {
    let reading = catalogue::read(files);
    let content = Content::new(&reading);
    let scenarios = files.iter().filter(|it| kind_of(&it.text) == FileKind::Scenario);
    let reports = scenarios.flat_map(|file| match read::scenarios(file, files) {
        Ok(scenarios) => {
            scenarios.into_iter().map(|it| play::play(&file.path, &it, &content)).collect()
        }
        Err(why) => vec![ScenarioReport::broken(&file.path, &file.path, why)],
    });
    reports.collect()
}
