//! A real server on a port of its own, with a database of its own.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use muster_base::{Clock, MockClock, OrganizationId, Secret, Stopwatch, TaskSet, UserId};
pub(crate) use muster_base::{PATIENCE, in_time};
use muster_rbac::{Actor, Purpose, Role};
use muster_scripted_llm::{Script, ScriptedModel};
use muster_server::{Config, Handle, Options, Server, Settings};
use muster_store::api_keys::NewApiKey;
use muster_store::users::{LoginType, NewUser, UserStatus};
use muster_store::{Faults, Store};
use muster_testkit::db::{self, Database};
use muster_workspaces::provisioner::Driver;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// One running server. End it with [`Harness::end`], which checks that nothing is left.
pub(crate) struct Harness {
    pub(crate) handle: Handle,
    pub(crate) faults: Faults,
    http: reqwest::Client,
    model: TaskSet,
    _database: Database,
    ended: bool,
}

/// Somebody with a token.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) token: String,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// Fails the test unless the status is the expected one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }

    /// The fields that were refused.
    pub(crate) fn fields(&self) -> Vec<&str> {
        let fields = self.body["validations"].as_array().into_iter().flatten();
        fields.filter_map(|one| one["field"].as_str()).collect()
    }
}

impl Harness {
    pub(crate) async fn start() -> Self {
        Self::with(Clock::system(), Settings::default()).await
    }

    pub(crate) async fn with_clock(clock: &MockClock) -> Self {
        Self::with(clock.clock(), Settings::default()).await
    }

    pub(crate) async fn with(clock: Clock, settings: Settings) -> Self {
        Self::with_drivers(clock, settings, Vec::new()).await
    }

    pub(crate) async fn with_drivers(
        clock: Clock,
        settings: Settings,
        drivers: Vec<Driver>,
    ) -> Self {
        Self::tuned(clock, settings, |options| {
            options.drivers = Box::new(|_, _| drivers);
        })
        .await
    }

    /// A server some of whose options the test sets itself.
    pub(crate) async fn tuned(
        clock: Clock,
        settings: Settings,
        tune: impl FnOnce(&mut Options),
    ) -> Self {
        let database = db::fresh().await;
        let faults = Faults::default();
        let mut store_options = database.options(&clock);
        store_options.faults = Some(faults.clone());
        let store = database.open(store_options).await;
        let mut config: Config = settings.into_config("/nonexistent".into()).unwrap();
        // Whatever runs on this machine is none of a test's business.
        config.local_models.clear();
        let mut options = Options::new(config, clock);
        options.store = Some(store);
        options.listener = Some(TcpListener::bind("127.0.0.1:0").await.unwrap());
        // No test leaves the machine: only an address of the test's own is really asked.
        options.prove = Some(Arc::new(|config, clock| {
            Box::pin(async move {
                match config.base_url {
                    Some(_) => config.prove(&clock).await,
                    None => Ok(()),
                }
            })
        }));
        options.metrics = Arc::new(|| "muster_up 1\n".to_owned());
        tune(&mut options);
        let handle = Server::start(options).await.unwrap();
        // A second installation in one process is refused; the first one serves.
        drop(rustls::crypto::ring::default_provider().install_default());
        Self {
            handle,
            faults,
            http: reqwest::Client::builder()
                .no_proxy()
                .timeout(PATIENCE)
                .build()
                .unwrap(),
            model: TaskSet::new(),
            _database: database,
            ended: false,
        }
    }

    /// Ends the server and checks that nothing of it is left.
    pub(crate) async fn end(mut self) {
        in_time(self.handle.shutdown()).await;
        in_time(self.model.shutdown()).await;
        self.ended = true;
        assert!(self.handle.is_idle(), "something is still running");
    }

    pub(crate) fn store(&self) -> &Store {
        self.handle.store()
    }

    pub(crate) fn organization(&self) -> OrganizationId {
        self.handle.organization_id()
    }

