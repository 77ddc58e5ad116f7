//! One procedure of a dossier, as the applicant sees it.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate};
use lienthong_domain::calendar::{format_date, format_duration};
use lienthong_domain::dossier::{
    ApologyState, Attachment, ConsentOutcome, ConsentState, Held, Item, SkipReason, StopReason,
    SupplementOutcome, SupplementState, TaskState, TaskStatus, Turn, person_at,
};
use lienthong_domain::language::Language;
use lienthong_domain::personal::Personal;
use lienthong_domain::workflow::{self, ClockPolicy, LetterKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::held::{self, HeldView};
use super::order;
use super::payment::{self, PaymentView};
use super::result::{self, Delivered, EarlierResult, ResultValue};
use super::{DueView, File, National, Words, item_title, office_name, task_title};
use crate::app::Opened;

/// One procedure and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Task {
    pub name: String,
    pub title: Words,
    /// National code of the procedure.
    pub procedure: Option<String>,
    /// `waiting`, `dispatched`, `acknowledged`, `supplement_requested`, `supplied`, `completed`,
    /// `reopened`, `elapsing`, `refused`, `stopped`, `withdrawn` or `skipped`.
    pub status: String,
    pub words: Words,
    pub national: Option<National>,
    /// Where it is, once it was sent.
    pub office: Option<Office>,
    pub turn: Whose,
    /// The tasks that go before it, of those that are carried out.
    pub after: Vec<String>,
    /// How many tasks deep it stands.
    #[serde(skip)]
    pub level: usize,
    /// What the law gives, e.g. 2 working days.
    pub limit: Option<Words>,
    pub due: Option<DueView>,
    pub overdue: bool,
    pub dispatched_at: Option<DateTime<FixedOffset>>,
    pub acknowledged_at: Option<DateTime<FixedOffset>>,
    pub ended_at: Option<DateTime<FixedOffset>>,
    /// The agency is late and has apologised.
    pub apology: Option<ApologyView>,
    /// The letters about it: receipts and slips.
    pub letters: Vec<LetterLink>,
    /// Who had it for how long, up to now.
    pub held: Vec<HeldView>,
    /// How long it took, and whether that was within the limit.
    pub took: Option<Words>,
    /// What the applicant is asked for now.
    pub supplement: Option<Requested>,
    /// What the applicant is shown before it is issued.
    pub draft: Option<DraftView>,
    /// What is to be paid for it.
    pub payments: Vec<PaymentView>,
    /// Who else must agree.
    pub consents: Vec<ConsentView>,
    pub results: Vec<ResultValue>,
    /// Its agency looks again whether that still stands, since what it was made from was corrected.
    pub in_review: bool,
    /// What it brought before, which is no longer the result.
    pub earlier: Vec<EarlierResult>,
    pub delivery: Option<Delivered>,
    /// Why it was refused or stopped, as the agency wrote it.
    pub reason: Option<String>,
    /// Why it was not carried out or ended undecided, where that was not the agency's word.
    pub because: Option<Words>,
    /// Neither chosen nor applicable: of no concern to the applicant.
    #[serde(skip)]
    pub hidden: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Office {
    pub id: String,
    pub name: Words,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    Agency,
    Applicant,
    /// Earlier tasks go first.
    Earlier,
    /// Somebody else who must agree.
    Person,
    /// The agency of an earlier task, whose result is being corrected.
    Correction,
    /// Whoever mends what keeps the office from working.
    System,
    /// Nobody has to do anything until a time has passed.
    Time,
    Nobody,
}

/// An apology for being late.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApologyView {
    pub at: DateTime<FixedOffset>,
    /// The new date.
    pub until: NaiveDate,
    pub until_words: Words,
    /// Why it is late, as the agency wrote it.
    pub reason: Option<String>,
}

impl From<&ApologyState> for ApologyView {
    fn from(apology: &ApologyState) -> Self {
        Self {
            at: apology.at,
            until: apology.until,
            until_words: Words::told(|language| format_date(apology.until, language)),
            reason: apology.reason.as_ref().map(|it| it.reveal().clone()),
        }
    }
}

