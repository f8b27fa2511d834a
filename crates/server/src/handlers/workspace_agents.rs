//! Routes for workspace agents. They have their own tokens, never a person's.

use std::io;

use axum::Json;
use axum::extract::ws::{Message, WebSocket};
use axum::extract::{FromRequestParts, State};
use axum::response::Response;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::request::Parts;
use muster_agent_link::ByteStream;
use muster_agent_link::wire::{API_VERSION, SUBPROTOCOL};
use muster_api as api;
use muster_base::{AgentId, ConnectionId, Secret, limits};
use muster_rbac::{Actor, Purpose};
use muster_workspaces::AuthError;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::middleware::header_token;
use crate::error::{Error, Result};
use crate::extract::Query;
use crate::socket::Upgrade;

/// An agent whose token is valid now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AgentCaller(AgentId);

impl FromRequestParts<App> for AgentCaller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let token = header_token(&parts.headers).ok_or_else(Error::signed_out)?;
        let token = Secret::new(token.to_owned());
        match app.workspaces.authenticate_agent(&token).await {
            Ok(agent) => Ok(Self(agent)),
            Err(AuthError::Invalid) => Err(Error::signed_out()),
            // The agent tries again; a 401 would end it (F53).
            Err(AuthError::Backend(error)) => Err(Error::authentication_failed(error)),
        }
    }
}

/// Which protocol the agent speaks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RpcQuery {
    /// `major.minor`
    version: Option<String>,
}

/// The link of an agent on another machine.
#[utoipa::path(get, path = "/workspaceagents/me/rpc", tag = "workspaces", params(RpcQuery),
    responses(
        (status = 101),
        (status = 400, body = api::ErrorBody, description = "another major version"),
        (status = 401, body = api::ErrorBody, description = "the token is dead"),
    ))]
pub(crate) async fn rpc(
    State(app): State<App>,
    agent: AgentCaller,
    Query(query): Query<RpcQuery>,
    Upgrade(upgrade): Upgrade,
) -> Result<Response> {
    check_version(query.version.as_deref().unwrap_or(API_VERSION))?;
    let upgrade = upgrade
        .protocols([SUBPROTOCOL])
        .read_buffer_size(limits::LINK_READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_message_size(limits::LINK_MESSAGE_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let tasks = app.tasks.clone();
        let serving = async move {
            let connection = ConnectionId::new(&app.clock);
            let drain = app.tasks.drain().clone();
            let stream = byte_stream(socket);
            app.links.serve(agent.0, connection, stream, drain).await
        };
        drop(tasks.spawn("socket.agent", serving).await);
    }))
}

fn check_version(version: &str) -> Result<()> {
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    if major(version) == major(API_VERSION) {
        return Ok(());
    }
    let detail = format!("the agent speaks {version}, this server speaks {API_VERSION}");
    Err(Error::invalid("version", detail))
}

/// Binary messages as one stream of bytes; their borders carry no meaning.
fn byte_stream(socket: WebSocket) -> ByteStream {
    let (sink, stream) = socket.split();
    let incoming = stream.filter_map(async |message| match message {
        Ok(Message::Binary(bytes)) => Some(Ok(bytes)),
        Ok(Message::Text(_)) => Some(Err(io::ErrorKind::InvalidData.into())),
        Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_)) => None,
        Err(error) => Some(Err(io::Error::other(error))),
    });
    let outgoing = sink
        .sink_map_err(io::Error::other)
        .with(async |bytes: Bytes| Ok::<_, io::Error>(Message::Binary(bytes)));
    ByteStream::from_messages(Box::pin(incoming), Box::pin(outgoing))
}

/// What an agent needs to know about its workspace.
#[utoipa::path(get, path = "/workspaceagents/me/manifest", tag = "workspaces",
    responses((status = 200, body = api::AgentManifest), (status = 401, body = api::ErrorBody)))]
pub(crate) async fn manifest(
    State(app): State<App>,
    agent: AgentCaller,
) -> Result<Json<api::AgentManifest>> {
    let actor = Actor::system(Purpose::Agent);
    let (agent, workspace) = app.store.get_agent_workspace(&actor, agent.0).await?;
    let (owner, _) = app.store.get_user(&actor, workspace.owner_id).await?;
    Ok(Json(api::AgentManifest {
        agent_id: agent.id.0,
        agent_name: agent.name,
        workspace_id: workspace.id.0,
        workspace_name: workspace.name,
        owner_id: owner.id.0,
        owner_username: owner.username,
        directory: agent.directory,
        environment_variables: agent.environment_variables,
    }))
}
