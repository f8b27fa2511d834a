//! Which limit applies to a person, and what counts against it.

use std::sync::LazyLock;
use std::time::Duration;

use muster_base::{
    ChatId, GroupId, MicroDollars, Micros, MockClock, ModelConfigId, OrganizationId, Period, UserId,
};
use muster_rbac::{Actor, Purpose};
use muster_store::chat_messages::door::NewMessage;
use muster_store::chat_messages::{self, Role};
use muster_store::chats::door::NewChat;
use muster_store::chats::{self, ClientType};
use muster_store::groups::{GroupChange, NewGroup};
use muster_store::usage_limits::Standing;
use muster_store::users::{LoginType, NewUser, UserStatus};
use muster_store::{Engine, Error, Statement, Store, params};
use muster_testkit::db::{self, Database};
use serde_json::json;

use crate::harness::on_both_engines;

static ORGANIZATION: Statement = Statement::new(
    "test/organization",
    "insert into organizations (id, name, name_folded, display_name, created_at, updated_at)
     values ($1, 'elsewhere', 'elsewhere', '', 0, 0)",
);

static ARCHIVE: Statement = Statement::new(
    "test/archive",
    "update chats set archived = $2 where id = $1",
);

fn at(text: &str) -> Micros {
    Micros::parse(text).unwrap()
}

fn setup() -> &'static Actor {
    static SETUP: LazyLock<Actor> = LazyLock::new(|| Actor::system(Purpose::Setup));
    &SETUP
}

/// A database at a point in time, with a person and a chat of theirs.
struct World {
    clock: MockClock,
    store: Store,
    organization: OrganizationId,
    person: UserId,
    chat: ChatId,
    _database: Database,
}

impl World {
    async fn new(engine: Engine, now: &str) -> Self {
        let clock = MockClock::new(at(now));
        let database = db::fresh_on(engine).await;
        let store = database.store(&clock.clock()).await;
        let organization = store.ensure_default_organization(setup()).await.unwrap().id;
        let mut world = Self {
            person: UserId::NIL,
            chat: ChatId::NIL,
            clock,
            store,
            organization,
            _database: database,
        };
        world.person = world.person("ann").await;
        world.chat = world.chat(world.person, organization).await;
        world
    }

    async fn person(&self, name: &str) -> UserId {
        let user = NewUser {
            id: UserId::new(&self.clock.clock()),
            username: name.to_owned(),
            email: format!("{name}@example.com"),
            name: String::new(),
            hashed_password: None,
            status: UserStatus::Active,
            roles: Vec::new(),
            login_type: LoginType::None,
        };
        self.store.create_user(setup(), user).await.unwrap().id
    }

    async fn chat(&self, owner_id: UserId, organization_id: OrganizationId) -> ChatId {
        let id = ChatId::new(&self.clock.clock());
        let chat = NewChat {
            id,
            organization_id,
            owner_id,
            parent: None,
            workspace_id: None,
            build_id: None,
            agent_id: None,
            model_config_id: ModelConfigId::NIL,
            reasoning_effort: None,
            title: String::new(),
            mode: None,
            client_type: ClientType::Api,
            labels: json!({}),
            mcp_server_ids: Vec::new(),
            system_prompt: None,
            dynamic_tools: None,
            effect_id: None,
        };
        let made: Result<(), Error> = self
            .store
            .write("test.chat", move |tx| {
                let chat = chat.clone();
                Box::pin(async move { chats::door::insert(tx, &chat).await })
            })
            .await;
        made.unwrap();
        id
    }

    async fn group(&self, name: &str, organization_id: OrganizationId, limit: i64) -> GroupId {
        let id = GroupId::new(&self.clock.clock());
        let group = NewGroup {
            id,
            organization_id,
            name: name.to_owned(),
            display_name: String::new(),
            avatar_url: String::new(),
            quota_allowance: 0,
        };
        self.store.create_group(setup(), group).await.unwrap();
        let limit = MicroDollars(limit);
        let set = self.store.set_group_limit(setup(), id, limit).await;
        set.unwrap();
        let (group, person) = (id, self.person);
        let joined: Result<(), Error> = self
            .store
            .write("test.join", move |tx| {
                Box::pin(async move { muster_store::groups::add_member(tx, group, person).await })
            })
            .await;
        joined.unwrap();
        id
    }

    /// Writes a message of the person's chat that costs something now.
    async fn message(&self, chat: ChatId, role: Role, cost: Option<i64>) {
        let message = NewMessage {
            total_cost_micros: cost,
            ..NewMessage::new(role, "{}")
        };
        let written: Result<(), Error> = self
            .store
            .write("test.message", move |tx| {
                let message = message.clone();
                Box::pin(async move {
                    let chat = chats::get(tx, chat).await?;
                    chat_messages::door::insert(tx, &chat, &[message]).await?;
                    Ok(())
                })
            })
            .await;
        written.unwrap();
    }

