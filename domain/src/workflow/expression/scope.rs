//! What a guard at some place of a definition may read.

use std::collections::{BTreeMap, BTreeSet};

use crate::workflow::form::Schema;
use crate::workflow::{Return, ReturnKind};

/// A dotted path with its root: `form`, `results` or a variable bound by `exists` or `all`.
pub(in crate::workflow) type Path = Vec<String>;

/// Whether something, the results of a task say, can be read at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::workflow) enum Readable {
    Yes,
    /// A task need not have completed by then.
    NotYet,
}

/// What a task returns, by name; `None` where that could not be read.
pub(in crate::workflow) type Returned = BTreeMap<String, Option<Return>>;

/// An entry of a list of the form.
pub(in crate::workflow) struct Entry<'a> {
    /// With `form` first and its index last.
    pub(in crate::workflow) path: Path,
    pub(in crate::workflow) schema: &'a serde_json::Value,
}

pub(in crate::workflow) struct Scope<'a> {
    pub(in crate::workflow) form: &'a Schema,
    /// Every task of the definition.
    pub(in crate::workflow) tasks: BTreeMap<&'a str, (Readable, &'a Returned)>,
    /// Whether `today`, the day of receipt, can be read.
    pub(in crate::workflow) today: Readable,
    /// Optional fields that are there wherever the guard is evaluated.
    pub(in crate::workflow) present: BTreeSet<Path>,
    /// What `entry` is, in the task of an entry of a list.
    pub(in crate::workflow) entry: Option<Entry<'a>>,
    /// Whether `present` is all that is known. Not if a guard before this one was faulty: then
    /// nothing is said about what may be absent.
    pub(in crate::workflow) presence_known: bool,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum Type<'a> {
    Truth,
    Whole,
    /// With the values that are possible, where they are listed.
    Text(Option<Vec<String>>),
    /// A text that begins with a day, so that later ones are greater.
    Date,
    List(Box<Type<'a>>),
    /// An object of the form, at its schema.
    Group(&'a serde_json::Value),
    Results,
    TaskResults(&'a Returned),
    /// Something that can only be asked for with `has`.
    Opaque,
    /// Of something faulty elsewhere: goes with everything.
    Unread,
}

impl Type<'_> {
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Truth => "a truth value",
            Self::Whole => "a whole number",
            Self::Text(_) => "a text",
            Self::Date => "a date",
            Self::List(_) => "a list",
            Self::Group(_) | Self::Results | Self::TaskResults(_) => "a group of values",
            Self::Opaque | Self::Unread => "a value that conditions can't compare",
        }
    }
}

/// The type of what a schema describes.
pub(super) fn type_of<'a>(form: &'a Schema, schema: &'a serde_json::Value) -> Type<'a> {
    let options = form.options(schema);
    match form.type_name(schema) {
        Some("boolean") => Type::Truth,
        Some("integer") => Type::Whole,
        Some("string") => match form.keyword(schema, "format").and_then(|it| it.as_str()) {
            Some("date" | "date-time") => Type::Date,
            _ => Type::Text(options),
        },
        Some("array") => match form.items(schema) {
            Some(items) => Type::List(Box::new(type_of(form, items))),
            None => Type::Opaque,
        },
        Some("object") => Type::Group(schema),
        None if options.is_some() => Type::Text(options),
        _ => Type::Opaque,
    }
}

pub(super) fn type_of_result(kind: ReturnKind) -> Type<'static> {
    match kind {
        ReturnKind::Document => Type::Opaque,
        ReturnKind::PersonalId | ReturnKind::Text => Type::Text(None),
        ReturnKind::Date => Type::Date,
        ReturnKind::Money => Type::Whole,
        ReturnKind::Truth => Type::Truth,
    }
}
