//! What could be used as a provider without anybody typing a key.

use axum::Json;
use axum::extract::State;
use futures_util::future::join_all;
use muster_api as api;
use muster_base::limits;
use muster_llm::{ProviderConfig, ProviderKind};

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::config::{LocalModels, key_variable};
use crate::error::Result;

/// Keys in the server's environment and servers of models on its machine. None is used before
/// somebody configures it.
#[utoipa::path(get, path = "/chats/providers/offers", tag = "models",
    responses((status = 200, body = api::ProviderOffers), (status = 403, body = api::ErrorBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<api::ProviderOffers>> {
    let stored = app.store.list_providers(caller.actor()).await?;
    let is_stored = |kind: ProviderKind| stored.iter().any(|one| one.provider == kind.as_str());
    let offers = app.config.offers.iter();
    let keys = offers
        .filter(|offer| !is_stored(offer.kind))
        .filter_map(key_offer)
        .collect();
    let local = if is_stored(ProviderKind::OpenaiCompat) {
        Vec::new()
    } else {
        let asked = app.config.local_models.iter().map(|one| ask(&app, one));
        join_all(asked).await.into_iter().flatten().collect()
    };
    Ok(Json(api::ProviderOffers { keys, local }))
}

fn key_offer(offer: &ProviderConfig) -> Option<api::KeyOffer> {
    let destination = offer.base_url.as_deref();
    Some(api::KeyOffer {
        provider: offer.kind.to_string(),
        display_name: offer.kind.display_name().to_owned(),
        variable: key_variable(offer.kind)?.to_owned(),
        destination: destination
            .or_else(|| offer.kind.default_base_url())?
            .to_owned(),
    })
}

/// Nobody there, or somebody who lists no models, is no offer.
async fn ask(app: &App, place: &LocalModels) -> Option<api::LocalOffer> {
    let config = ProviderConfig {
        kind: ProviderKind::OpenaiCompat,
        base_url: Some(place.base_url.clone()),
        api_key: None,
        region: None,
    };
    let clock = &app.clock;
    let listing = config.models(clock);
    let listed = clock
        .timeout("offers.local_models", limits::LOCAL_MODELS_LIMIT, listing)
        .await;
    let mut models = listed.ok()?.ok()?;
    models.truncate(limits::LOCAL_MODELS_MAX);
    Some(api::LocalOffer {
        name: place.name.clone(),
        base_url: place.base_url.clone(),
        models,
    })
}
