//! Providers, model configs and the catalogue that a picker shows.

use std::collections::BTreeMap;

use muster_base::Patch;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{SecretText, Time};

/// Where a provider's settings come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ProviderSource {
    /// Stored by an administrator.
    Database,
    /// Given to the server by its environment.
    EnvPreset,
    /// Known to Muster, not configured yet.
    Supported,
}

/// A provider, without its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Provider {
    /// The nil id when it is not stored.
    pub id: Uuid,
    pub provider: String,
    pub display_name: String,
    pub enabled: bool,
    pub has_api_key: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Where a provider with regions runs models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    pub source: ProviderSource,
    pub created_at: Time,
    pub updated_at: Time,
}

/// Configures a provider.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct CreateProviderRequest {
    pub provider: String,
    #[serde(default)]
    pub display_name: Option<String>,
    /// Stored encrypted, never shown again.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub api_key: Option<SecretText>,
    #[serde(default)]
    pub base_url: Option<String>,
    /// Bedrock only, such as `us-east-1`.
    #[serde(default)]
    pub region: Option<String>,
    #[serde(default)]
    pub enabled: Option<bool>,
    /// Takes key and address from the server's environment, as `GET /chats/providers/offers`
    /// lists them; the request names neither then.
    #[serde(default)]
    pub environment_key: Option<bool>,
}

/// A key in the server's environment that nobody uses yet. The key itself is never shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct KeyOffer {
    pub provider: String,
    pub display_name: String,
    /// The variable that holds it.
    pub variable: String,
    /// Where it would be sent.
    pub destination: String,
}

/// A server of models that answers on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LocalOffer {
    /// Such as `Ollama`.
    pub name: String,
    /// For a provider `openai-compat`.
    pub base_url: String,
    /// The models that it has, as it calls them.
    pub models: Vec<String>,
}

/// What could be used without typing a key. Nothing of it is used before somebody says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ProviderOffers {
    pub keys: Vec<KeyOffer>,
    pub local: Vec<LocalOffer>,
}

/// Changes a provider: null or absent keeps, empty text clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct UpdateProviderRequest {
    #[serde(default)]
    pub display_name: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub api_key: Option<SecretText>,
    #[serde(default)]
    pub base_url: Option<String>,
    /// Bedrock only, such as `us-east-1`.
    #[serde(default)]
    pub region: Option<String>,
    #[serde(default)]
    pub enabled: Option<bool>,
}

/// Price per million tokens in USD, as decimal text or number.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ModelCost {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_price_per_million_tokens: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_price_per_million_tokens: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read_price_per_million_tokens: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_price_per_million_tokens: Option<Value>,
    /// What else was said, so that it can be refused by name.
    #[serde(flatten, skip_serializing)]
    #[schema(ignore)]
    #[cfg_attr(feature = "ts", ts(skip))]
    pub other: BTreeMap<String, Value>,
}

/// Which of OpenAI's formats a model is asked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum WireApi {
    Responses,
    ChatCompletions,
}

/// How the model is called.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ModelSettings {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_k: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence_penalty: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency_penalty: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<ModelCost>,
    /// OpenAI and Azure: the format, where the model's name should not decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wire_api: Option<WireApi>,
    /// Settings of one provider, under its own name; `GET /chats/model-configs/schema` lists
    /// them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub provider_options: Option<Value>,
    /// Prices in their older place beside `cost`, and what is not known at all.
    #[serde(flatten, skip_serializing)]
    #[schema(ignore)]
    #[cfg_attr(feature = "ts", ts(skip))]
    pub other: BTreeMap<String, Value>,
}

/// What `model_config` may say, by provider. The admin form is made from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ModelConfigSchema {
    pub providers: Vec<ProviderSchema>,
}

/// What `model_config` may say for one provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ProviderSchema {
    pub provider: String,
    pub display_name: String,
    /// The formats in which the provider may be asked.
    pub wires: Vec<String>,
    /// Names of models that are asked in `responses` begin with one of these; all others are
    /// asked in `chat_completions`. Empty where there is one format.
    pub responses_prefixes: Vec<String>,
    /// The fields of `model_config` itself.
    pub fields: Vec<SettingField>,
    /// The key of the provider's own options in `provider_options`.
    pub options_key: String,
    /// The fields below that key.
    pub options: Vec<SettingField>,
    pub rules: Vec<SettingRule>,
}

