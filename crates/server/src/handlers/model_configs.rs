//! The models that people may choose: administration.

mod options;
mod schema;
mod settings;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use muster_api as api;
use muster_base::{Micros, ModelConfigId, Patch, limits};
use muster_llm::ProviderKind;
use muster_rbac::{Action, Object, ResourceKind, authorize};
use muster_store::model_configs::{ModelConfig, ModelConfigChange};

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::{self, Path};
use crate::views;

/// Compaction begins at this share of the context, unless a config says otherwise.
const COMPRESSION_THRESHOLD_PERCENT: i64 = 70;

/// Every model that is configured.
#[utoipa::path(get, path = "/chats/model-configs", tag = "models",
    responses((status = 200, body = Vec<api::ModelConfig>), (status = 403, body = api::ErrorBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Vec<api::ModelConfig>>> {
    let configs = app.store.list_model_configs(caller.actor()).await?;
    Ok(Json(
        configs.iter().map(views::models::model_config).collect(),
    ))
}

/// What a model's settings may say, by provider.
#[utoipa::path(get, path = "/chats/model-configs/schema", tag = "models",
    responses((status = 200, body = api::ModelConfigSchema), (status = 403, body = api::ErrorBody)))]
pub(crate) async fn schema(caller: Caller) -> Result<Json<api::ModelConfigSchema>> {
    may(&caller, Action::Read)?;
    Ok(Json(schema::schema()))
}

/// Add a model; the first enabled one becomes the default.
#[utoipa::path(post, path = "/chats/model-configs", tag = "models",
    request_body = api::CreateModelConfigRequest,
    responses(
        (status = 201, body = api::ModelConfig),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
    ))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    extract::Json(body): extract::Json<api::CreateModelConfigRequest>,
) -> Result<(StatusCode, Json<api::ModelConfig>)> {
    may(&caller, Action::Update)?;
    let kind = configured(&app, &caller, &body.provider).await?;
    let model = body.model.trim().to_owned();
    let settings = settings::checked(kind, &model, body.model_config.unwrap_or_default())?;
    let config = ModelConfig {
        id: ModelConfigId::new(&app.clock),
        provider: kind.to_string(),
        model,
        display_name: body.display_name.unwrap_or_default(),
        enabled: body.enabled.unwrap_or(true),
        is_default: body.is_default.unwrap_or(false),
        context_limit: body.context_limit,
        compression_threshold: body
            .compression_threshold
            .unwrap_or(COMPRESSION_THRESHOLD_PERCENT),
        settings,
        deleted: false,
        created_at: Micros::ZERO,
        updated_at: Micros::ZERO,
    };
    check(
        Some(&config.model),
        Some(&config.display_name),
        Some(config.context_limit),
        Some(config.compression_threshold),
    )?;
    let config = app
        .store
        .create_model_config(caller.actor(), config)
        .await?;
    Ok((
        StatusCode::CREATED,
        Json(views::models::model_config(&config)),
    ))
}

/// Change a model.
#[utoipa::path(patch, path = "/chats/model-configs/{model_config}", tag = "models",
    params(("model_config" = uuid::Uuid, Path)),
    request_body = api::UpdateModelConfigRequest,
    responses(
        (status = 200, body = api::ModelConfig),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ModelConfigId>,
    extract::Json(body): extract::Json<api::UpdateModelConfigRequest>,
) -> Result<Json<api::ModelConfig>> {
    may(&caller, Action::Update)?;
    let change = change(&app, &caller, id, body).await?;
    let config = app
        .store
        .update_model_config(caller.actor(), id, change)
        .await?;
    Ok(Json(views::models::model_config(&config)))
}

async fn change(
    app: &App,
    caller: &Caller,
    id: ModelConfigId,
    body: api::UpdateModelConfigRequest,
) -> Result<ModelConfigChange> {
    let old = app.store.get_model_config(caller.actor(), id).await?;
    let provider = body.provider.set();
    let kind = match &provider {
        Some(provider) => configured(app, caller, provider).await?,
        None => old.provider.parse().map_err(Error::internal)?,
    };
    let model = body.model.set().map(|model| model.trim().to_owned());
    let new_model = model.as_deref().unwrap_or(&old.model);
    let moves = provider.is_some() || model.is_some();
    let settings = match body.model_config {
        Patch::Set(new) => Some(settings::checked(kind, new_model, new)?),
        // Settings that stay must fit a provider and a model that change.
        Patch::Keep | Patch::Null if moves => {
            let stored = views::models::model_settings(old.settings);
            Some(settings::checked(kind, new_model, stored)?)
        }
        Patch::Keep | Patch::Null => None,
    };
    let change = ModelConfigChange {
        provider,
        model,
        display_name: body.display_name.set(),
        enabled: body.enabled.set(),
        is_default: body.is_default.set(),
        context_limit: body.context_limit.set(),
        compression_threshold: body.compression_threshold.set(),
        settings,
    };
    check(
        change.model.as_deref(),
        change.display_name.as_deref(),
        change.context_limit,
        change.compression_threshold,
    )?;
    Ok(change)
}

/// Delete a model. Chats that use it go on with the default.
#[utoipa::path(delete, path = "/chats/model-configs/{model_config}", tag = "models",
    params(("model_config" = uuid::Uuid, Path)),
    responses(
        (status = 204),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ModelConfigId>,
) -> Result<StatusCode> {
    app.store.delete_model_config(caller.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses before the body is looked at, so that a stranger learns nothing from it.
fn may(caller: &Caller, action: Action) -> Result<()> {
    let config = Object::of(ResourceKind::DeploymentConfig);
    Ok(authorize(caller.actor(), action, &config).map_err(muster_store::Error::from)?)
}

/// The provider of that name, which must be configured.
async fn configured(app: &App, caller: &Caller, provider: &str) -> Result<ProviderKind> {
    let kind: Option<ProviderKind> = provider.parse().ok();
    let kind = kind.ok_or_else(|| Error::invalid("provider", "is not a provider Muster knows"))?;
    let stored = app.store.list_providers(caller.actor()).await?;
    let preset = app.config.presets.iter().any(|preset| preset.kind == kind);
    if preset || stored.iter().any(|one| one.provider == kind.as_str()) {
        return Ok(kind);
    }
    Err(Error::invalid("provider", "is not configured"))
}

fn check(
    model: Option<&str>,
    display_name: Option<&str>,
    context_limit: Option<i64>,
    threshold: Option<i64>,
) -> Result<()> {
    let mut wrong = Vec::new();
    let mut check = |field: &str, bad: bool, problem: &str| {
        wrong.extend(bad.then(|| api::Validation::new(field, problem)));
    };
    let long = |text: &str| text.chars().count() > limits::MODEL_NAME_CHARS_MAX;
    check(
        "model",
        model.is_some_and(|model| model.is_empty() || long(model)),
        "has 1 to 256 characters",
    );
    check(
        "display_name",
        display_name.is_some_and(long),
        "is too long",
    );
    check(
        "context_limit",
        context_limit.is_some_and(|limit| limit <= 0),
        "must be positive",
    );
    let percent = threshold.is_none_or(|percent| (0..=100).contains(&percent));
    check(
        "compression_threshold",
        !percent,
        "must be between 0 and 100",
    );
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Error::validations(wrong))
}
