use std::time::Duration;

use muster_agent_link::fake::FakeAnswer;
use muster_agent_link::wire::{self, CloseCode, Code, ProcessList, ReadFile, Signal};
use muster_agent_link::{CallContext, Closed, DialAdvice, Dialer, Error, LinkEvent};
use muster_base::{ChatId, EffectId, limits};
use serde_json::json;

use crate::world::{handler, in_time, silent, world};

#[tokio::test]
async fn call_carries_chat_ancestors_and_effect() {
    let w = world();
    let agent = w.fake(handler(|_| async {
        FakeAnswer::json(&json!({ "success": true, "message": "sent" }))
    }));
    let agent = agent.await;
    let (chat, parent) = (ChatId::new(&w.mock.clock()), ChatId::new(&w.mock.clock()));
    let context = CallContext {
        chat_id: Some(chat),
        ancestor_chat_ids: vec![parent],
        ..w.effect()
    };
    let process = EffectId::new(&w.mock.clock());
    in_time(w.client().signal(&context, process, Signal::Terminate))
        .await
        .unwrap();
    let calls = agent.calls();
    let call = calls.first().unwrap();
    assert_eq!(call.path, format!("process/{process}/signal"));
    assert_eq!(call.json(), json!({ "signal": "terminate" }));
    assert_eq!(call.headers[wire::HEADER_CHAT], chat.to_string());
    assert_eq!(
        call.headers[wire::HEADER_ANCESTORS],
        format!("[\"{parent}\"]")
    );
    assert_eq!(call.effect_id(), context.effect.map(|effect| effect.id));
    assert_eq!(call.headers[wire::HEADER_EFFECT_HASH], "hash");
}

