//! A task as its agency's system sees it: what it needs, what it may ask for, what it must return,
//! and nothing else of the dossier.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use lienthong_domain::dossier::{SupplementOutcome, TaskState, sight};
use lienthong_domain::workflow::{self, Send};
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::payment::{PaymentView, payments};
use super::result::{Delivered, method_name, method_words, type_name};
use super::task::{Whose, whose};
use super::{DueView, File, GroupName, Words};
use crate::app::Opened;

/// One of an agency's own tasks.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgencyTask {
    pub dossier: Uuid,
    pub code: String,
    /// Of the dossier's last event: what has a lower one is older.
    pub sequence: u64,
    pub group: GroupName,
    pub task: String,
    pub title: Words,
    pub procedure: Option<String>,
    pub office: String,
    /// The id of the message that brought the task. Every answer names it.
    pub dispatch: String,
    pub status: String,
    pub turn: Whose,
    pub submitted_at: Option<DateTime<FixedOffset>>,
    pub dispatched_at: Option<DateTime<FixedOffset>>,
    pub acknowledged_at: Option<DateTime<FixedOffset>>,
    pub ended_at: Option<DateTime<FixedOffset>>,
    /// Absent where no limit runs (yet).
    pub due: Option<DueView>,
    /// By when it must be said that something is missing.
    pub notice: Option<DueView>,
    pub overdue: bool,
    pub sight: Shown,
    pub supplement: ShownSupplement,
    /// What the applicant was asked to pay.
    pub payments: Vec<PaymentView>,
    /// What a completion must bring, by name.
    pub returns: BTreeMap<String, Returned>,
    /// How the result is to reach the applicant, once there is one.
    pub delivery: Option<Delivered>,
}

/// What the agency is shown of the application and of earlier results.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    /// The declared part of the form, in the form's own shape.
    #[schema(value_type = Object)]
    pub form: Json,
    pub documents: Vec<File>,
    /// Results of earlier tasks: values by task and name.
    #[schema(value_type = Object)]
    pub results: Json,
    pub result_documents: Vec<File>,
}

/// Asking for more.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownSupplement {
    /// What may be asked for; absent where the definition has no supplement.
    pub may_ask: Option<MayAsk>,
    /// What was asked for so far, in order.
    pub requests: Vec<Asked>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MayAsk {
    /// Working days that the applicant gets.
    pub within: u32,
    /// Kinds of documents.
    pub documents: Vec<String>,
    /// Fields that are shown, by dotted path; what lies below one may be asked for too.
    pub fields: Vec<String>,
}

/// One request for more, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Asked {
    /// Each `{"document": kind}` or `{"field": path}`.
    #[schema(value_type = Vec<Object>)]
    pub items: Json,
    pub note: Option<String>,
    pub requested_at: DateTime<FixedOffset>,
    pub until: DateTime<FixedOffset>,
    pub supplied_at: Option<DateTime<FixedOffset>>,
    pub lapsed: bool,
}

/// A declared result.
#[derive(Debug, Serialize, ToSchema)]
pub struct Returned {
    /// `document`, `personal-id`, `text`, `date`, `money` or `truth`.
    pub r#type: String,
    pub optional: bool,
    pub title: Words,
}

/// # Errors
/// If a part of the task can't be written as JSON.
pub fn agency_task(
    opened: &Opened,
    state: &TaskState,
    definition: &workflow::Task,
) -> Result<AgencyTask, serde_json::Error> {
    let Opened { dossier, group, .. } = opened;
    let returns = definition.returns.iter().map(|(name, it)| {
        let r#type = type_name(it.kind).to_owned();
        (name.clone(), Returned { r#type, optional: it.optional, title: (&it.title).into() })
    });
    Ok(AgencyTask {
        dossier: dossier.id,
        code: dossier.code.clone(),
        sequence: dossier.sequence,
        group: GroupName {
            name: group.name.clone(),
            version: group.version,
            title: (&group.title).into(),
        },
        task: state.name.clone(),
        title: (&definition.title).into(),
        procedure: definition.procedure.clone(),
        office: state.office.clone().unwrap_or_default(),
        dispatch: state.dispatch.clone().unwrap_or_default(),
        status: state.status.name().to_owned(),
        turn: whose(&state.turn()),
        submitted_at: dossier.submitted_at,
        dispatched_at: state.dispatched_at,
        acknowledged_at: state.acknowledged_at,
        ended_at: state.ended_at,
        due: state.due.as_ref().map(DueView::from),
        notice: state.notice.as_ref().map(DueView::from),
        overdue: state.overdue,
        sight: shown(opened, definition)?,
        supplement: supplement(opened, state, definition)?,
        payments: payments(opened, state),
        returns: returns.collect(),
        delivery: state.delivery.map(|method| Delivered {
            method: method_name(method).to_owned(),
            words: method_words(method),
            delivered_at: state.delivered_at,
        }),
    })
}

fn shown(opened: &Opened, definition: &workflow::Task) -> Result<Shown, serde_json::Error> {
    let sight = sight(&opened.dossier, &opened.group, definition);
    let folder = format!("/api/v1/agency/tasks/{}/{}", opened.dossier.id, definition.name);
    let files = |all: &[_]| all.iter().map(|it| File::new(it, &folder)).collect();
    Ok(Shown {
        documents: files(&sight.documents),
        result_documents: files(&sight.result_documents),
        results: serde_json::to_value(sight.results)?,
        form: sight.form,
    })
}

fn supplement(
    opened: &Opened,
    state: &TaskState,
    definition: &workflow::Task,
) -> Result<ShownSupplement, serde_json::Error> {
    let fields = definition.send.iter().filter_map(|it| match it {
        Send::Field(path) => Some(path.to_string()),
        Send::Document(_) | Send::Result { .. } => None,
    });
    let may_ask = definition.supplement.as_ref().map(|policy| MayAsk {
        within: policy.within,
        documents: opened.group.documents.keys().cloned().collect(),
        fields: fields.collect(),
    });
    let requests = state.supplements.iter().map(|it| {
        Ok(Asked {
            items: serde_json::to_value(&it.items)?,
            note: it.note.as_ref().map(|note| note.reveal().clone()),
            requested_at: it.requested_at,
            until: it.window.at,
            supplied_at: match it.outcome {
                SupplementOutcome::Supplied(at) => Some(at),
                SupplementOutcome::Open
                | SupplementOutcome::Lapsed(_)
                | SupplementOutcome::Overtaken(_) => None,
            },
            lapsed: matches!(it.outcome, SupplementOutcome::Lapsed(_)),
        })
    });
    let requests: Result<Vec<Asked>, serde_json::Error> = requests.collect();
    Ok(ShownSupplement { may_ask, requests: requests? })
}
