// Generated from crates/api by `cargo xtask gen`. Do not edit.

export type JsonValue =
	| number
	| string
	| boolean
	| null
	| JsonValue[]
	| { [key in string]?: JsonValue };

export type AcceptInviteRequest = { secret: SecretText, email: string, username: string, name?: string, password: SecretText, };

export type ActionRequired = { tool_calls: Array<ChatMessagePart>, 
/**
 * When the chat goes on without answers.
 */
deadline_at?: Time | null, };

export type AgentHealth = { healthy: boolean, reason?: string | null, };

export type AgentManifest = { agent_id: string, agent_name: string, workspace_id: string, workspace_name: string, owner_id: string, owner_username: string, directory: string, environment_variables: { [key in string]: string }, };

export type ApiKey = { id: string, user_id: string, login_type: string, scopes: Array<string>, token_name: string, lifetime_seconds: number, last_used: Time, expires_at: Time, created_at: Time, updated_at: Time, 
/**
 * It is the one that this request came with.
 */
current: boolean, };

export type AssignableRole = { name: string, display_name: string, 
/**
 * Whether the caller may give it.
 */
assignable: boolean, built_in: boolean, };

export type AuthMethod = { enabled: boolean, };

export type AuthMethods = { password: AuthMethod, github: AuthMethod, oidc: AuthMethod, };

export type AuthorizationCheck = { object: AuthorizationObject, 
/**
 * What is to be done: `create`, `read`, `update`, `delete`, `use`, …
 */
action: string, };

export type AuthorizationObject = { resource_type: string, 
/**
 * `me` or the id of a person.
 */
owner_id?: string, organization_id?: string, 
/**
 * One object by its id; its owner and organization are looked up.
 */
resource_id?: string, 
/**
 * In whichever organization.
 */
any_org: boolean, };

export type AuthorizationRequest = { checks: { [key in string]: AuthorizationCheck }, };

export type BuildInfo = { version: string, agent_api_version: string, deployment_id: string, 
/**
 * Empty until push notifications are configured.
 */
webpush_public_key: string, };

export type BusyBehavior = "queue" | "interrupt";

export type CatalogueModel = { 
/**
 * `provider:model`.
 */
id: string, provider: string, model: string, display_name: string, model_config_id: string, is_default: boolean, 
/**
 * Tokens.
 */
context_limit: number, 
/**
 * Percent of the context at which earlier messages are summarised, unless a person has a
 * threshold of their own; 100 is never.
 */
compression_threshold: number, 
/**
 * The values of `reasoning_effort` that a message may ask for, rising; empty when the model
 * takes none.
 */
reasoning_efforts: Array<string>, };

export type CatalogueProvider = { provider: string, display_name: string, available: boolean, unavailable_reason?: UnavailableReason | null, models: Array<CatalogueModel>, };

export type Chat = { id: string, organization_id: string, owner_id: string, owner_username: string, owner_name: string, workspace_id?: string | null, build_id?: string | null, agent_id?: string | null, parent_chat_id?: string | null, root_chat_id?: string | null, last_model_config_id: string, last_reasoning_effort?: string | null, title: string, status: ChatStatus, last_error: ChatError | null, 
/**
 * What the last turn that ended by itself came to: a sentence, or why it failed.
 */
last_turn_summary?: string | null, created_at: Time, updated_at: Time, archived: boolean, pin_order: number, mcp_server_ids: Array<string>, labels: { [key in string]: string }, has_unread: boolean, mode?: string | null, client_type: ClientType, 
/**
 * Somebody but its owner may read it.
 */
shared: boolean, 
/**
 * It runs as soon as others have finished.
 */
queued_for_capacity: boolean, files: Array<ChatFile>, children: Array<Chat>, warnings: Array<string>, };

export type ChatAcl = { users: Array<ChatAclUser>, groups: Array<ChatAclGroup>, };

export type ChatAclGroup = { id: string, organization_id: string, name: string, display_name: string, avatar_url: string, total_member_count: number, role: ChatRole, };

export type ChatAclUser = { id: string, username: string, name: string, avatar_url: string, role: ChatRole, };

export type ChatCost = { chat_id: string, 
/**
 * With its subagents.
 */
total_cost_micros: number, 
/**
 * Without them.
 */
own_cost_micros: number, 
/**
 * Calls with a known cost.
 */
priced_message_count: number, 
/**
 * Calls of models without prices: what they cost is not in the sums.
 */
unpriced_message_count: number, total_input_tokens: number, total_output_tokens: number, total_cache_read_tokens: number, total_cache_creation_tokens: number, total_runtime_ms: number, 
/**
 * The most expensive first.
 */
by_model: Array<CostByModel>, };

