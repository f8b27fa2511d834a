//! What happens to people after they were created.

use std::sync::Arc;

use muster_base::{OrganizationId, Secret, UserId};
use muster_bus::Event;
use muster_rbac::{Action, Actor, Object, ResourceKind, Role, authorize, authorize_role};

use super::{User, UserStatus, folded, get, get_by_username};
use crate::{Error, Store, Tx, organizations, params};

/// A person can't be changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Nobody does this to themselves.
    #[error("not to oneself")]
    Oneself,
    /// Somebody must be left who runs the deployment.
    #[error("the last owner stays one")]
    LastOwner,
    /// They still own workspaces.
    #[error("the person owns workspaces")]
    OwnsWorkspaces,
    /// They do not sign in by password.
    #[error("the person has no password")]
    NoPassword,
    /// Another account has this name.
    #[error("the user name is taken")]
    UsernameTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

/// Which keys a new password ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sessions {
    /// Every browser session.
    All,
    /// Every browser session but the one that asks.
    AllBut(String),
}

/// The person, locked, if the actor may read them.
async fn lock_readable(tx: &mut Tx<'_>, actor: &Actor, id: UserId) -> Result<User, Error> {
    tx.query_one(query!("users/lock_by_id"), &params![id])
        .await?;
    readable(tx, actor, id).await
}

async fn readable(tx: &mut Tx<'_>, actor: &Actor, id: UserId) -> Result<User, Error> {
    let user = get(tx, id).await?;
    if user.deleted || user.is_system {
        return Err(Error::NotFound { what: "user" });
    }
    authorize(actor, Action::Read, &user.object())?;
    Ok(user)
}

/// What a person may change about themselves, and who keeps people about others.
fn personal(user: &User) -> Object {
    Object::of(ResourceKind::UserPersonal)
        .owned_by(user.id)
        .of_roles(&user.roles)
}

