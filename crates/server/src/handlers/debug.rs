//! What model attempts sent and received, and whether that is kept.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use muster_api as api;
use muster_base::limits::DEBUG_RETENTION_DAYS_MAX;
use muster_base::{ChatId, DebugRunId};
use muster_store::debug_runs::DebugSettings;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::{self, Path};
use crate::views;

/// The last model attempts of a chat, the newest first.
#[utoipa::path(get, path = "/chats/{chat}/debug/runs", tag = "chats",
    params(("chat" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = Vec<api::ChatDebugRun>),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn list_runs(
    State(app): State<App>,
    caller: Caller,
    Path(chat): Path<ChatId>,
) -> Result<Json<Vec<api::ChatDebugRun>>> {
    let runs = app.store.list_debug_runs(caller.actor(), chat).await?;
    Ok(Json(runs.into_iter().map(views::debug::run).collect()))
}

/// One model attempt of a chat, with what went over the wire.
#[utoipa::path(get, path = "/chats/{chat}/debug/runs/{run}", tag = "chats",
    params(("chat" = uuid::Uuid, Path), ("run" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = api::ChatDebugRunDetail),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn get_run(
    State(app): State<App>,
    caller: Caller,
    Path((chat, run)): Path<(ChatId, DebugRunId)>,
) -> Result<Json<api::ChatDebugRunDetail>> {
    let detail = app.store.get_debug_run(caller.actor(), chat, run).await?;
    Ok(Json(views::debug::detail(detail)))
}

/// Whose model attempts are kept.
#[utoipa::path(get, path = "/chats/config/debug-logging", tag = "chat config",
    responses((status = 200, body = api::DebugLoggingConfig), (status = 403, body = api::ErrorBody)))]
pub(crate) async fn get_logging(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<api::DebugLoggingConfig>> {
    let logging = app.store.debug_logging(caller.actor()).await?;
    Ok(Json(api::DebugLoggingConfig {
        allow_users: logging.allow_users,
        all_chats: logging.all_chats,
    }))
}

/// Change whose model attempts are kept.
#[utoipa::path(put, path = "/chats/config/debug-logging", tag = "chat config",
    request_body = api::UpdateDebugLoggingRequest,
    responses(
        (status = 204),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
    ))]
pub(crate) async fn put_logging(
    State(app): State<App>,
    caller: Caller,
    extract::Json(body): extract::Json<api::UpdateDebugLoggingRequest>,
) -> Result<StatusCode> {
    let change = DebugSettings {
        allow_users: body.allow_users,
        all_chats: body.all_chats,
    };
    app.store.set_debug_logging(caller.actor(), change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether the model attempts of one's own chats are kept.
#[utoipa::path(get, path = "/chats/config/user-debug-logging", tag = "chat config",
    responses((status = 200, body = api::UserDebugLogging)))]
pub(crate) async fn get_own_logging(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<api::UserDebugLogging>> {
    own_logging(&app, &caller).await
}

/// Say whether the model attempts of one's own chats are to be kept.
#[utoipa::path(put, path = "/chats/config/user-debug-logging", tag = "chat config",
    request_body = api::UpdateUserDebugLoggingRequest,
    responses(
        (status = 200, body = api::UserDebugLogging),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody, description = "people may not have them kept"),
    ))]
pub(crate) async fn put_own_logging(
    State(app): State<App>,
    caller: Caller,
    extract::Json(body): extract::Json<api::UpdateUserDebugLoggingRequest>,
) -> Result<Json<api::UserDebugLogging>> {
    let (own, wanted) = (caller.0.user.id, body.debug_logging);
    let store = &app.store;
    let is_kept = store.set_user_debug_logging(caller.actor(), own, wanted);
    if !is_kept.await? {
        return Err(Error::forbidden("An administrator has not allowed this."));
    }
    own_logging(&app, &caller).await
}

async fn own_logging(app: &App, caller: &Caller) -> Result<Json<api::UserDebugLogging>> {
    let own = caller.0.user.id;
    let logging = app.store.user_debug_logging(caller.actor(), own).await?;
    Ok(Json(api::UserDebugLogging {
        debug_logging: logging.wanted,
        user_toggle_allowed: logging.deployment.allow_users,
        forced_by_deployment: logging.deployment.all_chats,
    }))
}

/// For how long model attempts are kept.
#[utoipa::path(get, path = "/chats/config/debug-retention-days", tag = "chat config",
    responses((status = 200, body = api::DebugRetention), (status = 403, body = api::ErrorBody)))]
pub(crate) async fn get_retention(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<api::DebugRetention>> {
    let debug_retention_days = app.store.debug_retention_days(caller.actor()).await?;
    Ok(Json(api::DebugRetention {
        debug_retention_days,
    }))
}

/// Change for how long model attempts are kept.
#[utoipa::path(put, path = "/chats/config/debug-retention-days", tag = "chat config",
    request_body = api::DebugRetention,
    responses(
        (status = 204),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
    ))]
pub(crate) async fn put_retention(
    State(app): State<App>,
    caller: Caller,
    extract::Json(body): extract::Json<api::DebugRetention>,
) -> Result<StatusCode> {
    let days = body.debug_retention_days;
    if !(0..=DEBUG_RETENTION_DAYS_MAX).contains(&days) {
        let rule = format!("is between 0 and {DEBUG_RETENTION_DAYS_MAX}");
        return Err(Error::invalid("debug_retention_days", rule));
    }
    let (actor, store) = (caller.actor(), &app.store);
    store.set_debug_retention_days(actor, days).await?;
    Ok(StatusCode::NO_CONTENT)
}
