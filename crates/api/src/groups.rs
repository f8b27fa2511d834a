//! Groups of people.

use muster_base::Patch;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{LoginType, Time, UserStatus};

/// Somebody who belongs to a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct GroupMember {
    pub id: Uuid,
    pub username: String,
    pub name: String,
    pub avatar_url: String,
    /// Empty for a reader who may know names only.
    pub email: String,
    pub status: UserStatus,
    pub login_type: LoginType,
    pub created_at: Time,
    pub updated_at: Time,
}

/// Where a group comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum GroupSource {
    /// Somebody made it here.
    User,
    /// Single sign-on brought it.
    Oidc,
}

/// A group of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Group {
    pub id: Uuid,
    pub name: String,
    pub display_name: String,
    pub organization_id: Uuid,
    pub organization_name: String,
    pub organization_display_name: String,
    pub avatar_url: String,
    pub quota_allowance: i64,
    pub source: GroupSource,
    /// The first of them by name.
    pub members: Vec<GroupMember>,
    pub total_member_count: i64,
}

/// Makes a group.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct CreateGroupRequest {
    pub name: String,
    #[serde(default)]
    pub display_name: Option<String>,
    #[serde(default)]
    pub avatar_url: Option<String>,
    #[serde(default)]
    pub quota_allowance: Option<i64>,
}

/// Changes a group: absent keeps.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct PatchGroupRequest {
    /// An empty name keeps, too: existing clients send it so.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    #[cfg_attr(feature = "ts", ts(as = "Option<String>"))]
    pub name: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    #[cfg_attr(feature = "ts", ts(as = "Option<String>"))]
    pub display_name: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    #[cfg_attr(feature = "ts", ts(as = "Option<String>"))]
    pub avatar_url: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    #[cfg_attr(feature = "ts", ts(as = "Option<i64>"))]
    pub quota_allowance: Patch<i64>,
    /// Ids of the people who join.
    #[serde(default)]
    pub add_users: Option<Vec<Uuid>>,
    /// Ids of the people who leave.
    #[serde(default)]
    pub remove_users: Option<Vec<Uuid>>,
}
