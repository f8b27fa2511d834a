//! Titles that models find, summaries of turns, and what they cost.

use std::sync::Arc;
use std::time::Duration;

use muster_base::limits::TITLE_LEASE;
use muster_base::{ChatId, LeaseId, ModelConfigId};
use muster_bus::{Delivery, Event, OwnerEventKind, Subscription, Topic};
use muster_chat_engine::{Error, Options, Replicas, initial_title};
use muster_chat_state::transitions::BusyBehavior;
use muster_llm::{EventStream, Failure, FailureKind, ProviderConfig, ProviderKind, Request};
use muster_rbac::{Actor, Purpose};
use muster_store::chats::{Chat, ChatStatus};
use muster_store::{Statement, params};
use serde_json::json;

use crate::model::{FakeModel, calls, fails, fails_after, hangs, text};
use crate::support::{Replica, World, in_time};

const WORDS: &str = "Please fix the failing test of the list";

/// What a request beside the conversation asks for.
fn asks_for(request: &Request) -> Option<&str> {
    request.response_schema.as_ref().map(|it| it.name.as_str())
}

fn object(field: &str, value: &str) -> EventStream {
    text(&json!({field: value}).to_string())
}

/// Answers the conversation, and a question beside it by `aside`.
fn model(
    answer: &'static str,
    aside: impl Fn(&Request) -> EventStream + Send + Sync + 'static,
) -> Arc<FakeModel> {
    FakeModel::new(move |_, request| match asks_for(request) {
        None => text(answer),
        Some(_) => aside(request),
    })
}

async fn unnamed(world: &World, words: &str) -> ChatId {
    let title = initial_title(words);
    world.chat_that_is(words, |chat| chat.title = title).await
}

/// The asides so far: what was asked, and which model.
fn asides(world: &World) -> Vec<(String, String)> {
    let requests = world.model.requests();
    let asides = requests.iter().filter_map(|request| {
        let field = asks_for(request)?;
        Some((field.to_owned(), request.model.clone()))
    });
    asides.collect()
}

/// Hidden charges of the owner, in micro-dollars, in the order in which they were made.
async fn charges(world: &World) -> Vec<(Option<ModelConfigId>, Option<i64>)> {
    static CHARGES: Statement = Statement::new(
        "test/charges",
        "select model_config_id, total_cost_micros from chat_messages
          where owner_id = $1 and deleted = true and visibility = 'model' order by id",
    );
    let owner = world.owner;
    let read = world.store.read("test.charges", move |tx| {
        Box::pin(async move {
            let rows = tx.query(&CHARGES, &params![owner]).await?;
            let charges = rows
                .iter()
                .map(|row| Ok((row.get("model_config_id")?, row.get("total_cost_micros")?)));
            charges.collect::<Result<_, muster_store::Error>>()
        })
    });
    read.await.unwrap()
}

fn kinds(ears: &Subscription) -> Vec<OwnerEventKind> {
    let mut kinds = Vec::new();
    while let Some(delivery) = ears.try_recv() {
        if let Delivery::Event(event) = delivery
            && let Event::ChatOwner { kind, .. } = &*event
        {
            kinds.push(*kind);
        }
    }
    kinds
}

/// An engine to which all these providers are open.
fn with_providers(world: &World, kinds: &[ProviderKind]) -> Replica {
    let presets = kinds.iter().map(|kind| ProviderConfig {
        kind: *kind,
        base_url: None,
        api_key: None,
        region: None,
    });
    World::engine_with(Options {
        provider_presets: presets.collect(),
        ..world.options(Replicas::Several)
    })
}

async fn until_idle(world: &World, chat: ChatId) -> Chat {
    world.until_status(chat, ChatStatus::Waiting).await
}

