//! What everybody may read: the groups that are offered, their forms, and what problems mean.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use lienthong_domain::workflow::Group;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answers::Problems;
use super::extract::Place;
use crate::app::App;
use crate::policy::{Actor, Deed, may};
use crate::problem::{NOT_FOUND, Problem};
use crate::view::Words;

/// A group in force today.
#[derive(Serialize, ToSchema)]
pub(super) struct OfferedGroup {
    name: String,
    version: u32,
    /// National code.
    code: String,
    title: Words,
    law: Vec<String>,
    effective_from: NaiveDate,
    effective_to: Option<NaiveDate>,
    /// The lowest identity level of an applicant.
    identity_level: u8,
    /// Kinds of documents that an application may name.
    documents: BTreeMap<String, Words>,
    form: String,
}

impl From<&Group> for OfferedGroup {
    fn from(group: &Group) -> Self {
        let kinds = group.documents.iter();
        Self {
            name: group.name.clone(),
            version: group.version,
            code: group.code.clone(),
            title: (&group.title).into(),
            law: group.law.clone(),
            effective_from: group.effective_from,
            effective_to: group.effective_to,
            identity_level: group.identity_level,
            documents: kinds.map(|(kind, it)| (kind.clone(), (&it.title).into())).collect(),
            form: format!("/api/v1/groups/{}/form", group.name),
        }
    }
}

/// The groups in force today, one version of each.
#[utoipa::path(get, operation_id = "list_groups", path = "/api/v1/groups", tag = "public",
    responses((status = 200, description = "The groups in force today", body = Vec<OfferedGroup>), Problems))]
pub(super) async fn groups(
    State(app): State<App>,
    actor: Actor,
) -> Result<Json<Vec<OfferedGroup>>, Problem> {
    may(&actor, Deed::ReadWhatIsPublic)?;
    let groups = app.groups_in_force();
    Ok(Json(groups.iter().map(|it| it.as_ref().into()).collect()))
}

/// The form of a group: a JSON Schema (2020-12) with labels in both languages.
#[utoipa::path(get, operation_id = "read_form", path = "/api/v1/groups/{group}/form", tag = "public",
    params(("group" = String, Path, description = "The name of the group, e.g. `birth`")),
    responses((status = 200, description = "A JSON Schema with labels", body = Object), Problems))]
pub(super) async fn form(
    State(app): State<App>,
    actor: Actor,
    Place(name): Place<String>,
) -> Result<Json<Value>, Problem> {
    may(&actor, Deed::ReadWhatIsPublic)?;
    let group = app.group_in_force(&name).ok_or(Problem::new(&NOT_FOUND))?;
    Ok(Json(group.form.schema().clone()))
}
