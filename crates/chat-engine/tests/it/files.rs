//! Uploads on their way to the model.

use std::time::Duration;

use muster_base::{ChatId, FileId, OrganizationId};
use muster_chat_state::Error;
use muster_chat_state::content::{self, Content, Part};
use muster_chat_state::transitions::{BusyBehavior, SendMessage, UserMessage};
use muster_llm::{FileData, Part as Sent};
use muster_rbac::{Actor, Purpose};
use muster_store::chat_files::NewFile;
use muster_store::chats::ChatStatus;

use crate::model::{FakeModel, text};
use crate::support::World;

const PASTED: &str = "pasted-text-2026-01-31-23-59-00.txt";

async fn upload(world: &World, name: &str, media_type: &str, bytes: &[u8]) -> Part {
    let file = NewFile {
        id: FileId::new(&world.clock.clock()),
        owner_id: world.owner,
        organization_id: OrganizationId::NIL,
        chat_id: None,
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        data: bytes.to_vec(),
        effect_id: None,
    };
    let id = world.store.create_chat_file(&world.user, file).await;
    Part::File(content::File {
        media_type: media_type.to_owned(),
        file_id: Some(id.unwrap()),
        name: Some(name.to_owned()),
        ..content::File::default()
    })
}

async fn say(world: &World, chat: ChatId, parts: &[Part]) -> Result<(), Error> {
    let message = UserMessage::new(Content::new(parts).unwrap(), world.owner);
    let busy = BusyBehavior::Queue;
    let send = SendMessage { message, busy };
    world.machine.apply(&world.user, chat, send).await.map(drop)
}

/// Everything that people said, as the model was last told it.
fn told(world: &World) -> Vec<String> {
    let request = world.model.requests().pop().unwrap();
    let parts = request.messages.into_iter().flat_map(|it| it.parts);
    let told = parts.map(|part| match part.clone() {
        Sent::Text(text) => text.text,
        Sent::File(file) => match file.data {
            FileData::Bytes(bytes) => {
                let name = file.name.unwrap_or_default();
                format!("{name} {} {bytes:?}", file.media_type)
            }
            FileData::ProviderId(id) => panic!("{id}"),
        },
        Sent::Reasoning(_) | Sent::ToolCall(_) | Sent::ToolResult(_) | Sent::Source(_) => {
            panic!("{part:?}")
        }
    });
    told.collect()
}

#[tokio::test]
async fn uploads_reach_the_model_as_media_in_every_turn() {
    let world = World::new(FakeModel::new(|_, _| text("Done."))).await;
    let parts = [
        upload(&world, "a.png", "image/png", b"png").await,
        upload(&world, "b.pdf", "application/pdf", b"pdf").await,
        upload(&world, "c.json", "application/json", b"[1]").await,
        upload(&world, PASTED, "text/plain", b"hello").await,
    ];
    let chat = world.chat("Go.").await;
    let engine = world.engine();
    world.until_status(chat, ChatStatus::Waiting).await;
    say(&world, chat, &parts).await.unwrap();
    world.until_status(chat, ChatStatus::Waiting).await;
    let expect = [
        "Go.",
        "Done.",
        "a.png image/png b\"png\"",
        "b.pdf application/pdf b\"pdf\"",
        "c.json text/plain b\"[1]\"",
        "[pasted-text] pasted-text-2026-01-31-23-59-00.txt\nhello",
    ];
    assert_eq!(told(&world), expect);
    say(&world, chat, &[Part::text("More.")]).await.unwrap();
    world.until_status(chat, ChatStatus::Waiting).await;
    engine.shutdown().await;
    let later = told(&world);
    assert_eq!(later[..expect.len()], expect);
    // What is stored names the uploads and has none of their bytes.
    let (_, messages) = world.read(chat).await;
    assert!(messages.iter().all(|it| !it.content.contains("\"data\"")));
}

#[tokio::test]
async fn upload_that_is_gone_is_told_as_that() {
    let world = World::new(FakeModel::new(|_, _| text("Done."))).await;
    let chat = world.chat("Go.").await;
    let engine = world.engine();
    world.until_status(chat, ChatStatus::Waiting).await;
    let file = upload(&world, "a.png", "image/png", b"png").await;
    say(&world, chat, &[file]).await.unwrap();
    world.until_status(chat, ChatStatus::Waiting).await;
    engine.shutdown().await;
    world.clock.advance(Duration::from_secs(1));
    let worker = Actor::system(Purpose::ChatWorker);
    // Enough others to push it out.
    for n in 0..muster_base::limits::FILES_PER_CHAT_MAX {
        let file = NewFile {
            id: FileId::new(&world.clock.clock()),
            owner_id: world.owner,
            organization_id: OrganizationId::NIL,
            chat_id: Some(chat),
            name: format!("{n}.txt"),
            media_type: "text/plain".to_owned(),
            data: b"x".to_vec(),
            effect_id: None,
        };
        world.store.create_chat_file(&worker, file).await.unwrap();
    }
    let engine = world.engine();
    say(&world, chat, &[Part::text("More.")]).await.unwrap();
    world.until_status(chat, ChatStatus::Waiting).await;
    engine.shutdown().await;
    assert_eq!(told(&world)[2], "[file] a.png is not available any more.");
}

#[tokio::test]
async fn message_with_somebody_elses_upload_is_not_written() {
    let world = World::new(FakeModel::new(|_, _| text("Done."))).await;
    let (chat, other) = (world.chat("Go.").await, world.chat("Go.").await);
    let file = upload(&world, "a.png", "image/png", b"png").await;
    say(&world, chat, std::slice::from_ref(&file))
        .await
        .unwrap();
    // Twice in one message, and again in the same chat.
    let twice = [file.clone(), file.clone()];
    say(&world, chat, &twice).await.unwrap();
    let before = world.read(other).await;
    let refused = say(&world, other, &[Part::text("Look."), file]).await;
    assert!(matches!(refused, Err(Error::NoSuchFile)), "{refused:?}");
    let unknown = content::File {
        file_id: Some(FileId::NIL),
        ..content::File::default()
    };
    let refused = say(&world, other, &[Part::File(unknown)]).await;
    assert!(matches!(refused, Err(Error::NoSuchFile)), "{refused:?}");
    assert_eq!(world.read(other).await, before);
}
