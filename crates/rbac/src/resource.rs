//! What actions are done to.

use std::fmt;

use muster_base::{OrganizationId, UserId};

use crate::action::Actions;
use crate::roles::Role;

macro_rules! resource_kinds {
    ($($(#[$doc:meta])* $name:ident = $wire:literal),* $(,)?) => {
        /// A kind of object that the policy knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ResourceKind {
            $($(#[$doc])* $name),*
        }

        impl ResourceKind {
            /// Every kind, in the order of the policy table.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The wire form, as API key scopes spell it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $wire),* }
            }

            /// Reads the wire form.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($wire => Some(Self::$name),)* _ => None }
            }
        }
    };
}

resource_kinds! {
    /// A person or service account.
    User = "user",
    /// A person's own settings and profile.
    UserPersonal = "user_personal",
    /// A session or API token; the owner is its user.
    ApiKey = "api_key",
    /// Giving and taking roles.
    RoleAssignment = "role_assignment",
    /// An organization and the list of its members.
    Organization = "organization",
    /// A group of people; each member counts as an owner of it.
    Group = "group",
    /// A workspace template and its versions.
    Template = "template",
    /// An uploaded file.
    File = "file",
    /// A workspace, its builds, resources and agents.
    Workspace = "workspace",
    /// A provisioner job and its log; the owner is the workspace's.
    Job = "job",
    /// A chat, its messages, queue and effects.
    Chat = "chat",
    /// Providers, model configs, prompts and limits.
    DeploymentConfig = "deployment_config",
    /// What a person or the members of a group may spend, and how far they have come.
    UsageLimit = "usage_limit",
    /// What people have spent; the owner is who spent it.
    Usage = "usage",
    /// The enabled models, without anything secret.
    ModelCatalogue = "model_catalogue",
    /// Replicas, metrics and crypto keys.
    Debug = "debug",
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The object of a check. Without an id it stands for the collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object {
    pub kind: ResourceKind,
    pub owner: Option<UserId>,
    pub organization: Option<OrganizationId>,
    /// Its owner runs the deployment: only their like may change it.
    pub of_an_owner: bool,
    /// What its own list of readers grants whoever asks, whatever their roles.
    pub shared: Actions,
    /// Which one; `None` for the collection, whose refusals are 403 and not 404.
    pub id: Option<uuid::Uuid>,
}

impl Object {
    /// The collection of a kind.
    #[must_use]
    pub const fn of(kind: ResourceKind) -> Self {
        Self {
            kind,
            owner: None,
            organization: None,
            of_an_owner: false,
            shared: Actions::NONE,
            id: None,
        }
    }

    /// The same object, owned by a person.
    #[must_use]
    pub const fn owned_by(mut self, owner: UserId) -> Self {
        self.owner = Some(owner);
        self
    }

    /// The same object, inside an organization.
    #[must_use]
    pub const fn in_organization(mut self, organization: OrganizationId) -> Self {
        self.organization = Some(organization);
        self
    }

    /// The same object, of somebody with these roles.
    #[must_use]
    pub fn of_roles(mut self, roles: &[Role]) -> Self {
        self.of_an_owner = roles.contains(&Role::Owner);
        self
    }

    /// The same object, whose list of readers grants this to whoever asks. A key's scopes bound
    /// it as they bound everything.
    #[must_use]
    pub const fn shared_for(mut self, granted: Actions) -> Self {
        self.shared = granted;
        self
    }

    /// The same object, as one particular thing that may be hidden from the caller.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<uuid::Uuid>) -> Self {
        self.id = Some(id.into());
        self
    }
}
