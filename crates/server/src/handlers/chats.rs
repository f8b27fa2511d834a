//! Chats: create, list, show, label, rename, archive, pin, interrupt.

mod first;
mod query;
mod tools;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use muster_api as api;
use muster_base::{ChatId, Labels, limits};
use muster_chat_state::Change;
use muster_chat_state::transitions::Interrupt;
use muster_rbac::{Action, Actor, Object, Purpose, ResourceKind, authorize};
use muster_store::chats::{Chat, ChatListItem, ChatStatus, ListChats, SharedChats};

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::{self, Path, Query};
use crate::views;

/// A page of the caller's own chats: pinned ones first, then the last active.
#[utoipa::path(get, path = "/chats", tag = "chats",
    params(
        query::ListQuery,
        ("label" = Option<Vec<String>>, Query,
            description = "`key:value` that a chat must carry; all of them when repeated"),
    ),
    responses((status = 200, body = Vec<api::Chat>), (status = 400, body = api::ErrorBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<query::ListQuery>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Json<Vec<api::Chat>>> {
    let Some((filter, of)) = query.filter(&pairs)? else {
        return Ok(Json(Vec::new()));
    };
    if of == query::Of::Others {
        return shared(&app, &caller, filter).await.map(Json);
    }
    let items = app.store.list_chats(caller.actor(), filter).await?;
    let owner = &caller.0.user;
    let chats = items.iter().map(|item| views::chats::item(item, owner));
    Ok(Json(chats.collect()))
}

/// A page of the chats that others share with the caller.
async fn shared(app: &App, caller: &Caller, filter: ListChats) -> Result<Vec<api::Chat>> {
    let actor = caller.actor();
    let SharedChats { items, owners } = app.store.list_shared_chats(actor, filter).await?;
    let shown = |item: &ChatListItem| {
        let owner = owners.iter().find(|one| one.id == item.chat.owner_id)?;
        Some(views::chats::of_another(views::chats::item(item, owner)))
    };
    Ok(items.iter().filter_map(shown).collect())
}

/// The newest chat of each workspace; workspaces without one are left out.
#[utoipa::path(get, path = "/chats/by-workspace", tag = "chats",
    params(query::WorkspacesQuery),
    responses(
        (status = 200, body = BTreeMap<String, uuid::Uuid>),
        (status = 400, body = api::ErrorBody),
    ))]
pub(crate) async fn by_workspace(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<query::WorkspacesQuery>,
) -> Result<Json<BTreeMap<uuid::Uuid, uuid::Uuid>>> {
    let ids = query.ids()?;
    let found = app
        .store
        .list_chats_by_workspace(caller.actor(), ids)
        .await?;
    let found = found
        .into_iter()
        .map(|(workspace, chat)| (workspace.0, chat.0));
    Ok(Json(found.collect()))
}

/// Start a chat with its first message.
#[utoipa::path(post, path = "/chats", tag = "chats",
    request_body = api::CreateChatRequest,
    responses(
        (status = 201, body = api::Chat),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
        (status = 409, body = api::UsageLimitRefusal, description = "the spending limit is reached"),
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
    app.engine.admit(owner).await?;
    let created = app.machine.create(caller.actor(), create).await?;
    let mut chat = views::chats::chat(&created.chat, &caller.0.user);
    chat.warnings.extend(warning);
    chat.files = files(&app, &caller, created.chat.id).await?;
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
    let files = files(app, caller, id).await?;
    let shown = |owner| api::Chat {
        files,
        ..views::chats::item(&item, owner)
    };
    let mine = item.chat.owner_id == caller.0.user.id;
    if mine {
        return Ok(shown(&caller.0.user));
    }
    // Whoever may read a chat may know whose it is.
    let authentication = Actor::system(Purpose::Authentication);
    let owner = app.store.get_user(&authentication, item.chat.owner_id);
    let (owner, _) = owner.await?;
    Ok(views::chats::of_another(shown(&owner)))
}

async fn files(app: &App, caller: &Caller, id: ChatId) -> Result<Vec<api::ChatFile>> {
    let files = app.store.list_chat_files(caller.actor(), id).await?;
    Ok(files.iter().map(views::chats::file).collect())
}

/// Label, rename, archive or unarchive, and pin a chat: all of it or nothing.
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
    let actor = caller.actor();
    let chat = app.store.get_chat_for(actor, Action::Update, id).await?;
    // The whole request is checked before any of it is written.
    let change = checked_change(&chat, body)?;
    app.machine.change(actor, id, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn checked_change(chat: &Chat, body: api::UpdateChatRequest) -> Result<Change> {
    let title = body.title.set();
    let title = title.map(|title| checked_title(&title)).transpose()?;
    let labels = body.labels.set().map(checked_labels).transpose()?;
    let archived = body.archived.set();
    if let Some(archived) = archived {
        check_archive(chat, archived)?;
    }
    let pin_order = body.pin_order.set();
    if let Some(order) = pin_order {
        check_pin(chat, archived.unwrap_or(chat.archived), order)?;
    }
    Ok(Change {
        labels,
        title,
        archived,
        pin_order,
    })
}

/// Labels that keep every rule, or a refusal that names the first one that does not.
fn checked_labels(labels: BTreeMap<String, String>) -> Result<Labels> {
    Labels::new(labels).map_err(|error| {
        let field = error.key().map_or_else(
            || "labels".to_owned(),
            |key| {
                format!(
                    "labels.{}",
                    key.chars()
                        .take(limits::LABEL_KEY_BYTES_MAX)
                        .collect::<String>()
                )
            },
        );
        Error::invalid(field, error.to_string())
    })
}

fn check_pin(chat: &Chat, archived: bool, order: i64) -> Result<()> {
    if order < 0 {
        return Err(Error::invalid("pin_order", "must not be negative"));
    }
    if order > 0 && archived {
        return Err(Error::invalid(
            "pin_order",
            "an archived chat can't be pinned",
        ));
    }
    if order > 0 && !chat.is_root() {
        return Err(Error::invalid("pin_order", "a subagent can't be pinned"));
    }
    Ok(())
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
