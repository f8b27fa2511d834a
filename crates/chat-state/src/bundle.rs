//! One bundle: a locked chat, what its transitions touched, and how it is written back.

mod close;
mod write;

use std::time::Duration;

use muster_base::{ChatId, Micros, RunnerId};
use muster_rbac::{Action, Actor};
use muster_store::chat_queue::{self, QueuedMessage};
use muster_store::chats::{self, Chat};
use muster_store::{Tx, chat_acl, chat_messages};

use crate::fence::Locked;
use crate::machine::{Binding, Command};
use crate::synthetics::{OpenCall, open_calls};
use crate::table::allowed;
use crate::{Error, Fence, Reason, State, Transition, classify};

/// How long a sign of life counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leases {
    pub(crate) runner: Duration,
    pub(crate) replica: Duration,
}

/// What the bundle has touched so far; the versions follow from it.
#[derive(Clone, Copy, Debug, Default)]
struct Touched {
    history: bool,
    queue: bool,
    retry: bool,
    metadata: bool,
    /// Something that moves the chat up in its owner's list.
    listed: bool,
    title: bool,
    labels: bool,
    turn_summary: bool,
}

/// A chat that is locked until its transaction ends.
///
/// It starts with what the row says and remembers nothing of earlier bundles.
#[derive(Debug)]
pub struct Bundle<'b, 'c> {
    tx: &'b mut Tx<'c>,
    chat: Chat,
    locked: Locked,
    leases: Leases,
    queue_len: usize,
    queue: Option<Vec<QueuedMessage>>,
    open_calls: Option<Vec<OpenCall>>,
    touched: Touched,
    /// The writer has shown that it owns the chat, so its lease need not be asked for.
    by_owner: bool,
}

impl<'b, 'c> Bundle<'b, 'c> {
    pub(crate) async fn open(
        tx: &'b mut Tx<'c>,
        actor: &Actor,
        leases: Leases,
        id: ChatId,
    ) -> Result<Self, Error> {
        let chats::door::Locked {
            mut chat,
            queue_len,
        } = chats::door::lock(tx, id).await?;
        chat_acl::check(tx, actor, Action::Update, &chat).await?;
        let (queue_len, queue) = match queue_len {
            Some(len) => (len, None),
            None => {
                let queue = chat_queue::list(tx, id).await?;
                (queue.len(), Some(queue))
            }
        };
        let locked = Locked::of(&chat);
        chat.snapshot_version += 1;
        Ok(Self {
            tx,
            chat,
            locked,
            leases,
            queue_len,
            queue,
            open_calls: None,
            touched: Touched::default(),
            by_owner: false,
        })
    }

    /// Runs a transition: asks its guard and the table, does it, and asks the table again.
    ///
    /// # Errors
    /// [`Error::Stale`], a refusal, or what the transition itself returns.
    pub async fn apply<C: Command>(&mut self, command: C) -> Result<C::Outcome, Error> {
        command.guard(self)?;
        let transition = command.transition();
        let from = self.state();
        let ends = allowed(from, transition);
        if ends.is_empty() {
            return Err(Error::Rejected {
                transition,
                from,
                reason: Reason::NotInThisState,
            });
        }
        let outcome = command.apply(self).await?;
        let end = self.state();
        if ends.contains(&end) {
            Ok(outcome)
        } else {
            Err(Error::IllegalEnd { end })
        }
    }

    /// The chat as the bundle has made it so far.
    #[must_use]
    pub const fn chat(&self) -> &Chat {
        &self.chat
    }

    /// The state as the bundle has made it so far.
    #[must_use]
    pub const fn state(&self) -> State {
        classify(self.chat.status, self.chat.archived, self.queue_len)
    }

    /// The time of this transaction.
    #[must_use]
    pub const fn now(&self) -> Micros {
        self.tx.now()
    }

