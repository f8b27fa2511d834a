//! Providers, model configurations and prompts, read once per several seconds (F01).

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use muster_base::limits::{CONFIG_CACHE_LIFE, PROMPT_CACHE_LIFE};
use muster_base::{Cache, Clock, ModelConfigId, ProviderId, UserId};
use muster_bus::{ConfigKind, Delivery, Event, Topic};
use muster_llm::{Failure, FailureKind, LanguageModel, ProviderConfig, ProviderKind};
use muster_rbac::{Actor, Purpose};
use muster_store::compaction_thresholds::{self, Threshold};
use muster_store::model_configs::{self, ModelConfig};
use muster_store::{Error, Store, VaultError, debug_runs, prompts};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// Opens a provider; tests give their own.
pub type Connect =
    Arc<dyn Fn(&ProviderConfig, &Clock) -> Result<Arc<dyn LanguageModel>, Failure> + Send + Sync>;

/// Clients with the configuration that each was opened with.
type Clients = HashMap<(ProviderId, ProviderKind), (ProviderConfig, Arc<dyn LanguageModel>)>;

/// A provider that may be used, with its client or the reason why there is none.
pub struct OpenProvider {
    /// Which provider.
    pub kind: ProviderKind,
    /// Its row; nil where the environment configures it.
    pub id: ProviderId,
    /// Its model client.
    pub model: Result<Arc<dyn LanguageModel>, Failure>,
}

/// What the engine reads for every turn, cached. Values are immutable.
pub struct ConfigCache {
    store: Store,
    connect: Connect,
    presets: Vec<ProviderConfig>,
    providers: Cache<(), Vec<OpenProvider>, Error>,
    configs: Cache<ModelConfigId, Option<ModelConfig>, Error>,
    default_config: Cache<(), Option<ModelConfig>, Error>,
    enabled_configs: Cache<(), Vec<ModelConfig>, Error>,
    prompts: Cache<UserId, String, Error>,
    thresholds: Cache<UserId, Vec<Threshold>, Error>,
    debug: Cache<UserId, bool, Error>,
    /// One client, and so one connection pool, per provider row; kept while it is unchanged.
    clients: Mutex<Clients>,
}

impl ConfigCache {
    pub(crate) fn new(store: Store, connect: Connect, presets: Vec<ProviderConfig>) -> Self {
        let clock = store.clock().clone();
        Self {
            providers: Cache::new(clock.clone(), CONFIG_CACHE_LIFE),
            configs: Cache::new(clock.clone(), CONFIG_CACHE_LIFE),
            default_config: Cache::new(clock.clone(), CONFIG_CACHE_LIFE),
            enabled_configs: Cache::new(clock.clone(), CONFIG_CACHE_LIFE),
            prompts: Cache::new(clock.clone(), PROMPT_CACHE_LIFE),
            thresholds: Cache::new(clock.clone(), CONFIG_CACHE_LIFE),
            debug: Cache::new(clock, CONFIG_CACHE_LIFE),
            clients: Mutex::default(),
            store,
            connect,
            presets,
        }
    }

    /// The providers that are enabled, those of the environment included.
    ///
    /// # Errors
    /// When the database fails. A key that can't be opened is the matter of its provider.
    pub async fn providers(&self) -> Result<Arc<Vec<OpenProvider>>, Arc<Error>> {
        self.providers.get(&(), || self.load_providers()).await
    }

