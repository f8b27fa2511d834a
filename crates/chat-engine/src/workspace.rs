//! What the engine needs of workspaces; a seam, so that tests bring an agent of their own.

use std::time::Duration;

use async_trait::async_trait;
use muster_rbac::Actor;
use muster_workspaces::{
    ChatBinding, ChatDoor, ChatError, ConnectError, Connection, CreateForChat, CreateResult,
    ListTemplates, ReadTemplate, StartForChat, StartResult, Workspaces,
};

/// Links to agents, and the tools that manage workspaces.
#[async_trait]
pub trait WorkspaceAccess: Send + Sync {
    /// A link to the chat's agent, found or awaited.
    async fn connect(
        &self,
        binding: ChatBinding,
        deadline: Duration,
    ) -> Result<Connection, ConnectError>;

    /// The templates that a chat of this owner may use.
    async fn list_templates(
        &self,
        owner: &Actor,
        query: Option<&str>,
    ) -> Result<ListTemplates, ChatError>;

    /// One template with its parameters.
    async fn read_template(&self, owner: &Actor, id: &str) -> Result<ReadTemplate, ChatError>;

    /// Creates the chat's workspace, or gives the one it has.
    async fn create(
        &self,
        owner: &Actor,
        door: &dyn ChatDoor,
        request: CreateForChat,
    ) -> Result<CreateResult, ChatError>;

    /// Brings the chat's workspace up.
    async fn start(
        &self,
        owner: &Actor,
        door: &dyn ChatDoor,
        request: StartForChat,
    ) -> Result<StartResult, ChatError>;
}

#[async_trait]
impl WorkspaceAccess for Workspaces {
    async fn connect(
        &self,
        binding: ChatBinding,
        deadline: Duration,
    ) -> Result<Connection, ConnectError> {
        Self::connect(self, binding, deadline).await
    }

    async fn list_templates(
        &self,
        owner: &Actor,
        query: Option<&str>,
    ) -> Result<ListTemplates, ChatError> {
        Self::list_templates(self, owner, query).await
    }

    async fn read_template(&self, owner: &Actor, id: &str) -> Result<ReadTemplate, ChatError> {
        Self::read_template(self, owner, id).await
    }

    async fn create(
        &self,
        owner: &Actor,
        door: &dyn ChatDoor,
        request: CreateForChat,
    ) -> Result<CreateResult, ChatError> {
        self.create_for_chat(owner, door, request).await
    }

    async fn start(
        &self,
        owner: &Actor,
        door: &dyn ChatDoor,
        request: StartForChat,
    ) -> Result<StartResult, ChatError> {
        self.start_for_chat(owner, door, request).await
    }
}
