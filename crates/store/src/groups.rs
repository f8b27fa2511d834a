//! Groups of people. The group of everybody in an organization has the organization's id; its
//! members are those of the organization.

use std::sync::Arc;

use muster_base::{GroupId, Micros, OrganizationId, UserId, limits};
use muster_rbac::{Action, Actor, Denied, Object, ResourceKind, Visible, authorize, visible};

use crate::users::{self, User};
use crate::{Error, Row, Store, Tx, params};

/// One group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct Group {
    pub id: GroupId,
    pub organization_id: OrganizationId,
    pub name: String,
    pub display_name: String,
    pub avatar_url: String,
    pub quota_allowance: i64,
    /// What each member may spend on chats in a period; none limits nobody.
    pub chat_spend_limit_micros: Option<i64>,
    /// Without deleted people and system accounts.
    pub member_count: i64,
    pub created_at: Micros,
    pub updated_at: Micros,
}

/// A group and its first members by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMembers {
    /// The group.
    pub group: Group,
    /// At most [`limits::GROUP_MEMBERS_SHOWN_MAX`]; of those whom the reader may not read, the
    /// names alone.
    pub members: Vec<User>,
}

/// A group to be written.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct NewGroup {
    pub id: GroupId,
    pub organization_id: OrganizationId,
    pub name: String,
    pub display_name: String,
    pub avatar_url: String,
    pub quota_allowance: i64,
}

/// What changes; `None` keeps.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct GroupChange {
    pub name: Option<String>,
    pub display_name: Option<String>,
    pub avatar_url: Option<String>,
    pub quota_allowance: Option<i64>,
    /// Who joins; members stay members.
    pub add: Vec<UserId>,
    /// Who leaves; whoever is no member is ignored.
    pub remove: Vec<UserId>,
}

/// Which groups a list shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct GroupFilter {
    /// Those of one organization.
    pub organization: Option<OrganizationId>,
    /// Those that this person belongs to.
    pub member: Option<UserId>,
}

/// A group can't be written.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    /// Another group of the organization has this name.
    #[error("the group name is taken")]
    NameTaken,
    /// The organization has as many groups as it may have.
    #[error("the organization has too many groups")]
    TooMany,
    /// The group of everybody keeps its name and members, and stays.
    #[error("the group of everybody can't be changed like this")]
    Everyone,
    /// Who is to join is nobody in this organization.
    #[error("no such person in the organization")]
    NoSuchMember(UserId),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Group {
    /// Whether this is the group of everybody in its organization.
    #[must_use]
    pub fn is_everyone(&self) -> bool {
        self.id.0 == self.organization_id.0
    }
}

