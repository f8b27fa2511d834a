use std::io;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::HeaderValue;
use muster_agent::{Endpoint, ExitReason, run};
use muster_agent_link::ByteStream;
use muster_base::{ConnectionId, Micros, MockClock, Secret};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use crate::world::{TOKEN, World, in_time, world};

#[tokio::test]
async fn agent_with_a_dead_token_ends_with_its_own_reason() {
    let w = world().await;
    let mut options = w.options();
    options.token = Secret::new("old".to_owned());
    let reason = in_time(w.run_agent(options)).await.unwrap().unwrap();
    assert!(matches!(reason, ExitReason::TokenDead));
    w.end().await;
}

#[tokio::test]
async fn agent_whose_token_dies_later_ends_as_well() {
    let w = world().await;
    let agent = w.run_agent(w.options());
    w.linked(None).await;
    w.registry
        .close(w.agent_id, muster_agent_link::Closed::TokenDead);
    let reason = in_time(agent).await.unwrap().unwrap();
    assert!(matches!(reason, ExitReason::TokenDead));
    w.end().await;
}

#[tokio::test]
async fn second_agent_on_one_state_folder_waits_and_then_gives_up() {
    let w = world().await;
    w.agent().await;
    let mock = MockClock::new(Micros(1_700_000_000_000_000));
    let second = run(w.options(), mock.clock(), w.tasks.drain().clone());
    let time = async {
        loop {
            mock.fire("agent.lock").await;
        }
    };
    let reason = in_time(async {
        tokio::select! {
            reason = second => reason,
            () = time => panic!("time never ends"),
        }
    });
    assert!(matches!(Box::pin(reason).await, ExitReason::Failed(_)));
    w.end().await;
}

/// Accepts one WebSocket as the server's route would.
async fn accept(w: &World, listener: tokio::net::TcpListener) {
    let (stream, _) = listener.accept().await.unwrap();
    stream.set_nodelay(true).unwrap();
    #[expect(clippy::result_large_err, reason = "the library's callback")]
    let check = |request: &Request, mut response: Response| {
        assert_eq!(request.uri(), "/api/v2/workspaceagents/me/rpc?version=1.0");
        assert_eq!(request.headers()["coder-session-token"], TOKEN);
        let protocol = HeaderValue::from_static("muster.agent.v1");
        assert_eq!(request.headers()["sec-websocket-protocol"], protocol);
        response
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        Ok(response)
    };
    let socket = tokio_tungstenite::accept_hdr_async(stream, check)
        .await
        .unwrap();
    let (outgoing, incoming) = socket.split();
    let incoming = incoming.filter_map(|message| {
        std::future::ready(match message {
            Ok(Message::Binary(bytes)) => Some(Ok(bytes)),
            Ok(_) => None,
            Err(error) => Some(Err(io::Error::other(error))),
        })
    });
    let outgoing = outgoing
        .sink_map_err(io::Error::other)
        .with(|bytes: Bytes| std::future::ready(Ok::<_, io::Error>(Message::Binary(bytes))));
    let stream = ByteStream::from_messages(incoming, outgoing);
    let connection_id = ConnectionId::new(&w.clock);
    let drain = w.tasks.drain().clone();
    w.registry
        .serve(w.agent_id, connection_id, stream, drain)
        .await;
}

#[tokio::test]
async fn link_over_a_websocket_carries_calls() {
    let w = world().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut options = w.options();
    options.endpoint = Endpoint::Url(format!("http://{}", listener.local_addr().unwrap()));
    let agent = w.run_agent(options);
    let calls = async {
        let client = w.linked(None).await;
        let output = w.execute(&client, "echo over the wire").await;
        assert_eq!(output.output, "over the wire\n");
        let big = Bytes::from(vec![3; 3 * 1024 * 1024]);
        in_time(client.write_file(&w.effect(), &w.file("big"), big))
            .await
            .unwrap();
        w.tasks.drain().cancel();
    };
    in_time(async { tokio::join!(accept(&w, listener), calls) }).await;
    assert!(matches!(
        in_time(agent).await.unwrap().unwrap(),
        ExitReason::Drained
    ));
    w.end().await;
}
