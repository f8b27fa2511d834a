//! Providers and models.

use muster_api as api;
use muster_base::Micros;
use muster_llm::{Effort, ProviderKind};
use muster_store::model_configs::ModelConfig;
use muster_store::providers::Provider;
use serde_json::Value;
use uuid::Uuid;

/// The name of a provider or model, which may not have one of its own.
fn shown<'a>(display_name: &'a str, name: &'a str) -> &'a str {
    if display_name.trim().is_empty() {
        return name;
    }
    display_name
}

pub(crate) fn provider(provider: &Provider, kind: ProviderKind) -> api::Provider {
    api::Provider {
        id: provider.id.0,
        provider: provider.provider.clone(),
        display_name: shown(&provider.display_name, kind.display_name()).to_owned(),
        enabled: provider.enabled,
        has_api_key: provider.has_api_key,
        base_url: provider.base_url.clone(),
        region: provider.region.clone(),
        source: api::ProviderSource::Database,
        created_at: provider.created_at.into(),
        updated_at: provider.updated_at.into(),
    }
}

/// A provider that is not stored: the environment's, or one that could be configured.
pub(crate) fn unstored(
    kind: ProviderKind,
    preset: Option<&muster_llm::ProviderConfig>,
) -> api::Provider {
    api::Provider {
        id: Uuid::nil(),
        provider: kind.to_string(),
        display_name: kind.display_name().to_owned(),
        enabled: preset.is_some(),
        has_api_key: preset.is_some_and(|preset| preset.api_key.is_some()),
        base_url: preset.and_then(|preset| preset.base_url.clone()),
        region: None,
        source: match preset {
            Some(_) => api::ProviderSource::EnvPreset,
            None => api::ProviderSource::Supported,
        },
        created_at: Micros::ZERO.into(),
        updated_at: Micros::ZERO.into(),
    }
}

pub(crate) fn model_config(config: &ModelConfig) -> api::ModelConfig {
    api::ModelConfig {
        id: config.id.0,
        provider: config.provider.clone(),
        model: config.model.clone(),
        display_name: shown(&config.display_name, &config.model).to_owned(),
        enabled: config.enabled,
        is_default: config.is_default,
        context_limit: config.context_limit,
        compression_threshold: config.compression_threshold,
        model_config: model_settings(config.settings.clone()),
        created_at: config.created_at.into(),
        updated_at: config.updated_at.into(),
    }
}

/// The stored `model_config`. What an older version stored and this one can't read shows as
/// "nothing set".
pub(crate) fn model_settings(document: Value) -> api::ModelSettings {
    let mut settings = serde_json::from_value(document).unwrap_or_default();
    nest_prices(&mut settings);
    settings
}

/// Moves prices from their older place at the top to `cost`, where there is none yet.
pub(crate) fn nest_prices(settings: &mut api::ModelSettings) {
    let mut take = |name: &str| {
        settings
            .other
            .remove(&format!("{name}_price_per_million_tokens"))
    };
    let prices = ["input", "output", "cache_read", "cache_write"].map(&mut take);
    if prices.iter().all(Option::is_none) {
        return;
    }
    let [input, output, cache_read, cache_write] = prices;
    let cost = settings.cost.get_or_insert_default();
    let places = [
        (&mut cost.input_price_per_million_tokens, input),
        (&mut cost.output_price_per_million_tokens, output),
        (&mut cost.cache_read_price_per_million_tokens, cache_read),
        (&mut cost.cache_write_price_per_million_tokens, cache_write),
    ];
    for (place, price) in places {
        if place.is_none() {
            *place = price.filter(|price| !price.is_null());
        }
    }
}

pub(crate) fn catalogue_model(config: &ModelConfig) -> api::CatalogueModel {
    api::CatalogueModel {
        id: format!("{}:{}", config.provider, config.model),
        provider: config.provider.clone(),
        model: config.model.clone(),
        display_name: shown(&config.display_name, &config.model).to_owned(),
        model_config_id: config.id.0,
        is_default: config.is_default,
        context_limit: config.context_limit,
        compression_threshold: config.compression_threshold,
        reasoning_efforts: config.provider.parse().map(efforts).unwrap_or_default(),
    }
}

/// What a model of this provider may be asked for, rising.
pub(crate) fn efforts(provider: ProviderKind) -> Vec<String> {
    let offered = Effort::ALL.into_iter();
    let offered = offered.filter(|effort| effort.is_offered_by(provider));
    offered.map(|effort| effort.as_str().to_owned()).collect()
}
