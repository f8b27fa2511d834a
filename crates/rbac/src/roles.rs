//! The policy itself: which role may do what. One row per kind of object.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::action::{Action, Actions};
use crate::actor::Purpose;
use crate::resource::ResourceKind;

/// A site-wide role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Runs the deployment.
    Owner,
    /// Sees everything that is not personal, changes nothing.
    Auditor,
    /// Keeps the workspace templates.
    TemplateAdmin,
    /// Keeps people and groups, save those who run the deployment.
    UserAdmin,
    /// Every person; implied, never stored.
    Member,
    /// May have agents work: create and steer own chats.
    AgentsAccess,
}

/// A text that names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such role")]
pub struct UnknownRole;

impl Role {
    /// Every role, in the order of the policy table.
    pub const ALL: &'static [Self] = &[
        Self::Owner,
        Self::Auditor,
        Self::TemplateAdmin,
        Self::UserAdmin,
        Self::Member,
        Self::AgentsAccess,
    ];

    /// The roles that can be given: every one but the implied.
    pub const ASSIGNABLE: &'static [Self] = &[
        Self::Owner,
        Self::Auditor,
        Self::TemplateAdmin,
        Self::UserAdmin,
        Self::AgentsAccess,
    ];

    /// The wire form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Auditor => "auditor",
            Self::TemplateAdmin => "template-admin",
            Self::UserAdmin => "user-admin",
            Self::Member => "member",
            Self::AgentsAccess => "agents-access",
        }
    }

    /// The name that people see.
    #[must_use]
    pub const fn display_name(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Auditor => "Auditor",
            Self::TemplateAdmin => "Template admin",
            Self::UserAdmin => "User admin",
            Self::Member => "Member",
            Self::AgentsAccess => "Agents access",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        let found = Self::ALL.iter().find(|role| role.as_str() == text);
        found.copied().ok_or(UnknownRole)
    }
}

/// What is granted on one kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Rights {
    /// On every object of the kind.
    pub(crate) any: Actions,
    /// On those that the subject owns.
    pub(crate) own: Actions,
}

impl Rights {
    const NONE: Self = Self::any(Actions::NONE);

    const fn any(any: Actions) -> Self {
        Self {
            any,
            own: Actions::NONE,
        }
    }

    const fn own(own: Actions) -> Self {
        Self {
            any: Actions::NONE,
            own,
        }
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self {
            any: self.any.or(other.any),
            own: self.own.or(other.own),
        }
    }
}

const READ_UPDATE: Actions = Actions::of(&[Action::Read, Action::Update]);
const PERSONAL: Actions = Actions::of(&[Action::ReadPersonal, Action::UpdatePersonal]);

/// The rights of a role on a kind of object: the rows of the table in `docs/authz.md`.
pub(crate) const fn role_rights(role: Role, kind: ResourceKind) -> Rights {
    match role {
        Role::Owner => owner(kind),
        Role::Auditor => auditor(kind),
        Role::TemplateAdmin => template_admin(kind),
        Role::UserAdmin => user_admin(kind),
        Role::Member => member(kind),
        Role::AgentsAccess => agents_access(kind),
    }
}

const fn owner(kind: ResourceKind) -> Rights {
    match kind {
        ResourceKind::User
        | ResourceKind::Organization
        | ResourceKind::Group
        | ResourceKind::Template
        | ResourceKind::Workspace
        | ResourceKind::Job
        | ResourceKind::Chat => Rights::any(Actions::ALL),
        ResourceKind::UserPersonal => Rights::any(PERSONAL),
        ResourceKind::ApiKey | ResourceKind::UsageLimit => Rights::any(Actions::CRUD),
        ResourceKind::RoleAssignment => {
            Rights::any(Actions::of(&[Action::Assign, Action::Unassign]))
        }
        ResourceKind::File => Rights::any(Actions::of(&[Action::Create, Action::Read])),
        ResourceKind::DeploymentConfig | ResourceKind::Debug => Rights::any(READ_UPDATE),
        ResourceKind::ModelCatalogue | ResourceKind::Usage => Rights::any(Actions::READ),
    }
}

