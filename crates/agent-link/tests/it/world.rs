//! What every test here starts with.

use std::future::Future;
use std::sync::Arc;

use muster_agent_link::fake::{FakeAgent, FakeAnswer, FakeCall, Handler};
use muster_agent_link::{AgentClient, CallContext, EffectTag, Registry};
pub(crate) use muster_base::in_time;
use muster_base::{AgentId, EffectId, Micros, MockClock, TaskSet};

pub(crate) struct World {
    pub(crate) mock: MockClock,
    pub(crate) tasks: TaskSet,
    pub(crate) registry: Registry,
    pub(crate) agent_id: AgentId,
}

pub(crate) fn world() -> World {
    let mock = MockClock::new(Micros(1_700_000_000_000_000));
    let tasks = TaskSet::new();
    World {
        registry: Registry::new(mock.clock(), tasks.clone()),
        agent_id: AgentId::new(&mock.clock()),
        mock,
        tasks,
    }
}

impl World {
    pub(crate) async fn fake(&self, handler: Handler) -> FakeAgent {
        in_time(FakeAgent::connect(
            &self.registry,
            self.agent_id,
            &self.tasks,
            handler,
        ))
        .await
    }

    pub(crate) fn client(&self) -> AgentClient {
        self.registry.client(self.agent_id).expect("linked")
    }

    pub(crate) fn effect(&self) -> CallContext {
        CallContext::default().with_effect(EffectTag {
            id: EffectId::new(&self.mock.clock()),
            hash: "hash".to_owned(),
        })
    }
}

pub(crate) fn handler<F, R>(answer: F) -> Handler
where
    F: Fn(FakeCall) -> R + Send + Sync + 'static,
    R: Future<Output = FakeAnswer> + Send + 'static,
{
    Arc::new(move |call| Box::pin(answer(call)))
}

/// Never answers.
pub(crate) fn silent() -> Handler {
    handler(|_call| std::future::pending())
}
