//! Files of conversations: uploads, and plans that an agent proposed.
//!
//! Whoever may read a chat may read its files; one that no chat has used yet is its owner's.

use muster_base::limits::{FILES_PER_CHAT_MAX, FILES_UNUSED_MAX};
use muster_base::{ChatId, EffectId, FileId, Micros, OrganizationId, UserId};
use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};

use crate::{Error, Row, Store, Tx, Value, chats, params};

/// A file that does not exist yet.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct NewFile {
    pub id: FileId,
    pub owner_id: UserId,
    pub organization_id: OrganizationId,
    pub chat_id: Option<ChatId>,
    pub name: String,
    pub media_type: String,
    pub data: Vec<u8>,
    /// The call that made it: there is one file per effect.
    pub effect_id: Option<EffectId>,
}

/// A file without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns")]
pub struct File {
    pub id: FileId,
    pub owner_id: UserId,
    pub organization_id: OrganizationId,
    /// `None` until a message uses the upload.
    pub chat_id: Option<ChatId>,
    pub name: String,
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    pub created_at: Micros,
}

impl File {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("id")?,
            owner_id: row.get("owner_id")?,
            organization_id: row.get("organization_id")?,
            chat_id: row.get("chat_id")?,
            name: row.get("name")?,
            media_type: row.get("mimetype")?,
            size: row.get("size")?,
            created_at: row.get("created_at")?,
        })
    }

    /// What an unused upload is to the policy; a used one is its chat.
    fn object(&self) -> Object {
        Object::of(ResourceKind::Chat)
            .owned_by(self.owner_id)
            .in_organization(self.organization_id)
            .with_id(self.id)
    }
}

const NO_FILE: Error = Error::NotFound { what: "chat file" };

/// The file that a call has made.
///
/// # Errors
/// A failing database.
pub async fn get_id_by_effect(tx: &mut Tx<'_>, id: EffectId) -> Result<Option<FileId>, Error> {
    let row = tx
        .query_opt(query!("chat_files/get_id_by_effect"), &params![id])
        .await?;
    row.map(|row| row.get("id")).transpose()
}

/// A file without its bytes, whoever asks.
///
/// # Errors
/// A failing database.
async fn get(tx: &mut Tx<'_>, id: FileId) -> Result<Option<File>, Error> {
    let statement = query!("chat_files/get_by_id");
    let row = tx.query_opt(statement, &params![id]).await?;
    row.as_ref().map(File::from_row).transpose()
}

/// The files of a chat; the one that was named last comes last.
///
/// # Errors
/// A failing database.
pub async fn list(tx: &mut Tx<'_>, chat: ChatId) -> Result<Vec<File>, Error> {
    let statement = query!("chat_files/list_by_chat");
    let rows = tx.query(statement, &params![chat]).await?;
    rows.iter().map(File::from_row).collect()
}

/// Writes a file. What was used longest ago makes room for it.
///
/// # Errors
/// A failing database, or an effect that has made another one.
pub async fn insert(tx: &mut Tx<'_>, file: NewFile) -> Result<(), Error> {
    let now = tx.now();
    let size = i64::try_from(file.data.len()).unwrap_or(i64::MAX);
    let (owner, chat) = (file.owner_id, file.chat_id);
    let values = params![
        file.id,
        owner,
        file.organization_id,
        chat,
        file.name,
        file.media_type,
        size,
        file.effect_id,
        now,
        now,
        file.data
    ];
    tx.execute(query!("chat_files/insert_new"), &values).await?;
    match chat {
        Some(chat) => evict(tx, chat).await,
        None => {
            let values = params![owner, FILES_UNUSED_MAX];
            tx.execute(query!("chat_files/delete_unused_beyond"), &values)
                .await?;
            Ok(())
        }
    }
}

async fn evict(tx: &mut Tx<'_>, chat: ChatId) -> Result<(), Error> {
    let values = params![chat, FILES_PER_CHAT_MAX];
    tx.execute(query!("chat_files/delete_beyond"), &values)
        .await?;
    Ok(())
}

/// Makes files those of a chat, on behalf of the author of a message that names them. False,
/// with nothing written, when one of them is gone, somebody else's or another chat's.
///
/// # Errors
/// A failing database.
pub async fn attach(
    tx: &mut Tx<'_>,
    chat: ChatId,
    author: UserId,
    files: &[FileId],
) -> Result<bool, Error> {
    if files.is_empty() {
        return Ok(true);
    }
    let mut files = files.to_vec();
    files.sort_unstable();
    files.dedup();
    let now = tx.now();
    let values = params![Value::ids(files.iter().copied()), chat, author, now];
    let attached = tx
        .execute(query!("chat_files/update_chat"), &values)
        .await?;
    if usize::try_from(attached) != Ok(files.len()) {
        return Ok(false);
    }
    evict(tx, chat).await?;
    Ok(true)
}

