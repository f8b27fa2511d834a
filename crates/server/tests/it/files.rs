//! Files of chats: what is taken, who may read it, and which chat may use it.

use std::time::Duration;

use muster_base::limits::{
    FILE_BYTES_MAX, FILE_NAME_BYTES_MAX, FILES_PER_CHAT_MAX, FILES_UNUSED_MAX, UPLOADS_PER_MINUTE,
};
use muster_base::{ChatId, FileId, Micros, MockClock};
use muster_rbac::{Actor, Purpose, Role};
use muster_store::chat_files::NewFile;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Call, Harness, Person};

const FILES: &str = "/api/experimental/chats/files";
const SCRIPT: &str = "name = \"s\"\n[[on]]\nelse = true\nreply.text = \"hi\"";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

fn uploading(muster: &Harness, person: &Person, media_type: &str, bytes: &[u8]) -> Call {
    let call = muster.call(Method::POST, FILES).by(person);
    let call = call.header("content-type", media_type);
    // Only owners may, and only the test of the limit has it said by others.
    let call = call.header("x-coder-bypass-ratelimit", "true");
    call.body(bytes.to_vec())
}

async fn upload(muster: &Harness, person: &Person, media_type: &str, bytes: &[u8]) -> Answer {
    uploading(muster, person, media_type, bytes).send().await
}

pub(crate) async fn uploaded(
    muster: &Harness,
    person: &Person,
    media_type: &str,
    bytes: &[u8],
) -> String {
    let body = upload(muster, person, media_type, bytes).await.expect(201);
    body["id"].as_str().unwrap().to_owned()
}

fn path(id: &str) -> String {
    format!("/api/v2/chats/files/{id}")
}

fn with_file(id: &str) -> Value {
    json!({"content": [{"type": "file", "file_id": id}]})
}

/// A chat that has used the file, at rest.
async fn chat_with(muster: &Harness, person: &Person, file: &str) -> Value {
    let chat = muster.post(person, "/api/v2/chats", with_file(file)).await;
    let chat = chat.expect(201);
    let id = chat["id"].as_str().unwrap();
    muster.until(person, id, "waiting").await;
    chat
}

/// Files past the handlers, as a system that knows no rate.
async fn fill(muster: &Harness, owner: &Person, chat: Option<ChatId>, count: i64) -> Vec<FileId> {
    let setup = Actor::system(Purpose::Setup);
    let mut ids = Vec::new();
    for _ in 0..count {
        let file = NewFile {
            id: FileId::new(muster.store().clock()),
            owner_id: owner.id,
            organization_id: muster.organization(),
            chat_id: chat,
            name: "file.txt".to_owned(),
            media_type: "text/plain".to_owned(),
            data: b"x".to_vec(),
            effect_id: None,
        };
        let id = muster.store().create_chat_file(&setup, file).await;
        ids.push(id.unwrap());
    }
    ids
}

#[tokio::test]
async fn upload_is_served_as_what_it_is_and_runs_nothing() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    for (media_type, bytes, disposition) in [
        ("image/png", PNG, "inline; filename=\"file.png\""),
        ("image/gif", b"GIF89a", "inline; filename=\"file.gif\""),
        (
            "image/jpeg",
            b"\xff\xd8\xff",
            "inline; filename=\"file.jpg\"",
        ),
        (
            "image/webp",
            b"RIFF0000WEBPVP8 ",
            "inline; filename=\"file.webp\"",
        ),
        (
            "application/pdf",
            b"%PDF-1.7",
            "attachment; filename=\"file.pdf\"",
        ),
        (
            "application/json",
            b"[1]",
            "attachment; filename=\"file.json\"",
        ),
        ("text/csv", b"a,b", "attachment; filename=\"file.csv\""),
        ("text/markdown", b"# a", "attachment; filename=\"file.md\""),
        ("text/plain", b"<html>", "attachment; filename=\"file.txt\""),
    ] {
        let id = uploaded(&muster, &owner, media_type, bytes).await;
        let answer = muster.get(&owner, &path(&id)).await;
        assert_eq!(answer.status.as_u16(), 200);
        let header = |name: &str| answer.headers[name].to_str().unwrap();
        let shown_as = header("content-type").split(';').next().unwrap();
        assert_eq!(shown_as, media_type);
        assert_eq!(header("content-disposition"), disposition);
        assert_eq!(header("content-length"), bytes.len().to_string());
        assert_eq!(
            header("cache-control"),
            "private, max-age=31536000, immutable"
        );
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(
            header("content-security-policy"),
            "sandbox; default-src 'none'"
        );
    }
    muster.end().await;
}

