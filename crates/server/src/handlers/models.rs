//! The catalogue: what a picker of models shows.

use axum::Json;
use axum::extract::State;
use muster_api as api;
use muster_base::limits;
use muster_llm::{ProviderConfig, ProviderKind};
use muster_store::model_configs::ModelConfig;
use muster_store::providers::Provider;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::Result;
use crate::views;

/// The enabled models by provider.
#[utoipa::path(get, path = "/chats/models", tag = "models",
    responses((status = 200, body = api::ModelCatalogue)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<api::ModelCatalogue>> {
    let stored = app.store.list_catalogue_providers(caller.actor()).await?;
    let configs = app.store.list_enabled_model_configs(caller.actor()).await?;
    let providers = ProviderKind::ALL.into_iter().filter_map(|kind| {
        let stored = stored.iter().find(|one| one.provider == kind.as_str());
        let preset = app.config.presets.iter().find(|preset| preset.kind == kind);
        entry(kind, stored, preset, &configs)
    });
    let providers: Vec<_> = providers.collect();
    let usable = providers
        .iter()
        .any(|provider| provider.available && !provider.models.is_empty());
    let administrators = if usable {
        Vec::new()
    } else {
        let max = limits::ADMINISTRATORS_SHOWN_MAX;
        app.store.list_owner_names(caller.actor(), max).await?
    };
    Ok(Json(api::ModelCatalogue {
        providers,
        administrators,
    }))
}

/// A provider is listed when it is configured or when models name it.
fn entry(
    kind: ProviderKind,
    stored: Option<&Provider>,
    preset: Option<&ProviderConfig>,
    configs: &[ModelConfig],
) -> Option<api::CatalogueProvider> {
    let models: Vec<_> = configs
        .iter()
        .filter(|config| config.provider == kind.as_str())
        .map(views::models::catalogue_model)
        .collect();
    if stored.is_none() && preset.is_none() && models.is_empty() {
        return None;
    }
    let reason = unavailable(kind, stored, preset);
    Some(api::CatalogueProvider {
        provider: kind.to_string(),
        display_name: kind.display_name().to_owned(),
        available: reason.is_none(),
        unavailable_reason: reason,
        models,
    })
}

fn unavailable(
    kind: ProviderKind,
    stored: Option<&Provider>,
    preset: Option<&ProviderConfig>,
) -> Option<api::UnavailableReason> {
    // What is stored decides, also that the provider is off; the environment fills a gap.
    let usable = stored.filter(|stored| stored.enabled);
    let preset = preset.filter(|_| {
        stored
            .is_none_or(|stored| stored.enabled && !stored.has_api_key && stored.base_url.is_none())
    });
    let has_key = usable.is_some_and(|stored| stored.has_api_key)
        || preset.is_some_and(|preset| preset.api_key.is_some());
    let has_address = match kind {
        // A server of one's own may ask for no key, but it has no usual address.
        ProviderKind::OpenaiCompat => {
            let found = usable.is_some_and(|stored| stored.base_url.is_some());
            return (!found).then_some(api::UnavailableReason::FetchFailed);
        }
        ProviderKind::Azure => usable.is_some_and(|stored| stored.base_url.is_some()),
        ProviderKind::Bedrock => usable.is_some_and(|stored| stored.region.is_some()),
        ProviderKind::Anthropic
        | ProviderKind::Google
        | ProviderKind::Openai
        | ProviderKind::Openrouter
        | ProviderKind::Vercel => true,
    };
    if !has_key {
        return Some(api::UnavailableReason::MissingApiKey);
    }
    (!has_address).then_some(api::UnavailableReason::FetchFailed)
}