    /// A request without anything.
    pub(crate) fn call(&self, method: Method, path: &str) -> Call {
        // Not the access URL, which may be one that leads nowhere here.
        let url = format!("http://{}{path}", self.handle.address());
        Call(self.http.request(method, url))
    }

    pub(crate) async fn get(&self, person: &Person, path: &str) -> Answer {
        self.call(Method::GET, path).by(person).send().await
    }

    pub(crate) async fn post(&self, person: &Person, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path)
            .by(person)
            .json(&body)
            .send()
            .await
    }

    pub(crate) async fn patch(&self, person: &Person, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path)
            .by(person)
            .json(&body)
            .send()
            .await
    }

    pub(crate) async fn delete(&self, person: &Person, path: &str) -> Answer {
        self.call(Method::DELETE, path).by(person).send().await
    }

    /// Somebody with roles, put into the store directly: hashing passwords takes its time.
    pub(crate) async fn person(&self, name: &str, roles: &[Role]) -> Person {
        self.account(name, roles, UserStatus::Active).await
    }

    pub(crate) async fn account(&self, name: &str, roles: &[Role], status: UserStatus) -> Person {
        let id = UserId::new(self.store().clock());
        let user = NewUser {
            id,
            username: name.to_owned(),
            email: format!("{name}@example.com"),
            name: String::new(),
            hashed_password: None,
            status,
            roles: roles.to_vec(),
            login_type: LoginType::None,
        };
        let setup = Actor::system(Purpose::Setup);
        self.store().create_user(&setup, user).await.unwrap();
        let token = self.key(id, &["all"], Duration::from_secs(3600 * 24)).await;
        Person { id, token }
    }

    pub(crate) async fn owner(&self) -> Person {
        self.person("owner", &[Role::Owner, Role::AgentsAccess])
            .await
    }

    /// A session key of somebody.
    pub(crate) async fn key(&self, user: UserId, scopes: &[&str], life: Duration) -> String {
        let random = UserId::new(self.store().clock()).0.simple().to_string();
        let (secret, tail) = random.split_at(22);
        let key = NewApiKey {
            id: tail.to_owned(),
            hashed_secret: Sha256::digest(secret).to_vec(),
            user_id: user,
            login_type: "password",
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            token_name: None,
            lifetime: life,
            ip: String::new(),
        };
        let setup = Actor::system(Purpose::Setup);
        self.store().create_api_key(&setup, key).await.unwrap();
        format!("{tail}-{secret}")
    }

    /// Runs something beside the server until the end of the test.
    pub(crate) fn serve(
        &self,
        name: &'static str,
        serving: impl Future<Output = ()> + Send + 'static,
    ) {
        let drain = self.model.drain().clone();
        self.model.spawn(name, async move {
            drain.run_until_cancelled(serving).await;
        });
    }

    /// Serves a scripted model and makes it the default one.
    pub(crate) async fn model(&self, owner: &Person, script: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Script::parse(script).unwrap();
        let clock = Clock::system();
        let model = ScriptedModel::new(muster_scripted_llm::Options::new(script, clock));
        let drain = self.model.drain().clone();
        self.model
            .spawn("model", muster_scripted_llm::serve(model, listener, drain));
        let base_url = format!("http://{address}/v1");
        let provider = json!({"provider": "openai-compat", "base_url": base_url});
        self.post(owner, "/api/v2/chats/providers", provider)
            .await
            .expect(201);
        let config = json!({"provider": "openai-compat", "model": "m", "context_limit": 100_000});
        let config = self
            .post(owner, "/api/v2/chats/model-configs", config)
            .await
            .expect(201);
        config["id"].as_str().unwrap().to_owned()
    }

    /// Opens a WebSocket.
    pub(crate) async fn socket(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Socket, Answer> {
        let url = format!("ws://{}{path}", self.handle.address());
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            let name = HeaderName::from_static(name);
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        match in_time(tokio_tungstenite::connect_async(request)).await {
            Ok((stream, _)) => Ok(Socket {
                stream,
                path: path.to_owned(),
                news: Clock::system().stopwatch(),
            }),
            Err(tungstenite::Error::Http(response)) => {
                let (head, body) = response.into_parts();
                let body = serde_json::from_slice(&body.unwrap_or_default());
                Err(Answer {
                    status: head.status,
                    headers: head.headers,
                    body: body.unwrap_or_default(),
                })
            }
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) async fn socket_of(&self, person: &Person, path: &str) -> Socket {
        let header = ("coder-session-token", person.token.as_str());
        self.socket(path, &[header])
            .await
            .unwrap_or_else(|answer| panic!("{answer:?}"))
    }

    /// Follows a chat until its status is the wanted one; gives every event seen.
    pub(crate) async fn until(&self, person: &Person, chat: &str, status: &str) -> Vec<Value> {
        let mut socket = self
            .socket_of(person, &format!("/api/v2/chats/{chat}/stream"))
            .await;
        let mut seen = Vec::new();
        loop {
            let frame = socket.next().await.expect("the stream ended");
            for event in frame["data"].as_array().into_iter().flatten() {
                seen.push(event.clone());
                if event["status"]["status"] == status {
                    return seen;
                }
            }
        }
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        assert!(
            self.ended || std::thread::panicking(),
            "end the harness with `end`"
        );
    }
}

/// A request that is being written.
pub(crate) struct Call(reqwest::RequestBuilder);

impl Call {
    pub(crate) fn by(self, person: &Person) -> Self {
        self.header("coder-session-token", &person.token)
    }

    pub(crate) fn header(self, name: &'static str, value: &str) -> Self {
        Self(self.0.header(name, HeaderValue::from_str(value).unwrap()))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        Self(self.0.json(body))
    }

    pub(crate) fn body(self, body: impl Into<reqwest::Body>) -> Self {
        Self(self.0.body(body))
    }

    pub(crate) async fn send(self) -> Answer {
        let response = self.0.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer {
            status,
            headers,
            body,
        }
    }
}

/// A WebSocket, mostly of JSON frames.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    path: String,
    /// Since the last frame that was no ping.
    news: Stopwatch,
}

