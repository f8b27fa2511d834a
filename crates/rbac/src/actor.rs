//! Who acts.

use std::sync::Arc;

use muster_base::UserId;

use crate::action::Actions;
use crate::resource::ResourceKind;
use crate::roles::{Rights, Role, role_rights, system_actions};
use crate::scope::Scopes;

/// What a system subject works on. Each has only the rights of its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Runs chats for their owners.
    ChatWorker,
    /// Builds workspaces and runs provisioner jobs.
    Provisioner,
    /// Speaks for a connected workspace agent.
    Agent,
    /// Finds out who is calling, before there is anybody to act for.
    Authentication,
    /// First start, the first owner, and offline administration on this machine.
    Setup,
}

impl Purpose {
    /// Every purpose, in the order of the policy table.
    pub const ALL: &'static [Self] = &[
        Self::ChatWorker,
        Self::Provisioner,
        Self::Agent,
        Self::Authentication,
        Self::Setup,
    ];

    /// The name in logs and in the policy.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChatWorker => "chat_worker",
            Self::Provisioner => "provisioner",
            Self::Agent => "agent",
            Self::Authentication => "authentication",
            Self::Setup => "setup",
        }
    }
}

/// The subject of every check. A cheap clone.
#[derive(Clone, Debug)]
pub struct Actor(Arc<Subject>);

#[derive(Debug)]
enum Subject {
    User {
        id: UserId,
        roles: Vec<Role>,
        scopes: Scopes,
    },
    System(Purpose),
}

impl Actor {
    /// A person who acts through a key with these scopes. Everybody is a member.
    #[must_use]
    pub fn user(id: UserId, roles: impl IntoIterator<Item = Role>, scopes: Scopes) -> Self {
        let mut roles: Vec<Role> = roles.into_iter().chain([Role::Member]).collect();
        roles.sort_unstable();
        roles.dedup();
        Self(Arc::new(Subject::User { id, roles, scopes }))
    }

    /// The system itself, for one purpose.
    #[must_use]
    pub fn system(purpose: Purpose) -> Self {
        Self(Arc::new(Subject::System(purpose)))
    }

    /// The person, unless the system acts.
    #[must_use]
    pub fn user_id(&self) -> Option<UserId> {
        match &*self.0 {
            Subject::User {
                id,
                roles: _,
                scopes: _,
            } => Some(*id),
            Subject::System(_) => None,
        }
    }

    /// The purpose, if the system acts.
    #[must_use]
    pub fn purpose(&self) -> Option<Purpose> {
        match &*self.0 {
            Subject::User {
                id: _,
                roles: _,
                scopes: _,
            } => None,
            Subject::System(purpose) => Some(*purpose),
        }
    }

    /// Whether the person has a role. For showing it; rights are asked of `authorize`.
    #[must_use]
    pub fn has_role(&self, role: Role) -> bool {
        match &*self.0 {
            Subject::User {
                id: _,
                roles,
                scopes: _,
            } => roles.contains(&role),
            Subject::System(_) => false,
        }
    }

    /// What the key allows that this person acts through. The system has none and is granted by
    /// its purpose alone.
    pub(crate) fn scoped(&self, kind: ResourceKind) -> Actions {
        match &*self.0 {
            Subject::User {
                id: _,
                roles: _,
                scopes,
            } => scopes.actions(kind),
            Subject::System(_) => Actions::NONE,
        }
    }

    /// Everything this subject may do to a kind of object.
    pub(crate) fn rights(&self, kind: ResourceKind) -> Rights {
        match &*self.0 {
            Subject::User {
                id: _,
                roles,
                scopes,
            } => {
                let granted = roles.iter().map(|role| role_rights(*role, kind));
                let all = granted.fold(Rights::default(), Rights::or);
                let scoped = scopes.actions(kind);
                Rights {
                    any: all.any.and(scoped),
                    own: all.own.and(scoped),
                }
            }
            Subject::System(purpose) => Rights {
                any: system_actions(*purpose, kind),
                own: Actions::NONE,
            },
        }
    }
}
