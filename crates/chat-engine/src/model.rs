//! Which model a turn asks, and how.

use std::sync::Arc;

use muster_base::ModelConfigId;
use muster_base::limits::OUTPUT_TOKENS_DEFAULT;
use muster_llm::{
    Effort, Failure, FailureKind, LanguageModel, Params, Prices, ProviderKind, ProviderOptions,
    Usage, WireApi, is_chainable, wire_api_for,
};
use muster_store::chat_messages;
use muster_store::chats::Chat;
use muster_store::model_configs::ModelConfig;
use serde::Deserialize;
use serde_json::Value;

use crate::config_cache::{ConfigCache, OpenProvider};
use crate::prompt::blocks::Account;

/// A model that is ready to be asked.
#[derive(Clone)]
pub(crate) struct ChosenModel {
    pub(crate) config_id: ModelConfigId,
    pub(crate) provider: ProviderKind,
    pub(crate) account: Account,
    pub(crate) client: Arc<dyn LanguageModel>,
    pub(crate) model: String,
    pub(crate) params: Params,
    pub(crate) options: ProviderOptions,
    pub(crate) wire_api: Option<WireApi>,
    pub(crate) reasoning_effort: Option<String>,
    pub(crate) context_limit: i64,
    pub(crate) compaction_percent: i64,
    prices: Prices,
}

/// No model can be asked now.
#[derive(Debug)]
pub(crate) enum NoModel {
    /// The configuration does not allow it.
    Refused(Box<Failure>),
    /// The database failed.
    Store(Arc<muster_store::Error>),
}

impl From<Arc<muster_store::Error>> for NoModel {
    fn from(error: Arc<muster_store::Error>) -> Self {
        Self::Store(error)
    }
}

/// The `model_config` document of a model configuration.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Settings {
    max_output_tokens: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    top_k: Option<u32>,
    presence_penalty: Option<f64>,
    frequency_penalty: Option<f64>,
    cost: Option<Prices>,
    /// Prices of the older shape, at the top; nested ones win.
    #[serde(flatten)]
    top_level: Prices,
    /// Overrides which of OpenAI's formats the model's name would choose.
    wire_api: Option<WireApi>,
    provider_options: Value,
}

impl Settings {
    fn prices(&self) -> Prices {
        self.cost.unwrap_or_default().or(self.top_level)
    }
}

/// Whether calls with these settings have a known cost. Settings that can't be read have none:
/// no call is made with them.
pub(crate) fn is_priced(settings: &Value) -> bool {
    let settings: Settings = serde_json::from_value(settings.clone()).unwrap_or_default();
    let prices = settings.prices();
    prices.input.is_some() && prices.output.is_some()
}

/// The chat's model, or the default one where the chat's was disabled or deleted.
pub(crate) async fn choose(config: &ConfigCache, chat: &Chat) -> Result<ChosenModel, NoModel> {
    let own = config.model_config(chat.last_model_config_id).await?;
    let fallback;
    let row = match own.as_ref() {
        Some(row) => row,
        None => {
            fallback = config.default_model_config().await?;
            fallback
                .as_ref()
                .as_ref()
                .ok_or_else(|| refused(FailureKind::Config, None))?
        }
    };
    let kind: ProviderKind = row
        .provider
        .parse()
        .map_err(|_unknown| refused(FailureKind::Config, None))?;
    let providers = config.providers().await?;
    let provider = providers.iter().find(|provider| provider.kind == kind);
    let provider = provider.ok_or_else(|| refused(FailureKind::ProviderDisabled, Some(kind)))?;
    match &provider.model {
        Ok(client) => chosen(row, provider, Arc::clone(client), chat),
        Err(failure) => Err(NoModel::Refused(Box::new(failure.clone()))),
    }
}

fn refused(kind: FailureKind, provider: Option<ProviderKind>) -> NoModel {
    NoModel::Refused(Box::new(Failure::of(kind, provider)))
}

