//! Tokens of workspace agents.

use std::sync::Arc;

use muster_agent_link::{Authenticate, Refusal};
use muster_base::{AgentId, Secret, WorkspaceId};
use muster_store::workspace_agents::{self, TokenOwner};
use muster_store::{self as store, Store};
use sha2::{Digest, Sha256};

use crate::Workspaces;

/// Why an agent's token was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Nobody's token, or its build is no longer the workspace's latest start: the agent ends.
    #[error("the agent's token is not valid")]
    Invalid,
    /// It could not be looked up: the agent tries again.
    #[error(transparent)]
    Backend(#[from] store::Error),
}

/// What is stored of a token.
pub(crate) fn hash(token: &Secret) -> Vec<u8> {
    Sha256::digest(token.expose().as_bytes()).to_vec()
}

async fn owner(store: &Store, token: &Secret) -> Result<TokenOwner, AuthError> {
    let hash = hash(token);
    let owner = store
        .read("workspace_agent.authenticate", move |tx| {
            let hash = hash.clone();
            Box::pin(async move { workspace_agents::get_by_token(tx, &hash).await })
        })
        .await;
    owner
        .map_err(AuthError::Backend)?
        .filter(|owner| owner.is_live)
        .ok_or(AuthError::Invalid)
}

/// Accepts the tokens of one workspace's agents: what the socket of that workspace asks.
#[must_use]
pub(crate) fn for_workspace(store: Store, workspace_id: WorkspaceId) -> Authenticate {
    Arc::new(move |token| {
        let store = store.clone();
        Box::pin(async move {
            match owner(&store, &token).await {
                Ok(owner) if owner.workspace_id == workspace_id => Ok(owner.agent_id),
                Ok(_) | Err(AuthError::Invalid) => Err(Refusal::TokenDead),
                Err(AuthError::Backend(error)) => {
                    tracing::warn!(workspace.id = %workspace_id, error = %error, "agent token look-up failed");
                    Err(Refusal::Unavailable)
                }
            }
        })
    })
}

impl Workspaces {
    /// Finds the agent that a token belongs to. The token is valid only while its build is
    /// the workspace's latest and a start.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] for a dead token, [`AuthError::Backend`] when the database failed.
    pub async fn authenticate_agent(&self, token: &Secret) -> Result<AgentId, AuthError> {
        Ok(owner(&self.0.store, token).await?.agent_id)
    }
}
