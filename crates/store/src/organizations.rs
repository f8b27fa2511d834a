//! Organizations and who belongs to them.

use muster_base::{GroupId, Micros, OrganizationId, UserId};
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};

use crate::groups::{self, NewGroup};
use crate::{Error, Row, Store, Tx, params};

/// One organization.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct Organization {
    pub id: OrganizationId,
    pub name: String,
    pub display_name: String,
    pub description: String,
    pub icon: String,
    pub is_default: bool,
    pub created_at: Micros,
    pub updated_at: Micros,
}

fn from_row(row: &Row) -> Result<Organization, Error> {
    Ok(Organization {
        id: row.get("id")?,
        name: row.get("name")?,
        display_name: row.get("display_name")?,
        description: row.get("description")?,
        icon: row.get("icon")?,
        is_default: row.get("is_default")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// The organization that everybody joins.
///
/// # Errors
/// `NotFound` before the first start has made it, or a failing database.
pub async fn get_default(tx: &mut Tx<'_>) -> Result<Organization, Error> {
    from_row(
        &tx.query_one(query!("organizations/get_default"), &[])
            .await?,
    )
}

/// The organizations of a person.
///
/// # Errors
/// A failing database.
pub async fn list_of_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<OrganizationId>, Error> {
    let statement = query!("organization_members/list_by_user");
    let rows = tx.query(statement, &params![user]).await?;
    rows.iter().map(|row| row.get("organization_id")).collect()
}

/// Adds a person as a plain member.
///
/// # Errors
/// `Unique` for a member, or a failing database.
pub async fn add_member(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    user: UserId,
) -> Result<(), Error> {
    let now = tx.now();
    let values = params![organization, user, serde_json::json!([]), now];
    tx.execute(query!("organization_members/insert"), &values)
        .await?;
    groups::add_member(tx, GroupId(organization.0), user).await
}

impl Store {
    /// The default organization, made on the first start.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn ensure_default_organization(&self, actor: &Actor) -> Result<Organization, Error> {
        authorize(
            actor,
            Action::Create,
            &Object::of(ResourceKind::Organization),
        )?;
        let id = OrganizationId::new(self.clock());
        let made = self
            .write("organization.ensure_default", move |tx| {
                Box::pin(insert_default(tx, id))
            })
            .await;
        match made {
            // Another replica was first.
            Err(Error::Unique { .. }) => {
                self.read("organization.get_default", |tx| Box::pin(get_default(tx)))
                    .await
            }
            other => other,
        }
    }

    /// Every organization that the actor may see.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn list_organizations(&self, actor: &Actor) -> Result<Vec<Organization>, Error> {
        authorize(actor, Action::Read, &Object::of(ResourceKind::Organization))?;
        self.read("organization.list", |tx| {
            Box::pin(async move {
                let rows = tx.query(query!("organizations/list_all"), &[]).await?;
                rows.iter().map(from_row).collect()
            })
        })
        .await
    }
}

async fn insert_default(tx: &mut Tx<'_>, id: OrganizationId) -> Result<Organization, Error> {
    match get_default(tx).await {
        Err(Error::NotFound { .. }) => {}
        other => return other,
    }
    let now = tx.now();
    let values = params![id, "default", "default", "Default", true, now];
    tx.execute(query!("organizations/insert"), &values).await?;
    let everyone = NewGroup {
        id: GroupId(id.0),
        organization_id: id,
        name: "Everyone".to_owned(),
        display_name: "Everyone".to_owned(),
        avatar_url: String::new(),
        quota_allowance: 0,
    };
    groups::insert(tx, &everyone).await?;
    get_default(tx).await
}