/// That somebody else must agree.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentView {
    /// From 1 within the task.
    pub number: u32,
    /// Who is asked.
    pub name: String,
    /// `open`, `given`, `declined`, `lapsed` or `overtaken`.
    pub outcome: String,
    pub words: Words,
    pub until: DueView,
}

/// A receipt or slip.
#[derive(Debug, Serialize, ToSchema)]
pub struct LetterLink {
    pub title: Words,
    /// The page that it is on.
    pub page: String,
}

fn letters(opened: &Opened, state: &TaskState) -> Vec<LetterLink> {
    // An apology that is not sent yet is the officer's alone.
    let told = |it: &LetterKind| *it != LetterKind::Apology || state.apology.is_some();
    let definition = opened.group.task(&state.name);
    let found = definition.map(|it| state.letters(it)).unwrap_or_default();
    let found = found.into_iter().filter(told);
    let link = |kind: LetterKind| LetterLink {
        title: kind.title().into(),
        page: format!(
            "/dossiers/{}/tasks/{}/letters/{}",
            opened.dossier.id,
            state.name,
            kind.name()
        ),
    };
    found.map(link).collect()
}

/// What the applicant is shown before it is issued.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftView {
    pub documents: Vec<File>,
    pub until: DueView,
}

pub(super) fn files(opened: &Opened, documents: &[Attachment]) -> Vec<File> {
    let folder = format!("/api/v1/dossiers/{}", opened.dossier.id);
    documents.iter().map(|it| File::new(it, &folder)).collect()
}

/// What the applicant is asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Requested {
    pub items: Vec<RequestedItem>,
    pub note: Option<String>,
    pub until: DueView,
    /// What the waiting does to the limit.
    pub clock: Words,
}

/// One thing that is asked for: a document or a field, never both.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestedItem {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    pub title: Words,
}

pub(super) fn tasks(opened: &Opened, accounts: &BTreeMap<String, Vec<Held>>) -> Vec<Task> {
    let states = opened.dossier.tasks.iter();
    let tasks = states.filter_map(|state| {
        let definition = opened.group.task(&state.name)?;
        let held = accounts.get(&state.name).map(Vec::as_slice).unwrap_or_default();
        Some(task(opened, (state, definition), held))
    });
    order::as_tree(tasks.collect())
}

/// Who else must agree, and what came of it.
fn consents(opened: &Opened, state: &TaskState) -> Vec<ConsentView> {
    let consents = (1..).zip(&state.consents);
    consents.map(|(number, it)| consent(opened, number, it)).collect()
}

/// The consent of a number.
pub(crate) fn asked_consent(
    opened: &Opened,
    state: &TaskState,
    number: u32,
) -> Option<ConsentView> {
    let place = usize::try_from(number).ok()?.checked_sub(1)?;
    state.consents.get(place).map(|it| consent(opened, number, it))
}

fn consent(opened: &Opened, number: u32, state: &ConsentState) -> ConsentView {
    let (outcome, words) = match state.outcome {
        ConsentOutcome::Open => ("open", ("Chờ xác nhận", "Waiting for an answer")),
        ConsentOutcome::Given(_) => ("given", ("Đã đồng ý", "Agreed")),
        ConsentOutcome::Declined(_) => ("declined", ("Không đồng ý", "Did not agree")),
        ConsentOutcome::Lapsed(_) => ("lapsed", ("Chưa xác nhận, đã hết hạn", "No answer in time")),
        ConsentOutcome::Overtaken(_) => ("overtaken", ("Không còn cần", "No longer needed")),
    };
    ConsentView {
        number,
        name: person_name(opened, &state.of),
        outcome: outcome.to_owned(),
        words: Words::new(words.0, words.1),
        until: (&state.window).into(),
    }
}