async fn get_readable(tx: &mut Tx<'_>, actor: &Actor, id: FileId) -> Result<File, Error> {
    let file = get(tx, id).await?.ok_or(NO_FILE)?;
    match file.chat_id {
        Some(chat) => drop(chats::get_readable(tx, actor, chat).await?),
        None => authorize(actor, Action::Read, &file.object())?,
    }
    Ok(file)
}

impl Store {
    /// Writes a file; one whose effect has already made one is that one.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn create_chat_file(&self, actor: &Actor, file: NewFile) -> Result<FileId, Error> {
        let object = Object::of(ResourceKind::Chat)
            .owned_by(file.owner_id)
            .in_organization(file.organization_id);
        authorize(actor, Action::Create, &object)?;
        self.write("chat_file.create", move |tx| {
            let file = file.clone();
            Box::pin(async move {
                if let Some(effect) = file.effect_id
                    && let Some(known) = get_id_by_effect(tx, effect).await?
                {
                    return Ok(known);
                }
                let id = file.id;
                insert(tx, file).await?;
                Ok(id)
            })
        })
        .await
    }

    /// The file that a call has made for this person's chat.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn chat_file_of_effect(
        &self,
        actor: &Actor,
        owner: UserId,
        effect: EffectId,
    ) -> Result<Option<FileId>, Error> {
        let chat = Object::of(ResourceKind::Chat).owned_by(owner);
        authorize(actor, Action::Read, &chat)?;
        self.read("chat_file.of_effect", move |tx| {
            Box::pin(get_id_by_effect(tx, effect))
        })
        .await
    }

    /// A file that the actor may read, without its bytes.
    ///
    /// # Errors
    /// [`Error::NotFound`] or a hidden refusal, which answer alike.
    pub async fn get_chat_file(&self, actor: &Actor, id: FileId) -> Result<File, Error> {
        let actor = actor.clone();
        self.read("chat_file.get", move |tx| {
            let actor = actor.clone();
            Box::pin(async move { get_readable(tx, &actor, id).await })
        })
        .await
    }

    /// A file that the actor may read, with its bytes.
    ///
    /// # Errors
    /// [`Error::NotFound`] or a hidden refusal, which answer alike.
    pub async fn read_chat_file(
        &self,
        actor: &Actor,
        id: FileId,
    ) -> Result<(File, Vec<u8>), Error> {
        let actor = actor.clone();
        self.read("chat_file.read", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                let file = get_readable(tx, &actor, id).await?;
                let statement = query!("chat_files/get_data");
                let row = tx.query_opt(statement, &params![id]).await?;
                Ok((file, row.ok_or(NO_FILE)?.get("data")?))
            })
        })
        .await
    }

    /// The files of a chat, without their bytes; the one that was named last comes last.
    ///
    /// # Errors
    /// [`Error::NotFound`] or a hidden refusal, which answer alike.
    pub async fn list_chat_files(&self, actor: &Actor, chat: ChatId) -> Result<Vec<File>, Error> {
        let actor = actor.clone();
        self.read("chat_file.list", move |tx| {
            let actor = actor.clone();
            Box::pin(async move {
                chats::get_readable(tx, &actor, chat).await?;
                list(tx, chat).await
            })
        })
        .await
    }

    /// The bytes of those files that are a chat's.
    ///
    /// # Errors
    /// [`Error::NotFound`] or a hidden refusal, which answer alike.
    pub async fn list_chat_file_bytes(
        &self,
        actor: &Actor,
        chat: ChatId,
        files: Vec<FileId>,
    ) -> Result<Vec<(FileId, Vec<u8>)>, Error> {
        let actor = actor.clone();
        self.read("chat_file.bytes", move |tx| {
            let actor = actor.clone();
            let ids = Value::ids(files.iter().copied());
            Box::pin(async move {
                chats::get_readable(tx, &actor, chat).await?;
                let statement = query!("chat_files/list_data");
                let rows = tx.query(statement, &params![ids, chat]).await?;
                let pair = |row: &Row| Ok((row.get("id")?, row.get("data")?));
                rows.iter().map(pair).collect()
            })
        })
        .await
    }

    /// Deletes uploads that no message has used since a time.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn purge_chat_files(&self, actor: &Actor, before: Micros) -> Result<u64, Error> {
        authorize(actor, Action::Delete, &Object::of(ResourceKind::Chat))?;
        self.write("chat_file.purge", move |tx| {
            Box::pin(async move {
                let statement = query!("chat_files/delete_unused");
                tx.execute(statement, &params![before]).await
            })
        })
        .await
    }
}
