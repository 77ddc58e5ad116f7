//! `lienthong test`: runs scenarios against definitions on the pure domain, without a server or a
//! store. A scenario that comes out otherwise than it says is shown with what happened.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use lienthong_domain::scenario::{self, ScenarioReport};
use lienthong_domain::workflow::{FileKind, kind_of};
use serde_json::json;

use super::output::say;
use super::sources;

#[derive(clap::Args)]
pub(crate) struct Test {
    /// Scenario files, or folders with everything below them
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Over bad links as well: everything said twice, late, in another order, with a crash at every
    /// event
    #[arg(long)]
    vary: bool,
    /// One JSON object: how each scenario came out
    #[arg(long)]
    json: bool,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Sources(#[from] sources::Error),
    #[error("there is no scenario in these files: one begins with `scenario:`")]
    NoScenario,
}

impl Test {
    /// Fails if a scenario does.
    pub(crate) fn run(self) -> Result<ExitCode, Error> {
        let given = sources::read(&self.paths)?;
        if !given.iter().any(|it| kind_of(&it.text) == FileKind::Scenario) {
            return Err(Error::NoScenario);
        }
        let around = [FileKind::Calendar, FileKind::Directory, FileKind::Group];
        let files = sources::with_embedded(sources::with_companions(given), &around);
        let begun = Instant::now();
        let mut reports = scenario::run(&files);
        if self.vary {
            reports.extend(scenario::vary(&files));
            reports.sort_by(|one, other| one.file.cmp(&other.file));
        }
        let took = begun.elapsed();
        if self.json {
            let passed = reports.iter().all(ScenarioReport::passed);
            let millis = took.as_secs_f64() * 1_000.0;
            let json = json!({ "passed": passed, "millis": millis, "scenarios": reports });
            say!("{json:#}");
        } else {
            show(&reports, took);
        }
        let passed = reports.iter().all(ScenarioReport::passed);
        Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn show(reports: &[ScenarioReport], took: Duration) {
    let mut file = "";
    for report in reports {
        if report.file != file {
            file = &report.file;
            say!("{file}");
        }
        let mark = if report.passed() { '✓' } else { '✗' };
        say!("  {mark} {}", report.name);
        if !report.passed() {
            report.differences.iter().for_each(|it| say!("      {it}"));
            say!("      what happened:");
            report.timeline.iter().for_each(|it| say!("        {it}"));
        }
    }
    let failed = reports.iter().filter(|it| !it.passed()).count();
    let passed = reports.len() - failed;
    say!("{passed} passed, {failed} failed, in {took:.1?}");
}