impl Socket {
    /// The next frame, or `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            match self.message().await? {
                Message::Text(text) => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    self.heard(frame["type"] != "ping");
                    return Some(frame);
                }
                Message::Close(_) => return None,
                Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {
                    self.heard(false);
                }
            }
        }
    }

    /// The next message, or `None` when the connection breaks.
    async fn message(&mut self) -> Option<Message> {
        let clock = Clock::system();
        let next = clock.timeout("test.frame", PATIENCE, self.stream.next());
        let next = next.await;
        let next = next.unwrap_or_else(|_| panic!("{}: nothing comes any more", self.path));
        next?.ok()
    }

    /// Pings go on for ever; a test does not wait as long.
    fn heard(&mut self, is_news: bool) {
        if is_news {
            self.news = Clock::system().stopwatch();
        }
        let silence = self.news.elapsed();
        assert!(silence < PATIENCE, "{}: nothing comes but pings", self.path);
    }
}

impl Socket {
    pub(crate) async fn send_text(&mut self, message: &Value) {
        let sent = self.stream.send(Message::Text(message.to_string().into()));
        sent.await.unwrap();
    }

    pub(crate) async fn send_bytes(&mut self, message: &Value) {
        let sent = self
            .stream
            .send(Message::Binary(message.to_string().into()));
        sent.await.unwrap();
    }

    /// The next binary message, or the code of the close.
    pub(crate) async fn next_bytes(&mut self) -> Result<bytes::Bytes, Option<u16>> {
        loop {
            match self.message().await {
                Some(Message::Binary(bytes)) => {
                    self.heard(true);
                    return Ok(bytes);
                }
                Some(Message::Close(frame)) => return Err(frame.map(|frame| frame.code.into())),
                Some(_) => self.heard(false),
                None => return Err(None),
            }
        }
    }
}

/// The login link's secret, out of the link.
pub(crate) fn link_secret(link: &Secret) -> String {
    let (_, secret) = link.expose().split_once("#secret=").unwrap();
    secret.to_owned()
}
