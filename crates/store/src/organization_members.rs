//! Who belongs to an organization.

use std::sync::Arc;

use muster_base::{Micros, OrganizationId, UserId};
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};

use crate::users::{self, User};
use crate::{Error, Row, Store, Tx, organizations, params};

/// Somebody who belongs to an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationMember {
    /// Of somebody whom the reader may not read, the names alone.
    pub user: User,
    pub organization_id: OrganizationId,
    pub joined_at: Micros,
}

/// Which members.
#[derive(Clone, Debug, Default)]
pub struct MemberFilter {
    /// Part of a name.
    pub search: Option<String>,
    pub limit: i64,
    pub offset: i64,
}

/// Membership can't be changed.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// They belong to it already.
    #[error("a member already")]
    Member,
    /// They do not belong to it.
    #[error("no member")]
    NoMember,
    /// Nobody removes themselves: they could not come back.
    #[error("oneself")]
    Oneself,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

fn object(id: OrganizationId) -> Object {
    Object::of(ResourceKind::Organization)
        .in_organization(id)
        .with_id(id.0)
}

/// The pattern that finds a name.
fn pattern(filter: &MemberFilter) -> String {
    let words = filter.search.as_deref().map(str::trim).unwrap_or_default();
    match words.is_empty() {
        true => String::new(),
        false => users::like_pattern(words),
    }
}

async fn list(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: OrganizationId,
    filter: &MemberFilter,
) -> Result<Vec<OrganizationMember>, Error> {
    let values = params![id, pattern(filter), filter.limit, filter.offset];
    let statement = query!("organization_members/list_page");
    let rows = tx.query(statement, &values).await?;
    let member = |row: &Row| {
        Ok(OrganizationMember {
            user: users::from_row(row)?.seen_by(actor),
            organization_id: id,
            joined_at: row.get("joined_at")?,
        })
    };
    rows.iter().map(member).collect()
}

async fn joined_at(
    tx: &mut Tx<'_>,
    id: OrganizationId,
    user: UserId,
) -> Result<Option<Micros>, Error> {
    let statement = query!("organization_members/get_by_user");
    let row = tx.query_opt(statement, &params![id, user]).await?;
    row.map(|row| row.get("joined_at")).transpose()
}

async fn add(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: OrganizationId,
    user: UserId,
) -> Result<OrganizationMember, MemberError> {
    // The lock makes one of two who add at once the second.
    tx.query_one(query!("users/lock_by_id"), &params![user])
        .await?;
    let person = users::get(tx, user).await?;
    if person.deleted {
        return Err(Error::NotFound { what: "user" }.into());
    }
    if joined_at(tx, id, user).await?.is_some() {
        return Err(MemberError::Member);
    }
    organizations::add_member(tx, id, user).await?;
    Ok(OrganizationMember {
        user: person.seen_by(actor),
        organization_id: id,
        joined_at: tx.now(),
    })
}

/// Everything that somebody has by being a member goes with it; their chats stay theirs.
async fn remove(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: OrganizationId,
    user: UserId,
) -> Result<(), MemberError> {
    if joined_at(tx, id, user).await?.is_none() {
        return Err(MemberError::NoMember);
    }
    if actor.user_id() == Some(user) {
        return Err(MemberError::Oneself);
    }
    // Whoever could remove an owner could lock them out of what they run.
    let person = users::get(tx, user).await?;
    let person = Object::of(ResourceKind::Organization).of_roles(&person.roles);
    authorize(actor, Action::Update, &person).map_err(Error::from)?;
    let values = params![id, user];
    for statement in [
        query!("chats/update_shared_by_user"),
        query!("chat_acl_users/delete_by_organization"),
        query!("group_members/delete_by_organization"),
        query!("organization_members/delete_by_user"),
    ] {
        tx.execute(statement, &values).await?;
    }
    Ok(())
}

impl Store {
    /// The members of an organization by name, and how many there are in all.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn list_organization_members(
        &self,
        actor: &Actor,
        id: OrganizationId,
        filter: MemberFilter,
    ) -> Result<(Vec<OrganizationMember>, i64), Error> {
        authorize(actor, Action::Read, &object(id))?;
        let shared = Arc::new((actor.clone(), filter));
        self.read("organization.members", move |tx| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (actor, filter) = &*shared;
                let members = list(tx, actor, id, filter).await?;
                let count = query!("organization_members/count_members");
                let values = params![id, pattern(filter)];
                let count = tx.query_one(count, &values).await?.get("members")?;
                Ok((members, count))
            })
        })
        .await
    }

    /// Adds somebody to an organization and its group of everybody.
    ///
    /// # Errors
    /// What [`MemberError`] says, not found, not allowed, or a failing database.
    pub async fn add_organization_member(
        &self,
        actor: &Actor,
        id: OrganizationId,
        user: UserId,
    ) -> Result<OrganizationMember, MemberError> {
        authorize(actor, Action::Update, &object(id)).map_err(Error::from)?;
        let actor = actor.clone();
        self.write("organization.add_member", move |tx| {
            let actor = actor.clone();
            Box::pin(async move { add(tx, &actor, id, user).await })
        })
        .await
    }

    /// Takes somebody out of an organization, its groups, and what its people shared with them.
    ///
    /// # Errors
    /// What [`MemberError`] says, not allowed, or a failing database.
    pub async fn remove_organization_member(
        &self,
        actor: &Actor,
        id: OrganizationId,
        user: UserId,
    ) -> Result<(), MemberError> {
        authorize(actor, Action::Update, &object(id)).map_err(Error::from)?;
        let actor = actor.clone();
        self.write("organization.remove_member", move |tx| {
            let actor = actor.clone();
            Box::pin(async move { remove(tx, &actor, id, user).await })
        })
        .await
    }
}
