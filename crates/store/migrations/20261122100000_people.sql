-- People, their sessions and settings, organizations, and settings of the deployment.

create table organizations (
  id {uuid} primary key,
  name {text} not null,
  name_folded {text} not null,
  display_name {text} not null,
  description {text} not null default '',
  icon {text} not null default '',
  is_default {bool} not null default false,
  created_at {int} not null,
  updated_at {int} not null
) {strict};
create unique index organizations_name on organizations (name_folded);
create unique index organizations_default on organizations (is_default) where is_default = true;

create table users (
  id {uuid} primary key,
  username {text} not null,
  username_folded {text} not null,
  email {text} not null,
  email_folded {text} not null,
  name {text} not null default '',
  avatar_url {text} not null default '',
  -- A PHC string; null when the person never signs in by password.
  hashed_password {text},
  status {text} not null check (status in ('active', 'dormant', 'suspended')),
  -- Site-wide roles; `member` is implied and never stored.
  roles {json} not null,
  login_type {text} not null check (login_type in ('password', 'github', 'oidc', 'none')),
  is_system {bool} not null default false,
  is_service_account {bool} not null default false,
  last_seen_at {int} not null,
  deleted {bool} not null default false,
  created_at {int} not null,
  updated_at {int} not null
) {strict};
create unique index users_username on users (username_folded) where deleted = false;
create unique index users_email on users (email_folded) where deleted = false;

create table organization_members (
  organization_id {uuid} not null references organizations (id),
  user_id {uuid} not null references users (id),
  roles {json} not null,
  created_at {int} not null,
  primary key (organization_id, user_id)
) {strict};
create index organization_members_user on organization_members (user_id);

create table api_keys (
  -- The first, public half of a token.
  id {text} primary key,
  -- SHA-256 of the second half; the token itself is never stored.
  hashed_secret {bytes} not null,
  user_id {uuid} not null references users (id),
  login_type {text} not null
    check (login_type in ('password', 'github', 'oidc', 'none', 'link', 'token')),
  scopes {json} not null,
  -- Null for browser sessions.
  token_name {text},
  lifetime_seconds {int} not null,
  last_used {int} not null,
  expires_at {int} not null,
  ip {text} not null default '',
  created_at {int} not null,
  updated_at {int} not null
) {strict};
create index api_keys_user on api_keys (user_id);
create index api_keys_expiry on api_keys (expires_at);
create unique index api_keys_token_name on api_keys (user_id, token_name);

create table login_links (
  id {uuid} primary key,
  secret_hash {bytes} not null,
  -- Null: whoever follows it becomes, or is, the first owner.
  user_id {uuid} references users (id),
  expires_at {int} not null,
  used_at {int},
  created_at {int} not null
) {strict};
create unique index login_links_secret on login_links (secret_hash);

create table site_configs (
  key {text} primary key,
  value {text} not null,
  updated_at {int} not null
) {strict};

create table user_configs (
  user_id {uuid} not null references users (id),
  key {text} not null,
  value {text} not null,
  updated_at {int} not null,
  primary key (user_id, key)
) {strict};
