use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;

use muster_agent_link::{Authenticate, Refusal, listen};
use muster_base::{AgentId, Secret, limits};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use crate::world::{in_time, world};

fn authenticate(agent_id: AgentId) -> Authenticate {
    Arc::new(move |token: Secret| {
        Box::pin(async move {
            match token.expose().as_str() {
                "good" => Ok(agent_id),
                "broken" => Err(Refusal::Unavailable),
                _ => Err(Refusal::TokenDead),
            }
        })
    })
}

async fn connected(path: &Path) -> UnixStream {
    in_time(async {
        loop {
            match UnixStream::connect(path).await {
                Ok(stream) => return stream,
                Err(_not_bound_yet) => tokio::task::yield_now().await,
            }
        }
    })
    .await
}

#[tokio::test]
async fn greeting_is_answered_by_what_the_token_is_worth() {
    let w = world();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("link.sock");
    let (registry, drain) = (w.registry.clone(), w.tasks.drain().clone());
    let (bound, agent_id) = (UnixListener::bind(&path).unwrap(), w.agent_id);
    w.tasks.spawn("listen", async move {
        listen(bound, &registry, authenticate(agent_id), drain)
            .await
            .unwrap();
    });
    let expected = [
        ("MUSTER/1 good\n", "OK "),
        ("MUSTER/1 stolen\n", "NO token_dead\n"),
        ("MUSTER/1 broken\n", "NO unavailable\n"),
        ("MUSTER/9 good\n", "NO version\n"),
    ];
    for (greeting, answer) in expected {
        let mut stream = connected(&path).await;
        stream.write_all(greeting.as_bytes()).await.unwrap();
        let mut line = String::new();
        in_time(BufReader::new(stream).read_line(&mut line))
            .await
            .unwrap();
        assert!(line.starts_with(answer), "{greeting:?} got {line:?}");
    }
    in_time(w.tasks.shutdown()).await;
}

#[tokio::test]
async fn silent_connections_hold_up_neither_later_ones_nor_the_end() {
    let w = world();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("link.sock");
    let (registry, drain) = (w.registry.clone(), w.tasks.drain().clone());
    let (bound, agent_id) = (UnixListener::bind(&path).unwrap(), w.agent_id);
    w.tasks.spawn("listen", async move {
        listen(bound, &registry, authenticate(agent_id), drain)
            .await
            .unwrap();
    });
    let mut silent = Vec::new();
    for _ in 0..limits::LINK_GREETINGS_MAX {
        silent.push(connected(&path).await);
    }
    let mut late = connected(&path).await;
    late.write_all(b"MUSTER/1 stolen\n").await.unwrap();
    drop(silent.pop());
    let mut line = String::new();
    in_time(BufReader::new(late).read_line(&mut line))
        .await
        .unwrap();
    assert_eq!(line, "NO token_dead\n");
    // The others never say a word, and this clock never moves.
    in_time(w.tasks.shutdown()).await;
}