    async fn spend(&self, cost: i64) {
        self.message(self.chat, Role::Assistant, Some(cost)).await;
    }

    async fn limit(&self, default: Option<i64>, period: Period) {
        let limit = default.map(MicroDollars);
        let set = self.store.set_usage_limits(setup(), limit, period).await;
        set.unwrap();
    }

    async fn standing(&self) -> Standing {
        let standing = self.store.get_usage_standing(setup(), self.person);
        standing.await.unwrap()
    }

    async fn applies(&self) -> Option<i64> {
        self.standing().await.limit.map(|limit| limit.0)
    }

    async fn spent(&self) -> i64 {
        self.standing().await.spent.0
    }

    fn move_to(&self, time: &str) {
        self.clock.advance(at(time).since(self.clock.now()));
    }
}

async fn own_limit_goes_before_the_smallest_of_the_groups_and_that_before_the_default(
    engine: Engine,
) {
    let world = World::new(engine, "2026-03-01T12:00:00Z").await;
    let store = &world.store;
    assert_eq!(world.applies().await, None, "nobody has decided");
    let large = world.group("large", world.organization, 900).await;
    let small = world.group("small", world.organization, 300).await;
    store
        .set_user_limit(setup(), world.person, MicroDollars(500))
        .await
        .unwrap();
    assert_eq!(world.applies().await, None, "limits are off");
    world.limit(None, Period::Week).await;
    assert_eq!(world.applies().await, None, "they still are");

    world.limit(Some(100), Period::Week).await;
    assert_eq!(world.applies().await, Some(500));
    store
        .delete_user_limit(setup(), world.person)
        .await
        .unwrap();
    assert_eq!(world.applies().await, Some(300));
    store.delete_group_limit(setup(), small).await.unwrap();
    assert_eq!(world.applies().await, Some(900));
    let leave = GroupChange {
        remove: vec![world.person],
        ..GroupChange::default()
    };
    store.update_group(setup(), large, leave).await.unwrap();
    assert_eq!(world.applies().await, Some(100));
    let everyone = GroupId(world.organization.0);
    store
        .set_group_limit(setup(), everyone, MicroDollars(700))
        .await
        .unwrap();
    assert_eq!(world.applies().await, Some(700), "everybody is in it");
    world.limit(None, Period::Week).await;
    assert_eq!(world.applies().await, None);
}

async fn spending_at_the_limit_is_too_much(engine: Engine) {
    let world = World::new(engine, "2026-03-01T12:00:00Z").await;
    world.limit(Some(100), Period::Day).await;
    world.spend(99).await;
    assert!(!world.standing().await.is_exhausted());
    world.spend(1).await;
    assert!(world.standing().await.is_exhausted());
    world.limit(Some(101), Period::Day).await;
    assert!(!world.standing().await.is_exhausted());
}

/// Spends 1 right before a period begins, 10 at its first and 100 at its last moment, and 1,000
/// right after its end; looks from inside the period.
async fn check_edges(engine: Engine, period: Period, start: &str, end: &str) {
    let moment = Duration::from_micros(1);
    let world = World::new(engine, "2024-01-01T00:00:00Z").await;
    world.limit(Some(1), period).await;
    let (start, end) = (at(start), at(end));
    for (time, cost) in [(start - moment, 1), (start, 10), (end - moment, 100)] {
        world.clock.advance(time.since(world.clock.now()));
        world.spend(cost).await;
    }
    let standing = world.standing().await;
    assert_eq!((standing.span.start, standing.span.end), (start, end));
    assert_eq!(standing.spent, MicroDollars(110), "{period} from {start}");
    world.clock.advance(moment);
    let next = world.standing().await;
    assert_eq!((next.span.start, next.spent), (end, MicroDollars::ZERO));
    world.spend(1_000).await;
    assert_eq!(world.spent().await, 1_000);
}

async fn period_holds_its_first_moment_and_not_that_of_the_next(engine: Engine) {
    for (period, start, end) in [
        (Period::Day, "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"),
        // From Sunday to Monday.
        (Period::Week, "2026-02-23T00:00:00Z", "2026-03-02T00:00:00Z"),
        (Period::Week, "2025-12-29T00:00:00Z", "2026-01-05T00:00:00Z"),
        // Months of 30, 31 and 28 days, the end of a year, and a leap day.
        (
            Period::Month,
            "2026-04-01T00:00:00Z",
            "2026-05-01T00:00:00Z",
        ),
        (
            Period::Month,
            "2026-12-01T00:00:00Z",
            "2027-01-01T00:00:00Z",
        ),
        (
            Period::Month,
            "2026-02-01T00:00:00Z",
            "2026-03-01T00:00:00Z",
        ),
        (
            Period::Month,
            "2028-02-01T00:00:00Z",
            "2028-03-01T00:00:00Z",
        ),
        (Period::Day, "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"),
    ] {
        check_edges(engine, period, start, end).await;
    }
}

