//! What applicants correct by themselves, before anybody has decided on it: a list of what can be,
//! and a page for one field.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;
use lienthong_domain::calendar::format_date;
use lienthong_domain::dossier::{Action, Item, may_correct};
use lienthong_domain::language::Language;
use lienthong_domain::workflow::{FieldKind, FieldPath};
use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use super::form::{self, Hidden};
use super::supply::fields::{Input, inputs, supplied};
use super::supply::{FaultLine, now_at, today, told};
use super::{Content, Reader};
use crate::app::{App, Opened, unwritable};
use crate::http::{Place, at_supplied, order, own_for_change, request_digest};
use crate::problem::{NOT_FOUND, Problem};

#[derive(Serialize)]
struct List {
    code: String,
    back: String,
    fields: Vec<Line>,
}

/// A field that may be corrected, and what it says now.
#[derive(Serialize)]
struct Line {
    label: String,
    value: String,
    address: String,
}

#[derive(Serialize)]
struct One {
    code: String,
    back: String,
    action: String,
    inputs: Vec<Input>,
    faults: Vec<FaultLine>,
    hidden: Hidden,
}

/// A value as people write it.
fn in_words(value: &Json, language: Language) -> String {
    match value {
        Json::Bool(is_so) => super::words(language)[if *is_so { "yes" } else { "no" }].to_owned(),
        Json::String(text) => {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d");
            day.map_or_else(|_| text.clone(), |it| format_date(it, language))
        }
        other => other.to_string(),
    }
}

pub(super) async fn list(
    State(app): State<App>,
    reader: Reader,
    Place(id): Place<Uuid>,
) -> Result<Response, Problem> {
    let opened = own_for_change(&app, &reader.actor, id, None).await?;
    let form = &opened.group.form;
    let fields = form.fields().iter().filter_map(|path| {
        let value = now_at(&opened, &path.to_string()).filter(|_| is_offered(&opened, path))?;
        let pointer = path.pointer();
        let label = form.label(&pointer)?.get(reader.language).to_owned();
        let option = value.as_str().and_then(|it| form.option_label(&pointer, it));
        let value = option.map_or_else(
            || in_words(&value, reader.language),
            |it| it.get(reader.language).to_owned(),
        );
        Some(Line { label, value, address: format!("/dossiers/{id}/correct/{path}") })
    });
    let code = opened.dossier.code.clone();
    let page = List { code, back: format!("/dossiers/{id}"), fields: fields.collect() };
    let title = super::words(reader.language)["correct_title"];
    let content = Content { title, page: &page };
    app.pages().render(StatusCode::OK, "corrections", &reader, &content)
}

/// Whether a field is typed, and nobody has decided on it.
fn is_offered(opened: &Opened, path: &FieldPath) -> bool {
    let typed = opened.group.form.field(path).is_some_and(|it| {
        !matches!(it.kind, FieldKind::Group | FieldKind::List) && it.area.is_none()
    });
    typed
        && *path != opened.group.applicant
        && may_correct(&opened.dossier, &opened.group, &path.to_string())
}

pub(super) async fn page(
    State(app): State<App>,
    reader: Reader,
    Place((id, field)): Place<(Uuid, String)>,
) -> Result<Response, Problem> {
    let opened = own_for_change(&app, &reader.actor, id, None).await?;
    one(&app, &reader, &opened, &field, None, &[])
}

fn one(
    app: &App,
    reader: &Reader,
    opened: &Opened,
    field: &str,
    typed: Option<&BTreeMap<String, String>>,
    faults: &[FaultLine],
) -> Result<Response, Problem> {
    if !is_offered(opened, &FieldPath(field.split('.').map(str::to_owned).collect())) {
        return Err(Problem::new(&NOT_FOUND));
    }
    let asked = [field.to_owned()].into_iter();
    let mut inputs = inputs(opened, reader.language, asked, typed, today(app, opened));
    for input in &mut inputs {
        input.error = faults.iter().find(|it| it.id == input.id).map(|it| it.text.clone());
    }
    let id = opened.dossier.id;
    let page = One {
        code: opened.dossier.code.clone(),
        back: format!("/dossiers/{id}/correct"),
        action: format!("/dossiers/{id}/correct/{field}"),
        inputs,
        faults: faults.to_vec(),
        hidden: Hidden::new(app, reader)?,
    };
    let words = super::words(reader.language);
    let heading = words["correct_title"];
    let (status, title) = match faults.is_empty() {
        true => (StatusCode::OK, heading.to_owned()),
        false => (StatusCode::UNPROCESSABLE_ENTITY, format!("{} {heading}", words["error"])),
    };
    app.pages().render(status, "correction", reader, &Content { title: &title, page: &page })
}

pub(super) async fn send(
    State(app): State<App>,
    reader: Reader,
    Place((id, field)): Place<(Uuid, String)>,
    headers: HeaderMap,
    Form(typed): Form<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let text = |name: &str| typed.get(name).cloned().unwrap_or_default();
    let command = form::command(&app, &reader, &headers, &text("proof"), &text("command"))?;
    let opened = own_for_change(&app, &reader.actor, id, None).await?;
    let fields = supplied(&opened, &[Item::Field(field.clone())], &typed);
    let said = serde_json::to_vec(&fields).map_err(unwritable)?;
    let digest = request_digest(&[b"correct", id.as_bytes(), field.as_bytes(), &said]);
    let value = fields.get(&field).cloned().unwrap_or(Json::Null);
    let action = Action::Amend { fields: [(field.clone(), value)].into() };
    match order(&app, &reader.actor, (command, digest), id, action).await {
        Ok(_) => Ok(Redirect::to(&format!("/dossiers/{id}")).into_response()),
        Err(problem) if !problem.faults.is_empty() => {
            let faults = told(&reader, at_supplied(std::slice::from_ref(&field), problem));
            one(&app, &reader, &opened, &field, Some(&typed), &faults)
        }
        Err(problem) => Err(problem),
    }
}