export type ChatDebugRun = { id: string, chat_id: string, purpose: DebugRunPurpose, provider: string, model: string, 
/**
 * Absent for a model that nobody has configured.
 */
model_config_id?: string | null, history_version: number, 
/**
 * 0 for what is asked beside the conversation.
 */
generation_attempt: number, status: DebugRunStatus, error?: ChatError | null, usage?: TokenUsage | null, 
/**
 * Of the provider's answer; absent where none came.
 */
status_code?: number | null, started_at: Time, finished_at: Time, };

export type ChatDebugRunDetail = { request: DebugRequest, response: DebugResponse, id: string, chat_id: string, purpose: DebugRunPurpose, provider: string, model: string, 
/**
 * Absent for a model that nobody has configured.
 */
model_config_id?: string | null, history_version: number, 
/**
 * 0 for what is asked beside the conversation.
 */
generation_attempt: number, status: DebugRunStatus, error?: ChatError | null, usage?: TokenUsage | null, 
/**
 * Of the provider's answer; absent where none came.
 */
status_code?: number | null, started_at: Time, finished_at: Time, };

export type ChatDiff = { chat_id: string, 
/**
 * The git host that the diff comes from; absent for the workspace's own.
 */
provider?: string | null, remote_origin?: string | null, branch?: string | null, pull_request_url?: string | null, diff?: string | null, };

export type ChatError = { message: string, kind: string, provider?: string | null, retryable: boolean, status_code?: number | null, detail?: string | null, };

export type ChatFile = { id: string, owner_id: string, organization_id: string, name: string, media_type: string, 
/**
 * Bytes.
 */
size: number, created_at: Time, };

export type ChatMessage = { 
/**
 * Grows within one chat; below 2^53.
 */
id: number, chat_id: string, created_by?: string | null, model_config_id?: string | null, created_at: Time, role: MessageRole, content: Array<ChatMessagePart>, usage?: TokenUsage | null, };

export type ChatMessagePart = { "type": "text", text: string, } | { "type": "reasoning", text: string, } | { "type": "tool-call", tool_call_id?: string | null, tool_name?: string | null, args?: JsonValue | null, 
/**
 * On the stream only: the next piece of the arguments' text.
 */
args_delta?: string | null, provider_executed?: boolean | null, mcp_server_config_id?: string | null, } | { "type": "tool-result", tool_call_id?: string | null, tool_name?: string | null, result?: JsonValue | null, 
/**
 * On the stream only: the next piece of a running tool's output.
 */
result_delta?: string | null, is_error?: boolean | null, is_media?: boolean | null, provider_executed?: boolean | null, mcp_server_config_id?: string | null, 
/**
 * `unknown` when nobody can say whether the effect happened.
 */
outcome?: string | null, } | { "type": "source", source_id?: string | null, url: string, title?: string | null, } | { "type": "file", media_type: string, file_id?: string | null, data?: string | null, } | { "type": "file-reference", file_name: string, start_line: number, end_line: number, content: string, } | { "type": "context-file", context_file_path: string, context_file_truncated?: boolean | null, context_file_agent_id?: string | null, } | { "type": "skill", skill_name: string, skill_description: string, };

export type ChatPrompt = { 
/**
 * Of the message.
 */
id: number, text: string, created_at: Time, };

export type ChatPrompts = { 
/**
 * Newest first.
 */
prompts: Array<ChatPrompt>, };

export type ChatRole = "read" | "";

export type ChatStatus = "waiting" | "running" | "interrupting" | "requires_action" | "error";

export type ClientType = "ui" | "api";

export type CompactionThreshold = { model_config_id: string, 
/**
 * 0 to 100; 100 is never.
 */
threshold_percent: number, };

export type CompactionThresholds = { thresholds: Array<CompactionThreshold>, };

export type CostByChat = { root_chat_id: string, chat_title: string, total_cost_micros: number, 
/**
 * Calls, priced or not.
 */
message_count: number, total_input_tokens: number, total_output_tokens: number, total_cache_read_tokens: number, total_cache_creation_tokens: number, total_runtime_ms: number, };

