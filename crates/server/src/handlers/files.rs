//! Files of chats: upload, download.

mod name;
mod sniff;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request, State};
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use muster_api as api;
use muster_base::{FileId, OrganizationId};
use muster_rbac::{Action, Object, ResourceKind, authorize};
use muster_store::chat_files::{File, NewFile};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::auth::rate_limit::Key;
use crate::error::{Error, Result};
use crate::extract::{Path, Query};
use sniff::MediaType;

/// What nobody else may keep, and what never changes under its id.
const CACHE: &str = "private, max-age=31536000, immutable";
/// Should a browser show it after all, it runs nothing and loads nothing.
const SANDBOX: &str = "sandbox; default-src 'none'";

/// Whose file it is to be.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UploadQuery {
    /// The default organization when absent.
    organization: Option<Uuid>,
}

/// Upload a file for a later message. One that no message uses is deleted after a day.
#[utoipa::path(post, path = "/chats/files", tag = "chats", params(UploadQuery),
    request_body(
        content(
            (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/gif"),
            (Vec<u8> = "image/webp"), (Vec<u8> = "application/pdf"), (Vec<u8> = "text/plain"),
            (Vec<u8> = "text/csv"), (Vec<u8> = "text/markdown"), (Vec<u8> = "application/json"),
        ),
        description = "the bytes; `Content-Type` says what they are"),
    responses(
        (status = 201, body = api::UploadedFile),
        (status = 400, body = api::ErrorBody, description = "a type that is not taken"),
        (status = 403, body = api::ErrorBody),
        (status = 413, body = api::ErrorBody),
        (status = 429, body = api::ErrorBody),
    ))]
pub(crate) async fn upload(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<UploadQuery>,
    request: Request,
) -> Result<(StatusCode, Json<api::UploadedFile>)> {
    let owner_id = caller.0.user.id;
    let own = Object::of(ResourceKind::Chat).owned_by(owner_id);
    authorize(caller.actor(), Action::Create, &own).map_err(muster_store::Error::from)?;
    let organization = query.organization.map(OrganizationId::from);
    let organization_id = organization.unwrap_or(app.organization_id);
    if !caller.0.organizations.contains(&organization_id) {
        return Err(Error::invalid("organization", "is none of yours"));
    }
    if !caller.is_unlimited(request.headers()) {
        let taken = app.rates.take(Key::Upload(owner_id));
        taken.map_err(Error::too_many)?;
    }
    let declared = declared(request.headers())?;
    let name = name::of(request.headers(), declared);
    let bytes = Bytes::from_request(request, &app).await;
    let bytes = bytes.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The file is larger than 10 MiB.",
        ),
        _ => Error::bad_request("The file can't be read."),
    })?;
    if bytes.is_empty() {
        return Err(Error::bad_request("The file is empty."));
    }
    if !sniff::holds(declared, &bytes) {
        return Err(Error::bad_request(
            "The file is not what its Content-Type says.",
        ));
    }
    let file = NewFile {
        id: FileId::new(&app.clock),
        owner_id,
        organization_id,
        chat_id: None,
        name,
        media_type: declared.as_str().to_owned(),
        data: bytes.into(),
        effect_id: None,
    };
    let id = app.store.create_chat_file(caller.actor(), file).await?;
    Ok((StatusCode::CREATED, Json(api::UploadedFile { id: id.0 })))
}

fn declared(headers: &HeaderMap) -> Result<MediaType> {
    let value = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    MediaType::parse(value.unwrap_or_default()).ok_or_else(|| {
        let taken = MediaType::ALL.map(MediaType::as_str).join(", ");
        Error::bad_request("Files of this type are not taken.")
            .field("Content-Type", format!("is one of {taken}"))
    })
}

/// A file's bytes, for its owner and for those who may read its chat.
#[utoipa::path(get, path = "/chats/files/{file}", tag = "chats",
    params(("file" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "the bytes, with the type that the upload had", content(
            (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/gif"),
            (Vec<u8> = "image/webp"), (Vec<u8> = "application/pdf"), (Vec<u8> = "text/plain"),
            (Vec<u8> = "text/csv"), (Vec<u8> = "text/markdown"), (Vec<u8> = "application/json"),
            (Vec<u8> = "application/octet-stream"),
        )),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn download(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<FileId>,
) -> Result<Response> {
    let (file, bytes) = app.store.read_chat_file(caller.actor(), id).await?;
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    let fixed = [
        (CACHE_CONTROL, CACHE),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, SANDBOX),
        (CONTENT_TYPE, shown_as(&file)),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let disposition = HeaderValue::try_from(name::disposition(&file.name, is_shown(&file)));
    headers.insert(CONTENT_DISPOSITION, disposition.map_err(Error::internal)?);
    Ok(response)
}

/// A type that we never took is nothing that a browser should act on.
fn shown_as(file: &File) -> &'static str {
    match MediaType::parse(&file.media_type) {
        Some(known) => known.header(),
        None => "application/octet-stream",
    }
}

fn is_shown(file: &File) -> bool {
    MediaType::parse(&file.media_type).is_some_and(MediaType::is_image)
}
