//! A provider made of one socket: it records the request and plays a script.

use futures_util::StreamExt;
pub(crate) use muster_base::in_time;
use muster_base::{Clock, Micros, MockClock, Secret, TaskSet};
use muster_llm::{
    Failure, Fold, LanguageModel, Message, Part, ProviderConfig, ProviderKind, Request, Response,
    Role,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What the server does after it has read a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Writes these bytes.
    Send(Vec<u8>),
    /// Reads another request on the same connection.
    Again,
    /// Waits until the client has gone, and tells the test.
    Hold,
    /// Resets the connection instead of closing it.
    Reset,
}

/// A running server.
pub(crate) struct Server {
    pub(crate) address: String,
    requests: mpsc::UnboundedReceiver<String>,
    gone: mpsc::UnboundedReceiver<()>,
    _tasks: TaskSet,
}

impl Server {
    /// Serves one script per connection, then refuses further ones by going away.
    pub(crate) async fn start(scripts: Vec<Vec<Act>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (seen, requests) = mpsc::unbounded_channel();
        let (left, gone) = mpsc::unbounded_channel();
        let tasks = TaskSet::new();
        let _serving = tasks.spawn("server", async move {
            for script in scripts {
                let (socket, _) = listener.accept().await.unwrap();
                play(socket, script, &seen, &left).await;
            }
        });
        Self {
            address,
            requests,
            gone,
            _tasks: tasks,
        }
    }

    /// The next request: head and body as text.
    pub(crate) async fn request(&mut self) -> String {
        in_time(self.requests.recv()).await.unwrap()
    }

    /// Waits until a client has dropped a held connection.
    pub(crate) async fn client_gone(&mut self) {
        in_time(self.gone.recv()).await.unwrap();
    }
}

async fn play(
    mut socket: TcpStream,
    script: Vec<Act>,
    seen: &mpsc::UnboundedSender<String>,
    left: &mpsc::UnboundedSender<()>,
) {
    let request = read_request(&mut socket).await;
    seen.send(request).unwrap();
    for act in script {
        match act {
            // The client may have heard enough and gone.
            Act::Send(bytes) => drop(socket.write_all(&bytes).await),
            Act::Again => seen.send(read_request(&mut socket).await).unwrap(),
            Act::Hold => {
                let mut byte = [0];
                while matches!(socket.read(&mut byte).await, Ok(1..)) {}
                let _listening = left.send(());
            }
            Act::Reset => socket.set_zero_linger().unwrap(),
        }
    }
}

async fn read_request(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return text.into_owned();
            }
        }
        let count = socket.read(&mut buffer).await.unwrap();
        assert!(count > 0, "the client left in the middle of its request");
        bytes.extend_from_slice(&buffer[..count]);
    }
}

/// An answer that ends when the connection does.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Act {
    let text = format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n{body}");
    Act::Send(text.into_bytes())
}

/// The head of a stream and its first bytes.
pub(crate) fn stream(body: &str) -> Act {
    answer("200 OK", "content-type: text/event-stream\r\n", body)
}

pub(crate) fn mock() -> MockClock {
    MockClock::new(Micros(1_772_357_400_000_000))
}

pub(crate) fn config(kind: ProviderKind, base_url: &str) -> ProviderConfig {
    ProviderConfig {
        kind,
        base_url: Some(base_url.to_owned()),
        api_key: Some(Secret::new("key-for-tests".to_owned())),
        region: None,
    }
}

pub(crate) fn request() -> Request {
    Request {
        model: "model-1".to_owned(),
        messages: vec![Message::new(Role::User, vec![Part::text("Hi")])],
        ..Request::default()
    }
}

/// Everything that a stream yields: the parts so far and how it ended.
pub(crate) async fn collect(
    model: &dyn LanguageModel,
    request: Request,
) -> (Vec<Part>, Result<(), Failure>) {
    let mut events = model.stream(request);
    let mut fold = Fold::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => fold.push(&event),
            Err(failure) => {
                assert!(events.next().await.is_none(), "a failure is the last item");
                return (fold.parts(), Err(failure));
            }
        }
    }
    assert!(
        fold.finish().is_some(),
        "a good stream ends with its finish"
    );
    (fold.parts(), Ok(()))
}

/// Asks a server that plays `script` once, on the real clock.
pub(crate) async fn ask(kind: ProviderKind, script: Vec<Act>) -> (Vec<Part>, Result<(), Failure>) {
    let server = Server::start(vec![script]).await;
    let model = config(kind, &server.address)
        .connect(&Clock::system())
        .unwrap();
    in_time(collect(&*model, request())).await
}

/// The whole answer of a server that plays `script` once.
pub(crate) async fn generate(kind: ProviderKind, script: Vec<Act>) -> Result<Response, Failure> {
    let server = Server::start(vec![script]).await;
    let model = config(kind, &server.address)
        .connect(&Clock::system())
        .unwrap();
    in_time(model.generate(request())).await
}
