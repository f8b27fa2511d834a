//! Calls that the chat's client runs: it is asked, and waited for until a deadline.

use std::collections::HashSet;

use muster_chat_state::content::ToolCall;
use muster_chat_state::transitions::{CancelRequiresAction, EnterRequiresAction, StepResult};
use serde_json::Value;

use super::{Stop, Work, worker};
use crate::tools;

impl Work {
    /// The calls that are the client's, and those that run here. Arguments that are no JSON are
    /// answered here: no client should have to read them.
    pub(super) fn split_calls(&self, calls: Vec<ToolCall>) -> (Vec<ToolCall>, Vec<ToolCall>) {
        let names: HashSet<String> = tools::names_of_client(&self.chat);
        let is_broken = |call: &ToolCall| matches!(call.args, Some(Value::String(_)));
        calls
            .into_iter()
            .partition(|call| names.contains(&call.tool_name) && !is_broken(call))
    }

    /// Leaves the open calls to the client. What was run here of the same step is committed with
    /// it, so that a crash never finds half of it.
    pub(super) async fn ask_client(
        mut self,
        answered: Vec<StepResult>,
        has_spilled: bool,
    ) -> Result<Self, Stop> {
        let fence = self.fence();
        self.gate.close();
        let updated = self
            .shared
            .machine
            .update(&worker(), "chat.ask_client", self.chat.id, move |bundle| {
                let answered = answered.clone();
                Box::pin(async move {
                    let command = EnterRequiresAction { fence, answered };
                    let entered = bundle.apply(command).await?;
                    if has_spilled {
                        bundle.drop_preview().await?;
                    }
                    Ok(entered.messages)
                })
            })
            .await?;
        self.history
            .extend(updated.chat.history_version, &updated.outcome)?;
        self.chat = updated.chat;
        Ok(self)
    }

    /// Waits for the client's results until the deadline, then goes on without them.
    pub(super) async fn wait_for_action(mut self) -> Result<Self, Stop> {
        let clock = &self.shared.clock;
        let deadline = self.chat.requires_action_deadline_at;
        let left = deadline.map_or_else(Default::default, |at| at.since(clock.now()));
        clock.timer("chat.requires_action", left).await;
        let command = CancelRequiresAction {
            fence: self.fence(),
        };
        self.gate.close();
        let (machine, id) = (&self.shared.machine, self.chat.id);
        self.chat = machine.apply(&worker(), id, command).await?.chat;
        // The machine has answered the calls: what is known of the history is behind.
        self.history.version = 0;
        Ok(self)
    }
}
