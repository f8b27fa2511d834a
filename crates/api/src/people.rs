//! People, their sessions and what the deployment says about itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{SecretText, Time};

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    Active,
    /// Not seen for long; the next sign-in makes it active.
    Dormant,
    Suspended,
}

/// How a person signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum LoginType {
    Password,
    Github,
    Oidc,
    None,
}

/// A role that a person has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UserRole {
    pub name: String,
    pub display_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<Uuid>,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct User {
    pub id: Uuid,
    pub username: String,
    pub name: String,
    pub avatar_url: String,
    pub email: String,
    pub created_at: Time,
    pub updated_at: Time,
    pub last_seen_at: Time,
    pub status: UserStatus,
    pub login_type: LoginType,
    pub organization_ids: Vec<Uuid>,
    pub roles: Vec<UserRole>,
}

/// A page of people.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UsersPage {
    pub users: Vec<User>,
    pub count: i64,
}

/// Creates the first owner.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct CreateFirstUserRequest {
    pub email: String,
    pub username: String,
    #[serde(default)]
    pub name: Option<String>,
    #[schema(value_type = String, format = Password)]
    pub password: SecretText,
}

/// The first owner exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CreateFirstUserResponse {
    pub user_id: Uuid,
    pub organization_id: Uuid,
}

/// Adds a person.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct CreateUserRequest {
    pub email: String,
    pub username: String,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    pub password: Option<SecretText>,
    #[serde(default)]
    pub login_type: Option<LoginType>,
    #[serde(default)]
    pub user_status: Option<UserStatus>,
    #[serde(default)]
    pub organization_ids: Option<Vec<Uuid>>,
}

/// Signs in by password.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct LoginRequest {
    pub email: String,
    #[schema(value_type = String, format = Password)]
    pub password: SecretText,
}

/// Signs in by a one-time link.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct LoginLinkRequest {
    #[schema(value_type = String)]
    pub secret: SecretText,
}

/// A fresh session.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LoginResponse {
    pub session_token: String,
}

/// Whether a way to sign in is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct AuthMethod {
    pub enabled: bool,
}

/// The ways to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct AuthMethods {
    pub password: AuthMethod,
    pub github: AuthMethod,
    pub oidc: AuthMethod,
}

/// A session or token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ApiKey {
    pub id: String,
    pub user_id: Uuid,
    pub login_type: String,
    pub scopes: Vec<String>,
    pub token_name: String,
    pub lifetime_seconds: i64,
    pub last_used: Time,
    pub expires_at: Time,
    pub created_at: Time,
    pub updated_at: Time,
    /// It is the one that this request came with.
    pub current: bool,
}

/// Makes an API token.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct CreateTokenRequest {
    /// Nanoseconds; absent or 0 for the default.
    #[serde(default)]
    pub lifetime: Option<i64>,
    /// One scope; absent for everything the owner may do.
    #[serde(default)]
    pub scope: Option<String>,
    #[serde(default)]
    pub token_name: Option<String>,
}

/// The token, shown once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CreateTokenResponse {
    pub key: String,
}

/// An organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Organization {
    pub id: Uuid,
    pub name: String,
    pub display_name: String,
    pub description: String,
    pub icon: String,
    pub is_default: bool,
    pub created_at: Time,
    pub updated_at: Time,
}

/// Somebody who belongs to an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct OrganizationMember {
    pub user_id: Uuid,
    pub organization_id: Uuid,
    pub created_at: Time,
    pub updated_at: Time,
    pub username: String,
    pub name: String,
    pub avatar_url: String,
    /// Empty for a reader who may know names only.
    pub email: String,
    /// In this organization: none but the implied one of a member.
    pub roles: Vec<UserRole>,
    /// In the whole deployment.
    pub global_roles: Vec<UserRole>,
}

/// A page of members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct OrganizationMembersPage {
    pub members: Vec<OrganizationMember>,
    /// How many fit in all.
    pub count: i64,
}

/// What this server is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct BuildInfo {
    pub version: String,
    pub agent_api_version: String,
    pub deployment_id: Uuid,
    /// Empty until push notifications are configured.
    pub webpush_public_key: String,
}