const fn auditor(kind: ResourceKind) -> Rights {
    match kind {
        ResourceKind::User
        | ResourceKind::Organization
        | ResourceKind::Group
        | ResourceKind::Template
        | ResourceKind::File
        | ResourceKind::Workspace
        | ResourceKind::Job
        | ResourceKind::DeploymentConfig
        | ResourceKind::UsageLimit
        | ResourceKind::Usage
        | ResourceKind::ModelCatalogue
        | ResourceKind::Debug => Rights::any(Actions::READ),
        // Chats are personal: what people ask their agents is not an auditor's business.
        ResourceKind::UserPersonal
        | ResourceKind::ApiKey
        | ResourceKind::RoleAssignment
        | ResourceKind::Chat => Rights::NONE,
    }
}

const fn template_admin(kind: ResourceKind) -> Rights {
    match kind {
        ResourceKind::User
        | ResourceKind::Organization
        | ResourceKind::Group
        | ResourceKind::Job
        | ResourceKind::ModelCatalogue => Rights::any(Actions::READ),
        ResourceKind::Template => Rights::any(Actions::ALL),
        ResourceKind::File => Rights::any(Actions::of(&[Action::Create, Action::Read])),
        // Neither a shell nor an application: what people do inside is theirs.
        ResourceKind::Workspace => Rights::any(Actions::of(&[
            Action::Read,
            Action::Update,
            Action::Delete,
            Action::Start,
            Action::Stop,
        ])),
        ResourceKind::UserPersonal
        | ResourceKind::ApiKey
        | ResourceKind::RoleAssignment
        | ResourceKind::Chat
        | ResourceKind::DeploymentConfig
        | ResourceKind::UsageLimit
        | ResourceKind::Usage
        | ResourceKind::Debug => Rights::NONE,
    }
}

const fn user_admin(kind: ResourceKind) -> Rights {
    match kind {
        ResourceKind::User | ResourceKind::Group => Rights::any(Actions::CRUD),
        ResourceKind::UserPersonal => Rights::any(PERSONAL),
        ResourceKind::ApiKey => Rights::any(Actions::of(&[Action::Read, Action::Delete])),
        // All roles but `owner`: see `authorize_role`.
        ResourceKind::RoleAssignment => {
            Rights::any(Actions::of(&[Action::Assign, Action::Unassign]))
        }
        ResourceKind::Organization => Rights::any(READ_UPDATE),
        ResourceKind::Workspace | ResourceKind::UsageLimit | ResourceKind::ModelCatalogue => {
            Rights::any(Actions::READ)
        }
        ResourceKind::Template
        | ResourceKind::File
        | ResourceKind::Job
        | ResourceKind::Chat
        | ResourceKind::DeploymentConfig
        | ResourceKind::Usage
        | ResourceKind::Debug => Rights::NONE,
    }
}

const fn member(kind: ResourceKind) -> Rights {
    match kind {
        ResourceKind::User
        | ResourceKind::Group
        | ResourceKind::Job
        | ResourceKind::Chat
        | ResourceKind::UsageLimit => Rights::own(Actions::READ),
        ResourceKind::UserPersonal => Rights::own(PERSONAL),
        ResourceKind::ApiKey => Rights::own(Actions::CRUD),
        ResourceKind::Organization | ResourceKind::ModelCatalogue => Rights::any(Actions::READ),
        // Every template is open to its whole organization until templates carry an ACL.
        ResourceKind::Template => Rights::any(Actions::of(&[Action::Read, Action::Use])),
        ResourceKind::File => Rights::own(Actions::of(&[Action::Create, Action::Read])),
        ResourceKind::Workspace => Rights::own(Actions::ALL),
        ResourceKind::RoleAssignment
        | ResourceKind::DeploymentConfig
        | ResourceKind::Usage
        | ResourceKind::Debug => Rights::NONE,
    }
}

