//! The one door through which chats change.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use muster_base::{AgentId, BuildId, ChatId, RunnerId, WorkspaceId, limits};
use muster_rbac::{Action, Actor};
use muster_store::chats::{self, Chat, ChatStatus};
use muster_store::{BoxFuture, Store, chat_messages};

use crate::bundle::{Bundle, Leases};
use crate::content::ToolCall;
use crate::synthetics::pending_calls;
use crate::transitions::{Create, Created, SetArchived};
use crate::{Error, Transition};

/// A transition: a struct of its inputs.
///
/// It may run again after a serialization failure, so it owns nothing that it uses up twice.
pub trait Command: Clone + Send + Sync + 'static {
    /// The facts it returns.
    type Outcome: Send + 'static;

    /// The name of an op that holds nothing but this transition.
    const OP: &'static str;

    /// Its row in the table.
    fn transition(&self) -> Transition;

    /// Refuses a writer that does not own the chat. Asked before the table.
    ///
    /// # Errors
    /// [`Error::Stale`].
    fn guard(&self, _bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        Ok(())
    }

    /// Does it. The table was asked before and is asked again after.
    fn apply(
        self,
        bundle: &mut Bundle<'_, '_>,
    ) -> impl Future<Output = Result<Self::Outcome, Error>> + Send;
}

/// What a committed bundle returned, and the chat as it left it.
#[derive(Clone, Debug)]
pub struct Updated<T> {
    pub outcome: T,
    pub chat: Chat,
}

/// The door. A cheap clone that remembers no chat.
#[derive(Clone, Debug)]
pub struct Machine {
    pub(crate) store: Store,
    pub(crate) leases: Leases,
}

impl Machine {
    /// The door of a store.
    #[must_use]
    pub const fn new(store: Store) -> Self {
        Self {
            store,
            leases: Leases {
                runner: limits::CHAT_STALE_AFTER,
                replica: limits::REPLICA_DEAD_AFTER,
            },
        }
    }

    /// Changes how long a runner may be silent before its chats are taken over.
    #[must_use]
    pub const fn with_stale_after(mut self, stale_after: Duration) -> Self {
        self.leases.runner = stale_after;
        self
    }

