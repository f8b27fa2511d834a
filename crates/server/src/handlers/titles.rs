//! Another title for a chat.

use axum::Json;
use axum::extract::State;
use muster_api as api;
use muster_base::ChatId;
use muster_rbac::Action;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::Result;
use crate::extract::Path;
use crate::handlers::chats::show;

/// Find another title from what the chat is about now.
#[utoipa::path(post, path = "/chats/{chat}/title/regenerate", tag = "chats",
    params(("chat" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = api::Chat),
        (status = 404, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "one is being found already, or the spending limit is reached"),
        (status = 502, body = api::ErrorBody, description = "no model found one"),
    ))]
pub(crate) async fn regenerate(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChatId>,
) -> Result<Json<api::Chat>> {
    let store = &app.store;
    let chat = store
        .get_chat_for(caller.actor(), Action::Update, id)
        .await?;
    app.engine.admit(chat.owner_id).await?;
    app.engine.regenerate_title(caller.actor(), id).await?;
    show(&app, &caller, id).await.map(Json)
}