const fn agents_access(kind: ResourceKind) -> Rights {
    match kind {
        ResourceKind::Chat => Rights::own(Actions::CRUD.or(Actions::of(&[Action::Share]))),
        ResourceKind::Usage => Rights::own(Actions::READ),
        ResourceKind::User
        | ResourceKind::UserPersonal
        | ResourceKind::ApiKey
        | ResourceKind::RoleAssignment
        | ResourceKind::Organization
        | ResourceKind::Group
        | ResourceKind::Template
        | ResourceKind::File
        | ResourceKind::Workspace
        | ResourceKind::Job
        | ResourceKind::DeploymentConfig
        | ResourceKind::UsageLimit
        | ResourceKind::ModelCatalogue
        | ResourceKind::Debug => Rights::NONE,
    }
}

/// What each system subject needs for its work, and nothing more.
pub(crate) const fn system_actions(purpose: Purpose, kind: ResourceKind) -> Actions {
    match purpose {
        Purpose::ChatWorker => chat_worker(kind),
        Purpose::Provisioner => provisioner(kind),
        Purpose::Agent => agent(kind),
        Purpose::Authentication => authentication(kind),
        // Whoever sets up or repairs the deployment already holds its database.
        Purpose::Setup => Actions::ALL,
    }
}

const fn chat_worker(kind: ResourceKind) -> Actions {
    match kind {
        ResourceKind::File | ResourceKind::Chat => Actions::CRUD,
        ResourceKind::Workspace => Actions::ALL,
        // To use the configuration of a provider is to have its key opened.
        ResourceKind::Template | ResourceKind::DeploymentConfig => {
            Actions::of(&[Action::Read, Action::Use])
        }
        ResourceKind::UserPersonal => Actions::of(&[Action::ReadPersonal]),
        ResourceKind::User
        | ResourceKind::Organization
        | ResourceKind::Group
        | ResourceKind::Job
        | ResourceKind::UsageLimit
        | ResourceKind::ModelCatalogue => Actions::READ,
        ResourceKind::ApiKey
        | ResourceKind::RoleAssignment
        | ResourceKind::Usage
        | ResourceKind::Debug => Actions::NONE,
    }
}

const fn provisioner(kind: ResourceKind) -> Actions {
    match kind {
        ResourceKind::Job => Actions::CRUD,
        ResourceKind::Workspace => READ_UPDATE,
        ResourceKind::User
        | ResourceKind::Organization
        | ResourceKind::Template
        | ResourceKind::File => Actions::READ,
        ResourceKind::UserPersonal
        | ResourceKind::ApiKey
        | ResourceKind::RoleAssignment
        | ResourceKind::Group
        | ResourceKind::Chat
        | ResourceKind::DeploymentConfig
        | ResourceKind::UsageLimit
        | ResourceKind::Usage
        | ResourceKind::ModelCatalogue
        | ResourceKind::Debug => Actions::NONE,
    }
}

const fn agent(kind: ResourceKind) -> Actions {
    match kind {
        ResourceKind::Workspace => READ_UPDATE,
        ResourceKind::User | ResourceKind::Template => Actions::READ,
        ResourceKind::UserPersonal
        | ResourceKind::ApiKey
        | ResourceKind::RoleAssignment
        | ResourceKind::Group
        | ResourceKind::Organization
        | ResourceKind::File
        | ResourceKind::Job
        | ResourceKind::Chat
        | ResourceKind::DeploymentConfig
        | ResourceKind::UsageLimit
        | ResourceKind::Usage
        | ResourceKind::ModelCatalogue
        | ResourceKind::Debug => Actions::NONE,
    }
}

const fn authentication(kind: ResourceKind) -> Actions {
    match kind {
        ResourceKind::ApiKey => Actions::CRUD,
        ResourceKind::User => READ_UPDATE,
        ResourceKind::Organization => Actions::READ,
        ResourceKind::UserPersonal
        | ResourceKind::RoleAssignment
        | ResourceKind::Group
        | ResourceKind::Template
        | ResourceKind::File
        | ResourceKind::Workspace
        | ResourceKind::Job
        | ResourceKind::Chat
        | ResourceKind::DeploymentConfig
        | ResourceKind::UsageLimit
        | ResourceKind::Usage
        | ResourceKind::ModelCatalogue
        | ResourceKind::Debug => Actions::NONE,
    }
}
