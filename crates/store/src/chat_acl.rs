//! Whom the owner of a chat lets read it: people and groups. A family is shared as a whole, so
//! every list is that of a root.

use muster_base::{ChatId, GroupId, UserId};
use muster_rbac::{Action, Actions, Actor, authorize};

use crate::chats::{self, Chat};
use crate::groups::{self, Group};
use crate::users::{self, User};
use crate::{Error, Store, Tx, params};

/// All that a reader may do: the one role of a list.
const READ: &str = "read";

/// A chat's list of readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readers {
    /// People by name. Of those whom the asker may not read, the names alone.
    pub users: Vec<User>,
    /// Groups by name.
    pub groups: Vec<Group>,
}

/// Whether somebody may read a family of chats that is not theirs.
///
/// # Errors
/// A failing database.
pub async fn is_granted(tx: &mut Tx<'_>, root: ChatId, user: UserId) -> Result<bool, Error> {
    let statement = query!("chat_acl_users/get_grant");
    let row = tx.query_opt(statement, &params![root, user]).await?;
    Ok(row.is_some())
}

/// Checks one action on a chat, its list of readers included. That list is asked only where the
/// actor's roles do not suffice, so an owner's requests cost nothing.
///
/// # Errors
/// A refusal, hidden from whoever may not even read the chat; or a failing database.
pub async fn check(
    tx: &mut Tx<'_>,
    actor: &Actor,
    action: Action,
    chat: &Chat,
) -> Result<(), Error> {
    let object = chat.object();
    let Err(denied) = authorize(actor, action, &object) else {
        return Ok(());
    };
    match actor.user_id() {
        Some(user) if is_granted(tx, chat.root_chat_id, user).await? => {
            let object = object.shared_for(Actions::READ);
            Ok(authorize(actor, action, &object)?)
        }
        Some(_) | None => Err(denied.into()),
    }
}

/// How many entries the list of a root has.
///
/// # Errors
/// A failing database.
pub async fn count(tx: &mut Tx<'_>, root: ChatId) -> Result<i64, Error> {
    let statement = query!("chat_acl_users/count_readers");
    tx.query_one(statement, &params![root])
        .await?
        .get("readers")
}

/// Lets somebody read a root and what is below it; a reader stays one.
///
/// # Errors
/// A failing database.
pub async fn add_user(tx: &mut Tx<'_>, root: ChatId, user: UserId) -> Result<(), Error> {
    let values = params![root, user, READ, tx.now()];
    let statement = query!("chat_acl_users/upsert_reader");
    tx.execute(statement, &values).await.map(drop)
}

/// Ends that; whoever is no reader is ignored.
///
/// # Errors
/// A failing database.
pub async fn remove_user(tx: &mut Tx<'_>, root: ChatId, user: UserId) -> Result<(), Error> {
    let statement = query!("chat_acl_users/delete_reader");
    tx.execute(statement, &params![root, user]).await.map(drop)
}

/// As [`add_user`], for everybody in a group.
///
/// # Errors
/// A failing database.
pub async fn add_group(tx: &mut Tx<'_>, root: ChatId, group: GroupId) -> Result<(), Error> {
    let values = params![root, group, READ, tx.now()];
    let statement = query!("chat_acl_groups/upsert_reader");
    tx.execute(statement, &values).await.map(drop)
}

/// As [`remove_user`], for a group.
///
/// # Errors
/// A failing database.
pub async fn remove_group(tx: &mut Tx<'_>, root: ChatId, group: GroupId) -> Result<(), Error> {
    let statement = query!("chat_acl_groups/delete_reader");
    tx.execute(statement, &params![root, group]).await.map(drop)
}

async fn list(tx: &mut Tx<'_>, actor: &Actor, root: ChatId) -> Result<Readers, Error> {
    let people = query!("chat_acl_users/list_by_chat");
    let people = tx.query(people, &params![root]).await?;
    let people: Vec<User> = people
        .iter()
        .map(users::from_row)
        .collect::<Result<_, _>>()?;
    let groups = query!("chat_acl_groups/list_by_chat");
    let groups = tx.query(groups, &params![root]).await?;
    Ok(Readers {
        users: people.into_iter().map(|user| user.seen_by(actor)).collect(),
        groups: groups
            .iter()
            .map(groups::from_row)
            .collect::<Result<_, _>>()?,
    })
}

impl Store {
    /// Whom a chat is shared with. For those who may share it.
    ///
    /// # Errors
    /// [`Error::NotFound`] or a refusal, which is hidden from whoever may not read the chat.
    pub async fn list_chat_readers(&self, actor: &Actor, id: ChatId) -> Result<Readers, Error> {
        let actor = actor.clone();
        self.read("chat.readers", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let chat = chats::get_for(tx, &actor, Action::Share, id).await?;
                list(tx, &actor, chat.root_chat_id).await
            })
        })
        .await
    }
}