/// Everybody who runs the deployment. Locked before anybody else, so that two owners can't
/// remove each other at once.
async fn lock_owners(tx: &mut Tx<'_>) -> Result<Vec<UserId>, Error> {
    let rows = tx.query(query!("users/lock_owners"), &[]).await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Refuses to go on if this is the only owner.
fn keep_an_owner(owners: &[UserId], user: UserId) -> Result<(), ChangeError> {
    if owners == [user] {
        return Err(ChangeError::LastOwner);
    }
    Ok(())
}

async fn end_sessions(tx: &mut Tx<'_>, user: UserId, which: &Sessions) -> Result<(), Error> {
    let kept = match which {
        Sessions::All => "",
        Sessions::AllBut(id) => id.as_str(),
    };
    tx.execute(query!("api_keys/delete_sessions"), &params![user, kept])
        .await?;
    tx.notify(Event::SessionsRevoked { user_id: user });
    Ok(())
}

async fn delete(tx: &mut Tx<'_>, actor: &Actor, id: UserId) -> Result<(), ChangeError> {
    let owners = lock_owners(tx).await?;
    let user = lock_readable(tx, actor, id).await?;
    authorize(actor, Action::Delete, &user.object()).map_err(Error::from)?;
    if actor.user_id() == Some(id) {
        return Err(ChangeError::Oneself);
    }
    keep_an_owner(&owners, id)?;
    let count = query!("workspaces/count_by_owner");
    let count: i64 = tx.query_one(count, &params![id]).await?.get("count")?;
    if count > 0 {
        return Err(ChangeError::OwnsWorkspaces);
    }
    let values = params![id, tx.now()];
    tx.execute(query!("users/update_deleted"), &values).await?;
    tx.execute(query!("api_keys/delete_by_user"), &params![id])
        .await?;
    tx.notify(Event::SessionsRevoked { user_id: id });
    Ok(())
}

async fn set_status(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: UserId,
    status: UserStatus,
) -> Result<(), ChangeError> {
    let owners = lock_owners(tx).await?;
    let user = lock_readable(tx, actor, id).await?;
    authorize(actor, Action::Update, &user.object()).map_err(Error::from)?;
    if actor.user_id() == Some(id) {
        return Err(ChangeError::Oneself);
    }
    if status == UserStatus::Suspended {
        keep_an_owner(&owners, id)?;
        // Tokens stay, dead, until the person may sign in again.
        end_sessions(tx, id, &Sessions::All).await?;
    }
    let values = params![id, status, tx.now()];
    tx.execute(query!("users/update_status"), &values).await?;
    Ok(())
}

async fn set_roles(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: UserId,
    roles: &[Role],
) -> Result<(), ChangeError> {
    let owners = lock_owners(tx).await?;
    let user = lock_readable(tx, actor, id).await?;
    let given = roles.iter().filter(|role| !user.roles.contains(role));
    let taken = user.roles.iter().filter(|role| !roles.contains(role));
    // Who may give no role at all is told so, whatever the list says.
    authorize_role(actor, Action::Assign, Role::Member).map_err(Error::from)?;
    if actor.user_id() == Some(id) {
        return Err(ChangeError::Oneself);
    }
    for role in given {
        authorize_role(actor, Action::Assign, *role).map_err(Error::from)?;
    }
    for role in taken.clone() {
        authorize_role(actor, Action::Unassign, *role).map_err(Error::from)?;
    }
    if taken.clone().any(|role| *role == Role::Owner) {
        keep_an_owner(&owners, id)?;
    }
    let roles: serde_json::Value = roles.iter().map(|role| role.as_str()).collect();
    let values = params![id, roles, tx.now()];
    tx.execute(query!("users/update_roles"), &values).await?;
    Ok(())
}

async fn set_profile(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: UserId,
    username: &str,
    name: &str,
) -> Result<(), ChangeError> {
    let user = lock_readable(tx, actor, id).await?;
    authorize(actor, Action::UpdatePersonal, &personal(&user)).map_err(Error::from)?;
    let holder = get_by_username(tx, username).await?;
    if holder.is_some_and(|holder| holder.id != id) {
        return Err(ChangeError::UsernameTaken);
    }
    let values = params![id, username, folded(username), name, folded(name), tx.now()];
    tx.execute(query!("users/update_profile"), &values).await?;
    Ok(())
}

async fn set_password(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: UserId,
    hash: &Secret,
    which: &Sessions,
) -> Result<(), ChangeError> {
    let user = lock_readable(tx, actor, id).await?;
    has_password(actor, &user)?;
    let values = params![id, hash.expose().as_str(), tx.now()];
    tx.execute(query!("users/update_password"), &values).await?;
    end_sessions(tx, id, which).await?;
    Ok(())
}

fn has_password(actor: &Actor, user: &User) -> Result<(), ChangeError> {
    authorize(actor, Action::UpdatePersonal, &personal(user)).map_err(Error::from)?;
    if user.hashed_password.is_none() {
        return Err(ChangeError::NoPassword);
    }
    Ok(())
}

/// The person as they are after a change.
async fn after(tx: &mut Tx<'_>, id: UserId) -> Result<(User, Vec<OrganizationId>), ChangeError> {
    let user = get(tx, id).await?;
    let organizations = organizations::list_of_user(tx, id).await?;
    Ok((user, organizations))
}

impl Store {
    /// Deletes a person: the row stays for what they have made, their keys end at once.
    ///
    /// # Errors
    /// What [`ChangeError`] says, not found, not allowed, or a failing database.
    pub async fn delete_user(&self, actor: &Actor, id: UserId) -> Result<(), ChangeError> {
        let actor = actor.clone();
        self.write("user.delete", move |tx| {
            let actor = actor.clone();
            Box::pin(async move { delete(tx, &actor, id).await })
        })
        .await
    }

    /// Lets a person in or keeps them out; whoever is suspended is out at once.
    ///
    /// # Errors
    /// What [`ChangeError`] says, not found, not allowed, or a failing database.
    pub async fn set_user_status(
        &self,
        actor: &Actor,
        id: UserId,
        status: UserStatus,
    ) -> Result<(User, Vec<OrganizationId>), ChangeError> {
        let actor = actor.clone();
        self.write("user.set_status", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                set_status(tx, &actor, id, status).await?;
                after(tx, id).await
            })
        })
        .await
    }

    /// Gives a person exactly these roles; the implied one is not among them.
    ///
    /// # Errors
    /// What [`ChangeError`] says, not found, not allowed, or a failing database.
    pub async fn set_user_roles(
        &self,
        actor: &Actor,
        id: UserId,
        roles: Vec<Role>,
    ) -> Result<(User, Vec<OrganizationId>), ChangeError> {
        let (actor, roles) = (actor.clone(), Arc::new(roles));
        self.write("user.set_roles", move |tx| {
            let (actor, roles) = (actor.clone(), Arc::clone(&roles));
            Box::pin(async move {
                set_roles(tx, &actor, id, &roles).await?;
                after(tx, id).await
            })
        })
        .await
    }

    /// Changes how a person is called.
    ///
    /// # Errors
    /// What [`ChangeError`] says, not found, not allowed, or a failing database.
    pub async fn set_user_profile(
        &self,
        actor: &Actor,
        id: UserId,
        username: String,
        name: String,
    ) -> Result<(User, Vec<OrganizationId>), ChangeError> {
        let (actor, texts) = (actor.clone(), Arc::new((username, name)));
        self.write("user.set_profile", move |tx| {
            let (actor, texts) = (actor.clone(), Arc::clone(&texts));
            Box::pin(async move {
                set_profile(tx, &actor, id, &texts.0, &texts.1).await?;
                after(tx, id).await
            })
        })
        .await
    }

    /// Whose password is about to be changed, before anybody works on hashes.
    ///
    /// # Errors
    /// What [`ChangeError`] says, not found, not allowed, or a failing database.
    pub async fn check_password_change(
        &self,
        actor: &Actor,
        id: UserId,
    ) -> Result<User, ChangeError> {
        let actor = actor.clone();
        self.read("user.check_password_change", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let user = readable(tx, &actor, id).await?;
                has_password(&actor, &user)?;
                Ok(user)
            })
        })
        .await
    }

    /// Stores the hash of a new password and ends sessions.
    ///
    /// # Errors
    /// What [`ChangeError`] says, not found, not allowed, or a failing database.
    pub async fn set_password(
        &self,
        actor: &Actor,
        id: UserId,
        hash: Secret,
        which: Sessions,
    ) -> Result<(), ChangeError> {
        let (actor, which) = (actor.clone(), Arc::new(which));
        self.write("user.set_password", move |tx| {
            let (actor, which) = (actor.clone(), Arc::clone(&which));
            let hash = hash.clone();
            Box::pin(async move { set_password(tx, &actor, id, &hash, &which).await })
        })
        .await
    }
}
