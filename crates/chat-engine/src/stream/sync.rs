//! What one client knows, and the difference to what is true.

use std::sync::Arc;

use muster_base::MessageId;
use muster_chat_state::pending_calls;
use muster_store::chat_messages::{Message, Since, Snapshot};
use muster_store::chats::{Chat, ChatStatus};

use super::{Cursor, StreamEvent};
use crate::parts::EpisodeKey;

/// What one client knows. Nothing at first: bootstrap is the same code as every later step.
#[derive(Clone, Debug, Default)]
pub(super) struct Local {
    versions: Option<Known>,
    /// For a client that names the last message it has.
    after_id: Option<MessageId>,
    /// The chat as last shown, for its public fields.
    chat: Option<Arc<Chat>>,
    last_message: Option<MessageId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    snapshot: i64,
    history: i64,
    queue: i64,
    retry: i64,
    attempt: i64,
    status: Option<ChatStatus>,
    /// The history whose error was shown.
    error_history: Option<i64>,
    /// The history whose calls the client was asked to answer.
    action_history: Option<i64>,
}

impl Local {
    /// A client that has the messages up to `after_id`, or none.
    pub(super) fn fresh(after_id: Option<MessageId>) -> Self {
        Self {
            after_id,
            last_message: after_id,
            ..Self::default()
        }
    }

    /// A client that comes back.
    pub(super) fn resumed(cursor: &Cursor) -> Self {
        let known = Known {
            snapshot: cursor.snapshot_version,
            history: cursor.history_version,
            queue: cursor.queue_version,
            retry: cursor.retry_state_version,
            attempt: cursor.generation_attempt,
            status: None,
            error_history: None,
            action_history: None,
        };
        Self {
            versions: Some(known),
            ..Self::default()
        }
    }

    /// Whether a hint of this snapshot is news.
    pub(super) fn is_news(&self, snapshot: i64) -> bool {
        self.versions.is_none_or(|known| snapshot > known.snapshot)
    }

    /// What has to be read.
    pub(super) fn since(&self) -> Since {
        match (self.versions, self.after_id) {
            (Some(known), _) => Since::Revision(known.history),
            (None, Some(after)) => Since::Message(after),
            (None, None) => Since::Nothing,
        }
    }

    /// The chat as last read.
    pub(super) const fn chat(&self) -> Option<&Arc<Chat>> {
        self.chat.as_ref()
    }

    /// Takes note of a message that the client has.
    pub(super) fn has(&mut self, message: Option<MessageId>) {
        self.last_message = message.max(self.last_message);
    }

    /// The newest message that the client was sent or named.
    pub(super) const fn last_message(&self) -> Option<MessageId> {
        self.last_message
    }

    /// The episode whose parts the client may see.
    pub(super) fn episode(&self) -> Option<EpisodeKey> {
        let (chat, known) = (self.chat.as_ref()?, self.versions?);
        Some(EpisodeKey {
            chat_id: chat.id,
            history_version: known.history,
            generation_attempt: known.attempt,
        })
    }

    /// The client's place, with the last part of the episode `instance`.
    pub(super) fn cursor(&self, instance: u64, seq: u64) -> Option<Cursor> {
        let (chat, known) = (self.chat.as_ref()?, self.versions?);
        Some(Cursor {
            chat_id: chat.id,
            snapshot_version: known.snapshot,
            history_version: known.history,
            queue_version: known.queue,
            retry_state_version: known.retry,
            generation_attempt: known.attempt,
            instance,
            seq,
        })
    }

    /// The events that bring the client to `snapshot`, in the order in which they apply.
    /// A view that is not newer than what is known gives none.
    pub(super) fn apply(&mut self, snapshot: Snapshot) -> Vec<StreamEvent> {
        let Snapshot {
            chat,
            history_reset,
            messages,
            queue,
            asked,
        } = snapshot;
        if self.chat.is_some() && !self.is_news(chat.snapshot_version) {
            return Vec::new();
        }
        let before = self.versions;
        let is_fresh = before.is_none();
        let status_is_news = before.and_then(|known| known.status) != Some(chat.status);
        let mut events = Vec::with_capacity(messages.len() + 4);
        if is_fresh {
            // First, so that a client can tell whether the parts are live.
            events.push(StreamEvent::Status(chat.status));
        }
        if history_reset {
            events.push(StreamEvent::HistoryReset);
        }
        for message in messages {
            self.last_message = Some(message.id).max(self.last_message);
            events.push(StreamEvent::Message(Box::new(message)));
        }
        if before.map_or(!queue.is_empty(), |known| known.queue != chat.queue_version) {
            events.push(StreamEvent::QueueUpdate(queue));
        }
        if !is_fresh && status_is_news {
            events.push(StreamEvent::Status(chat.status));
        }
        let error_history = self.error(&chat, &mut events);
        let action_history = self.action(&chat, &asked, &mut events);
        if before.is_none_or(|known| known.retry != chat.retry_state_version) {
            events.extend(chat.retry_state.clone().map(StreamEvent::Retry));
        }
        if before.is_none_or(|known| known.preview_is_over(&chat)) {
            events.push(StreamEvent::PreviewReset {
                history_version: chat.history_version,
                generation_attempt: chat.generation_attempt,
            });
        }
        self.versions = Some(Known {
            snapshot: chat.snapshot_version,
            history: chat.history_version,
            queue: chat.queue_version,
            retry: chat.retry_state_version,
            attempt: chat.generation_attempt,
            status: Some(chat.status),
            error_history,
            action_history,
        });
        let chat = Arc::new(chat);
        let shown = self.chat.replace(Arc::clone(&chat));
        if shown.is_none_or(|shown| public_fields(&shown) != public_fields(&chat)) {
            events.push(StreamEvent::ChatUpdated(chat));
        }
        events
    }

    /// An error is shown once per history.
    fn error(&self, chat: &Chat, events: &mut Vec<StreamEvent>) -> Option<i64> {
        let shown = self.versions.and_then(|known| known.error_history);
        match &chat.last_error {
            Some(error) if chat.status == ChatStatus::Error => {
                if shown != Some(chat.history_version) {
                    events.push(StreamEvent::Error(error.clone()));
                }
                Some(chat.history_version)
            }
            Some(_) | None => None,
        }
    }

    /// The client is asked once per history.
    fn action(&self, chat: &Chat, asked: &[Message], events: &mut Vec<StreamEvent>) -> Option<i64> {
        if chat.status != ChatStatus::RequiresAction {
            return None;
        }
        let shown = self.versions.and_then(|known| known.action_history);
        if shown != Some(chat.history_version) {
            events.push(StreamEvent::ActionRequired {
                // A content that can't be read fails where the message itself is shown.
                calls: pending_calls(asked).unwrap_or_default(),
                deadline_at: chat.requires_action_deadline_at,
            });
        }
        Some(chat.history_version)
    }
}

impl Known {
    fn preview_is_over(&self, chat: &Chat) -> bool {
        let attempt_changed = self.attempt != chat.generation_attempt;
        self.history != chat.history_version || (attempt_changed && chat.generation_attempt != 0)
    }
}

/// The fields whose change a client is told by `chat_updated`: those that the event shows.
fn public_fields(chat: &Chat) -> impl PartialEq + '_ {
    (
        (&chat.title, &chat.labels, chat.archived),
        (chat.workspace_id, chat.build_id, chat.agent_id),
        (chat.last_model_config_id, &chat.last_reasoning_effort),
        (chat.shared, chat.queued_for_capacity),
    )
}

#[cfg(test)]
mod tests;