    /// The store behind the door.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Runs one or several transitions on a chat in one transaction.
    ///
    /// The row is locked first and its version moves exactly once. The closure may run again
    /// and awaits nothing but its bundle.
    ///
    /// # Errors
    /// The closure's own, a refusal, or the store's. Nothing is written or told then.
    pub async fn update<T, F>(
        &self,
        actor: &Actor,
        op: &'static str,
        chat: ChatId,
        f: F,
    ) -> Result<Updated<T>, Error>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t mut Bundle<'_, '_>) -> BoxFuture<'t, Result<T, Error>>
            + Send
            + Sync
            + 'static,
    {
        let shared = Arc::new((f, actor.clone(), self.leases));
        self.store
            .write(op, move |tx| {
                let shared = Arc::clone(&shared);
                Box::pin(async move {
                    let (f, actor, leases) = &*shared;
                    let mut bundle = Bundle::open(tx, actor, *leases, chat).await?;
                    let outcome = f(&mut bundle).await?;
                    let chat = bundle.close().await?;
                    Ok(Updated { outcome, chat })
                })
            })
            .await
    }

    /// Runs one transition on a chat.
    ///
    /// # Errors
    /// As [`Machine::update`].
    pub async fn apply<C: Command>(
        &self,
        actor: &Actor,
        chat: ChatId,
        command: C,
    ) -> Result<Updated<C::Outcome>, Error> {
        self.update(actor, C::OP, chat, move |bundle| {
            let command = command.clone();
            Box::pin(async move { bundle.apply(command).await })
        })
        .await
    }

    /// Creates a running chat with its first messages.
    ///
    /// # Errors
    /// A refusal, or the store's.
    pub async fn create(&self, actor: &Actor, create: Create) -> Result<Created, Error> {
        let shared = Arc::new((create, actor.clone()));
        self.store
            .write("chat.create", move |tx| {
                let shared = Arc::clone(&shared);
                Box::pin(async move { shared.0.apply(tx, &shared.1).await })
            })
            .await
    }

    /// A chat and the tool calls that its client is to answer; none unless it waits for a client.
    ///
    /// # Errors
    /// [`muster_store::Error::NotFound`] or a refusal, which is hidden from whoever may not read
    /// the chat.
    pub async fn pending_calls(
        &self,
        actor: &Actor,
        chat: ChatId,
    ) -> Result<(Chat, Vec<ToolCall>), Error> {
        let actor = actor.clone();
        let (chat, tail) = self
            .store
            .read("chat.pending_calls", move |tx| {
                let actor = actor.clone();
                Box::pin(async move {
                    let row = chats::get_for(tx, &actor, Action::Update, chat).await?;
                    let tail = match row.status {
                        ChatStatus::RequiresAction => chat_messages::list_tail(tx, chat).await?,
                        ChatStatus::Waiting
                        | ChatStatus::Running
                        | ChatStatus::Interrupting
                        | ChatStatus::Error => Vec::new(),
                    };
                    Ok::<_, Error>((row, tail))
                })
            })
            .await?;
        Ok((chat, pending_calls(&tail)?))
    }

    /// Archives or unarchives a chat with everything below it, or nothing of it.
    ///
    /// # Errors
    /// A refusal that says why ([`crate::Reason`]); else as [`Machine::update`].
    pub async fn set_archived(
        &self,
        actor: &Actor,
        chat: ChatId,
        archived: bool,
    ) -> Result<Chat, Error> {
        let shared = Arc::new((actor.clone(), self.leases));
        self.store
            .write("chat.archive", move |tx| {
                let shared = Arc::clone(&shared);
                Box::pin(async move {
                    let (actor, leases) = &*shared;
                    SetArchived { archived }
                        .apply_to_family(tx, actor, *leases, chat)
                        .await
                })
            })
            .await
    }

    /// Gives a chat another title. Not execution state, but news for everyone who follows.
    ///
    /// # Errors
    /// As [`Machine::update`].
    pub async fn set_title(
        &self,
        actor: &Actor,
        chat: ChatId,
        title: String,
    ) -> Result<Chat, Error> {
        let updated = self
            .update(actor, "chat.title", chat, move |bundle| {
                let title = title.clone();
                Box::pin(async move {
                    bundle.set_title(title);
                    Ok(())
                })
            })
            .await?;
        Ok(updated.chat)
    }

    /// Says that a chat waits until others have finished, or that its wait is over. For the
    /// runner that owns it; any move away from running says the latter by itself.
    ///
    /// # Errors
    /// [`Error::Stale`] when the runner does not own the chat or it does not run any more.
    pub async fn set_queued_for_capacity(
        &self,
        actor: &Actor,
        chat: ChatId,
        runner: RunnerId,
        queued: bool,
    ) -> Result<Chat, Error> {
        let updated = self
            .update(actor, "chat.capacity", chat, move |bundle| {
                Box::pin(async move {
                    bundle.check_runner(runner)?;
                    if bundle.chat().status != ChatStatus::Running {
                        return Err(Error::Stale);
                    }
                    bundle.set_queued_for_capacity(queued);
                    Ok(())
                })
            })
            .await?;
        Ok(updated.chat)
    }

    /// Binds a chat to a workspace, a build of it and an agent. The list order stays.
    ///
    /// # Errors
    /// As [`Machine::update`].
    pub async fn set_binding(
        &self,
        actor: &Actor,
        chat: ChatId,
        binding: Binding,
    ) -> Result<Chat, Error> {
        let updated = self
            .update(actor, "chat.binding", chat, move |bundle| {
                Box::pin(async move {
                    bundle.set_binding(binding);
                    Ok(())
                })
            })
            .await?;
        Ok(updated.chat)
    }
}

/// What a chat works in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Binding {
    pub workspace_id: Option<WorkspaceId>,
    pub build_id: Option<BuildId>,
    pub agent_id: Option<AgentId>,
}
