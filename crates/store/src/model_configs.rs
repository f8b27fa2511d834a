//! The models that people may choose. Exactly one enabled config is the default.

use std::sync::Arc;

use muster_base::{Micros, ModelConfigId};
use muster_bus::{ConfigKind, Event};
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};
use serde_json::Value as Json;

use crate::{Error, Row, Store, Tx, params};

/// One configured model.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct ModelConfig {
    pub id: ModelConfigId,
    pub provider: String,
    pub model: String,
    pub display_name: String,
    pub enabled: bool,
    pub is_default: bool,
    pub context_limit: i64,
    pub compression_threshold: i64,
    /// How the model is called: the API's `model_config` document.
    pub settings: Json,
    pub deleted: bool,
    pub created_at: Micros,
    pub updated_at: Micros,
}

/// What changes; `None` keeps.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct ModelConfigChange {
    pub provider: Option<String>,
    pub model: Option<String>,
    pub display_name: Option<String>,
    pub enabled: Option<bool>,
    pub is_default: Option<bool>,
    pub context_limit: Option<i64>,
    pub compression_threshold: Option<i64>,
    pub settings: Option<Json>,
}

const CONFIG: Object = Object::of(ResourceKind::DeploymentConfig);
const CATALOGUE: Object = Object::of(ResourceKind::ModelCatalogue);