#[tokio::test]
async fn upload_that_is_not_what_it_says_is_refused() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    for (media_type, bytes) in [
        ("image/svg+xml", &b"<svg/>"[..]),
        ("text/html", b"<html>"),
        ("application/octet-stream", b"x"),
        ("application/zip", b"PK\x03\x04"),
        ("image/png", b"<svg/>"),
        ("image/png", b"GIF89a"),
        ("image/webp", b"RIFF0000WAVE"),
        ("application/pdf", b"hello"),
        ("text/plain", PNG),
        ("text/plain", b"%PDF-1.7"),
        ("text/plain", b"a\0b"),
        ("text/plain", b""),
        ("application/json", b"\x1f\x8b\x08"),
    ] {
        upload(&muster, &owner, media_type, bytes).await.expect(400);
    }
    let untyped = muster.call(Method::POST, FILES).by(&owner).body("x");
    let untyped = untyped.send().await;
    assert_eq!(untyped.fields(), ["Content-Type"]);
    untyped.expect(400);
    let elsewhere = format!("{FILES}?organization={}", uuid::Uuid::nil());
    let call = muster.call(Method::POST, &elsewhere).by(&owner);
    let call = call.header("content-type", "text/plain").body("x");
    let refused = call.send().await;
    assert_eq!(refused.fields(), ["organization"]);
    let home = format!("{FILES}?organization={}", muster.organization());
    let call = muster.call(Method::POST, &home).by(&owner);
    let call = call.header("content-type", "text/plain").body("x");
    call.send().await.expect(201);
    muster.end().await;
}

#[tokio::test]
async fn upload_has_a_size_a_name_and_a_rate() {
    let mock = MockClock::new(Micros(1_700_000_000_000_000));
    let muster = Harness::with_clock(&mock).await;
    let owner = muster.owner().await;
    let mut bytes = PNG.to_vec();
    bytes.resize(FILE_BYTES_MAX, 0);
    let id = uploaded(&muster, &owner, "image/png", &bytes).await;
    let answer = muster.get(&owner, &path(&id)).await;
    let length = answer.headers["content-length"].to_str().unwrap();
    assert_eq!(length, FILE_BYTES_MAX.to_string());
    bytes.push(0);
    let long = upload(&muster, &owner, "image/png", &bytes).await;
    long.expect(413);

    let name = "x".repeat(FILE_NAME_BYTES_MAX);
    let call = uploading(&muster, &owner, "text/plain", b"x");
    let call = call.header(
        "content-disposition",
        &format!("attachment; filename=/{name}y"),
    );
    let id = call.send().await.expect(201)["id"].clone();
    let answer = muster.get(&owner, &path(id.as_str().unwrap())).await;
    let shown = answer.headers["content-disposition"].to_str().unwrap();
    assert_eq!(shown, format!("attachment; filename=\"{name}\""));

    let member = muster.person("member", &[Role::AgentsAccess]).await;
    for _ in 0..UPLOADS_PER_MINUTE {
        uploaded(&muster, &member, "text/plain", b"x").await;
    }
    upload(&muster, &member, "text/plain", b"x")
        .await
        .expect(429);
    mock.advance(Duration::from_secs(60 / u64::from(UPLOADS_PER_MINUTE)));
    uploaded(&muster, &member, "text/plain", b"x").await;
    muster.end().await;
}

#[tokio::test]
async fn file_is_read_by_its_owner_and_by_readers_of_its_chat() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let alice = muster.person("alice", &[Role::AgentsAccess]).await;
    let bob = muster.person("bob", &[Role::AgentsAccess]).await;
    let member = muster.person("member", &[]).await;
    let auditor = muster.person("auditor", &[Role::Auditor]).await;
    muster.model(&owner, SCRIPT).await;
    upload(&muster, &member, "text/plain", b"x")
        .await
        .expect(403);
    let id = uploaded(&muster, &alice, "text/plain", b"secret").await;
    for _ in ["unused", "used"] {
        for reader in [&alice, &owner] {
            let body = muster.get(reader, &path(&id)).await.expect(200);
            assert_eq!(body, "secret");
        }
        for other in [&bob, &member, &auditor] {
            muster.get(other, &path(&id)).await.expect(404);
        }
        let nobody = muster.call(Method::GET, &path(&id)).send().await;
        nobody.expect(401);
        if muster.get(&alice, "/api/v2/chats").await.body == json!([]) {
            chat_with(&muster, &alice, &id).await;
        }
    }
    let unknown = path(&uuid::Uuid::nil().to_string());
    muster.get(&owner, &unknown).await.expect(404);
    muster.get(&owner, &path("x")).await.expect(400);
    muster.end().await;
}

