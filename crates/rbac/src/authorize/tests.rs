use muster_base::Clock;

use super::*;
use crate::Scopes;

fn user(roles: &[Role]) -> (Actor, UserId) {
    let id = UserId::new(&Clock::system());
    (Actor::user(id, roles.iter().copied(), Scopes::all()), id)
}

#[expect(
    clippy::disallowed_methods,
    reason = "blessing is a developer's switch"
)]
fn check_generated(path: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("MUSTER_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let file = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        file == text,
        "rights changed: review them and run with MUSTER_BLESS=1"
    );
}

#[test]
fn generated_policy_file_is_the_table() {
    check_generated("policy.txt", &policy_text());
}

#[test]
fn generated_page_of_roles_is_the_table() {
    check_generated("../../docs/roles.md", &crate::policy_document());
}

#[test]
fn lists_show_exactly_what_the_check_allows() {
    let stranger = UserId::new(&Clock::system());
    for role in Role::ALL {
        let (actor, me) = user(&[*role]);
        for kind in ResourceKind::ALL {
            for action in Action::ALL {
                let mine = authorize(&actor, *action, &Object::of(*kind).owned_by(me)).is_ok();
                let theirs =
                    authorize(&actor, *action, &Object::of(*kind).owned_by(stranger)).is_ok();
                let expect = match visible(&actor, *action, *kind) {
                    Visible::All => (true, true),
                    Visible::Own(id) => (id == me, false),
                    Visible::Nothing => (false, false),
                };
                assert_eq!((mine, theirs), expect, "{role} {action} {kind}");
            }
        }
    }
}

#[test]
fn member_reads_own_chat_and_needs_agents_access_to_write() {
    let (member, me) = user(&[]);
    let chat = Object::of(ResourceKind::Chat).owned_by(me).with_id(me);
    assert!(authorize(&member, Action::Read, &chat).is_ok());
    let denied = authorize(&member, Action::Update, &chat).unwrap_err();
    assert!(!denied.hidden, "it is the caller's own: nothing to hide");

    let (agent_user, id) = user(&[Role::AgentsAccess]);
    let own = Object::of(ResourceKind::Chat).owned_by(id);
    assert!(authorize(&agent_user, Action::Create, &own).is_ok());
}

#[test]
fn what_the_caller_may_not_read_is_hidden() {
    let (_, other) = user(&[]);
    let (actor, _) = user(&[Role::AgentsAccess]);
    let chat = Object::of(ResourceKind::Chat)
        .owned_by(other)
        .with_id(other);
    assert!(authorize(&actor, Action::Delete, &chat).unwrap_err().hidden);
    let collection = Object::of(ResourceKind::DeploymentConfig);
    let denied = authorize(&actor, Action::Read, &collection).unwrap_err();
    assert!(!denied.hidden, "a collection is no secret");
}

#[test]
fn key_scopes_only_take_away() {
    let id = UserId::new(&Clock::system());
    let scopes = Scopes::parse(["chat:read", "deployment_config:*"]).unwrap();
    let actor = Actor::user(id, [Role::AgentsAccess], scopes);
    let chat = Object::of(ResourceKind::Chat).owned_by(id);
    assert!(authorize(&actor, Action::Read, &chat).is_ok());
    assert!(authorize(&actor, Action::Update, &chat).is_err());
    let config = Object::of(ResourceKind::DeploymentConfig);
    assert!(authorize(&actor, Action::Read, &config).is_err());
    assert!(
        authorize(
            &actor,
            Action::Read,
            &Object::of(ResourceKind::ModelCatalogue)
        )
        .is_err()
    );
}

#[test]
fn user_admin_keeps_everybody_but_owners() {
    let (admin, _) = user(&[Role::UserAdmin]);
    let (owner, _) = user(&[Role::Owner]);
    let (_, somebody) = user(&[]);
    let object = Object::of(ResourceKind::User).owned_by(somebody);
    let check = |actor: &Actor, roles: &[Role], action: Action, allowed: bool| {
        let object = object.of_roles(roles).with_id(somebody);
        let given = authorize(actor, action, &object);
        assert_eq!(given.is_ok(), allowed, "{action} {roles:?}");
    };
    check(&admin, &[Role::Auditor], Action::Update, true);
    check(&admin, &[Role::Owner], Action::Update, false);
    check(&admin, &[Role::Owner], Action::Delete, false);
    check(&admin, &[Role::Owner], Action::Read, true);
    check(&owner, &[Role::Owner], Action::Update, true);
    for (role, allowed) in [(Role::Owner, false), (Role::UserAdmin, true)] {
        let given = authorize_role(&admin, Action::Assign, role);
        assert_eq!(given.is_ok(), allowed, "{role}");
        assert!(authorize_role(&owner, Action::Assign, role).is_ok());
    }
    let setup = Actor::system(Purpose::Setup);
    assert!(authorize_role(&setup, Action::Assign, Role::Owner).is_ok());
    let (member, _) = user(&[]);
    assert!(authorize_role(&member, Action::Unassign, Role::AgentsAccess).is_err());
}

#[test]
fn reader_of_a_shared_chat_reads_it_and_nothing_else() {
    let (owner, id) = user(&[Role::AgentsAccess]);
    let (reader, reader_id) = user(&[Role::AgentsAccess]);
    let chat = Object::of(ResourceKind::Chat).owned_by(id).with_id(id);
    let shared = chat.shared_for(Actions::READ);
    assert!(authorize(&reader, Action::Read, &chat).is_err());
    assert!(authorize(&reader, Action::Read, &shared).is_ok());
    for action in [Action::Update, Action::Delete, Action::Share] {
        assert!(authorize(&owner, action, &shared).is_ok());
        let denied = authorize(&reader, action, &shared).unwrap_err();
        assert!(!denied.hidden, "it is known to them");
    }
    let scopes = Scopes::parse(["workspace:*"]).unwrap();
    let elsewhere = Actor::user(reader_id, [], scopes);
    let denied = authorize(&elsewhere, Action::Read, &shared).unwrap_err();
    assert!(denied.hidden);
    let agent = Actor::system(Purpose::Agent);
    assert!(authorize(&agent, Action::Read, &shared).is_err());
}

#[test]
fn scopes_read_back_what_they_print() {
    for text in ["all", "application_connect", "chat:read", "workspace:*"] {
        let scope: crate::Scope = text.parse().unwrap();
        assert_eq!(scope.to_string(), text);
    }
    for text in ["", "chat", "chat:fly", "moon:read", "ALL"] {
        assert!(text.parse::<crate::Scope>().is_err(), "{text:?}");
    }
}

#[test]
fn system_subject_has_only_its_work() {
    let agent = Actor::system(Purpose::Agent);
    assert!(authorize(&agent, Action::Update, &Object::of(ResourceKind::Workspace)).is_ok());
    assert!(authorize(&agent, Action::Read, &Object::of(ResourceKind::Chat)).is_err());
    assert_eq!(agent.user_id(), None);
}
