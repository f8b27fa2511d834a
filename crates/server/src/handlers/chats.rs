//! Chats: create, list, show, rename, archive, interrupt.

mod first;
mod query;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use muster_api as api;
use muster_base::{ChatId, limits};
use muster_chat_state::transitions::Interrupt;
use muster_rbac::{Action, Actor, Object, Purpose, ResourceKind, authorize};
use muster_store::chats::{Chat, ChatStatus};

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::{self, Path, Query};
use crate::views;

/// A page of the caller's own chats: pinned ones first, then the last active.
#[utoipa::path(get, path = "/chats", tag = "chats", params(query::ListQuery),
    responses((status = 200, body = Vec<api::Chat>), (status = 400, body = api::ErrorBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<query::ListQuery>,
) -> Result<Json<Vec<api::Chat>>> {
    let items = app
        .store
        .list_chats(caller.actor(), query.filter()?)
        .await?;
    let owner = &caller.0.user;
    let chats = items.iter().map(|item| views::chats::item(item, owner));
    Ok(Json(chats.collect()))
}

/// Start a chat with its first message.
#[utoipa::path(post, path = "/chats", tag = "chats",
    request_body = api::CreateChatRequest,
    responses(
        (status = 201, body = api::Chat),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
        (status = 413, body = api::ErrorBody),
    ))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    extract::Json(body): extract::Json<api::CreateChatRequest>,
) -> Result<(StatusCode, Json<api::Chat>)> {
    let owner = caller.0.user.id;
    let own = Object::of(ResourceKind::Chat).owned_by(owner);
    authorize(caller.actor(), Action::Create, &own).map_err(muster_store::Error::from)?;
    let (create, warning) = first::chat(&app, &caller, body).await?;
    let created = app.machine.create(caller.actor(), create).await?;
    let mut chat = views::chats::chat(&created.chat, &caller.0.user);
    chat.warnings.extend(warning);
    Ok((StatusCode::CREATED, Json(chat)))
}

/// One chat.
#[utoipa::path(get, path = "/chats/{chat}", tag = "chats",
    params(("chat" = uuid::Uuid, Path)),
    responses((status = 200, body = api::Chat), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChatId>,
) -> Result<Json<api::Chat>> {
    show(&app, &caller, id).await.map(Json)
}

/// A chat as its caller sees it.
pub(crate) async fn show(app: &App, caller: &Caller, id: ChatId) -> Result<api::Chat> {
    let item = app.store.get_chat_item(caller.actor(), id).await?;
    let mine = item.chat.owner_id == caller.0.user.id;
    if mine {
        return Ok(views::chats::item(&item, &caller.0.user));
    }
    // Whoever may read a chat may know whose it is.
    let authentication = Actor::system(Purpose::Authentication);
    let owner = app.store.get_user(&authentication, item.chat.owner_id);
    let (owner, _) = owner.await?;
    Ok(views::chats::item(&item, &owner))
}

/// Rename, archive or unarchive a chat.
#[utoipa::path(patch, path = "/chats/{chat}", tag = "chats",
    params(("chat" = uuid::Uuid, Path)),
    request_body = api::UpdateChatRequest,
    responses(
        (status = 204),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "it is active"),
    ))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChatId>,
    extract::Json(body): extract::Json<api::UpdateChatRequest>,
) -> Result<StatusCode> {
    let chat = app.store.get_chat(caller.actor(), id).await?;
    let actor = caller.actor();
    authorize(actor, Action::Update, &chat.object()).map_err(muster_store::Error::from)?;
    // The whole request is checked before any of it is written.
    let title = body
        .title
        .set()
        .map(|title| checked_title(&title))
        .transpose()?;
    let archived = body.archived.set();
    if let Some(archived) = archived {
        check_archive(&chat, archived)?;
    }
    if let Some(title) = title {
        app.machine.set_title(actor, id, title).await?;
    }
    if let Some(archived) = archived {
        app.machine.set_archived(actor, id, archived).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

fn checked_title(title: &str) -> Result<String> {
    let title = title.trim();
    if title.is_empty() || title.chars().count() > limits::TITLE_CHARS_MAX {
        let rule = format!("has 1 to {} characters", limits::TITLE_CHARS_MAX);
        return Err(Error::invalid("title", rule));
    }
    Ok(title.to_owned())
}

fn check_archive(chat: &Chat, archived: bool) -> Result<()> {
    match (chat.archived, archived) {
        (true, true) => Err(Error::invalid("archived", "the chat is archived already")),
        (false, false) => Err(Error::invalid("archived", "the chat is not archived")),
        (false, true) => match chat.status {
            ChatStatus::Waiting | ChatStatus::Error => Ok(()),
            ChatStatus::Running | ChatStatus::Interrupting | ChatStatus::RequiresAction => {
                Err(Error::conflict("Interrupt the chat before archiving it."))
            }
        },
        (true, false) => Ok(()),
    }
}

/// Stop the running turn. An idle chat is left as it is.
#[utoipa::path(post, path = "/chats/{chat}/interrupt", tag = "chats",
    params(("chat" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = api::Chat),
        (status = 404, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "it is archived"),
    ))]
pub(crate) async fn interrupt(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChatId>,
) -> Result<Json<api::Chat>> {
    app.machine.apply(caller.actor(), id, Interrupt).await?;
    show(&app, &caller, id).await.map(Json)
}
