//! One-time links that sign somebody in without a password.

use std::sync::Arc;
use std::time::Duration;

use muster_base::UserId;
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};

use crate::api_keys::{self, NewApiKey};
use crate::users::{self, CreateError, NewUser};
use crate::{Error, Store, Tx, params};

/// A link can't be followed.
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// Unknown, used or expired: one answer for all three.
    #[error("the login link is not valid any more")]
    Invalid,
    /// The first owner can't be created.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

/// What following a link writes.
#[derive(Clone, Debug)]
pub struct Redeem {
    /// SHA-256 of the link's secret.
    pub secret_hash: Vec<u8>,
    /// Created as the owner when the link is for the first person and there is none.
    pub first_owner: NewUser,
    /// The session; its `user_id` is set to whoever the link is for.
    pub session: NewApiKey,
}

async fn redeem(tx: &mut Tx<'_>, redeem: &Redeem) -> Result<UserId, RedeemError> {
    let hash = redeem.secret_hash.clone();
    let row = tx
        .query_opt(query!("login_links/get_by_secret"), &params![hash])
        .await?;
    let row = row.ok_or(RedeemError::Invalid)?;
    let id: uuid::Uuid = row.get("id")?;
    let now = tx.now();
    let used = tx
        .execute(query!("login_links/update_used"), &params![id, now])
        .await?;
    if used == 0 {
        return Err(RedeemError::Invalid);
    }
    let user = match row.get::<Option<UserId>>("user_id")? {
        Some(user) => user,
        None => first_owner(tx, &redeem.first_owner).await?,
    };
    let found = users::get(tx, user).await?;
    if found.deleted || found.status == users::UserStatus::Suspended {
        return Err(RedeemError::Invalid);
    }
    let session = NewApiKey {
        user_id: user,
        ..redeem.session.clone()
    };
    api_keys::insert(tx, &session).await?;
    tx.execute(query!("users/update_seen"), &params![user, now])
        .await?;
    Ok(user)
}

async fn first_owner(tx: &mut Tx<'_>, new: &NewUser) -> Result<UserId, RedeemError> {
    if let Some(first) = users::get_first(tx).await? {
        return Ok(first.id);
    }
    users::insert_first(tx, new).await?;
    Ok(new.id)
}

impl Store {
    /// Makes a link for a person, or for the first owner.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn create_login_link(
        &self,
        actor: &Actor,
        user: Option<UserId>,
        secret_hash: Vec<u8>,
        life: Duration,
    ) -> Result<(), Error> {
        authorize(actor, Action::Create, &Object::of(ResourceKind::ApiKey))?;
        let id = UserId::new(self.clock()).0;
        self.write("login_link.create", move |tx| {
            let secret_hash = secret_hash.clone();
            Box::pin(async move {
                let now = tx.now();
                let values = params![id, secret_hash, user, now + life, now];
                tx.execute(query!("login_links/insert"), &values).await?;
                Ok(())
            })
        })
        .await
    }

    /// Follows a link: uses it up, creates the first owner if need be, and opens a session.
    ///
    /// # Errors
    /// `Invalid`, or a failing database.
    pub async fn redeem_login_link(
        &self,
        actor: &Actor,
        input: Redeem,
    ) -> Result<UserId, RedeemError> {
        authorize(actor, Action::Create, &Object::of(ResourceKind::ApiKey)).map_err(Error::from)?;
        let input = Arc::new(input);
        self.write("login_link.redeem", move |tx| {
            let input = Arc::clone(&input);
            Box::pin(async move { redeem(tx, &input).await })
        })
        .await
    }
}
