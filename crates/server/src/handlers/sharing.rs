//! Whom a chat is shared with.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use muster_api as api;
use muster_base::{ChatId, GroupId, UserId, limits};
use muster_chat_state::{Access, Share};
use muster_rbac::Action;
use uuid::Uuid;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::{self, Path};
use crate::views;

/// Everybody whom a chat is shared with; for those who may share it.
#[utoipa::path(get, path = "/chats/{chat}/acl", tag = "chats",
    params(("chat" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = api::ChatAcl),
        (status = 403, body = api::ErrorBody, description = "a reader"),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChatId>,
) -> Result<Json<api::ChatAcl>> {
    let readers = app.store.list_chat_readers(caller.actor(), id).await?;
    Ok(Json(views::chats::readers(&readers)))
}

/// Let people and groups read a chat and its subagents, or end that: all of it or nothing.
#[utoipa::path(patch, path = "/chats/{chat}/acl", tag = "chats",
    params(("chat" = uuid::Uuid, Path)),
    request_body = api::UpdateChatAclRequest,
    responses(
        (status = 204),
        (status = 400, body = api::ErrorBody, description = "no such reader, or a subagent's chat"),
        (status = 403, body = api::ErrorBody, description = "a reader"),
        (status = 404, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "too many readers"),
    ))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChatId>,
    extract::Json(body): extract::Json<api::UpdateChatAclRequest>,
) -> Result<StatusCode> {
    let actor = caller.actor();
    // Refused before the body is looked at, so that a stranger learns nothing from it.
    app.store.get_chat_for(actor, Action::Share, id).await?;
    let change = Share {
        users: checked("user_roles", body.user_roles, UserId)?,
        groups: checked("group_roles", body.group_roles, GroupId)?,
    };
    app.machine.share(actor, id, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn checked<T>(
    field: &str,
    roles: Option<BTreeMap<String, api::ChatRole>>,
    id: impl Fn(Uuid) -> T,
) -> Result<Vec<(T, Access)>> {
    let roles = roles.unwrap_or_default();
    let most = limits::CHAT_READERS_MAX;
    if i64::try_from(roles.len()).is_ok_and(|count| count > most) {
        return Err(Error::invalid(field, format!("has at most {most} entries")));
    }
    let access = |role| match role {
        api::ChatRole::Read => Access::Read,
        api::ChatRole::Removed => Access::Nothing,
    };
    let one = |(key, role): (String, api::ChatRole)| match Uuid::try_parse(&key) {
        Ok(uuid) => Ok((id(uuid), access(role))),
        Err(_) => Err(Error::invalid(field, "is a role by id")),
    };
    roles.into_iter().map(one).collect()
}
