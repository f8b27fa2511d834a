use bytes::Bytes;
use muster_agent_link::fake::FakeAnswer;
use muster_agent_link::wire::{Code, GitRequest, PtyInput, PtyQuery};
use muster_agent_link::{CallContext, Error};
use muster_base::PtyId;
use serde_json::json;

use crate::world::{World, handler, in_time, world};

fn query(w: &World) -> PtyQuery {
    PtyQuery {
        id: PtyId::new(&w.mock.clock()),
        width: Some(100),
        height: Some(30),
        command: Some("top -d 1".to_owned()),
    }
}

fn keys(text: &str) -> PtyInput {
    PtyInput {
        data: Some(text.to_owned()),
        ..PtyInput::default()
    }
}

#[tokio::test]
async fn terminal_carries_keys_and_output_both_ways_until_the_agent_ends_it() {
    let w = world();
    let (tasks, keep) = (w.tasks.clone(), tokio::sync::mpsc::unbounded_channel());
    let (seen, mut lines) = keep;
    let _agent = w
        .fake(handler(move |call| {
            let (tasks, seen) = (tasks.clone(), seen.clone());
            async move {
                let stream = call.stream.expect("stays open");
                tasks.spawn("echo", async move {
                    seen.send(call.query).unwrap();
                    stream.send("$ ").await;
                    let line = stream.next().await.unwrap();
                    seen.send(String::from_utf8(line.to_vec()).unwrap())
                        .unwrap();
                    stream.send("bye").await;
                });
                FakeAnswer::json(&json!({}))
            }
        }))
        .await;
    let query = query(&w);
    let context = CallContext::default();
    let (input, mut output) = in_time(w.client().pty(&context, &query)).await.unwrap();
    assert_eq!(
        in_time(output.next()).await.unwrap(),
        Some(Bytes::from("$ "))
    );
    in_time(input.send(&keys("ls\n"))).await.unwrap();
    assert_eq!(
        in_time(output.next()).await.unwrap(),
        Some(Bytes::from("bye"))
    );
    assert_eq!(in_time(output.next()).await.unwrap(), None);
    let asked = format!("id={}&width=100&height=30&command=top+-d+1", query.id);
    assert_eq!(lines.recv().await.unwrap(), asked);
    assert_eq!(lines.recv().await.unwrap(), "{\"data\":\"ls\\n\"}\n");
}

#[tokio::test]
async fn refusal_of_an_open_call_is_an_ordinary_one() {
    let w = world();
    let _agent = w
        .fake(handler(|_| async {
            FakeAnswer::refused(Code::Unavailable, "too many terminals")
        }))
        .await;
    let opened = in_time(w.client().pty(&CallContext::default(), &query(&w))).await;
    assert_eq!(opened.unwrap_err().code(), Some(Code::Unavailable));
}

#[tokio::test]
async fn dead_link_ends_its_open_calls_with_an_error() {
    let w = world();
    let tasks = w.tasks.clone();
    let agent = w
        .fake(handler(move |call| {
            let stream = call.stream.expect("stays open");
            tasks.spawn(
                "holds",
                async move { while stream.next().await.is_some() {} },
            );
            async { FakeAnswer::json(&json!({})) }
        }))
        .await;
    let (input, mut output) = in_time(w.client().git_watch(&CallContext::default()))
        .await
        .unwrap();
    agent.break_link();
    let ended = in_time(output.next()).await;
    assert!(matches!(ended, Err(Error::AgentDisconnected)), "{ended:?}");
    // The input notices as well, though what was on its way then is lost.
    in_time(async {
        while input.send(&GitRequest::Refresh).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn dropping_both_ends_tells_the_agent() {
    let w = world();
    let (ended, mut gone) = tokio::sync::mpsc::unbounded_channel();
    let tasks = w.tasks.clone();
    let _agent = w
        .fake(handler(move |call| {
            let (stream, ended) = (call.stream.expect("stays open"), ended.clone());
            tasks.spawn("holds", async move {
                while stream.next().await.is_some() {}
                ended.send(()).unwrap();
            });
            async { FakeAnswer::json(&json!({})) }
        }))
        .await;
    let opened = in_time(w.client().pty(&CallContext::default(), &query(&w))).await;
    drop(opened.unwrap());
    in_time(gone.recv()).await.unwrap();
}

#[tokio::test]
async fn changes_are_read_line_by_line_and_unknown_lines_are_skipped() {
    let w = world();
    let tasks = w.tasks.clone();
    let _agent = w
        .fake(handler(move |call| {
            let stream = call.stream.expect("stays open");
            tasks.spawn("tells", async move {
                stream.send("{\"type\":\"later\"}\n{\"type\":\"chan").await;
                stream
                    .send("ges\",\"repositories\":[{\"repo_root\":\"/a\"}]}\n")
                    .await;
                stream.send("not json\n").await;
                stream.next().await;
            });
            async { FakeAnswer::json(&json!({})) }
        }))
        .await;
    let (_input, mut output) = in_time(w.client().git_watch(&CallContext::default()))
        .await
        .unwrap();
    let changes = in_time(output.next()).await.unwrap().unwrap();
    assert_eq!(changes.repositories[0].repo_root, "/a");
    let broken = in_time(output.next()).await;
    assert!(
        matches!(broken, Err(Error::Unreadable { .. })),
        "{broken:?}"
    );
}
