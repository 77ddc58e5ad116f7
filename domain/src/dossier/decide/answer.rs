//! What agencies answer. Every answer names the dispatch that it answers; one for a task that has
//! ended changes nothing; an overdue one counts.

use serde_json::{Map, Value as Json};

use super::elapse::DELIVERY_REMINDER;
use super::{Deciding, undecidable};
use crate::dossier::command::{Action, Actor};
use crate::dossier::event::{
    Attachment, Conclusion, Delivery, Details, Fact, Item, RequestFault, StopReason,
};
use crate::dossier::refusal::{Error, Refusal};
use crate::dossier::task::{SupplementState, TaskState, TaskStatus};
use crate::language::Text;
use crate::personal::Personal;
use crate::workflow::{FieldFault, FieldPath, LimitStart, Return, ReturnKind, Send, Task};

/// A note or a reason has at most this many characters.
pub const NOTE_CHARS_MAX: usize = 2_000;
/// One request asks for at most this many things.
pub const ITEMS_MAX: usize = 20;
const TEXT_CHARS_MAX: usize = 500;

impl Deciding {
    pub(super) fn answer(&mut self, actor: &Actor, action: &Action) -> Result<(), Error> {
        match action {
            Action::Acknowledge { task, dispatch } => {
                if self.addressed(actor, task, dispatch)?.status != TaskStatus::Dispatched {
                    self.open(actor, task, dispatch)?;
                    return Err(Refusal::AlreadyAcknowledged.into());
                }
                self.acknowledge(task, dispatch)?;
                if self.group.task(task).is_some_and(|it| it.ends_acknowledged) {
                    let (task, because) = (task.clone(), Conclusion::Acknowledged);
                    self.emit(Fact::TaskConcluded { task, because, message: None }, None);
                }
                Ok(())
            }
            Action::SendDraft { task, dispatch, documents } => {
                self.taken_in(actor, task, dispatch)?;
                self.send_draft(task, dispatch, documents)
            }
            Action::ReportMismatch { task, dispatch, of, note } => {
                self.taken_in(actor, task, dispatch)?;
                self.report_mismatch(task, dispatch, of.as_deref(), note)
            }
            Action::RequestPayment { task, dispatch, amount, note } => {
                self.taken_in(actor, task, dispatch)?;
                self.request_payment(task, *amount, note)
            }
            Action::RequestSupplement { task, dispatch, items, note } => {
                self.taken_in(actor, task, dispatch)?;
                self.request_supplement(task, dispatch, items, note)
            }
            Action::Complete { task, dispatch, results, documents } => {
                if !self.addressed(actor, task, dispatch)?.in_review {
                    self.taken_in(actor, task, dispatch)?;
                }
                self.complete(task, dispatch, results, documents)
            }
            Action::Refuse { task, dispatch, reason } => {
                self.taken_in(actor, task, dispatch)?;
                let personal = Details::note(written("/reason", reason)?);
                let fact = Fact::TaskRefused { task: task.clone(), dispatch: dispatch.clone() };
                self.emit(fact, personal);
                self.lose_result(task)
            }
            Action::Stop { task, dispatch, reason } => {
                self.taken_in(actor, task, dispatch)?;
                let personal = Details::note(written("/reason", reason)?);
                let (task, because) = (task.clone(), StopReason::Agency);
                let fact = Fact::TaskStopped { task: task.clone(), because, message: None };
                self.emit(fact, personal);
                self.lose_result(&task)
            }
            Action::Apologise { task, dispatch, reason, until } => {
                self.taken_in(actor, task, dispatch)?;
                self.apologise(task, dispatch, reason, *until)
            }
            Action::Extend { task, dispatch, reason } => {
                self.taken_in(actor, task, dispatch)?;
                self.extend(task, dispatch, reason)
            }
            _ => self.answer_about_results(actor, action),
        }
    }

    /// What an agency says of results: its own, or those that it uses.
    fn answer_about_results(&mut self, actor: &Actor, action: &Action) -> Result<(), Error> {
        match action {
            Action::Return { task, dispatch, of, note } => {
                self.taken_in(actor, task, dispatch)?;
                self.return_result(task, dispatch, of, note)
            }
            Action::Uphold { task, dispatch } => {
                self.addressed(actor, task, dispatch)?;
                self.uphold(task)
            }
            Action::Annul { task, dispatch, reason } => {
                self.addressed(actor, task, dispatch)?;
                self.annul(task, reason)
            }
            Action::Deliver { task, dispatch } => self.deliver(actor, task, dispatch),
            _ => Ok(()),
        }
    }