async fn money_is_spent_whatever_becomes_of_the_message(engine: Engine) {
    let world = World::new(engine, "2026-03-01T12:00:00Z").await;
    world.limit(Some(1), Period::Month).await;
    world.spend(1).await;
    world.message(world.chat, Role::Assistant, None).await;
    // Only models cost anything, and only their owner.
    world.message(world.chat, Role::User, Some(7)).await;
    let bob = world.person("bob").await;
    let of_bob = world.chat(bob, world.organization).await;
    world.message(of_bob, Role::Assistant, Some(7)).await;
    let chat = world.chat;
    let gone: Result<(), Error> = world
        .store
        .write("test.delete", move |tx| {
            Box::pin(async move {
                let first = muster_base::MessageId(0);
                chat_messages::door::delete_from(tx, chat, first, 2).await?;
                tx.execute(&ARCHIVE, &params![chat, true]).await?;
                Ok(())
            })
        })
        .await;
    gone.unwrap();
    assert_eq!(world.spent().await, 1);
    world.spend(10).await;
    assert_eq!(world.spent().await, 11);
}

async fn groups_limit_counts_what_was_spent_in_its_organization(engine: Engine) {
    let world = World::new(engine, "2026-03-01T12:00:00Z").await;
    world.limit(Some(1_000), Period::Month).await;
    let elsewhere = OrganizationId::new(&world.clock.clock());
    let made: Result<(), Error> = world
        .store
        .write("test.organization", move |tx| {
            Box::pin(async move {
                tx.execute(&ORGANIZATION, &params![elsewhere])
                    .await
                    .map(drop)
            })
        })
        .await;
    made.unwrap();
    world.spend(1).await;
    let there = world.chat(world.person, elsewhere).await;
    world.message(there, Role::Assistant, Some(10)).await;
    assert_eq!(world.spent().await, 11);
    let group = world.group("far", elsewhere, 500).await;
    assert_eq!(
        (world.applies().await, world.spent().await),
        (Some(500), 10)
    );
    world.group("near", world.organization, 400).await;
    assert_eq!((world.applies().await, world.spent().await), (Some(400), 1));
    world.store.delete_group(setup(), group).await.unwrap();
    let own = MicroDollars(300);
    let set = world.store.set_user_limit(setup(), world.person, own);
    set.await.unwrap();
    assert_eq!(
        (world.applies().await, world.spent().await),
        (Some(300), 11)
    );
}

async fn lists_name_who_has_a_limit(engine: Engine) {
    let world = World::new(engine, "2026-03-01T12:00:00Z").await;
    let (store, ann) = (&world.store, world.person);
    let group = world.group("team", world.organization, 5).await;
    let bob = world.person("bob").await;
    for (user, limit) in [(bob, 2), (ann, 1), (ann, 3)] {
        let set = store.set_user_limit(setup(), user, MicroDollars(limit));
        assert_eq!(set.await.unwrap().limit, MicroDollars(limit));
    }
    let limits = store.get_usage_limits(setup()).await.unwrap();
    let users = limits.users.iter().map(|one| (one.user_id, one.limit.0));
    let users: Vec<_> = users.collect();
    assert_eq!(users, [(ann, 3), (bob, 2)]);
    let groups = limits.groups.iter();
    let groups = groups.map(|one| (one.group_id, one.member_count, one.limit.0));
    let groups: Vec<_> = groups.collect();
    assert_eq!(groups, [(group, 1, 5)]);
    assert_eq!(limits.config.updated_at, None);
    world.move_to("2026-03-02T00:00:00Z");
    world.limit(None, Period::Day).await;
    let limits = store.get_usage_limits(setup()).await.unwrap();
    assert_eq!(limits.config.period, Period::Day);
    assert_eq!(limits.config.updated_at, Some(at("2026-03-02T00:00:00Z")));

    let nobody = UserId::new(&world.clock.clock());
    for user in [nobody, bob] {
        if user == bob {
            store.delete_user_limit(setup(), bob).await.unwrap();
        }
        let none = store.delete_user_limit(setup(), user).await;
        assert!(matches!(none, Err(Error::NotFound { .. })), "{none:?}");
    }
    let none = store.set_user_limit(setup(), nobody, MicroDollars(1)).await;
    assert!(matches!(none, Err(Error::NotFound { .. })), "{none:?}");
    let nowhere = GroupId(nobody.0);
    let none = store.set_group_limit(setup(), nowhere, MicroDollars(1));
    assert!(matches!(none.await, Err(Error::NotFound { .. })));
    let none = store.delete_group_limit(setup(), nowhere).await;
    assert!(matches!(none, Err(Error::NotFound { .. })), "{none:?}");
}

on_both_engines!(
    own_limit_goes_before_the_smallest_of_the_groups_and_that_before_the_default,
    spending_at_the_limit_is_too_much,
    period_holds_its_first_moment_and_not_that_of_the_next,
    money_is_spent_whatever_becomes_of_the_message,
    groups_limit_counts_what_was_spent_in_its_organization,
    lists_name_who_has_a_limit,
);
