//! Looking things up in a schema: a property, what it is called, what it may hold.

use serde_json::Value;

use crate::directory::AreaKind;
use crate::language::{Language, Text};
use crate::workflow::FieldPath;

/// References and alternatives are followed this deep.
const HOPS_MAX: usize = 8;
/// A form has at most this many schemas in it, with every reference written out.
const SCHEMAS_MAX: usize = 20_000;

/// A schema, right or not.
#[derive(Clone)]
pub(in crate::workflow) struct Schema {
    root: Value,
}

/// A property of an object.
#[derive(Clone, Copy)]
pub(in crate::workflow) struct Property<'a> {
    pub(in crate::workflow) schema: &'a Value,
    /// Whether every valid object has it.
    pub(in crate::workflow) required: bool,
}

/// A field of the form, for pages and messages.
#[derive(Clone, Debug)]
pub struct Field {
    pub label: Option<Text>,
    pub hint: Option<Text>,
    pub kind: FieldKind,
    /// Whether every valid application has it.
    pub required: bool,
    /// The values that it can have, where the form lists them.
    pub options: Vec<Choice>,
    pub sensitive: bool,
    /// It holds the code of an area of this kind.
    pub area: Option<AreaKind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    /// `YYYY-MM-DD`.
    Date,
    /// `HH:MM`.
    Time,
    /// `YYYY-MM-DDTHH:MM`, local.
    DateTime,
    Whole,
    Number,
    Truth,
    List,
    Group,
}

/// A value of a field, and what it is called.
#[derive(Clone, Debug)]
pub struct Choice {
    pub value: String,
    pub label: Option<Text>,
}

impl Schema {
    pub(super) fn new(root: Value) -> Self {
        Self { root }
    }

    pub(in crate::workflow) fn root(&self) -> &Value {
        &self.root
    }

    /// Whether it stays small with every reference written out, so that no application takes long
    /// to judge. What refers to itself does not.
    pub(super) fn is_bounded(&self) -> bool {
        let mut open = vec![&self.root];
        if let Some(definitions) = self.root.get("$defs").and_then(Value::as_object) {
            open.extend(definitions.values());
        }
        let mut seen = 0;
        while let Some(schema) = open.pop() {
            seen += 1;
            if seen > SCHEMAS_MAX {
                return false;
            }
            let one = ["items", "if", "then", "else", "not", "additionalProperties"];
            open.extend(one.into_iter().filter_map(|it| schema.get(it)));
            for name in ["allOf", "anyOf", "oneOf"] {
                open.extend(schema.get(name).and_then(Value::as_array).into_iter().flatten());
            }
            let properties = schema.get("properties").and_then(Value::as_object);
            open.extend(properties.into_iter().flat_map(|it| it.values()));
            let reference = schema.get("$ref").and_then(Value::as_str);
            open.extend(reference.and_then(|it| self.target(it)));
        }
        true
    }

    /// What a local reference such as `#/$defs/person` refers to.
    pub(super) fn target(&self, reference: &str) -> Option<&Value> {
        self.root.pointer(reference.strip_prefix('#')?)
    }

