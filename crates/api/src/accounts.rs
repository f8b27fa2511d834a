//! What people change about themselves, and who keeps them about others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{LoginType, SandboxLevel, SecretText};

/// How a person is called.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct UpdateProfileRequest {
    pub username: String,
    /// Absent is empty.
    #[serde(default)]
    pub name: Option<String>,
}

/// A new password.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct UpdatePasswordRequest {
    /// Required for one's own.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    pub old_password: Option<SecretText>,
    #[schema(value_type = String, format = Password)]
    pub password: SecretText,
}

/// All roles that a person is to have.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct UpdateRolesRequest {
    /// Without the implied `member`, which is ignored.
    pub roles: Vec<String>,
}

/// The roles of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UserRoles {
    pub roles: Vec<String>,
    /// By organization.
    pub organization_roles: BTreeMap<Uuid, Vec<String>>,
}

/// A role that people can be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct AssignableRole {
    pub name: String,
    pub display_name: String,
    /// Whether the caller may give it.
    pub assignable: bool,
    pub built_in: bool,
}

/// How a person signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UserLoginType {
    pub login_type: LoginType,
}

/// How the pages look to a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UserAppearance {
    /// Empty until chosen.
    pub theme_preference: String,
    /// Empty until chosen.
    pub terminal_font: String,
}

/// Changes how the pages look: absent keeps.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct UpdateAppearanceRequest {
    #[serde(default)]
    pub theme_preference: Option<String>,
    #[serde(default)]
    pub terminal_font: Option<String>,
}

/// What a person has chosen beside that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UserPreferences {
    pub task_notification_alert_dismissed: bool,
    /// The sandbox level whose notice they have closed; absent until they have closed one. At
    /// a worse level the notice is news again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox_notice_dismissed: Option<SandboxLevel>,
}

/// Changes what a person has chosen: absent keeps.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct UpdatePreferencesRequest {
    #[serde(default)]
    pub task_notification_alert_dismissed: Option<bool>,
    #[serde(default)]
    pub sandbox_notice_dismissed: Option<SandboxLevel>,
}

/// What the server allows for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TokenConfig {
    /// Nanoseconds.
    pub max_token_lifetime: i64,
}
