//! What somebody has asked a chat, for recalling it in the composer.

use axum::Json;
use axum::extract::State;
use muster_api as api;
use muster_base::{ChatId, limits};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::{Path, Query};
use crate::views;

/// How many prompts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PromptsQuery {
    /// 1 to 500; 500 when absent.
    limit: Option<i64>,
}

/// The texts that the caller has sent to a chat, newest first. A message without text, such as
/// a file alone, is left out.
#[utoipa::path(get, path = "/chats/{chat}/prompts", tag = "chats",
    params(("chat" = uuid::Uuid, Path), PromptsQuery),
    responses(
        (status = 200, body = api::ChatPrompts),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChatId>,
    Query(query): Query<PromptsQuery>,
) -> Result<Json<api::ChatPrompts>> {
    let most = limits::PROMPTS_MAX;
    let limit = query.limit.unwrap_or(most);
    if !(1..=most).contains(&limit) {
        return Err(Error::invalid("limit", format!("is 1 to {most}")));
    }
    let said = app.store.list_own_messages(caller.actor(), id, limit);
    let prompts = said.await?;
    let prompts = prompts.iter().map(views::messages::prompt);
    let prompts: Vec<_> = prompts.collect::<Result<_>>()?;
    Ok(Json(api::ChatPrompts {
        prompts: prompts.into_iter().flatten().collect(),
    }))
}
