//! Workspaces: who has one, from which template, under which name.

use muster_base::{
    BuildId, EffectId, Micros, OrganizationId, TemplateId, UserId, WorkspaceId, limits,
};
use muster_rbac::{Action, Actor, Denied, Object, ResourceKind, Visible, authorize, visible};
use serde_json::Value as Json;

use crate::{Error, Row, Store, Tx, params};

/// One workspace.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct Workspace {
    pub id: WorkspaceId,
    pub owner_id: UserId,
    pub organization_id: OrganizationId,
    pub template_id: TemplateId,
    pub name: String,
    /// Level and layers in force since the last start, as the driver reported them.
    pub isolation: Option<Json>,
    pub last_used_at: Micros,
    pub deleted: bool,
    pub effect_id: Option<EffectId>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

/// A workspace to be written.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct NewWorkspace {
    pub id: WorkspaceId,
    pub owner_id: UserId,
    pub organization_id: OrganizationId,
    pub template_id: TemplateId,
    pub name: String,
    /// The tool call that makes it.
    pub effect_id: Option<EffectId>,
}

impl Workspace {
    /// What the policy sees.
    #[must_use]
    pub fn object(&self) -> Object {
        Object::of(ResourceKind::Workspace)
            .owned_by(self.owner_id)
            .in_organization(self.organization_id)
            .with_id(self.id)
    }
}

fn from_row(row: &Row) -> Result<Workspace, Error> {
    Ok(Workspace {
        id: row.get("id")?,
        owner_id: row.get("owner_id")?,
        organization_id: row.get("organization_id")?,
        template_id: row.get("template_id")?,
        name: row.get("name")?,
        isolation: row.get("isolation")?,
        last_used_at: row.get("last_used_at")?,
        deleted: row.get("deleted")?,
        effect_id: row.get("effect_id")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// Names differ only if they differ in more than case.
fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// A workspace by its id, deleted or not.
///
/// # Errors
/// `NotFound`, or a failing database.
pub async fn get(tx: &mut Tx<'_>, id: WorkspaceId) -> Result<Workspace, Error> {
    from_row(
        &tx.query_one(query!("workspaces/get_by_id"), &params![id])
            .await?,
    )
}

/// A workspace by its id, locked until the transaction ends.
///
/// # Errors
/// `NotFound`, or a failing database.
pub async fn lock(tx: &mut Tx<'_>, id: WorkspaceId) -> Result<Workspace, Error> {
    from_row(
        &tx.query_one(query!("workspaces/lock_by_id"), &params![id])
            .await?,
    )
}

/// The workspace that a tool call has made.
///
/// # Errors
/// A failing database.
pub async fn get_by_effect(tx: &mut Tx<'_>, id: EffectId) -> Result<Option<Workspace>, Error> {
    let row = tx
        .query_opt(query!("workspaces/get_by_effect"), &params![id])
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// A person's workspace by its name.
///
/// # Errors
/// A failing database.
pub async fn get_by_name(
    tx: &mut Tx<'_>,
    owner: UserId,
    name: &str,
) -> Result<Option<Workspace>, Error> {
    let row = tx
        .query_opt(
            query!("workspaces/get_by_name"),
            &params![owner, folded(name)],
        )
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Writes a workspace.
///
/// # Errors
/// A failing database.
pub async fn insert(tx: &mut Tx<'_>, workspace: &NewWorkspace) -> Result<(), Error> {
    let NewWorkspace {
        id,
        owner_id,
        organization_id,
        template_id,
        name,
        effect_id,
    } = workspace.clone();
    let folded = folded(&name);
    let now = tx.now();
    let values = params![
        id,
        owner_id,
        organization_id,
        template_id,
        name,
        folded,
        now,
        effect_id
    ];
    tx.execute(query!("workspaces/insert"), &values).await?;
    Ok(())
}

/// Marks a workspace as deleted; its name is free again.
///
/// # Errors
/// A failing database.
pub async fn set_deleted(tx: &mut Tx<'_>, id: WorkspaceId) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(query!("workspaces/update_deleted"), &params![id, now])
        .await?;
    Ok(())
}

/// Stores the isolation that the last start has reached.
///
/// # Errors
/// A failing database.
pub async fn set_isolation(tx: &mut Tx<'_>, id: WorkspaceId, isolation: Json) -> Result<(), Error> {
    let now = tx.now();
    let values = params![id, isolation, now];
    tx.execute(query!("workspaces/update_isolation"), &values)
        .await?;
    Ok(())
}

/// Workspaces whose latest build is a start that has begun and not failed.
///
/// # Errors
/// A failing database.
pub async fn list_started(tx: &mut Tx<'_>) -> Result<Vec<(WorkspaceId, BuildId)>, Error> {
    let rows = tx.query(query!("workspaces/list_started"), &[]).await?;
    rows.iter()
        .map(|row| Ok((row.get("workspace_id")?, row.get("build_id")?)))
        .collect()
}

impl Store {
    /// A workspace, deleted or not.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn get_workspace(&self, actor: &Actor, id: WorkspaceId) -> Result<Workspace, Error> {
        let actor = actor.clone();
        self.read("workspace.get", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let workspace = get(tx, id).await?;
                authorize(&actor, Action::Read, &workspace.object())?;
                Ok(workspace)
            })
        })
        .await
    }

    /// A page of the workspaces that the actor may see, last used first, and how many there are.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn list_workspaces(
        &self,
        actor: &Actor,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<Workspace>, i64), Error> {
        let owner: Option<UserId> = match visible(actor, Action::Read, ResourceKind::Workspace) {
            Visible::All => None,
            Visible::Own(user) => Some(user),
            Visible::Nothing => {
                let denied = Denied {
                    action: Action::Read,
                    kind: ResourceKind::Workspace,
                    hidden: false,
                };
                return Err(denied.into());
            }
        };
        let limit = limit.clamp(0, limits::WORKSPACES_PAGE_MAX);
        self.read("workspace.list", move |tx| {
            Box::pin(async move {
                let values = params![owner, limit, offset.max(0)];
                let rows = tx
                    .query(query!("workspaces/list_by_owner"), &values)
                    .await?;
                let count = tx
                    .query_one(query!("workspaces/count_by_owner"), &params![owner])
                    .await?
                    .get("count")?;
                let page: Result<Vec<_>, Error> = rows.iter().map(from_row).collect();
                Ok((page?, count))
            })
        })
        .await
    }

    /// Notes that somebody works in a workspace.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn touch_workspace(&self, actor: &Actor, id: WorkspaceId) -> Result<(), Error> {
        let actor = actor.clone();
        self.write("workspace.touch", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let workspace = get(tx, id).await?;
                authorize(&actor, Action::Read, &workspace.object())?;
                let now = tx.now();
                tx.execute(query!("workspaces/update_last_used"), &params![id, now])
                    .await?;
                Ok(())
            })
        })
        .await
    }
}
