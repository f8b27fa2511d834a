-- Chats, their messages, queue and ownership, and the ledger of tool effects.
-- Owners, organizations, model configs and workspaces are rows of earlier migrations.
-- Status, versions, messages and queue are written by the door of `chat-state` alone.

create table chats (
  id {uuid} primary key,
  organization_id {uuid} not null,
  owner_id {uuid} not null,
  parent_chat_id {uuid} references chats (id),
  -- A root's own id.
  root_chat_id {uuid} not null,
  workspace_id {uuid},
  build_id {uuid},
  agent_id {uuid},
  last_model_config_id {uuid} not null,
  last_reasoning_effort {text},
  title {text} not null,
  title_folded {text} not null,
  status {text} not null
    check (status in ('waiting', 'running', 'interrupting', 'requires_action', 'error')),
  archived {bool} not null default false,
  mode {text} check (mode in ('computer_use', 'explore')),
  plan_mode {text},
  client_type {text} not null check (client_type in ('ui', 'api')),
  -- 0 is "not pinned".
  pin_order {int} not null default 0,
  labels {json} not null,
  mcp_server_ids {json} not null,
  last_error {json},
  last_read_message_id {int},
  snapshot_version {int} not null,
  history_version {int} not null,
  queue_version {int} not null,
  generation_attempt {int} not null default 0,
  retry_state {json},
  retry_state_version {int} not null default 0,
  requires_action_deadline_at {int},
  compaction_requested_at {int},
  worker_id {uuid},
  runner_id {uuid},
  system_prompt {text},
  dynamic_tools {json},
  -- The tool call that created this chat, so that repeating the call finds it.
  effect_id {uuid} unique,
  created_at {int} not null,
  updated_at {int} not null
) {strict};
create index chats_list on chats (owner_id, archived, updated_at) where parent_chat_id is null;
create index chats_children on chats (root_chat_id) where parent_chat_id is not null;
create index chats_workspace on chats (workspace_id) where workspace_id is not null;
create index chats_unowned on chats (updated_at)
  where worker_id is null and archived = false
    and status in ('running', 'interrupting', 'requires_action');
create index chats_owned on chats (worker_id) where worker_id is not null;

create table chat_messages (
  id {serial},
  chat_id {uuid} not null references chats (id) on delete cascade,
  -- The chat's owner, for sums over what a person spent.
  owner_id {uuid} not null,
  revision {int} not null,
  role {text} not null check (role in ('system', 'user', 'assistant', 'tool')),
  visibility {text} not null check (visibility in ('user', 'model', 'both')),
  content_version {int} not null default 1,
  created_by {uuid},
  model_config_id {uuid},
  reasoning_effort {text},
  compressed {bool} not null default false,
  deleted {bool} not null default false,
  input_tokens {int},
  output_tokens {int},
  total_tokens {int},
  reasoning_tokens {int},
  cache_creation_tokens {int},
  cache_read_tokens {int},
  context_limit {int},
  total_cost_micros {int},
  runtime_ms {int},
  provider_response_id {text},
  effect_id {uuid} unique,
  created_at {int} not null,
  -- Last, so that SQLite reads the other columns without walking through a long content.
  content {json} not null
) {strict};
create index chat_messages_of_chat on chat_messages (chat_id, id);
create index chat_messages_revision on chat_messages (chat_id, revision);
-- The newest summary decides where every prompt begins.
create index chat_messages_summary on chat_messages (chat_id, id)
  where compressed = true and visibility = 'model' and deleted = false;
create index chat_messages_owner on chat_messages (owner_id, created_at);

create table chat_queued_messages (
  id {serial},
  chat_id {uuid} not null references chats (id) on delete cascade,
  position {int} not null,
  content {json} not null,
  created_by {uuid} not null,
  model_config_id {uuid},
  mcp_server_ids {json},
  reasoning_effort {text},
  effect_id {uuid} unique,
  created_at {int} not null
) {strict};
create index chat_queued_messages_of_chat on chat_queued_messages (chat_id, position);

-- Lost at a crash on PostgreSQL, which is right: nobody is alive then.
create {unlogged} table chat_heartbeats (
  chat_id {uuid} not null,
  runner_id {uuid} not null,
  worker_id {uuid} not null,
  beat_at {int} not null,
  primary key (chat_id, runner_id)
) {strict};
create index chat_heartbeats_worker on chat_heartbeats (worker_id);

create table tool_effects (
  effect_id {uuid} primary key,
  chat_id {uuid} not null references chats (id) on delete cascade,
  message_id {int} not null references chat_messages (id) on delete cascade,
  tool_call_id {text} not null,
  tool_name {text} not null,
  input_hash {text} not null,
  target {text} not null check (target in ('agent', 'server', 'mcp')),
  agent_id {uuid},
  process_id {text},
  state {text} not null
    check (state in ('reserved', 'starting', 'running', 'exited', 'detached', 'canceled', 'unknown')),
  result {json},
  attempts {int} not null default 0,
  created_at {int} not null,
  updated_at {int} not null,
  unique (message_id, tool_call_id)
) {strict};
create index tool_effects_of_chat on tool_effects (chat_id, message_id);
create index tool_effects_age on tool_effects (updated_at);

create table chat_preview_segments (
  chat_id {uuid} not null references chats (id) on delete cascade,
  history_version {int} not null,
  generation_attempt {int} not null,
  from_seq {int} not null,
  to_seq {int} not null,
  data {json} not null,
  created_at {int} not null,
  primary key (chat_id, history_version, generation_attempt, from_seq)
) {strict};
create index chat_preview_segments_age on chat_preview_segments (created_at);

create table chat_labels (
  chat_id {uuid} not null references chats (id) on delete cascade,
  key {text} not null,
  value {text} not null,
  primary key (chat_id, key)
) {strict};
create index chat_labels_value on chat_labels (key, value, chat_id);

create table replicas (
  worker_id {uuid} primary key,
  started_at {int} not null,
  beat_at {int} not null,
  relay_address {text}
) {strict};