#[tokio::test]
async fn new_chat_is_named_beside_its_first_turn() {
    let model = model("Done.", |_| object("title", " \"Fix the list test\" "));
    let world = World::new(model).await;
    let ears = world.store.bus().subscribe([Topic::ChatOwner(world.owner)]);
    let engine = world.engine();
    let chat = unnamed(&world, WORDS).await;
    let named = world
        .until(chat, |it| it.title == "Fix the list test")
        .await;
    until_idle(&world, chat).await;
    assert!(kinds(&ears).contains(&OwnerEventKind::TitleChange));
    let request = world.model.requests();
    let request = request.iter().find(|it| asks_for(it) == Some("title"));
    let request = request.unwrap();
    assert_eq!(request.params.max_output_tokens, Some(256));
    assert!(request.tools.is_empty());
    // 1,000 tokens in and 10 out at $2 and $10.
    let own = named.last_model_config_id;
    assert_eq!(charges(&world).await.len(), 1);
    assert_eq!(charges(&world).await[0].1, Some(2_100));
    assert_eq!(until_idle(&world, chat).await.last_model_config_id, own);
    // The next turns leave the name alone.
    world.send(chat, "And now?", BusyBehavior::Queue).await;
    world
        .until(chat, |it| {
            it.history_version > named.history_version && it.status == ChatStatus::Waiting
        })
        .await;
    assert_eq!(asides(&world).len(), 1);
    engine.shutdown().await;
}

#[tokio::test]
async fn chat_that_has_a_name_keeps_it() {
    let model = model("Done.", |_| object("title", "Another"));
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = world.chat(WORDS).await;
    until_idle(&world, chat).await;
    engine.shutdown().await;
    assert!(asides(&world).is_empty());
}

#[tokio::test]
async fn chat_with_a_second_message_is_not_named_by_itself() {
    let model = FakeModel::new(|_, _| fails(Failure::of(FailureKind::Auth, None)));
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = unnamed(&world, WORDS).await;
    world.until_status(chat, ChatStatus::Error).await;
    world.send(chat, "Again", BusyBehavior::Queue).await;
    world.until_status(chat, ChatStatus::Error).await;
    engine.shutdown().await;
    assert_eq!(asides(&world).len(), 1, "the first message asked");
}

#[tokio::test]
async fn no_title_is_no_failure_and_costs_what_it_cost() {
    let model = model("Done.", |_| {
        object("title", "one two three four five six seven eight nine")
    });
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = unnamed(&world, WORDS).await;
    until_idle(&world, chat).await;
    engine.shutdown().await;
    let (row, _) = world.read(chat).await;
    assert_eq!(row.title, initial_title(WORDS));
    assert_eq!(row.last_error, None);
}

