//! What a worker's write must still find as it left it.

use muster_base::RunnerId;
use muster_store::chats::{Chat, ChatStatus};

use crate::Error;

/// The state of affairs under which a worker decided to write.
///
/// Compared with the row as it was locked, so that several transitions of one bundle carry the
/// same fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    pub runner_id: RunnerId,
    pub history_version: i64,
    pub status: ChatStatus,
    /// Also the model attempt, where the write is the fruit of one.
    pub generation_attempt: Option<i64>,
}

impl Fence {
    /// The fence of a runner that has just read `chat`.
    #[must_use]
    pub const fn of(chat: &Chat, runner_id: RunnerId) -> Self {
        Self {
            runner_id,
            history_version: chat.history_version,
            status: chat.status,
            generation_attempt: None,
        }
    }

    /// The same fence, for the fruit of one model attempt.
    #[must_use]
    pub const fn at_attempt(mut self, attempt: i64) -> Self {
        self.generation_attempt = Some(attempt);
        self
    }

    pub(crate) fn check(&self, locked: &Locked) -> Result<(), Error> {
        let same = locked.runner_id == Some(self.runner_id)
            && locked.history_version == self.history_version
            && locked.status == self.status
            && self
                .generation_attempt
                .is_none_or(|attempt| attempt == locked.generation_attempt);
        if same { Ok(()) } else { Err(Error::Stale) }
    }
}

/// What the row held when it was locked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Locked {
    pub(crate) snapshot_version: i64,
    pub(crate) history_version: i64,
    pub(crate) generation_attempt: i64,
    pub(crate) status: ChatStatus,
    pub(crate) archived: bool,
    pub(crate) queued_for_capacity: bool,
    pub(crate) runner_id: Option<RunnerId>,
}

impl Locked {
    pub(crate) const fn of(chat: &Chat) -> Self {
        Self {
            snapshot_version: chat.snapshot_version,
            history_version: chat.history_version,
            generation_attempt: chat.generation_attempt,
            status: chat.status,
            archived: chat.archived,
            queued_for_capacity: chat.queued_for_capacity,
            runner_id: chat.runner_id,
        }
    }
}