    /// A keyword of a schema, or of what it refers to.
    pub(in crate::workflow) fn keyword<'a>(
        &'a self,
        schema: &'a Value,
        name: &str,
    ) -> Option<&'a Value> {
        let mut schema = schema;
        for _ in 0..HOPS_MAX {
            if let Some(found) = schema.get(name) {
                return Some(found);
            }
            schema = self.target(schema.get("$ref")?.as_str()?)?;
        }
        None
    }

    pub(in crate::workflow) fn type_name<'a>(&'a self, schema: &'a Value) -> Option<&'a str> {
        self.keyword(schema, "type")?.as_str()
    }

    /// The texts that a schema lists as its values.
    pub(in crate::workflow) fn options(&self, schema: &Value) -> Option<Vec<String>> {
        if let Some(only) = self.keyword(schema, "const") {
            return Some(vec![only.as_str()?.to_owned()]);
        }
        let listed = self.keyword(schema, "enum")?.as_array()?;
        listed.iter().map(|it| it.as_str().map(str::to_owned)).collect()
    }

    pub(in crate::workflow) fn items<'a>(&'a self, schema: &'a Value) -> Option<&'a Value> {
        self.keyword(schema, "items")
    }

    /// A property of an object's schema, wherever among its alternatives it is described.
    pub(in crate::workflow) fn property<'a>(
        &'a self,
        schema: &'a Value,
        name: &str,
    ) -> Option<Property<'a>> {
        let parts = self.parts(schema);
        let found = parts.iter().find_map(|(part, _)| part.get("properties")?.get(name))?;
        let required = parts.iter().filter(|(_, always)| *always).any(|(part, _)| {
            let names = part.get("required").and_then(Value::as_array);
            names.is_some_and(|names| names.iter().any(|it| it == name))
        });
        Some(Property { schema: found, required })
    }

    /// A property of an object, or an entry of a list by its number; a list that is read at an
    /// entry has it.
    pub(in crate::workflow) fn step<'a>(
        &'a self,
        schema: &'a Value,
        name: &str,
    ) -> Option<Property<'a>> {
        let is_number = !name.is_empty() && name.bytes().all(|it| it.is_ascii_digit());
        let entry = self.items(schema).filter(|_| is_number);
        let entry = entry.map(|schema| Property { schema, required: true });
        self.property(schema, name).or(entry)
    }

    pub(in crate::workflow) fn property_names<'a>(&'a self, schema: &'a Value) -> Vec<&'a str> {
        let parts = self.parts(schema).into_iter();
        let properties = parts.filter_map(|(part, _)| part.get("properties")?.as_object());
        properties.flat_map(|it| it.keys().map(String::as_str)).collect()
    }

    /// The schemas that apply to the same value: itself, what it refers to, its parts; each with
    /// whether it applies always.
    pub(super) fn parts<'a>(&'a self, schema: &'a Value) -> Vec<(&'a Value, bool)> {
        let mut parts = Vec::new();
        let mut open = vec![(schema, true, 0)];
        while let Some((schema, always, hops)) = open.pop() {
            parts.push((schema, always));
            if hops == HOPS_MAX {
                continue;
            }
            let reference = schema.get("$ref").and_then(Value::as_str);
            if let Some(target) = reference.and_then(|it| self.target(it)) {
                open.push((target, always, hops + 1));
            }
            for (name, always) in [("allOf", always), ("anyOf", false), ("oneOf", false)] {
                let listed = schema.get(name).and_then(Value::as_array);
                open.extend(listed.into_iter().flatten().map(|it| (it, always, hops + 1)));
            }
            for name in ["then", "else"] {
                open.extend(schema.get(name).map(|it| (it, false, hops + 1)));
            }
        }
        parts
    }

    /// The schema of the value at a JSON pointer into an application.
    pub(super) fn at(&self, pointer: &str) -> Option<&Value> {
        pointer.split('/').skip(1).try_fold(&self.root, |schema, part| {
            let name = part.replace("~1", "/").replace("~0", "~");
            self.step(schema, &name).map(|it| it.schema)
        })
    }

    /// The property at a path; required if each step is.
    pub(in crate::workflow) fn find(&self, path: &FieldPath) -> Option<Property<'_>> {
        let whole = Property { schema: &self.root, required: true };
        path.0.iter().try_fold(whole, |at, name| {
            let next = self.step(at.schema, name)?;
            Some(Property { required: at.required && next.required, ..next })
        })
    }

    pub(super) fn field(&self, path: &FieldPath) -> Option<Field> {
        let property = self.find(path)?;
        let schema = property.schema;
        let options = self.options(schema).unwrap_or_default();
        let choice = |value: String| Choice { label: self.option_label(schema, &value), value };
        Some(Field {
            label: self.label(schema),
            hint: self.text(schema, "x-hint"),
            kind: self.kind(schema),
            required: property.required,
            options: options.into_iter().map(choice).collect(),
            sensitive: self.keyword(schema, "x-sensitive") == Some(&Value::Bool(true)),
            area: self.area(schema),
        })
    }

    fn area(&self, schema: &Value) -> Option<AreaKind> {
        match self.keyword(schema, "x-area")?.as_str()? {
            "province" => Some(AreaKind::Province),
            "commune" => Some(AreaKind::Commune),
            _ => None,
        }
    }

    pub(in crate::workflow) fn kind(&self, schema: &Value) -> FieldKind {
        let format = self.keyword(schema, "format").and_then(Value::as_str);
        match (self.type_name(schema), format) {
            (Some("object"), _) => FieldKind::Group,
            (Some("array"), _) => FieldKind::List,
            (Some("boolean"), _) => FieldKind::Truth,
            (Some("integer"), _) => FieldKind::Whole,
            (Some("number"), _) => FieldKind::Number,
            (_, Some("date")) => FieldKind::Date,
            (_, Some("time")) => FieldKind::Time,
            (_, Some("date-time")) => FieldKind::DateTime,
            _ => FieldKind::Text,
        }
    }

    pub(super) fn label(&self, schema: &Value) -> Option<Text> {
        self.text(schema, "x-label")
    }

    /// What the field at a JSON pointer is called, after the groups that it stands in, e.g.
    /// `Mother: Full name`. `None` if it has no label of its own.
    pub(super) fn title(&self, pointer: &str) -> Option<Text> {
        self.label(self.at(pointer)?)?;
        let ends = pointer.match_indices('/').skip(1).map(|(end, _)| end).chain([pointer.len()]);
        let labels = ends.filter_map(|end| self.label(self.at(pointer.get(..end)?)?));
        let labels: Vec<Text> = labels.collect();
        let joined = |language: Language| {
            labels.iter().map(|it| it.get(language)).collect::<Vec<_>>().join(": ")
        };
        Some(Text::new(joined(Language::Vi), joined(Language::En)))
    }

    pub(super) fn text(&self, schema: &Value, keyword: &str) -> Option<Text> {
        serde_json::from_value(self.keyword(schema, keyword)?.clone()).ok()
    }

    pub(super) fn option_label(&self, schema: &Value, value: &str) -> Option<Text> {
        let labels = self.keyword(schema, "x-options")?;
        serde_json::from_value(labels.get(value)?.clone()).ok()
    }
}