pub(crate) fn from_row(row: &Row) -> Result<Group, Error> {
    Ok(Group {
        id: row.get("id")?,
        organization_id: row.get("organization_id")?,
        name: row.get("name")?,
        display_name: row.get("display_name")?,
        avatar_url: row.get("avatar_url")?,
        quota_allowance: row.get("quota_allowance")?,
        chat_spend_limit_micros: row.get("chat_spend_limit_micros")?,
        member_count: row.get("member_count")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// A group by id.
///
/// # Errors
/// `NotFound`, or a failing database.
pub async fn get(tx: &mut Tx<'_>, id: GroupId) -> Result<Group, Error> {
    let statement = query!("groups/get_by_id");
    from_row(&tx.query_one(statement, &params![id]).await?)
}

/// Whether somebody belongs to a group.
///
/// # Errors
/// A failing database.
pub async fn is_member(tx: &mut Tx<'_>, id: GroupId, user: UserId) -> Result<bool, Error> {
    let statement = query!("group_members/get_by_user");
    let row = tx.query_opt(statement, &params![id, user]).await?;
    Ok(row.is_some())
}

async fn with_members(tx: &mut Tx<'_>, actor: &Actor, group: Group) -> Result<GroupMembers, Error> {
    let values = params![group.id, limits::GROUP_MEMBERS_SHOWN_MAX];
    let rows = tx
        .query(query!("group_members/list_users"), &values)
        .await?;
    let members: Result<Vec<_>, _> = rows.iter().map(users::from_row).collect();
    let shown = members?.into_iter().map(|user| user.seen_by(actor));
    Ok(GroupMembers {
        group,
        members: shown.collect(),
    })
}

/// Writes a group without members.
///
/// # Errors
/// `Unique` for a taken name, or a failing database.
pub async fn insert(tx: &mut Tx<'_>, group: &NewGroup) -> Result<(), Error> {
    let values = params![
        group.id,
        group.organization_id,
        group.name.as_str(),
        users::folded(&group.name),
        group.display_name.as_str(),
        group.avatar_url.as_str(),
        group.quota_allowance,
        tx.now(),
    ];
    tx.execute(query!("groups/insert"), &values).await?;
    Ok(())
}

/// Adds somebody to a group; a member stays one.
///
/// # Errors
/// `Reference` for an unknown person, or a failing database.
pub async fn add_member(tx: &mut Tx<'_>, id: GroupId, user: UserId) -> Result<(), Error> {
    let values = params![id, user, tx.now()];
    tx.execute(query!("group_members/insert_new"), &values)
        .await?;
    Ok(())
}

async fn check_new(tx: &mut Tx<'_>, group: &NewGroup) -> Result<(), GroupError> {
    check_name(tx, group.organization_id, &group.name, None).await?;
    let of = params![group.organization_id];
    let count = query!("groups/count_by_organization");
    let count: i64 = tx.query_one(count, &of).await?.get("count")?;
    if count >= limits::GROUPS_MAX {
        return Err(GroupError::TooMany);
    }
    Ok(())
}

async fn check_name(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    name: &str,
    own: Option<GroupId>,
) -> Result<(), GroupError> {
    let values = params![organization, users::folded(name)];
    let row = tx.query_opt(query!("groups/get_by_name"), &values).await?;
    let taken = row.map(|row| row.get::<GroupId>("id")).transpose()?;
    match taken {
        Some(id) if Some(id) != own => Err(GroupError::NameTaken),
        Some(_) | None => Ok(()),
    }
}

/// What the policy sees: a group belongs to each of its members.
pub(crate) async fn object(tx: &mut Tx<'_>, actor: &Actor, id: GroupId) -> Result<Object, Error> {
    let group = get(tx, id).await?;
    let object = Object::of(ResourceKind::Group)
        .in_organization(group.organization_id)
        .with_id(id);
    match actor.user_id() {
        Some(user) if is_member(tx, id, user).await? => Ok(object.owned_by(user)),
        Some(_) | None => Ok(object),
    }
}

/// The group, if the actor may do this to it.
async fn allowed(
    tx: &mut Tx<'_>,
    actor: &Actor,
    action: Action,
    id: GroupId,
) -> Result<Group, Error> {
    authorize(actor, action, &object(tx, actor, id).await?)?;
    get(tx, id).await
}

async fn change(tx: &mut Tx<'_>, group: &Group, change: &GroupChange) -> Result<(), GroupError> {
    let new_name = change.name.as_ref().filter(|name| **name != group.name);
    let moves = !change.add.is_empty() || !change.remove.is_empty();
    if group.is_everyone() && (new_name.is_some() || moves) {
        return Err(GroupError::Everyone);
    }
    let name = new_name.unwrap_or(&group.name);
    check_name(tx, group.organization_id, name, Some(group.id)).await?;
    let display_name = change.display_name.as_ref();
    let avatar_url = change.avatar_url.as_ref();
    let values = params![
        group.id,
        name.as_str(),
        users::folded(name),
        display_name.unwrap_or(&group.display_name).as_str(),
        avatar_url.unwrap_or(&group.avatar_url).as_str(),
        change.quota_allowance.unwrap_or(group.quota_allowance),
        tx.now(),
    ];
    tx.execute(query!("groups/update_settings"), &values)
        .await?;
    for user in &change.remove {
        let values = params![group.id, *user];
        tx.execute(query!("group_members/delete_by_user"), &values)
            .await?;
    }
    // Whoever is in the organization is in its group of everybody.
    let everyone = GroupId(group.organization_id.0);
    for user in &change.add {
        if !is_member(tx, everyone, *user).await? || users::get(tx, *user).await?.deleted {
            return Err(GroupError::NoSuchMember(*user));
        }
        add_member(tx, group.id, *user).await?;
    }
    Ok(())
}

async fn lock(tx: &mut Tx<'_>, id: GroupId) -> Result<(), Error> {
    tx.query_one(query!("groups/lock_by_id"), &params![id])
        .await
        .map(drop)
}

impl Store {
    /// The groups that the actor may see, by name.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn list_groups(
        &self,
        actor: &Actor,
        filter: GroupFilter,
    ) -> Result<Vec<GroupMembers>, Error> {
        let mine: Option<UserId> = match visible(actor, Action::Read, ResourceKind::Group) {
            Visible::All => None,
            Visible::Own(id) => Some(id),
            Visible::Nothing => {
                let denied = Denied {
                    action: Action::Read,
                    kind: ResourceKind::Group,
                    hidden: false,
                };
                return Err(denied.into());
            }
        };
        let actor = actor.clone();
        self.read("group.list", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let values = params![filter.organization, mine, filter.member, limits::GROUPS_MAX];
                let rows = tx.query(query!("groups/list_visible"), &values).await?;
                let mut groups = Vec::with_capacity(rows.len());
                for row in &rows {
                    groups.push(with_members(tx, &actor, from_row(row)?).await?);
                }
                Ok(groups)
            })
        })
        .await
    }

    /// A group with its members.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn get_group(&self, actor: &Actor, id: GroupId) -> Result<GroupMembers, Error> {
        let actor = actor.clone();
        self.read("group.get", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let group = allowed(tx, &actor, Action::Read, id).await?;
                with_members(tx, &actor, group).await
            })
        })
        .await
    }

    /// A group by its name in an organization.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn get_group_by_name(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        name: &str,
    ) -> Result<GroupMembers, Error> {
        let (actor, name) = (actor.clone(), users::folded(name));
        self.read("group.get_by_name", move |tx| {
            let (actor, name) = (actor.clone(), name.clone());
            Box::pin(async move {
                let values = params![organization, name];
                let row = tx.query_one(query!("groups/get_by_name"), &values).await?;
                let group = allowed(tx, &actor, Action::Read, row.get("id")?).await?;
                with_members(tx, &actor, group).await
            })
        })
        .await
    }

    /// Makes a group.
    ///
    /// # Errors
    /// A taken name, too many groups, not allowed, or a failing database.
    pub async fn create_group(
        &self,
        actor: &Actor,
        group: NewGroup,
    ) -> Result<GroupMembers, GroupError> {
        let object = Object::of(ResourceKind::Group).in_organization(group.organization_id);
        authorize(actor, Action::Create, &object).map_err(Error::from)?;
        let (actor, group) = (actor.clone(), Arc::new(group));
        self.write("group.create", move |tx| {
            let (actor, group) = (actor.clone(), Arc::clone(&group));
            Box::pin(async move {
                check_new(tx, &group).await?;
                insert(tx, &group).await?;
                let made = get(tx, group.id).await?;
                Ok(with_members(tx, &actor, made).await?)
            })
        })
        .await
    }

    /// Changes a group and who belongs to it.
    ///
    /// # Errors
    /// What [`GroupError`] says, not found, not allowed, or a failing database.
    pub async fn update_group(
        &self,
        actor: &Actor,
        id: GroupId,
        wanted: GroupChange,
    ) -> Result<GroupMembers, GroupError> {
        let (actor, wanted) = (actor.clone(), Arc::new(wanted));
        self.write("group.update", move |tx| {
            let (actor, wanted) = (actor.clone(), Arc::clone(&wanted));
            Box::pin(async move {
                lock(tx, id).await?;
                let group = allowed(tx, &actor, Action::Update, id).await?;
                change(tx, &group, &wanted).await?;
                let changed = get(tx, id).await?;
                Ok(with_members(tx, &actor, changed).await?)
            })
        })
        .await
    }

    /// Deletes a group; its members stay.
    ///
    /// # Errors
    /// The group of everybody, not found, not allowed, or a failing database.
    pub async fn delete_group(&self, actor: &Actor, id: GroupId) -> Result<(), GroupError> {
        let actor = actor.clone();
        self.write("group.delete", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let group = allowed(tx, &actor, Action::Delete, id).await?;
                if group.is_everyone() {
                    return Err(GroupError::Everyone);
                }
                tx.execute(query!("chats/update_shared"), &params![id])
                    .await?;
                tx.execute(query!("groups/delete_by_id"), &params![id])
                    .await?;
                Ok(())
            })
        })
        .await
    }
}