/// What a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SettingKind {
    Flag,
    /// One line.
    Text,
    /// Several lines.
    Paragraph,
    /// One of `choices`.
    Choice,
    /// A whole number.
    Whole,
    Number,
    /// USD, as decimal text or number.
    Price,
    /// A list of words.
    Texts,
    /// A list out of `choices`.
    Choices,
    /// A list of host names.
    Domains,
    /// Names with a text each.
    TextMap,
    /// Names with a number each.
    NumberMap,
    /// An object of `fields`.
    Object,
    /// A list of objects of `fields`.
    Objects,
    /// Any JSON object without the keys in `forbidden`.
    Json,
}

/// One setting of a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SettingField {
    pub name: String,
    pub kind: SettingKind,
    /// One sentence.
    pub help: String,
    pub required: bool,
    /// The formats that carry it; a setting that the model's format lacks is refused.
    pub wires: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
    /// Characters of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbidden: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub fields: Vec<Self>,
}

/// How two of a provider's options depend on each other, by their dotted paths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SettingRule {
    /// At most one of them.
    NotBoth { one: String, other: String },
    /// `field` only where `needs` is on.
    Needs { field: String, needs: String },
}

/// A configured model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ModelConfig {
    pub id: Uuid,
    pub provider: String,
    pub model: String,
    pub display_name: String,
    pub enabled: bool,
    pub is_default: bool,
    pub context_limit: i64,
    pub compression_threshold: i64,
    pub model_config: ModelSettings,
    pub created_at: Time,
    pub updated_at: Time,
}

/// Adds a model.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct CreateModelConfigRequest {
    pub provider: String,
    pub model: String,
    #[serde(default)]
    pub display_name: Option<String>,
    #[serde(default)]
    pub enabled: Option<bool>,
    #[serde(default)]
    pub is_default: Option<bool>,
    pub context_limit: i64,
    #[serde(default)]
    pub compression_threshold: Option<i64>,
    #[serde(default)]
    pub model_config: Option<ModelSettings>,
}

/// Changes a model; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct UpdateModelConfigRequest {
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    #[cfg_attr(feature = "ts", ts(as = "Option<String>"))]
    pub provider: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    #[cfg_attr(feature = "ts", ts(as = "Option<String>"))]
    pub model: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    #[cfg_attr(feature = "ts", ts(as = "Option<String>"))]
    pub display_name: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    #[cfg_attr(feature = "ts", ts(as = "Option<bool>"))]
    pub enabled: Patch<bool>,
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    #[cfg_attr(feature = "ts", ts(as = "Option<bool>"))]
    pub is_default: Patch<bool>,
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    #[cfg_attr(feature = "ts", ts(as = "Option<i64>"))]
    pub context_limit: Patch<i64>,
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    #[cfg_attr(feature = "ts", ts(as = "Option<i64>"))]
    pub compression_threshold: Patch<i64>,
    #[serde(default)]
    #[schema(value_type = Option<ModelSettings>)]
    #[cfg_attr(feature = "ts", ts(as = "Option<ModelSettings>"))]
    pub model_config: Patch<ModelSettings>,
}

/// Why a provider's models cannot be used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum UnavailableReason {
    MissingApiKey,
    FetchFailed,
}

/// The enabled models, by provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ModelCatalogue {
    pub providers: Vec<CatalogueProvider>,
    /// While no model can be used: the names of those who can mend that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub administrators: Vec<String>,
}

/// One provider of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CatalogueProvider {
    pub provider: String,
    pub display_name: String,
    pub available: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable_reason: Option<UnavailableReason>,
    pub models: Vec<CatalogueModel>,
}

/// One model of the catalogue: everything a picker shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CatalogueModel {
    /// `provider:model`.
    pub id: String,
    pub provider: String,
    pub model: String,
    pub display_name: String,
    pub model_config_id: Uuid,
    pub is_default: bool,
    /// Tokens.
    pub context_limit: i64,
    /// Percent of the context at which earlier messages are summarised, unless a person has a
    /// threshold of their own; 100 is never.
    pub compression_threshold: i64,
    /// The values of `reasoning_effort` that a message may ask for, rising; empty when the model
    /// takes none.
    pub reasoning_efforts: Vec<String>,
}
