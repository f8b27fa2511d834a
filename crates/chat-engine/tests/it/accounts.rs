//! A provider's own blocks go back to the account that wrote them, and no further than that
//! account takes them.

use muster_base::{MockClock, ModelConfigId, ProviderId, Secret};
use muster_chat_engine::{Options, Replicas};
use muster_chat_state::transitions::{BusyBehavior, RequestCompaction, SendMessage, UserMessage};
use muster_llm::{
    Cause, Failure, FailureKind, Format, Part, ProviderConfig, ProviderKind, Request,
};
use muster_rbac::{Actor, Purpose};
use muster_store::chats::{Chat, ChatStatus};
use muster_store::model_configs::ModelConfig;
use muster_store::providers::NewProvider;
use muster_store::{Options as StoreOptions, Vault};
use muster_testkit::db;
use serde_json::json;

use crate::model::{FakeModel, fails, text, text_in_block, wants_summary};
use crate::support::{START, World, content};

/// The ids of the blocks that a request brings.
fn blocks(request: &Request) -> Vec<String> {
    let parts = request.messages.iter().flat_map(|message| &message.parts);
    let natives = parts.filter_map(Part::native);
    natives
        .inspect(|native| assert_eq!(native.provider_format, Format::OpenaiResponses))
        .map(|native| native.json["id"].as_str().unwrap().to_owned())
        .collect()
}

fn refused() -> Failure {
    Failure {
        cause: Cause::BlocksRefused,
        ..Failure::of(FailureKind::Config, Some(ProviderKind::Openai))
    }
}

async fn config(world: &World, kind: ProviderKind) -> ModelConfigId {
    let config = ModelConfig {
        id: ModelConfigId::new(&world.clock.clock()),
        provider: kind.as_str().to_owned(),
        model: "gpt-5".to_owned(),
        display_name: "GPT".to_owned(),
        enabled: true,
        is_default: true,
        context_limit: 100_000,
        compression_threshold: 70,
        settings: json!({ "provider_options": { "openai": { "store": false } } }),
        deleted: false,
        created_at: START,
        updated_at: START,
    };
    let setup = Actor::system(Purpose::Setup);
    let created = world.store.create_model_config(&setup, config).await;
    created.unwrap().id
}

fn options(world: &World) -> Options {
    let preset = |kind| ProviderConfig {
        kind,
        base_url: None,
        api_key: None,
        region: None,
    };
    Options {
        provider_presets: vec![preset(ProviderKind::Openai), preset(ProviderKind::Azure)],
        ..world.options(Replicas::Several)
    }
}

#[tokio::test]
async fn another_account_is_told_in_plain_form_what_the_first_one_wrote() {
    let world = World::new(FakeModel::new(|n, _| text_in_block(&n.to_string()))).await;
    let azure = config(&world, ProviderKind::Azure).await;
    let openai = config(&world, ProviderKind::Openai).await;
    let engine = World::engine_with(options(&world));
    let chat = world.chat("Turn 0.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    for model in [azure, azure, openai] {
        let message = UserMessage {
            model_config_id: Some(model),
            ..UserMessage::new(content("Go on."), world.owner)
        };
        let busy = BusyBehavior::Queue;
        let sent = SendMessage { message, busy };
        let sent = world.machine.apply(&world.user, chat, sent).await;
        sent.unwrap();
        world.until_status(chat, ChatStatus::Waiting).await;
    }
    let requests = world.model.requests();
    let sent: Vec<Vec<String>> = requests.iter().map(blocks).collect();
    let expected: [&[&str]; 4] = [&[], &[], &["1"], &["0"]];
    assert_eq!(sent, expected);
    // Whatever the form, every word is told.
    assert_eq!(requests[3].messages.len(), 7);
    engine.shutdown().await;
}

