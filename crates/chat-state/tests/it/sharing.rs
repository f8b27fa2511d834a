//! Who reads the chats of others, and who no longer does.

use std::collections::{BTreeMap, BTreeSet};

use muster_base::limits::CHAT_READERS_MAX;
use muster_base::{ChatId, GroupId, OrganizationId, UserId, WorkspaceId};
use muster_bus::Topic;
use muster_chat_state::transitions::{BusyBehavior, Interrupt, SendMessage};
use muster_chat_state::{Access, Error, Share, ShareError};
use muster_rbac::{Action, Actor, Purpose, Role, Scopes};
use muster_store::chats::ListChats;
use muster_store::groups::{GroupChange, NewGroup};
use muster_store::users::{LoginType, NewUser, UserStatus};
use muster_store::{Error as StoreError, chat_acl};

use crate::dice::Dice;
use crate::support::{World, delivered};

/// People and groups of one organization.
struct Team {
    world: World,
    organization: OrganizationId,
    people: Vec<UserId>,
    groups: Vec<GroupId>,
}

fn actor(user: UserId) -> Actor {
    Actor::user(user, [Role::AgentsAccess], Scopes::all())
}

fn setup() -> Actor {
    Actor::system(Purpose::Setup)
}

fn shared() -> ListChats {
    ListChats {
        archived: false,
        title: None,
        status: None,
        labels: BTreeMap::new(),
        after_id: None,
        limit: 50,
        offset: 0,
    }
}

impl Team {
    async fn of(people: usize, groups: usize) -> Self {
        let world = World::new().await;
        let made = world.store().ensure_default_organization(&setup()).await;
        let mut team = Self {
            world,
            organization: made.unwrap().id,
            people: Vec::new(),
            groups: Vec::new(),
        };
        for number in 0..people {
            let id = team.person(&format!("person-{number}")).await;
            team.people.push(id);
        }
        for number in 0..groups {
            let id = team.group(&format!("group-{number}")).await;
            team.groups.push(id);
        }
        team
    }

    async fn person(&self, name: &str) -> UserId {
        let user = NewUser {
            id: UserId::new(&self.world.now()),
            username: name.to_owned(),
            email: format!("{name}@example.com"),
            name: String::new(),
            hashed_password: None,
            status: UserStatus::Active,
            roles: vec![Role::AgentsAccess],
            login_type: LoginType::None,
        };
        let made = self.world.store().create_user(&setup(), user).await;
        made.unwrap().id
    }

    async fn group(&self, name: &str) -> GroupId {
        let id = GroupId::new(&self.world.now());
        let group = NewGroup {
            id,
            organization_id: self.organization,
            name: name.to_owned(),
            display_name: String::new(),
            avatar_url: String::new(),
            quota_allowance: 0,
        };
        let made = self.world.store().create_group(&setup(), group).await;
        made.unwrap();
        id
    }

    async fn belongs(&self, group: GroupId, add: Vec<UserId>, remove: Vec<UserId>) {
        let change = GroupChange {
            add,
            remove,
            ..GroupChange::default()
        };
        let store = self.world.store();
        store.update_group(&setup(), group, change).await.unwrap();
    }

    async fn chat(&self, owner: UserId) -> ChatId {
        let mut chat = self.world.new_chat();
        chat.owner_id = owner;
        chat.organization_id = self.organization;
        chat.workspace_id = Some(WorkspaceId(chat.id.0));
        self.create(chat, owner).await
    }

    async fn child(&self, parent: ChatId, owner: UserId) -> ChatId {
        let mut chat = self.world.new_chat();
        chat.owner_id = owner;
        chat.organization_id = self.organization;
        chat.parent = Some((parent, parent));
        self.create(chat, owner).await
    }

    async fn create(&self, chat: muster_store::chats::door::NewChat, owner: UserId) -> ChatId {
        let mut create = self.world.create_command(chat);
        create.message.created_by = owner;
        let created = self.world.machine.create(&actor(owner), create).await;
        created.unwrap().chat.id
    }

    async fn share(&self, owner: UserId, chat: ChatId, share: Share) -> Result<(), ShareError> {
        self.world.machine.share(&actor(owner), chat, share).await
    }

    /// Those of the chats, with their owners, that the check of each lets somebody read.
    async fn readable(&self, user: UserId, chats: &[(UserId, ChatId)]) -> Vec<(UserId, ChatId)> {
        let mut readable = Vec::new();
        for (owner, chat) in chats {
            if self.may(user, Action::Read, *chat).await {
                readable.push((*owner, *chat));
            }
        }
        readable
    }

