//! What is wrong with a text that a person wrote (a definition, a form, a calendar, a directory):
//! where, how bad, and what to do about it. Rendering is the edge's business.

use serde::Serialize;

/// A stretch of a source text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Span {
    /// Byte offset of the first byte.
    pub start: usize,
    /// Byte offset after the last byte.
    pub end: usize,
    /// Line of the start, from 1.
    pub line: usize,
    /// Column of the start, from 1, in characters.
    pub column: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The text can't be used.
    Error,
    /// The text can be used, and probably does not say what its author meant.
    Warning,
}

/// The code of every kind of fault, in the order of the alphabet. The book explains each.
pub const CODES: &[&str] = &[
    "agency-only",
    "bad-count",
    "bad-name",
    "bad-order",
    "bad-value",
    "calendar-too-short",
    "cycle",
    "duplicate",
    "duplicate-day",
    "duplicate-key",
    "duplicate-name",
    "guarded-last-amount",
    "guarded-last-limit",
    "impossible-end",
    "impossible-limit",
    "impossible-period",
    "later-result",
    "missing",
    "missing-calendar",
    "missing-directory",
    "missing-file",
    "missing-key",
    "missing-label",
    "missing-office",
    "missing-translation",
    "no-consequence",
    "no-reminder",
    "not-a-day-off",
    "not-an-option",
    "not-in-year",
    "optional-field",
    "period",
    "receiving-task",
    "schema",
    "several-doers",
    "shape",
    "syntax",
    "too-large",
    "unbounded",
    "uncovered-value",
    "unknown-document",
    "unknown-field",
    "unknown-function",
    "unknown-key",
    "unknown-name",
    "unreachable-limit",
    "unreachable-task",
    "unseen-field",
    "wrong-area",
    "wrong-kind",
    "wrong-type",
    "year-gap",
];

/// One fault of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Stable name of the kind of fault, e.g. `unknown-name`; one of [`CODES`].
    pub code: &'static str,
    /// One sentence: what is wrong.
    pub message: String,
    /// One sentence: what would be right. Absent where there is nothing to add.
    pub hint: Option<String>,
    /// The file as the author named it.
    pub file: String,
    pub span: Span,
}

impl Diagnostic {
    /// An error; the file is filled in by [`Report::add`].
    #[must_use]
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message.into())
    }

    /// A warning; the file is filled in by [`Report::add`].
    #[must_use]
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span, message.into())
    }

    fn new(severity: Severity, code: &'static str, span: Span, message: String) -> Self {
        debug_assert!(CODES.contains(&code), "`{code}` is not among CODES");
        Self { severity, code, message, hint: None, file: String::new(), span }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The faults found in one file, collected: a reader goes on after a fault.
#[derive(Debug, Default)]
pub struct Report {
    file: String,
    diagnostics: Vec<Diagnostic>,
}

/// A report keeps at most this many faults.
pub const DIAGNOSTICS_MAX: usize = 200;

impl Report {
    #[must_use]
    pub fn new(file: &str) -> Self {
        Self { file: file.to_owned(), diagnostics: Vec::new() }
    }

    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    pub fn add(&mut self, mut diagnostic: Diagnostic) {
        if self.diagnostics.len() < DIAGNOSTICS_MAX {
            diagnostic.file.clone_from(&self.file);
            self.diagnostics.push(diagnostic);
        }
    }

    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|it| it.severity == Severity::Error)
    }

    /// The faults in the order of the text.
    #[must_use]
    pub fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|it| (it.span, it.severity));
        self.diagnostics.dedup_by(|it, before| it.repeats(before));
        self.diagnostics
    }
}

impl Diagnostic {
    /// Whether it says the same at the same place, of another entry of a list.
    fn repeats(&self, other: &Self) -> bool {
        let words = |it: &Self| it.message.replace(|it: char| it.is_ascii_digit(), "");
        self.span == other.span && self.code == other.code && words(self) == words(other)
    }
}

/// The closest of `known` to a misspelt `name`, as a hint; lists what is known when nothing is
/// close and the list is short.
#[must_use]
pub fn suggest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    let best = known
        .iter()
        .map(|it| (strsim::damerau_levenshtein(name, it), *it))
        .min()
        .filter(|(distance, it)| *distance <= it.chars().count().max(3) / 3 + 1);
    match best {
        Some((_, it)) => Some(format!("did you mean `{it}`?")),
        None if known.is_empty() || known.len() > 12 => None,
        None => Some(format!("one of: {}", known.join(", "))),
    }
}
