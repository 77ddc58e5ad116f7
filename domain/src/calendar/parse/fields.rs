//! Fields of a calendar file: present, known, of the right type and within bounds, or reported.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use crate::diagnostic::{Diagnostic, Report, suggest};
use crate::language::Text;
use crate::yaml::{Data, Node};

const TEXT_CHARS_MAX: usize = 200;

/// Reports keys that are not among `known`. `None` if the node is no map.
pub(super) fn check_keys(node: &Node, known: &[&str], report: &mut Report) -> Option<()> {
    let Some(entries) = node.map() else {
        let hint = format!("a map with the keys {}", known.join(", "));
        report.add(wrong_type(node, "entries with keys").hint(hint));
        return None;
    };
    for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&key.name.as_str())) {
        let message = format!("`{}` is not known here.", key.name);
        let diagnostic = Diagnostic::error("unknown-key", key.span, message);
        let hint = suggest(&key.name, known.iter().copied());
        report.add(hint.into_iter().fold(diagnostic, Diagnostic::hint));
    }
    Some(())
}

/// The value under a key; reports its absence.
pub(super) fn required<'a>(node: &'a Node, key: &str, report: &mut Report) -> Option<&'a Node> {
    let found = node.get(key);
    if found.is_none() {
        let message = format!("`{key}` is missing.");
        report.add(Diagnostic::error("missing-key", node.heading(), message));
    }
    found
}

/// A text that is neither empty nor too long.
pub(super) fn text<'a>(node: &'a Node, report: &mut Report) -> Option<&'a str> {
    let Some(text) = node.text() else {
        report.add(wrong_type(node, "a text"));
        return None;
    };
    if text.trim().is_empty() || text.chars().count() > TEXT_CHARS_MAX {
        let message = format!("A text of 1 to {TEXT_CHARS_MAX} characters belongs here.");
        report.add(Diagnostic::error("bad-value", node.span, message));
        return None;
    }
    Some(text)
}

/// A text in both languages.
pub(super) fn texts(node: &Node, report: &mut Report) -> Option<Text> {
    check_keys(node, &["vi", "en"], report)?;
    let vi = required(node, "vi", report).and_then(|it| text(it, report));
    let en = required(node, "en", report).and_then(|it| text(it, report));
    Some(Text::new(vi?, en?))
}

/// A list with a number of items within bounds.
pub(super) fn list<'a>(
    node: &'a Node,
    bounds: RangeInclusive<usize>,
    report: &mut Report,
) -> Option<&'a [Node]> {
    let Some(items) = node.list() else {
        report.add(wrong_type(node, "a list"));
        return None;
    };
    if !bounds.contains(&items.len()) {
        let message = format!(
            "A list of {} to {} entries belongs here, not of {}.",
            bounds.start(),
            bounds.end(),
            items.len()
        );
        report.add(Diagnostic::error("bad-count", node.span, message));
        return None;
    }
    Some(items)
}

/// A date, written `2026-11-24`.
pub(super) fn date(node: &Node, report: &mut Report) -> Option<NaiveDate> {
    let written = text(node, report)?;
    let read = NaiveDate::parse_from_str(written, "%Y-%m-%d").ok();
    let date = read.filter(|it| it.to_string() == written);
    if date.is_none() {
        let message = format!("`{written}` is no date.");
        let hint = "year, month and day, e.g. 2026-11-24";
        report.add(Diagnostic::error("bad-value", node.span, message).hint(hint));
    }
    date
}

fn wrong_type(node: &Node, wanted: &str) -> Diagnostic {
    let found = match &node.data {
        Data::Scalar { .. } => "a single value",
        Data::List(_) => "a list",
        Data::Map(_) => "entries with keys",
    };
    let message = format!("Here {wanted} should stand, not {found}.");
    Diagnostic::error("wrong-type", node.span, message)
}
