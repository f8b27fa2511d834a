-- Whom the owner of a chat lets read it. A family is shared as a whole: the rows name its root.
create table chat_acl_users (
  chat_id {uuid} not null references chats (id) on delete cascade,
  user_id {uuid} not null references users (id),
  role {text} not null check (role in ('read')),
  created_at {int} not null,
  primary key (chat_id, user_id)
) {strict};
create index chat_acl_users_user on chat_acl_users (user_id, chat_id);

create table chat_acl_groups (
  chat_id {uuid} not null references chats (id) on delete cascade,
  group_id {uuid} not null references groups (id) on delete cascade,
  role {text} not null check (role in ('read')),
  created_at {int} not null,
  primary key (chat_id, group_id)
) {strict};
create index chat_acl_groups_group on chat_acl_groups (group_id, chat_id);

-- Whether anybody but its owner may read the chat: said with every chat, so not asked for each.
alter table chats add column shared {bool} not null default false;
-- Whether it waits until other chats have finished.
alter table chats add column queued_for_capacity {bool} not null default false;