    /// The task, if it was sent to the actor's office by this dispatch.
    fn addressed(&self, actor: &Actor, task: &str, dispatch: &str) -> Result<&TaskState, Refusal> {
        let (state, _) = self.task(task)?;
        let Actor::Agency(office) = actor else { return Err(Refusal::NoSuchTask) };
        if state.office.is_none() {
            return Err(Refusal::NotDispatched);
        }
        if state.former_offices.contains(office) && state.office.as_ref() != Some(office) {
            return Err(Refusal::Moved(state.office.clone().unwrap_or_default()));
        }
        if state.office.as_ref() != Some(office) {
            return Err(Refusal::NoSuchTask);
        }
        if state.dispatch.as_deref() != Some(dispatch) {
            return Err(Refusal::OtherDispatch);
        }
        Ok(state)
    }

    fn open(&self, actor: &Actor, task: &str, dispatch: &str) -> Result<&TaskState, Refusal> {
        let state = self.addressed(actor, task, dispatch)?;
        if state.status.is_open() { Ok(state) } else { Err(Refusal::Ended(state.status)) }
    }

    /// An answer about a task proves that it was received, even where the acknowledgement is
    /// still missing.
    fn taken_in(&mut self, actor: &Actor, task: &str, dispatch: &str) -> Result<(), Error> {
        if self.open(actor, task, dispatch)?.status == TaskStatus::Dispatched {
            self.acknowledge(task, dispatch)?;
        }
        Ok(())
    }

    fn acknowledge(&mut self, name: &str, dispatch: &str) -> Result<(), Error> {
        let group = self.group.clone();
        let task = group.task(name).ok_or(Refusal::NoSuchTask)?;
        let (state, _) = self.task(name)?;
        let begins =
            state.due.is_none() && task.limits.iter().any(|it| it.from == LimitStart::Acknowledged);
        let limit = state.limit.filter(|_| begins);
        let due = match limit {
            Some(measure) => Some(self.due(task, measure)?),
            None => None,
        };
        let (task, dispatch) = (name.to_owned(), dispatch.to_owned());
        self.emit(Fact::TaskAcknowledged { task, dispatch, due }, None);
        Ok(())
    }

    fn request_supplement(
        &mut self,
        name: &str,
        dispatch: &str,
        items: &[Item],
        note: &str,
    ) -> Result<(), Error> {
        let (state, task) = self.task(name)?;
        if state.status == TaskStatus::SupplementRequested {
            return Err(Refusal::AlreadyRequested.into());
        }
        let policy = task.supplement.as_ref().ok_or(Refusal::NoSupplement)?;
        let faults = self.item_faults(task, items);
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let personal = Details::note(written("/note", note)?);
        let within = policy.within;
        let request = u32::try_from(state.supplements.len() + 1).map_err(undecidable)?;
        let at = self.at;
        let window = self.count(|calendar| calendar.window(within, at))?;
        let faults = self.request_faults(name, items)?;
        let fact = Fact::SupplementRequested {
            task: name.to_owned(),
            dispatch: dispatch.to_owned(),
            request,
            items: items.to_vec(),
            window,
            faults,
        };
        self.emit(fact, personal);
        Ok(())
    }

    /// A request comes in time and asks once for everything: what was never asked for before could
    /// have been asked for with the first one.
    fn request_faults(&mut self, name: &str, items: &[Item]) -> Result<Vec<RequestFault>, Error> {
        let (state, task) = self.task(name)?;
        let asked: Vec<&Item> = state.supplements.iter().flat_map(|it| &it.items).collect();
        let is_new = |it: &Item| !asked.contains(&it);
        let is_avoidable = !asked.is_empty() && items.iter().any(is_new);
        let since = state.supplements.last().and_then(SupplementState::ended_at);
        let from = since.or(state.dispatched_at).unwrap_or(self.at);
        let notice = task.supplement.as_ref().and_then(|it| it.notice);
        let (counting, stops) = (task.counting.clone(), state.stops_until(self.at));
        let due = match notice {
            Some(notice) => Some(
                self.count_for(name, |calendar| calendar.due(notice, &counting, from, &stops))?,
            ),
            None => None,
        };
        let is_late = due.is_some_and(|it| it.at < self.at);
        let faults =
            [(is_late, RequestFault::Late), (is_avoidable, RequestFault::Avoidable)].into_iter();
        Ok(faults.filter(|(is_so, _)| *is_so).map(|(_, fault)| fault).collect())
    }

