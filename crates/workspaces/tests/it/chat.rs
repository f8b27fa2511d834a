//! The template tools, `create_workspace` and `start_workspace` (F21, F22).

use std::collections::{BTreeMap, HashSet};
use std::error::Error as StdError;
use std::sync::Arc;

use async_trait::async_trait;
use muster_base::{ChatId, EffectId, Micros, MockClock, limits};
use muster_store::Statement;
use muster_store::workspace_builds::Transition;
use muster_workspaces::{
    Allowed, ChatBinding, ChatDoor, ChatError, CreateForChat, CreateResult, Options, Service,
    StartForChat, ToolAgentStatus,
};
use parking_lot::Mutex;

use crate::driver::Manner;
use crate::harness::Bench;

const START: Micros = Micros(1_700_000_000_000_000);

/// A chat's row, with every binding it has had.
#[derive(Default)]
struct Door(Mutex<Vec<ChatBinding>>);

impl Door {
    fn bound(binding: ChatBinding) -> Self {
        Self(Mutex::new(vec![binding]))
    }

    fn last(&self) -> ChatBinding {
        self.0.lock().last().copied().unwrap_or_default()
    }
}

#[async_trait]
impl ChatDoor for Door {
    async fn binding(&self) -> Result<ChatBinding, Box<dyn StdError + Send + Sync>> {
        Ok(self.last())
    }

    async fn bind(&self, binding: ChatBinding) -> Result<(), Box<dyn StdError + Send + Sync>> {
        self.0.lock().push(binding);
        Ok(())
    }
}

fn request(bench: &Bench) -> CreateForChat {
    CreateForChat {
        chat_id: ChatId::NIL,
        owner_id: bench.owner_id,
        effect_id: EffectId::new(&bench.clock),
        template_id: bench.template.to_string(),
        name: None,
        parameters: BTreeMap::new(),
        seed: None,
    }
}

async fn create(bench: &Bench, door: &Door) -> CreateResult {
    let request = request(bench);
    bench
        .workspaces
        .create_for_chat(&bench.owner, door, request)
        .await
        .unwrap()
}

fn start(bench: &Bench) -> StartForChat {
    StartForChat {
        chat_id: ChatId::NIL,
        effect_id: EffectId::new(&bench.clock),
    }
}

#[tokio::test]
async fn a_chat_gets_a_workspace_and_is_bound_before_the_wait() {
    let mut bench = Bench::new().await;
    let running = bench.run();
    let door = Door::default();
    let request = CreateForChat {
        name: Some("mine".to_owned()),
        ..request(&bench)
    };
    let result = bench
        .workspaces
        .create_for_chat(&bench.owner, &door, request.clone())
        .await;
    let json = serde_json::to_value(result.unwrap()).unwrap();
    let expected = serde_json::json!(
        { "created": true, "workspace_name": "mine", "status": "running" }
    );
    assert_eq!(json, expected);
    let bound = door.last();
    assert!(bound.workspace_id.is_some() && bound.agent_id.is_none());
    let again = bench
        .workspaces
        .create_for_chat(&bench.owner, &door, request)
        .await
        .unwrap();
    assert!(again.created, "the same call has the same answer");
    assert_eq!(door.0.lock().len(), 1);
    let other = create(&bench, &door).await;
    assert_eq!(
        (other.created, other.workspace_name.as_str()),
        (false, "mine")
    );
    running.stop().await;
}

#[tokio::test]
async fn a_taken_name_gets_a_suffix() {
    let mut bench = Bench::new().await;
    let running = bench.run();
    bench.running("mine").await;
    let request = CreateForChat {
        name: Some("mine".to_owned()),
        ..request(&bench)
    };
    let door = Door::default();
    let result = bench
        .workspaces
        .create_for_chat(&bench.owner, &door, request)
        .await
        .unwrap();
    assert!(
        result.workspace_name.starts_with("mine-"),
        "{}",
        result.workspace_name
    );
    running.stop().await;
}

