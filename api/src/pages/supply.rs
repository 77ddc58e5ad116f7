//! Supplying what an agency asked for: a file for each document, a field for each value. What is
//! wrong is said beside the field, and what was typed stays.

pub(super) mod fields;

use std::collections::BTreeMap;

use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;
use lienthong_domain::dossier::{Action, Attachment, Item};
use lienthong_engine::documents;
use serde::Serialize;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::form::{self, Hidden};
use super::{Content, Reader};
use crate::app::{App, Opened, unwritable};
use crate::http::{Place, at_supplied, order, other_faults, own_for_change, request_digest};
use crate::problem::{
    BAD_REQUEST, Code, EMPTY_DOCUMENT, INVALID, NOTHING_ASKED, Problem, TOO_LARGE,
    UNKNOWN_DOCUMENT_TYPE,
};
use crate::view::Words;
use fields::{Input, inputs, supplied};

/// A form has at most this many parts, and a typed value this many bytes.
const PARTS_MAX: usize = 400;
const VALUE_BYTES_MAX: usize = 16 * 1024;

#[derive(Serialize)]
struct Page {
    code: String,
    back: String,
    action: String,
    office: String,
    title: String,
    note: Option<String>,
    until: String,
    clock: String,
    documents: Vec<Upload>,
    inputs: Vec<Input>,
    /// Every fault, with the field that it leads to.
    faults: Vec<FaultLine>,
    hidden: Hidden,
}

#[derive(Serialize)]
struct Upload {
    id: String,
    label: String,
    error: Option<String>,
}

#[derive(Clone, Serialize)]
pub(super) struct FaultLine {
    /// Of the field; empty if it is about none.
    pub(super) id: String,
    /// What the field is called, with a colon; empty if nobody knows.
    label: String,
    pub(super) text: String,
}

/// What came with a form.
#[derive(Default)]
struct Sent {
    proof: String,
    command: String,
    values: BTreeMap<String, String>,
    files: BTreeMap<String, Vec<u8>>,
}

pub(super) async fn page(
    State(app): State<App>,
    reader: Reader,
    Place((id, task)): Place<(Uuid, String)>,
) -> Result<Response, Problem> {
    let opened = own_for_change(&app, &reader.actor, id, Some(&task)).await?;
    let page = asked(&app, &reader, &opened, &task, None, &[])?;
    render(&app, &reader, StatusCode::OK, &page)
}

fn render(
    app: &App,
    reader: &Reader,
    status: StatusCode,
    page: &Page,
) -> Result<Response, Problem> {
    let words = super::words(reader.language);
    let heading = words["supply_title"];
    let title = match page.faults.is_empty() {
        true => heading.to_owned(),
        false => format!("{} {heading}", words["error"]),
    };
    app.pages().render(status, "supply", reader, &Content { title: &title, page })
}

/// The form for what is being asked for, with what was typed and what is wrong with it.
fn asked(
    app: &App,
    reader: &Reader,
    opened: &Opened,
    task: &str,
    typed: Option<&BTreeMap<String, String>>,
    faults: &[FaultLine],
) -> Result<Page, Problem> {
    let language = reader.language;
    let view = crate::view::dossier(opened, &[], app.clock().now().fixed_offset());
    let task = view.tasks.into_iter().find(|it| it.name == task);
    let task = task.ok_or(Problem::new(&NOTHING_ASKED))?;
    let request = task.supplement.ok_or(Problem::new(&NOTHING_ASKED))?;
    let error = |id: &str| faults.iter().find(|it| it.id == id).map(|it| it.text.clone());
    let documents = request.items.iter().filter_map(|it| {
        let id = format!("document.{}", it.document.as_ref()?);
        Some(Upload { error: error(&id), label: it.title.get(language).to_owned(), id })
    });
    let documents: Vec<Upload> = documents.collect();
    let mut faults = faults.to_vec();
    for fault in &mut faults {
        if let Some(upload) = documents.iter().find(|it| it.id == fault.id) {
            fault.label = format!("{}: ", upload.label);
        }
    }
    let paths = request.items.iter().filter_map(|it| it.field.clone());
    let mut inputs = inputs(opened, language, paths, typed, today(app, opened));
    for input in &mut inputs {
        input.error = error(&input.id);
    }
    let office = task.office.map(|it| it.name).unwrap_or_default();
    Ok(Page {
        code: view.code,
        back: format!("/dossiers/{}", view.id),
        action: format!("/dossiers/{}/tasks/{}/supply", view.id, task.name),
        office: office.get(language).to_owned(),
        title: task.title.get(language).to_owned(),
        note: request.note,
        until: request.until.when.get(language).to_owned(),
        clock: request.clock.get(language).to_owned(),
        documents,
        inputs,
        faults,
        hidden: Hidden::new(app, reader)?,
    })
}

