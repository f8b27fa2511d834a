//! The built-in template, and reading a document back from its version.

use muster_base::{JobId, OrganizationId, PresetId, TemplateId, TemplateVersionId};
use muster_store::jobs::{self, JobKind, NewJob};
use muster_store::templates::{
    self, Preset as PresetRow, Template, TemplateVersion, VersionParameter,
};
use muster_store::{self as store, Tx};
use serde_json::{Value as Json, json};

use crate::{Document, Error, Preset, Workspaces};

/// Key and name of the template that the server inserts on its first start.
pub const BUILTIN_LOCAL: &str = "local";

impl Workspaces {
    /// Inserts the built-in template once per organization; one that was edited or deleted
    /// since stays as it is.
    ///
    /// # Errors
    /// A failing database.
    pub async fn insert_builtin_template(&self) -> Result<(), Error> {
        let organization = self.0.options.organization_id;
        let clock = self.0.clock.clone();
        let inserted = self.0.store.write("template.insert_builtin", move |tx| {
            let ids = Ids {
                template: TemplateId::new(&clock),
                version: TemplateVersionId::new(&clock),
                job: JobId::new(&clock),
                preset: PresetId::new(&clock),
            };
            Box::pin(async move { insert_builtin(tx, organization, &ids).await })
        });
        match inserted.await {
            // Two replicas started at once: the other one was first.
            Ok(()) | Err(Error::Store(store::Error::Unique { .. })) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

struct Ids {
    template: TemplateId,
    version: TemplateVersionId,
    job: JobId,
    preset: PresetId,
}

async fn insert_builtin(
    tx: &mut Tx<'_>,
    organization_id: OrganizationId,
    ids: &Ids,
) -> Result<(), Error> {
    if templates::get_builtin(tx, organization_id, BUILTIN_LOCAL)
        .await?
        .is_some()
    {
        return Ok(());
    }
    let at = tx.now();
    let job = NewJob {
        id: ids.job,
        organization_id,
        initiator_id: None,
        kind: JobKind::TemplateVersionImport,
        input: json!({ "template_version_id": ids.version }),
    };
    jobs::insert(tx, &job).await?;
    jobs::finish(tx, ids.job, None).await?;
    let document = Document {
        presets: vec![default_preset()],
        ..Document::default()
    };
    templates::insert(
        tx,
        &Template {
            id: ids.template,
            organization_id,
            name: BUILTIN_LOCAL.to_owned(),
            display_name: "Local sandbox".to_owned(),
            description: "A sandbox on the server's own machine, without network.".to_owned(),
            icon: String::new(),
            provisioner: document.provisioner.as_str().to_owned(),
            active_version_id: ids.version,
            builtin_key: Some(BUILTIN_LOCAL.to_owned()),
            deprecated: String::new(),
            deleted: false,
            created_by: None,
            created_at: at,
            updated_at: at,
        },
    )
    .await?;
    let version = TemplateVersion {
        id: ids.version,
        template_id: Some(ids.template),
        organization_id,
        name: "built-in".to_owned(),
        job_id: ids.job,
        spec: to_json(&document)?,
        readme: String::new(),
        message: String::new(),
        archived: false,
        provisioner: document.provisioner.as_str().to_owned(),
        created_by: None,
        created_at: at,
        updated_at: at,
    };
    let parameters = parameter_rows(&document)?;
    let presets = preset_rows(&document, ids.preset);
    templates::insert_version(tx, &version, &parameters, &presets).await?;
    Ok(())
}

fn default_preset() -> Preset {
    Preset {
        name: "Default".to_owned(),
        description: String::new(),
        icon: String::new(),
        default: true,
        parameters: std::collections::BTreeMap::new(),
    }
}

fn to_json(value: &impl serde::Serialize) -> Result<Json, Error> {
    serde_json::to_value(value).map_err(Error::JobInput)
}

fn parameter_rows(document: &Document) -> Result<Vec<VersionParameter>, Error> {
    let row = |parameter: &crate::Parameter| {
        Ok(VersionParameter {
            name: parameter.name.clone(),
            kind: parameter.kind.as_str().to_owned(),
            settings: to_json(parameter)?,
        })
    };
    document.parameters.iter().map(row).collect()
}

/// The built-in document has one preset, so one id is enough.
fn preset_rows(document: &Document, id: PresetId) -> Vec<PresetRow> {
    let row = |preset: &Preset| PresetRow {
        id,
        name: preset.name.clone(),
        description: preset.description.clone(),
        icon: preset.icon.clone(),
        is_default: preset.default,
        parameters: preset.parameters.clone(),
    };
    document.presets.first().map(row).into_iter().collect()
}

/// The document of a stored version.
pub(crate) fn document_of(version: &TemplateVersion) -> Result<Document, Error> {
    Document::from_json(&version.spec.to_string()).map_err(Error::Document)
}