/// Makes the recorded agent status of every agent what the case says.
async fn record(bench: &Bench, mock: &MockClock, agent: &str) {
    static GONE: Statement = Statement::new(
        "test/gone",
        "update workspace_agents set first_connected_at = $1, last_connected_at = $1, \
         disconnected_at = $2",
    );
    static CONNECTED: Statement = Statement::new(
        "test/connected",
        "update workspace_agents set first_connected_at = $1, last_connected_at = $1, \
         disconnected_at = null, lifecycle_state = 'ready'",
    );
    static NEVER: Statement = Statement::new(
        "test/never",
        "update workspace_agents set first_connected_at = null, created_at = $1",
    );
    static NO_AGENT: Statement = Statement::new(
        "test/no_agent",
        "update workspace_agents set deleted = true",
    );
    let now = mock.now();
    match agent {
        "disconnected" => {
            bench
                .sql(&GONE, vec![now.0.into(), (now.0 + 1).into()])
                .await;
        }
        "connected" => bench.sql(&CONNECTED, vec![now.into()]).await,
        "connecting" => bench.sql(&NEVER, vec![now.into()]).await,
        "timeout" => bench.sql(&NEVER, vec![(now.0 - 200_000_000).into()]).await,
        "none" => bench.sql(&NO_AGENT, vec![]).await,
        other => panic!("no agent status `{other}`"),
    }
}

/// The whole matrix for a workspace that is up: the recorded status decides, and whether a
/// fresh dial would work changes nothing.
#[tokio::test]
async fn the_recorded_status_decides_and_never_one_dial() {
    let cases = [
        ("connected", false),
        ("connecting", false),
        ("disconnected", true),
        ("timeout", true),
        ("none", true),
    ];
    for (agent, replaced) in cases {
        for dial in [Manner::Connects, Manner::Silent] {
            check_recorded(agent, replaced, dial).await;
        }
    }
}

async fn check_recorded(agent: &str, replaced: bool, dial: Manner) {
    let mock = MockClock::new(START);
    let mut bench = Bench::mocked(&mock).await;
    bench.driver.set(Manner::Silent);
    let running = bench.run();
    let old = bench.running("old").await;
    let agent_id = bench.agent_of(old.build.build.id).await;
    // The recorded status is set by hand from here on, so no service may correct it.
    running.stop().await;
    record(&bench, &mock, agent).await;
    let door = Door::bound(ChatBinding::to_workspace(old.workspace.id));
    if dial == Manner::Connects {
        bench.driver.connect(old.workspace.id, agent_id).await;
    }
    let result = if replaced {
        bench
            .registry
            .close(agent_id, muster_agent_link::Closed::Lost);
        bench.driver.set(Manner::Connects);
        let service = bench.replica().0;
        let running = bench.run_service(service);
        let result = create(&bench, &door).await;
        running.stop().await;
        result
    } else {
        let waits = async {
            if dial == Manner::Silent {
                mock.armed("tool.agent_limit").await;
                mock.advance(limits::AGENT_WAIT);
            } else if agent == "connecting" {
                mock.armed("tool.scripts_limit").await;
                mock.advance(limits::STARTUP_SCRIPTS_WAIT);
            }
        };
        tokio::join!(create(&bench, &door), waits).0
    };
    assert_eq!(result.created, replaced, "{agent}, {dial:?}: {result:?}");
    if !replaced && dial == Manner::Silent {
        assert_eq!(result.agent_status, Some(ToolAgentStatus::NotReady));
    }
}

#[tokio::test]
async fn a_stopped_workspace_is_offered_and_failed_or_deleted_ones_are_replaced() {
    let mut bench = Bench::new().await;
    let running = bench.run();
    let old = bench.running("old").await.workspace;
    let stop = bench.build(old.id, Transition::Stop).await;
    bench.ended(&stop).await;
    let door = Door::bound(ChatBinding::to_workspace(old.id));
    let result = create(&bench, &door).await;
    assert_eq!(
        (result.created, result.status.as_deref()),
        (false, Some("stopped"))
    );

    bench.driver.set(Manner::Fails);
    let start = bench.build(old.id, Transition::Start).await;
    bench.ended(&start).await;
    let failed = create(&bench, &door).await;
    assert_eq!(
        (failed.created, failed.status.as_deref()),
        (true, Some("failed"))
    );
    assert_eq!(failed.message.as_deref(), Some("no such level here"));
    bench.driver.set(Manner::Connects);
    assert!(
        create(&bench, &door).await.created,
        "a failed one is replaced"
    );

    let id = door.last().workspace_id.unwrap();
    let delete = bench.build(id, Transition::Delete).await;
    bench.ended(&delete).await;
    assert!(
        create(&bench, &door).await.created,
        "a deleted one is replaced"
    );
    running.stop().await;
}

