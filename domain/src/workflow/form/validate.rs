//! The check of an application: its size first, then the schema, then what needs a day and a
//! directory.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::{Map, Value};

use super::ValidationContext;
use super::fault::{FAULTS_MAX, FieldFault};
use super::message::Problem;
use super::schema::Schema;
use crate::directory::AreaKind;

/// An application may have at most this many bytes, counted on its texts and names.
pub const APPLICATION_BYTES_MAX: usize = 256 * 1024;
const DEPTH_MAX: usize = 32;
const PATTERN_BYTES_MAX: usize = 1024 * 1024;
/// Alternatives are looked into this deep for what to say.
const ALTERNATIVES_MAX: usize = 8;

/// A validator that reaches nothing outside the schema, with patterns in linear time.
pub(super) fn validator(schema: &Value) -> Result<Validator, ValidationError<'static>> {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .offline()
        .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES_MAX))
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .with_format("date", |it: &str| date(it).is_some())
        .with_format("time", is_time)
        .with_format("date-time", |it: &str| date_time(it).is_some())
        .build(schema)
}

fn date(text: &str) -> Option<NaiveDate> {
    (text.len() == 10).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

fn is_time(text: &str) -> bool {
    text.len() == 5 && NaiveTime::parse_from_str(text, "%H:%M").is_ok()
}

fn date_time(text: &str) -> Option<NaiveDateTime> {
    (text.len() == 16).then(|| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").ok()).flatten()
}

pub(super) fn validate(
    schema: &Schema,
    validator: &Validator,
    application: &Value,
    context: &ValidationContext<'_>,
) -> Vec<FieldFault> {
    let mut found = Found { schema, faults: Vec::new() };
    let mut bytes_left = APPLICATION_BYTES_MAX;
    if !fits(application, 0, &mut bytes_left) {
        found.add(String::new(), &Problem::TooLarge);
        return found.faults;
    }
    for error in validator.iter_errors(application).take(FAULTS_MAX) {
        found.error(&error, 0);
    }
    found.in_context(schema.root(), application, String::new(), context);
    let mut faults = found.faults;
    faults.sort_by(|left, right| (&left.pointer, &left.code).cmp(&(&right.pointer, &right.code)));
    faults.dedup_by(|left, right| left.pointer == right.pointer && left.code == right.code);
    faults.truncate(FAULTS_MAX);
    faults
}

fn fits(value: &Value, depth: usize, bytes_left: &mut usize) -> bool {
    let mut take = |bytes: usize| {
        let enough = bytes <= *bytes_left;
        *bytes_left = bytes_left.saturating_sub(bytes);
        enough
    };
    if depth > DEPTH_MAX {
        return false;
    }
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => take(8),
        Value::String(text) => take(text.len() + 2),
        Value::Array(items) => {
            take(2 + items.len()) && items.iter().all(|it| fits(it, depth + 1, bytes_left))
        }
        Value::Object(members) => {
            let names: usize = members.keys().map(|it| it.len() + 4).sum();
            take(2 + names) && members.values().all(|it| fits(it, depth + 1, bytes_left))
        }
    }
}

struct Found<'a> {
    schema: &'a Schema,
    faults: Vec<FieldFault>,
}