    async fn may(&self, user: UserId, action: Action, chat: ChatId) -> bool {
        let reader = actor(user);
        let found = self.world.store().get_chat_for(&reader, action, chat);
        found.await.is_ok()
    }
}

fn with_user(user: UserId, access: Access) -> Share {
    Share {
        users: vec![(user, access)],
        ..Share::default()
    }
}

fn with_group(group: GroupId, access: Access) -> Share {
    Share {
        groups: vec![(group, access)],
        ..Share::default()
    }
}

#[tokio::test]
async fn reader_reads_a_family_and_changes_nothing() {
    let team = Team::of(3, 0).await;
    let [owner, reader, stranger] = team.people[..] else {
        panic!("three people");
    };
    let chat = team.chat(owner).await;
    let old = team.child(chat, owner).await;
    let given = with_user(reader, Access::Read);
    team.share(owner, chat, given).await.unwrap();
    let young = team.child(chat, owner).await;
    for id in [chat, old, young] {
        assert!(team.may(reader, Action::Read, id).await);
        assert!(!team.may(stranger, Action::Read, id).await);
        for action in [Action::Update, Action::Delete, Action::Share] {
            assert!(!team.may(reader, action, id).await);
        }
        let row = team.world.chat(id).await;
        assert!(row.shared, "and says so");
    }
    let machine = &team.world.machine;
    let stop = machine.apply(&actor(reader), chat, Interrupt).await;
    let is_hidden = |error: Error| {
        let Error::Store(StoreError::Denied(denied)) = error else {
            panic!("{error}");
        };
        denied.hidden
    };
    assert!(
        !is_hidden(stop.unwrap_err()),
        "the chat is known to a reader"
    );
    let send = SendMessage {
        message: team.world.says("Mine"),
        busy: BusyBehavior::Queue,
    };
    let sent = machine.apply(&actor(stranger), chat, send).await;
    assert!(is_hidden(sent.unwrap_err()), "and hidden from a stranger");
    let taken = with_user(reader, Access::Nothing);
    let grab = machine.share(&actor(reader), chat, taken.clone()).await;
    grab.unwrap_err();
    team.share(owner, chat, taken).await.unwrap();
    for id in [chat, old, young] {
        assert!(!team.may(reader, Action::Read, id).await);
        assert!(!team.world.chat(id).await.shared);
    }
}

#[tokio::test]
async fn everybody_who_follows_a_family_hears_that_its_readers_changed() {
    let team = Team::of(2, 0).await;
    let [owner, reader] = team.people[..] else {
        panic!("two people");
    };
    let chat = team.chat(owner).await;
    let child = team.child(chat, owner).await;
    let given = with_user(reader, Access::Read);
    team.share(owner, chat, given).await.unwrap();
    let followers = [chat, child].map(|id| team.world.subscribe([Topic::ChatUpdate(id)]));
    let taken = with_user(reader, Access::Nothing);
    team.share(owner, chat, taken).await.unwrap();
    for follower in &followers {
        assert_eq!(delivered(follower).len(), 1);
    }
}

#[tokio::test]
async fn bad_readers_are_refused_and_nothing_is_written() {
    let team = Team::of(2, 1).await;
    let [owner, reader] = team.people[..] else {
        panic!("two people");
    };
    let chat = team.chat(owner).await;
    let child = team.child(chat, owner).await;
    let nobody = UserId::new(&team.world.now());
    let nothing = GroupId::new(&team.world.now());
    let share = |users: Vec<UserId>, groups: Vec<GroupId>| Share {
        users: users.into_iter().map(|id| (id, Access::Read)).collect(),
        groups: groups.into_iter().map(|id| (id, Access::Read)).collect(),
    };
    for wrong in [nobody, owner] {
        let refused = team
            .share(owner, chat, share(vec![reader, wrong], vec![]))
            .await;
        assert!(matches!(refused, Err(ShareError::NoSuchUser(id)) if id == wrong));
    }
    let refused = team
        .share(owner, chat, share(vec![reader], vec![nothing]))
        .await;
    assert!(matches!(refused, Err(ShareError::NoSuchGroup(id)) if id == nothing));
    let refused = team.share(owner, child, share(vec![reader], vec![])).await;
    assert!(matches!(refused, Err(ShareError::NotARoot)));
    assert!(!team.may(reader, Action::Read, chat).await);

    // Up to the limit and one more, the group being one of them.
    let mut people = Vec::new();
    for number in 0..CHAT_READERS_MAX {
        people.push(team.person(&format!("many-{number}")).await);
    }
    let most = people.split_off(1);
    let all = share(most, team.groups.clone());
    team.share(owner, chat, all).await.unwrap();
    let refused = team.share(owner, chat, share(people, vec![])).await;
    assert!(matches!(refused, Err(ShareError::TooMany)));
}

