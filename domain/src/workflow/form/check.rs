//! The check of a form as its author wrote it: a valid schema, only known keywords, everything
//! bounded, everything named in both languages.

use serde_json::Value;

use super::schema::Schema;
use crate::diagnostic::{Diagnostic, Report, Span, suggest};
use crate::workflow::FieldPath;
use crate::workflow::parse::reader::{NAME_RULE, is_name, translated};
use crate::yaml::{Key, Node};

const KEYWORDS: &[&str] = &[
    "$comment",
    "$defs",
    "$id",
    "$ref",
    "$schema",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "dependentRequired",
    "description",
    "else",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "if",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "not",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "then",
    "title",
    "type",
    "uniqueItems",
    "x-area",
    "x-hint",
    "x-label",
    "x-message",
    "x-not-after",
    "x-options",
    "x-sensitive",
    "x-source",
];
const FORMATS: &[&str] = &["date", "time", "date-time", "email"];
const AREAS: &[&str] = &["commune", "province"];
const SOURCES: &[&str] = &["population", "civil-status", "health-data", "insurance", "account"];
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// A form is walked this deep for its fields; deeper ones are in it all the same.
const FIELDS_DEPTH_MAX: usize = 8;

/// What a schema is there for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The form.
    Whole,
    /// A field.
    Property,
    /// An entry of a list, a definition or an alternative.
    Part,
    /// A condition on what is described elsewhere.
    Condition,
}

pub(super) fn check(node: &Node, schema: &Schema, report: &mut Report) {
    for error in jsonschema::draft202012::meta::validator().iter_errors(schema.root()) {
        let at = node.nearest(error.instance_path().as_str()).span;
        report.add(Diagnostic::error("schema", at, format!("This is no JSON Schema: {error}.")));
    }
    if schema.type_name(schema.root()) != Some("object") {
        let message = "An application is an object.";
        report
            .add(Diagnostic::error("wrong-type", node.span, message).hint("write `type: object`"));
    }
    Checker { schema, report }.schema(node, Role::Whole);
}

/// The properties in the order of the text, groups before what is in them.
pub(super) fn fields_in_order(root: &Node) -> Vec<FieldPath> {
    let mut fields = Vec::new();
    let mut open = vec![(root, FieldPath(Vec::new()))];
    while let Some((node, path)) = open.pop() {
        let reference = node.get("$ref").and_then(Node::text).and_then(|it| it.strip_prefix('#'));
        let node = reference.map_or(node, |pointer| root.nearest(pointer));
        let properties = node.get("properties").and_then(Node::map).unwrap_or_default();
        if path.0.len() < FIELDS_DEPTH_MAX {
            for (key, node) in properties.iter().rev() {
                let mut path = path.clone();
                path.0.push(key.name.clone());
                open.push((node, path));
            }
        }
        if !path.0.is_empty() {
            fields.push(path);
        }
    }
    fields
}

struct Checker<'a> {
    schema: &'a Schema,
    report: &'a mut Report,
}

