//! The page of a dossier: whose turn it is, each agency with its due time and results, and what
//! has happened. Puts [`crate::view`] into one language and gives every state its colour.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use lienthong_domain::calendar::{format_moment, format_moment_short};
use lienthong_domain::digest::Digest;
use lienthong_domain::language::Language;
use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use super::words::{about, at_agencies, ended, handing_over, looking_again};
use super::{Content, Reader};
use crate::app::{App, Opened};
use crate::http::{Place, download, own_dossier};
use crate::problem::Problem;
use crate::view::{DossierView, EarlierResult, File, PaymentView, ResultValue, Task, Whose, money};

/// Cards are indented at most this often.
const LEVEL_MAX: usize = 3;

#[derive(Serialize)]
struct Page {
    code: String,
    group: String,
    subject: Option<String>,
    national: String,
    national_number: u8,
    /// What the applicant is asked for now.
    asked: Vec<AskedOfYou>,
    /// Drafts that the applicant looks at: office, procedure, until when, why then, address.
    drafts: Vec<(String, String, String, String, String)>,
    /// Where what was said is corrected, while something can be.
    correct: Option<String>,
    /// Where the newer rules are explained, if the dossier could move to them.
    newer_rules: Option<String>,
    /// What the applicant is asked to pay now.
    to_pay: Vec<ToPay>,
    /// Whose turn it is else.
    turn: String,
    ended: bool,
    cards: Vec<Card>,
    totals: Vec<TotalLine>,
    history: Vec<Line>,
    withdraw_all: Option<String>,
}

#[derive(Serialize)]
struct ToPay {
    office: String,
    title: String,
    amount: String,
    note: Option<String>,
    until: String,
    until_why: String,
    /// What to write with the transfer.
    reference: String,
}

#[derive(Serialize)]
struct AskedOfYou {
    /// None where it is a task of the applicant's own.
    office: Option<String>,
    title: String,
    items: Vec<String>,
    note: Option<String>,
    until: String,
    until_why: String,
    clock: String,
    url: String,
}

#[derive(Serialize)]
struct Card {
    title: String,
    level: usize,
    status: String,
    /// `done`, `work`, `wait`, `late` or `idle`.
    tone: &'static str,
    office: Option<String>,
    /// Titles of the tasks that it waits for.
    after: Option<String>,
    due: Option<String>,
    due_why: Option<String>,
    limit: Option<String>,
    no_limit: bool,
    overdue: bool,
    /// Receipts and slips: title and address.
    letters: Vec<(String, String)>,
    /// Who had it for how long, and whether that was late.
    held: Vec<(String, bool)>,
    /// The new date, and why it is late.
    apology: Option<(String, String)>,
    took: Option<String>,
    /// The limit stands for somebody else than the applicant.
    paused: bool,
    /// Who else must still agree, and until when.
    waits: Vec<(String, String)>,
    /// Amount, what came of it, and the number of the receipt.
    payments: Vec<(String, String, Option<String>)>,
    /// What the waiting for the applicant does to the limit.
    clock: Option<String>,
    results: Vec<ResultLine>,
    /// What they were before: what became of it, and the addresses of its files.
    earlier: Vec<(String, Vec<String>)>,
    delivery: Option<String>,
    delivered: Option<String>,
    reason: Option<String>,
    because: Option<String>,
    /// Ended without a result: one may apply again.
    again: bool,
    withdraw: Option<String>,
}

#[derive(Serialize)]
struct ResultLine {
    title: String,
    value: Option<String>,
    url: Option<String>,
    about_file: Option<String>,
}

#[derive(Serialize)]
struct TotalLine {
    title: String,
    when: String,
    why: String,
    overdue: bool,
    /// What has become of it, once it no longer runs.
    outcome: Option<&'static str>,
}

#[derive(Serialize)]
struct Line {
    at: String,
    machine_at: String,
    words: String,
}

pub(super) async fn page(
    State(app): State<App>,
    reader: Reader,
    Place(id): Place<Uuid>,
) -> Result<Response, Problem> {
    let (opened, view) = own_dossier(&app, &reader.actor, id).await?;
    let mut page = told(&view, reader.language);
    if may_adopt(&app, &opened) {
        page.newer_rules = Some(format!("/dossiers/{id}/newer-rules"));
    }
    let title = about(reader.language, &page.group, page.subject.as_deref());
    let content = Content { title: &title, page: &page };
    app.pages().render(StatusCode::OK, "dossier", &reader, &content)
}

/// Whether a newer version takes over from that of the dossier.
fn may_adopt(app: &App, opened: &Opened) -> bool {
    let newer = app.group_in_force(&opened.group.name);
    let adopts = newer.and_then(|it| Some(it.adopts.as_ref()?.version));
    !opened.dossier.has_ended() && adopts == Some(opened.group.version)
}

