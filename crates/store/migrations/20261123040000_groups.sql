-- Groups of people, for limits and for sharing, and what a person or a group may spend.

create table groups (
  id {uuid} primary key,
  organization_id {uuid} not null references organizations (id),
  name {text} not null,
  name_folded {text} not null,
  display_name {text} not null default '',
  avatar_url {text} not null default '',
  quota_allowance {int} not null default 0 check (quota_allowance >= 0),
  -- Null: this group limits nobody.
  chat_spend_limit_micros {int} check (chat_spend_limit_micros > 0),
  created_at {int} not null,
  updated_at {int} not null
) {strict};
create unique index groups_name on groups (organization_id, name_folded);

create table group_members (
  group_id {uuid} not null references groups (id) on delete cascade,
  user_id {uuid} not null references users (id),
  created_at {int} not null,
  primary key (group_id, user_id)
) {strict};
create index group_members_user on group_members (user_id);

alter table users add column chat_spend_limit_micros {int} check (chat_spend_limit_micros > 0);

-- The group of everybody in an organization has the organization's id. Its rows are written
-- with those of `organization_members`, so that whoever asks for a person's groups reads one
-- table.
insert into groups (id, organization_id, name, name_folded, display_name, created_at, updated_at)
select id, id, 'Everyone', 'everyone', 'Everyone', created_at, created_at
  from organizations;
insert into group_members (group_id, user_id, created_at)
select organization_id, user_id, created_at
  from organization_members;
