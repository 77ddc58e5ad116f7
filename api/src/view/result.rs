//! What a procedure has brought, what it brought before, and how it reaches the applicant.

use chrono::{DateTime, FixedOffset};
use lienthong_domain::calendar::format_moment;
use lienthong_domain::dossier::{Delivery, ResultVersion, TaskState, TaskStatus};
use lienthong_domain::language::Language;
use lienthong_domain::personal::Personal;
use lienthong_domain::workflow::{self, ReturnKind};
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::task::files;
use super::{File, Words};
use crate::app::Opened;

/// A result, by the name that the definition gives it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResultValue {
    pub name: String,
    pub title: Words,
    /// `document`, `personal-id`, `text`, `date`, `money` or `truth`.
    pub r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<File>,
}

/// How a result reaches the applicant.
#[derive(Debug, Serialize, ToSchema)]
pub struct Delivered {
    /// `electronic`, `one-stop`, `agency`, `post` or `bank`.
    pub method: String,
    pub words: Words,
    pub delivered_at: Option<DateTime<FixedOffset>>,
}

/// A version of a result that another has taken the place of, or that was annulled.
#[derive(Debug, Serialize, ToSchema)]
pub struct EarlierResult {
    pub version: u32,
    pub issued_at: DateTime<FixedOffset>,
    pub superseded_at: DateTime<FixedOffset>,
    /// That it no longer counts, and since when.
    pub words: Words,
    pub documents: Vec<File>,
}

fn has_current(state: &TaskState) -> bool {
    state.versions.last().is_some_and(|it| it.superseded_at.is_none())
}

pub(super) fn earlier(opened: &Opened, state: &TaskState) -> Vec<EarlierResult> {
    let annulled = state.status == TaskStatus::Stopped && !has_current(state);
    let last = state.versions.last().map(|it| it.version);
    let one = |it: &ResultVersion| {
        let superseded_at = it.superseded_at?;
        let is_annulled = annulled && last == Some(it.version);
        let words = Words::told(|language| {
            let (number, at) = (it.version, format_moment(superseded_at, language));
            match (language, is_annulled) {
                (Language::Vi, false) => format!("Bản {number}, đã được thay thế {at}"),
                (Language::En, false) => format!("Version {number}, superseded {at}"),
                (Language::Vi, true) => format!("Bản {number}, đã bị hủy {at}"),
                (Language::En, true) => format!("Version {number}, annulled {at}"),
            }
        });
        let documents = files(opened, &it.documents);
        Some(EarlierResult {
            version: it.version,
            issued_at: it.at,
            superseded_at,
            words,
            documents,
        })
    };
    state.versions.iter().rev().filter_map(one).collect()
}

pub(super) fn results(
    opened: &Opened,
    state: &TaskState,
    definition: &workflow::Task,
) -> Vec<ResultValue> {
    if !has_current(state) {
        return Vec::new();
    }
    let folder = format!("/api/v1/dossiers/{}", opened.dossier.id);
    let values = state.results.as_ref().map(Personal::reveal);
    let issued = state.versions.last().map(|it| it.at.date_naive()).unwrap_or_default();
    let brought = definition.returns.iter().filter_map(|(name, expected)| {
        let value = values.and_then(|it| it.get(name)).cloned();
        let document = state.documents.iter().find(|it| it.kind == *name);
        (value.is_some() || document.is_some()).then(|| ResultValue {
            name: name.clone(),
            title: expected.title_on(issued).into(),
            r#type: type_name(expected.kind).to_owned(),
            value,
            document: document.map(|it| File::new(it, &folder)),
        })
    });
    brought.collect()
}

pub(super) fn type_name(kind: ReturnKind) -> &'static str {
    match kind {
        ReturnKind::Document => "document",
        ReturnKind::PersonalId => "personal-id",
        ReturnKind::Text => "text",
        ReturnKind::Date => "date",
        ReturnKind::Money => "money",
        ReturnKind::Truth => "truth",
    }
}

pub(super) fn delivered(method: Delivery, state: &TaskState) -> Delivered {
    Delivered {
        method: method_name(method).to_owned(),
        words: method_words(method),
        delivered_at: state.delivered_at,
    }
}

pub(super) fn method_name(method: Delivery) -> &'static str {
    match method {
        Delivery::Electronic => "electronic",
        Delivery::OneStop => "one-stop",
        Delivery::Agency => "agency",
        Delivery::Post => "post",
        Delivery::Bank => "bank",
    }
}

pub(super) fn method_words(method: Delivery) -> Words {
    match method {
        Delivery::Electronic => Words::new("bản điện tử trên trang này", "electronically, here"),
        Delivery::OneStop => {
            Words::new("nhận tại bộ phận một cửa", "to be collected at the one-stop counter")
        }
        Delivery::Agency => {
            Words::new("nhận tại cơ quan giải quyết", "to be collected at the deciding agency")
        }
        Delivery::Post => Words::new("gửi qua bưu chính", "by post"),
        Delivery::Bank => Words::new("chuyển khoản ngân hàng", "by bank transfer"),
    }
}
