//! The fields of a form that were asked for, as inputs of a page, and back.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use lienthong_domain::directory::{AreaKind, Directory};
use lienthong_domain::dossier::Item;
use lienthong_domain::language::Language;
use lienthong_domain::workflow::{Field, FieldKind, FieldPath};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::now_at;
use crate::app::Opened;

/// A group that is asked for has at most this many inputs.
const INPUTS_MAX: usize = 200;

/// At most this many areas are offered; where there are more, the code is typed.
const AREAS_MAX: usize = 500;

/// One input of the page.
#[derive(Serialize)]
pub(in crate::pages) struct Input {
    pub(in crate::pages) id: String,
    label: String,
    hint: Option<String>,
    /// `text`, `date`, `time`, `datetime-local` or `number`.
    r#type: &'static str,
    value: String,
    options: Vec<OptionLine>,
    /// Can't be changed on this page.
    list: bool,
    pub(in crate::pages) error: Option<String>,
}

#[derive(Serialize)]
struct OptionLine {
    value: String,
    label: String,
    selected: bool,
}

fn path_of(dotted: &str) -> FieldPath {
    FieldPath(dotted.split('.').map(str::to_owned).collect())
}

/// The fields to be typed for one that is asked for: itself, or those below it.
fn leaves(opened: &Opened, asked: &FieldPath) -> Vec<(FieldPath, Field)> {
    let form = &opened.group.form;
    let below = form.fields().iter().filter(|it| it.0.starts_with(&asked.0));
    let fields = below.filter_map(|it| Some((it.clone(), form.field(it)?)));
    let typed = fields.filter(|(path, field)| {
        field.kind != FieldKind::Group && (path == asked || field.kind != FieldKind::List)
    });
    typed.take(INPUTS_MAX).collect()
}

/// Inputs for what is asked for, filled with what was typed or what the form says now.
pub(in crate::pages) fn inputs(
    opened: &Opened,
    language: Language,
    asked: impl Iterator<Item = String>,
    typed: Option<&BTreeMap<String, String>>,
    today: NaiveDate,
) -> Vec<Input> {
    let leaves = asked.flat_map(|it| leaves(opened, &path_of(&it)));
    let inputs = leaves.map(|(path, field)| {
        let id = format!("field.{path}");
        let value = match typed {
            Some(typed) => typed.get(&id).cloned().unwrap_or_default(),
            None => now_at(opened, &path.to_string()).map(|it| text(&it)).unwrap_or_default(),
        };
        let title = opened.group.form.label(&path.pointer());
        let label = title.map_or_else(|| path.to_string(), |it| it.get(language).to_owned());
        let options = options(&field, &opened.directory, today, language);
        input(id, label, &field, (value, options), language)
    });
    inputs.collect()
}

/// The values to choose from, with what they are called; none if the value is to be typed.
fn options(
    field: &Field,
    directory: &Directory,
    today: NaiveDate,
    language: Language,
) -> Vec<(String, String)> {
    if field.kind == FieldKind::Truth {
        let words = super::super::words(language);
        return [("true", "yes"), ("false", "no")]
            .map(|(value, word)| (value.to_owned(), words[word].to_owned()))
            .to_vec();
    }
    if let Some(kind) = field.area {
        return areas(kind, directory, today, language);
    }
    let listed = field.options.iter().map(|it| {
        let label = it.label.as_ref().map_or(it.value.as_str(), |label| label.get(language));
        (it.value.clone(), label.to_owned())
    });
    listed.collect()
}

/// The areas in force by name, a commune with its province.
fn areas(
    kind: AreaKind,
    directory: &Directory,
    today: NaiveDate,
    language: Language,
) -> Vec<(String, String)> {
    let areas = directory.areas_in_force(kind, today).map(|area| {
        let name = area.name.get(language);
        let province = area.province.as_deref().and_then(|it| directory.area(it));
        let province = province.map(|it| format!(", {}", it.name.get(language)));
        (area.code.clone(), format!("{name}{}", province.unwrap_or_default()))
    });
    let mut areas: Vec<(String, String)> = areas.take(AREAS_MAX + 1).collect();
    if areas.len() > AREAS_MAX {
        return Vec::new();
    }
    areas.sort_by(|left, right| left.1.cmp(&right.1));
    areas
}

