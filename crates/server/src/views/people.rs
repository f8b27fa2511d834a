//! People, keys and organizations.

use muster_api as api;
use muster_base::OrganizationId;
use muster_rbac::Role;
use muster_store::api_keys::ApiKey;
use muster_store::groups::GroupMembers;
use muster_store::invites::Invite;
use muster_store::organization_members::OrganizationMember;
use muster_store::organizations::Organization;
use muster_store::users::{LoginType, User, UserStatus};

pub(crate) fn user(user: &User, organizations: &[OrganizationId]) -> api::User {
    api::User {
        id: user.id.0,
        username: user.username.clone(),
        name: user.name.clone(),
        avatar_url: user.avatar_url.clone(),
        email: user.email.clone(),
        created_at: user.created_at.into(),
        updated_at: user.updated_at.into(),
        last_seen_at: user.last_seen_at.into(),
        status: status(user.status),
        login_type: login_type(user.login_type),
        organization_ids: organizations.iter().map(|id| id.0).collect(),
        roles: user.roles.iter().map(|role| self::role(*role)).collect(),
    }
}

const fn status(status: UserStatus) -> api::UserStatus {
    match status {
        UserStatus::Active => api::UserStatus::Active,
        UserStatus::Dormant => api::UserStatus::Dormant,
        UserStatus::Suspended => api::UserStatus::Suspended,
    }
}

const fn login_type(login_type: LoginType) -> api::LoginType {
    match login_type {
        LoginType::Password => api::LoginType::Password,
        LoginType::Github => api::LoginType::Github,
        LoginType::Oidc => api::LoginType::Oidc,
        LoginType::None => api::LoginType::None,
    }
}

pub(crate) fn invite(invite: &Invite) -> api::Invite {
    api::Invite {
        id: invite.id.0,
        roles: invite.roles.iter().map(ToString::to_string).collect(),
        created_by: invite.created_by.0,
        created_by_name: invite.created_by_name.clone(),
        created_at: invite.created_at.into(),
        expires_at: invite.expires_at.into(),
    }
}

pub(crate) fn group(found: &GroupMembers, organization: Option<&Organization>) -> api::Group {
    let group = &found.group;
    let (name, display_name) = organization
        .map(|one| (one.name.clone(), one.display_name.clone()))
        .unwrap_or_default();
    api::Group {
        id: group.id.0,
        name: group.name.clone(),
        display_name: group.display_name.clone(),
        organization_id: group.organization_id.0,
        organization_name: name,
        organization_display_name: display_name,
        avatar_url: group.avatar_url.clone(),
        quota_allowance: group.quota_allowance,
        source: api::GroupSource::User,
        members: found.members.iter().map(group_member).collect(),
        total_member_count: group.member_count,
    }
}

fn group_member(user: &User) -> api::GroupMember {
    api::GroupMember {
        id: user.id.0,
        username: user.username.clone(),
        name: user.name.clone(),
        avatar_url: user.avatar_url.clone(),
        email: user.email.clone(),
        status: status(user.status),
        login_type: login_type(user.login_type),
        created_at: user.created_at.into(),
        updated_at: user.updated_at.into(),
    }
}

fn role(role: Role) -> api::UserRole {
    api::UserRole {
        name: role.to_string(),
        display_name: role.display_name().to_owned(),
        organization_id: None,
    }
}

/// A key as its owner sees it; `asking` is the one that the request came with.
pub(crate) fn api_key(key: &ApiKey, asking: &ApiKey) -> api::ApiKey {
    api::ApiKey {
        id: key.id.clone(),
        user_id: key.user_id.0,
        login_type: key.login_type.clone(),
        scopes: key.scopes.clone(),
        token_name: key.token_name.clone().unwrap_or_default(),
        lifetime_seconds: key.lifetime_seconds,
        last_used: key.last_used.into(),
        expires_at: key.expires_at.into(),
        created_at: key.created_at.into(),
        updated_at: key.updated_at.into(),
        current: key.id == asking.id,
    }
}

pub(crate) fn organization_member(member: &OrganizationMember) -> api::OrganizationMember {
    let user = &member.user;
    api::OrganizationMember {
        user_id: user.id.0,
        organization_id: member.organization_id.0,
        created_at: member.joined_at.into(),
        updated_at: member.joined_at.into(),
        username: user.username.clone(),
        name: user.name.clone(),
        avatar_url: user.avatar_url.clone(),
        email: user.email.clone(),
        roles: Vec::new(),
        global_roles: user.roles.iter().map(|role| self::role(*role)).collect(),
    }
}

pub(crate) fn organization(organization: &Organization) -> api::Organization {
    api::Organization {
        id: organization.id.0,
        name: organization.name.clone(),
        display_name: organization.display_name.clone(),
        description: organization.description.clone(),
        icon: organization.icon.clone(),
        is_default: organization.is_default,
        created_at: organization.created_at.into(),
        updated_at: organization.updated_at.into(),
    }
}
