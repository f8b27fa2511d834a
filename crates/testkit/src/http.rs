//! A plain client of the HTTP API: JSON in, JSON out, no knowledge of our types.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::StreamExt;
use muster_base::{Clock, Secret};
use reqwest::Method;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

const REQUEST_LIMIT: Duration = Duration::from_secs(60);
const TOKEN_HEADER: &str = "Coder-Session-Token";

/// A server's address and a token.
#[derive(Clone, Debug)]
pub struct Client {
    base: String,
    token: Option<Secret>,
    unlimited: bool,
    http: reqwest::Client,
}

/// A WebSocket of JSON text frames.
#[derive(Debug)]
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    /// A client of the server at `base`, such as `http://127.0.0.1:7080`.
    ///
    /// # Errors
    /// When no transport can be made.
    pub fn new(base: &str, token: Option<Secret>) -> Result<Self> {
        // A second installation in one process is refused; the first one serves.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(REQUEST_LIMIT)
            .build()?;
        Ok(Self {
            base: base.to_owned(),
            token,
            unlimited: false,
            http,
        })
    }

    /// The same client without the server's rate limits, which an owner may lift.
    #[must_use]
    pub fn unlimited(&self) -> Self {
        Self {
            unlimited: true,
            ..self.clone()
        }
    }

    /// Sends a request; gives status and body (`null` when it is empty).
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value)> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header(TOKEN_HEADER, token.expose());
        }
        if self.unlimited {
            request = request.header("X-Coder-Bypass-Ratelimit", "true");
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.with_context(|| path.to_owned())?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await?;
        Ok((
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        ))
    }

    /// GET that must succeed.
    ///
    /// # Errors
    /// Any answer but a success.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.expect(Method::GET, path, None).await
    }

    /// POST that must succeed.
    ///
    /// # Errors
    /// Any answer but a success.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.expect(Method::POST, path, Some(body)).await
    }

    /// A page of text.
    ///
    /// # Errors
    /// Any answer but a success.
    pub async fn text(&self, path: &str) -> Result<String> {
        let mut request = self.http.get(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header(TOKEN_HEADER, token.expose());
        }
        let response = request.send().await?.error_for_status()?;
        Ok(response.text().await?)
    }

    /// Uploads a file to be named by a message.
    ///
    /// # Errors
    /// Any answer but a success.
    pub async fn upload(&self, media_type: &str, bytes: &[u8]) -> Result<Value> {
        let url = format!("{}/api/v2/chats/files", self.base);
        let mut request = self.http.post(url).header("Content-Type", media_type);
        if let Some(token) = &self.token {
            request = request.header(TOKEN_HEADER, token.expose());
        }
        let response = request.body(bytes.to_vec()).send().await?;
        let response = response.error_for_status()?;
        Ok(serde_json::from_slice(&response.bytes().await?)?)
    }

    async fn expect(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let (status, answer) = self.send(method, path, body).await?;
        if (200..300).contains(&status) {
            Ok(answer)
        } else {
            bail!("{path}: {status} {answer}")
        }
    }

    /// Opens a WebSocket.
    ///
    /// # Errors
    /// When the upgrade is refused.
    pub async fn socket(&self, path: &str) -> Result<Socket> {
        let url = format!("{}{path}", self.base.replacen("http", "ws", 1));
        let clock = Clock::system();
        let mut request = url.into_client_request()?;
        if let Some(token) = &self.token {
            request
                .headers_mut()
                .insert(TOKEN_HEADER, token.expose().parse()?);
        }
        let opened = Box::pin(tokio_tungstenite::connect_async(request));
        let opened = clock.timeout("testkit.socket", REQUEST_LIMIT, opened).await;
        Ok(Socket(opened.with_context(|| path.to_owned())??.0))
    }
}

impl Socket {
    /// The next text frame as JSON; `None` when the socket has closed.
    ///
    /// # Errors
    /// When the connection breaks, or not even a ping comes.
    pub async fn next(&mut self) -> Result<Option<Value>> {
        let clock = Clock::system();
        let next = self.next_text();
        clock.timeout("testkit.frame", REQUEST_LIMIT, next).await?
    }

    async fn next_text(&mut self) -> Result<Option<Value>> {
        while let Some(message) = self.0.next().await {
            match message? {
                Message::Text(text) => return Ok(Some(serde_json::from_str(&text)?)),
                Message::Close(_) => return Ok(None),
                Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
        Ok(None)
    }
}