export type CostByModel = { 
/**
 * Zero for calls that name no configuration.
 */
model_config_id: string, display_name: string, provider: string, model: string, total_cost_micros: number, 
/**
 * Calls, priced or not.
 */
message_count: number, total_input_tokens: number, total_output_tokens: number, total_cache_read_tokens: number, total_cache_creation_tokens: number, total_runtime_ms: number, };

export type CostByUser = { user_id: string, username: string, name: string, avatar_url: string, total_cost_micros: number, 
/**
 * Calls, priced or not.
 */
message_count: number, 
/**
 * Chats in which something was spent; subagents count with the chat above them.
 */
chat_count: number, total_input_tokens: number, total_output_tokens: number, total_cache_read_tokens: number, total_cache_creation_tokens: number, total_runtime_ms: number, };

export type CostSummary = { start_date: Time, 
/**
 * Not part of the stretch.
 */
end_date: Time, total_cost_micros: number, 
/**
 * Calls with a known cost.
 */
priced_message_count: number, 
/**
 * Calls of models without prices: what they cost is not in the sums.
 */
unpriced_message_count: number, total_input_tokens: number, total_output_tokens: number, total_cache_read_tokens: number, total_cache_creation_tokens: number, total_runtime_ms: number, 
/**
 * The most expensive first.
 */
by_model: Array<CostByModel>, 
/**
 * The most expensive first, 1,000 at most; the sums above count the others too.
 */
by_chat: Array<CostByChat>, 
/**
 * The current period of whoever has a limit, whatever the stretch.
 */
usage_limit?: UsageLimitStatus, };

export type CostUsersPage = { start_date: Time, 
/**
 * Not part of the stretch.
 */
end_date: Time, 
/**
 * People on all pages.
 */
count: number, users: Array<CostByUser>, };

export type CreateChatRequest = { content: Array<InputPart>, organization_id?: string | null, workspace_id?: string | null, model_config_id?: string | null, reasoning_effort?: string | null, system_prompt?: string | null, client_type?: ClientType | null, labels?: { [key in string]: string }, 
/**
 * Tools that the client runs itself; at most 64.
 */
dynamic_tools?: Array<DynamicTool>, };

export type CreateFirstUserRequest = { email: string, username: string, name?: string, password: SecretText, };

export type CreateFirstUserResponse = { user_id: string, organization_id: string, };

export type CreateGroupRequest = { name: string, display_name?: string, avatar_url?: string, quota_allowance?: number, };

export type CreateInviteRequest = { 
/**
 * What the new person may do; absent is what new people get by default.
 */
roles?: Array<string>, };

export type CreateInviteResponse = { invite: Invite, secret: string, };

export type CreateModelConfigRequest = { provider: string, model: string, display_name?: string, enabled?: boolean, is_default?: boolean, context_limit: number, compression_threshold?: number, model_config?: ModelSettings, };

export type CreateProviderRequest = { provider: string, display_name?: string, 
/**
 * Stored encrypted, never shown again.
 */
api_key?: SecretText, base_url?: string, 
/**
 * Bedrock only, such as `us-east-1`.
 */
region?: string, enabled?: boolean, 
/**
 * Takes key and address from the server's environment, as `GET /chats/providers/offers`
 * lists them; the request names neither then.
 */
environment_key?: boolean, };

export type CreateTokenRequest = { 
/**
 * Nanoseconds; absent or 0 for the default.
 */
lifetime?: number, 
/**
 * One scope; absent for everything the owner may do.
 */
scope?: string, token_name?: string, };

export type CreateTokenResponse = { key: string, };

export type CreateUserRequest = { email: string, username: string, name?: string, password?: SecretText, login_type?: LoginType, user_status?: UserStatus, organization_ids?: Array<string>, };

export type DatabaseEngine = "sqlite" | "postgres";

export type DatabaseHealth = { engine: DatabaseEngine, 
/**
 * Of the engine.
 */
version: string, 
/**
 * How long it took to answer, in microseconds.
 */
answer_us: number, };

export type DeploymentConfig = { options: Array<DeploymentOption>, };

export type DeploymentHealth = { 
/**
 * Every check is fine and workspaces start. A weaker sandbox than the best is no fault.
 */
healthy: boolean, checked_at: Time, version: string, 
/**
 * The id of the web UI's build; absent where it was not built.
 */
build?: string | null, 
/**
 * How people and agents reach the server.
 */
access_url: string, 
/**
 * Where it listens.
 */
http_address: string, database: DatabaseHealth, 
/**
 * Absent where this server runs no workspaces of its own.
 */
sandbox?: SandboxHealth | null, checks: Array<HealthCheck>, 
/**
 * Those that run chats, the newest first.
 */
replicas: Array<ReplicaHealth>, };