/// The name of the person at a place in the form.
pub(super) fn person_name(opened: &Opened, place: &str) -> String {
    let form = opened.dossier.application.as_ref().map(Personal::reveal);
    let name = form.and_then(|it| person_at(it, place)?.get("full_name")?.as_str());
    name.unwrap_or("…").to_owned()
}

/// The name of the person of a consent.
pub(super) fn asked_person(opened: &Opened, task: Option<&str>, number: u32) -> String {
    let place = usize::try_from(number).ok().and_then(|it| it.checked_sub(1));
    let state = task.and_then(|it| opened.dossier.task(it)).zip(place);
    let of = state.and_then(|(it, place)| it.consents.get(place)).map(|it| it.of.as_str());
    of.map_or_else(|| "…".to_owned(), |it| person_name(opened, it))
}

/// What the applicant has nothing to do with.
fn is_hidden(opened: &Opened, state: &TaskState) -> bool {
    let is_other = opened.group.receiving_task().name != state.name;
    is_other && matches!(state.skipped, Some(SkipReason::NotChosen | SkipReason::DoesNotApply))
}

fn task(
    opened: &Opened,
    (state, definition): (&TaskState, &workflow::Task),
    spans: &[Held],
) -> Task {
    let shown = |name: &&str| opened.dossier.task(name).is_some_and(|it| !is_hidden(opened, it));
    let after: Vec<String> = definition.predecessors().filter(shown).map(str::to_owned).collect();
    Task {
        name: state.name.clone(),
        title: (&definition.title).into(),
        procedure: definition.procedure.clone(),
        status: state.status.name().to_owned(),
        words: words(state),
        national: state.national().map(National::from),
        office: state
            .office
            .as_ref()
            .map(|id| Office { id: id.clone(), name: office_name(opened, id) }),
        turn: whose(&state.turn()),
        after,
        level: 0,
        limit: limit(state, definition),
        due: state.due.as_ref().map(DueView::from),
        overdue: state.overdue,
        dispatched_at: state.dispatched_at,
        acknowledged_at: state.acknowledged_at,
        ended_at: state.ended_at,
        apology: state.apology.as_ref().map(ApologyView::from),
        letters: letters(opened, state),
        held: held::account(opened, spans),
        took: took(state),
        supplement: state.open_supplement().map(|it| requested(opened, it, definition)),
        draft: state.open_draft().map(|(_, it)| DraftView {
            documents: files(opened, &it.documents),
            until: (&it.window).into(),
        }),
        payments: payment::payments(opened, state),
        consents: consents(opened, state),
        results: result::results(opened, state, definition),
        in_review: state.in_review,
        earlier: result::earlier(opened, state),
        delivery: state.delivery.map(|method| result::delivered(method, state)),
        reason: state.reason.as_ref().map(|it| it.reveal().clone()),
        because: because(opened, state),
        hidden: is_hidden(opened, state),
    }
}

/// The status in words; a window that closed and a result that is looked at again are the agency's
/// turn and say so.
fn words(state: &TaskState) -> Words {
    let lapsed = |it: &SupplementState| matches!(it.outcome, SupplementOutcome::Lapsed(_));
    if state.status.is_open() && state.supplements.last().is_some_and(lapsed) {
        return Words::new("Chờ cơ quan quyết định", "The agency decides what comes next");
    }
    if state.in_review {
        return Words::new("Đang xem lại kết quả", "Result being looked at again");
    }
    state.status.words().into()
}

pub(super) fn whose(turn: &Turn) -> Whose {
    match turn {
        Turn::Agency(_) => Whose::Agency,
        Turn::Applicant => Whose::Applicant,
        Turn::Earlier => Whose::Earlier,
        Turn::Person => Whose::Person,
        Turn::Correction => Whose::Correction,
        Turn::System => Whose::System,
        Turn::Time => Whose::Time,
        Turn::Nobody => Whose::Nobody,
    }
}