/// A configured model of a provider that is open.
///
/// # Errors
/// When the stored settings can't be read.
pub(crate) fn chosen(
    row: &ModelConfig,
    open: &OpenProvider,
    client: Arc<dyn LanguageModel>,
    chat: &Chat,
) -> Result<ChosenModel, NoModel> {
    let provider = open.kind;
    let settings = read_settings(&row.settings, provider)
        .map_err(|failure| NoModel::Refused(Box::new(failure)))?;
    let options = ProviderOptions::of(provider, &settings.provider_options);
    let chat_effort = chat.last_reasoning_effort.clone();
    let effort = effort(chat_effort.as_deref(), &options, provider);
    let max_output_tokens = settings.max_output_tokens.unwrap_or(OUTPUT_TOKENS_DEFAULT);
    Ok(ChosenModel {
        config_id: row.id,
        provider,
        account: Account::new(provider, open.id),
        client,
        model: row.model.clone(),
        params: Params {
            max_output_tokens: Some(max_output_tokens),
            temperature: settings.temperature,
            top_p: settings.top_p,
            top_k: settings.top_k,
            presence_penalty: settings.presence_penalty,
            frequency_penalty: settings.frequency_penalty,
            reasoning_effort: effort,
            stop: Vec::new(),
        },
        options,
        wire_api: settings.wire_api,
        reasoning_effort: chat_effort,
        context_limit: row.context_limit,
        compaction_percent: row.compression_threshold,
        prices: settings.prices(),
    })
}

/// What the last message asked for, else what the configuration says. A chat may still carry an
/// effort that its former model offered and this one does not.
fn effort(
    of_chat: Option<&str>,
    options: &ProviderOptions,
    provider: ProviderKind,
) -> Option<Effort> {
    let wanted: Option<Effort> = of_chat.and_then(|text| text.parse().ok());
    let wanted = wanted.filter(|effort| effort.is_offered_by(provider));
    wanted.or_else(|| options.effort(provider))
}

/// Settings were validated when they were saved. What this version can't read is not guessed:
/// among it may be that the provider must keep nothing, or what an answer may cost.
fn read_settings(document: &Value, provider: ProviderKind) -> Result<Settings, Failure> {
    let unreadable = |why: &dyn std::fmt::Display| {
        let detail = format!("The stored settings of the model can't be read: {why}.");
        Failure::of(FailureKind::Config, Some(provider)).with_detail(&detail)
    };
    if document.is_null() {
        return Ok(Settings::default());
    }
    let settings: Settings =
        serde_json::from_value(document.clone()).map_err(|error| unreadable(&error))?;
    if !ProviderOptions::can_be_read(provider, &settings.provider_options) {
        return Err(unreadable(&"provider_options is no object"));
    }
    Ok(settings)
}

fn count(tokens: Option<u64>) -> Option<i64> {
    tokens.and_then(|tokens| i64::try_from(tokens).ok())
}

/// What a call used, in the form of the table, without what the model could have taken.
pub(crate) fn usage_row(usage: &Usage) -> chat_messages::Usage {
    chat_messages::Usage {
        input_tokens: count(usage.input),
        output_tokens: count(usage.output),
        total_tokens: count(usage.total),
        reasoning_tokens: count(usage.reasoning),
        cache_creation_tokens: count(usage.cache_creation),
        cache_read_tokens: count(usage.cache_read),
        context_limit: None,
    }
}

impl ChosenModel {
    /// What a step used, in the form of the table.
    pub(crate) fn usage_row(
        &self,
        usage: &Usage,
        context_limit: Option<u64>,
    ) -> chat_messages::Usage {
        chat_messages::Usage {
            context_limit: count(context_limit).or(Some(self.context_limit)),
            ..usage_row(usage)
        }
    }

    /// Whether the provider keeps responses that a later turn can go on after.
    pub(crate) fn is_chainable(&self) -> bool {
        is_chainable(self.provider, &self.model, self.wire_api, &self.options)
    }