/// A file of the dossier, for the reader's browser.
pub(super) async fn document(
    State(app): State<App>,
    reader: Reader,
    Place((id, digest)): Place<(Uuid, Digest)>,
) -> Result<Response, Problem> {
    download(&app, &reader.actor, id, &digest).await
}

fn told(view: &DossierView, language: Language) -> Page {
    let shown = || view.tasks.iter().filter(|it| !it.hidden);
    let totals = view.totals.iter().map(|it| TotalLine {
        title: it.title.get(language).to_owned(),
        when: it.due.when.get(language).to_owned(),
        why: it.due.reason.get(language).to_owned(),
        overdue: it.overdue,
        outcome: it
            .kept
            .map(|kept| super::words(language)[if kept { "total_kept" } else { "total_missed" }]),
    });
    let history = view.history.iter().rev().filter(|it| it.told).map(|it| Line {
        at: format_moment_short(it.at, language),
        machine_at: it.at.to_rfc3339(),
        words: it.words.get(language).to_owned(),
    });
    let undecided = shown().filter(|it| it.ended_at.is_none()).count();
    let withdraw_all = format!("/dossiers/{}/withdraw", view.id);
    Page {
        code: view.code.clone(),
        group: view.group.title.get(language).to_owned(),
        subject: view.subject.clone(),
        national: view.status.words.get(language).to_owned(),
        national_number: view.status.number,
        asked: shown().filter_map(|it| asked(view, it, language)).collect(),
        drafts: shown().filter_map(|it| draft(view, it, language)).collect(),
        correct: (!view.ended).then(|| format!("/dossiers/{}/correct", view.id)),
        newer_rules: None,
        to_pay: shown().flat_map(|it| to_pay(view, it, language)).collect(),
        turn: turn(view, language),
        ended: view.ended,
        cards: shown().map(|it| card(view, it, language)).collect(),
        totals: totals.collect(),
        history: history.collect(),
        withdraw_all: (undecided > 1).then_some(withdraw_all),
    }
}

fn turn(view: &DossierView, language: Language) -> String {
    if view.ended {
        let tasks = view.tasks.iter().filter(|it| !it.hidden);
        let issued = tasks.clone().filter(|it| it.status == "completed").count();
        return ended(language, issued, tasks.count());
    }
    let places = view.tasks.iter().filter(|it| it.turn == Whose::Agency).filter_map(|it| {
        let office = it.office.as_ref()?.name.get(language).to_owned();
        let title = it.title.get(language);
        let doing = match (it.in_review, it.ended_at) {
            (true, _) => looking_again(language, title),
            (false, Some(_)) => handing_over(language, title),
            (false, None) => title.to_owned(),
        };
        Some((office, doing))
    });
    let places: Vec<(String, String)> = places.collect();
    if places.is_empty() { String::new() } else { at_agencies(language, &places) }
}

fn asked(view: &DossierView, task: &Task, language: Language) -> Option<AskedOfYou> {
    let request = task.supplement.as_ref().filter(|_| task.turn == Whose::Applicant)?;
    Some(AskedOfYou {
        office: task.office.as_ref().map(|it| it.name.get(language).to_owned()),
        title: task.title.get(language).to_owned(),
        items: request.items.iter().map(|it| it.title.get(language).to_owned()).collect(),
        note: request.note.clone(),
        until: request.until.when.get(language).to_owned(),
        until_why: request.until.reason.get(language).to_owned(),
        clock: request.clock.get(language).to_owned(),
        url: format!("/dossiers/{}/tasks/{}/supply", view.id, task.name),
    })
}

fn draft(
    view: &DossierView,
    task: &Task,
    language: Language,
) -> Option<(String, String, String, String, String)> {
    let draft = task.draft.as_ref()?;
    let office = task.office.as_ref().map(|it| it.name.get(language).to_owned());
    Some((
        office.unwrap_or_default(),
        task.title.get(language).to_owned(),
        draft.until.when.get(language).to_owned(),
        draft.until.reason.get(language).to_owned(),
        format!("/dossiers/{}/tasks/{}/draft", view.id, task.name),
    ))
}

fn to_pay(view: &DossierView, task: &Task, language: Language) -> Vec<ToPay> {
    let open = task.payments.iter().filter(|it| it.outcome == "open");
    let one = |it: &PaymentView| ToPay {
        office: it.office.name.get(language).to_owned(),
        title: task.title.get(language).to_owned(),
        amount: money(it.amount),
        note: it.note.clone(),
        until: it.until.when.get(language).to_owned(),
        until_why: it.until.reason.get(language).to_owned(),
        reference: format!("{} {} {}", view.code, task.name, it.number),
    };
    open.map(one).collect()
}

