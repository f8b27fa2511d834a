//! Ends the processes of calls that nobody waits for any more.

use std::sync::Arc;

use muster_agent_link::wire::{Code, Signal};
use muster_agent_link::{AgentClient, CallContext as LinkContext, EffectTag, Error};
use muster_base::limits::{TERMINATE_ATTEMPTS, TERMINATE_RETRY};
use muster_base::{ChatId, EffectId};
use muster_chat_state::CancelledCall;
use muster_chat_state::effects::EffectState;

use crate::binding::TurnBinding;
use crate::shared::Shared;

/// Ends the foreground processes of cancelled calls. Best effort, beside the next turn.
pub(crate) fn stop(
    shared: &Arc<Shared>,
    chat_id: ChatId,
    binding: impl FnOnce() -> Arc<TurnBinding>,
    cancelled: &[CancelledCall],
) {
    let may_run = |call: &&CancelledCall| {
        matches!(call.was, Some(EffectState::Starting | EffectState::Running))
            && call.tool_name == "execute"
    };
    let running = cancelled.iter().filter(may_run);
    let processes: Vec<EffectId> = running.filter_map(|call| call.effect_id).collect();
    if processes.is_empty() {
        return;
    }
    let (binding, shared) = (binding(), Arc::clone(shared));
    shared.clone().tasks.spawn("effects.terminate", async move {
        let Some(agent) = binding.agent_aside().await else {
            return;
        };
        for process in processes {
            terminate(&shared, chat_id, &agent, process).await;
        }
    });
}

/// Asks until the process is known: the request that starts it may still be on its way, since
/// the task that sent it has only just been told to stop.
async fn terminate(shared: &Shared, chat_id: ChatId, agent: &AgentClient, process: EffectId) {
    let clock = &shared.clock;
    for _ in 0..TERMINATE_ATTEMPTS {
        let effect = EffectTag {
            id: EffectId::new(clock),
            hash: format!("terminate {process}"),
        };
        let link = LinkContext::of_chat(chat_id, Vec::new()).with_effect(effect);
        match agent.signal(&link, process, Signal::Terminate).await {
            Ok(_) => return,
            Err(Error::Refused { body }) if body.code == Code::NotFound => {}
            Err(error) => {
                tracing::debug!(chat.id = %chat_id, error = %error, "process not signalled");
                return;
            }
        }
        tokio::select! {
            () = shared.tasks.drain().cancelled() => return,
            () = clock.timer("effects.terminate", TERMINATE_RETRY) => {}
        }
    }
}
