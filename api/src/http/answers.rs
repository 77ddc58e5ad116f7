//! The bodies that requests bring and that more than one route answers with.

use std::collections::BTreeMap;

use lienthong_domain::dossier::Item;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

use crate::app::Accepted;

/// An application.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Application {
    /// The form as filled in; see `/api/v1/groups/{group}/form`.
    #[schema(value_type = Object)]
    pub(super) application: Json,
}

/// What an agency asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Supply {
    #[serde(default)]
    pub(super) documents: Vec<SuppliedDocument>,
    /// Values by dotted path.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(super) fields: BTreeMap<String, Json>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SuppliedDocument {
    /// The kind that was asked for.
    pub(super) r#type: String,
    /// Of the uploaded file.
    pub(super) digest: String,
}

/// An answer that says no more than which dispatch it answers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    pub(super) dispatch: String,
}

/// A question to the applicant.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    pub(super) dispatch: String,
    pub(super) items: Vec<AskedItem>,
    /// What the applicant reads: why, and what is meant.
    pub(super) note: String,
}

/// `{"document": kind}` or `{"field": dotted path}`.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum AskedItem {
    Document(String),
    Field(String),
}

impl From<AskedItem> for Item {
    fn from(item: AskedItem) -> Self {
        match item {
            AskedItem::Document(kind) => Self::Document(kind),
            AskedItem::Field(path) => Self::Field(path),
        }
    }
}

/// A decision with what the task declares that it returns.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Completion {
    pub(super) dispatch: String,
    /// Values by name.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(super) results: serde_json::Map<String, Json>,
    /// Digests of uploaded files by name.
    #[serde(default)]
    pub(super) documents: BTreeMap<String, String>,
}

/// An end without a result, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reasoned {
    pub(super) dispatch: String,
    /// What the applicant reads.
    pub(super) reason: String,
}

/// An apology for being late.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Apology {
    pub(super) dispatch: String,
    /// Why it is late; the applicant reads it.
    pub(super) reason: String,
    /// The new date, a working day.
    pub(super) until: chrono::NaiveDate,
}

/// An earlier result is faulty.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Faulty {
    pub(super) dispatch: String,
    /// The task whose result it is.
    pub(super) of: String,
    /// What is wrong with it; its agency and the applicant read it.
    pub(super) note: String,
}

/// A command was carried out.
#[derive(Serialize, ToSchema)]
pub(super) struct Done {
    pub(super) dossier: Uuid,
    pub(super) code: String,
    /// Of the dossier's last event after the command.
    pub(super) sequence: u64,
}

impl From<Accepted> for Done {
    fn from(accepted: Accepted) -> Self {
        let Accepted { dossier, code, sequence } = accepted;
        Self { dossier, code, sequence }
    }
}

/// What every route may answer instead: a problem document.
pub(super) struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let problem = || {
            let schema = Ref::from_schema_name("ProblemBody");
            ResponseBuilder::new()
                .description("A problem document (RFC 9457); `/problems/{code}` explains its code.")
                .content("application/problem+json", Content::new(Some(schema)))
                .build()
        };
        ["4XX", "5XX"].into_iter().map(|it| (it.to_owned(), RefOr::T(problem()))).collect()
    }
}