export type DeploymentOption = { 
/**
 * Its name in the config file.
 */
name: string, 
/**
 * What it is for.
 */
about: string, 
/**
 * The flag; absent for what is never one.
 */
flag?: string | null, 
/**
 * The variable of the environment.
 */
env: string, 
/**
 * Never shown.
 */
secret: boolean, 
/**
 * Whether it has a value.
 */
set: boolean, 
/**
 * The value in force; absent for a secret and for what has none.
 */
value?: string | null, };

export type DynamicTool = { 
/**
 * 1 to 64 letters, digits, `_` and `-`; none of the names of the built-in tools.
 */
name: string, 
/**
 * What the tool does and when to use it, for the model.
 */
description: string, 
/**
 * JSON schema of the arguments: of `type` `object`.
 */
input_schema: JsonValue, };

export type DebugLoggingConfig = { 
/**
 * People may have those of their own chats kept.
 */
allow_users: boolean, 
/**
 * Those of every chat are kept.
 */
all_chats: boolean, };

export type DebugRequest = { 
/**
 * Without query.
 */
url: string, 
/**
 * Without anything secret. Its middle is missing where it was too long.
 */
body: string, truncated: boolean, };

export type DebugResponse = { 
/**
 * Without anything secret. Its end is missing where it was too long.
 */
body: string, truncated: boolean, };

export type DebugRetention = { 
/**
 * 0 is as long as there is room.
 */
debug_retention_days: number, };

export type DebugRunPurpose = "chat" | "compaction" | "title" | "push";

export type DebugRunStatus = "completed" | "failed" | "cancelled";

export type EditMessageRequest = { content: Array<InputPart>, };

export type ErrorBody = { 
/**
 * A sentence for the person in front of the screen.
 */
message: string, 
/**
 * What exactly was wrong, for whoever wrote the request.
 */
detail?: string | null, 
/**
 * The fields that were refused.
 */
validations?: Array<Validation>, 
/**
 * The `X-Request-Id` of the answer; name it when reporting a problem.
 */
request_id?: string | null, };

export type Frame = { "type": "ping" } | { "type": "data", data: Array<StreamEvent>, 
/**
 * Where a later connection may go on.
 */
cursor?: string | null, } | { "type": "error", data: ErrorBody, };

export type GitFile = { 
/**
 * Below the repository's root.
 */
path: string, 
/**
 * Its path before a rename.
 */
old_path?: string | null, status: GitFileStatus, 
/**
 * Lines added; absent where nobody has counted.
 */
added?: number | null, 
/**
 * Lines removed.
 */
deleted?: number | null, 
/**
 * It holds no text.
 */
binary: boolean, 
/**
 * Its diff is too long and left out.
 */
truncated: boolean, };

export type GitFileStatus = "added" | "untracked" | "deleted" | "renamed" | "conflicted" | "modified";

export type GitFrame = { "type": "ping" } | { "type": "changes", 
/**
 * When they were looked at.
 */
scanned_at: Time, repositories: Array<GitRepository>, } | { "type": "error", data: ErrorBody, };

export type GitRepository = { 
/**
 * Absolute path of the working tree.
 */
repo_root: string, 
/**
 * It is gone; nothing else is said about it then.
 */
removed: boolean, 
/**
 * Absent while no branch is checked out.
 */
branch?: string | null, 
/**
 * The commit that is checked out; absent before the first one.
 */
head?: string | null, 
/**
 * Where it is pushed to, without credentials.
 */
remote_origin?: string | null, 
/**
 * The branch that this one follows.
 */
upstream?: string | null, 
/**
 * Commits that the upstream lacks; absent without one.
 */
ahead?: number | null, 
/**
 * Commits of the upstream that are missing here.
 */
behind?: number | null, 
/**
 * Uncommitted changes, new files included, of the files that are not `truncated`.
 */
unified_diff: string, 
/**
 * Every changed file, as far as they are listed.
 */
files: Array<GitFile>, 
/**
 * Changed files beyond the list.
 */
files_omitted: number, };

export type GitRequest = { "type": "subscribe", paths: Array<string>, } | { "type": "refresh" };

export type Group = { id: string, name: string, display_name: string, organization_id: string, organization_name: string, organization_display_name: string, avatar_url: string, quota_allowance: number, source: GroupSource, 
/**
 * The first of them by name.
 */
members: Array<GroupMember>, total_member_count: number, };