/// The limit that was set, or will be where only one is possible.
fn limit(state: &TaskState, definition: &workflow::Task) -> Option<Words> {
    let only = match definition.limits.as_slice() {
        [only] if state.status == TaskStatus::Waiting => only.is,
        _ => None,
    };
    let measure = state.limit.or(only)?;
    Some(Words::told(|language| measure.text(language)))
}

fn took(state: &TaskState) -> Option<Words> {
    let ended = state.ended_at.filter(|_| state.status == TaskStatus::Completed)?;
    let began = state.due.as_ref().map(|it| it.basis.received).or(state.dispatched_at)?;
    let punctual = state.due.as_ref().map(|_| !state.overdue);
    Some(Words::told(|language| {
        let length = format_duration(ended - began, language);
        let limit = state.limit.map(|it| it.text(language)).unwrap_or_default();
        match (language, punctual) {
            (Language::Vi, None) => format!("Xong sau {length}"),
            (Language::Vi, Some(true)) => format!("Xong sau {length}, trong hạn {limit}"),
            (Language::Vi, Some(false)) => format!("Xong sau {length}, quá hạn {limit}"),
            (Language::En, None) => format!("Done after {length}"),
            (Language::En, Some(true)) => {
                format!("Done after {length}, within the limit of {limit}")
            }
            (Language::En, Some(false)) => {
                format!("Done after {length}, later than the limit of {limit}")
            }
        }
    }))
}

fn requested(opened: &Opened, request: &SupplementState, definition: &workflow::Task) -> Requested {
    let items = request.items.iter().map(|it| {
        let (document, field) = match it {
            Item::Document(kind) => (Some(kind.clone()), None),
            Item::Field(path) => (None, Some(path.clone())),
        };
        RequestedItem { document, field, title: item_title(opened, it) }
    });
    let policy = definition.supplement.as_ref().map(|it| it.clock);
    let clock = match policy {
        None => Words::default(),
        Some(ClockPolicy::Continue) => Words::new(
            "Thời gian chờ bổ sung không tính vào thời hạn giải quyết.",
            "While this is waited for, the time limit stands still.",
        ),
        Some(ClockPolicy::Restart) => Words::new(
            "Thời hạn giải quyết được tính lại từ đầu khi bạn bổ sung.",
            "The time limit begins anew when you supply this.",
        ),
    };
    Requested {
        items: items.collect(),
        note: request.note.as_ref().map(|it| it.reveal().clone()),
        until: (&request.window).into(),
        clock,
    }
}

fn because(opened: &Opened, state: &TaskState) -> Option<Words> {
    if let Some(SkipReason::Without { task }) = &state.skipped {
        let earlier = task_title(opened, task);
        return Some(Words::new(
            format!("Không thực hiện vì “{}” không có kết quả.", earlier.vi),
            format!("Not carried out, since “{}” brought no result.", earlier.en),
        ));
    }
    if state.stopped == Some(StopReason::SupplementLapsed) {
        return Some(Words::new(
            "Dừng xử lý vì hết thời hạn mà chưa nhận được bổ sung.",
            "Stopped, since what was asked for did not come in time.",
        ));
    }
    if state.stopped == Some(StopReason::NotPaid) {
        return Some(Words::new(
            "Dừng xử lý vì hết thời hạn mà chưa nộp phí, lệ phí.",
            "Stopped, since the fee was not paid in time.",
        ));
    }
    let is_enough = state.skipped == Some(SkipReason::NoLongerNeeded)
        || state.stopped == Some(StopReason::NoLongerNeeded);
    if is_enough {
        return Some(Words::new(
            "Không còn cần, vì các cơ quan khác đã trả lời đủ.",
            "No longer needed, since enough others have answered.",
        ));
    }
    let with = state.withdrawn_with.as_ref().map(|it| task_title(opened, it))?;
    Some(Words::new(
        format!("Rút theo “{}”, vì cần kết quả của thủ tục ấy.", with.vi),
        format!("Withdrawn with “{}”, whose result it needs.", with.en),
    ))
}
