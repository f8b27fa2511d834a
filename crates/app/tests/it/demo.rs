//! The first minutes of a newcomer.

use muster_testkit::process::Muster;

use crate::launch::{has_sandbox, launch};

async fn texts(muster: &Muster, chat: &str) -> String {
    let path = format!("/api/v2/chats/{chat}/messages?limit=200");
    muster.client.get(&path).await.unwrap().to_string()
}

fn diff(folder: &std::path::Path) -> String {
    let workspaces = std::fs::read_dir(folder.join("workspaces"))
        .unwrap()
        .flatten();
    let demo = workspaces
        .map(|entry| entry.path().join("home/demo"))
        .find(|path| path.exists());
    let output = std::process::Command::new("git")
        .args(["-c", "safe.directory=*", "diff"])
        .current_dir(demo.unwrap())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_ends_with_a_real_diff_and_a_second_start_repeats_nothing() {
    if !has_sandbox() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut muster = Muster::start(launch(folder.path(), &["--demo"]))
        .await
        .unwrap();
    let running = muster.event("demo").await.unwrap();
    let ended = muster.event("demo").await.unwrap();
    assert_eq!(
        (&running["state"], &ended["state"]),
        (&"running".into(), &"waiting".into())
    );
    let chat = ended["chat_id"].as_str().unwrap().to_owned();
    let said = texts(&muster, &chat).await;
    assert!(
        said.contains("Here is my plan") && said.contains("3 passed, 0 failed"),
        "{said}"
    );
    assert!(diff(folder.path()).contains("+    if [ \"$count\" -eq 0 ]; then"));

    muster.kill().await.unwrap();
    muster.restart().await.unwrap();
    let again = muster.event("demo").await.unwrap();
    assert_eq!(again["chat_id"], ended["chat_id"]);
    assert_eq!(texts(&muster, &chat).await, said);
    muster.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_that_is_killed_in_the_middle_goes_on_after_the_restart() {
    if !has_sandbox() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut muster = Muster::start(launch(folder.path(), &["--demo"]))
        .await
        .unwrap();
    let chat = muster.event("demo").await.unwrap()["chat_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut stream = muster
        .client
        .socket(&format!("/api/v2/chats/{chat}/stream"))
        .await
        .unwrap();
    // The first tool result is the middle: one effect is done, most are not.
    while let Some(frame) = stream.next().await.unwrap() {
        if frame.to_string().contains("tool-result") {
            break;
        }
    }
    muster.kill().await.unwrap();
    muster.restart().await.unwrap();
    while muster.event("demo").await.unwrap()["state"] == "running" {}
    assert!(texts(&muster, &chat).await.contains("3 passed, 0 failed"));
    assert_eq!(diff(folder.path()).matches("+    if [").count(), 1);
    muster.stop().await.unwrap();
}
