//! `list_templates` and `read_template`.

use std::collections::HashSet;

use muster_base::{TemplateId, TemplateVersionId, limits};
use muster_rbac::Actor;
use muster_store as store;
use muster_store::templates::{Preset, Template, VersionParameter};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{ChatError, cut, without_empty};
use crate::{Allowed, Workspaces};

/// What `list_templates` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListTemplates {
    /// Those that the chat may use.
    pub templates: Vec<TemplateSummary>,
    /// How many.
    pub count: usize,
}

/// A template in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TemplateSummary {
    /// For `read_template` and `create_workspace`.
    pub id: TemplateId,
    /// Its name.
    pub name: String,
    /// Its name for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    /// What it is for, the beginning.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// What `read_template` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReadTemplate {
    /// The template.
    pub template: TemplateDetail,
    /// What may be chosen.
    pub parameters: Vec<Json>,
    /// Named sets of values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<Json>,
}

/// A template by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TemplateDetail {
    /// As in the list.
    #[serde(flatten)]
    pub summary: TemplateSummary,
    /// The version that a new workspace is built from.
    pub active_version_id: TemplateVersionId,
}

impl Workspaces {
    /// The templates that a chat of this owner may use, those that match `query` first of all
    /// in name, display name or description.
    ///
    /// # Errors
    /// A failing database.
    pub async fn list_templates(
        &self,
        owner: &Actor,
        query: Option<&str>,
    ) -> Result<ListTemplates, ChatError> {
        let allowed = self.allowed_templates().await;
        let organization = self.0.options.organization_id;
        let query = query.unwrap_or_default().trim().to_lowercase();
        let matches = |template: &Template| {
            [
                &template.name,
                &template.display_name,
                &template.description,
            ]
            .iter()
            .any(|text| text.to_lowercase().contains(&query))
        };
        let templates: Vec<TemplateSummary> = self
            .0
            .store
            .list_templates(owner, organization)
            .await?
            .into_iter()
            .filter(|template| is_offered(template, &allowed) && matches(template))
            .map(|template| summary(&template))
            .collect();
        let count = templates.len();
        Ok(ListTemplates { templates, count })
    }

    /// One template with its parameters and presets.
    ///
    /// # Errors
    /// [`ChatError::UnknownTemplate`] for any that the chat may not use.
    pub async fn read_template(&self, owner: &Actor, id: &str) -> Result<ReadTemplate, ChatError> {
        let template = self.template_for_chat(owner, id).await?;
        let (template, version, parameters, presets) =
            self.0.store.get_active_version(owner, template.id).await?;
        Ok(ReadTemplate {
            template: TemplateDetail {
                summary: summary(&template),
                active_version_id: version.id,
            },
            parameters: parameters.into_iter().map(parameter_json).collect(),
            presets: presets.iter().map(preset_json).collect(),
        })
    }

    /// The template that a model named, if the chat may use it.
    pub(super) async fn template_for_chat(
        &self,
        owner: &Actor,
        written: &str,
    ) -> Result<Template, ChatError> {
        let unknown = || ChatError::UnknownTemplate(cut(written, limits::TITLE_CHARS_MAX));
        let id: TemplateId = written.trim().parse().map_err(|_error| unknown())?;
        let allowed = self.allowed_templates().await;
        let template = match self.0.store.get_template(owner, id).await {
            Ok(template) => template,
            Err(store::Error::NotFound { what: _ } | store::Error::Denied(_)) => {
                return Err(unknown());
            }
            Err(error) => return Err(error.into()),
        };
        if is_offered(&template, &allowed) {
            Ok(template)
        } else {
            Err(unknown())
        }
    }

    /// The list of allowed templates, read anew. A failure or a slow answer allows nothing.
    async fn allowed_templates(&self) -> Allowed {
        let Some(allowlist) = &self.0.options.allowlist else {
            return Allowed::All;
        };
        let limit = limits::TEMPLATE_ALLOWLIST_LIMIT;
        let read = self
            .0
            .clock
            .timeout("templates.allowlist", limit, allowlist());
        match read.await {
            Ok(Ok(allowed)) => allowed,
            Ok(Err(error)) => {
                tracing::warn!(error = %error, "template allowlist not read");
                Allowed::Only(HashSet::new())
            }
            Err(error) => {
                tracing::warn!(error = %error, "template allowlist not read");
                Allowed::Only(HashSet::new())
            }
        }
    }
}

fn is_offered(template: &Template, allowed: &Allowed) -> bool {
    let is_listed = match allowed {
        Allowed::All => true,
        Allowed::Only(ids) => ids.contains(&template.id),
    };
    is_listed && !template.deleted && template.deprecated.is_empty()
}

fn summary(template: &Template) -> TemplateSummary {
    TemplateSummary {
        id: template.id,
        name: template.name.clone(),
        display_name: template.display_name.clone(),
        description: cut(&template.description, limits::TEMPLATE_DESCRIPTION_CHARS),
    }
}

/// The document's own words, with the default under its wire name and the description cut.
fn parameter_json(parameter: VersionParameter) -> Json {
    let mut settings = parameter.settings;
    if let Some(object) = settings.as_object_mut() {
        if let Some(default) = object.remove("default_value") {
            object.insert("default".to_owned(), default);
        }
        if let Some(text) = object.get("description").and_then(Json::as_str) {
            let text = cut(text, limits::PARAMETER_DESCRIPTION_CHARS);
            object.insert("description".to_owned(), Json::String(text));
        }
        object.remove("icon");
    }
    without_empty(settings)
}

fn preset_json(preset: &Preset) -> Json {
    without_empty(json!({
        "id": preset.id,
        "name": preset.name,
        "description": preset.description,
        "default": preset.is_default,
        "parameters": preset.parameters,
    }))
}