#[tokio::test]
async fn dead_link_fails_its_calls_at_once() {
    let w = world();
    let (started, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let agent = w.fake(handler(move |_| {
        let started = started.clone();
        async move {
            started.send(()).unwrap();
            std::future::pending().await
        }
    }));
    let agent = agent.await;
    let client = w.client();
    // No effect id and not a read: it must not be sent again.
    let context = CallContext::default();
    let call = client.signal(&context, EffectId::NIL, Signal::Kill);
    let breaks = async {
        begun.recv().await;
        agent.break_link();
    };
    let (result, ()) = in_time(async { tokio::join!(call, breaks) }).await;
    assert!(matches!(result.unwrap_err(), Error::AgentDisconnected));
    assert!(w.registry.connections().is_empty() || !client.is_alive());
}

#[tokio::test]
async fn read_is_sent_again_on_the_next_link() {
    let w = world();
    let first = w.fake(silent()).await;
    let client = w.client();
    let context = CallContext::default();
    let call = client.process_list(&context);
    let replaced = async {
        first.break_link();
        w.fake(handler(|_| async {
            FakeAnswer::json(&ProcessList::default())
        }))
        .await
    };
    let (list, second) = in_time(async { tokio::join!(call, replaced) }).await;
    assert_eq!(list.unwrap(), ProcessList::default());
    assert_eq!(second.calls().len(), 1);
}

#[tokio::test]
async fn newest_link_wins_and_the_older_hears_why() {
    let w = world();
    let mut events = w.registry.subscribe();
    let first = w.fake(silent()).await;
    let second = w.fake(silent()).await;
    assert_eq!(w.client().connection_id(), second.connection_id());
    let reason = in_time(async {
        loop {
            if let LinkEvent::Closed {
                connection_id,
                reason,
                ..
            } = events.recv().await.unwrap()
            {
                assert_eq!(connection_id, first.connection_id());
                return reason;
            }
        }
    });
    assert_eq!(reason.await, Closed::Replaced);
    assert_eq!(first.closed(), Some(CloseCode::Replaced));
    assert!(w.client().is_alive());
}

#[tokio::test]
async fn call_ends_at_its_deadline() {
    let w = world();
    let _agent = w.fake(silent()).await;
    let client = w.client();
    let context = CallContext::within(Duration::from_secs(3));
    let call = client.process_list(&context);
    let (result, ()) = in_time(async { tokio::join!(call, w.mock.fire("link.call")) }).await;
    assert!(matches!(
        result.unwrap_err(),
        Error::Deadline {
            call: "process/list"
        }
    ));
    assert!(client.is_alive());
}

#[tokio::test]
async fn refusal_keeps_the_agents_code_and_sentence() {
    let w = world();
    let _agent = w
        .fake(handler(|_| async {
            FakeAnswer::refused(Code::EffectConflict, "used")
        }))
        .await;
    let call = w.client().write_file(&w.effect(), "/f", "x".into()).await;
    let error = call.unwrap_err();
    assert_eq!(error.code(), Some(Code::EffectConflict));
    assert_eq!(error.to_string(), "used");
}

#[tokio::test]
async fn large_bodies_pass_in_both_directions() {
    let w = world();
    let echo = |call: muster_agent_link::fake::FakeCall| async move {
        match call.method {
            http::Method::POST => {
                FakeAnswer::json(&json!({ "ok": true, "bytes": call.body.len() }))
            }
            _ => FakeAnswer::file("text/plain", vec![7; 8 * 1024 * 1024 + 1]),
        }
    };
    let _agent = w.fake(handler(echo)).await;
    let content = bytes::Bytes::from(vec![1; 9 * 1024 * 1024]);
    let written = in_time(w.client().write_file(&w.effect(), "/big", content)).await;
    assert_eq!(written.unwrap().bytes, 9 * 1024 * 1024);
    let query = ReadFile {
        path: "/big".to_owned(),
        ..ReadFile::default()
    };
    let client = w.client();
    let read = in_time(client.read_file(&CallContext::default(), &query)).await;
    assert_eq!(read.unwrap().bytes.len(), 8 * 1024 * 1024 + 1);
}

#[tokio::test]
async fn drained_server_says_goodbye() {
    let w = world();
    let agent = w.fake(silent()).await;
    in_time(w.tasks.shutdown()).await;
    assert_eq!(agent.closed(), Some(CloseCode::ShuttingDown));
}

#[tokio::test]
async fn dead_token_closes_the_link() {
    let w = world();
    let agent = w.fake(silent()).await;
    let client = w.client();
    w.registry.close(w.agent_id, Closed::TokenDead);
    let gone = async {
        while client.is_alive() {
            tokio::task::yield_now().await;
        }
    };
    in_time(gone).await;
    assert_eq!(agent.closed(), Some(CloseCode::TokenDead));
}

#[tokio::test]
async fn dial_waits_for_a_link_until_its_deadline() {
    let w = world();
    let dialer = Dialer::new(w.registry.clone());
    let dial = dialer.dial(w.agent_id, limits::AGENT_CALL_DEFAULT);
    let (dialled, _agent) = in_time(async { tokio::join!(dial, w.fake(silent())) }).await;
    assert_eq!(dialled.unwrap().agent_id(), w.agent_id);

    let nobody = muster_base::AgentId::new(&w.mock.clock());
    let dial = dialer.dial(nobody, Duration::from_secs(5));
    let (dialled, ()) = in_time(async { tokio::join!(dial, w.mock.fire("dial.deadline")) }).await;
    assert!(matches!(dialled.unwrap_err(), Error::NotConnected { .. }));
}

#[tokio::test]
async fn dial_gives_up_when_the_row_says_so() {
    let w = world();
    let dialer = Dialer::new(w.registry.clone()).with_row_poll(std::sync::Arc::new(|_agent| {
        Box::pin(async { DialAdvice::GiveUp("the workspace was stopped".to_owned()) })
    }));
    let dialled = in_time(dialer.dial(w.agent_id, Duration::from_secs(60))).await;
    let Err(Error::GaveUp { reason }) = dialled else {
        panic!("{dialled:?}");
    };
    assert_eq!(reason, "the workspace was stopped");
}

#[tokio::test]
async fn missed_pong_closes_the_link() {
    let w = world();
    let agent = w.fake(silent()).await;
    let client = w.client();
    agent.stop_answering();
    in_time(w.mock.fire("link.ping")).await;
    in_time(w.mock.fire("link.call")).await;
    in_time(async {
        while client.is_alive() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(w.registry.client(w.agent_id).is_none());
}
