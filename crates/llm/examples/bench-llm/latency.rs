//! What the crate adds to the time until the first words are there.

use std::time::Duration;

use futures_util::StreamExt;
use muster_base::{Clock, Secret, TaskSet};
use muster_llm::{
    LanguageModel, Message, Part, ProviderConfig, ProviderKind, Request, Role, StreamEvent,
};
use muster_scripted_llm::{Options, Script, ScriptedModel, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const SCRIPT: &str = r#"
name = "words"
pace = { chunk_chars = 12 }
[[on]]
else = true
reply.text = "I will look at the tests first."
"#;

/// Asks both ways in turn, so that both meet the same disturbances.
pub(crate) async fn measure(rounds: usize) -> String {
    let tasks = TaskSet::new();
    let clock = Clock::system();
    let script = Script::parse(SCRIPT).expect("a good script");
    let model = ScriptedModel::new(Options::new(script, clock.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let _serving = tasks.spawn("scripted", serve(model, listener, tasks.drain().clone()));
    let config = ProviderConfig {
        kind: ProviderKind::Anthropic,
        base_url: Some(format!("http://{address}")),
        api_key: Some(Secret::new("none".to_owned())),
        region: None,
    };
    let client = config.connect(&clock).expect("a client");
    let mut socket = TcpStream::connect(&address).await.expect("a connection");
    socket.set_nodelay(true).expect("a socket option");
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for round in 0..rounds + rounds / 10 {
        let (one, other) = (
            first_bytes(&mut socket, &clock).await,
            first_words(&*client, &clock).await,
        );
        // The first rounds warm everything up.
        if round >= rounds / 10 {
            bare.push(one);
            ours.push(other);
        }
    }
    let line = |name: &str, share: usize| {
        let (bare, ours) = (
            percentile(&mut bare.clone(), share),
            percentile(&mut ours.clone(), share),
        );
        let added = ours.saturating_sub(bare);
        format!(
            "first text {name}: bare {bare:.0?}, through the crate {ours:.0?}, added {added:.0?}"
        )
    };
    format!("{}\n{}", line("p50", 50), line("p99", 99))
}

fn percentile(times: &mut [Duration], share: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * share / 100).min(times.len() - 1)]
}

async fn first_words(client: &dyn LanguageModel, clock: &Clock) -> Duration {
    let request = Request {
        model: "scripted".to_owned(),
        messages: vec![Message::new(Role::User, vec![Part::text("Hi")])],
        ..Request::default()
    };
    let stopwatch = clock.stopwatch();
    let mut events = client.stream(request);
    let mut first = None;
    while let Some(event) = events.next().await {
        if let StreamEvent::TextDelta { .. } = event.expect("a good answer") {
            first.get_or_insert_with(|| stopwatch.elapsed());
        }
    }
    first.expect("the answer has a text")
}

/// The same request over a socket that is kept open; the rest of the answer is read too.
async fn first_bytes(socket: &mut TcpStream, clock: &Clock) -> Duration {
    let body = r#"{"max_tokens":32000,"messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}],"model":"scripted","stream":true}"#;
    let request = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: scripted\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let stopwatch = clock.stopwatch();
    socket
        .write_all(request.as_bytes())
        .await
        .expect("a server that listens");
    let (mut answer, mut buffer, mut first) = (Vec::new(), vec![0; 16 * 1024], None);
    while !answer.ends_with(b"0\r\n\r\n") {
        let count = socket.read(&mut buffer).await.expect("an answer");
        assert!(count > 0, "the server left");
        answer.extend_from_slice(&buffer[..count]);
        if first.is_none() && memchr::memmem::find(&answer, b"text_delta").is_some() {
            first = Some(stopwatch.elapsed());
        }
    }
    first.expect("the answer has a text")
}