#[tokio::test]
async fn title_has_thirty_seconds() {
    let model = model("Done.", |_| hangs());
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = unnamed(&world, WORDS).await;
    until_idle(&world, chat).await;
    assert_eq!(
        world.clock.armed("chat.title").await,
        Duration::from_secs(30)
    );
    world.clock.fire("chat.title").await;
    // The lease is free again: somebody else may look.
    let lease = LeaseId::new(&world.clock.clock());
    in_time(async {
        loop {
            let taken = world.store.acquire_title_lease(&world.user, chat, lease);
            if taken.await.unwrap().is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    engine.shutdown().await;
}

#[tokio::test]
async fn name_that_a_person_gives_meanwhile_wins() {
    let go = Arc::new(tokio::sync::Semaphore::new(0));
    let gate = Arc::clone(&go);
    let model = model("Done.", move |_| {
        let gate = Arc::clone(&gate);
        let waited = futures_util::stream::once(async move {
            drop(gate.acquire().await);
            object("title", "Found by a model")
        });
        Box::pin(futures_util::StreamExt::flatten(waited))
    });
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = unnamed(&world, WORDS).await;
    until_idle(&world, chat).await;
    let renamed = world.machine.set_title(&world.user, chat, "Mine".into());
    renamed.await.unwrap();
    go.add_permits(1);
    in_time(async {
        while charges(&world).await.is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(world.read(chat).await.0.title, "Mine");
    engine.shutdown().await;
}

/// Every candidate in its order, and then the chat's own model.
const CANDIDATES: [(ProviderKind, &str); 8] = [
    (ProviderKind::Anthropic, "claude-haiku-4-5"),
    (ProviderKind::Openai, "gpt-4o-mini"),
    (ProviderKind::Google, "gemini-2.5-flash"),
    (ProviderKind::Azure, "gpt-4o-mini"),
    (
        ProviderKind::Bedrock,
        "anthropic.claude-haiku-4-5-20251001-v1:0",
    ),
    (ProviderKind::Openrouter, "anthropic/claude-3.5-haiku"),
    (ProviderKind::Vercel, "anthropic/claude-haiku-4.5"),
    (ProviderKind::OpenaiCompat, "fake-1"),
];

#[tokio::test]
async fn candidates_are_asked_in_their_order_and_each_for_the_chat() {
    let model = model("Done.", |request| match request.model.as_str() {
        "fake-1" => object("title", "The last one knows"),
        _ => fails_after("", FailureKind::Overloaded),
    });
    let world = World::new(model).await;
    let engine = with_providers(&world, &CANDIDATES.map(|(kind, _)| kind));
    let chat = unnamed(&world, WORDS).await;
    world
        .until(chat, |it| it.title == "The last one knows")
        .await;
    until_idle(&world, chat).await;
    let asked: Vec<_> = asides(&world).into_iter().map(|(_, model)| model).collect();
    assert_eq!(asked, CANDIDATES.map(|(_, model)| model));
    let requests = world.model.requests();
    let titles = requests.iter().filter(|it| asks_for(it).is_some());
    for attribution in titles.map(|it| it.attribution.unwrap()) {
        assert_eq!((attribution.owner, attribution.chat), (world.owner, chat));
        assert_eq!(attribution.parent, None);
    }
    engine.shutdown().await;
}

#[tokio::test]
async fn first_candidate_with_a_key_answers_and_others_are_left_alone() {
    let model = model("Done.", |_| object("title", "Quick and cheap"));
    let world = World::new(model).await;
    let engine = with_providers(&world, &[ProviderKind::OpenaiCompat, ProviderKind::Google]);
    let chat = unnamed(&world, WORDS).await;
    world.until(chat, |it| it.title == "Quick and cheap").await;
    until_idle(&world, chat).await;
    let asked = asides(&world);
    assert_eq!(asked, [("title".to_owned(), "gemini-2.5-flash".to_owned())]);
    // Nobody has said what it costs.
    assert_eq!(charges(&world).await, [(None, None)]);
    engine.shutdown().await;
}

#[tokio::test]
async fn wished_for_title_prefers_a_configured_model_and_the_chats_own_is_next() {
    let model = model("Done.", |_| object("title", "On request"));
    let world = World::new(model).await;
    let engine = with_providers(&world, &[ProviderKind::OpenaiCompat, ProviderKind::Google]);
    let chat = world.chat(WORDS).await;
    until_idle(&world, chat).await;
    let named = engine.handle.regenerate_title(&world.user, chat).await;
    assert_eq!(named.unwrap().title, "On request");
    // Nobody has configured the cheap one.
    assert_eq!(asides(&world), [("title".to_owned(), "fake-1".to_owned())]);
    let before = world.read(chat).await.0;
    assert_eq!(charges(&world).await.len(), 1);
    assert_eq!(charges(&world).await[0].1, Some(2_100));
    assert!(charges(&world).await[0].0.is_some());
    assert_eq!(before.last_model_config_id, ModelConfigId::NIL);
    engine.shutdown().await;
}

#[tokio::test]
async fn two_wishes_for_one_title_are_one_and_a_conflict() {
    let model = model("Done.", |_| hangs());
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = world.chat(WORDS).await;
    until_idle(&world, chat).await;
    let (one, two) = (engine.handle.clone(), engine.handle.clone());
    let (user, same) = (world.user.clone(), world.user.clone());
    let first = world.tasks.spawn("test.first", async move {
        one.regenerate_title(&user, chat).await
    });
    world.clock.armed("chat.title").await;
    let refused = two.regenerate_title(&same, chat).await;
    assert!(matches!(refused, Err(Error::TitleUnderWay)), "{refused:?}");
    world.clock.fire("chat.title").await;
    let failed = first.await.unwrap().unwrap();
    assert!(matches!(failed, Err(Error::NoTitle(_))), "{failed:?}");
    // Given back at the end, not only when it expires.
    let lease = LeaseId::new(&world.clock.clock());
    let taken = world.store.acquire_title_lease(&world.user, chat, lease);
    assert!(taken.await.unwrap().is_some());
    engine.shutdown().await;
}

#[tokio::test]
async fn lease_of_a_server_that_died_is_free_after_a_minute() {
    let world = World::new(model("Done.", |_| object("title", "Found again"))).await;
    let engine = world.engine();
    let chat = world.chat(WORDS).await;
    until_idle(&world, chat).await;
    let dead = LeaseId::new(&world.clock.clock());
    let taken = world.store.acquire_title_lease(&world.user, chat, dead);
    assert!(taken.await.unwrap().is_some());
    world.clock.advance(TITLE_LEASE - Duration::from_micros(1));
    let refused = engine.handle.regenerate_title(&world.user, chat).await;
    assert!(matches!(refused, Err(Error::TitleUnderWay)), "{refused:?}");
    world.clock.advance(Duration::from_micros(1));
    let named = engine.handle.regenerate_title(&world.user, chat).await;
    assert_eq!(named.unwrap().title, "Found again");
    // Whoever comes back too late takes nothing from the new holder.
    let holder = LeaseId::new(&world.clock.clock());
    let taken = world.store.acquire_title_lease(&world.user, chat, holder);
    assert!(taken.await.unwrap().is_some());
    let late = world.store.release_title_lease(&world.user, chat, dead);
    late.await.unwrap();
    let other = LeaseId::new(&world.clock.clock());
    let taken = world.store.acquire_title_lease(&world.user, chat, other);
    assert_eq!(taken.await.unwrap(), None);
    engine.shutdown().await;
}

#[tokio::test]
async fn failed_wish_is_charged_and_moves_neither_model_nor_list() {
    let model = model("Done.", |_| object("headline", "Not what was asked for"));
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = world.chat(WORDS).await;
    let before = until_idle(&world, chat).await;
    world.clock.advance(Duration::from_secs(60));
    let failed = engine.handle.regenerate_title(&world.user, chat).await;
    assert!(matches!(failed, Err(Error::NoTitle(_))), "{failed:?}");
    assert_eq!(charges(&world).await[0].1, Some(2_100));
    let after = world.read(chat).await.0;
    assert_eq!(
        Chat {
            snapshot_version: before.snapshot_version,
            ..after
        },
        before
    );
    engine.shutdown().await;
}

#[tokio::test]
async fn stranger_finds_no_title_and_takes_no_lease() {
    let world = World::new(model("Done.", |_| object("title", "Stolen"))).await;
    let engine = world.engine();
    let chat = world.chat(WORDS).await;
    until_idle(&world, chat).await;
    let stranger = Actor::user(
        muster_base::UserId::new(&world.clock.clock()),
        [muster_rbac::Role::AgentsAccess],
        muster_rbac::Scopes::all(),
    );
    let refused = engine.handle.regenerate_title(&stranger, chat).await;
    assert!(matches!(refused, Err(Error::Store(_))), "{refused:?}");
    let lease = LeaseId::new(&world.clock.clock());
    let system = Actor::system(Purpose::ChatWorker);
    let taken = world.store.acquire_title_lease(&system, chat, lease).await;
    assert!(taken.unwrap().is_some());
    engine.shutdown().await;
}

const LONG: &str = "I have looked at everything there is in the repository, found the list test that \
     failed, and mended it; all of the tests pass now, and nothing else was changed.";

#[tokio::test]
async fn turn_is_summarised_beside_everything_and_charged() {
    let model = model(LONG, |_| object("notification", "The list test is mended."));
    let world = World::new(model).await;
    let ears = world.store.bus().subscribe([Topic::ChatOwner(world.owner)]);
    let engine = world.engine();
    let chat = world.chat(WORDS).await;
    let told = world.until(chat, |it| it.last_turn_summary.is_some()).await;
    assert_eq!(
        told.last_turn_summary.as_deref(),
        Some("The list test is mended.")
    );
    assert_eq!(kinds(&ears).last(), Some(&OwnerEventKind::SummaryChange));
    assert_eq!(charges(&world).await[0].1, Some(2_100));
    let requests = world.model.requests();
    let push = requests.iter().find(|it| asks_for(it).is_some()).unwrap();
    assert_eq!(push.attribution.unwrap().chat, chat);
    engine.shutdown().await;
}

#[tokio::test]
async fn short_answer_is_the_summary_and_asks_nobody() {
    let world = World::new(model("Done.", |_| hangs())).await;
    let engine = world.engine();
    let chat = world.chat(WORDS).await;
    let told = until_idle(&world, chat).await;
    assert_eq!(told.last_turn_summary.as_deref(), Some("Done."));
    engine.shutdown().await;
    assert!(asides(&world).is_empty());
}

#[tokio::test]
async fn turn_that_nobody_summarised_has_finished() {
    let model = model(LONG, |_| fails(Failure::of(FailureKind::Auth, None)));
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = world.chat(WORDS).await;
    let told = world.until(chat, |it| it.last_turn_summary.is_some()).await;
    assert_eq!(
        told.last_turn_summary.as_deref(),
        Some("The agent has finished.")
    );
    engine.shutdown().await;
}

#[tokio::test]
async fn failed_turn_tells_its_error_and_an_interrupted_one_nothing() {
    let model = FakeModel::new(|n, _| match n {
        0 => fails(Failure::of(FailureKind::Auth, None)),
        _ => hangs(),
    });
    let world = World::new(model).await;
    let engine = world.engine();
    let chat = world.chat(WORDS).await;
    let failed = world.until_status(chat, ChatStatus::Error).await;
    let message = failed.last_error.unwrap().message;
    assert_eq!(failed.last_turn_summary, Some(message.clone()));
    world.send(chat, "Again", BusyBehavior::Queue).await;
    world.until(chat, |it| it.generation_attempt == 1).await;
    world.interrupt(chat).await;
    let stopped = until_idle(&world, chat).await;
    assert_eq!(stopped.last_turn_summary, Some(message));
    engine.shutdown().await;
    assert!(asides(&world).is_empty());
}

#[tokio::test]
async fn subagent_has_no_summary_and_a_step_with_calls_none_either() {
    let model = FakeModel::new(|n, request| match (n, asks_for(request)) {
        (_, Some(_)) => hangs(),
        (0, None) => calls(&[("c1", "nothing", json!({}))]),
        (_, None) => text("Done."),
    });
    let world = World::new(model).await;
    let engine = world.engine();
    let root = world.chat(WORDS).await;
    let told = until_idle(&world, root).await;
    assert_eq!(told.last_turn_summary.as_deref(), Some("Done."));
    let child = world.chat_that_is("Hello.", |chat| chat.parent = Some((root, root)));
    let child = child.await;
    let done = until_idle(&world, child).await;
    assert_eq!(done.last_turn_summary, None);
    engine.shutdown().await;
    assert!(asides(&world).is_empty());
}
