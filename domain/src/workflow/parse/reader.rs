//! Reading single values out of the tree: each fault is reported where it stands, and something
//! harmless is given back, so that reading goes on. What was faulty is never used: a report with
//! errors yields no definition.

use chrono::{NaiveDate, NaiveTime};

use super::shape::Shape;
use crate::calendar::{Counting, Measure, MeasureError};
use crate::diagnostic::{Diagnostic, Report, Span, suggest};
use crate::language::Text;
use crate::workflow::draft::{Guard, Name};
use crate::yaml::{Data, Key, Node};

pub(in crate::workflow) const NAME_RULE: &str =
    "a name has small letters, digits and `_`, begins with a letter and has at most 40 characters";
const TEXT_MAX: usize = 2000;

/// Whether a text can name a task, a document, a result, a field.
pub(in crate::workflow) fn is_name(text: &str) -> bool {
    text.len() <= 40
        && text.starts_with(|it: char| it.is_ascii_lowercase())
        && text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_')
}

/// Whether a text can name a group, a calendar, a directory, a kind of office, a value.
fn is_dashed_name(text: &str) -> bool {
    text.len() <= 60
        && text.starts_with(|it: char| it.is_ascii_lowercase() || it.is_ascii_digit())
        && text
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_' || it == b'-')
}

/// An object with the keys that it may have.
pub(super) struct Entries<'n> {
    node: &'n Node,
    shape: &'static Shape,
}

impl<'n> Entries<'n> {
    pub(super) fn read(node: &'n Node, shape: &'static Shape, report: &mut Report) -> Self {
        if node.map().is_none() {
            let message = format!("{} is written as `key: value` lines.", shape.title);
            report.add(Diagnostic::error("wrong-type", node.span, message));
        }
        for (key, _) in node.map().unwrap_or_default() {
            if !shape.keys.contains(&key.name.as_str()) {
                let message = format!("{} has no `{}`.", shape.title, key.name);
                let hint = suggest(&key.name, shape.keys.iter().copied());
                let fault = Diagnostic::error("unknown-key", key.span, message);
                report.add(Diagnostic { hint, ..fault });
            }
        }
        Self { node, shape }
    }

    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        debug_assert!(self.shape.keys.contains(&key), "{key} is not in its shape");
        self.node.get(key)
    }

    pub(super) fn required(&self, key: &str, report: &mut Report) -> Option<&'n Node> {
        let found = self.get(key);
        if found.is_none() && self.node.map().is_some() {
            let message = format!("{} needs `{key}`.", self.shape.title);
            report.add(Diagnostic::error("missing-key", self.node.heading(), message));
        }
        found
    }
}

pub(super) fn map<'n>(node: &'n Node, report: &mut Report) -> &'n [(Key, Node)] {
    if node.map().is_none() {
        wrong_type(node, "`key: value` lines are wanted here", report);
    }
    node.map().unwrap_or_default()
}

pub(super) fn list<'n>(node: &'n Node, report: &mut Report) -> &'n [Node] {
    if node.list().is_none() {
        wrong_type(node, "a list is wanted here, such as `[first, second]`", report);
    }
    node.list().unwrap_or_default()
}

fn wrong_type(node: &Node, hint: &str, report: &mut Report) {
    let found = match node.data {
        Data::Scalar { .. } if node.is_null() => "nothing",
        Data::Scalar { .. } => "a single value",
        Data::List(_) => "a list",
        Data::Map(_) => "`key: value` lines",
    };
    let message = format!("Here stands {found}.");
    report.add(Diagnostic::error("wrong-type", node.span, message).hint(hint));
}

/// Any text but an empty one.
pub(super) fn text(node: &Node, report: &mut Report) -> String {
    match node.text() {
        Some(text) if !node.is_null() && !text.trim().is_empty() => {
            if text.len() > TEXT_MAX {
                let message = format!("This text has more than {TEXT_MAX} bytes.");
                report.add(Diagnostic::error("too-large", node.span, message));
            }
            text.to_owned()
        }
        _ => {
            wrong_type(node, "a text is wanted here", report);
            String::new()
        }
    }
}

pub(super) fn named(node: &Node, report: &mut Report) -> Name {
    Name { text: text(node, report), span: node.span }
}

