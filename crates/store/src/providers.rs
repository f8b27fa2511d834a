//! Model providers. Their keys are sealed; only the chat worker may have them opened.

use std::sync::Arc;

use muster_base::{Micros, ProviderId, Secret};
use muster_bus::{ConfigKind, Event};
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};

use crate::{Error, Place, Row, Store, Tx, VaultError, params};

/// One configured provider, without its key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct Provider {
    pub id: ProviderId,
    pub provider: String,
    pub display_name: String,
    pub enabled: bool,
    pub base_url: Option<String>,
    pub region: Option<String>,
    pub has_api_key: bool,
    pub created_at: Micros,
    pub updated_at: Micros,
}

/// A provider to be written.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct NewProvider {
    pub id: ProviderId,
    pub provider: String,
    pub display_name: String,
    pub enabled: bool,
    pub base_url: Option<String>,
    pub region: Option<String>,
    pub api_key: Option<Secret>,
}

/// What changes; `None` keeps, an empty text clears.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct ProviderChange {
    pub display_name: Option<String>,
    pub enabled: Option<bool>,
    pub base_url: Option<String>,
    pub region: Option<String>,
    pub api_key: Option<Secret>,
}

/// A provider's key, or why it does not open: an error of this one row, not of the list.
pub type OpenedKey = Result<Option<Secret>, VaultError>;

/// A provider can't be changed.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It is configured already.
    #[error("the provider is configured already")]
    Exists,
    /// Enabled model configs need it.
    #[error("enabled model configs use the provider")]
    InUse,
    /// It cannot do without a base URL.
    #[error("the provider needs a base URL")]
    NeedsBaseUrl,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

const CONFIG: Object = Object::of(ResourceKind::DeploymentConfig);

