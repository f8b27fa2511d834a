//! One configured provider, and the door from there to a model.

use std::sync::Arc;

use muster_base::{Clock, Secret};
use reqwest::Url;

use super::ProviderKind;
use crate::auth::Auth;
use crate::codec::Codec;
use crate::failure::{Failure, FailureKind};
use crate::model::LanguageModel;
use crate::openai::ByModel;
use crate::openai::chat::{ChatCompletions, Dialect};
use crate::transport::{Endpoint, HttpModel, build_client, list_models, prove};
use crate::{anthropic, azure, bedrock, gemini};

/// One configured provider: what a transport needs and nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderConfig {
    /// Which provider.
    pub kind: ProviderKind,
    /// Where it is; `None` or blank is the provider's default.
    pub base_url: Option<String>,
    /// The key; may be absent for an `openai-compat` server that asks for none. For Bedrock
    /// either a bearer key or `access key id:secret key[:session token]`.
    pub api_key: Option<Secret>,
    /// The region of Bedrock; nobody else has one.
    pub region: Option<String>,
}

impl ProviderConfig {
    /// Opens the provider: one client, and so one connection pool, per configuration.
    ///
    /// # Errors
    /// [`FailureKind::MissingKey`] or [`FailureKind::ProviderDisabled`] when the configuration
    /// cannot work, without any request.
    pub fn connect(&self, clock: &Clock) -> Result<Arc<dyn LanguageModel>, Failure> {
        Ok(Arc::new(HttpModel::new(self.endpoint(clock)?)))
    }

    /// The provider's own list of models.
    ///
    /// # Errors
    /// Like any model call.
    pub async fn models(&self, clock: &Clock) -> Result<Vec<String>, Failure> {
        list_models(&self.endpoint(clock)?).await
    }

    /// Asks the provider something cheap that only a right key is answered, at the address
    /// that will be used: how a configuration is checked before it is saved.
    ///
    /// # Errors
    /// Like any model call; a wrong key is [`FailureKind::Auth`].
    pub async fn prove(&self, clock: &Clock) -> Result<(), Failure> {
        prove(&self.endpoint(clock)?).await
    }

    /// The wire format, which needs neither address nor key.
    pub(crate) fn codec(&self) -> Result<Box<dyn Codec>, Failure> {
        Ok(match self.kind {
            ProviderKind::Anthropic => Box::new(anthropic::Messages),
            ProviderKind::Azure => Box::new(ByModel(Dialect::Azure)),
            ProviderKind::Bedrock => Box::new(bedrock::Invoke),
            ProviderKind::Google => Box::new(gemini::GenerateContent),
            ProviderKind::Openai => Box::new(ByModel(Dialect::Openai)),
            ProviderKind::OpenaiCompat => Box::new(ChatCompletions(Dialect::Compat)),
            ProviderKind::Openrouter => Box::new(ChatCompletions(Dialect::Openrouter)),
            ProviderKind::Vercel => Box::new(ChatCompletions(Dialect::Vercel)),
        })
    }

    fn endpoint(&self, clock: &Clock) -> Result<Endpoint, Failure> {
        let codec = self.codec()?;
        let base_url = self.parsed_base_url()?;
        let client = build_client(&base_url, clock)
            .map_err(|error| self.unusable(&format!("no client: {error}")))?;
        Ok(Endpoint {
            provider: self.kind,
            codec,
            client,
            clock: clock.clone(),
            base_url,
            auth: Auth::of(self)?,
        })
    }

    /// This configuration, or `preset` where this one names neither key nor address. A key
    /// of the environment never goes to an address that was stored without one.
    #[must_use]
    pub fn or(self, preset: &Self) -> Self {
        let base_url = self.base_url.as_deref().unwrap_or_default();
        if self.key().is_none() && base_url.trim().is_empty() {
            return preset.clone();
        }
        self
    }

    /// Whether requests go to the same scheme, host and port as those of `other`, so that
    /// whoever gets them has its key already. No address is nobody's.
    #[must_use]
    pub fn asks_the_server_of(&self, other: &Self) -> bool {
        let Ok(own) = self.parsed_base_url() else {
            return true;
        };
        other
            .parsed_base_url()
            .is_ok_and(|other| own.origin() == other.origin())
    }

    pub(crate) fn unusable(&self, detail: &str) -> Failure {
        Failure::of(FailureKind::ProviderDisabled, Some(self.kind)).with_detail(detail)
    }

    fn parsed_base_url(&self) -> Result<Url, Failure> {
        let own = self.base_url.as_deref().map(str::trim);
        let own = own.filter(|url| !url.is_empty());
        let url = match own.or_else(|| self.kind.default_base_url()) {
            Some(text) => Url::parse(text).ok(),
            None if self.kind == ProviderKind::Bedrock => bedrock::address(self.region()?),
            None => return Err(self.unusable("the provider needs a base URL")),
        };
        let url = url
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| self.unusable("the base URL is not an http or https address"))?;
        Ok(match self.kind {
            ProviderKind::Azure => azure::normalised(url),
            ProviderKind::Anthropic
            | ProviderKind::Bedrock
            | ProviderKind::Google
            | ProviderKind::Openai
            | ProviderKind::OpenaiCompat
            | ProviderKind::Openrouter
            | ProviderKind::Vercel => url,
        })
    }

    /// The region, which becomes part of a host name.
    pub(crate) fn region(&self) -> Result<&str, Failure> {
        let region = self.region.as_deref().map(str::trim).unwrap_or_default();
        let is_label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if region.is_empty() || !region.chars().all(is_label) {
            return Err(self.unusable("the provider needs a region, such as us-east-1"));
        }
        Ok(region)
    }

    /// The key, unless it is blank.
    pub(crate) fn key(&self) -> Option<&str> {
        let key = self.api_key.as_ref().map(|key| key.expose().trim());
        key.filter(|key| !key.is_empty())
    }
}