pub(super) fn dashed_name(node: &Node, report: &mut Report) -> Name {
    let name = named(node, report);
    if !name.text.is_empty() && !is_dashed_name(&name.text) {
        let message = format!("`{}` is no name.", name.text);
        let hint = "a name has small letters, digits, `-` and `_`, at most 60";
        report.add(Diagnostic::error("bad-name", node.span, message).hint(hint));
    }
    name
}

/// The name that a key gives to what is under it.
pub(super) fn key_name(key: &Key, report: &mut Report) -> Name {
    if !is_name(&key.name) {
        let message = format!("`{}` is no name.", key.name);
        report.add(Diagnostic::error("bad-name", key.span, message).hint(NAME_RULE));
    }
    Name { text: key.name.clone(), span: key.span }
}

/// A list of different names. What is no list is one empty name, so that it is not taken for a
/// list of none.
pub(super) fn names(node: &Node, report: &mut Report) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    if node.list().is_none() {
        names.push(Name::default());
    }
    for item in list(node, report) {
        let name = named(item, report);
        if !name.text.is_empty() && names.iter().any(|it| it.text == name.text) {
            let message = format!("`{}` stands here a second time.", name.text);
            report.add(Diagnostic::error("duplicate-name", name.span, message));
        } else {
            names.push(name);
        }
    }
    names
}

/// A text in both languages.
pub(in crate::workflow) fn translated(node: &Node, report: &mut Report) -> Text {
    let Some(entries) = node.map() else {
        let message = "People read this in two languages.";
        let hint = "write `{ vi: …, en: … }`";
        report.add(Diagnostic::error("missing-translation", node.span, message).hint(hint));
        return Text::default();
    };
    for (key, _) in entries.iter().filter(|(key, _)| !["vi", "en"].contains(&key.name.as_str())) {
        let message = format!("A text has no `{}`.", key.name);
        let hint = suggest(&key.name, ["vi", "en"]);
        report.add(Diagnostic { hint, ..Diagnostic::error("unknown-key", key.span, message) });
    }
    let mut in_language = |tag: &str| {
        let found = node.get(tag);
        let text = found.and_then(Node::text).map(str::trim).unwrap_or_default();
        if text.is_empty() {
            let language = if tag == "vi" { "Vietnamese" } else { "English" };
            let at = found.map_or(node.span, |it| it.span);
            let message = format!("The {language} text (`{tag}`) is missing.");
            report.add(Diagnostic::error("missing-translation", at, message));
        } else if text.len() > TEXT_MAX {
            let message = format!("This text has more than {TEXT_MAX} bytes.");
            report.add(Diagnostic::error("too-large", node.span, message));
        }
        text.to_owned()
    };
    Text { vi: in_language("vi"), en: in_language("en") }
}

/// A whole number within bounds.
pub(super) fn whole(node: &Node, least: u32, most: u32, report: &mut Report) -> u32 {
    let plain = matches!(node.data, Data::Scalar { plain: true, .. });
    let number = node.text().filter(|_| plain).and_then(|it| it.parse::<u32>().ok());
    match number.filter(|it| (least..=most).contains(it)) {
        Some(number) => number,
        None => {
            let message = format!("A whole number from {least} to {most} is wanted here.");
            report.add(Diagnostic::error("wrong-type", node.span, message));
            least
        }
    }
}

pub(super) fn truth(node: &Node, report: &mut Report) -> bool {
    match &node.data {
        Data::Scalar { text, plain: true } if text == "true" => true,
        Data::Scalar { text, plain: true } if text == "false" => false,
        _ => {
            wrong_type(node, "`true` or `false` is wanted here", report);
            false
        }
    }
}

pub(super) fn date(node: &Node, report: &mut Report) -> NaiveDate {
    let read = node.text().filter(|it| it.len() == 10);
    match read.and_then(|it| NaiveDate::parse_from_str(it, "%Y-%m-%d").ok()) {
        Some(date) => date,
        None => {
            wrong_type(node, "a day is wanted here, such as 2026-09-01", report);
            NaiveDate::default()
        }
    }
}

/// One of a few words; the first of them if it is none.
pub(super) fn choice<T: Copy>(node: &Node, choices: &[(&str, T)], report: &mut Report) -> T {
    known(node, choices, report).unwrap_or(choices[0].1)
}

