//! A served model and a client for it.

use std::net::SocketAddr;

use muster_base::{Clock, PATIENCE, TaskSet};
use muster_scripted_llm::{Options, Script, ScriptedModel};
use serde_json::Value;
use tokio::net::TcpListener;

/// A served model and a client for it.
pub(crate) struct Fixture {
    pub(crate) model: ScriptedModel,
    address: SocketAddr,
    client: reqwest::Client,
    tasks: TaskSet,
}

impl Fixture {
    pub(crate) async fn new(rules: &str) -> Self {
        Self::with(rules, |_| {}).await
    }

    pub(crate) async fn with(rules: &str, change: impl FnOnce(&mut Options)) -> Self {
        // A second installation in the same process is refused, and that is fine.
        drop(rustls::crypto::ring::default_provider().install_default());
        let script = Script::parse(&format!("name = 'test'\n{rules}")).unwrap();
        let mut options = Options::new(script, Clock::system());
        change(&mut options);
        let model = ScriptedModel::new(options);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let tasks = TaskSet::new();
        let drain = tasks.drain().clone();
        tasks.spawn(
            "serve",
            muster_scripted_llm::serve(model.clone(), listener, drain),
        );
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
        Self {
            model,
            address,
            client: client.build().unwrap(),
            tasks,
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> reqwest::Response {
        let request = self
            .client
            .post(format!("http://{}{path}", self.address))
            .json(body);
        request.send().await.unwrap()
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("http://{}{path}", self.address);
        self.client.request(method.parse().unwrap(), url)
    }

    /// The body of a refused request.
    pub(crate) async fn refused(&self, path: &str, body: &Value) -> String {
        let response = self.post(path, body).await;
        assert_eq!(response.status(), 400);
        response.text().await.unwrap()
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.tasks.drain().cancel();
    }
}
