//! What people may spend on chats.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use muster_api as api;
use muster_base::limits::SPEND_LIMIT_MICROS_MAX;
use muster_base::{GroupId, MicroDollars, Period, UserId};

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::{self, Path};
use crate::views;

/// Every limit: the deployment's, people's and groups'.
#[utoipa::path(get, path = "/chats/usage-limits", tag = "usage",
    responses((status = 200, body = api::UsageLimits), (status = 403, body = api::ErrorBody)))]
pub(crate) async fn get(State(app): State<App>, caller: Caller) -> Result<Json<api::UsageLimits>> {
    let limits = app.store.get_usage_limits(caller.actor()).await?;
    let unpriced = app.engine.unpriced_models().await?;
    Ok(Json(views::usage::limits(&limits, unpriced)))
}

/// Decide what a person without another limit may spend, or switch all limits off.
#[utoipa::path(put, path = "/chats/usage-limits", tag = "usage",
    request_body = api::UpdateUsageLimitsRequest,
    responses(
        (status = 200, body = api::UsageLimitConfig),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
    ))]
pub(crate) async fn put(
    State(app): State<App>,
    caller: Caller,
    extract::Json(body): extract::Json<api::UpdateUsageLimitsRequest>,
) -> Result<Json<api::UsageLimitConfig>> {
    let limit = body.spend_limit_micros.map(checked).transpose()?;
    let period = match body.period {
        api::UsagePeriod::Day => Period::Day,
        api::UsagePeriod::Week => Period::Week,
        api::UsagePeriod::Month => Period::Month,
    };
    let config = app
        .store
        .set_usage_limits(caller.actor(), limit, period)
        .await?;
    Ok(Json(views::usage::config(&config)))
}

/// How far the caller has come in the current period.
#[utoipa::path(get, path = "/chats/usage-limits/status", tag = "usage",
    responses((status = 200, body = api::UsageLimitStatus)))]
pub(crate) async fn status(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<api::UsageLimitStatus>> {
    let own = caller.0.user.id;
    let standing = app.store.get_usage_standing(caller.actor(), own).await?;
    Ok(Json(views::usage::status(&standing)))
}

/// Give a person a limit of their own.
#[utoipa::path(put, path = "/chats/usage-limits/overrides/{user}", tag = "usage",
    params(("user" = uuid::Uuid, Path)),
    request_body = api::SetUsageLimitRequest,
    responses(
        (status = 200, body = api::UsageLimitOverride),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn put_user(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<UserId>,
    extract::Json(body): extract::Json<api::SetUsageLimitRequest>,
) -> Result<Json<api::UsageLimitOverride>> {
    let limit = checked(body.spend_limit_micros)?;
    let set = app
        .store
        .set_user_limit(caller.actor(), user, limit)
        .await?;
    Ok(Json(views::usage::user_limit(&set)))
}

/// Take a person's own limit away.
#[utoipa::path(delete, path = "/chats/usage-limits/overrides/{user}", tag = "usage",
    params(("user" = uuid::Uuid, Path)),
    responses(
        (status = 204),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn delete_user(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<UserId>,
) -> Result<StatusCode> {
    app.store.delete_user_limit(caller.actor(), user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give each member of a group a limit.
#[utoipa::path(put, path = "/chats/usage-limits/group-overrides/{group}", tag = "usage",
    params(("group" = uuid::Uuid, Path)),
    request_body = api::SetUsageLimitRequest,
    responses(
        (status = 200, body = api::UsageLimitGroupOverride),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn put_group(
    State(app): State<App>,
    caller: Caller,
    Path(group): Path<GroupId>,
    extract::Json(body): extract::Json<api::SetUsageLimitRequest>,
) -> Result<Json<api::UsageLimitGroupOverride>> {
    let limit = checked(body.spend_limit_micros)?;
    let set = app
        .store
        .set_group_limit(caller.actor(), group, limit)
        .await?;
    Ok(Json(views::usage::group_limit(&set)))
}

/// Take a group's limit away.
#[utoipa::path(delete, path = "/chats/usage-limits/group-overrides/{group}", tag = "usage",
    params(("group" = uuid::Uuid, Path)),
    responses(
        (status = 204),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn delete_group(
    State(app): State<App>,
    caller: Caller,
    Path(group): Path<GroupId>,
) -> Result<StatusCode> {
    app.store.delete_group_limit(caller.actor(), group).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A limit of nothing would be a switch in the wrong place.
fn checked(micros: i64) -> Result<MicroDollars> {
    if !(1..=SPEND_LIMIT_MICROS_MAX).contains(&micros) {
        let rule = format!("is between 1 and {SPEND_LIMIT_MICROS_MAX}");
        return Err(Error::invalid("spend_limit_micros", rule));
    }
    Ok(MicroDollars(micros))
}