export type GroupMember = { id: string, username: string, name: string, avatar_url: string, 
/**
 * Empty for a reader who may know names only.
 */
email: string, status: UserStatus, login_type: LoginType, created_at: Time, updated_at: Time, };

export type GroupSource = "user" | "oidc";

export type HealthCheck = { 
/**
 * Such as `data_folder`, `clock`, `git`, `user_namespaces`.
 */
name: string, ok: boolean, 
/**
 * What was found, or why it does not work.
 */
detail: string, 
/**
 * What to do; empty when nothing is to be done.
 */
remedy: string, };

export type InputPart = { "type": "text", text: string, } | { "type": "file", file_id: string, } | { "type": "file-reference", file_name: string, start_line: number, end_line: number, content: string, };

export type Invite = { id: string, roles: Array<string>, created_by: string, 
/**
 * The user name of whoever invites.
 */
created_by_name: string, created_at: Time, expires_at: Time, };

export type KeyOffer = { provider: string, display_name: string, 
/**
 * The variable that holds it.
 */
variable: string, 
/**
 * Where it would be sent.
 */
destination: string, };

export type LocalOffer = { 
/**
 * Such as `Ollama`.
 */
name: string, 
/**
 * For a provider `openai-compat`.
 */
base_url: string, 
/**
 * The models that it has, as it calls them.
 */
models: Array<string>, };

export type LoginLinkRequest = { secret: SecretText, };

export type LoginRequest = { email: string, password: SecretText, };

export type LoginResponse = { session_token: string, };

export type LoginType = "password" | "github" | "oidc" | "none";

export type Message = { 
/**
 * A sentence for the person in front of the screen.
 */
message: string, };

export type MessagePart = { role: MessageRole, part: ChatMessagePart, history_version: number, generation_attempt: number, 
/**
 * Contiguous from 1 within one attempt.
 */
seq: number, };

export type MessageRole = "system" | "user" | "assistant" | "tool";

export type MessagesPage = { messages: Array<ChatMessage>, 
/**
 * On the first page only.
 */
queued_messages: Array<QueuedMessage>, has_more: boolean, };

export type ModelCatalogue = { providers: Array<CatalogueProvider>, 
/**
 * While no model can be used: the names of those who can mend that.
 */
administrators?: Array<string>, };

export type ModelConfig = { id: string, provider: string, model: string, display_name: string, enabled: boolean, is_default: boolean, context_limit: number, compression_threshold: number, model_config: ModelSettings, created_at: Time, updated_at: Time, };

export type ModelConfigSchema = { providers: Array<ProviderSchema>, };

export type ModelCost = { input_price_per_million_tokens?: JsonValue | null, output_price_per_million_tokens?: JsonValue | null, cache_read_price_per_million_tokens?: JsonValue | null, cache_write_price_per_million_tokens?: JsonValue | null, };

export type ModelSettings = { max_output_tokens?: number | null, temperature?: number | null, top_p?: number | null, top_k?: number | null, presence_penalty?: number | null, frequency_penalty?: number | null, cost?: ModelCost | null, 
/**
 * OpenAI and Azure: the format, where the model's name should not decide.
 */
wire_api?: WireApi | null, 
/**
 * Settings of one provider, under its own name; `GET /chats/model-configs/schema` lists
 * them.
 */
provider_options?: JsonValue | null, };

export type Organization = { id: string, name: string, display_name: string, description: string, icon: string, is_default: boolean, created_at: Time, updated_at: Time, };

export type OrganizationMember = { user_id: string, organization_id: string, created_at: Time, updated_at: Time, username: string, name: string, avatar_url: string, 
/**
 * Empty for a reader who may know names only.
 */
email: string, 
/**
 * In this organization: none but the implied one of a member.
 */
roles: Array<UserRole>, 
/**
 * In the whole deployment.
 */
global_roles: Array<UserRole>, };

export type OrganizationMembersPage = { members: Array<OrganizationMember>, 
/**
 * How many fit in all.
 */
count: number, };

export type PatchGroupRequest = { 
/**
 * An empty name keeps, too: existing clients send it so.
 */
name?: string, display_name?: string, avatar_url?: string, quota_allowance?: number, 
/**
 * Ids of the people who join.
 */
add_users?: Array<string>, 
/**
 * Ids of the people who leave.
 */
remove_users?: Array<string>, };

