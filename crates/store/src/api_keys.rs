//! Browser sessions and API tokens.

use std::sync::Arc;
use std::time::Duration;

use muster_base::{Micros, OrganizationId, UserId};
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};

use crate::users::{self, User};
use crate::{Error, Row, Store, Tx, organizations, params};

/// One session or token. The secret half is known as a hash only.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct ApiKey {
    pub id: String,
    pub hashed_secret: Vec<u8>,
    pub user_id: UserId,
    pub login_type: String,
    pub scopes: Vec<String>,
    /// Set for API tokens, unique per person.
    pub token_name: Option<String>,
    pub lifetime_seconds: i64,
    pub last_used: Micros,
    pub expires_at: Micros,
    pub created_at: Micros,
    pub updated_at: Micros,
}

/// A key to be written.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct NewApiKey {
    pub id: String,
    pub hashed_secret: Vec<u8>,
    pub user_id: UserId,
    pub login_type: &'static str,
    pub scopes: Vec<String>,
    pub token_name: Option<String>,
    pub lifetime: Duration,
    pub ip: String,
}

impl ApiKey {
    /// What the policy sees.
    #[must_use]
    pub const fn object(&self) -> Object {
        Object::of(ResourceKind::ApiKey).owned_by(self.user_id)
    }
}

