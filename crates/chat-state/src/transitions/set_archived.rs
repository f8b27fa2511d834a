//! `SetArchived`: a whole family, or nothing of it.

use muster_base::ChatId;
use muster_rbac::Actor;
use muster_store::Tx;
use muster_store::chats::{self, Chat};

use crate::bundle::Leases;
use crate::machine::Command;
use crate::{Bundle, Error, Reason, Transition, classify};

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
    /// The chat that was named, and everything below it.
    pub(crate) async fn apply_to_family(
        self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        leases: Leases,
        id: ChatId,
    ) -> Result<Chat, Error> {
        let top = self.apply_to(tx, actor, leases, id).await?;
        // Listed only now: nobody adds a child while its parent is locked.
        for member in chats::door::list_family(tx, id).await? {
            if member != id {
                self.apply_below(tx, actor, leases, member).await?;
            }
        }
        Ok(top)
    }

    /// The chat that was named: it must be able to make the move.
    async fn apply_to(
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
    async fn apply_below(
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
                reason: self.reason(chat),
            };
        }
        error
    }

    const fn reason(self, chat: &Chat) -> Reason {
        match (self.archived, chat.archived) {
            (true, true) => Reason::AlreadyArchived,
            (false, false) => Reason::NotArchived,
            (true, false) if classify(chat.status, false, 0).is_runnable() => Reason::FamilyActive,
            (true | false, true | false) => Reason::NotInThisState,
        }
    }
}
