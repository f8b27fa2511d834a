-- Templates, workspaces, their builds, the jobs that run them and the agents inside.
-- Owners and organizations are rows of the people migration.

create table templates (
  id {uuid} primary key,
  organization_id {uuid} not null references organizations (id),
  name {text} not null,
  name_folded {text} not null,
  display_name {text} not null default '',
  description {text} not null default '',
  icon {text} not null default '',
  provisioner {text} not null,
  active_version_id {uuid} not null,
  -- Set on what the server itself inserts once per organization, so that a deleted built-in
  -- template does not come back at the next start.
  builtin_key {text},
  deprecated {text} not null default '',
  deleted {bool} not null default false,
  created_by {uuid} references users (id),
  created_at {int} not null,
  updated_at {int} not null
) {strict};
create unique index templates_name on templates (organization_id, name_folded) where deleted = false;
create unique index templates_builtin on templates (organization_id, builtin_key);

create table jobs (
  id {uuid} primary key,
  organization_id {uuid} not null references organizations (id),
  initiator_id {uuid} references users (id),
  type {text} not null
    check (type in ('template_version_import', 'workspace_build', 'template_version_dry_run')),
  input {json} not null,
  tags {json} not null,
  worker_id {uuid},
  created_at {int} not null,
  started_at {int},
  updated_at {int} not null,
  completed_at {int},
  canceled_at {int},
  error {text},
  error_code {text},
  logs_length {int} not null default 0,
  logs_overflowed {bool} not null default false
) {strict};
create index jobs_active on jobs (created_at) where completed_at is null;

create table job_logs (
  id {serial},
  job_id {uuid} not null references jobs (id),
  created_at {int} not null,
  stage {text} not null,
  level {text} not null check (level in ('trace', 'debug', 'info', 'warn', 'error')),
  source {text} not null check (source in ('provisioner_daemon', 'provisioner')),
  output {text} not null
) {strict};
create index job_logs_of_job on job_logs (job_id, id);

create table template_versions (
  id {uuid} primary key,
  template_id {uuid} references templates (id),
  organization_id {uuid} not null references organizations (id),
  name {text} not null,
  job_id {uuid} not null references jobs (id),
  spec {json} not null,
  readme {text} not null default '',
  message {text} not null default '',
  archived {bool} not null default false,
  provisioner {text} not null,
  created_by {uuid} references users (id),
  created_at {int} not null,
  updated_at {int} not null
) {strict};
create index template_versions_of_template on template_versions (template_id, created_at);

create table template_version_parameters (
  version_id {uuid} not null references template_versions (id),
  name {text} not null,
  display_order {int} not null,
  type {text} not null check (type in ('string', 'number', 'bool', 'list(string)')),
  -- Everything else of the document's [[parameter]] table, read and written whole.
  settings {json} not null,
  primary key (version_id, name)
) {strict};

create table template_version_presets (
  id {uuid} primary key,
  version_id {uuid} not null references template_versions (id),
  name {text} not null,
  description {text} not null default '',
  icon {text} not null default '',
  is_default {bool} not null default false,
  created_at {int} not null
) {strict};
create unique index template_version_presets_name on template_version_presets (version_id, name);

create table template_version_preset_parameters (
  preset_id {uuid} not null references template_version_presets (id),
  name {text} not null,
  value {text} not null,
  primary key (preset_id, name)
) {strict};

create table workspaces (
  id {uuid} primary key,
  owner_id {uuid} not null references users (id),
  organization_id {uuid} not null references organizations (id),
  template_id {uuid} not null references templates (id),
  name {text} not null,
  name_folded {text} not null,
  isolation {json},
  last_used_at {int} not null,
  deleted {bool} not null default false,
  -- The tool call that made this row; a second call with the same effect finds it.
  effect_id {uuid},
  created_at {int} not null,
  updated_at {int} not null
) {strict};
create unique index workspaces_name on workspaces (owner_id, name_folded) where deleted = false;
create unique index workspaces_effect on workspaces (effect_id);
create index workspaces_of_template on workspaces (template_id);

create table workspace_builds (
  id {uuid} primary key,
  workspace_id {uuid} not null references workspaces (id),
  build_number {int} not null,
  template_version_id {uuid} not null references template_versions (id),
  preset_id {uuid} references template_version_presets (id),
  transition {text} not null check (transition in ('start', 'stop', 'delete')),
  initiator_id {uuid} references users (id),
  reason {text} not null check (reason in
    ('initiator', 'autostart', 'autostop', 'dormancy', 'autodelete', 'dashboard', 'cli', 'chat')),
  job_id {uuid} not null references jobs (id),
  provisioner_state {bytes},
  isolation {json},
  effect_id {uuid},
  created_at {int} not null,
  updated_at {int} not null
) {strict};
create unique index workspace_builds_number on workspace_builds (workspace_id, build_number);
create unique index workspace_builds_job on workspace_builds (job_id);
create unique index workspace_builds_effect on workspace_builds (effect_id);

create table workspace_build_parameters (
  build_id {uuid} not null references workspace_builds (id),
  name {text} not null,
  value {text} not null,
  primary key (build_id, name)
) {strict};

create table workspace_resources (
  id {uuid} primary key,
  job_id {uuid} not null references jobs (id),
  transition {text} not null check (transition in ('start', 'stop', 'delete')),
  type {text} not null,
  name {text} not null,
  hide {bool} not null default false,
  icon {text} not null default '',
  metadata {json} not null,
  created_at {int} not null
) {strict};
create index workspace_resources_of_job on workspace_resources (job_id);

create table workspace_agents (
  id {uuid} primary key,
  resource_id {uuid} not null references workspace_resources (id),
  parent_id {uuid} references workspace_agents (id),
  name {text} not null,
  display_order {int} not null,
  -- SHA-256 of the token; the token itself only ever goes to the driver.
  auth_token_hash {bytes} not null,
  operating_system {text} not null,
  architecture {text} not null,
  version {text} not null default '',
  api_version {text} not null default '',
  directory {text} not null default '',
  expanded_directory {text} not null default '',
  environment_variables {json} not null,
  scripts {json} not null,
  motd {text} not null default '',
  connection_timeout_seconds {int} not null,
  first_connected_at {int},
  last_connected_at {int},
  disconnected_at {int},
  last_connected_replica_id {uuid},
  last_connection_id {uuid},
  lifecycle_state {text} not null default 'created' check (lifecycle_state in
    ('created', 'starting', 'ready', 'start_timeout', 'start_error',
     'shutting_down', 'off', 'shutdown_timeout', 'shutdown_error')),
  started_at {int},
  ready_at {int},
  deleted {bool} not null default false,
  created_at {int} not null,
  updated_at {int} not null
) {strict};
create unique index workspace_agents_token on workspace_agents (auth_token_hash);
create index workspace_agents_of_resource on workspace_agents (resource_id);
-- For the pass that tells watchers of agents whose time has run out.
create index workspace_agents_never_connected on workspace_agents (created_at)
  where first_connected_at is null and deleted = false;
create index workspace_agents_last_connected on workspace_agents (last_connected_at)
  where disconnected_at is null and deleted = false;