fn from_row(row: &Row) -> Result<ApiKey, Error> {
    let scopes: serde_json::Value = row.get("scopes")?;
    let scopes = serde_json::from_value(scopes).map_err(|error| {
        tracing::debug!(%error, "scopes are no list of texts");
        Error::Corrupt { what: "key scopes" }
    })?;
    Ok(ApiKey {
        id: row.get("id")?,
        hashed_secret: row.get("hashed_secret")?,
        user_id: row.get("user_id")?,
        login_type: row.get("login_type")?,
        scopes,
        token_name: row.get("token_name")?,
        lifetime_seconds: row.get("lifetime_seconds")?,
        last_used: row.get("last_used")?,
        expires_at: row.get("expires_at")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// A key by its public half.
///
/// # Errors
/// A failing database.
pub async fn get(tx: &mut Tx<'_>, id: &str) -> Result<Option<ApiKey>, Error> {
    let row = tx
        .query_opt(query!("api_keys/get_by_id"), &params![id])
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Writes a key.
///
/// # Errors
/// `Unique` for a taken token name, or a failing database.
pub async fn insert(tx: &mut Tx<'_>, key: &NewApiKey) -> Result<(), Error> {
    let scopes: serde_json::Value = key.scopes.iter().map(String::as_str).collect();
    let now = tx.now();
    let values = params![
        key.id.as_str(),
        key.hashed_secret.clone(),
        key.user_id,
        key.login_type,
        scopes,
        key.token_name.clone(),
        i64::try_from(key.lifetime.as_secs()).unwrap_or(i64::MAX),
        now + key.lifetime,
        key.ip.as_str(),
        now,
    ];
    tx.execute(query!("api_keys/insert"), &values).await?;
    Ok(())
}

impl Store {
    /// A key by its public half.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn find_api_key(&self, actor: &Actor, id: &str) -> Result<Option<ApiKey>, Error> {
        authorize(actor, Action::Read, &Object::of(ResourceKind::ApiKey))?;
        let id = id.to_owned();
        self.read("api_key.find", move |tx| {
            let id = id.clone();
            Box::pin(async move { get(tx, &id).await })
        })
        .await
    }

    /// Everything that a request's authentication needs, read in one snapshot: the key, its
    /// person and their organizations. `None` when one of them does not exist.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn find_session(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<Option<(ApiKey, User, Vec<OrganizationId>)>, Error> {
        authorize(actor, Action::Read, &Object::of(ResourceKind::ApiKey))?;
        let id = id.to_owned();
        self.read("api_key.find_session", move |tx| {
            let id = id.clone();
            Box::pin(async move {
                let Some(key) = get(tx, &id).await? else {
                    return Ok(None);
                };
                let user = match users::get(tx, key.user_id).await {
                    Err(Error::NotFound { .. }) => return Ok(None),
                    other => other?,
                };
                let organizations = organizations::list_of_user(tx, user.id).await?;
                Ok(Some((key, user, organizations)))
            })
        })
        .await
    }

    /// Writes a key.
    ///
    /// # Errors
    /// `Unique` for a taken token name, not allowed, or a failing database.
    pub async fn create_api_key(&self, actor: &Actor, key: NewApiKey) -> Result<(), Error> {
        let object = Object::of(ResourceKind::ApiKey).owned_by(key.user_id);
        authorize(actor, Action::Create, &object)?;
        let key = Arc::new(key);
        self.write("api_key.create", move |tx| {
            let key = Arc::clone(&key);
            Box::pin(async move { insert(tx, &key).await })
        })
        .await
    }

    /// Opens a session for a person, who is seen by it.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn open_session(&self, actor: &Actor, key: NewApiKey) -> Result<(), Error> {
        let object = Object::of(ResourceKind::ApiKey).owned_by(key.user_id);
        authorize(actor, Action::Create, &object)?;
        let key = Arc::new(key);
        self.write("api_key.open_session", move |tx| {
            let key = Arc::clone(&key);
            Box::pin(async move {
                insert(tx, &key).await?;
                let now = tx.now();
                let seen = query!("users/update_seen");
                tx.execute(seen, &params![key.user_id, now]).await?;
                Ok(())
            })
        })
        .await
    }

    /// The keys of a person.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn list_api_keys(&self, actor: &Actor, user: UserId) -> Result<Vec<ApiKey>, Error> {
        let object = Object::of(ResourceKind::ApiKey).owned_by(user);
        authorize(actor, Action::Read, &object)?;
        self.read("api_key.list", move |tx| {
            Box::pin(async move {
                let rows = tx
                    .query(query!("api_keys/list_by_user"), &params![user])
                    .await?;
                rows.iter().map(from_row).collect()
            })
        })
        .await
    }

    /// Deletes a key.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn delete_api_key(&self, actor: &Actor, id: &str) -> Result<ApiKey, Error> {
        let (actor, id) = (actor.clone(), id.to_owned());
        self.write("api_key.delete", move |tx| {
            let (actor, id) = (actor.clone(), id.clone());
            Box::pin(async move {
                let missing = Error::NotFound { what: "api key" };
                let key = get(tx, &id).await?.ok_or(missing)?;
                authorize(&actor, Action::Delete, &key.object())?;
                tx.execute(query!("api_keys/delete_by_id"), &params![id.as_str()])
                    .await?;
                tx.notify(muster_bus::Event::SessionsRevoked {
                    user_id: key.user_id,
                });
                Ok(key)
            })
        })
        .await
    }

    /// Ends a key now; its row stays until the sweep.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn expire_api_key(&self, actor: &Actor, id: &str) -> Result<(), Error> {
        let (actor, id) = (actor.clone(), id.to_owned());
        self.write("api_key.expire", move |tx| {
            let (actor, id) = (actor.clone(), id.clone());
            Box::pin(async move {
                let missing = Error::NotFound { what: "api key" };
                let key = get(tx, &id).await?.ok_or(missing)?;
                authorize(&actor, Action::Update, &key.object())?;
                let values = params![id.as_str(), tx.now()];
                tx.execute(query!("api_keys/update_expired"), &values)
                    .await?;
                tx.notify(muster_bus::Event::SessionsRevoked {
                    user_id: key.user_id,
                });
                Ok(())
            })
        })
        .await
    }

    /// Notes that a key and its person were seen, and until when the key lives.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn touch_session(
        &self,
        actor: &Actor,
        key: &ApiKey,
        expires_at: Micros,
    ) -> Result<(), Error> {
        authorize(actor, Action::Update, &key.object())?;
        let (id, user) = (key.id.clone(), key.user_id);
        self.write("api_key.touch", move |tx| {
            let id = id.clone();
            Box::pin(async move {
                let now = tx.now();
                let values = params![id.as_str(), now, expires_at];
                tx.execute(query!("api_keys/update_used"), &values).await?;
                tx.execute(query!("users/update_seen"), &params![user, now])
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Removes keys, login links and invitations that nobody can use any more.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn purge_sessions(&self, actor: &Actor) -> Result<u64, Error> {
        authorize(actor, Action::Delete, &Object::of(ResourceKind::ApiKey))?;
        self.write("api_key.purge", |tx| {
            Box::pin(async move {
                let now = tx.now();
                let keys = tx
                    .execute(query!("api_keys/delete_expired"), &params![now])
                    .await?;
                let links = query!("login_links/delete_expired");
                let links = tx.execute(links, &params![now]).await?;
                let invites = query!("invites/delete_expired");
                Ok(keys + links + tx.execute(invites, &params![now]).await?)
            })
        })
        .await
    }
}