export type PreviewReset = { history_version: number, generation_attempt: number, };

export type PromoteResponse = { queued: boolean, queued_message: QueuedMessage, };

export type Provider = { 
/**
 * The nil id when it is not stored.
 */
id: string, provider: string, display_name: string, enabled: boolean, has_api_key: boolean, base_url?: string | null, 
/**
 * Where a provider with regions runs models.
 */
region?: string | null, source: ProviderSource, created_at: Time, updated_at: Time, };

export type ProviderOffers = { keys: Array<KeyOffer>, local: Array<LocalOffer>, };

export type ProviderSchema = { provider: string, display_name: string, 
/**
 * The formats in which the provider may be asked.
 */
wires: Array<string>, 
/**
 * Names of models that are asked in `responses` begin with one of these; all others are
 * asked in `chat_completions`. Empty where there is one format.
 */
responses_prefixes: Array<string>, 
/**
 * The fields of `model_config` itself.
 */
fields: Array<SettingField>, 
/**
 * The key of the provider's own options in `provider_options`.
 */
options_key: string, 
/**
 * The fields below that key.
 */
options: Array<SettingField>, rules: Array<SettingRule>, };

export type ProviderSource = "database" | "env_preset" | "supported";

export type QueuedMessage = { id: number, chat_id: string, content: Array<ChatMessagePart>, model_config_id?: string | null, created_at: Time, };

export type ReplicaHealth = { id: string, started_at: Time, 
/**
 * Its last sign of life.
 */
heartbeat_at: Time, 
/**
 * Whether it has missed none; who has loses its chats.
 */
alive: boolean, };

export type RetryState = { 
/**
 * Counts from 1.
 */
attempt: number, delay_ms: number, error: string, kind?: string | null, provider?: string | null, status_code?: number | null, retrying_at: Time, };

export type SandboxHealth = { 
/**
 * The best level that this machine reaches.
 */
level: SandboxLevel, 
/**
 * The weakest level at which workspaces start.
 */
required: SandboxLevel, 
/**
 * Whether workspaces start: `level` is at least `required`.
 */
ok: boolean, 
/**
 * Every layer, working or not.
 */
layers: Array<HealthCheck>, };

export type SandboxLevel = "none" | "landlock" | "strict";

export type SecretText = string;

export type SendMessageRequest = { content: Array<InputPart>, model_config_id?: string | null, busy_behavior: BusyBehavior, reasoning_effort?: string | null, };

export type SendMessageResponse = { queued: boolean, message?: ChatMessage | null, queued_message?: QueuedMessage | null, };

export type SetCompactionThresholdRequest = { 
/**
 * 0 to 100; 100 is never.
 */
threshold_percent: number, };

export type SetUsageLimitRequest = { 
/**
 * More than 0.
 */
spend_limit_micros: number, };

export type SettingField = { name: string, kind: SettingKind, 
/**
 * One sentence.
 */
help: string, required: boolean, 
/**
 * The formats that carry it; a setting that the model's format lacks is refused.
 */
wires: Array<string>, choices?: Array<string>, minimum?: number | null, maximum?: number | null, 
/**
 * Characters of a text.
 */
max_length?: number | null, forbidden?: Array<string>, fields?: Array<SettingField>, };

export type SettingKind = "flag" | "text" | "paragraph" | "choice" | "whole" | "number" | "price" | "texts" | "choices" | "domains" | "text_map" | "number_map" | "object" | "objects" | "json";

export type SettingRule = { "kind": "not_both", one: string, other: string, } | { "kind": "needs", field: string, needs: string, };

export type StatusChange = { status: ChatStatus, };

export type StreamError = { message: string, kind?: string | null, provider?: string | null, retryable: boolean, status_code?: number | null, };

export type StreamEvent = { type: StreamEventKind, chat_id: string, message?: ChatMessage | null, message_part?: MessagePart | null, status?: StatusChange | null, error?: StreamError | null, retry?: RetryState | null, queued_messages?: Array<QueuedMessage> | null, action_required?: ActionRequired | null, preview_reset?: PreviewReset | null, 
/**
 * The public fields of the chat that changed.
 */
chat?: JsonValue | null, };

export type StreamEventKind = "status" | "message" | "message_part" | "queue_update" | "retry" | "error" | "action_required" | "preview_reset" | "history_reset" | "chat_updated" | "unknown";

export type SubmitToolResultsRequest = { results: Array<SubmittedToolResult>, };

