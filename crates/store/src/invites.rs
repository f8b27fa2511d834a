//! Invitations: one-time links by which people make their own accounts, with the roles that
//! somebody chose for them. Only the hash of a link's secret is stored.

use std::sync::Arc;

use muster_base::limits::{INVITE_LIFE, INVITES_OPEN_MAX};
use muster_base::{InviteId, Micros, UserId};
use muster_rbac::{Action, Actor, Object, ResourceKind, Role, Scopes, authorize, authorize_role};

use crate::api_keys::{self, NewApiKey};
use crate::users::{self, CreateError, NewUser, UserStatus, known_roles};
use crate::{Error, Row, Store, Tx, params};

/// An invitation that nobody has used yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// Which one.
    pub id: InviteId,
    /// What the new person may do, without the implied `member`.
    pub roles: Vec<Role>,
    /// Who invites.
    pub created_by: UserId,
    /// The user name of whoever invites.
    pub created_by_name: String,
    /// The link is dead from then on.
    pub expires_at: Micros,
    /// When it was made.
    pub created_at: Micros,
}

/// An invitation can't be made or followed.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// Unknown, used, withdrawn or expired, or whoever invited may not do so any more: one
    /// answer for all.
    #[error("the invitation is not valid any more")]
    Invalid,
    /// As many are open as there may be.
    #[error("too many invitations are open")]
    TooMany,
    /// The account can't be created; the invitation stays open.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// The store failed, or the actor may not do this.
    #[error(transparent)]
    Store(#[from] Error),
}

/// What following an invitation writes.
#[derive(Clone, Debug)]
pub struct Accept {
    /// SHA-256 of the link's secret.
    pub secret_hash: Vec<u8>,
    /// The account; its roles are those of the invitation.
    pub user: NewUser,
    /// The session of the new person.
    pub session: NewApiKey,
}

fn from_row(row: &Row) -> Result<Invite, Error> {
    let roles: serde_json::Value = row.get("roles")?;
    Ok(Invite {
        id: row.get("id")?,
        roles: known_roles(&roles),
        created_by: row.get("created_by")?,
        created_by_name: row.get("created_by_name")?,
        expires_at: row.get("expires_at")?,
        created_at: row.get("created_at")?,
    })
}

/// To invite is to create a person and to give them roles.
fn authorize_invite(actor: &Actor, roles: &[Role]) -> Result<(), Error> {
    authorize(actor, Action::Create, &Object::of(ResourceKind::User))?;
    for role in roles {
        authorize_role(actor, Action::Assign, *role)?;
    }
    Ok(())
}

async fn create(
    tx: &mut Tx<'_>,
    invite: &Invite,
    secret_hash: &[u8],
) -> Result<Invite, InviteError> {
    let now = tx.now();
    let open = tx
        .query_one(query!("invites/count_open"), &params![now])
        .await?;
    if open.get::<i64>("n")? >= INVITES_OPEN_MAX {
        return Err(InviteError::TooMany);
    }
    let roles: serde_json::Value = invite.roles.iter().map(|role| role.as_str()).collect();
    let expires_at = now + INVITE_LIFE;
    let values = params![
        invite.id,
        secret_hash.to_vec(),
        roles,
        invite.created_by,
        expires_at,
        now
    ];
    tx.execute(query!("invites/insert"), &values).await?;
    let name = users::get(tx, invite.created_by).await?.username;
    Ok(Invite {
        created_by_name: name,
        expires_at,
        created_at: now,
        ..invite.clone()
    })
}

/// Whoever invited must still be somebody who may.
async fn still_vouched_for(tx: &mut Tx<'_>, by: UserId, roles: &[Role]) -> Result<(), InviteError> {
    let inviter = users::get(tx, by).await?;
    if inviter.deleted || inviter.status == UserStatus::Suspended {
        return Err(InviteError::Invalid);
    }
    let actor = Actor::user(by, inviter.roles, Scopes::all());
    match authorize_invite(&actor, roles) {
        Ok(()) => Ok(()),
        Err(Error::Denied(_)) => Err(InviteError::Invalid),
        Err(error) => Err(error.into()),
    }
}

async fn accept(tx: &mut Tx<'_>, accept: &Accept) -> Result<UserId, InviteError> {
    let hash = accept.secret_hash.clone();
    let row = tx
        .query_opt(query!("invites/get_by_secret"), &params![hash])
        .await?;
    let row = row.ok_or(InviteError::Invalid)?;
    let id: InviteId = row.get("id")?;
    let roles = known_roles(&row.get("roles")?);
    still_vouched_for(tx, row.get("created_by")?, &roles).await?;
    let user = NewUser {
        roles,
        ..accept.user.clone()
    };
    users::insert(tx, &user).await?;
    let used = params![id, tx.now(), user.id];
    if tx.execute(query!("invites/update_used"), &used).await? == 0 {
        return Err(InviteError::Invalid);
    }
    api_keys::insert(tx, &accept.session).await?;
    Ok(user.id)
}

impl Store {
    /// Invites somebody, who will have these roles.
    ///
    /// # Errors
    /// `TooMany`, not allowed, or a failing database.
    pub async fn create_invite(
        &self,
        actor: &Actor,
        roles: Vec<Role>,
        secret_hash: Vec<u8>,
    ) -> Result<Invite, InviteError> {
        authorize_invite(actor, &roles)?;
        let created_by = actor.user_id().ok_or(InviteError::Invalid)?;
        let invite = Arc::new(Invite {
            id: InviteId::new(self.clock()),
            roles,
            created_by,
            created_by_name: String::new(),
            expires_at: Micros(0),
            created_at: Micros(0),
        });
        self.write("invite.create", move |tx| {
            let (invite, hash) = (Arc::clone(&invite), secret_hash.clone());
            Box::pin(async move { create(tx, &invite, &hash).await })
        })
        .await
    }

    /// The invitations that are open, the newest first.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn list_invites(&self, actor: &Actor) -> Result<Vec<Invite>, Error> {
        authorize(actor, Action::Create, &Object::of(ResourceKind::User))?;
        self.read("invite.list", |tx| {
            Box::pin(async move {
                let now = tx.now();
                let rows = tx.query(query!("invites/list_open"), &params![now]).await?;
                rows.iter().map(from_row).collect()
            })
        })
        .await
    }

    /// Withdraws an invitation that nobody has used.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn delete_invite(&self, actor: &Actor, id: InviteId) -> Result<(), Error> {
        authorize(actor, Action::Create, &Object::of(ResourceKind::User))?;
        self.write("invite.delete", move |tx| {
            Box::pin(async move {
                let gone = tx
                    .execute(query!("invites/delete_open"), &params![id])
                    .await?;
                if gone == 0 {
                    return Err(Error::NotFound { what: "invite" });
                }
                Ok(())
            })
        })
        .await
    }

    /// Follows an invitation: uses it up, creates the account and opens a session. A refused
    /// account leaves the invitation open.
    ///
    /// # Errors
    /// `Invalid`, a taken name or address, not allowed, or a failing database.
    pub async fn accept_invite(&self, actor: &Actor, input: Accept) -> Result<UserId, InviteError> {
        authorize(actor, Action::Create, &Object::of(ResourceKind::User)).map_err(Error::from)?;
        let input = Arc::new(input);
        self.write("invite.accept", move |tx| {
            let input = Arc::clone(&input);
            Box::pin(async move { accept(tx, &input).await })
        })
        .await
    }
}
