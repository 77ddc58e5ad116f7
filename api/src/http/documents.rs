//! Storing and handing out files.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lienthong_domain::digest::Digest;
use lienthong_domain::dossier::{Dossier, sight};
use lienthong_engine::documents::{DOCUMENT_BYTES_MAX, Documents};
use serde::Serialize;
use utoipa::openapi::schema::{KnownFormat, SchemaFormat, Type};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::answers::Problems;
use super::extract::{Known, Place, body_bytes, media_type};
use crate::app::{App, unwritable};
use crate::policy::{Actor, Deed, may};
use crate::problem::{NOT_FOUND, OTHER_DOCUMENT_TYPE, Problem};

/// A browser saves a file and never shows it as part of this site.
const AS_ATTACHMENT: &str = "attachment";

/// A file that was stored.
#[derive(Serialize, ToSchema)]
pub(super) struct StoredFile {
    /// SHA-256, 64 hex digits: the file's name from now on.
    digest: String,
    /// By its content: `application/pdf`, `image/jpeg` or `image/png`.
    media_type: &'static str,
    bytes: u64,
}

/// The bytes of a file, as the description of the API tells them.
struct FileContent;

impl PartialSchema for FileContent {
    fn schema() -> RefOr<Schema> {
        let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(binary)).into()
    }
}

impl ToSchema for FileContent {}

/// A file as it came, with the type it was said to have.
pub(super) struct Sent {
    bytes: Bytes,
    declared: Option<String>,
}

impl FromRequest<App> for Sent {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        let declared = media_type(request.headers());
        Ok(Self { bytes: body_bytes(request, DOCUMENT_BYTES_MAX).await?, declared })
    }
}

/// Stores a file for an application or a supplement. The same bytes again are the same file.
#[utoipa::path(post, operation_id = "upload_document", path = "/api/v1/documents", tag = "citizens",
    security(("citizen" = [])),
    request_body(description = "A PDF, JPEG or PNG file of at most 20 MiB", content(
        (FileContent = "application/pdf"), (FileContent = "image/jpeg"), (FileContent = "image/png"))),
    responses((status = 201, description = "The file is stored", body = StoredFile), Problems))]
pub(super) async fn upload(
    State(app): State<App>,
    Known(actor): Known,
    sent: Sent,
) -> Result<(StatusCode, Json<StoredFile>), Problem> {
    may(&actor, Deed::UploadAsCitizen)?;
    store(&app, &actor, sent).await
}

/// Stores a file that a task is to return.
#[utoipa::path(post, operation_id = "upload_result", path = "/api/v1/agency/documents", tag = "agencies",
    security(("agency" = [])),
    request_body(description = "A PDF, JPEG or PNG file of at most 20 MiB", content(
        (FileContent = "application/pdf"), (FileContent = "image/jpeg"), (FileContent = "image/png"))),
    responses((status = 201, description = "The file is stored", body = StoredFile), Problems))]
pub(super) async fn upload_result(
    State(app): State<App>,
    Known(actor): Known,
    sent: Sent,
) -> Result<(StatusCode, Json<StoredFile>), Problem> {
    may(&actor, Deed::UploadAsAgency)?;
    store(&app, &actor, sent).await
}

async fn store(
    app: &App,
    actor: &Actor,
    sent: Sent,
) -> Result<(StatusCode, Json<StoredFile>), Problem> {
    let declared = sent.declared.filter(|it| it != "application/octet-stream");
    let stored = app.documents().put(sent.bytes.to_vec(), &actor.uploader()?).await?;
    if declared.is_some_and(|it| it != stored.media_type) {
        return Err(Problem::new(&OTHER_DOCUMENT_TYPE));
    }
    let digest = stored.digest.to_string();
    let stored = StoredFile { digest, media_type: stored.media_type, bytes: stored.bytes };
    Ok((StatusCode::CREATED, Json(stored)))
}

/// A file of one's own dossier.
#[utoipa::path(get, operation_id = "read_document", path = "/api/v1/dossiers/{id}/documents/{digest}", tag = "citizens",
    security(("citizen" = [])),
    params(("id" = Uuid, Path), ("digest" = String, Path)),
    responses((status = 200, description = "The file", content(
        (FileContent = "application/pdf"), (FileContent = "image/jpeg"), (FileContent = "image/png"))), Problems))]
pub(super) async fn of_dossier(
    State(app): State<App>,
    Known(actor): Known,
    Place((id, digest)): Place<(Uuid, Digest)>,
) -> Result<Response, Problem> {
    download(&app, &actor, id, &digest).await
}

/// A file of a dossier, for whoever may read it.
pub(crate) async fn download(
    app: &App,
    actor: &Actor,
    id: Uuid,
    digest: &Digest,
) -> Result<Response, Problem> {
    may(actor, Deed::ListOwnDossiers)?;
    let opened = app.open(id).await?;
    may(actor, Deed::ReadDocument { dossier: &opened.dossier, digest })?;
    file(app.documents(), &opened.dossier, digest).await
}

/// A file that one's own task is shown, or that it returned.
#[utoipa::path(get, operation_id = "read_task_document", path = "/api/v1/agency/tasks/{dossier}/{task}/documents/{digest}",
    tag = "agencies",
    security(("agency" = [])),
    params(("dossier" = Uuid, Path), ("task" = String, Path), ("digest" = String, Path)),
    responses((status = 200, description = "The file", content(
        (FileContent = "application/pdf"), (FileContent = "image/jpeg"), (FileContent = "image/png"))), Problems))]
pub(super) async fn of_task(
    State(app): State<App>,
    Known(actor): Known,
    Place((id, task, digest)): Place<(Uuid, String, Digest)>,
) -> Result<Response, Problem> {
    may(&actor, Deed::ListOwnTasks)?;
    let opened = app.open(id).await?;
    let (state, definition) = opened.task(&task)?;
    let sight = sight(&opened.dossier, &opened.group, definition);
    may(&actor, Deed::ReadTaskDocument { task: state, sight: &sight, digest: &digest })?;
    file(app.documents(), &opened.dossier, &digest).await
}

/// The copy says by its name if it is no longer the result.
async fn file(
    documents: &Documents,
    dossier: &Dossier,
    digest: &Digest,
) -> Result<Response, Problem> {
    let stored = documents.describe(digest).await?.ok_or(Problem::new(&NOT_FOUND))?;
    let bytes = documents.read(digest).await?.ok_or(Problem::new(&NOT_FOUND))?;
    let ending = match stored.media_type {
        "application/pdf" => "pdf",
        "image/jpeg" => "jpg",
        _ => "png",
    };
    let name = digest.as_str().get(..12).unwrap_or_default();
    let superseded = dossier.superseded_at(digest).map(|it| it.format("-superseded-%Y-%m-%d"));
    let superseded = superseded.map(|it| it.to_string()).unwrap_or_default();
    let disposition = format!("{AS_ATTACHMENT}; filename=\"{name}{superseded}.{ending}\"");
    let mut headers = HeaderMap::new();
    let disposition = HeaderValue::from_str(&disposition).map_err(unwritable)?;
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(stored.media_type));
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    Ok((headers, bytes).into_response())
}
