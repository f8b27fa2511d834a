//! `EditMessage`: everything from the edited message on is removed, and the run begins anew.

use muster_base::{MessageId, UserId};
use muster_store::chat_messages::{self, Message, Role};
use muster_store::chats::ChatStatus;
use muster_store::tool_effects::{self, EffectState};

use super::UserMessage;
use crate::content::{self, Content, Part};
use crate::machine::Command;
use crate::synthetics::{CancelReason, CancelledCall, OpenCall, cancelled_call};
use crate::{Bundle, Error, Transition};

/// New words in place of old ones. Model and effort stay those of the edited message.
#[derive(Clone, Debug)]
pub struct EditMessage {
    pub message_id: MessageId,
    pub content: Content,
    pub edited_by: UserId,
}

/// The message that took the place of the edited one.
#[derive(Clone, Debug)]
pub struct Edited {
    pub message: Message,
    /// Calls whose message is gone and that may still run.
    pub cancelled_calls: Vec<CancelledCall>,
}

impl Command for EditMessage {
    type Outcome = Edited;
    const OP: &'static str = "chat.edit";

    fn transition(&self) -> Transition {
        Transition::EditMessage
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<Edited, Error> {
        let chat = bundle.chat().id;
        let old = chat_messages::get(bundle.tx(), chat, self.message_id).await?;
        let old = old
            .filter(|message| !message.deleted)
            .ok_or(Error::NoSuchMessage)?;
        if old.role != Role::User || old.compressed || is_context(&old)? {
            return Err(Error::NotAUserMessage);
        }
        let mut cancelled_calls = cancel_effects(bundle, self.message_id).await?;
        bundle.delete_messages_from(self.message_id).await?;
        bundle.clear_queue().await?;
        bundle.drop_preview().await?;
        bundle.row().compaction_requested_at = None;
        bundle.set_status(ChatStatus::Running);
        let again = UserMessage {
            model_config_id: old.model_config_id,
            reasoning_effort: old.reasoning_effort,
            ..UserMessage::new(self.content, self.edited_by)
        };
        let item = again.into_item(bundle).await?;
        let said = bundle.say(item, CancelReason::NewMessage).await?;
        cancelled_calls.extend(said.cancelled_calls);
        Ok(Edited {
            message: said.message,
            cancelled_calls,
        })
    }
}

/// What a workspace told about itself: a user's message only in form.
fn is_context(message: &Message) -> Result<bool, Error> {
    let parts = content::decode(&message.content).map_err(Error::Content)?;
    let is_file = |part: &Part| matches!(part, Part::ContextFile(_));
    Ok(parts.iter().any(is_file))
}

/// No answer is written for these calls: their messages go with them.
async fn cancel_effects(
    bundle: &mut Bundle<'_, '_>,
    from: MessageId,
) -> Result<Vec<CancelledCall>, Error> {
    let chat = bundle.chat().id;
    let effects = tool_effects::list_after(bundle.tx(), chat, from).await?;
    let ids: Vec<_> = effects.iter().map(|effect| effect.effect_id).collect();
    bundle.settle_effects(&ids, EffectState::Canceled).await?;
    Ok(effects
        .into_iter()
        .map(|effect| {
            let call = OpenCall {
                message_id: effect.message_id,
                tool_call_id: effect.tool_call_id.clone(),
                tool_name: effect.tool_name.clone(),
                effect_id: Some(effect.effect_id),
            };
            cancelled_call(call, Some(effect))
        })
        .collect())
}
