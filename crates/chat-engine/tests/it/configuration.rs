//! What a turn reads: little of its own, and next to nothing of what administrators configure.

use std::collections::BTreeMap;

use muster_base::limits::{CONFIG_CACHE_LIFE, TURN_STATEMENTS_MAX};
use muster_base::{Clock, ModelConfigId, ProviderId};
use muster_chat_engine::{ConfigCache, Replicas};
use muster_chat_state::transitions::BusyBehavior;
use muster_llm::ProviderKind;
use muster_rbac::{Actor, Purpose};
use muster_store::chats::ChatStatus;
use muster_store::model_configs::{ModelConfig, ModelConfigChange};
use muster_store::providers::{NewProvider, ProviderChange};
use muster_store::{Counter, Engine, Store};
use muster_testkit::db;

use crate::model::{FakeModel, text};
use crate::support::{START, World, in_time};

const CHATS: usize = 50;
const TURNS: usize = 10;

/// How often each statement ran, whatever it ran for.
fn by_statement(counter: &Counter) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for ((_op, statement), runs) in counter.counts() {
        *counts.entry(statement).or_default() += runs;
    }
    counts
}

/// The full size is `cargo xtask bench chat --chats 5000 --turns 10`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn turns_stay_in_their_budget_and_hardly_read_the_configuration() {
    let (world, counter) = World::counted(FakeModel::new(|_, _| text("Hi."))).await;
    let engine = world.engine();
    let mut chats = Vec::new();
    for _ in 0..CHATS {
        chats.push(world.chat("Hello.").await);
    }
    for chat in &chats {
        world.until_status(*chat, ChatStatus::Waiting).await;
    }
    counter.reset();
    for turn in 0..TURNS {
        // A life of the cached configuration ends in the middle of the test.
        if turn == TURNS / 2 {
            world.clock.advance(CONFIG_CACHE_LIFE);
        }
        for chat in &chats {
            world.send(*chat, "More.", BusyBehavior::Queue).await;
            world.until_status(*chat, ChatStatus::Waiting).await;
        }
    }
    let counts = by_statement(&counter);
    let turns = u64::try_from(CHATS * TURNS).unwrap();
    for (statement, saved_percent) in [
        ("providers/list_all", 99),
        ("model_configs/get_default", 98),
        ("model_configs/get_by_id", 98),
        ("user_configs/get_by_key", 97),
    ] {
        let runs = counts.get(statement).copied().unwrap_or_default();
        let allowed = turns * (100 - saved_percent) / 100;
        assert!(runs <= allowed, "{statement}: {runs} in {turns} turns");
    }
    assert!(!counts.contains_key("workspace_builds/get_latest"));
    // What the test itself looks at is not the turn's.
    let looks = counter.counts();
    let own = looks.iter().filter(|((op, _), _)| *op == "chat.sync");
    let own: u64 = own.map(|(_, runs)| runs).sum();
    let of_turns = counter.total() - own;
    assert!(
        of_turns <= turns * TURN_STATEMENTS_MAX,
        "{of_turns} statements in {turns} turns: {looks:#?}"
    );
    engine.shutdown().await;
}

/// What an engine of another replica knows of the configuration, and changes of it here.
struct Replicated<'w> {
    there: &'w ConfigCache,
    here: &'w Store,
    setup: Actor,
}

impl Replicated<'_> {
    async fn providers(&self) -> usize {
        let open = self.there.providers().await.unwrap();
        open.iter().filter(|one| one.id != ProviderId::NIL).count()
    }

    async fn default_model(&self) -> Option<String> {
        let found = self.there.default_model_config().await.unwrap();
        found
            .as_ref()
            .as_ref()
            .map(|config| config.display_name.clone())
    }

    async fn model(&self, id: ModelConfigId) -> Option<String> {
        let found = self.there.model_config(id).await.unwrap();
        found
            .as_ref()
            .as_ref()
            .map(|config| config.display_name.clone())
    }
}

/// Waits until the other replica says what is expected. Its clock stands still: only the
/// change's notification can have made it look again.
async fn soon<T: PartialEq>(expected: T, ask: impl AsyncFn() -> T) {
    let asked = async {
        while ask().await != expected {
            let pause = Clock::system().timer("test.poll", std::time::Duration::from_millis(10));
            pause.await;
        }
    };
    in_time(asked).await;
}

