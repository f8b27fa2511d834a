//! Templates and their versions: what a workspace is built from.

use std::collections::BTreeMap;

use muster_base::{JobId, Micros, OrganizationId, PresetId, TemplateId, TemplateVersionId, UserId};
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};
use serde_json::Value as Json;

use crate::{Error, Row, Store, Tx, params};

/// One template.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct Template {
    pub id: TemplateId,
    pub organization_id: OrganizationId,
    pub name: String,
    pub display_name: String,
    pub description: String,
    pub icon: String,
    pub provisioner: String,
    pub active_version_id: TemplateVersionId,
    /// Name of a template that the server inserted itself.
    pub builtin_key: Option<String>,
    /// Why it should not be used any more; empty when it may.
    pub deprecated: String,
    pub deleted: bool,
    pub created_by: Option<UserId>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

/// One version of a template.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct TemplateVersion {
    pub id: TemplateVersionId,
    pub template_id: Option<TemplateId>,
    pub organization_id: OrganizationId,
    pub name: String,
    pub job_id: JobId,
    /// The document in its JSON form.
    pub spec: Json,
    pub readme: String,
    pub message: String,
    pub archived: bool,
    pub provisioner: String,
    pub created_by: Option<UserId>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

/// A parameter of a version; `settings` is its part of the document.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct VersionParameter {
    pub name: String,
    pub kind: String,
    pub settings: Json,
}

/// A preset of a version with its values.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct Preset {
    pub id: PresetId,
    pub name: String,
    pub description: String,
    pub icon: String,
    pub is_default: bool,
    pub parameters: BTreeMap<String, String>,
}

impl Template {
    /// What the policy sees.
    #[must_use]
    pub fn object(&self) -> Object {
        Object::of(ResourceKind::Template)
            .in_organization(self.organization_id)
            .with_id(self.id)
    }
}

