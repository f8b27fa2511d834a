//! Which models are asked beside a conversation, the cheap ones first.

use std::sync::Arc;

use muster_base::ModelConfigId;
use muster_base::limits::SHORT_ANSWER_TOKENS_MAX;
use muster_chat_state::transitions::Charge;
use muster_llm::{
    LanguageModel, Params, Prices, ProviderKind, ProviderOptions, Request, Usage, WireApi,
};
use muster_store::chats::Chat;
use muster_store::model_configs::ModelConfig;

use crate::config_cache::ConfigCache;
use crate::model::{self, ChosenModel, NoModel, usage_row};

/// A cheap, quick model of each provider that has one, in the order in which they are tried.
const CHEAP: [(ProviderKind, &str); 7] = [
    (ProviderKind::Anthropic, "claude-haiku-4-5"),
    (ProviderKind::Openai, "gpt-4o-mini"),
    (ProviderKind::Google, "gemini-2.5-flash"),
    (ProviderKind::Azure, "gpt-4o-mini"),
    (
        ProviderKind::Bedrock,
        "anthropic.claude-haiku-4-5-20251001-v1:0",
    ),
    (ProviderKind::Openrouter, "anthropic/claude-3.5-haiku"),
    (ProviderKind::Vercel, "anthropic/claude-haiku-4.5"),
];

/// Which of the cheap models count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cheap {
    /// Those whose provider has a key.
    WithKey,
    /// Those that an administrator has configured too.
    Configured,
}

/// A model that is ready to be asked for a short answer.
pub(super) struct Candidate {
    pub(super) provider: ProviderKind,
    pub(super) client: Arc<dyn LanguageModel>,
    model: String,
    options: ProviderOptions,
    wire_api: Option<WireApi>,
    pub(super) config_id: Option<ModelConfigId>,
    prices: Prices,
}

impl Candidate {
    fn of(chosen: ChosenModel) -> Self {
        let prices = chosen.prices();
        Self {
            provider: chosen.provider,
            client: chosen.client,
            model: chosen.model,
            options: chosen.options.for_short_answer(chosen.provider),
            wire_api: chosen.wire_api,
            config_id: Some(chosen.config_id),
            prices,
        }
    }

    /// The request to this model.
    pub(super) fn request(&self, of: Request) -> Request {
        Request {
            model: self.model.clone(),
            options: self.options.clone(),
            wire_api: self.wire_api,
            params: Params {
                max_output_tokens: Some(SHORT_ANSWER_TOKENS_MAX),
                ..Params::default()
            },
            ..of
        }
    }

    /// What a call cost, if the provider told its usage.
    pub(super) fn charge(&self, usage: &Usage, runtime_ms: Option<i64>) -> Option<Charge> {
        (!usage.is_empty()).then(|| Charge {
            model_config_id: self.config_id,
            // Without a limit: it is not what the chat's next request will find in the window.
            usage: usage_row(usage),
            total_cost_micros: self.prices.cost(usage).map(|cost| cost.0),
            runtime_ms,
        })
    }
}

/// The cheap models that can be asked, then the chat's own.
///
/// # Errors
/// When the database fails, or no model at all can be asked; then it says why not the chat's.
pub(super) async fn list(
    config: &ConfigCache,
    chat: &Chat,
    cheap: Cheap,
) -> Result<Vec<Candidate>, NoModel> {
    let providers = config.providers().await?;
    let configs = config.enabled_model_configs().await?;
    let mut found = Vec::new();
    for (kind, model) in CHEAP {
        let open = providers.iter().find(|open| open.kind == kind);
        let Some((open, Ok(client))) = open.map(|open| (open, &open.model)) else {
            continue;
        };
        let is_it = |row: &&ModelConfig| row.provider == kind.as_str() && row.model == model;
        match configs.iter().find(is_it) {
            // Settings that can't be read are no reason to ask another way.
            Some(row) => {
                let chosen = model::chosen(row, open, Arc::clone(client), chat);
                found.extend(chosen.ok().map(Candidate::of));
            }
            None if cheap == Cheap::WithKey => found.push(Candidate {
                provider: kind,
                client: Arc::clone(client),
                model: model.to_owned(),
                options: ProviderOptions::default().for_short_answer(kind),
                wire_api: None,
                config_id: None,
                prices: Prices::default(),
            }),
            None => {}
        }
    }
    match model::choose(config, chat).await {
        Ok(own) if found.iter().any(|it| it.config_id == Some(own.config_id)) => {}
        Ok(own) => found.push(Candidate::of(own)),
        Err(NoModel::Refused(_)) if !found.is_empty() => {}
        Err(none) => return Err(none),
    }
    Ok(found)
}
