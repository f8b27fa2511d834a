//! Messages of a chat: history, send, edit.

pub(crate) mod input;

use axum::Json;
use axum::extract::State;
use muster_api as api;
use muster_base::{ChatId, MessageId, ModelConfigId, limits};
use muster_chat_state::content::Content;
use muster_chat_state::transitions::{BusyBehavior, EditMessage, Edited, SendMessage, UserMessage};
use muster_rbac::Action;
use muster_store::chats::Chat;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::{self, Path, Query};
use crate::views;

/// Which page of the history.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// Messages older than this one.
    before_id: Option<i64>,
    /// 1 to 200; 50 when absent.
    limit: Option<i64>,
}

/// A page of the history, newest first.
#[utoipa::path(get, path = "/chats/{chat}/messages", tag = "chats",
    params(("chat" = uuid::Uuid, Path), PageQuery),
    responses(
        (status = 200, body = api::MessagesPage),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChatId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<api::MessagesPage>> {
    let limit = query.limit.unwrap_or(limits::MESSAGES_PAGE_DEFAULT);
    if !(1..=limits::MESSAGES_PAGE_MAX).contains(&limit) {
        return Err(Error::invalid("limit", "must be between 1 and 200"));
    }
    if query.before_id.is_some_and(|id| id < 1) {
        return Err(Error::invalid("before_id", "is not a valid id"));
    }
    let before = query.before_id.map(MessageId);
    let page = app
        .store
        .list_messages(caller.actor(), id, before, limit)
        .await?;
    Ok(Json(api::MessagesPage {
        messages: page
            .messages
            .iter()
            .map(views::messages::message)
            .collect::<Result<_>>()?,
        queued_messages: page
            .queued
            .iter()
            .map(views::messages::queued)
            .collect::<Result<_>>()?,
        has_more: page.has_more,
    }))
}

/// Say something. A busy chat queues it, or is interrupted for it.
#[utoipa::path(post, path = "/chats/{chat}/messages", tag = "chats",
    params(("chat" = uuid::Uuid, Path)),
    request_body = api::SendMessageRequest,
    responses(
        (status = 200, body = api::SendMessageResponse),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody,
            description = "it is archived; or as when a chat is created"),
        (status = 413, body = api::ErrorBody),
        (status = 429, body = api::ErrorBody, description = "the queue is full"),
    ))]
pub(crate) async fn send(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChatId>,
    extract::Json(body): extract::Json<api::SendMessageRequest>,
) -> Result<Json<api::SendMessageResponse>> {
    let chat = allowed(&app, &caller, id).await?;
    let content = content(&app, &caller, id, body.content).await?;
    let effort = body.reasoning_effort.as_deref();
    // Named only when the client named it: else the chat's own stays.
    let model = body.model_config_id.map(ModelConfigId);
    if model.is_some() {
        input::model(&app, &caller, model, effort).await?;
    } else if let Some(effort) = effort {
        input::effort_of(&app, &caller, chat.last_model_config_id, effort).await?;
    }
    let message = UserMessage {
        model_config_id: model,
        reasoning_effort: body.reasoning_effort,
        ..UserMessage::new(content, caller.0.user.id)
    };
    let busy = match body.busy_behavior {
        api::BusyBehavior::Queue => BusyBehavior::Queue,
        api::BusyBehavior::Interrupt => BusyBehavior::Interrupt,
    };
    let command = SendMessage { message, busy };
    app.engine.admit(chat.owner_id).await?;
    let updated = app.machine.apply(caller.actor(), id, command).await?;
    let sent = updated.outcome;
    app.engine
        .stop_processes(&updated.chat, &sent.cancelled_calls);
    Ok(Json(api::SendMessageResponse {
        queued: sent.queued.is_some(),
        message: sent
            .message
            .as_ref()
            .map(views::messages::message)
            .transpose()?,
        queued_message: sent
            .queued
            .as_ref()
            .map(views::messages::queued)
            .transpose()?,
    }))
}

/// Say something else instead; what followed the message is dropped.
#[utoipa::path(patch, path = "/chats/{chat}/messages/{message}", tag = "chats",
    params(("chat" = uuid::Uuid, Path), ("message" = i64, Path)),
    request_body = api::EditMessageRequest,
    responses(
        (status = 200, body = api::ChatMessage),
        (status = 400, body = api::ErrorBody, description = "not a message of a person"),
        (status = 404, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody,
            description = "it is archived; or as when a chat is created"),
    ))]
pub(crate) async fn edit(
    State(app): State<App>,
    caller: Caller,
    Path((id, message_id)): Path<(ChatId, MessageId)>,
    extract::Json(body): extract::Json<api::EditMessageRequest>,
) -> Result<Json<api::ChatMessage>> {
    let chat = allowed(&app, &caller, id).await?;
    let command = EditMessage {
        message_id,
        content: content(&app, &caller, id, body.content).await?,
        edited_by: caller.0.user.id,
    };
    app.engine.admit(chat.owner_id).await?;
    let edited = app.machine.apply(caller.actor(), id, command).await?;
    let Edited {
        message,
        cancelled_calls,
    } = &edited.outcome;
    app.engine.stop_processes(&edited.chat, cancelled_calls);
    views::messages::message(message).map(Json)
}

/// Refuses before the body is looked at, so that a stranger learns nothing from it.
async fn allowed(app: &App, caller: &Caller, id: ChatId) -> Result<Chat> {
    let (store, actor) = (&app.store, caller.actor());
    Ok(store.get_chat_for(actor, Action::Update, id).await?)
}

async fn content(
    app: &App,
    caller: &Caller,
    chat: ChatId,
    parts: Vec<api::InputPart>,
) -> Result<Content> {
    let parts = input::parts(app, caller, Some(chat), parts).await?;
    Content::new(&parts).map_err(Error::internal)
}