    /// Whether an application has such a field, in lists whose entries this one has.
    pub(super) fn has_field(&self, dotted: &str) -> bool {
        let path = field_path(dotted);
        let form = self.state.application.as_ref().map(Personal::reveal);
        self.group.form.field(&path).is_some() && form.is_none_or(|it| path.is_in(it))
    }

    /// Documents of kinds that the group knows, and fields that this agency sees.
    fn item_faults(&self, task: &Task, items: &[Item]) -> Vec<FieldFault> {
        if items.is_empty() || items.len() > ITEMS_MAX {
            let message = Text::new(
                format!("Hãy nêu từ 1 đến {ITEMS_MAX} giấy tờ hoặc mục cần bổ sung."),
                format!("Name 1 to {ITEMS_MAX} documents or fields that are missing."),
            );
            return vec![FieldFault::new("/items".to_owned(), "item-count", message)];
        }
        let mut faults = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let known = match item {
                Item::Document(kind) => self.group.documents.contains_key(kind),
                Item::Field(path) => sees(task, path) && self.has_field(path),
            };
            if !known || items[..index].contains(item) {
                let message = Text::new(
                    "Không thể yêu cầu mục này: hãy nêu một loại giấy tờ hoặc một trường mà cơ quan được xem, mỗi mục một lần.",
                    "This can't be asked for: name a kind of document or a field that you are shown, each once.",
                );
                faults.push(FieldFault::new(format!("/items/{index}"), "unknown-item", message));
            }
        }
        faults
    }

    fn complete(
        &mut self,
        name: &str,
        dispatch: &str,
        results: &Json,
        documents: &[Attachment],
    ) -> Result<(), Error> {
        let group = self.group.clone();
        let definition = group.task(name).ok_or(Refusal::NoSuchTask)?;
        if self.task(name)?.0.open_draft().is_some() {
            return Err(Refusal::DraftOpen.into());
        }
        let faults = result_faults(definition, results, documents);
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let version = self.task(name)?.0.version + 1;
        let delivery = self.delivery(definition);
        let details = Details { results: Some(results.clone()), ..Details::default() };
        let waits = delivery != Delivery::Electronic;
        let fact = Fact::TaskCompleted {
            remind_at: waits.then(|| self.remind_at(DELIVERY_REMINDER)),
            task: name.to_owned(),
            dispatch: dispatch.to_owned(),
            version,
            documents: documents.to_vec(),
            delivery,
        };
        self.emit(fact, Some(Personal::new(details)));
        if self.repeats(definition)? {
            return self.dispatch(definition);
        }
        if delivery == Delivery::Electronic {
            let task = name.to_owned();
            let fact = Fact::ResultDelivered { task, version, method: delivery, reference: None };
            self.emit(fact, None);
        }
        if version > 1 { self.renew_users(name, version) } else { Ok(()) }
    }

    /// The method that the applicant chose for this result.
    fn delivery(&self, task: &Task) -> Delivery {
        let application = self.state.application.as_ref();
        let chosen = task.deliver.as_ref().zip(application);
        let chosen = chosen.and_then(|(path, form)| path.get(form.reveal()).cloned());
        chosen.and_then(|it| serde_json::from_value(it).ok()).unwrap_or(Delivery::Electronic)
    }

    fn deliver(&mut self, actor: &Actor, name: &str, dispatch: &str) -> Result<(), Error> {
        self.addressed(actor, name, dispatch)?;
        self.delivered(name, None)
    }

    /// Whoever carries results has brought this one.
    pub(super) fn carried(&mut self, name: &str, reference: &str) -> Result<(), Error> {
        let (state, _) = self.task(name)?;
        if !state.delivery.is_some_and(Delivery::is_carried) {
            return Err(Refusal::NoResult.into());
        }
        let reference = written("/reference", reference)?.to_owned();
        self.delivered(name, Some(reference))
    }

    fn delivered(&mut self, name: &str, reference: Option<String>) -> Result<(), Error> {
        let (state, _) = self.task(name)?;
        let Some(method) = state.delivery.filter(|_| state.status == TaskStatus::Completed) else {
            return Err(Refusal::NoResult.into());
        };
        if state.delivered_at.is_some() {
            return Err(Refusal::AlreadyDelivered.into());
        }
        let (task, version) = (name.to_owned(), state.version);
        self.emit(Fact::ResultDelivered { task, version, method, reference }, None);
        Ok(())
    }
}