fn input(
    id: String,
    label: String,
    field: &Field,
    (value, options): (String, Vec<(String, String)>),
    language: Language,
) -> Input {
    let options = options.into_iter().map(|(option, label)| OptionLine {
        selected: option == value,
        value: option,
        label,
    });
    Input {
        label,
        hint: field.hint.as_ref().map(|it| it.get(language).to_owned()),
        r#type: match field.kind {
            FieldKind::Date => "date",
            FieldKind::Time => "time",
            FieldKind::DateTime => "datetime-local",
            FieldKind::Text
            | FieldKind::Whole
            | FieldKind::Number
            | FieldKind::Truth
            | FieldKind::List
            | FieldKind::Group => "text",
        },
        options: options.collect(),
        list: field.kind == FieldKind::List,
        value,
        error: None,
        id,
    }
}

fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Bool(_) | Json::Number(_) => value.to_string(),
        Json::Null | Json::Array(_) | Json::Object(_) => String::new(),
    }
}

/// The values of the fields that were asked for, by dotted path. What is left empty is left out.
pub(in crate::pages) fn supplied(
    opened: &Opened,
    items: &[Item],
    typed: &BTreeMap<String, String>,
) -> BTreeMap<String, Json> {
    let mut fields = BTreeMap::new();
    for item in items {
        let Item::Field(dotted) = item else { continue };
        let asked = path_of(dotted);
        let mut value = now_at(opened, dotted).filter(Json::is_object);
        for (path, field) in leaves(opened, &asked) {
            if field.kind == FieldKind::List {
                continue;
            }
            let typed = typed.get(&format!("field.{path}")).map(|it| it.trim());
            let below = path.0.get(asked.0.len()..).unwrap_or_default();
            place(&mut value, below, typed.and_then(|it| parsed(&field, it)));
        }
        fields.extend(value.map(|it| (dotted.clone(), it)));
    }
    fields
}

/// Puts a value below another one, or takes away what is there.
fn place(target: &mut Option<Json>, path: &[String], value: Option<Json>) {
    let Some((first, rest)) = path.split_first() else {
        *target = value;
        return;
    };
    if value.is_none() && target.is_none() {
        return;
    }
    let members = target.get_or_insert_with(|| Json::Object(Map::new()));
    let Json::Object(members) = members else { return };
    let mut member = members.remove(first);
    place(&mut member, rest, value);
    if let Some(member) = member {
        members.insert(first.clone(), member);
    }
}

/// What was typed, as the form wants it; as text where it is not that, so that the form says why.
fn parsed(field: &Field, typed: &str) -> Option<Json> {
    if typed.is_empty() {
        return None;
    }
    let as_text = || Json::String(typed.to_owned());
    Some(match field.kind {
        FieldKind::Whole | FieldKind::Number => match serde_json::from_str(typed) {
            Ok(Json::Number(number)) => Json::Number(number),
            _ => as_text(),
        },
        FieldKind::Truth => typed.parse().map_or_else(|_| as_text(), Json::Bool),
        FieldKind::Text
        | FieldKind::Date
        | FieldKind::Time
        | FieldKind::DateTime
        | FieldKind::List
        | FieldKind::Group => as_text(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_put_in_its_place_and_nothing_else_is_touched() {
        let mut form = Some(json!({ "a": { "b": 1, "c": [2] } }));
        let path = ["a".to_owned(), "b".to_owned()];
        place(&mut form, &path, Some(json!("x")));
        assert_eq!(form, Some(json!({ "a": { "b": "x", "c": [2] } })));
        place(&mut form, &path, None);
        assert_eq!(form, Some(json!({ "a": { "c": [2] } })));
        let mut nothing = None;
        place(&mut nothing, &path, None);
        assert_eq!(nothing, None);
        place(&mut nothing, &path, Some(json!(1)));
        assert_eq!(nothing, Some(json!({ "a": { "b": 1 } })));
    }
}
