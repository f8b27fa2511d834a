//! The command line's client of our own API.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::StreamExt;
use muster_api::{ErrorBody, Frame};
use muster_base::Secret;
use reqwest::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, http::HeaderValue};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use url::Url;

/// Requests that are not streams end by then.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);

/// Header that carries our token.
const TOKEN_HEADER: &str = "Coder-Session-Token";

/// A server and a token for it.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    base: Url,
    token: Option<Secret>,
    http: reqwest::Client,
}

/// A chat's live events.
pub(crate) struct ChatStream(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    pub(crate) fn new(base: Url, token: Option<Secret>) -> Result<Self> {
        let http = reqwest::Client::builder().timeout(REQUEST_LIMIT).build()?;
        Ok(Self { base, token, http })
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.json(self.request(Method::GET, path)?).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T> {
        self.json(self.request(Method::POST, path)?.json(body))
            .await
    }

    pub(crate) async fn patch<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T> {
        self.json(self.request(Method::PATCH, path)?.json(body))
            .await
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder> {
        let request = self.http.request(method, self.base.join(path)?);
        Ok(match &self.token {
            Some(token) => request.header(TOKEN_HEADER, token.expose()),
            None => request,
        })
    }

    async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T> {
        let response = request
            .send()
            .await
            .with_context(|| format!("no answer from {}", self.base))?;
        let response = checked(response).await?;
        response
            .json()
            .await
            .context("the server's answer is not what this version expects")
    }

    /// Opens the live stream of a chat; messages up to `after` are left out.
    pub(crate) async fn chat_stream(&self, chat: &str, after: i64) -> Result<ChatStream> {
        let path = format!("/api/v2/chats/{chat}/stream?after_id={after}");
        let mut url = self.base.join(&path)?;
        let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
        if url.set_scheme(scheme).is_err() {
            bail!("{url} is no address of a server");
        }
        let mut request = url.as_str().into_client_request()?;
        if let Some(token) = &self.token {
            request
                .headers_mut()
                .insert(TOKEN_HEADER, HeaderValue::from_str(token.expose())?);
        }
        let (socket, _) = tokio_tungstenite::connect_async(request).await?;
        Ok(ChatStream(socket))
    }
}

/// Turns a refusal into its own words.
async fn checked(response: Response) -> Result<Response> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let body: ErrorBody = match response.json().await {
        Ok(body) => body,
        Err(_) => bail!("the server answered {status}"),
    };
    let fields = body
        .validations
        .iter()
        .map(|v| format!("\n  {}: {}", v.field, v.detail));
    bail!("{}{}", body.message, fields.collect::<String>())
}

impl ChatStream {
    /// The next frame; `None` when the server closed the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<Frame>> {
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