fn from_row(row: &Row) -> Result<ModelConfig, Error> {
    Ok(ModelConfig {
        id: row.get("id")?,
        provider: row.get("provider")?,
        model: row.get("model")?,
        display_name: row.get("display_name")?,
        enabled: row.get("enabled")?,
        is_default: row.get("is_default")?,
        context_limit: row.get("context_limit")?,
        compression_threshold: row.get("compression_threshold")?,
        settings: row.get("settings")?,
        deleted: row.get("deleted")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// A config by id, deleted or not: old chats still name it.
///
/// # Errors
/// `NotFound`, or a failing database.
pub async fn get(tx: &mut Tx<'_>, id: ModelConfigId) -> Result<ModelConfig, Error> {
    from_row(
        &tx.query_one(query!("model_configs/get_by_id"), &params![id])
            .await?,
    )
}

/// The default config, if any config is enabled.
///
/// # Errors
/// A failing database.
pub async fn get_default(tx: &mut Tx<'_>) -> Result<Option<ModelConfig>, Error> {
    let row = tx
        .query_opt(query!("model_configs/get_default"), &[])
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// The living configs, oldest first.
///
/// # Errors
/// A failing database.
pub async fn list(tx: &mut Tx<'_>) -> Result<Vec<ModelConfig>, Error> {
    let rows = tx.query(query!("model_configs/list_all"), &[]).await?;
    rows.iter().map(from_row).collect()
}

async fn insert(tx: &mut Tx<'_>, config: &ModelConfig) -> Result<(), Error> {
    let now = tx.now();
    let values = params![
        config.id,
        config.provider.as_str(),
        config.model.as_str(),
        config.display_name.as_str(),
        config.enabled,
        config.is_default,
        config.context_limit,
        config.compression_threshold,
        &config.settings,
        now,
    ];
    tx.execute(query!("model_configs/insert"), &values).await?;
    Ok(())
}

async fn update(tx: &mut Tx<'_>, config: &ModelConfig) -> Result<(), Error> {
    let now = tx.now();
    let values = params![
        config.id,
        config.provider.as_str(),
        config.model.as_str(),
        config.display_name.as_str(),
        config.enabled,
        config.is_default,
        config.context_limit,
        config.compression_threshold,
        &config.settings,
        config.deleted,
        now,
    ];
    tx.execute(query!("model_configs/update_settings"), &values)
        .await?;
    Ok(())
}

/// Writes one config and keeps the rule: exactly one default among the enabled ones.
///
/// Whoever wants to be the default is; a default that is disabled or deleted hands over to
/// the oldest enabled one; without a default the config itself steps in.
async fn save(tx: &mut Tx<'_>, mut config: ModelConfig, write: Write) -> Result<(), Error> {
    // All rows are locked: the rule is about all of them.
    let rows = tx.query(query!("model_configs/lock_all"), &[]).await?;
    let others: Result<Vec<_>, _> = rows.iter().map(from_row).collect();
    let others: Vec<_> = others?
        .into_iter()
        .filter(|other| other.id != config.id)
        .collect();
    let usable = config.enabled && !config.deleted;
    let other_default = others.iter().any(|other| other.is_default);
    config.is_default = usable && (config.is_default || !other_default);
    if config.is_default {
        let now = tx.now();
        tx.execute(query!("model_configs/update_no_default"), &params![now])
            .await?;
    }
    match write {
        Write::Insert => insert(tx, &config).await?,
        Write::Update => update(tx, &config).await?,
    }
    if !config.is_default
        && !other_default
        && let Some(heir) = others.into_iter().find(|other| other.enabled)
    {
        let id = heir.id;
        let heir = ModelConfig {
            is_default: true,
            ..heir
        };
        update(tx, &heir).await?;
        tx.notify(changed(id));
    }
    tx.notify(changed(config.id));
    Ok(())
}

#[derive(Clone, Copy)]
enum Write {
    Insert,
    Update,
}

const fn changed(id: ModelConfigId) -> Event {
    Event::ConfigChange {
        kind: ConfigKind::ModelConfig,
        entity_id: id.0,
    }
}

impl ModelConfig {
    fn changed_by(self, change: &ModelConfigChange) -> Self {
        let ModelConfigChange {
            provider,
            model,
            display_name,
            enabled,
            is_default,
            context_limit,
            compression_threshold,
            settings,
        } = change.clone();
        Self {
            provider: provider.unwrap_or(self.provider),
            model: model.unwrap_or(self.model),
            display_name: display_name.unwrap_or(self.display_name),
            enabled: enabled.unwrap_or(self.enabled),
            is_default: is_default.unwrap_or(self.is_default),
            context_limit: context_limit.unwrap_or(self.context_limit),
            compression_threshold: compression_threshold.unwrap_or(self.compression_threshold),
            settings: settings.unwrap_or(self.settings),
            ..self
        }
    }
}

impl Store {
    /// Every living config.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn list_model_configs(&self, actor: &Actor) -> Result<Vec<ModelConfig>, Error> {
        authorize(actor, Action::Read, &CONFIG)?;
        self.read("model_config.list", |tx| Box::pin(list(tx)))
            .await
    }

    /// The enabled configs: what a picker offers.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn list_enabled_model_configs(
        &self,
        actor: &Actor,
    ) -> Result<Vec<ModelConfig>, Error> {
        authorize(actor, Action::Read, &CATALOGUE)?;
        let all = self.read("model_config.list_enabled", |tx| Box::pin(list(tx)));
        let all: Result<Vec<_>, Error> = all.await;
        Ok(all?.into_iter().filter(|config| config.enabled).collect())
    }

    /// One config, deleted or not.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn get_model_config(
        &self,
        actor: &Actor,
        id: ModelConfigId,
    ) -> Result<ModelConfig, Error> {
        authorize(actor, Action::Read, &CATALOGUE)?;
        self.read("model_config.get", move |tx| Box::pin(get(tx, id)))
            .await
    }

    /// The default config, if any config is enabled.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn default_model_config(&self, actor: &Actor) -> Result<Option<ModelConfig>, Error> {
        authorize(actor, Action::Read, &CATALOGUE)?;
        self.read("model_config.get_default", |tx| Box::pin(get_default(tx)))
            .await
    }

    /// Adds a config; the first enabled one becomes the default.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn create_model_config(
        &self,
        actor: &Actor,
        config: ModelConfig,
    ) -> Result<ModelConfig, Error> {
        authorize(actor, Action::Update, &CONFIG)?;
        let config = Arc::new(config);
        self.write("model_config.create", move |tx| {
            let config = ModelConfig::clone(&config);
            Box::pin(async move {
                let id = config.id;
                save(tx, config, Write::Insert).await?;
                get(tx, id).await
            })
        })
        .await
    }

    /// Changes a config.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn update_model_config(
        &self,
        actor: &Actor,
        id: ModelConfigId,
        change: ModelConfigChange,
    ) -> Result<ModelConfig, Error> {
        authorize(actor, Action::Update, &CONFIG)?;
        let change = Arc::new(change);
        self.write("model_config.update", move |tx| {
            let change = Arc::clone(&change);
            Box::pin(async move {
                let config = living(tx, id).await?.changed_by(&change);
                save(tx, config, Write::Update).await?;
                get(tx, id).await
            })
        })
        .await
    }

    /// Deletes a config. Its row stays, because old messages name it.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn delete_model_config(&self, actor: &Actor, id: ModelConfigId) -> Result<(), Error> {
        authorize(actor, Action::Update, &CONFIG)?;
        self.write("model_config.delete", move |tx| {
            Box::pin(async move {
                let mut config = living(tx, id).await?;
                config.deleted = true;
                save(tx, config, Write::Update).await
            })
        })
        .await
    }
}

async fn living(tx: &mut Tx<'_>, id: ModelConfigId) -> Result<ModelConfig, Error> {
    let config = get(tx, id).await?;
    if config.deleted {
        return Err(Error::NotFound {
            what: "model config",
        });
    }
    Ok(config)
}