/// One of a few words.
pub(super) fn known<T: Copy>(node: &Node, choices: &[(&str, T)], report: &mut Report) -> Option<T> {
    let text = node.text().unwrap_or_default();
    if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
        return Some(*value);
    }
    let words = choices.iter().map(|(word, _)| *word);
    let message = format!("`{text}` is not known here.");
    let hint = suggest(text, words);
    report.add(Diagnostic { hint, ..Diagnostic::error("unknown-name", node.span, message) });
    None
}

/// An amount of time that is more than none.
pub(super) fn measure(node: &Node, report: &mut Report) -> Option<Measure> {
    let text = node.text().unwrap_or_default();
    match Measure::parse(text) {
        Ok(measure) => Some(measure),
        Err(error) => {
            let code = match error {
                MeasureError::Amount(_) => "impossible-limit",
                MeasureError::Shape(_) => "wrong-type",
            };
            report.add(Diagnostic::error(code, node.span, sentence(&error.to_string())));
            None
        }
    }
}

/// Whether a scalar is the word `none`.
pub(super) fn is_none(node: &Node) -> bool {
    node.text() == Some("none")
}

pub(super) fn counting(cut_off: Option<&Node>, report: &mut Report) -> Counting {
    let Some(node) = cut_off else { return Counting::default() };
    if is_none(node) {
        return Counting { cut_off: None };
    }
    let read = node.text().filter(|it| it.len() == 5);
    match read.and_then(|it| NaiveTime::parse_from_str(it, "%H:%M").ok()) {
        Some(time) => Counting { cut_off: Some(time) },
        None => {
            wrong_type(node, "a time is wanted here, such as \"15:00\", or `none`", report);
            Counting::default()
        }
    }
}

/// A condition, unread.
pub(super) fn guard(node: &Node, source: &str, report: &mut Report) -> Option<Guard> {
    let text = match node.text() {
        // How long it may be is the condition's own business.
        Some(written) if written.len() > TEXT_MAX => written.to_owned(),
        _ => text(node, report),
    };
    let letters = if text.len() > TEXT_MAX { Vec::new() } else { letters(node, source, &text) };
    if text.is_empty() { None } else { Some(Guard { letters, text, span: node.span }) }
}

/// Where each letter of a scalar stands in its file: in quotes or not, on one line or folded.
/// Empty if it is not written there letter by letter.
fn letters(node: &Node, source: &str, text: &str) -> Vec<Span> {
    let mut letters = Vec::new();
    let mut written = Written::new(node, source);
    for letter in text.chars() {
        match written.next_like(letter) {
            Some(span) => letters.push(span),
            None => return Vec::new(),
        }
    }
    letters
}

/// The letters of a file from a place on.
struct Written<'s> {
    rest: std::iter::Peekable<std::str::Chars<'s>>,
    at: Span,
}

impl<'s> Written<'s> {
    fn new(node: &Node, source: &'s str) -> Self {
        let rest = source.get(node.span.start..).unwrap_or_default().chars().peekable();
        let mut written = Self { rest, at: node.span };
        if matches!(written.rest.peek(), Some('"' | '\'')) {
            written.step();
        }
        written
    }

    fn step(&mut self) -> Option<Span> {
        let letter = self.rest.next()?;
        let span = Span { end: self.at.start + letter.len_utf8(), ..self.at };
        self.at.start = span.end;
        if letter == '\n' {
            self.at.line += 1;
            self.at.column = 1;
        } else {
            self.at.column += 1;
        }
        Some(span)
    }

    /// Any white space stands for any other, since lines are folded.
    fn next_like(&mut self, letter: char) -> Option<Span> {
        let spaces = |written: &mut Self| {
            let mut first = None;
            while written.rest.peek().is_some_and(|it| it.is_whitespace()) {
                let span = written.step();
                first = first.or(span);
                if letter.is_whitespace() && written.rest.peek() == Some(&letter) {
                    break;
                }
            }
            first
        };
        if self.rest.peek() == Some(&letter) && !letter.is_whitespace() {
            return self.step();
        }
        let skipped = spaces(self);
        if letter.is_whitespace() {
            return skipped;
        }
        if self.rest.peek() == Some(&letter) { self.step() } else { None }
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|it| it.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
