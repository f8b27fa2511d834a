//! What administrators and people add to every prompt.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use http::StatusCode;
use muster_api as api;
use muster_base::{Sanitized, limits, sanitize};
use muster_chat_engine::DEFAULT_SYSTEM_PROMPT;
use muster_rbac::{Action, Object, ResourceKind, authorize};
use muster_store::Error as StoreError;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract;

/// The prompt that every new chat of this deployment begins with.
#[utoipa::path(get, path = "/chats/config/system-prompt", tag = "chat config",
    responses(
        (status = 200, body = api::SystemPromptConfig),
        (status = 404, body = api::ErrorBody, description = "not for this caller"),
    ))]
pub(crate) async fn get_system(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<api::SystemPromptConfig>> {
    let prompt = match app.store.deployment_prompt(caller.actor()).await {
        Err(StoreError::Denied(_)) => return Err(Error::not_found()),
        other => other?,
    };
    Ok(Json(api::SystemPromptConfig {
        system_prompt: prompt.text,
        include_default_system_prompt: prompt.include_default,
        default_system_prompt: DEFAULT_SYSTEM_PROMPT.to_owned(),
    }))
}

/// Change the prompt that new chats begin with.
#[utoipa::path(put, path = "/chats/config/system-prompt", tag = "chat config",
    request_body = api::UpdateSystemPromptRequest,
    responses(
        (status = 204),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
    ))]
pub(crate) async fn put_system(
    State(app): State<App>,
    caller: Caller,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode> {
    let config = Object::of(ResourceKind::DeploymentConfig);
    authorize(caller.actor(), Action::Update, &config).map_err(StoreError::from)?;
    let fits = |body: &Bytes| body.len() <= limits::PROMPT_BODY_BYTES_MAX;
    let body = body.ok().filter(fits);
    let body = body.ok_or_else(|| Error::bad_request("The request body is too large."))?;
    let body: api::UpdateSystemPromptRequest = extract::parse(&body)?;
    let prompt = checked("system_prompt", &body.system_prompt)?;
    let include = body.include_default_system_prompt;
    app.store
        .set_deployment_prompt(caller.actor(), prompt.text, include)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One's own prompt.
#[utoipa::path(get, path = "/chats/config/user-prompt", tag = "chat config",
    responses((status = 200, body = api::UserPrompt)))]
pub(crate) async fn get_user(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<api::UserPrompt>> {
    let user = caller.0.user.id;
    let custom_prompt = app.store.user_prompt(caller.actor(), user).await?;
    Ok(Json(api::UserPrompt {
        custom_prompt,
        warnings: Vec::new(),
    }))
}

/// Change one's own prompt.
#[utoipa::path(put, path = "/chats/config/user-prompt", tag = "chat config",
    request_body = api::UpdateUserPromptRequest,
    responses((status = 200, body = api::UserPrompt), (status = 400, body = api::ErrorBody)))]
pub(crate) async fn put_user(
    State(app): State<App>,
    caller: Caller,
    extract::Json(body): extract::Json<api::UpdateUserPromptRequest>,
) -> Result<Json<api::UserPrompt>> {
    let prompt = checked("custom_prompt", &body.custom_prompt)?;
    let (user, text) = (caller.0.user.id, prompt.text.clone());
    app.store
        .set_user_prompt(caller.actor(), user, text)
        .await?;
    Ok(Json(api::UserPrompt {
        warnings: warning(&prompt).into_iter().collect(),
        custom_prompt: prompt.text,
    }))
}

/// A prompt as it is stored: without what nobody can see, and not too long.
pub(crate) fn checked(field: &str, text: &str) -> Result<Sanitized> {
    let prompt = sanitize(text);
    if prompt.text.len() > limits::PROMPT_BYTES_MAX {
        let rule = format!("has at most {} bytes", limits::PROMPT_BYTES_MAX);
        return Err(Error::invalid(field, rule));
    }
    Ok(prompt)
}

/// Says that a prompt was not stored as it was written.
pub(crate) fn warning(prompt: &Sanitized) -> Option<String> {
    match prompt.removed {
        0 => None,
        1 => Some("1 invisible character was removed from the prompt.".to_owned()),
        many => Some(format!(
            "{many} invisible characters were removed from the prompt."
        )),
    }
}
