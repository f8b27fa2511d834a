//! Asking what one may do, before offering a button for it.

use std::collections::BTreeMap;

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Questions by name; the answers come under the same names.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct AuthorizationRequest {
    pub checks: BTreeMap<String, AuthorizationCheck>,
}

/// One question.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct AuthorizationCheck {
    pub object: AuthorizationObject,
    /// What is to be done: `create`, `read`, `update`, `delete`, `use`, …
    pub action: String,
}

/// What it is to be done to. Without owner and id it is the whole collection.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct AuthorizationObject {
    pub resource_type: String,
    /// `me` or the id of a person.
    #[serde(default)]
    pub owner_id: Option<String>,
    #[serde(default)]
    pub organization_id: Option<Uuid>,
    /// One object by its id; its owner and organization are looked up.
    #[serde(default)]
    pub resource_id: Option<String>,
    /// In whichever organization.
    #[serde(default)]
    pub any_org: bool,
}