#[tokio::test]
async fn a_build_under_way_is_published_and_waited_for() {
    let bench = Bench::new().await;
    let created = bench.create("old").await;
    let door = Door::bound(ChatBinding::to_workspace(created.workspace.id));
    let creating = create(&bench, &door);
    let mut creating = std::pin::pin!(creating);
    let published = ChatBinding {
        build_id: Some(created.build.build.id),
        ..ChatBinding::to_workspace(created.workspace.id)
    };
    while door.last() != published {
        tokio::select! {
            biased;
            _ = &mut creating => panic!("nobody builds yet"),
            () = tokio::task::yield_now() => {}
        }
    }
    let service = bench.replica().0;
    let running = bench.run_service(service);
    let result = creating.await;
    assert_eq!(
        (result.created, result.workspace_name.as_str()),
        (false, "old")
    );
    running.stop().await;
}

#[tokio::test]
async fn starting_brings_a_stopped_workspace_up_and_unbinds_its_agent() {
    let mut bench = Bench::new().await;
    let running = bench.run();
    let none = bench
        .workspaces
        .start_for_chat(&bench.owner, &Door::default(), start(&bench))
        .await;
    assert!(matches!(none, Err(ChatError::NoWorkspace)), "{none:?}");
    let old = bench.running("old").await.workspace;
    let door = Door::bound(ChatBinding::to_workspace(old.id));
    let up = bench
        .workspaces
        .start_for_chat(&bench.owner, &door, start(&bench))
        .await
        .unwrap();
    assert!(up.started, "already up");
    assert_eq!(door.0.lock().len(), 1);
    let stop = bench.build(old.id, Transition::Stop).await;
    bench.ended(&stop).await;
    let call = start(&bench);
    let up = bench
        .workspaces
        .start_for_chat(&bench.owner, &door, call.clone())
        .await
        .unwrap();
    assert!(up.started);
    assert_eq!(door.last(), ChatBinding::to_workspace(old.id));
    let again = bench
        .workspaces
        .start_for_chat(&bench.owner, &door, call)
        .await
        .unwrap();
    assert_eq!(again, up);
    assert_eq!(bench.driver.calls(old.id), ["start 1", "stop 2", "start 3"]);
    running.stop().await;
}

#[tokio::test]
async fn the_allowlist_is_read_at_every_call_and_fails_closed() {
    let bench = Bench::new().await;
    let allowed = Arc::new(Mutex::new(Ok(Allowed::All)));
    let list = allowed.clone();
    let mut options = Options::new(
        bench.store.clone(),
        muster_base::ReplicaId::new(&bench.clock),
        bench.organization,
        bench.registry.clone(),
        Vec::new(),
    );
    options.allowlist = Some(Arc::new(move || {
        let answer: Result<Allowed, String> = list.lock().clone();
        Box::pin(async move { answer.map_err(Into::into) })
    }));
    let (_service, workspaces) = Service::new(options);
    let id = bench.template.to_string();
    let listed = workspaces
        .list_templates(&bench.owner, Some("LOC"))
        .await
        .unwrap();
    assert_eq!(
        (listed.count, listed.templates[0].name.as_str()),
        (1, "local")
    );
    assert_eq!(
        workspaces
            .list_templates(&bench.owner, Some("zzz"))
            .await
            .unwrap()
            .count,
        0
    );
    workspaces.read_template(&bench.owner, &id).await.unwrap();
    for nothing in [
        Ok(Allowed::Only(HashSet::new())),
        Err("malformed".to_owned()),
    ] {
        *allowed.lock() = nothing;
        assert_eq!(
            workspaces
                .list_templates(&bench.owner, None)
                .await
                .unwrap()
                .count,
            0
        );
        let read = workspaces.read_template(&bench.owner, &id).await;
        assert!(
            matches!(read, Err(ChatError::UnknownTemplate(_))),
            "{read:?}"
        );
        let door = Door::default();
        let create = workspaces.create_for_chat(&bench.owner, &door, request(&bench));
        assert!(matches!(create.await, Err(ChatError::UnknownTemplate(_))));
    }
}