fn field_path(dotted: &str) -> FieldPath {
    FieldPath(dotted.split('.').map(str::to_owned).collect())
}

/// Whether a field is among those that a task's agency is shown.
pub(super) fn sees(task: &Task, dotted: &str) -> bool {
    let asked = field_path(dotted);
    task.send.iter().any(|it| match it {
        Send::Field(shown) => asked.0.starts_with(&shown.0),
        Send::Document(_) | Send::Result { .. } => false,
    })
}

/// A reason or note as a person wrote it: something, and not too much.
pub(super) fn written<'a>(pointer: &str, text: &'a str) -> Result<&'a str, Error> {
    let text = text.trim();
    if !text.is_empty() && text.chars().count() <= NOTE_CHARS_MAX {
        return Ok(text);
    }
    let message = Text::new(
        format!("Hãy ghi rõ lý do, tối đa {NOTE_CHARS_MAX} ký tự."),
        format!("Say why, in at most {NOTE_CHARS_MAX} characters."),
    );
    Err(Error::Invalid(vec![FieldFault::new(pointer.to_owned(), "text-length", message)]))
}

/// A completion brings exactly what the task declares.
fn result_faults(task: &Task, results: &Json, documents: &[Attachment]) -> Vec<FieldFault> {
    let nothing = Map::new();
    let values = results.as_object().unwrap_or(&nothing);
    let mut faults = Vec::new();
    for (name, expected) in &task.returns {
        let document = documents.iter().any(|it| it.kind == *name);
        let fault = match (expected.kind, values.get(name)) {
            (ReturnKind::Document, None) if document => None,
            (_, None) if expected.optional => None,
            (_, None) => Some(result_fault(expected, "required", "chưa có", "is missing")),
            (kind, Some(value)) if fits(kind, value) => None,
            (_, Some(_)) => Some(result_fault(expected, "wrong-value", "không đúng", "is wrong")),
        };
        faults.extend(fault.map(|(code, text)| FieldFault::new(result_pointer(name), code, text)));
    }
    for (index, document) in documents.iter().enumerate() {
        if documents[..index].iter().any(|it| it.kind == document.kind) {
            let message = Text::new("Mỗi kết quả chỉ có một tệp.", "A result is one file.");
            faults.push(FieldFault::new(result_pointer(&document.kind), "repeated", message));
        }
    }
    let declared = |name: &str| task.returns.contains_key(name);
    let unknown = values.keys().map(String::as_str).filter(|it| !declared(it));
    let unknown_documents = documents
        .iter()
        .map(|it| it.kind.as_str())
        .filter(|name| task.returns.get(*name).is_none_or(|it| it.kind != ReturnKind::Document));
    for name in unknown.chain(unknown_documents) {
        let message = Text::new(
            format!("Thủ tục này không trả kết quả “{name}”."),
            format!("This task does not return “{name}”."),
        );
        faults.push(FieldFault::new(result_pointer(name), "unknown-result", message));
    }
    faults
}

fn result_pointer(name: &str) -> String {
    "/results".to_owned() + &FieldPath(vec![name.to_owned()]).pointer()
}

fn result_fault(expected: &Return, code: &'static str, vi: &str, en: &str) -> (&'static str, Text) {
    let text =
        Text::new(format!("{} {vi}.", expected.title.vi), format!("{} {en}.", expected.title.en));
    (code, text)
}

fn fits(kind: ReturnKind, value: &Json) -> bool {
    let text = value.as_str().unwrap_or_default();
    match kind {
        ReturnKind::Document => false,
        ReturnKind::PersonalId => text.len() == 12 && text.bytes().all(|it| it.is_ascii_digit()),
        ReturnKind::Text => !text.is_empty() && text.chars().count() <= TEXT_CHARS_MAX,
        ReturnKind::Date => text.len() == 10 && text.parse::<chrono::NaiveDate>().is_ok(),
        ReturnKind::Money => value.as_u64().is_some(),
        ReturnKind::Truth => value.is_boolean(),
    }
}
