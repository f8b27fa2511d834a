//! The engine as others see it.

use std::sync::Arc;

use muster_base::{ChatId, UserId};
use muster_chat_state::CancelledCall;
use muster_rbac::Actor;
use muster_store::chats::Chat;

use crate::Error;
use crate::asides;
use crate::binding::TurnBinding;
use crate::config_cache::ConfigCache;
use crate::model::is_priced;
use crate::processes;
use crate::shared::Shared;
use crate::stream::{ChatStream, StreamStart};
use crate::turn::worker;
use crate::usage_limit::{self, UsageLimitReached};
use crate::watch::OwnerWatch;

/// A cheap handle to the engine of this replica.
#[derive(Clone, Debug)]
pub struct EngineHandle {
    pub(crate) shared: Arc<Shared>,
}

impl EngineHandle {
    /// Looks for runnable chats now rather than at the next tick. Commits that make a chat
    /// runnable say so themselves; this is for what happens outside the database.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
    }

    /// Ends the processes of calls that a transition has cancelled, after its commit: their
    /// results are nobody's any more. Returns at once.
    pub fn stop_processes(&self, chat: &Chat, cancelled: &[CancelledCall]) {
        let binding = || Arc::new(TurnBinding::new(Arc::clone(&self.shared), chat.clone()));
        processes::stop(&self.shared, chat.id, binding, cancelled);
    }

    /// Whether a person may begin something that costs money in a chat of theirs: asked before
    /// a chat is created, a message is sent or edited, or a title is made. A look-up that fails
    /// blocks nobody.
    ///
    /// # Errors
    /// When the person's spending limit is reached.
    pub async fn admit(&self, owner: UserId) -> Result<(), UsageLimitReached> {
        usage_limit::admit(&self.shared.store, owner).await
    }

    /// How many enabled models have no prices. What they cost is not known, so nobody is
    /// limited in using them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn unpriced_models(&self) -> Result<usize, Error> {
        let worker = worker();
        let models = self.shared.store.list_enabled_model_configs(&worker);
        let models = models.await?;
        let unpriced = models.iter().filter(|row| !is_priced(&row.settings));
        Ok(unpriced.count())
    }

    /// Follows a chat. The stream ends with the first error; the client then comes back with
    /// its last cursor.
    ///
    /// # Errors
    /// `NotFound` when the actor may not read the chat, [`Error::Cursor`] for a cursor that is
    /// malformed or of another chat.
    pub async fn open_stream(
        &self,
        actor: &Actor,
        chat_id: ChatId,
        start: StreamStart,
    ) -> Result<ChatStream, Error> {
        ChatStream::open(Arc::clone(&self.shared), actor.clone(), chat_id, start).await
    }

    /// Finds another title for a chat, and gives the chat as it is then. A title that somebody
    /// gives it meanwhile stays.
    ///
    /// # Errors
    /// [`Error::TitleUnderWay`], [`Error::NoTitle`]; not found, not allowed, or a failing
    /// database.
    pub async fn regenerate_title(&self, actor: &Actor, chat: ChatId) -> Result<Chat, Error> {
        asides::regenerate(&self.shared, actor, chat).await
    }

    /// What happens in a person's list of chats.
    ///
    /// # Errors
    /// When the actor is no person.
    pub fn watch_owner(&self, actor: &Actor) -> Result<OwnerWatch, Error> {
        OwnerWatch::open(&self.shared.store, actor)
    }

    /// Providers, model configurations and prompts as the engine sees them.
    #[must_use]
    pub fn config(&self) -> &ConfigCache {
        &self.shared.config
    }

    /// How many of this replica's chats wait for others to finish before they run.
    #[must_use]
    pub fn waiting_chats(&self) -> usize {
        self.shared.slots.waiting()
    }

    /// How many chats this replica runs.
    #[must_use]
    pub fn owned_chats(&self) -> usize {
        self.shared.runners.len()
    }
}