fn provider(clock: &Clock) -> NewProvider {
    NewProvider {
        id: ProviderId::new(clock),
        provider: ProviderKind::Openai.as_str().to_owned(),
        display_name: "One".to_owned(),
        enabled: true,
        base_url: None,
        region: None,
        api_key: None,
    }
}

fn model(clock: &Clock) -> ModelConfig {
    ModelConfig {
        id: ModelConfigId::new(clock),
        provider: ProviderKind::Openai.as_str().to_owned(),
        model: "m".to_owned(),
        display_name: "First".to_owned(),
        enabled: true,
        is_default: true,
        context_limit: 100_000,
        compression_threshold: 70,
        settings: serde_json::json!({}),
        deleted: false,
        created_at: START,
        updated_at: START,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_change_of_the_configuration_is_seen_by_the_other_replica_at_once() {
    if !db::engines().contains(&Engine::Postgres) {
        return;
    }
    let database = db::fresh_on(Engine::Postgres).await;
    let world = World::on(database, FakeModel::new(|_, _| text("Hi."))).await;
    // Its notifier waits by a clock that goes.
    let here = world.database.store(&Clock::system()).await;
    let engine = World::engine_with(world.options(Replicas::Several));
    let both = Replicated {
        there: engine.handle.config(),
        here: &here,
        setup: Actor::system(Purpose::Setup),
    };
    let clock = world.clock.clock();
    providers_are_followed(&both, &clock).await;
    models_are_followed(&both, &clock).await;
    world.enter_owner().await;
    let prompt = async || (*both.there.user_prompt(world.owner).await.unwrap()).clone();
    soon(String::new(), &prompt).await;
    let put = here.set_user_prompt(&world.user, world.owner, "Be brief.".to_owned());
    put.await.unwrap();
    soon("Be brief.".to_owned(), &prompt).await;
    engine.shutdown().await;
}

/// Create, update, delete.
async fn providers_are_followed(both: &Replicated<'_>, clock: &Clock) {
    let (here, setup) = (both.here, &both.setup);
    let before = both.providers().await;
    let made = here.create_provider(setup, provider(clock)).await.unwrap();
    soon(before + 1, async || both.providers().await).await;
    let off = ProviderChange {
        enabled: Some(false),
        ..ProviderChange::default()
    };
    let changed = here.update_provider(setup, made.id, off, |_| false).await;
    changed.unwrap();
    soon(before, async || both.providers().await).await;
    let on = ProviderChange {
        enabled: Some(true),
        ..ProviderChange::default()
    };
    let changed = here.update_provider(setup, made.id, on, |_| false).await;
    changed.unwrap();
    soon(before + 1, async || both.providers().await).await;
    here.delete_provider(setup, made.id, Vec::new())
        .await
        .unwrap();
    soon(before, async || both.providers().await).await;
}

/// Create, update, delete; the default goes with any of them.
async fn models_are_followed(both: &Replicated<'_>, clock: &Clock) {
    let (here, setup) = (both.here, &both.setup);
    let config = model(clock);
    let id = config.id;
    soon(Some("Fake".to_owned()), async || both.default_model().await).await;
    soon(None, async || both.model(id).await).await;
    here.create_model_config(setup, config).await.unwrap();
    soon(Some("First".to_owned()), async || {
        both.default_model().await
    })
    .await;
    soon(Some("First".to_owned()), async || both.model(id).await).await;
    let rename = ModelConfigChange {
        display_name: Some("Second".to_owned()),
        ..ModelConfigChange::default()
    };
    let renamed = here.update_model_config(setup, id, rename).await;
    renamed.unwrap();
    soon(Some("Second".to_owned()), async || {
        both.default_model().await
    })
    .await;
    soon(Some("Second".to_owned()), async || both.model(id).await).await;
    here.delete_model_config(setup, id).await.unwrap();
    soon(None, async || both.model(id).await).await;
    soon(Some("Fake".to_owned()), async || both.default_model().await).await;
}
