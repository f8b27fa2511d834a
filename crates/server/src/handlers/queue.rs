//! Messages that wait behind the running turn.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use muster_api as api;
use muster_base::{ChatId, QueueId};
use muster_chat_state::transitions::{DeleteQueued, PromoteQueued};

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::Path;
use crate::views;

/// Take a message back before it is said.
#[utoipa::path(delete, path = "/chats/{chat}/queue/{queued}", tag = "chats",
    params(("chat" = uuid::Uuid, Path), ("queued" = i64, Path)),
    responses(
        (status = 204),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "it is archived"),
    ))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path((chat, id)): Path<(ChatId, QueueId)>,
) -> Result<StatusCode> {
    app.machine
        .apply(caller.actor(), chat, DeleteQueued { id })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let a message go first: at once, or as soon as the running turn has stopped.
#[utoipa::path(post, path = "/chats/{chat}/queue/{queued}/promote", tag = "chats",
    params(("chat" = uuid::Uuid, Path), ("queued" = i64, Path)),
    responses(
        (status = 200, body = api::ChatMessage),
        (status = 202, body = api::PromoteResponse, description = "the run is being stopped"),
        (status = 404, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "it is archived"),
    ))]
pub(crate) async fn promote(
    State(app): State<App>,
    caller: Caller,
    Path((chat, id)): Path<(ChatId, QueueId)>,
) -> Result<Response> {
    let command = PromoteQueued { id };
    let updated = app.machine.apply(caller.actor(), chat, command).await?;
    let promoted = updated.outcome;
    app.engine
        .stop_processes(&updated.chat, &promoted.cancelled_calls);
    if let Some(message) = &promoted.message {
        return Ok(Json(views::messages::message(message)?).into_response());
    }
    let queued = promoted.queued.as_ref().ok_or_else(Error::not_found)?;
    let body = api::PromoteResponse {
        queued: true,
        queued_message: views::messages::queued(queued)?,
    };
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}