pub(super) async fn send(
    State(app): State<App>,
    reader: Reader,
    Place((id, task)): Place<(Uuid, String)>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, Problem> {
    let opened = own_for_change(&app, &reader.actor, id, Some(&task)).await?;
    let sent = received(form).await?;
    let command = form::command(&app, &reader, &headers, &sent.proof, &sent.command)?;
    let request = opened.dossier.task(&task).and_then(|it| it.open_supplement());
    // Sent again after it was carried out, it gets its first answer below.
    let items = request.map(|it| it.items.clone()).unwrap_or_default();
    let (attachments, mut faults) = stored(&app, &reader, &items, &sent).await?;
    let fields = supplied(&opened, &items, &sent.values);
    let paths: Vec<String> = fields.keys().cloned().collect();
    let action = Action::Supply { task: task.clone(), attachments, fields };
    let invalid = if faults.is_empty() {
        let said = json!({ "files": digests(&sent.files), "values": sent.values });
        let said = serde_json::to_vec(&said).map_err(unwritable)?;
        let digest = request_digest(&[b"supply", id.as_bytes(), task.as_bytes(), &said]);
        match order(&app, &reader.actor, (command, digest), id, action).await {
            Ok(_) => return Ok(Redirect::to(&format!("/dossiers/{id}")).into_response()),
            Err(problem) if problem.code.code == INVALID.code => problem,
            Err(problem) => return Err(problem),
        }
    } else {
        Problem::invalid(other_faults(&app, &reader.actor, &opened, action).await?)
    };
    faults.extend(told(&reader, at_supplied(&paths, invalid)));
    let page = asked(&app, &reader, &opened, &task, Some(&sent.values), &faults)?;
    render(&app, &reader, StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn digests(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<&str, String> {
    let digest = |it: &[u8]| lienthong_domain::digest::Digest::of(it).to_string();
    files.iter().map(|(name, bytes)| (name.as_str(), digest(bytes))).collect()
}

/// Reads a form whole; it is bounded by the route.
async fn received(mut form: Multipart) -> Result<Sent, Problem> {
    let wrong =
        |error: axum::extract::multipart::MultipartError| match Code::of_status(error.status()) {
            code if code.code == TOO_LARGE.code => Problem::too_large(super::FORM_BYTES_MAX),
            code => Problem::new(code),
        };
    let mut sent = Sent::default();
    for _ in 0..PARTS_MAX {
        let Some(part) = form.next_field().await.map_err(wrong)? else { return Ok(sent) };
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(wrong)?;
        if name.starts_with("document.") {
            sent.files.insert(name, bytes.to_vec());
            continue;
        }
        if bytes.len() > VALUE_BYTES_MAX {
            return Err(Problem::new(&TOO_LARGE));
        }
        let value = String::from_utf8(bytes.to_vec()).map_err(|_| Problem::new(&BAD_REQUEST))?;
        match name.as_str() {
            "proof" => sent.proof = value,
            "command" => sent.command = value,
            _ => {
                sent.values.insert(name, value);
            }
        }
    }
    Err(Problem::new(&BAD_REQUEST))
}

/// Stores the files that were asked for; a fault for each that is missing or not taken.
async fn stored(
    app: &App,
    reader: &Reader,
    items: &[Item],
    sent: &Sent,
) -> Result<(Vec<Attachment>, Vec<FaultLine>), Problem> {
    let uploader = reader.actor.uploader()?;
    let mut attachments = Vec::new();
    let mut faults = Vec::new();
    for item in items {
        let Item::Document(kind) = item else { continue };
        let id = format!("document.{kind}");
        let bytes = sent.files.get(&id).cloned().unwrap_or_default();
        let code = match app.documents().put(bytes, &uploader).await {
            Ok(stored) => {
                attachments.push(Attachment {
                    kind: kind.clone(),
                    digest: stored.digest,
                    media_type: stored.media_type.to_owned(),
                    bytes: stored.bytes,
                });
                continue;
            }
            Err(documents::Error::Empty) => &EMPTY_DOCUMENT,
            Err(documents::Error::UnknownType) => &UNKNOWN_DOCUMENT_TYPE,
            Err(documents::Error::TooLarge) => &TOO_LARGE,
            Err(other) => return Err(other.into()),
        };
        let text = file_fault(code).get(reader.language).to_owned();
        let label = String::new();
        faults.push(FaultLine { id, label, text });
    }
    Ok((attachments, faults))
}

fn file_fault(code: &Code) -> Words {
    match code.code {
        "empty-document" => Words::new("Hãy chọn một tệp.", "Choose a file."),
        "too-large" => Words::new("Tệp lớn hơn 20 MB.", "The file is larger than 20 MB."),
        _ => Words::new(
            "Tệp này không phải PDF, JPEG hay PNG.",
            "The file is not a PDF, JPEG or PNG.",
        ),
    }
}

/// Faults of the command, each at the field of the page.
pub(super) fn told(reader: &Reader, problem: Problem) -> Vec<FaultLine> {
    let lines = problem.faults.iter().map(|fault| {
        let path = fault.pointer.strip_prefix("/fields/").unwrap_or_default().replace('/', ".");
        let id = if path.is_empty() { String::new() } else { format!("field.{path}") };
        let message = fault.message.get(reader.language);
        let label = fault.label.as_ref().map(|it| format!("{}: ", it.get(reader.language)));
        FaultLine { id, label: label.unwrap_or_default(), text: message.to_owned() }
    });
    lines.collect()
}

/// The day by which what is supplied is judged: today where the dossier was received.
pub(super) fn today(app: &App, opened: &Opened) -> NaiveDate {
    let now = app.clock().now().fixed_offset();
    let there = opened.dossier.submitted_at.map(|it| now.with_timezone(it.offset()));
    there.unwrap_or(now).date_naive()
}

/// The value now at a place of the form.
pub(super) fn now_at(opened: &Opened, path: &str) -> Option<Json> {
    let form = opened.dossier.application.as_ref()?.reveal();
    path.split('.').try_fold(form, |value, part| value.get(part)).cloned()
}