#[tokio::test]
async fn group_that_goes_takes_its_readers_with_it() {
    let team = Team::of(3, 2).await;
    let [owner, one, two] = team.people[..] else {
        panic!("three people");
    };
    let [first, second] = team.groups[..] else {
        panic!("two groups");
    };
    team.belongs(first, vec![one], vec![]).await;
    team.belongs(second, vec![two], vec![]).await;
    let both = team.chat(owner).await;
    let only = team.chat(owner).await;
    let below = team.child(only, owner).await;
    for (chat, group) in [(both, first), (both, second), (only, first)] {
        let given = with_group(group, Access::Read);
        team.share(owner, chat, given).await.unwrap();
    }
    assert!(team.may(one, Action::Read, below).await);
    let store = team.world.store();
    store.delete_group(&setup(), first).await.unwrap();
    assert!(!team.may(one, Action::Read, both).await);
    assert!(team.may(two, Action::Read, both).await);
    for (chat, is_shared) in [(both, true), (only, false), (below, false)] {
        assert_eq!(team.world.chat(chat).await.shared, is_shared);
    }
}

/// The filter of the list and the check of one row are two ways to say the same.
#[tokio::test]
async fn list_of_shared_chats_is_what_the_check_of_each_chat_says() {
    let team = Team::of(5, 3).await;
    let mut dice = Dice::new(7);
    let mut chats = Vec::new();
    for owner in &team.people {
        for _ in 0..3 {
            chats.push((*owner, team.chat(*owner).await));
        }
    }
    for _round in 0..12 {
        for _ in 0..4 {
            step(&team, &mut dice, &chats).await;
        }
        for user in &team.people {
            let (reader, store) = (actor(*user), team.world.store());
            let page = store.list_shared_chats(&reader, shared()).await.unwrap();
            let listed: BTreeSet<ChatId> = page.items.iter().map(|item| item.chat.id).collect();
            assert_eq!(listed.len(), page.items.len(), "each once");
            let owners: BTreeSet<UserId> = page.owners.iter().map(|one| one.id).collect();
            assert!(
                page.items
                    .iter()
                    .all(|it| owners.contains(&it.chat.owner_id))
            );
            let readable = team.readable(*user, &chats).await;
            let others = readable.iter().filter(|(owner, _)| owner != user);
            assert_eq!(listed, others.map(|(_, chat)| *chat).collect());
            let all = chats.iter().map(|(_, chat)| WorkspaceId(chat.0)).collect();
            let found = store.list_chats_by_workspace(&reader, all).await.unwrap();
            let found: BTreeSet<ChatId> = found.into_values().collect();
            assert_eq!(found, readable.into_iter().map(|(_, chat)| chat).collect());
        }
    }
}

/// Shares or unshares, or moves somebody in or out of a group.
async fn step(team: &Team, dice: &mut Dice, chats: &[(UserId, ChatId)]) {
    let (owner, chat) = dice.pick(chats).unwrap();
    let user = dice.pick(&team.people).unwrap();
    let group = dice.pick(&team.groups).unwrap();
    let access = match dice.roll(3) {
        0 => Access::Nothing,
        _ => Access::Read,
    };
    match dice.roll(3) {
        0 if user != owner => {
            let share = with_user(user, access);
            team.share(owner, chat, share).await.unwrap();
        }
        1 => {
            let share = with_group(group, access);
            team.share(owner, chat, share).await.unwrap();
        }
        _ if access == Access::Read => team.belongs(group, vec![user], vec![]).await,
        _ => team.belongs(group, vec![], vec![user]).await,
    }
}

#[tokio::test]
async fn key_that_may_not_read_chats_reads_no_shared_ones() {
    let team = Team::of(2, 0).await;
    let [owner, reader] = team.people[..] else {
        panic!("two people");
    };
    let chat = team.chat(owner).await;
    let given = with_user(reader, Access::Read);
    team.share(owner, chat, given).await.unwrap();
    let scopes = Scopes::parse(["workspace:*"]).unwrap();
    let scoped = Actor::user(reader, [Role::AgentsAccess], scopes);
    let store = team.world.store();
    store.get_chat(&scoped, chat).await.unwrap_err();
    let listed = store.list_shared_chats(&scoped, shared()).await.unwrap();
    assert_eq!(listed.items, []);
    let granted = store.read("test.grant", move |tx| {
        Box::pin(async move { chat_acl::is_granted(tx, chat, reader).await })
    });
    assert!(granted.await.unwrap());
}