#[tokio::test]
async fn file_belongs_to_the_chat_that_first_uses_it() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let (alice, bob) = (
        muster.person("alice", &[Role::AgentsAccess]).await,
        muster.person("bob", &[Role::AgentsAccess]).await,
    );
    muster.model(&owner, SCRIPT).await;
    let id = uploaded(&muster, &alice, "application/json", b"[1]").await;
    for (person, file) in [
        (&bob, id.as_str()),
        (&owner, id.as_str()),
        (&alice, "00000000-0000-0000-0000-000000000000"),
    ] {
        let refused = muster.post(person, "/api/v2/chats", with_file(file)).await;
        assert_eq!(refused.fields(), ["content[0].file_id"]);
        refused.expect(400);
    }
    let chat = chat_with(&muster, &alice, &id).await;
    assert_eq!(chat["title"], "New Chat");
    let file = &chat["files"][0];
    assert_eq!(
        (
            &file["id"],
            &file["name"],
            &file["media_type"],
            &file["size"]
        ),
        (
            &json!(id),
            &json!("file.json"),
            &json!("application/json"),
            &json!(3)
        )
    );
    let chat_path = format!("/api/v2/chats/{}", chat["id"].as_str().unwrap());
    let shown = muster.get(&alice, &chat_path).await.expect(200);
    assert_eq!(shown["files"], chat["files"]);
    let messages = format!("{chat_path}/messages");
    let page = muster.get(&alice, &messages).await.expect(200);
    let first = page["messages"].as_array().unwrap().last().unwrap().clone();
    let part = json!({"type": "file", "media_type": "application/json", "file_id": id});
    assert_eq!(first["content"], json!([part]));

    // Again in the same chat, said or said otherwise, but in no other.
    muster
        .post(&alice, &messages, with_file(&id))
        .await
        .expect(200);
    let chat_id = chat["id"].as_str().unwrap();
    muster.until(&alice, chat_id, "waiting").await;
    let edit = format!("{messages}/{}", first["id"]);
    muster
        .patch(&alice, &edit, with_file(&id))
        .await
        .expect(200);
    muster.until(&alice, chat_id, "waiting").await;
    let other = muster.post(&alice, "/api/v2/chats", with_file(&id)).await;
    assert_eq!(other.fields(), ["content[0].file_id"]);
    muster.end().await;
}

#[tokio::test]
async fn chat_holds_fifty_files_and_the_one_used_longest_ago_makes_room() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let first = uploaded(&muster, &owner, "text/plain", b"first").await;
    let chat = chat_with(&muster, &owner, &first).await;
    let id: ChatId = chat["id"].as_str().unwrap().parse().unwrap();
    fill(&muster, &owner, Some(id), FILES_PER_CHAT_MAX - 1).await;
    muster.get(&owner, &path(&first)).await.expect(200);
    let last = uploaded(&muster, &owner, "text/plain", b"last").await;
    let messages = format!("/api/v2/chats/{id}/messages");
    muster
        .post(&owner, &messages, with_file(&last))
        .await
        .expect(200);
    muster.get(&owner, &path(&first)).await.expect(404);
    muster.get(&owner, &path(&last)).await.expect(200);
    let shown = muster.get(&owner, &format!("/api/v2/chats/{id}")).await;
    let shown = shown.expect(200);
    let count = i64::try_from(shown["files"].as_array().unwrap().len());
    assert_eq!(count.unwrap(), FILES_PER_CHAT_MAX);
    muster.until(&owner, &id.to_string(), "waiting").await;
    muster.end().await;
}

#[tokio::test]
async fn unused_uploads_are_few_and_do_not_stay() {
    let mock = MockClock::new(Micros(1_700_000_000_000_000));
    let muster = Harness::with_clock(&mock).await;
    let owner = muster.owner().await;
    let setup = Actor::system(Purpose::Setup);
    let mut ids = fill(&muster, &owner, None, 1).await;
    mock.advance(Duration::from_secs(1));
    ids.extend(fill(&muster, &owner, None, FILES_UNUSED_MAX).await);
    let store = muster.store();
    assert!(store.get_chat_file(&setup, ids[0]).await.is_err());
    store.get_chat_file(&setup, ids[1]).await.unwrap();
    let now = store.clock().now();
    assert_eq!(store.purge_chat_files(&setup, now).await.unwrap(), 0);
    let later = Micros(now.0 + 1);
    let purged = store.purge_chat_files(&setup, later).await.unwrap();
    assert_eq!(i64::try_from(purged).unwrap(), FILES_UNUSED_MAX);
    muster.end().await;
}
