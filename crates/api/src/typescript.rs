//! The wire types as TypeScript, for the web UI: `web/src/api/generated/types.ts`.

use std::fmt::Write as _;

use ts_rs::{Config, TS};

use crate::*;

const TARGET: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../web/src/api/generated/types.ts"
);
const HEAD: &str = "// Generated from crates/api by `cargo xtask gen`. Do not edit.\n\n\
     export type JsonValue =\n\
     \t| number\n\t| string\n\t| boolean\n\t| null\n\
     \t| JsonValue[]\n\t| { [key in string]?: JsonValue };\n";

/// Every public type of the crate, by name.
macro_rules! declarations {
    ($config:expr, $($name:ident,)*) => {
        vec![$((stringify!($name), <$name as TS>::decl($config))),*]
    };
}

fn declarations(config: &Config) -> Vec<(&'static str, String)> {
    declarations![
        config,
        AcceptInviteRequest,
        ActionRequired,
        AgentHealth,
        AgentManifest,
        ApiKey,
        AssignableRole,
        AuthMethod,
        AuthMethods,
        AuthorizationCheck,
        AuthorizationObject,
        AuthorizationRequest,
        BuildInfo,
        BusyBehavior,
        CatalogueModel,
        CatalogueProvider,
        Chat,
        ChatAcl,
        ChatAclGroup,
        ChatAclUser,
        ChatCost,
        ChatDebugRun,
        ChatDebugRunDetail,
        ChatDiff,
        ChatError,
        ChatFile,
        ChatMessage,
        ChatMessagePart,
        ChatPrompt,
        ChatPrompts,
        ChatRole,
        ChatStatus,
        ClientType,
        CompactionThreshold,
        CompactionThresholds,
        CostByChat,
        CostByModel,
        CostByUser,
        CostSummary,
        CostUsersPage,
        CreateChatRequest,
        CreateFirstUserRequest,
        CreateFirstUserResponse,
        CreateGroupRequest,
        CreateInviteRequest,
        CreateInviteResponse,
        CreateModelConfigRequest,
        CreateProviderRequest,
        CreateTokenRequest,
        CreateTokenResponse,
        CreateUserRequest,
        DatabaseEngine,
        DatabaseHealth,
        DeploymentConfig,
        DeploymentHealth,
        DeploymentOption,
        DynamicTool,
        DebugLoggingConfig,
        DebugRequest,
        DebugResponse,
        DebugRetention,
        DebugRunPurpose,
        DebugRunStatus,
        EditMessageRequest,
        ErrorBody,
        Frame,
        GitFile,
        GitFileStatus,
        GitFrame,
        GitRepository,
        GitRequest,
        Group,
        GroupMember,
        GroupSource,
        HealthCheck,
        InputPart,
        Invite,
        KeyOffer,
        LocalOffer,
        LoginLinkRequest,
        LoginRequest,
        LoginResponse,
        LoginType,
        Message,
        MessagePart,
        MessageRole,
        MessagesPage,
        ModelCatalogue,
        ModelConfig,
        ModelConfigSchema,
        ModelCost,
        ModelSettings,
        Organization,
        OrganizationMember,
        OrganizationMembersPage,
        PatchGroupRequest,
        PreviewReset,
        PromoteResponse,
        Provider,
        ProviderOffers,
        ProviderSchema,
        ProviderSource,
        QueuedMessage,
        ReplicaHealth,
        RetryState,
        SandboxHealth,
        SandboxLevel,
        SecretText,
        SendMessageRequest,
        SendMessageResponse,
        SetCompactionThresholdRequest,
        SetUsageLimitRequest,
        SettingField,
        SettingKind,
        SettingRule,
        StatusChange,
        StreamError,
        StreamEvent,
        StreamEventKind,
        SubmitToolResultsRequest,
        SubmittedToolResult,
        SystemPromptConfig,
        TerminalInput,
        Time,
        TokenConfig,
        TokenUsage,
        UnavailableReason,
        UpdateAppearanceRequest,
        UpdateChatAclRequest,
        UpdateChatRequest,
        UpdateDebugLoggingRequest,
        UpdateModelConfigRequest,
        UpdatePasswordRequest,
        UpdatePreferencesRequest,
        UpdateProfileRequest,
        UpdateProviderRequest,
        UpdateRolesRequest,
        UpdateSystemPromptRequest,
        UpdateUsageLimitsRequest,
        UpdateUserDebugLoggingRequest,
        UpdateUserPromptRequest,
        UploadedFile,
        UsageLimitConfig,
        UsageLimitGroupOverride,
        UsageLimitOverride,
        UsageLimitRefusal,
        UsageLimitStatus,
        UsageLimits,
        UsagePeriod,
        User,
        UserAppearance,
        UserDebugLogging,
        UserLoginType,
        UserPreferences,
        UserPrompt,
        UserRole,
        UserRoles,
        UserStatus,
        UsersPage,
        Validation,
        WatchEvent,
        WatchFrame,
        WatchKind,
        WireApi,
        Workspace,
        WorkspaceAgent,
        WorkspaceBuild,
        WorkspaceHealth,
        WorkspaceJob,
        WorkspaceResource,
        WorkspacesPage,
    ]
}

#[test]
fn generated_typescript_is_current() {
    // Numbers on the wire stay below 2^53.
    let config = Config::new().with_large_int("number");
    let mut text = HEAD.to_owned();
    for (_, declaration) in declarations(&config) {
        writeln!(text, "\nexport {declaration}").unwrap();
    }
    if std::env::var_os("MUSTER_BLESS").is_some() {
        std::fs::create_dir_all(std::path::Path::new(TARGET).parent().unwrap()).unwrap();
        std::fs::write(TARGET, &text).unwrap();
    }
    let written = std::fs::read_to_string(TARGET).unwrap_or_default();
    assert!(
        written == text,
        "run `cargo xtask gen` and commit the result"
    );
}

#[test]
fn every_public_type_is_declared() {
    let exports = include_str!("lib.rs").split("pub use ").skip(1);
    let exported = exports
        .filter_map(|export| export.split_once(';')?.0.split_once("::"))
        .flat_map(|(_, names)| names.split(|one: char| !one.is_alphanumeric()))
        .filter(|name| name.starts_with(char::is_uppercase));
    let declared = declarations(&Config::new());
    for name in exported {
        assert!(
            declared.iter().any(|(known, _)| *known == name),
            "{name} is missing from the list in typescript.rs"
        );
    }
}
