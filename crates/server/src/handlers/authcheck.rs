//! What the caller may do, for pages that offer only what will work.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use muster_api as api;
use muster_base::{OrganizationId, UserId, limits};
use muster_rbac::{Action, Object, ResourceKind};
use muster_store::authcheck::Question;
use uuid::Uuid;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract;

/// Names of existing clients for what is called otherwise here.
const ALIASES: [(&str, ResourceKind); 3] = [
    ("assign_role", ResourceKind::RoleAssignment),
    ("organization_member", ResourceKind::Organization),
    ("group_member", ResourceKind::Group),
];

/// Ask what one may do.
#[utoipa::path(post, path = "/authcheck", tag = "people",
    request_body = api::AuthorizationRequest,
    responses(
        (status = 200, body = BTreeMap<String, bool>),
        (status = 400, body = api::ErrorBody),
    ))]
pub(crate) async fn check(
    State(app): State<App>,
    caller: Caller,
    extract::Json(body): extract::Json<api::AuthorizationRequest>,
) -> Result<Json<BTreeMap<String, bool>>> {
    if body.checks.len() > limits::AUTHCHECKS_MAX {
        return Err(Error::invalid("checks", "asks too much at once"));
    }
    let me = caller.0.user.id;
    let questions = body.checks.iter();
    let questions = questions.map(|(name, check)| question(me, name, check));
    let questions = questions.collect::<Result<Vec<_>>>()?;
    let answers = app.store.may(caller.actor(), questions).await?;
    Ok(Json(body.checks.into_keys().zip(answers).collect()))
}

fn question(me: UserId, name: &str, check: &api::AuthorizationCheck) -> Result<Question> {
    let wrong = |field: &str, why: &str| Error::invalid(format!("checks.{name}.{field}"), why);
    let asked = &check.object;
    let action = Action::parse(&check.action);
    let action = action.ok_or_else(|| wrong("action", "is no action"))?;
    let kind = kind(&asked.resource_type, action);
    let kind = kind.ok_or_else(|| wrong("object.resource_type", "is no type"))?;
    let owner = match asked.owner_id.as_deref() {
        None | Some("") => None,
        Some("me") => Some(me),
        Some(id) => {
            let id = id.parse();
            Some(id.map_err(|_no_id| wrong("object.owner_id", "is neither me nor an id"))?)
        }
    };
    let id = asked.resource_id.as_deref().filter(|id| !id.is_empty());
    let (id, api_key) = match (id, kind) {
        (Some(id), ResourceKind::ApiKey) => (None, Some(id.to_owned())),
        (Some(id), _) => {
            let id: Result<Uuid, _> = id.parse();
            let id = id.map_err(|_no_id| wrong("object.resource_id", "is not a valid id"))?;
            (Some(id), None)
        }
        (None, _) => (None, None),
    };
    let object = Object {
        owner,
        organization: asked.organization_id.map(OrganizationId),
        id,
        ..Object::of(kind)
    };
    Ok(Question {
        action,
        object,
        api_key,
    })
}

fn kind(name: &str, action: Action) -> Option<ResourceKind> {
    let alias = || ALIASES.iter().find(|(alias, _)| *alias == name);
    let kind = ResourceKind::parse(name).or_else(|| alias().map(|(_, kind)| *kind))?;
    // Existing clients ask for the personal side of a user by the action alone.
    let personal = matches!(action, Action::ReadPersonal | Action::UpdatePersonal);
    if personal && kind == ResourceKind::User {
        return Some(ResourceKind::UserPersonal);
    }
    Some(kind)
}
