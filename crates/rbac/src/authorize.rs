//! The one check, its twin for lists, and the policy as text.

use std::fmt::Write as _;

use muster_base::UserId;

use crate::action::{Action, Actions};
use crate::actor::{Actor, Purpose};
use crate::resource::{Object, ResourceKind};
use crate::roles::{Role, role_rights, system_actions};

/// A refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not allowed to {action} this {kind}")]
pub struct Denied {
    pub action: Action,
    pub kind: ResourceKind,
    /// The caller may not even know that the thing exists: answered as "not found".
    pub hidden: bool,
}

/// Checks one action on one object.
///
/// # Errors
/// [`Denied`] when neither a role nor a scope of the actor grants it.
pub fn authorize(actor: &Actor, action: Action, object: &Object) -> Result<(), Denied> {
    let granted = granted(actor, object);
    if granted.has(action) {
        return Ok(());
    }
    Err(Denied {
        action,
        kind: object.kind,
        hidden: object.id.is_some() && !granted.has(Action::Read),
    })
}

fn granted(actor: &Actor, object: &Object) -> Actions {
    by_role(actor, object).or(object.shared.and(actor.scoped(object.kind)))
}

fn by_role(actor: &Actor, object: &Object) -> Actions {
    let rights = actor.rights(object.kind);
    match (actor.user_id(), object.owner) {
        (Some(caller), Some(owner)) if caller == owner => rights.any.or(rights.own),
        // Whoever may set an owner's password could become an owner.
        (Some(_), _) if object.of_an_owner && !actor.has_role(Role::Owner) => {
            rights.any.and(Actions::READ)
        }
        _ => rights.any,
    }
}

/// Checks giving or taking away a role. Only owners make and unmake owners.
///
/// # Errors
/// [`Denied`] when the actor may not do it.
pub fn authorize_role(actor: &Actor, action: Action, role: Role) -> Result<(), Denied> {
    let kind = ResourceKind::RoleAssignment;
    let enough = match role {
        Role::Owner => actor.has_role(Role::Owner) || actor.purpose().is_some(),
        Role::Auditor
        | Role::TemplateAdmin
        | Role::UserAdmin
        | Role::Member
        | Role::AgentsAccess => true,
    };
    if enough {
        return authorize(actor, action, &Object::of(kind));
    }
    Err(Denied {
        action,
        kind,
        hidden: false,
    })
}

/// Which objects of a kind an action is allowed on: the filter of a list statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visible {
    /// All of them.
    All,
    /// Those that this person owns.
    Own(UserId),
    /// None of them.
    Nothing,
}

/// The same table as [`authorize`], asked for a whole list at once.
#[must_use]
pub fn visible(actor: &Actor, action: Action, kind: ResourceKind) -> Visible {
    let rights = actor.rights(kind);
    match actor.user_id() {
        _ if rights.any.has(action) => Visible::All,
        Some(id) if rights.own.has(action) => Visible::Own(id),
        Some(_) | None => Visible::Nothing,
    }
}

/// The whole policy as text, one line per subject and kind.
#[must_use]
pub fn policy_text() -> String {
    let mut text = String::from("# subject kind: rights on any | rights on own\n");
    // Writing to a String cannot fail.
    for role in Role::ALL {
        for kind in ResourceKind::ALL {
            let rights = role_rights(*role, *kind);
            let _ = writeln!(text, "{role} {kind}: {} | {}", rights.any, rights.own);
        }
    }
    for purpose in Purpose::ALL {
        for kind in ResourceKind::ALL {
            let any = system_actions(*purpose, *kind);
            let _ = writeln!(text, "system:{} {kind}: {any} | -", purpose.as_str());
        }
    }
    text
}

#[cfg(test)]
mod tests;
