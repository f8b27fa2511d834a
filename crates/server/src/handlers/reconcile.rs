//! A way out for a chat whose row makes no sense.

use axum::Json;
use axum::extract::State;
use muster_api as api;
use muster_base::ChatId;
use muster_chat_state::transitions::ReconcileInvalidState;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::Result;
use crate::extract::Path;
use crate::handlers::chats::show;

/// Make a chat usable again that is in a state which should not exist: it ends in an error, and
/// its messages and queue stay.
#[utoipa::path(post, path = "/chats/{chat}/reconcile-invalid", tag = "chats",
    params(("chat" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = api::Chat),
        (status = 404, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "its state is a valid one"),
    ))]
pub(crate) async fn reconcile(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChatId>,
) -> Result<Json<api::Chat>> {
    let command = ReconcileInvalidState;
    app.machine.apply(caller.actor(), id, command).await?;
    show(&app, &caller, id).await.map(Json)
}
