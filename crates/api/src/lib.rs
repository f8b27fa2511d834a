//! The wire: what clients send and receive, and nothing else.
//!
//! Types here have no behaviour beyond (de)serialising and checking their own form. Ids are
//! plain UUIDs or integers and times are RFC 3339, because this is where Muster's types meet
//! other people's. Conversions live in `server::views`.

mod accounts;
mod authcheck;
mod chat_config;
mod chats;
mod client_tools;
mod debug;
mod deployment;
mod error;
mod files;
mod groups;
mod invites;
mod messages;
mod models;
mod people;
mod prompts;
mod secret;
mod sharing;
mod stream;
mod time;
#[cfg(all(test, feature = "ts"))]
mod typescript;
mod usage;
mod workbench;
mod workspaces;

pub use accounts::{
    AssignableRole, TokenConfig, UpdateAppearanceRequest, UpdatePasswordRequest,
    UpdatePreferencesRequest, UpdateProfileRequest, UpdateRolesRequest, UserAppearance,
    UserLoginType, UserPreferences, UserRoles,
};
pub use authcheck::{AuthorizationCheck, AuthorizationObject, AuthorizationRequest};
pub use chat_config::{CompactionThreshold, CompactionThresholds, SetCompactionThresholdRequest};
pub use chats::{
    BusyBehavior, Chat, ChatError, ChatStatus, ClientType, CreateChatRequest, EditMessageRequest,
    MessagesPage, PromoteResponse, SendMessageRequest, SendMessageResponse, UpdateChatRequest,
};
pub use client_tools::{DynamicTool, SubmitToolResultsRequest, SubmittedToolResult};
pub use debug::{
    ChatDebugRun, ChatDebugRunDetail, DebugLoggingConfig, DebugRequest, DebugResponse,
    DebugRetention, DebugRunPurpose, DebugRunStatus, UpdateDebugLoggingRequest,
    UpdateUserDebugLoggingRequest, UserDebugLogging,
};
pub use deployment::{
    DatabaseEngine, DatabaseHealth, DeploymentConfig, DeploymentHealth, DeploymentOption,
    HealthCheck, ReplicaHealth, SandboxHealth, SandboxLevel,
};
pub use error::{ErrorBody, Message, Validation};
pub use files::{ChatFile, UploadedFile};
pub use groups::{CreateGroupRequest, Group, GroupMember, GroupSource, PatchGroupRequest};
pub use invites::{AcceptInviteRequest, CreateInviteRequest, CreateInviteResponse, Invite};
pub use messages::{
    ChatMessage, ChatMessagePart, ChatPrompt, ChatPrompts, InputPart, MessageRole, QueuedMessage,
    TokenUsage,
};
pub use models::{
    CatalogueModel, CatalogueProvider, CreateModelConfigRequest, CreateProviderRequest, KeyOffer,
    LocalOffer, ModelCatalogue, ModelConfig, ModelConfigSchema, ModelCost, ModelSettings, Provider,
    ProviderOffers, ProviderSchema, ProviderSource, SettingField, SettingKind, SettingRule,
    UnavailableReason, UpdateModelConfigRequest, UpdateProviderRequest, WireApi,
};
pub use people::{
    ApiKey, AuthMethod, AuthMethods, BuildInfo, CreateFirstUserRequest, CreateFirstUserResponse,
    CreateTokenRequest, CreateTokenResponse, CreateUserRequest, LoginLinkRequest, LoginRequest,
    LoginResponse, LoginType, Organization, OrganizationMember, OrganizationMembersPage, User,
    UserRole, UserStatus, UsersPage,
};
pub use prompts::{
    SystemPromptConfig, UpdateSystemPromptRequest, UpdateUserPromptRequest, UserPrompt,
};
pub use secret::SecretText;
pub use sharing::{ChatAcl, ChatAclGroup, ChatAclUser, ChatRole, UpdateChatAclRequest};
pub use stream::{
    ActionRequired, Frame, MessagePart, PreviewReset, RetryState, StatusChange, StreamError,
    StreamEvent, StreamEventKind, WatchEvent, WatchFrame, WatchKind,
};
pub use time::Time;
pub use usage::{
    ChatCost, CostByChat, CostByModel, CostByUser, CostSummary, CostUsersPage,
    SetUsageLimitRequest, UpdateUsageLimitsRequest, UsageLimitConfig, UsageLimitGroupOverride,
    UsageLimitOverride, UsageLimitRefusal, UsageLimitStatus, UsageLimits, UsagePeriod,
};
pub use workbench::{
    ChatDiff, GitFile, GitFileStatus, GitFrame, GitRepository, GitRequest, TerminalInput,
};
pub use workspaces::{
    AgentHealth, AgentManifest, Workspace, WorkspaceAgent, WorkspaceBuild, WorkspaceHealth,
    WorkspaceJob, WorkspaceResource, WorkspacesPage,
};
