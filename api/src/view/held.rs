//! Who had a task for how long.

use chrono::{DateTime, FixedOffset};
use lienthong_domain::calendar::format_duration;
use lienthong_domain::dossier::{Held, Holder};
use serde::Serialize;
use utoipa::ToSchema;

use super::task::Whose;
use super::{Words, office_name};
use crate::app::Opened;

/// A stretch of time in which a task had one holder.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldView {
    pub by: Whose,
    /// The office, where an agency has it.
    pub office: Option<String>,
    pub from: DateTime<FixedOffset>,
    pub until: DateTime<FixedOffset>,
    /// Whether the limit had ended before.
    pub late: bool,
    /// Whom, and for how long.
    pub words: Words,
    #[serde(skip)]
    pub who: Words,
}

/// What is told of a task: who waited for earlier ones, and who was done, had nothing of it.
pub(super) fn account(opened: &Opened, spans: &[Held]) -> Vec<HeldView> {
    let told = |it: &&Held| !matches!(it.by, Holder::Earlier | Holder::Nobody);
    spans.iter().filter(told).map(|it| stretch(opened, it)).collect()
}

fn stretch(opened: &Opened, span: &Held) -> HeldView {
    let office = match &span.by {
        Holder::Agency(office) => Some(office.clone()),
        _ => None,
    };
    let who = match (&office, &span.by) {
        (Some(office), _) => office_name(opened, office),
        (None, Holder::Applicant) => Words::new("Bạn", "You"),
        (None, Holder::Person) => Words::new("Người cần xác nhận", "Somebody who must agree"),
        (None, Holder::Correction) => Words::new("Chờ đính chính", "A correction elsewhere"),
        (None, Holder::System) => Words::new("Sự cố hệ thống", "An outage"),
        (None, _) => Words::new("Thời hạn theo luật", "A time set by law"),
    };
    let words = Words::told(|language| {
        let length = format_duration(span.until - span.from, language);
        format!("{}: {length}", who.get(language))
    });
    let by = match &span.by {
        Holder::Agency(_) => Whose::Agency,
        Holder::Applicant => Whose::Applicant,
        Holder::Person => Whose::Person,
        Holder::Correction => Whose::Correction,
        Holder::System => Whose::System,
        Holder::Time => Whose::Time,
        Holder::Earlier => Whose::Earlier,
        Holder::Nobody => Whose::Nobody,
    };
    HeldView { by, office, from: span.from, until: span.until, late: span.late, words, who }
}
