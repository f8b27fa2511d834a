//! What happens in one person's list of chats.

use muster_base::ChatId;
use muster_bus::{Delivery, Event, OwnerEventKind, Subscription, Topic};
use muster_rbac::Actor;
use muster_store::Store;

use crate::Error;

/// A change in a list of chats. The chat itself is loaded by whoever shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerEvent {
    /// One chat changed.
    Chat {
        chat_id: ChatId,
        kind: OwnerEventKind,
    },
    /// Changes may have been missed: list again.
    Resync,
}

/// Follows one person's list; dropping it ends that.
#[derive(Debug)]
pub struct OwnerWatch(Subscription);

impl OwnerWatch {
    pub(crate) fn open(store: &Store, actor: &Actor) -> Result<Self, Error> {
        let owner = actor.user_id().ok_or(Error::NotAPerson)?;
        Ok(Self(store.bus().subscribe([Topic::ChatOwner(owner)])))
    }

    /// The next change. Cancel-safe.
    pub async fn next_event(&self) -> OwnerEvent {
        loop {
            match self.0.recv().await {
                Delivery::Resync => return OwnerEvent::Resync,
                Delivery::Event(event) => {
                    if let Event::ChatOwner {
                        user_id: _,
                        chat_id,
                        kind,
                    } = *event
                    {
                        return OwnerEvent::Chat { chat_id, kind };
                    }
                }
            }
        }
    }
}