    /// A model configuration, if it is enabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn model_config(
        &self,
        id: ModelConfigId,
    ) -> Result<Arc<Option<ModelConfig>>, Arc<Error>> {
        let load = || async move {
            let found = self
                .store
                .read("cache.model_config", move |tx| {
                    Box::pin(async move { model_configs::get(tx, id).await })
                })
                .await;
            match found {
                Ok(config) => Ok(Some(config).filter(|it| it.enabled && !it.deleted)),
                Err(Error::NotFound { what: _ }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.configs.get(&id, load).await
    }

    /// The default model configuration.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn default_model_config(&self) -> Result<Arc<Option<ModelConfig>>, Arc<Error>> {
        let load = || {
            self.store.read("cache.default_model_config", |tx| {
                Box::pin(async move { model_configs::get_default(tx).await })
            })
        };
        self.default_config.get(&(), load).await
    }

    /// Every model configuration that is enabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enabled_model_configs(&self) -> Result<Arc<Vec<ModelConfig>>, Arc<Error>> {
        let load = || async move {
            let all = self.store.read("cache.enabled_model_configs", |tx| {
                Box::pin(model_configs::list(tx))
            });
            let mut all: Vec<ModelConfig> = all.await?;
            all.retain(|config| config.enabled && !config.deleted);
            Ok(all)
        };
        self.enabled_configs.get(&(), load).await
    }

    /// What a person wants added to every prompt; empty when they said nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user_prompt(&self, user: UserId) -> Result<Arc<String>, Arc<Error>> {
        let load = || async move {
            let read = self.store.read("cache.user_prompt", move |tx| {
                Box::pin(prompts::of_user(tx, user))
            });
            read.await
        };
        self.prompts.get(&user, load).await
    }

    /// At which point a person wants conversations summarised, for the models they said.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn compaction_thresholds(
        &self,
        user: UserId,
    ) -> Result<Arc<Vec<Threshold>>, Arc<Error>> {
        let load = || {
            self.store.read("cache.compaction_thresholds", move |tx| {
                Box::pin(compaction_thresholds::list(tx, user))
            })
        };
        self.thresholds.get(&user, load).await
    }

    /// Whether what the models of a person's chats are sent and answer is kept.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn keeps_attempts(&self, user: UserId) -> Result<Arc<bool>, Arc<Error>> {
        let load = || {
            self.store.read("cache.debug_logging", move |tx| {
                Box::pin(debug_runs::is_on(tx, user))
            })
        };
        self.debug.get(&user, load).await
    }

    async fn load_providers(&self) -> Result<Vec<OpenProvider>, Error> {
        let worker = Actor::system(Purpose::ChatWorker);
        let rows = self.store.providers_with_keys(&worker).await?;
        let mut open = Vec::with_capacity(rows.len());
        let mut stored = Vec::with_capacity(rows.len());
        for (row, api_key) in rows {
            // A provider of a newer version is none of ours.
            let Ok(kind) = row.provider.parse() else {
                continue;
            };
            stored.push(kind);
            if !row.enabled {
                continue;
            }
            let id = row.id;
            let api_key = match api_key {
                Ok(api_key) => api_key,
                Err(error) => {
                    let model = Err(unopened(kind, error));
                    open.push(OpenProvider { kind, id, model });
                    continue;
                }
            };
            let config = ProviderConfig {
                kind,
                base_url: row.base_url,
                api_key,
                region: row.region,
            };
            let preset = self.presets.iter().find(|preset| preset.kind == kind);
            let config = match preset {
                Some(preset) => config.or(preset),
                None => config,
            };
            let model = self.client(id, config);
            open.push(OpenProvider { kind, id, model });
        }
        for preset in &self.presets {
            // What an administrator has stored decides, also that a provider is off.
            if !stored.contains(&preset.kind) {
                let id = ProviderId::NIL;
                open.push(OpenProvider {
                    kind: preset.kind,
                    id,
                    model: self.client(id, preset.clone()),
                });
            }
        }
        Ok(open)
    }

    fn client(
        &self,
        id: ProviderId,
        config: ProviderConfig,
    ) -> Result<Arc<dyn LanguageModel>, Failure> {
        let key = (id, config.kind);
        let mut clients = self.clients.lock();
        if let Some((known, client)) = clients.get(&key)
            && *known == config
        {
            return Ok(Arc::clone(client));
        }
        let client = (self.connect)(&config, self.store.clock())?;
        clients.insert(key, (config, Arc::clone(&client)));
        Ok(client)
    }

    /// Forgets what administrators change, until the drain.
    pub(crate) async fn follow_changes(&self, drain: &CancellationToken) {
        let changes = self.store.bus().subscribe([Topic::ConfigChange]);
        loop {
            let delivery = tokio::select! {
                () = drain.cancelled() => return,
                delivery = changes.recv() => delivery,
            };
            match delivery {
                Delivery::Resync => self.invalidate_all(),
                Delivery::Event(event) => {
                    if let Event::ConfigChange { kind, entity_id } = *event {
                        self.invalidate(kind, entity_id);
                    }
                }
            }
        }
    }

    fn invalidate(&self, kind: ConfigKind, entity_id: impl Into<uuid::Uuid>) {
        let entity_id = entity_id.into();
        match kind {
            ConfigKind::Providers => self.providers.invalidate(&()),
            ConfigKind::ModelConfig => {
                self.configs.invalidate(&ModelConfigId(entity_id));
                self.default_config.invalidate(&());
                self.enabled_configs.invalidate(&());
            }
            ConfigKind::UserPrompt => {
                self.prompts.invalidate(&UserId(entity_id));
                self.thresholds.invalidate(&UserId(entity_id));
            }
            // One person's or everybody's: rare enough to forget all.
            ConfigKind::DebugLogging => self.debug.invalidate_all(),
            ConfigKind::McpServer => {}
        }
    }

    fn invalidate_all(&self) {
        self.providers.invalidate_all();
        self.configs.invalidate_all();
        self.default_config.invalidate_all();
        self.enabled_configs.invalidate_all();
        self.prompts.invalidate_all();
        self.thresholds.invalidate_all();
        self.debug.invalidate_all();
    }
}

/// A stored key that this deployment's keys do not open. The environment's key does not step
/// in for it: an administrator wanted another.
fn unopened(kind: ProviderKind, error: VaultError) -> Failure {
    tracing::warn!(
        provider = kind.as_str(),
        error = &error as &dyn std::error::Error,
        "a provider's stored key can't be opened"
    );
    let detail = format!("The stored key can't be opened: {error}. Store it again.");
    Failure::of(FailureKind::MissingKey, Some(kind)).with_detail(&detail)
}

impl fmt::Debug for ConfigCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigCache").finish_non_exhaustive()
    }
}

impl fmt::Debug for OpenProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenProvider({})", self.kind)
    }
}
