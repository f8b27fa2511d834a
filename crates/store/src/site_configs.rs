//! Settings of the whole deployment that the server makes itself: one text per key.

use muster_base::Secret;
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};

use crate::{Error, Place, Store, Tx, VaultError, params};

/// Set in the transaction that creates the first owner; unique, so there is only one.
pub const FIRST_USER: &str = "first_user";
/// Names this deployment; made on the first start.
pub const DEPLOYMENT_ID: &str = "deployment_id";
/// Authenticates CSRF tokens; sealed.
pub const CSRF_KEY: &str = "csrf_key";

/// Bytes of a generated key.
const KEY_BYTES: usize = 32;

/// The keys whose values are sealed, as hex.
const SEALED: [&str; 1] = [CSRF_KEY];

/// The value of a key.
///
/// # Errors
/// A failing database.
pub async fn get(tx: &mut Tx<'_>, key: &str) -> Result<Option<String>, Error> {
    let row = tx
        .query_opt(query!("site_configs/get_by_key"), &params![key])
        .await?;
    row.map(|row| row.get("value")).transpose()
}

/// Writes a key unless it has a value; says whether this call was the one.
///
/// # Errors
/// A failing database.
pub async fn insert_new(tx: &mut Tx<'_>, key: &str, value: &str) -> Result<bool, Error> {
    let now = tx.now();
    let values = params![key, value, now];
    let written = tx
        .execute(query!("site_configs/insert_new"), &values)
        .await?;
    Ok(written == 1)
}

const fn place(key: &str) -> Place<'_> {
    Place {
        table: "site_configs",
        column: "value",
        row: key,
    }
}

/// Seals every key again that is not sealed with the ring's first key.
///
/// # Errors
/// A key that does not open, or a failing database.
pub(crate) async fn reseal(tx: &mut Tx<'_>) -> Result<u64, Error> {
    let mut count = 0;
    for key in SEALED {
        let row = tx
            .query_opt(query!("site_configs/lock_by_key"), &params![key])
            .await?;
        let Some(row) = row else { continue };
        let stored: String = row.get("value")?;
        let sealed = hex::decode(stored).map_err(|_no_hex| VaultError::Damaged)?;
        if let Some(fresh) = tx.vault().reseal(&place(key), &sealed)? {
            let values = params![key, hex::encode(fresh), tx.now()];
            tx.execute(query!("site_configs/update_value"), &values)
                .await?;
            count += 1;
        }
    }
    Ok(count)
}

/// Writes a key.
///
/// # Errors
/// A failing database.
pub async fn set(tx: &mut Tx<'_>, key: &str, value: &str) -> Result<(), Error> {
    let now = tx.now();
    let values = params![key, value, now];
    tx.execute(query!("site_configs/upsert_value"), &values)
        .await?;
    Ok(())
}

impl Store {
    /// The value of a key, after writing `value` where there was none.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn ensure_site_config(
        &self,
        actor: &Actor,
        key: &'static str,
        value: String,
    ) -> Result<String, Error> {
        authorize(
            actor,
            Action::Update,
            &Object::of(ResourceKind::DeploymentConfig),
        )?;
        self.write("site_config.ensure", move |tx| {
            let value = value.clone();
            Box::pin(async move {
                insert_new(tx, key, &value).await?;
                get(tx, key).await?.ok_or(Error::NotFound { what: key })
            })
        })
        .await
    }

    /// The random key of that name, made and sealed on the first call.
    ///
    /// # Errors
    /// Not allowed, no random numbers, a key that does not open, or a failing database.
    pub async fn ensure_site_key(
        &self,
        actor: &Actor,
        key: &'static str,
    ) -> Result<Secret<Vec<u8>>, Error> {
        let place = place(key);
        let mut fresh = [0_u8; KEY_BYTES];
        getrandom::fill(&mut fresh).map_err(|_no_random| VaultError::Random)?;
        let sealed = hex::encode(self.vault().seal(&place, &fresh)?);
        let stored = self.ensure_site_config(actor, key, sealed).await?;
        let sealed = hex::decode(stored).map_err(|_no_hex| VaultError::Damaged)?;
        Ok(self.vault().open(&place, &sealed)?)
    }
}
