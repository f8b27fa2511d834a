-- What a person may spend on chats when neither they nor a group of theirs has a limit, and over
-- which period it is counted. One row, once somebody has decided.
create table chat_usage_limit_config (
  id {int} primary key check (id = 1),
  enabled {bool} not null,
  default_limit_micros {int} not null check (default_limit_micros >= 0),
  period {text} not null check (period in ('day', 'week', 'month')),
  updated_at {int} not null
) {strict};

-- What somebody spent is read off the index alone. Only answers of models cost anything.
drop index chat_messages_owner;
create index chat_messages_spent on chat_messages (
  owner_id, created_at, total_cost_micros, chat_id
) where role = 'assistant';
