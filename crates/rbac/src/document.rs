//! The policy as a page for people, `docs/roles.md`.

use std::fmt::Write as _;

use crate::action::Actions;
use crate::actor::Purpose;
use crate::resource::ResourceKind;
use crate::roles::{Rights, Role, role_rights, system_actions};

const HEAD: &str = "# Roles and objects\n\n\
     Generated from `crates/rbac` by `cargo xtask gen`; a test compares it. How a check works, and \
     what is hidden from whom, is in [authz.md](authz.md).\n\n\
     `*` is every action, `–` none, *own* what a person may do to what is theirs. Everybody is a \
     `member`; a key's scopes take away from what its person may do, never add to it. Nobody but \
     an owner changes an owner or gives that role. Whom the owner of a chat lets read it, alone \
     or with a group, may `read` that chat and nothing else of it.\n\n\
     ## People\n\n";
const SYSTEM: &str = "\n## The system\n\n\
     What Muster does by itself acts for one purpose, with the rights of that alone.\n\n";

/// The policy as a Markdown page: one table of roles, one of system purposes.
#[must_use]
pub fn policy_document() -> String {
    let mut text = HEAD.to_owned();
    let roles = Role::ALL.iter().map(|role| role.as_str());
    table(&mut text, roles, |kind| {
        let cells = Role::ALL.iter();
        cells.map(|role| cell(role_rights(*role, kind))).collect()
    });
    text.push_str(SYSTEM);
    let purposes = Purpose::ALL.iter().map(|purpose| purpose.as_str());
    table(&mut text, purposes, |kind| {
        let cells = Purpose::ALL.iter();
        cells.map(|one| words(system_actions(*one, kind))).collect()
    });
    text
}

fn table<'n>(
    text: &mut String,
    columns: impl Iterator<Item = &'n str>,
    row: impl Fn(ResourceKind) -> Vec<String>,
) {
    let columns: Vec<_> = columns.collect();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "| object | {} |", columns.join(" | "));
    let _ = writeln!(text, "|---|{}", "---|".repeat(columns.len()));
    for kind in ResourceKind::ALL {
        let _ = writeln!(text, "| {kind} | {} |", row(*kind).join(" | "));
    }
}

fn cell(rights: Rights) -> String {
    match (rights.any, rights.own) {
        (any, Actions::NONE) => words(any),
        (Actions::NONE, own) => format!("own: {}", words(own)),
        (any, own) => format!("{}; own: {}", words(any), words(own)),
    }
}

fn words(actions: Actions) -> String {
    if actions == Actions::NONE {
        return "–".to_owned();
    }
    actions.to_string().replace(' ', ", ")
}
