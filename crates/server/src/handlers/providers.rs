//! Model providers: administration.

use axum::Json;
use axum::extract::State;
use http::{StatusCode, Uri};
use muster_api as api;
use muster_base::{ProviderId, Secret, limits};
use muster_llm::{FailureKind, ProviderConfig, ProviderKind};
use muster_rbac::Actor;
use muster_store::providers::{NewProvider, OpenedKey, Provider, ProviderChange};

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::{self, Path};
use crate::views;

/// All providers that Muster knows, with the state of each.
#[utoipa::path(get, path = "/chats/providers", tag = "models",
    responses((status = 200, body = Vec<api::Provider>), (status = 403, body = api::ErrorBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Vec<api::Provider>>> {
    let stored = app.store.list_providers(caller.actor()).await?;
    let shown = ProviderKind::ALL.into_iter().map(|kind| {
        let preset = app.config.presets.iter().find(|preset| preset.kind == kind);
        let stored = stored.iter().find(|one| one.provider == kind.as_str());
        stored.map_or_else(
            || views::models::unstored(kind, preset),
            |stored| views::models::provider(stored, kind),
        )
    });
    Ok(Json(shown.collect()))
}

/// Configure a provider.
#[utoipa::path(post, path = "/chats/providers", tag = "models",
    request_body = api::CreateProviderRequest,
    responses(
        (status = 201, body = api::Provider),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "it is configured already"),
    ))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    extract::Json(body): extract::Json<api::CreateProviderRequest>,
) -> Result<(StatusCode, Json<api::Provider>)> {
    let kind: Option<ProviderKind> = body.provider.parse().ok();
    let kind = kind.ok_or_else(|| Error::invalid("provider", "is not a provider Muster knows"))?;
    check(body.display_name.as_deref(), body.base_url.as_deref())?;
    check_region(kind, body.region.as_deref())?;
    let (base_url, api_key) = reached(
        &app,
        kind,
        body.environment_key.unwrap_or(false),
        body.base_url,
        body.api_key,
    )?;
    if base_url.is_none() && needs_base_url(kind.as_str()) {
        return Err(Error::invalid("base_url", "is required for this provider"));
    }
    let actor = caller.actor();
    // Whoever may not save it may not have us ask for it either.
    app.store
        .check_new_provider(actor, kind.to_string())
        .await?;
    let config = ProviderConfig {
        kind,
        base_url: base_url.clone(),
        api_key,
        region: body.region.filter(|region| !region.trim().is_empty()),
    };
    prove(&app, config.clone()).await?;
    let provider = NewProvider {
        id: ProviderId::new(&app.clock),
        provider: kind.to_string(),
        display_name: body.display_name.unwrap_or_default(),
        enabled: body.enabled.unwrap_or(true),
        base_url,
        region: config.region,
        api_key: config.api_key,
    };
    let provider = app.store.create_provider(actor, provider).await?;
    Ok((
        StatusCode::CREATED,
        Json(views::models::provider(&provider, kind)),
    ))
}

/// Where a new provider is, and its key: as the request says, or as the environment does.
fn reached(
    app: &App,
    kind: ProviderKind,
    environment_key: bool,
    base_url: Option<String>,
    api_key: Option<api::SecretText>,
) -> Result<(Option<String>, Option<Secret>)> {
    let base_url = base_url.filter(|url| !url.trim().is_empty());
    if !environment_key {
        return Ok((base_url, api_key.map(api::SecretText::into_secret)));
    }
    // An address of the caller's would be sent a key that was never shown to them.
    if base_url.is_some() {
        return Err(Error::invalid("base_url", "comes from the environment"));
    }
    if api_key.is_some() {
        return Err(Error::invalid("api_key", "comes from the environment"));
    }
    let offer = app.config.offers.iter().find(|offer| offer.kind == kind);
    let offer = offer.ok_or_else(|| {
        let why = "finds no key of this provider in the environment";
        Error::invalid("environment_key", why)
    })?;
    Ok((offer.base_url.clone(), offer.api_key.clone()))
}

/// Change a provider: null or absent keeps a field, an empty text clears it.
#[utoipa::path(patch, path = "/chats/providers/{provider_config}", tag = "models",
    params(("provider_config" = uuid::Uuid, Path)),
    request_body = api::UpdateProviderRequest,
    responses(
        (status = 200, body = api::Provider),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ProviderId>,
    extract::Json(body): extract::Json<api::UpdateProviderRequest>,
) -> Result<Json<api::Provider>> {
    check(body.display_name.as_deref(), body.base_url.as_deref())?;
    let change = ProviderChange {
        display_name: body.display_name,
        enabled: body.enabled,
        base_url: body.base_url,
        region: body.region,
        api_key: body.api_key.map(api::SecretText::into_secret),
    };
    let actor = caller.actor();
    prove_change(&app, actor, id, &change).await?;
    let changed = app.store.update_provider(actor, id, change, needs_base_url);
    let provider = changed.await?;
    Ok(Json(views::models::provider(&provider, kind(&provider)?)))
}