#[tokio::test]
async fn refused_blocks_are_left_out_at_once_and_once_only() {
    let model = FakeModel::new(|n, request| match blocks(request).is_empty() {
        true => text_in_block(&n.to_string()),
        false => fails(refused()),
    });
    let world = World::new(model).await;
    config(&world, ProviderKind::Openai).await;
    let engine = World::engine_with(options(&world));
    let chat = world.chat("Turn 0.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    // The clock stands still: a countdown would never end.
    world.send(chat, "Turn 1.", BusyBehavior::Queue).await;
    let row = world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!((row.last_error, row.retry_state), (None, None));
    let requests = world.model.requests();
    let sent: Vec<Vec<String>> = requests.iter().map(blocks).collect();
    let expected: [&[&str]; 3] = [&[], &["0"], &[]];
    assert_eq!(sent, expected);
    engine.shutdown().await;
}

#[tokio::test]
async fn summary_is_asked_for_without_refused_blocks_too() {
    let model = FakeModel::new(|n, request| match blocks(request).is_empty() {
        true => text_in_block(&n.to_string()),
        false => fails(refused()),
    });
    let world = World::new(model).await;
    config(&world, ProviderKind::Openai).await;
    let engine = World::engine_with(options(&world));
    let chat = world.chat("Turn 0.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let asked = world.machine.apply(&world.user, chat, RequestCompaction);
    asked.await.unwrap();
    let is_done = |row: &Chat| row.status == ChatStatus::Waiting && row.history_version > 2;
    world.until(chat, is_done).await;
    let requests = world.model.requests();
    let sent: Vec<Vec<String>> = requests.iter().map(blocks).collect();
    let expected: [&[&str]; 3] = [&[], &["0"], &[]];
    assert_eq!(sent, expected);
    assert!(wants_summary(&requests[2]));
    let (_, messages) = world.read(chat).await;
    assert!(messages.iter().any(|it| it.compressed));
    engine.shutdown().await;
}

#[tokio::test]
async fn provider_that_refuses_even_the_plain_form_ends_the_turn() {
    let world = World::new(FakeModel::new(|_, _| fails(refused()))).await;
    config(&world, ProviderKind::Openai).await;
    let engine = World::engine_with(options(&world));
    let chat = world.chat("Turn 0.").await;
    let row = world.until_status(chat, ChatStatus::Error).await;
    assert_eq!(row.last_error.unwrap().kind, "config");
    assert_eq!(world.model.requests().len(), 2);
    engine.shutdown().await;
}

#[tokio::test]
async fn key_that_does_not_open_is_the_matter_of_its_own_provider() {
    let (database, clock) = (db::fresh().await, MockClock::new(START).clock());
    let row = |provider: ProviderKind| NewProvider {
        id: ProviderId::new(&clock),
        provider: provider.as_str().to_owned(),
        display_name: String::new(),
        enabled: true,
        base_url: None,
        region: None,
        api_key: Some(Secret::new("key-for-tests".to_owned())),
    };
    let setup = Actor::system(Purpose::Setup);
    // Sealed by a deployment with another key.
    let stranger = StoreOptions {
        keys: Vault::new(["22".repeat(32).as_str()]).unwrap(),
        ..database.options(&clock)
    };
    let stranger = database.open(stranger).await;
    let sealed = stranger.create_provider(&setup, row(ProviderKind::Azure));
    sealed.await.unwrap();
    stranger.close().await;
    let world = World::on(database, FakeModel::new(|_, _| text("Done."))).await;
    let good = world
        .store
        .create_provider(&setup, row(ProviderKind::Openai));
    good.await.unwrap();
    let azure = config(&world, ProviderKind::Azure).await;
    config(&world, ProviderKind::Openai).await;
    let engine = World::engine_with(options(&world));
    let chat = world.chat("Hello.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    let message = UserMessage {
        model_config_id: Some(azure),
        ..UserMessage::new(content("Go on."), world.owner)
    };
    let busy = BusyBehavior::Queue;
    let sent = SendMessage { message, busy };
    let sent = world.machine.apply(&world.user, chat, sent).await;
    sent.unwrap();
    let row = world.until_status(chat, ChatStatus::Error).await;
    let error = row.last_error.unwrap();
    assert_eq!(
        (error.kind.as_str(), error.retryable),
        ("missing_key", false)
    );
    assert!(error.detail.unwrap().contains("can't be opened"));
    assert_eq!(world.model.requests().len(), 1);
    engine.shutdown().await;
}