export type SubmittedToolResult = { 
/**
 * The call as `action_required` names it.
 */
tool_call_id: string, 
/**
 * What the model reads: a text, or any other JSON; at most 64 KiB of it.
 */
output: JsonValue, 
/**
 * The tool failed, and `output` says how.
 */
is_error?: boolean, };

export type SystemPromptConfig = { 
/**
 * The deployment's own text.
 */
system_prompt: string, 
/**
 * The built-in text stands before it.
 */
include_default_system_prompt: boolean, 
/**
 * The built-in text.
 */
default_system_prompt: string, };

export type TerminalInput = { 
/**
 * What was typed or pasted.
 */
data?: string | null, 
/**
 * Rows.
 */
height?: number | null, 
/**
 * Columns.
 */
width?: number | null, };

export type Time = string;

export type TokenConfig = { 
/**
 * Nanoseconds.
 */
max_token_lifetime: number, };

export type TokenUsage = { input_tokens?: number | null, output_tokens?: number | null, total_tokens?: number | null, reasoning_tokens?: number | null, cache_creation_tokens?: number | null, cache_read_tokens?: number | null, context_limit?: number | null, };

export type UnavailableReason = "missing_api_key" | "fetch_failed";

export type UpdateAppearanceRequest = { theme_preference?: string, terminal_font?: string, };

export type UpdateChatAclRequest = { 
/**
 * `read`, or an empty text to end it, by the id of a person.
 */
user_roles?: { [key in string]: ChatRole }, 
/**
 * The same by the id of a group.
 */
group_roles?: { [key in string]: ChatRole }, };

export type UpdateChatRequest = { title?: string, archived?: boolean, 
/**
 * 0 unpins; another number moves a pinned chat there and appends an unpinned one.
 */
pin_order?: number, 
/**
 * The whole new set; an empty one clears it.
 */
labels?: { [key in string]: string }, };

export type UpdateDebugLoggingRequest = { allow_users?: boolean, all_chats?: boolean, };

export type UpdateModelConfigRequest = { provider?: string, model?: string, display_name?: string, enabled?: boolean, is_default?: boolean, context_limit?: number, compression_threshold?: number, model_config?: ModelSettings, };

export type UpdatePasswordRequest = { 
/**
 * Required for one's own.
 */
old_password?: SecretText, password: SecretText, };

export type UpdatePreferencesRequest = { task_notification_alert_dismissed?: boolean, sandbox_notice_dismissed?: SandboxLevel, };

export type UpdateProfileRequest = { username: string, 
/**
 * Absent is empty.
 */
name?: string, };

export type UpdateProviderRequest = { display_name?: string, api_key?: SecretText, base_url?: string, 
/**
 * Bedrock only, such as `us-east-1`.
 */
region?: string, enabled?: boolean, };

export type UpdateRolesRequest = { 
/**
 * Without the implied `member`, which is ignored.
 */
roles: Array<string>, };

export type UpdateSystemPromptRequest = { system_prompt: string, 
/**
 * Absent keeps.
 */
include_default_system_prompt?: boolean, };

export type UpdateUsageLimitsRequest = { 
/**
 * More than 0; null switches all limits off.
 */
spend_limit_micros: number | null, period: UsagePeriod, };

export type UpdateUserDebugLoggingRequest = { debug_logging: boolean, };

export type UpdateUserPromptRequest = { custom_prompt: string, };

export type UploadedFile = { id: string, };

export type UsageLimitConfig = { 
/**
 * What a person without another limit may spend in a period; null: all limits are off.
 */
spend_limit_micros: number | null, period: UsagePeriod, 
/**
 * Null until somebody decides.
 */
updated_at: Time | null, };

export type UsageLimitGroupOverride = { group_id: string, group_name: string, group_display_name: string, group_avatar_url: string, 
/**
 * Without system accounts.
 */
member_count: number, spend_limit_micros: number, };

export type UsageLimitOverride = { user_id: string, username: string, name: string, avatar_url: string, spend_limit_micros: number, };

export type UsageLimitRefusal = { 
/**
 * A sentence for the person in front of the screen.
 */
message: string, spent_micros: number, limit_micros: number, 
/**
 * When the next period begins.
 */
resets_at: Time, 
/**
 * The `X-Request-Id` of the answer.
 */
request_id?: string, };