fn card(view: &DossierView, task: &Task, language: Language) -> Card {
    let titles = task.after.iter().filter_map(|name| view.tasks.iter().find(|it| it.name == *name));
    let titles: Vec<&str> = titles.map(|it| it.title.get(language)).collect();
    let waits = task.turn == Whose::Earlier;
    let undecided = task.ended_at.is_none();
    let in_one = |it: &crate::view::Words| it.get(language).to_owned();
    let due = task.due.as_ref().filter(|_| undecided);
    Card {
        title: in_one(&task.title),
        level: task.level.min(LEVEL_MAX),
        status: in_one(&task.words),
        tone: tone(task),
        office: task.office.as_ref().map(|it| in_one(&it.name)),
        after: (waits && !titles.is_empty()).then(|| titles.join(", ")),
        due: due.map(|it| in_one(&it.when)),
        due_why: due.map(|it| in_one(&it.reason)),
        limit: task.limit.as_ref().filter(|_| undecided && due.is_none()).map(in_one),
        no_limit: undecided && !waits && task.limit.is_none(),
        overdue: task.overdue,
        apology: task
            .apology
            .as_ref()
            .map(|it| (in_one(&it.until_words), it.reason.clone().unwrap_or_default())),
        letters: task.letters.iter().map(|it| (in_one(&it.title), it.page.clone())).collect(),
        held: task.held.iter().map(|it| (in_one(&it.words), it.late)).collect(),
        took: task.took.as_ref().map(in_one),
        paused: matches!(task.turn, Whose::Person | Whose::Correction | Whose::System),
        waits: task
            .consents
            .iter()
            .filter(|it| it.outcome == "open")
            .map(|it| (it.name.clone(), in_one(&it.until.when)))
            .collect(),
        payments: task
            .payments
            .iter()
            .map(|it| (money(it.amount), in_one(&it.words), it.reference.clone()))
            .collect(),
        clock: task.supplement.as_ref().filter(|_| due.is_some()).map(|it| in_one(&it.clock)),
        results: task.results.iter().map(|it| result(view, it, language)).collect(),
        earlier: task.earlier.iter().map(|it| (in_one(&it.words), pages(view, it))).collect(),
        delivery: task
            .delivery
            .as_ref()
            .filter(|it| it.method != "electronic")
            .map(|it| in_one(&it.words)),
        delivered: task
            .delivery
            .as_ref()
            .and_then(|it| it.delivered_at)
            .map(|at| format_moment(at, language)),
        reason: task.reason.clone(),
        because: task.because.as_ref().map(in_one),
        again: matches!(task.status.as_str(), "refused" | "stopped"),
        withdraw: (undecided && task.status != "reopened")
            .then(|| format!("/dossiers/{}/withdraw?task={}", view.id, task.name)),
    }
}

/// Amber waits, red went wrong, blue is at work, green is done, grey has not begun or does not take
/// place. Lateness has a word of its own beside the due time.
fn tone(task: &Task) -> &'static str {
    match task.status.as_str() {
        "completed" if task.in_review => "work",
        "completed" => "done",
        "refused" | "stopped" => "late",
        "waiting" | "withdrawn" | "skipped" => "idle",
        _ if matches!(task.turn, Whose::Applicant | Whose::Person) => "wait",
        _ if matches!(task.turn, Whose::Correction | Whose::System | Whose::Time) => "idle",
        "dispatched" => "wait",
        _ => "work",
    }
}

fn pages(view: &DossierView, earlier: &EarlierResult) -> Vec<String> {
    let page = |it: &File| format!("/dossiers/{}/documents/{}", view.id, it.digest);
    earlier.documents.iter().map(page).collect()
}

fn result(view: &DossierView, result: &ResultValue, language: Language) -> ResultLine {
    let value = result.value.as_ref().map(|it| match it {
        Json::String(text) => match (result.r#type.as_str(), text.parse::<chrono::NaiveDate>()) {
            ("date", Ok(date)) => lienthong_domain::calendar::format_date(date, language),
            _ => text.clone(),
        },
        Json::Number(number) if result.r#type == "money" => {
            number.as_u64().map_or_else(String::new, money)
        }
        other => other.to_string(),
    });
    let file = result.document.as_ref();
    ResultLine {
        title: result.title.get(language).to_owned(),
        value,
        url: file.map(|it| format!("/dossiers/{}/documents/{}", view.id, it.digest)),
        about_file: file.map(|it| {
            let kind = it.media_type.rsplit('/').next().unwrap_or_default().to_uppercase();
            format!("{kind}, {} kB", it.bytes.div_ceil(1024))
        }),
    }
}
