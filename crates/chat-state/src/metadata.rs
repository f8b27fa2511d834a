//! What people change about a chat beside its conversation: labels, title, archive, pin.

use std::sync::Arc;

use muster_base::{ChatId, Labels};
use muster_rbac::{Action, Actor};
use muster_store::Tx;
use muster_store::chats::{self, Chat};

use crate::bundle::Leases;
use crate::transitions::SetArchived;
use crate::{Bundle, Error, Machine};

/// What to change; what is absent stays. Applied in the order of the fields, all or nothing.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The new set of labels, whole.
    pub labels: Option<Labels>,
    pub title: Option<String>,
    /// Of the whole family.
    pub archived: Option<bool>,
    /// 0 unpins. Another number moves a pinned chat there and appends an unpinned one.
    pub pin_order: Option<i64>,
}

impl Machine {
    /// Changes what people see of a chat, in one transaction.
    ///
    /// # Errors
    /// A refusal to (un)archive; else as [`Machine::update`].
    pub async fn change(&self, actor: &Actor, chat: ChatId, change: Change) -> Result<(), Error> {
        let shared = Arc::new((change, actor.clone(), self.leases));
        self.store
            .write("chat.change", move |tx| {
                let shared = Arc::clone(&shared);
                Box::pin(async move {
                    let (change, actor, leases) = &*shared;
                    change.apply(tx, actor, *leases, chat).await
                })
            })
            .await
    }
}

impl Change {
    async fn apply(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        leases: Leases,
        id: ChatId,
    ) -> Result<(), Error> {
        // Locked before the chat itself, as every other pin does it.
        let pinned = match self.pin_order {
            Some(_) => {
                let chat = chats::get_for(tx, actor, Action::Update, id).await?;
                chats::door::lock_pinned(tx, chat.owner_id).await?
            }
            None => Vec::new(),
        };
        self.apply_texts(tx, actor, leases, id).await?;
        if let Some(archived) = self.archived {
            SetArchived { archived }
                .apply_to_family(tx, actor, leases, id)
                .await?;
        }
        if let Some(order) = self.pin_order {
            let bundle = Bundle::open(tx, actor, leases, id).await?;
            pin(bundle, pinned, order).await?;
        }
        Ok(())
    }

    async fn apply_texts(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        leases: Leases,
        id: ChatId,
    ) -> Result<(), Error> {
        if self.labels.is_none() && self.title.is_none() {
            return Ok(());
        }
        let mut bundle = Bundle::open(tx, actor, leases, id).await?;
        if let Some(labels) = &self.labels {
            bundle.set_labels(serde_json::to_value(labels.as_map())?);
        }
        if let Some(title) = &self.title {
            bundle.set_title(title.clone());
        }
        bundle.close().await.map(drop)
    }
}

/// Gives a chat its place among its owner's pinned ones and closes the gaps. An archived chat
/// or a subagent has no place: who asks for one lost a race and is left unpinned.
async fn pin(
    mut bundle: Bundle<'_, '_>,
    pinned: Vec<(ChatId, i64)>,
    order: i64,
) -> Result<Chat, Error> {
    let id = bundle.chat().id;
    let mut places: Vec<ChatId> = pinned.iter().map(|(id, _)| *id).collect();
    let old = places.iter().position(|other| *other == id);
    places.retain(|other| *other != id);
    let may_be_pinned = bundle.chat().is_root() && !bundle.chat().archived;
    if order > 0 && may_be_pinned {
        let place = usize::try_from(order - 1).unwrap_or(usize::MAX);
        let place = old.map_or(places.len(), |_| place.min(places.len()));
        places.insert(place, id);
    }
    bundle.set_pin_order(order_of(&places, id));
    for (other, before) in pinned {
        let now = order_of(&places, other);
        if other != id && now != before {
            chats::door::update_pin_order(bundle.tx(), other, now).await?;
        }
    }
    bundle.close().await
}

/// Counted from 1; 0 for one that has no place.
fn order_of(places: &[ChatId], id: ChatId) -> i64 {
    let place = places.iter().position(|other| *other == id);
    place.map_or(0, |place| i64::try_from(place + 1).unwrap_or(i64::MAX))
}