    /// The transaction, for reads and for rows that are not the machine's.
    pub const fn tx(&mut self) -> &mut Tx<'c> {
        self.tx
    }

    /// The queue, head first.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn queue(&mut self) -> Result<&[QueuedMessage], Error> {
        Ok(self.queue_mut().await?)
    }

    /// The tool calls that nothing has answered yet.
    ///
    /// # Errors
    /// When the statement fails or a stored content can't be read.
    pub async fn open_calls(&mut self) -> Result<&[OpenCall], Error> {
        let open = match self.open_calls.take() {
            Some(open) => open,
            None => open_calls(&chat_messages::list_tail(self.tx, self.chat.id).await?)?,
        };
        Ok(self.open_calls.insert(open))
    }

    /// Gives up on calls that can't be read: a conversation with such a tail can only be ended.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn skip_unreadable_calls(&mut self) -> Result<(), Error> {
        match self.open_calls().await {
            Ok(_) => Ok(()),
            Err(Error::Content(_)) => {
                self.know_open_calls(Vec::new());
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    pub(crate) fn check_fence(&mut self, fence: &Fence) -> Result<(), Error> {
        fence.check(&self.locked)?;
        self.by_owner = true;
        Ok(())
    }

    pub(crate) fn check_runner(&mut self, runner: RunnerId) -> Result<(), Error> {
        if self.chat.runner_id != Some(runner) {
            return Err(Error::Stale);
        }
        self.by_owner = true;
        Ok(())
    }

    /// Refuses the transition that is running.
    pub(crate) const fn reject(&self, transition: Transition, reason: Reason) -> Error {
        Error::Rejected {
            transition,
            from: classify(self.locked.status, self.locked.archived, self.queue_len),
            reason,
        }
    }

    pub(crate) fn set_title(&mut self, title: String) {
        if self.chat.title != title {
            self.chat.title = title;
            self.touched.title = true;
            self.touched.listed = true;
            self.touched.metadata = true;
        }
    }

    /// Says what the last turn came to. Followers hear of it; the list order stays.
    pub fn set_turn_summary(&mut self, summary: String) {
        if self.chat.last_turn_summary.as_ref() != Some(&summary) {
            self.chat.last_turn_summary = Some(summary);
            self.touched.turn_summary = true;
        }
    }

    pub(crate) fn set_labels(&mut self, labels: serde_json::Value) {
        if self.chat.labels != labels {
            self.chat.labels = labels;
            self.touched.labels = true;
            self.touched.listed = true;
            self.touched.metadata = true;
        }
    }

    /// Pins, moves or (0) unpins. Only a new pin moves the chat up in its owner's list.
    pub(crate) const fn set_pin_order(&mut self, order: i64) {
        if self.chat.pin_order != order {
            self.touched.listed |= self.chat.pin_order == 0;
            self.touched.metadata = true;
            self.chat.pin_order = order;
        }
    }

    /// Says whether anybody but its owner may read the chat.
    pub(crate) const fn set_shared(&mut self, shared: bool) {
        if self.chat.shared != shared {
            self.chat.shared = shared;
            self.touched.metadata = true;
        }
    }

    /// Says whether the chat waits until other chats have finished.
    pub(crate) const fn set_queued_for_capacity(&mut self, queued: bool) {
        if self.chat.queued_for_capacity != queued {
            self.chat.queued_for_capacity = queued;
            self.touched.metadata = true;
        }
    }

    /// Binds the chat to a workspace as part of a bundle.
    pub fn set_binding(&mut self, binding: Binding) {
        let Binding {
            workspace_id,
            build_id,
            agent_id,
        } = binding;
        self.chat.workspace_id = workspace_id;
        self.chat.build_id = build_id;
        self.chat.agent_id = agent_id;
        self.touched.metadata = true;
    }

    /// Whether the owner's signs of life are younger than they must be.
    pub(crate) async fn owner_is_alive(&mut self) -> Result<bool, Error> {
        let Some(runner) = self.chat.runner_id else {
            return Ok(false);
        };
        let lease = chats::door::get_lease(self.tx, self.chat.id, runner).await?;
        let now = self.tx.now();
        Ok(lease.is_some_and(|(runner_at, replica_at)| {
            runner_at >= now - self.leases.runner && replica_at >= now - self.leases.replica
        }))
    }
}