    /// The id of a response, unless it is one of those that the provider was told to forget.
    pub(crate) fn kept_response(&self, id: Option<String>) -> Option<String> {
        let has_memory = matches!(self.provider, ProviderKind::Openai | ProviderKind::Azure);
        let api = wire_api_for(&self.model, self.wire_api);
        let is_forgotten = has_memory && api == WireApi::Responses && !self.is_chainable();
        id.filter(|_| !is_forgotten)
    }

    /// What tokens of this model cost.
    pub(crate) const fn prices(&self) -> Prices {
        self.prices
    }

    /// What a step cost; `None` where a price is missing.
    pub(crate) fn cost(&self, usage: &Usage) -> Option<i64> {
        self.prices.cost(usage).map(|cost| cost.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "made in the call")]
    fn settings(document: Value) -> Settings {
        read_settings(&document, ProviderKind::Openai).unwrap()
    }

    #[test]
    fn settings_that_cannot_be_read_are_refused_as_a_whole() {
        assert!(read_settings(&Value::Null, ProviderKind::Openai).is_ok());
        for document in [
            json!({"temperature": "warm", "provider_options": {"openai": {"store": false}}}),
            json!({"wire_api": "telegraph"}),
            json!({"provider_options": "none"}),
            json!({"provider_options": {"openai": []}}),
            json!("none"),
        ] {
            let failure = read_settings(&document, ProviderKind::Openai)
                .err()
                .unwrap();
            assert_eq!(failure.kind, FailureKind::Config, "{document}");
            assert!(!failure.retryable);
            let detail = failure.detail.unwrap();
            assert!(
                detail.starts_with("The stored settings of the model"),
                "{detail}"
            );
        }
    }

    #[test]
    fn nested_prices_win_over_those_at_the_top() {
        let settings = settings(json!({
            "input_price_per_million_tokens": "1",
            "output_price_per_million_tokens": "15",
            "cost": {"input_price_per_million_tokens": 3}
        }));
        let usage = Usage {
            input: Some(1_000),
            output: Some(100),
            ..Usage::default()
        };
        let cost = settings.prices().cost(&usage);
        assert_eq!(cost.unwrap().0, 4_500);
    }

    #[test]
    fn effort_of_the_message_goes_before_the_one_of_the_configuration() {
        let check = |provider, own: Value, of_chat, expected| {
            let options = ProviderOptions::of(provider, &own);
            assert_eq!(effort(of_chat, &options, provider), expected, "{own}");
        };
        let openai = json!({"openai": {"reasoning_effort": "low"}});
        let vercel = json!({"vercel": {"reasoning": {"effort": "xhigh"}}});
        let (low, high) = (Some(Effort::Low), Some(Effort::High));
        check(ProviderKind::Openai, openai.clone(), Some("high"), high);
        check(ProviderKind::Openai, openai.clone(), None, low);
        // Left over from a model of Anthropic.
        check(ProviderKind::Openai, openai, Some("max"), low);
        check(ProviderKind::Vercel, vercel, None, Some(Effort::Xhigh));
        check(ProviderKind::Google, json!({}), Some("high"), None);
    }

    #[test]
    fn model_is_priced_when_input_and_output_are() {
        let input = json!({"input_price_per_million_tokens": "1"});
        let both = json!({
            "output_price_per_million_tokens": "2",
            "cost": {"input_price_per_million_tokens": 0}
        });
        assert!(is_priced(&both));
        for settings in [input, json!({}), Value::Null, json!("none")] {
            assert!(!is_priced(&settings), "{settings}");
        }
    }

    #[test]
    fn older_shape_of_prices_still_loads() {
        let settings = settings(json!({"output_price_per_million_tokens": "2.5"}));
        let usage = Usage {
            output: Some(4),
            ..Usage::default()
        };
        assert_eq!(settings.prices().cost(&usage).unwrap().0, 10);
    }
}
