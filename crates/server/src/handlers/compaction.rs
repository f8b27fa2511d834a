//! Summaries: on request, at which point by themselves, and leaving everything behind.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use muster_api as api;
use muster_base::limits::COMPACTION_PERCENT_OFF;
use muster_base::{ChatId, ModelConfigId};
use muster_chat_state::transitions::{ClearContext, RequestCompaction};
use muster_store::compaction_thresholds::{Kept, Threshold};

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::{self, Path};
use crate::handlers::chats::show;

/// Summarise the conversation now.
#[utoipa::path(post, path = "/chats/{chat}/compact", tag = "chats",
    params(("chat" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = api::Chat),
        (status = 404, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "nothing to compact, or it is active"),
    ))]
pub(crate) async fn compact(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChatId>,
) -> Result<Json<api::Chat>> {
    app.machine
        .apply(caller.actor(), id, RequestCompaction)
        .await?;
    show(&app, &caller, id).await.map(Json)
}

/// Leave the conversation so far behind. People still see it, models do not.
#[utoipa::path(post, path = "/chats/{chat}/clear", tag = "chats",
    params(("chat" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = api::Chat),
        (status = 404, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "it is active or archived"),
    ))]
pub(crate) async fn clear(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChatId>,
) -> Result<Json<api::Chat>> {
    app.machine.apply(caller.actor(), id, ClearContext).await?;
    show(&app, &caller, id).await.map(Json)
}

/// The caller's own thresholds.
#[utoipa::path(get, path = "/chats/config/user-compaction-thresholds", tag = "models",
    responses((status = 200, body = api::CompactionThresholds)))]
pub(crate) async fn list_thresholds(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<api::CompactionThresholds>> {
    let own = caller.0.user.id;
    let listed = app.store.list_compaction_thresholds(caller.actor(), own);
    let thresholds = listed.await?.into_iter().map(shown).collect();
    Ok(Json(api::CompactionThresholds { thresholds }))
}

/// Choose a threshold for a model.
#[utoipa::path(put, path = "/chats/config/user-compaction-thresholds/{model_config}",
    tag = "models",
    params(("model_config" = uuid::Uuid, Path)),
    request_body = api::SetCompactionThresholdRequest,
    responses(
        (status = 200, body = api::CompactionThreshold),
        (status = 400, body = api::ErrorBody, description = "not a percentage, or not enabled"),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn set_threshold(
    State(app): State<App>,
    caller: Caller,
    Path(model_config_id): Path<ModelConfigId>,
    extract::Json(body): extract::Json<api::SetCompactionThresholdRequest>,
) -> Result<Json<api::CompactionThreshold>> {
    let percent = body.threshold_percent;
    if !(0..=COMPACTION_PERCENT_OFF).contains(&percent) {
        let rule = format!("is between 0 and {COMPACTION_PERCENT_OFF}");
        return Err(Error::invalid("threshold_percent", rule));
    }
    let threshold = Threshold {
        model_config_id,
        percent,
    };
    let (store, own) = (&app.store, caller.0.user.id);
    match store
        .set_compaction_threshold(caller.actor(), own, threshold)
        .await?
    {
        Kept::Yes => Ok(Json(shown(threshold))),
        Kept::ModelDisabled => Err(Error::bad_request("This model is not enabled.")),
    }
}

/// Go back to a model's own threshold.
#[utoipa::path(delete, path = "/chats/config/user-compaction-thresholds/{model_config}",
    tag = "models",
    params(("model_config" = uuid::Uuid, Path)),
    responses((status = 204)))]
pub(crate) async fn delete_threshold(
    State(app): State<App>,
    caller: Caller,
    Path(model): Path<ModelConfigId>,
) -> Result<StatusCode> {
    let own = caller.0.user.id;
    app.store
        .delete_compaction_threshold(caller.actor(), own, model)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(threshold: Threshold) -> api::CompactionThreshold {
    api::CompactionThreshold {
        model_config_id: threshold.model_config_id.0,
        threshold_percent: threshold.percent,
    }
}
