//! Invitations: one-time links by which people make their own accounts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{SecretText, Time};

/// Invites somebody.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct CreateInviteRequest {
    /// What the new person may do; absent is what new people get by default.
    #[serde(default)]
    pub roles: Option<Vec<String>>,
}

/// An invitation that nobody has used yet.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Invite {
    pub id: Uuid,
    pub roles: Vec<String>,
    pub created_by: Uuid,
    /// The user name of whoever invites.
    pub created_by_name: String,
    pub created_at: Time,
    pub expires_at: Time,
}

/// A fresh invitation. Its secret is shown this once; the link is
/// `<address of the server>/invite#secret=<secret>`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CreateInviteResponse {
    pub invite: Invite,
    #[schema(format = Password)]
    pub secret: String,
}

/// Follows an invitation with an account of one's own.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct AcceptInviteRequest {
    #[schema(value_type = String, format = Password)]
    pub secret: SecretText,
    pub email: String,
    pub username: String,
    #[serde(default)]
    pub name: Option<String>,
    #[schema(value_type = String, format = Password)]
    pub password: SecretText,
}
