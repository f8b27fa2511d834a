//! Whom the owner of a chat lets read it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a reader of a chat may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ChatRole {
    /// See the chat, its messages, files and live output; nothing else.
    Read,
    /// In a request alone: no longer a reader.
    #[serde(rename = "")]
    Removed,
}

/// A person whom a chat is shared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ChatAclUser {
    pub id: Uuid,
    pub username: String,
    pub name: String,
    pub avatar_url: String,
    pub role: ChatRole,
}

/// A group that a chat is shared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ChatAclGroup {
    pub id: Uuid,
    pub organization_id: Uuid,
    pub name: String,
    pub display_name: String,
    pub avatar_url: String,
    pub total_member_count: i64,
    pub role: ChatRole,
}

/// Everybody whom a chat is shared with, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ChatAcl {
    pub users: Vec<ChatAclUser>,
    pub groups: Vec<ChatAclGroup>,
}

/// Shares a chat or ends that; whoever is not named stays as they are.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct UpdateChatAclRequest {
    /// `read`, or an empty text to end it, by the id of a person.
    #[serde(default)]
    pub user_roles: Option<BTreeMap<String, ChatRole>>,
    /// The same by the id of a group.
    #[serde(default)]
    pub group_roles: Option<BTreeMap<String, ChatRole>>,
}
