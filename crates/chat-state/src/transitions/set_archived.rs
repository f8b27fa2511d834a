//! `SetArchived`: a whole family, or nothing of it.

use muster_base::ChatId;
use muster_rbac::Actor;
use muster_store::Tx;
use muster_store::chats::{self, Chat};

use crate::bundle::Leases;
use crate::machine::{Command, archive_reason};
use crate::{Bundle, Error, Reason, Transition};

/// Archives or unarchives one chat. [`crate::Machine::set_archived`] does it for a family.
#[derive(Clone, Copy, Debug)]
pub struct SetArchived {
    pub archived: bool,
}

impl Command for SetArchived {
    type Outcome = ();
    const OP: &'static str = "chat.archive";

    fn transition(&self) -> Transition {
        if self.archived {
            Transition::Archive
        } else {
            Transition::Unarchive
        }
    }

    async fn apply(self, bundle: &mut Bundle<'_, '_>) -> Result<(), Error> {
        if let Some(parent) = bundle.chat().parent_chat_id
            && !self.archived
            && chats::get(bundle.tx(), parent).await?.archived
        {
            return Err(bundle.reject(self.transition(), Reason::ParentArchived));
        }
        bundle.set_archived(self.archived);
        Ok(())
    }
}

impl SetArchived {
    /// The chat that was named: it must be able to make the move.
    pub(crate) async fn apply_to(
        self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        leases: Leases,
        id: ChatId,
    ) -> Result<Chat, Error> {
        let mut bundle = Bundle::open(tx, actor, leases, id).await?;
        match bundle.apply(self).await {
            Ok(()) => bundle.close().await,
            Err(error) => Err(self.explain(error, bundle.chat())),
        }
    }

    /// A chat below it, which may be archived for itself already.
    pub(crate) async fn apply_below(
        self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        leases: Leases,
        id: ChatId,
    ) -> Result<(), Error> {
        let mut bundle = Bundle::open(tx, actor, leases, id).await?;
        if bundle.chat().archived == self.archived {
            // Opening wrote nothing, and there is nothing to write.
            return Ok(());
        }
        match bundle.apply(self).await {
            Ok(()) => bundle.close().await.map(drop),
            Err(error) => Err(self.explain(error, bundle.chat())),
        }
    }

    /// "Not in this state" has a better name here.
    fn explain(self, error: Error, chat: &Chat) -> Error {
        if let Error::Rejected {
            transition,
            from,
            reason: Reason::NotInThisState,
        } = error
        {
            return Error::Rejected {
                transition,
                from,
                reason: archive_reason(self.archived, chat.archived, chat.status),
            };
        }
        error
    }
}
