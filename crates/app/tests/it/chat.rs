//! `muster chat`: text, events, exit codes.

use std::process::Output;

use muster_testkit::process::Muster;

use crate::launch::{command, exe, launch};
use crate::setup::{Mock, use_model};

async fn ask(data_dir: &std::path::Path, words: &[&str]) -> Output {
    let mut command = tokio::process::Command::from(command(data_dir, words));
    command.output().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_code_is_the_result_of_the_turn() {
    let script = "name = 't'\n[[on]]\nuser = 'fail'\nreply.fault = { status = 401 }\n\
                  [[on]]\nelse = true\nreply.text = 'Hello there.'\n";
    let mock = Mock::start(&exe(), script).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let muster = Muster::start(launch(folder.path(), &[])).await.unwrap();
    use_model(&muster.client, &mock.url).await.unwrap();

    let good = ask(folder.path(), &["chat", "hi"]).await;
    assert!(good.status.success(), "{good:?}");
    assert!(String::from_utf8_lossy(&good.stdout).contains("Hello there."));

    let bad = ask(folder.path(), &["chat", "please fail"]).await;
    assert_eq!(bad.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&bad.stderr).contains("Authentication"),
        "{bad:?}"
    );

    let events = ask(folder.path(), &["chat", "hi", "--json"]).await;
    let text = String::from_utf8(events.stdout).unwrap();
    assert!(
        text.lines()
            .all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok())
    );
    assert!(text.contains("\"type\":\"status\""));
    muster.stop().await.unwrap();
}
