//! The form of a group: what an application holds, as a JSON Schema (2020-12) with labels.
//!
//! A form says what is right and what its fields are called; how a page looks is the edge's
//! business. Nothing of an application is changed on the way in: it is right as sent, or refused.

mod check;
mod fault;
mod message;
mod schema;
mod validate;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::Value;

pub use fault::{FAULTS_MAX, FieldFault};
pub use schema::{Choice, Field, FieldKind};
pub(super) use schema::{Property, Schema};
pub use validate::APPLICATION_BYTES_MAX;

use super::FieldPath;
use crate::diagnostic::{Diagnostic, Report, Span};
use crate::directory::{AreaKind, Directory};
use crate::language::Text;
use crate::yaml;

/// A checked form. Cheap to clone.
#[derive(Clone)]
pub struct Form(Arc<Compiled>);

struct Compiled {
    schema: Schema,
    validator: jsonschema::Validator,
    fields: Vec<FieldPath>,
}

/// What a value is judged by, beside the form itself.
#[derive(Clone, Copy)]
pub struct ValidationContext<'a> {
    /// The day on which the application is received, where it is received.
    pub today: NaiveDate,
    pub areas: &'a dyn Areas,
}

/// The areas that offices are responsible for.
pub trait Areas {
    /// The kind of the area with a code, if it is in force on a day.
    fn area(&self, code: &str, on: NaiveDate) -> Option<AreaKind>;

    /// The code of the province that a commune lies in, if the commune is in force on a day.
    fn province_of(&self, commune: &str, on: NaiveDate) -> Option<&str>;
}

impl Areas for Directory {
    fn area(&self, code: &str, on: NaiveDate) -> Option<AreaKind> {
        self.area_on(code, on).ok().map(|it| it.kind)
    }

    fn province_of(&self, commune: &str, on: NaiveDate) -> Option<&str> {
        self.area_on(commune, on).ok()?.province.as_deref()
    }
}

/// What was read of a form: the schema even if it is faulty, so that the definition can be
/// checked against it; the form only if it is right.
pub(super) struct Read {
    pub(super) schema: Option<Schema>,
    pub(super) form: Option<Form>,
    /// The members of the form at its top level, with their places.
    pub(super) members: Vec<(String, Span)>,
}

/// Reads and checks a form.
pub(super) fn read(source: &str, report: &mut Report) -> Read {
    let nothing = Read { schema: None, form: None, members: Vec::new() };
    let Some(node) = yaml::parse(source, report) else { return nothing };
    if node.map().is_none() {
        report.add(Diagnostic::error("wrong-type", node.span, "A form is a schema of an object."));
        return nothing;
    }
    let schema = Schema::new(node.to_json());
    if !schema.is_bounded() {
        let message =
            "The form refers to itself, or is too large with every reference written out.";
        report.add(Diagnostic::error("too-large", node.span, message));
        return nothing;
    }
    check::check(&node, &schema, report);
    let members = node.get("properties").and_then(yaml::Node::map).unwrap_or_default();
    let members = members.iter().map(|(key, _)| (key.name.clone(), key.span)).collect();
    let form = if report.has_errors() { None } else { compile(&node, &schema, report) };
    Read { schema: Some(schema), form, members }
}

fn compile(node: &yaml::Node, schema: &Schema, report: &mut Report) -> Option<Form> {
    match validate::validator(schema.root()) {
        Ok(validator) => {
            let fields = check::fields_in_order(node);
            Some(Form(Arc::new(Compiled { schema: schema.clone(), validator, fields })))
        }
        Err(error) => {
            let at = node.nearest(error.instance_path().as_str()).span;
            report.add(Diagnostic::error("schema", at, format!("The schema: {error}.")));
            None
        }
    }
}

impl Form {
    /// The JSON Schema, with the extension keywords.
    #[must_use]
    pub fn schema(&self) -> &Value {
        self.0.schema.root()
    }

    /// A field by its path; lists are not entered.
    #[must_use]
    pub fn field(&self, path: &FieldPath) -> Option<Field> {
        self.0.schema.field(path)
    }

    /// A field, and whether the object that it stands in always has it.
    pub(super) fn described(&self, path: &FieldPath) -> Option<(Field, bool)> {
        let (name, groups) = path.0.split_last()?;
        let group = self.0.schema.find(&FieldPath(groups.to_vec()))?;
        let required = self.0.schema.property(group.schema, name)?.required;
        Some((self.field(path)?, required))
    }

    /// Every field, groups before what is in them, in the order of the form. Lists are not
    /// entered.
    #[must_use]
    pub fn fields(&self) -> &[FieldPath] {
        &self.0.fields
    }

    /// What the field at a JSON pointer into an application is called, after the groups that it
    /// stands in, e.g. `Mother: Full name`.
    #[must_use]
    pub fn label(&self, pointer: &str) -> Option<Text> {
        self.0.schema.title(pointer)
    }

    /// What a value of the field at a JSON pointer is called, where the form lists its values.
    #[must_use]
    pub fn option_label(&self, pointer: &str, value: &str) -> Option<Text> {
        self.0.schema.option_label(self.0.schema.at(pointer)?, value)
    }

    /// Whether the field at a JSON pointer is marked as sensitive.
    #[must_use]
    pub fn sensitive(&self, pointer: &str) -> bool {
        let at = self.0.schema.at(pointer);
        at.and_then(|it| self.0.schema.keyword(it, "x-sensitive")) == Some(&Value::Bool(true))
    }

    /// Everything that is wrong with an application, at most [`FAULTS_MAX`]
    /// faults; empty if it is right.
    #[must_use]
    pub fn validate(
        &self,
        application: &Value,
        context: &ValidationContext<'_>,
    ) -> Vec<FieldFault> {
        validate::validate(&self.0.schema, &self.0.validator, application, context)
    }
}

impl std::fmt::Debug for Form {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Form")
    }
}