impl Checker<'_> {
    fn error(&mut self, code: &'static str, at: Span, message: impl Into<String>) {
        self.report.add(Diagnostic::error(code, at, message));
    }

    fn suggesting(&mut self, code: &'static str, at: Span, message: String, hint: Option<String>) {
        self.report.add(Diagnostic { hint, ..Diagnostic::error(code, at, message) });
    }

    fn schema(&mut self, node: &Node, role: Role) {
        // `true` and `false` are schemas too.
        let Some(entries) = node.map() else { return };
        for (key, value) in entries {
            self.keyword(key, value, role);
        }
        if role == Role::Property && self.kept(node, "x-label").is_none() {
            let message = "This field has no name for people.";
            self.suggesting(
                "missing-label",
                node.span,
                message.to_owned(),
                Some("add `x-label: { vi: …, en: … }`".to_owned()),
            );
        }
        if role != Role::Condition {
            self.bounded(node, role);
        }
    }

    /// The value of a keyword here or in what this refers to.
    fn kept(&self, node: &Node, name: &str) -> Option<Value> {
        self.schema.keyword(&node.to_json(), name).cloned()
    }

    fn bounded(&mut self, node: &Node, role: Role) {
        let own = |name: &str| node.get(name).is_some();
        match node.get("type").and_then(Node::text) {
            Some("string") => {
                let bounded = ["maxLength", "enum", "const", "pattern", "format"];
                if !bounded.into_iter().any(own) {
                    self.error("unbounded", node.span, "This text needs a `maxLength`.");
                }
            }
            Some("array") => {
                if !own("maxItems") {
                    self.error("unbounded", node.span, "This list needs `maxItems`.");
                }
                if !own("items") {
                    self.error("unbounded", node.span, "This list needs `items`.");
                }
            }
            Some("object") => {
                let closed = node.get("additionalProperties").and_then(Node::text);
                if closed != Some("false") {
                    let message = "This object needs `additionalProperties: false`.";
                    self.error("unbounded", node.span, message);
                }
            }
            Some("boolean" | "integer" | "number") => {}
            Some(other) => {
                let known = ["string", "integer", "number", "boolean", "array", "object"];
                let at = node.get("type").map_or(node.span, |it| it.span);
                let message = format!("A form has no values of the type `{other}`.");
                self.suggesting("wrong-type", at, message, suggest(other, known));
            }
            None => {
                let said = ["$ref", "enum", "const", "oneOf", "anyOf", "allOf"];
                if role == Role::Property && !said.into_iter().any(own) {
                    self.error("wrong-type", node.span, "This field needs one `type`.");
                }
            }
        }
    }

    fn keyword(&mut self, key: &Key, value: &Node, role: Role) {
        match key.name.as_str() {
            "properties" => self.properties(value, role),
            "$defs" => self.each(value, Role::Part),
            "items" => self.schema(value, if role == Role::Condition { role } else { Role::Part }),
            "allOf" | "anyOf" | "oneOf" => {
                let role = if role == Role::Condition { role } else { Role::Part };
                for part in value.list().unwrap_or_default() {
                    let role = if part.get("type").is_some() { role } else { Role::Condition };
                    self.schema(part, role);
                }
            }
            "if" | "then" | "else" | "not" => self.schema(value, Role::Condition),
            "$ref" => self.reference(value),
            "$schema" => self.one_of(value, &[DIALECT], "dialect"),
            "format" => self.one_of(value, FORMATS, "format"),
            "x-label" | "x-hint" | "x-message" => {
                translated(value, self.report);
            }
            "x-area" => self.one_of(value, AREAS, "kind of area"),
            "x-source" => self.one_of(value, SOURCES, "source"),
            "x-not-after" => self.one_of(value, &["today"], "day"),
            "x-sensitive" => self.one_of(value, &["true", "false"], "truth value"),
            name if KEYWORDS.contains(&name) => {}
            name => {
                let message = format!("A form has no keyword `{name}`.");
                let hint = suggest(name, KEYWORDS.iter().copied());
                self.suggesting("unknown-key", key.span, message, hint);
            }
        }
    }

    fn properties(&mut self, node: &Node, role: Role) {
        let role = if role == Role::Condition { role } else { Role::Property };
        for (key, value) in node.map().unwrap_or_default() {
            if !is_name(&key.name) {
                let message = format!("`{}` is no name of a field.", key.name);
                self.suggesting("bad-name", key.span, message, Some(NAME_RULE.to_owned()));
            }
            self.schema(value, role);
            self.option_labels(value);
        }
    }

    fn each(&mut self, node: &Node, role: Role) {
        for (_, value) in node.map().unwrap_or_default() {
            self.schema(value, role);
            self.option_labels(value);
        }
    }

    /// Every listed value of a field has a name in both languages, and nothing else has one.
    fn option_labels(&mut self, node: &Node) {
        let Some(labels) = node.get("x-options") else { return };
        let json = node.to_json();
        let options = self.schema.options(&json).unwrap_or_default();
        for (key, label) in labels.map().unwrap_or_default() {
            translated(label, self.report);
            if !options.contains(&key.name) {
                let message = format!("`{}` is not a value of this field.", key.name);
                let hint = suggest(&key.name, options.iter().map(String::as_str));
                self.suggesting("not-an-option", key.span, message, hint);
            }
        }
        for option in options.iter().filter(|it| labels.get(it).is_none()) {
            let message = format!("The value `{option}` has no name for people.");
            self.error("missing-label", labels.span, message);
        }
    }

    fn reference(&mut self, value: &Node) {
        let target = value.text().and_then(|it| self.schema.target(it));
        if target.is_none() {
            let message = "This refers to nothing in this form.";
            let hint = "only local references such as `#/$defs/person` are followed";
            self.suggesting("unknown-name", value.span, message.to_owned(), Some(hint.to_owned()));
        }
    }

    fn one_of(&mut self, value: &Node, known: &[&str], what: &str) {
        let text = value.text().unwrap_or_default();
        if !known.contains(&text) {
            let message = format!("`{text}` is no {what} that a form knows.");
            let hint = suggest(text, known.iter().copied());
            self.suggesting("unknown-name", value.span, message, hint);
        }
    }
}
