//! `propose_plan`: a file of the workspace becomes a file of the chat, once per call.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use muster_agent_link::fake::{FakeAnswer, FakeCall, Handler};
use muster_agent_link::wire::Code;
use muster_base::limits::PLAN_BYTES_MAX;
use muster_base::{EffectId, FileId};
use muster_rbac::{Actor, Purpose};
use muster_store::chat_files::NewFile;
use muster_store::chats::ChatStatus;
use serde_json::{Value, json};

use crate::model::{FakeModel, calls, text};
use crate::support::World;

/// What the model is told when the file at `path` holds `plan`.
async fn proposed(path: &'static str, plan: Bytes) -> Value {
    let world = World::new(FakeModel::new(move |n, _| match n {
        0 => calls(&[("a", "propose_plan", json!({"path": path}))]),
        _ => text("Done."),
    }))
    .await;
    let answer = move |call: &FakeCall| match call.path.as_str() {
        "read-file" => FakeAnswer::file("text/markdown", plan.clone()),
        _ => FakeAnswer::refused(Code::NotFound, "no such route"),
    };
    let handler: Handler = Arc::new(move |call| std::future::ready(answer(&call)).boxed());
    let _agent = world.agent(handler).await;
    let engine = world.engine();
    let chat = world.chat("Plan.").await;
    world.until_status(chat, ChatStatus::Waiting).await;
    engine.shutdown().await;
    let transcript = world.transcript(chat).await;
    let result = transcript[2].strip_prefix("tool: result a ").unwrap();
    serde_json::from_str(result).unwrap()
}

#[tokio::test]
async fn plan_is_kept_as_a_file_of_the_chat() {
    let result = proposed("/w/plan.md", Bytes::from_static(b"# Plan\n")).await;
    assert_eq!(result["ok"], true);
    assert_eq!(result["path"], "/w/plan.md");
    assert_eq!(result["kind"], "plan");
    assert_eq!(result["media_type"], "text/markdown");
    assert!(
        result["file_id"]
            .as_str()
            .unwrap()
            .parse::<FileId>()
            .is_ok()
    );
}

#[tokio::test]
async fn plan_has_a_size_and_a_form() {
    let fits = Bytes::from(vec![b'x'; PLAN_BYTES_MAX]);
    assert_eq!(proposed("/w/plan.md", fits).await["ok"], true);
    let long = Bytes::from(vec![b'x'; PLAN_BYTES_MAX + 1]);
    for (path, plan, error) in [
        ("/w/plan.md", long, "The plan is larger than 1 MiB."),
        (
            "/w/plan.md",
            Bytes::from_static(b" \n"),
            "The plan is empty.",
        ),
        (
            "/w/plan.md",
            Bytes::from_static(b"\xff"),
            "The plan is no UTF-8 text.",
        ),
        ("plan.md", Bytes::new(), "path must be absolute."),
        ("/w/plan.txt", Bytes::new(), "path must end in .md."),
    ] {
        assert_eq!(proposed(path, plan).await["error"], error);
    }
}

#[tokio::test]
async fn one_effect_makes_one_file() {
    let world = World::new(FakeModel::new(|_, _| text("Done."))).await;
    let clock = world.clock.clock();
    let chat = world.chat("Plan.").await;
    let effect = EffectId::new(&clock);
    let file = || NewFile {
        id: FileId::new(&clock),
        owner_id: world.owner,
        organization_id: muster_base::OrganizationId::NIL,
        chat_id: Some(chat),
        name: "plan.md".to_owned(),
        media_type: "text/markdown".to_owned(),
        data: b"# Plan".to_vec(),
        effect_id: Some(effect),
    };
    let worker = Actor::system(Purpose::ChatWorker);
    let first = world.store.create_chat_file(&worker, file()).await.unwrap();
    let second = world.store.create_chat_file(&worker, file()).await.unwrap();
    assert_eq!(first, second);
    let found = world
        .store
        .chat_file_of_effect(&worker, world.owner, effect);
    assert_eq!(found.await.unwrap(), Some(first));
}