export type UsageLimitStatus = { 
/**
 * Whether any limit applies.
 */
is_limited: boolean, period?: UsagePeriod, 
/**
 * At this much nothing more can be started before the period ends.
 */
spend_limit_micros?: number, 
/**
 * Micro-dollars, as far as they count against the limit.
 */
current_spend: number, period_start?: Time, 
/**
 * When the next period begins.
 */
period_end?: Time, };

export type UsageLimits = { 
/**
 * What a person without another limit may spend in a period; null: all limits are off.
 */
spend_limit_micros: number | null, period: UsagePeriod, 
/**
 * Null until somebody decides.
 */
updated_at: Time | null, 
/**
 * Enabled models without prices: nobody is limited in using them.
 */
unpriced_model_count: number, overrides: Array<UsageLimitOverride>, group_overrides: Array<UsageLimitGroupOverride>, };

export type UsagePeriod = "day" | "week" | "month";

export type User = { id: string, username: string, name: string, avatar_url: string, email: string, created_at: Time, updated_at: Time, last_seen_at: Time, status: UserStatus, login_type: LoginType, organization_ids: Array<string>, roles: Array<UserRole>, };

export type UserAppearance = { 
/**
 * Empty until chosen.
 */
theme_preference: string, 
/**
 * Empty until chosen.
 */
terminal_font: string, };

export type UserDebugLogging = { 
/**
 * What the caller wants; counts only where people may.
 */
debug_logging: boolean, 
/**
 * People may want it.
 */
user_toggle_allowed: boolean, 
/**
 * They are kept whatever the caller wants.
 */
forced_by_deployment: boolean, };

export type UserLoginType = { login_type: LoginType, };

export type UserPreferences = { task_notification_alert_dismissed: boolean, 
/**
 * The sandbox level whose notice they have closed; absent until they have closed one. At
 * a worse level the notice is news again.
 */
sandbox_notice_dismissed?: SandboxLevel | null, };

export type UserPrompt = { custom_prompt: string, 
/**
 * What was changed while it was saved.
 */
warnings?: Array<string>, };

export type UserRole = { name: string, display_name: string, organization_id?: string | null, };

export type UserRoles = { roles: Array<string>, 
/**
 * By organization.
 */
organization_roles: { [key in string]: Array<string> }, };

export type UserStatus = "active" | "dormant" | "suspended";

export type UsersPage = { users: Array<User>, count: number, };

export type Validation = { 
/**
 * Its path in the request, such as `content[1].text`.
 */
field: string, 
/**
 * What is wrong with it.
 */
detail: string, };

export type WatchEvent = { kind: WatchKind, chat: Chat, };

export type WatchFrame = { "type": "ping" } | { "type": "data", data: WatchEvent, } | { "type": "error", data: ErrorBody, };

export type WatchKind = "created" | "deleted" | "status_change" | "title_change" | "diff_status_change" | "action_required" | "summary_change";

export type WireApi = "responses" | "chat_completions";

export type Workspace = { id: string, created_at: Time, updated_at: Time, owner_id: string, owner_name: string, organization_id: string, template_id: string, template_name: string, template_display_name: string, template_icon: string, latest_build: WorkspaceBuild | null, name: string, last_used_at: Time, health: WorkspaceHealth, 
/**
 * The sandbox level at which its commands run, once it has started.
 */
isolation?: string | null, };

export type WorkspaceAgent = { id: string, created_at: Time, first_connected_at?: Time | null, last_connected_at?: Time | null, disconnected_at?: Time | null, status: string, lifecycle_state: string, name: string, resource_id: string, architecture: string, operating_system: string, directory: string, version: string, api_version: string, health: AgentHealth, };

export type WorkspaceBuild = { id: string, created_at: Time, updated_at: Time, workspace_id: string, workspace_name: string, workspace_owner_id: string, workspace_owner_name: string, template_version_id: string, build_number: number, 
/**
 * `start`, `stop` or `delete`.
 */
transition: string, initiator_id: string, job: WorkspaceJob, reason: string, resources: Array<WorkspaceResource>, 
/**
 * Derived from the transition and the job.
 */
status: string, };

export type WorkspaceHealth = { healthy: boolean, failing_agents: Array<string>, };

export type WorkspaceJob = { id: string, created_at: Time, started_at?: Time | null, completed_at?: Time | null, canceled_at?: Time | null, error?: string | null, error_code?: string | null, status: string, };

export type WorkspaceResource = { id: string, name: string, type: string, agents: Array<WorkspaceAgent>, };

export type WorkspacesPage = { workspaces: Array<Workspace>, count: number, };