fn from_row(row: &Row) -> Result<Provider, Error> {
    let sealed: Option<Vec<u8>> = row.get("sealed_api_key")?;
    Ok(Provider {
        id: row.get("id")?,
        provider: row.get("provider")?,
        display_name: row.get("display_name")?,
        enabled: row.get("enabled")?,
        base_url: row.get("base_url")?,
        region: row.get("region")?,
        has_api_key: sealed.is_some(),
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

fn place(id: &str) -> Place<'_> {
    Place {
        table: "providers",
        column: "sealed_api_key",
        row: id,
    }
}

fn seal(tx: &Tx<'_>, id: ProviderId, key: Option<&Secret>) -> Result<Option<Vec<u8>>, Error> {
    let key = key.map(|key| key.expose().as_bytes());
    let key = key.filter(|bytes| !bytes.is_empty());
    let sealed = key.map(|bytes| tx.vault().seal(&place(&id.to_string()), bytes));
    Ok(sealed.transpose()?)
}

fn open_key(tx: &Tx<'_>, row: &Row) -> Result<OpenedKey, Error> {
    let sealed: Option<Vec<u8>> = row.get("sealed_api_key")?;
    let id: ProviderId = row.get("id")?;
    let id = id.to_string();
    let key = sealed.map(|sealed| tx.vault().open_text(&place(&id), &sealed));
    Ok(key.transpose())
}

/// Seals every key again that is not sealed with the ring's first key.
///
/// # Errors
/// A key that does not open, or a failing database.
pub(crate) async fn reseal(tx: &mut Tx<'_>) -> Result<u64, Error> {
    let rows = tx.query(query!("providers/list_sealed"), &[]).await?;
    let mut count = 0;
    for row in rows {
        let id: ProviderId = row.get("id")?;
        let sealed: Vec<u8> = row.get("sealed_api_key")?;
        let fresh = tx.vault().reseal(&place(&id.to_string()), &sealed)?;
        if let Some(fresh) = fresh {
            let statement = query!("providers/update_sealed_api_key");
            tx.execute(statement, &params![id, fresh]).await?;
            count += 1;
        }
    }
    Ok(count)
}

/// A configured provider by its name.
///
/// # Errors
/// A failing database.
pub async fn get_by_provider(tx: &mut Tx<'_>, provider: &str) -> Result<Option<Provider>, Error> {
    let statement = query!("providers/get_by_provider");
    let row = tx.query_opt(statement, &params![provider]).await?;
    row.as_ref().map(from_row).transpose()
}

async fn update(
    tx: &mut Tx<'_>,
    id: ProviderId,
    change: &ProviderChange,
    needs_base_url: bool,
) -> Result<Provider, ProviderError> {
    let row = tx
        .query_one(query!("providers/lock_by_id"), &params![id])
        .await?;
    let old = from_row(&row)?;
    let sealed = match &change.api_key {
        Some(key) => seal(tx, id, Some(key))?,
        None => row.get("sealed_api_key")?,
    };
    let base_url = change.base_url.clone().or_else(|| old.base_url.clone());
    let base_url = base_url.filter(|url| !url.is_empty());
    if needs_base_url && base_url.is_none() {
        return Err(ProviderError::NeedsBaseUrl);
    }
    let region = change.region.clone().or_else(|| old.region.clone());
    let region = region.filter(|region| !region.is_empty());
    let now = tx.now();
    let values = params![
        id,
        change
            .display_name
            .clone()
            .unwrap_or_else(|| old.display_name.clone()),
        change.enabled.unwrap_or(old.enabled),
        base_url,
        sealed,
        region,
        now,
    ];
    tx.execute(query!("providers/update_settings"), &values)
        .await?;
    tx.notify(changed(id));
    let row = tx
        .query_one(query!("providers/lock_by_id"), &params![id])
        .await?;
    Ok(from_row(&row)?)
}

const fn changed(id: ProviderId) -> Event {
    Event::ConfigChange {
        kind: ConfigKind::Providers,
        entity_id: id.0,
    }
}

impl Store {
    /// Every configured provider.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn list_providers(&self, actor: &Actor) -> Result<Vec<Provider>, Error> {
        authorize(actor, Action::Read, &CONFIG)?;
        self.read("provider.list", |tx| {
            Box::pin(async move {
                let rows = tx.query(query!("providers/list_all"), &[]).await?;
                rows.iter().map(from_row).collect()
            })
        })
        .await
    }

    /// The providers as the catalogue of models shows them: nothing but names and states.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn list_catalogue_providers(&self, actor: &Actor) -> Result<Vec<Provider>, Error> {
        authorize(
            actor,
            Action::Read,
            &Object::of(ResourceKind::ModelCatalogue),
        )?;
        self.read("provider.list_catalogue", |tx| {
            Box::pin(async move {
                let rows = tx.query(query!("providers/list_all"), &[]).await?;
                rows.iter().map(from_row).collect()
            })
        })
        .await
    }

    /// The providers with the keys of the enabled ones opened: for the chat worker.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn providers_with_keys(
        &self,
        actor: &Actor,
    ) -> Result<Vec<(Provider, OpenedKey)>, Error> {
        authorize(actor, Action::Use, &CONFIG)?;
        self.read("provider.list_with_keys", |tx| {
            Box::pin(async move {
                let rows = tx.query(query!("providers/list_all"), &[]).await?;
                let with_key = |row: &Row| {
                    let provider = from_row(row)?;
                    let key = match provider.enabled {
                        true => open_key(tx, row)?,
                        false => Ok(None),
                    };
                    Ok((provider, key))
                };
                rows.iter().map(with_key).collect()
            })
        })
        .await
    }

    /// Whether the provider could be configured now: what is looked at before its key is
    /// tried.
    ///
    /// # Errors
    /// `Exists`, not allowed, or a failing database.
    pub async fn check_new_provider(
        &self,
        actor: &Actor,
        provider: String,
    ) -> Result<(), ProviderError> {
        authorize(actor, Action::Update, &CONFIG).map_err(Error::from)?;
        let found = self
            .read("provider.check_new", move |tx| {
                let provider = provider.clone();
                Box::pin(async move { get_by_provider(tx, &provider).await })
            })
            .await?;
        match found {
            Some(_) => Err(ProviderError::Exists),
            None => Ok(()),
        }
    }

    /// A provider with its key opened: for whoever may change it, to try a change first.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn provider_to_change(
        &self,
        actor: &Actor,
        id: ProviderId,
    ) -> Result<(Provider, OpenedKey), Error> {
        authorize(actor, Action::Update, &CONFIG)?;
        self.read("provider.get_to_change", move |tx| {
            Box::pin(async move {
                let row = tx
                    .query_one(query!("providers/get_by_id"), &params![id])
                    .await?;
                Ok((from_row(&row)?, open_key(tx, &row)?))
            })
        })
        .await
    }

    /// Configures a provider.
    ///
    /// # Errors
    /// `Exists`, not allowed, or a failing database.
    pub async fn create_provider(
        &self,
        actor: &Actor,
        provider: NewProvider,
    ) -> Result<Provider, ProviderError> {
        authorize(actor, Action::Update, &CONFIG).map_err(Error::from)?;
        let new = Arc::new(provider);
        self.write("provider.create", move |tx| {
            let new = Arc::clone(&new);
            Box::pin(async move {
                if get_by_provider(tx, &new.provider).await?.is_some() {
                    return Err(ProviderError::Exists);
                }
                let sealed = seal(tx, new.id, new.api_key.as_ref())?;
                let now = tx.now();
                let values = params![
                    new.id,
                    new.provider.as_str(),
                    new.display_name.as_str(),
                    new.enabled,
                    new.base_url.clone(),
                    sealed,
                    new.region.clone(),
                    now,
                ];
                tx.execute(query!("providers/insert"), &values).await?;
                tx.notify(changed(new.id));
                let made = get_by_provider(tx, &new.provider).await?;
                Ok(made.ok_or(Error::NotFound { what: "provider" })?)
            })
        })
        .await
    }

    /// Changes a provider. `needs_base_url` names the providers that have no address of
    /// their own.
    ///
    /// # Errors
    /// `NeedsBaseUrl`, not found, not allowed, or a failing database.
    pub async fn update_provider(
        &self,
        actor: &Actor,
        id: ProviderId,
        change: ProviderChange,
        needs_base_url: fn(&str) -> bool,
    ) -> Result<Provider, ProviderError> {
        authorize(actor, Action::Update, &CONFIG).map_err(Error::from)?;
        let change = Arc::new(change);
        self.write("provider.update", move |tx| {
            let change = Arc::clone(&change);
            Box::pin(async move {
                let row = tx
                    .query_one(query!("providers/lock_by_id"), &params![id])
                    .await?;
                let name: String = row.get("provider").map_err(ProviderError::Store)?;
                update(tx, id, &change, needs_base_url(&name)).await
            })
        })
        .await
    }

    /// Removes a provider. `covered` names the providers that the environment configures
    /// too, whose models go on working.
    ///
    /// # Errors
    /// `InUse`, not found, not allowed, or a failing database.
    pub async fn delete_provider(
        &self,
        actor: &Actor,
        id: ProviderId,
        covered: Vec<String>,
    ) -> Result<(), ProviderError> {
        authorize(actor, Action::Update, &CONFIG).map_err(Error::from)?;
        let covered = Arc::new(covered);
        self.write("provider.delete", move |tx| {
            let covered = Arc::clone(&covered);
            Box::pin(async move {
                let row = tx
                    .query_one(query!("providers/lock_by_id"), &params![id])
                    .await?;
                let provider = from_row(&row)?.provider;
                let used = tx
                    .query_one(query!("model_configs/count_enabled"), &params![&provider])
                    .await?;
                if used.get::<i64>("count")? > 0 && !covered.contains(&provider) {
                    return Err(ProviderError::InUse);
                }
                tx.execute(query!("providers/delete_by_id"), &params![id])
                    .await?;
                tx.notify(changed(id));
                Ok(())
            })
        })
        .await
    }
}
