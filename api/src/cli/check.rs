//! `lienthong check`: every fault of definitions, calendars and directories at once, where it
//! stands, for people and for editors. What is a fault is the domain's to say.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use lienthong_domain::catalogue::{self, SourceFile};
use lienthong_domain::diagnostic::{Diagnostic, Severity, Span};
use lienthong_domain::scenario;
use lienthong_domain::workflow::{FileKind, kind_of};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource};
use serde_json::{Value as Json, json};

use super::output::say;
use super::sources;

#[derive(clap::Args)]
pub(crate) struct Check {
    /// Files, or folders with everything below them
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// One JSON array with an object for each fault, for editors
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Fails if there is an error among the faults; warnings alone are no failure.
    pub(crate) fn run(self) -> Result<ExitCode, sources::Error> {
        let given = sources::read(&self.paths)?;
        let files = sources::with_companions(given.clone());
        let faults = faults(&given, &files);
        if self.json {
            let faults: Json = faults.iter().map(|it| json(it, text_of(&files, it))).collect();
            say!("{faults:#}");
        } else {
            show(&faults, &files);
        }
        let is_wrong = faults.iter().any(|it| it.severity == Severity::Error);
        Ok(if is_wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// The faults of `given` and of what it names, in the order of files and texts.
fn faults(given: &[SourceFile], files: &[SourceFile]) -> Vec<Diagnostic> {
    let around = [FileKind::Calendar, FileKind::Directory];
    let all = sources::with_embedded(files.to_vec(), &around);
    let mut faults = catalogue::read(&all).diagnostics;
    faults.retain(|fault| files.iter().any(|it| it.path == fault.file));
    faults.extend(nothing_of_ours(given, files));
    faults.extend(scenario::check(files));
    faults.sort_by(|one, other| (&one.file, one.span).cmp(&(&other.file, other.span)));
    faults
}

/// YAML that is no definition, calendar, directory or scenario, nor the form of a definition here.
fn nothing_of_ours(given: &[SourceFile], files: &[SourceFile]) -> Vec<Diagnostic> {
    let definitions = files.iter().filter(|it| kind_of(&it.text) == FileKind::Group);
    let forms: BTreeSet<PathBuf> = definitions.filter_map(sources::form_of).collect();
    let is_unknown = |it: &&SourceFile| {
        kind_of(&it.text) == FileKind::Other
            && it.path.ends_with(".yaml")
            && !forms.contains(&PathBuf::from(&it.path))
    };
    let fault = |file: &SourceFile| {
        Diagnostic {
        severity: Severity::Error,
        code: "unknown-file",
        message: "This is no definition, calendar, directory or scenario, and no definition here \
                  names it as its form."
            .to_owned(),
        hint: Some(
            "such a file begins with `group:`, `calendar:`, `directory:` or `scenario:`; a form is \
             checked with the definition that names it"
                .to_owned(),
        ),
        file: file.path.clone(),
        span: Span { line: 1, column: 1, ..Span::default() },
    }
    };
    given.iter().filter(is_unknown).map(fault).collect()
}

fn text_of<'a>(files: &'a [SourceFile], fault: &Diagnostic) -> &'a str {
    files.iter().find(|it| it.path == fault.file).map_or("", |it| it.text.as_str())
}

/// Prints faults as people read them, and how many there are.
pub(crate) fn show(faults: &[Diagnostic], files: &[SourceFile]) {
    let is_plain = !stdout().is_terminal() || std::env::var_os("NO_COLOR").is_some();
    let theme =
        if is_plain { GraphicalTheme::unicode_nocolor() } else { GraphicalTheme::unicode() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false);
    for fault in faults {
        let mut text = String::new();
        let report = report(fault, text_of(files, fault));
        if handler.render_report(&mut text, report.as_ref()).is_ok() {
            say!("{text}");
        }
    }
    say!("{}", summary(faults));
}

fn report(fault: &Diagnostic, text: &str) -> miette::Report {
    let Span { start, end, line, column } = fault.span;
    let severity = match fault.severity {
        Severity::Error => miette::Severity::Error,
        Severity::Warning => miette::Severity::Warning,
    };
    let mut diagnostic = MietteDiagnostic::new(&fault.message)
        .with_code(format!("{} at {}:{line}:{column}", fault.code, fault.file))
        .with_severity(severity);
    diagnostic.help.clone_from(&fault.hint);
    if end > text.len() || text.is_empty() {
        return miette::Report::new(diagnostic);
    }
    let diagnostic = diagnostic.with_label(LabeledSpan::at(start..end.max(start), "here"));
    let source = NamedSource::new(&fault.file, text.to_owned());
    miette::Report::new(diagnostic).with_source_code(source)
}

fn summary(faults: &[Diagnostic]) -> String {
    let errors = faults.iter().filter(|it| it.severity == Severity::Error).count();
    match (errors, faults.len() - errors) {
        (0, 0) => "no faults".to_owned(),
        (errors, warnings) => format!("{errors} error(s), {warnings} warning(s)"),
    }
}

/// A fault as editors read it: lines and columns from 1, columns in characters; `end` is the place
/// after the last character.
fn json(fault: &Diagnostic, text: &str) -> Json {
    let Span { start, end, line, column } = fault.span;
    let (mut end_line, mut end_column) = (line, column);
    for character in text.get(start..end).unwrap_or_default().chars() {
        match character {
            '\n' => (end_line, end_column) = (end_line + 1, 1),
            _ => end_column += 1,
        }
    }
    json!({
        "file": fault.file,
        "line": line,
        "column": column,
        "end": { "line": end_line, "column": end_column },
        "severity": fault.severity,
        "code": fault.code,
        "message": fault.message,
        "hint": fault.hint,
    })
}