/// Remove a provider's configuration.
#[utoipa::path(delete, path = "/chats/providers/{provider_config}", tag = "models",
    params(("provider_config" = uuid::Uuid, Path)),
    responses(
        (status = 204),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "enabled models use it"),
    ))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ProviderId>,
) -> Result<StatusCode> {
    let covered = app
        .config
        .presets
        .iter()
        .map(|preset| preset.kind.to_string());
    let deleted = app
        .store
        .delete_provider(caller.actor(), id, covered.collect());
    deleted.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tries what the provider will be like, when the change is about how it is reached.
async fn prove_change(
    app: &App,
    actor: &Actor,
    id: ProviderId,
    change: &ProviderChange,
) -> Result<()> {
    let ProviderChange {
        display_name: _,
        enabled: _,
        base_url,
        region,
        api_key,
    } = change;
    if base_url.is_none() && region.is_none() && api_key.is_none() {
        return Ok(());
    }
    let (stored, stored_key) = app.store.provider_to_change(actor, id).await?;
    let kind = kind(&stored)?;
    check_region(kind, region.as_deref())?;
    let before = ProviderConfig {
        kind,
        base_url: stored.base_url,
        api_key: None,
        region: stored.region,
    };
    let mut after = ProviderConfig {
        kind,
        base_url: base_url.clone().or_else(|| before.base_url.clone()),
        api_key: api_key.clone(),
        region: region.clone().or_else(|| before.region.clone()),
    };
    let address = after.base_url.as_deref().unwrap_or_default();
    if needs_base_url(kind.as_str()) && address.trim().is_empty() {
        return Err(Error::invalid("base_url", "is required for this provider"));
    }
    if api_key.is_none() {
        let moves = base_url.is_some() && !after.asks_the_server_of(&before);
        after.api_key = kept_key(stored_key, moves)?;
    }
    prove(app, after).await
}

/// The stored key, for a change that names none. It is for the server it was stored for: who
/// may change an address must not thereby learn a key that was never shown to them.
fn kept_key(stored: OpenedKey, moves: bool) -> Result<Option<Secret>> {
    match stored {
        Ok(Some(_)) if moves => Err(Error::invalid(
            "api_key",
            "is required again when base_url names another server",
        )),
        Ok(key) => Ok(key),
        Err(_sealed) => Err(Error::invalid(
            "api_key",
            "can't be opened any more and is required again",
        )),
    }
}

/// Asks the provider. A configuration that names neither key nor address of its own is not
/// one yet: there is nothing to try.
async fn prove(app: &App, config: ProviderConfig) -> Result<()> {
    let is_set = |text: &str| !text.trim().is_empty();
    let has_key = config
        .api_key
        .as_ref()
        .is_some_and(|key| is_set(key.expose()));
    let has_address = config.base_url.as_deref().is_some_and(is_set);
    let is_open = config.kind == ProviderKind::OpenaiCompat;
    let is_complete = if is_open { has_address } else { has_key };
    if !is_complete {
        return Ok(());
    }
    if config.kind == ProviderKind::Bedrock && !config.region.as_deref().is_some_and(is_set) {
        return Err(Error::invalid("region", "is required for this provider"));
    }
    let proven = (app.prove)(config, app.clock.clone()).await;
    match proven {
        Ok(()) => Ok(()),
        Err(failure) => match failure.kind {
            // A spent account is known, and so its key is right.
            FailureKind::UsageLimit => Ok(()),
            FailureKind::Auth | FailureKind::MissingKey => {
                Err(Error::invalid("api_key", failure.terminal()))
            }
            FailureKind::Overloaded
            | FailureKind::RateLimit
            | FailureKind::Timeout
            | FailureKind::StartupTimeout
            | FailureKind::StreamSilenceTimeout
            | FailureKind::Config
            | FailureKind::ProviderDisabled
            | FailureKind::Generic => Err(Error::invalid(
                "base_url",
                format!("The provider could not be asked: {}", failure.terminal()),
            )),
        },
    }
}

/// A region becomes part of a host name.
fn check_region(kind: ProviderKind, region: Option<&str>) -> Result<()> {
    let region = region.map(str::trim).filter(|region| !region.is_empty());
    let Some(region) = region else { return Ok(()) };
    if kind != ProviderKind::Bedrock {
        return Err(Error::invalid("region", "is not used by this provider"));
    }
    let is_label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if region.len() > limits::REGION_CHARS_MAX || !region.chars().all(is_label) {
        return Err(Error::invalid(
            "region",
            "is not a region such as us-east-1",
        ));
    }
    Ok(())
}

fn kind(provider: &Provider) -> Result<ProviderKind> {
    provider.provider.parse().map_err(Error::internal)
}

/// Azure has an address per customer and there is no usual one.
fn needs_base_url(provider: &str) -> bool {
    provider == ProviderKind::Azure.as_str()
}

fn check(display_name: Option<&str>, base_url: Option<&str>) -> Result<()> {
    if display_name.is_some_and(|name| name.chars().count() > limits::USER_NAME_CHARS_MAX) {
        return Err(Error::invalid("display_name", "is too long"));
    }
    let url = base_url.map(str::trim).filter(|url| !url.is_empty());
    let usable = url.is_none_or(|url| {
        let parsed: Option<Uri> = url.parse().ok();
        parsed.is_some_and(|url| {
            let scheme = matches!(url.scheme_str(), Some("http" | "https"));
            let named = url.authority().is_some_and(|of| !of.as_str().contains('@'));
            scheme && named
        })
    });
    if usable {
        return Ok(());
    }
    Err(Error::invalid(
        "base_url",
        "must begin with http:// or https:// and name no user",
    ))
}