impl Found<'_> {
    fn add(&mut self, pointer: String, problem: &Problem) {
        let at = self.schema.at(&pointer);
        let own = at.and_then(|it| self.schema.text(it, "x-message"));
        let message = match problem {
            Problem::Pattern => own.unwrap_or_else(|| problem.text()),
            _ => problem.text(),
        };
        let label = self.schema.title(&pointer);
        self.faults.push(FieldFault { pointer, code: problem.code().into(), label, message });
    }

    fn error(&mut self, error: &ValidationError<'_>, depth: usize) {
        let pointer = error.instance_path().as_str().to_owned();
        match error.kind() {
            Kind::AdditionalProperties { unexpected }
            | Kind::UnevaluatedProperties { unexpected } => {
                for name in unexpected {
                    self.add(below(&pointer, name), &Problem::UnknownField);
                }
            }
            Kind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                self.add(below(&pointer, name), &Problem::Required);
            }
            Kind::AnyOf { context }
            | Kind::OneOfNotValid { context }
            | Kind::OneOfMultipleValid { context } => {
                let nearest = context.iter().filter(|it| !it.is_empty()).min_by_key(|it| it.len());
                match nearest {
                    Some(errors) if depth < ALTERNATIVES_MAX => {
                        errors.iter().for_each(|it| self.error(it, depth + 1));
                    }
                    _ => self.add(pointer, &Problem::Invalid),
                }
            }
            kind => {
                let problem = problem(kind, error.instance());
                self.add(pointer, &problem);
            }
        }
    }

    /// Dates against today and codes against the directory, wherever a schema asks for it.
    fn in_context(
        &mut self,
        schema: &Value,
        value: &Value,
        pointer: String,
        context: &ValidationContext<'_>,
    ) {
        match value {
            Value::Object(members) => {
                self.communes_in_province(schema, members, &pointer, context);
                for (name, member) in members {
                    if let Some(property) = self.schema.property(schema, name) {
                        let pointer = below(&pointer, name);
                        self.in_context(property.schema, member, pointer, context);
                    }
                }
            }
            Value::Array(items) => {
                let Some(schema) = self.schema.items(schema) else { return };
                for (index, item) in items.iter().enumerate() {
                    self.in_context(schema, item, format!("{pointer}/{index}"), context);
                }
            }
            Value::String(text) => self.text_in_context(schema, text, pointer, context),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// A commune lies in the province that the same group of fields names, if it names one.
    fn communes_in_province(
        &mut self,
        schema: &Value,
        members: &Map<String, Value>,
        pointer: &str,
        context: &ValidationContext<'_>,
    ) {
        let form = self.schema;
        let of_kind = |kind: &'static str| {
            members.iter().filter_map(move |(name, code)| {
                let property = form.property(schema, name)?;
                let marked = form.keyword(property.schema, "x-area")?.as_str() == Some(kind);
                Some((name, code.as_str()?)).filter(|_| marked)
            })
        };
        let mut provinces = of_kind("province").map(|(_, code)| code);
        let (Some(province), None) = (provinces.next(), provinces.next()) else { return };
        if context.areas.area(province, context.today) != Some(AreaKind::Province) {
            return;
        }
        for (name, commune) in of_kind("commune") {
            let lies_in = context.areas.province_of(commune, context.today);
            if lies_in.is_some_and(|it| it != province) {
                self.add(below(pointer, name), &Problem::OtherProvince);
            }
        }
    }

    fn text_in_context(
        &mut self,
        schema: &Value,
        text: &str,
        pointer: String,
        context: &ValidationContext<'_>,
    ) {
        if self.schema.keyword(schema, "x-not-after").is_some() {
            let day = date(text).or_else(|| date_time(text).map(|it| it.date()));
            if day.is_some_and(|it| it > context.today) {
                self.add(pointer, &Problem::FutureDate);
                return;
            }
        }
        if let Some(wanted) = self.schema.keyword(schema, "x-area").and_then(Value::as_str) {
            let found = match context.areas.area(text, context.today) {
                Some(AreaKind::Commune) => "commune",
                Some(AreaKind::Province) => "province",
                None => "",
            };
            if found != wanted {
                self.add(pointer, &Problem::UnknownArea);
            }
        }
    }
}

fn below(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn problem(kind: &Kind, value: &Value) -> Problem {
    match kind {
        Kind::Type { kind } => Problem::WrongType(match kind {
            TypeKind::Single(it) => type_name(it.as_str()),
            TypeKind::Multiple(_) => "object",
        }),
        Kind::Pattern { .. } => Problem::Pattern,
        Kind::Format { format } => match format.as_str() {
            "date" => Problem::InvalidDate,
            "time" => Problem::InvalidTime,
            "date-time" => Problem::InvalidDateTime,
            "email" => Problem::InvalidEmail,
            _ => Problem::Invalid,
        },
        // An empty text where one is wanted is nothing filled in.
        Kind::MinLength { .. } if value.as_str() == Some("") => Problem::Required,
        Kind::MinLength { limit } => Problem::TooShort(*limit),
        Kind::MaxLength { limit } => Problem::TooLong(*limit),
        Kind::MinItems { limit } | Kind::MinProperties { limit } => Problem::TooFew(*limit),
        Kind::MaxItems { limit } | Kind::MaxProperties { limit } => Problem::TooMany(*limit),
        Kind::Minimum { limit } | Kind::ExclusiveMinimum { limit } => {
            Problem::TooSmall(limit.to_string())
        }
        Kind::Maximum { limit } | Kind::ExclusiveMaximum { limit } => {
            Problem::TooBig(limit.to_string())
        }
        Kind::Constant { expected_value } if **expected_value == Value::Bool(true) => {
            Problem::MustBeTrue
        }
        Kind::Enum { .. } | Kind::Constant { .. } => Problem::NotAnOption,
        Kind::UniqueItems => Problem::Repeated,
        Kind::FalseSchema | Kind::Not { .. } => Problem::NotAllowed,
        _ => Problem::Invalid,
    }
}

fn type_name(name: &str) -> &'static str {
    ["string", "integer", "number", "boolean", "array"]
        .into_iter()
        .find(|it| *it == name)
        .unwrap_or("object")
}
