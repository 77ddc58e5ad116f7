//! The JSON API, for citizens' and agencies' programs. Every route asks [`crate::policy`], answers
//! with what [`crate::view`] shows, and fails with a [`crate::problem::Problem`].

mod agency;
mod announcements;
mod answering;
mod answers;
mod batch;
mod changes;
mod checks;
mod citizen;
mod consent;
mod documents;
mod extract;
mod openapi;
mod operations;
mod operators;
mod parked;
mod payments;
mod public;
mod reconciliation;

use std::sync::Arc;

use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Json, Router};

pub(crate) use changes::preview;
pub(crate) use citizen::{
    DossierList, ListQuery, at_supplied, order, other_faults, own_dossier, own_dossiers,
    own_for_change,
};
pub(crate) use consent::{question, questions};
pub(crate) use documents::download;
pub(crate) use extract::{Asking, Place, cookie, request_digest};
pub use extract::{JSON_BYTES_MAX, WAIT_SECONDS_MAX};
pub(crate) use operations::Sight;

use crate::app::App;

/// The path of the task list, whose answers may take [`WAIT_SECONDS_MAX`].
pub(crate) const LONG_POLL_PATH: &str = "/api/v1/agency/tasks";

/// All routes of the API, with their description at `/api/v1/openapi.json`.
pub(crate) fn router() -> Router<App> {
    let router = openapi::router().split_for_parts().0;
    // Routes are cloned, and the description is large: all clones share one.
    let description = Arc::new(description());
    router.route("/api/v1/openapi.json", get(async move || Json(&*description).into_response()))
}

/// What those ask who watch over the process.
pub(crate) fn operations() -> Router<App> {
    operations::router().split_for_parts().0
}

/// The description of the API alone.
#[must_use]
pub fn description() -> utoipa::openapi::OpenApi {
    let mut description = openapi::router().split_for_parts().1;
    description.merge(operations::router().split_for_parts().1);
    description
}
