//! Every place that asks a model says for whom (F16). What becomes of that on the wire, at each
//! provider, is tested where the headers are made.

use std::fs;
use std::path::Path;

use muster_base::WorkspaceId;
use muster_chat_state::transitions::RequestCompaction;
use muster_llm::{Attribution, FailureKind};
use muster_store::chats::{Chat, ChatStatus};
use serde_json::json;

use crate::model::{FakeModel, calls, fails_after, text, wants_summary};
use crate::support::World;

/// The files that ask a model. A new one joins the conversation below, then this list.
const CALL_SITES: [&str; 3] = ["asides/ask.rs", "turn/compaction.rs", "turn/model_phase.rs"];

/// The files of `folder` that call a model's client.
fn asking_files(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            asking_files(root, &path, found);
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let ways = [
            "client.stream(",
            "client.generate(",
            "client.generate_object(",
        ];
        if ways.iter().any(|way| source.contains(way)) {
            let name = path.strip_prefix(root).unwrap();
            found.push(name.to_str().unwrap().to_owned());
        }
    }
}

#[test]
fn every_call_site_is_known() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    asking_files(&root, &root, &mut found);
    found.sort();
    assert_eq!(found, CALL_SITES);
}

#[tokio::test]
async fn every_call_site_names_owner_root_child_and_workspace() {
    // A step with a call, a failed attempt and its repetition, and a summary.
    let model = FakeModel::new(|n, _| match n % 4 {
        0 => calls(&[("c1", "nothing", json!({}))]),
        1 => fails_after("", FailureKind::Overloaded),
        _ => text("Done."),
    });
    let world = World::new(model).await;
    let engine = world.engine();
    let root = world.chat("never mind").await;
    let seen = world.until(root, |row| row.retry_state.is_some()).await;
    world.clock.fire("model.retry").await;
    world.until_status(root, ChatStatus::Waiting).await;
    compact(&world, root).await;
    let workspace = Some(WorkspaceId::NIL);
    let mut expected = vec![(root, None, seen.workspace_id); 4];
    for (parent, workspace) in [
        (None, workspace),
        (Some(root), None),
        (Some(root), workspace),
    ] {
        let chat = world.chat_that_is("Hello.", |chat| {
            chat.parent = parent.map(|parent| (parent, parent));
            chat.workspace_id = workspace;
        });
        let chat = chat.await;
        world.until(chat, |row| row.retry_state.is_some()).await;
        world.clock.fire("model.retry").await;
        world.until_status(chat, ChatStatus::Waiting).await;
        compact(&world, chat).await;
        expected.extend([(chat, parent, workspace); 4]);
    }
    let requests = world.model.requests();
    let summaries = requests.iter().filter(|it| wants_summary(it)).count();
    assert_eq!(summaries, 4);
    let said: Vec<_> = requests.iter().map(|it| it.attribution).collect();
    let expected = expected.into_iter().map(|(chat, parent, workspace)| {
        Some(Attribution {
            owner: world.owner,
            chat,
            parent,
            workspace,
        })
    });
    assert_eq!(said, Vec::from_iter(expected));
    engine.shutdown().await;
}

async fn compact(world: &World, chat: muster_base::ChatId) {
    let before = world.read(chat).await.0.history_version;
    let asked = world.machine.apply(&world.user, chat, RequestCompaction);
    asked.await.unwrap();
    let is_done = |row: &Chat| row.status == ChatStatus::Waiting && row.history_version > before;
    world.until(chat, is_done).await;
}