fn from_row(row: &Row) -> Result<Template, Error> {
    Ok(Template {
        id: row.get("id")?,
        organization_id: row.get("organization_id")?,
        name: row.get("name")?,
        display_name: row.get("display_name")?,
        description: row.get("description")?,
        icon: row.get("icon")?,
        provisioner: row.get("provisioner")?,
        active_version_id: row.get("active_version_id")?,
        builtin_key: row.get("builtin_key")?,
        deprecated: row.get("deprecated")?,
        deleted: row.get("deleted")?,
        created_by: row.get("created_by")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

fn version_from_row(row: &Row) -> Result<TemplateVersion, Error> {
    Ok(TemplateVersion {
        id: row.get("id")?,
        template_id: row.get("template_id")?,
        organization_id: row.get("organization_id")?,
        name: row.get("name")?,
        job_id: row.get("job_id")?,
        spec: row.get("spec")?,
        readme: row.get("readme")?,
        message: row.get("message")?,
        archived: row.get("archived")?,
        provisioner: row.get("provisioner")?,
        created_by: row.get("created_by")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// A template by its id, deleted or not.
///
/// # Errors
/// `NotFound`, or a failing database.
pub async fn get(tx: &mut Tx<'_>, id: TemplateId) -> Result<Template, Error> {
    from_row(
        &tx.query_one(query!("templates/get_by_id"), &params![id])
            .await?,
    )
}

/// A template by its id, locked until the transaction ends: making a workspace and deleting
/// the template exclude each other.
///
/// # Errors
/// `NotFound`, or a failing database.
pub async fn lock(tx: &mut Tx<'_>, id: TemplateId) -> Result<Template, Error> {
    from_row(
        &tx.query_one(query!("templates/lock_by_id"), &params![id])
            .await?,
    )
}

/// A template that the server inserted itself, deleted or not.
///
/// # Errors
/// A failing database.
pub async fn get_builtin(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    key: &str,
) -> Result<Option<Template>, Error> {
    let row = tx
        .query_opt(query!("templates/get_builtin"), &params![organization, key])
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// The templates of an organization that are not deleted, by name.
///
/// # Errors
/// A failing database.
pub async fn list(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<Vec<Template>, Error> {
    let rows = tx
        .query(
            query!("templates/list_by_organization"),
            &params![organization],
        )
        .await?;
    rows.iter().map(from_row).collect()
}

/// Writes a template whose first version is `active_version_id`.
///
/// # Errors
/// `Unique` when the name is taken, or a failing database.
pub async fn insert(tx: &mut Tx<'_>, template: &Template) -> Result<(), Error> {
    let row = template.clone();
    let folded = row.name.to_lowercase();
    let values = params![
        row.id,
        row.organization_id,
        row.name,
        folded,
        row.display_name,
        row.description,
        row.icon,
        row.provisioner,
        row.active_version_id,
        row.builtin_key,
        row.created_by,
        row.created_at
    ];
    tx.execute(query!("templates/insert"), &values).await?;
    Ok(())
}

/// A version by its id.
///
/// # Errors
/// `NotFound`, or a failing database.
pub async fn get_version(tx: &mut Tx<'_>, id: TemplateVersionId) -> Result<TemplateVersion, Error> {
    version_from_row(
        &tx.query_one(query!("template_versions/get_by_id"), &params![id])
            .await?,
    )
}

/// Writes a version with what its import found.
///
/// # Errors
/// A failing database.
pub async fn insert_version(
    tx: &mut Tx<'_>,
    version: &TemplateVersion,
    parameters: &[VersionParameter],
    presets: &[Preset],
) -> Result<(), Error> {
    let row = version.clone();
    let values = params![
        row.id,
        row.template_id,
        row.organization_id,
        row.name,
        row.job_id,
        row.spec,
        row.readme,
        row.message,
        row.provisioner,
        row.created_by,
        row.created_at
    ];
    tx.execute(query!("template_versions/insert"), &values)
        .await?;
    for (order, parameter) in (0_i64..).zip(parameters) {
        let VersionParameter {
            name,
            kind,
            settings,
        } = parameter;
        let values = params![version.id, name, order, kind, settings];
        tx.execute(query!("template_version_parameters/insert"), &values)
            .await?;
    }
    for preset in presets {
        insert_preset(tx, version, preset).await?;
    }
    Ok(())
}

async fn insert_preset(
    tx: &mut Tx<'_>,
    version: &TemplateVersion,
    preset: &Preset,
) -> Result<(), Error> {
    let Preset {
        id,
        name,
        description,
        icon,
        is_default,
        parameters,
    } = preset;
    let at = version.created_at;
    let values = params![*id, version.id, name, description, icon, *is_default, at];
    tx.execute(query!("template_version_presets/insert"), &values)
        .await?;
    for (name, value) in parameters {
        let values = params![*id, name, value];
        tx.execute(query!("template_version_preset_parameters/insert"), &values)
            .await?;
    }
    Ok(())
}

/// The parameters of a version, in the document's order.
///
/// # Errors
/// A failing database.
pub async fn list_parameters(
    tx: &mut Tx<'_>,
    id: TemplateVersionId,
) -> Result<Vec<VersionParameter>, Error> {
    let rows = tx
        .query(
            query!("template_version_parameters/list_by_version"),
            &params![id],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(VersionParameter {
                name: row.get("name")?,
                kind: row.get("type")?,
                settings: row.get("settings")?,
            })
        })
        .collect()
}

/// The presets of a version with their values, by name.
///
/// # Errors
/// A failing database.
pub async fn list_presets(tx: &mut Tx<'_>, id: TemplateVersionId) -> Result<Vec<Preset>, Error> {
    let rows = tx
        .query(
            query!("template_version_presets/list_by_version"),
            &params![id],
        )
        .await?;
    let mut values: BTreeMap<PresetId, BTreeMap<String, String>> = BTreeMap::new();
    let parameters = query!("template_version_preset_parameters/list_by_version");
    for row in tx.query(parameters, &params![id]).await? {
        let of_preset = values.entry(row.get("preset_id")?).or_default();
        of_preset.insert(row.get("name")?, row.get("value")?);
    }
    rows.iter()
        .map(|row| {
            let id = row.get("id")?;
            Ok(Preset {
                id,
                name: row.get("name")?,
                description: row.get("description")?,
                icon: row.get("icon")?,
                is_default: row.get("is_default")?,
                parameters: values.remove(&id).unwrap_or_default(),
            })
        })
        .collect()
}

impl Store {
    /// A template, deleted or not.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn get_template(&self, actor: &Actor, id: TemplateId) -> Result<Template, Error> {
        let actor = actor.clone();
        self.read("template.get", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let template = get(tx, id).await?;
                authorize(&actor, Action::Read, &template.object())?;
                Ok(template)
            })
        })
        .await
    }

    /// The templates of an organization that the actor may see, by name.
    ///
    /// # Errors
    /// A failing database.
    pub async fn list_templates(
        &self,
        actor: &Actor,
        organization: OrganizationId,
    ) -> Result<Vec<Template>, Error> {
        let actor = actor.clone();
        let all = self
            .read("template.list", move |tx| {
                Box::pin(async move { list(tx, organization).await })
            })
            .await?;
        let readable =
            |template: &Template| authorize(&actor, Action::Read, &template.object()).is_ok();
        Ok(all.into_iter().filter(readable).collect())
    }

    /// A template's active version with its parameters and presets.
    ///
    /// # Errors
    /// Not found, not allowed, or a failing database.
    pub async fn get_active_version(
        &self,
        actor: &Actor,
        id: TemplateId,
    ) -> Result<
        (
            Template,
            TemplateVersion,
            Vec<VersionParameter>,
            Vec<Preset>,
        ),
        Error,
    > {
        let actor = actor.clone();
        self.read("template.get_active_version", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let template = get(tx, id).await?;
                authorize(&actor, Action::Read, &template.object())?;
                let version = get_version(tx, template.active_version_id).await?;
                let parameters = list_parameters(tx, version.id).await?;
                let presets = list_presets(tx, version.id).await?;
                Ok((template, version, parameters, presets))
            })
        })
        .await
    }
}
