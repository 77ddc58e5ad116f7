//! Receipts and slips: what an office has to say in writing (Circular 01/2018/TT-VPCP, article 9), as
//! a page. Everything in them is what was recorded; the form's number is the definition's.

use lienthong_domain::calendar::{format_date, format_duration, format_moment};
use lienthong_domain::dossier::{Moment, TaskState, held};
use lienthong_domain::language::Language;
use lienthong_domain::personal::Personal;
use lienthong_domain::workflow::{self, LetterKind};
use lienthong_engine::runtime::RecordedEvent;
use serde::Serialize;

use super::held::account;
use super::{Words, item_title, office_name};
use crate::app::Opened;

/// One letter.
#[derive(Debug, Serialize)]
pub struct Letter {
    /// The number of its form, e.g. `Mẫu số 01`.
    pub form: String,
    pub title: Words,
    pub office: Words,
    pub code: String,
    pub procedure: Words,
    /// Who applied.
    pub applicant: Option<String>,
    /// What it says: a heading and what stands there.
    pub lines: Vec<(Words, Words)>,
}

/// A letter about a task; `None` if there is none of that kind.
#[must_use]
pub fn letter(
    opened: &Opened,
    events: &[RecordedEvent],
    (state, definition): (&TaskState, &workflow::Task),
    kind: LetterKind,
    now: Moment,
) -> Option<Letter> {
    if !state.has_letter(definition, kind) {
        return None;
    }
    let office = state.office.as_deref()?;
    let form = opened.dossier.application.as_ref().map(Personal::reveal);
    let applicant = form.and_then(|it| it.pointer("/applicant/full_name")?.as_str());
    let lines = match kind {
        LetterKind::Receipt => receipt(opened, state, definition),
        LetterKind::Supplement => supplement(opened, state),
        LetterKind::Refusal => vec![(Words::new("Lý do", "Reason"), said(state.reason.as_ref()))],
        LetterKind::Apology => apology(state),
        LetterKind::Control => control(opened, events, &state.name, now),
        LetterKind::Notice => notice(state, definition),
    };
    // A notice is for others: who applied is not theirs to know.
    let applicant = applicant.filter(|_| kind != LetterKind::Notice);
    Some(Letter {
        form: definition.letters.get(&kind).cloned().unwrap_or_else(|| kind.form().to_owned()),
        title: kind.title().into(),
        office: office_name(opened, office),
        code: opened.dossier.code.clone(),
        procedure: (&definition.title).into(),
        applicant: applicant.map(str::to_owned),
        lines,
    })
}

fn said(text: Option<&Personal<String>>) -> Words {
    let text = text.map(|it| it.reveal().clone()).unwrap_or_else(|| "…".to_owned());
    Words::new(text.clone(), text)
}

fn moment(at: Moment) -> Words {
    Words::told(|language| format_moment(at, language))
}

/// Received, and when the result is to be had.
fn receipt(opened: &Opened, state: &TaskState, definition: &workflow::Task) -> Vec<(Words, Words)> {
    let mut lines = Vec::new();
    if let Some(at) = state.acknowledged_at {
        lines.push((Words::new("Tiếp nhận lúc", "Received"), moment(at)));
    }
    let papers =
        opened.dossier.attachments.iter().filter_map(|it| {
            opened.group.documents.get(&it.kind).map(|kind| Words::from(&kind.title))
        });
    for paper in papers {
        lines.push((Words::new("Giấy tờ đã nộp", "Paper handed in"), paper));
    }
    match &state.due {
        Some(due) => {
            lines.push((Words::new("Hẹn trả kết quả", "The result is due"), moment(due.at)));
            let reason = Words::told(|language| due.reason(language));
            lines.push((Words::new("Cách tính", "How that is counted"), reason));
        }
        None => lines.push((
            Words::new("Hẹn trả kết quả", "The result is due"),
            Words::new("Luật không đặt thời hạn", "The law sets no time limit"),
        )),
    }
    for expected in definition.returns.values() {
        let day = state.due.as_ref().map_or_else(
            || state.acknowledged_at.map(|it| it.date_naive()).unwrap_or_default(),
            |it| it.at.date_naive(),
        );
        lines.push((Words::new("Kết quả", "Result"), expected.title_on(day).into()));
    }
    lines
}

fn supplement(opened: &Opened, state: &TaskState) -> Vec<(Words, Words)> {
    let Some(request) = state.supplements.last() else { return Vec::new() };
    let mut lines = vec![(Words::new("Yêu cầu lúc", "Asked for on"), moment(request.requested_at))];
    for item in &request.items {
        lines.push((Words::new("Cần bổ sung", "To be supplied"), item_title(opened, item)));
    }
    lines.push((Words::new("Lý do", "Reason"), said(request.note.as_ref())));
    let until = Words::told(|language| request.window.when(language));
    lines.push((Words::new("Thời hạn bổ sung", "To be supplied until"), until));
    lines
}

/// What was said; before that, what the officer has to say.
fn apology(state: &TaskState) -> Vec<(Words, Words)> {
    let mut lines = Vec::new();
    if let Some(due) = &state.due {
        lines.push((Words::new("Hẹn trả kết quả lúc", "The result was due"), moment(due.at)));
    }
    let (reason, until) = match &state.apology {
        Some(it) => {
            (said(it.reason.as_ref()), Words::told(|language| format_date(it.until, language)))
        }
        None => (said(None), Words::new("…", "…")),
    };
    lines.push((Words::new("Lý do chậm trả", "Why it is late"), reason));
    lines.push((Words::new("Hẹn lại ngày", "The new date"), until));
    if let Some(by) = state.apology_due {
        lines.push((Words::new("Bản thảo; phải gửi trước", "A draft, to be sent by"), moment(by)));
    }
    lines
}

/// To whom it goes, what it says, and when and by which names the result was issued.
fn notice(state: &TaskState, definition: &workflow::Task) -> Vec<(Words, Words)> {
    let Some(notice) = &definition.notice else { return Vec::new() };
    let mut lines = vec![
        (Words::new("Kính gửi", "To"), Words::from(&notice.to)),
        (Words::new("Nội dung", "What is told"), Words::from(&notice.says)),
    ];
    if let Some(at) = state.ended_at {
        lines.push((Words::new("Ngày giải quyết", "Decided on"), moment(at)));
        for issued in definition.returns.values() {
            let title = issued.title_on(at.date_naive());
            lines.push((Words::new("Kết quả", "Result"), title.into()));
        }
    }
    lines
}

/// Who had it, from when to when, and how long.
fn control(
    opened: &Opened,
    events: &[RecordedEvent],
    task: &str,
    now: Moment,
) -> Vec<(Words, Words)> {
    let told: Vec<_> = events.iter().map(|it| it.event.clone()).collect();
    let spans = held(&told, now).remove(task).unwrap_or_default();
    let line = |it: super::HeldView| {
        let length = |language| format_duration(it.until - it.from, language);
        let late = |language| match (it.late, language) {
            (false, _) => "",
            (true, Language::Vi) => ", sau hạn",
            (true, Language::En) => ", after it was due",
        };
        let when = Words::told(|language| {
            let (from, until) =
                (format_moment(it.from, language), format_moment(it.until, language));
            format!("{from} – {until} ({}{})", length(language), late(language))
        });
        (it.who, when)
    };
    account(opened, &spans).into_iter().map(line).collect()
}
