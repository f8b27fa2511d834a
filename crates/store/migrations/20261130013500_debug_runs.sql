-- What model attempts sent and received, redacted and bounded; only where somebody switched
-- it on. Kept for a number of days and a number of attempts per chat.
create table chat_debug_runs (
  id {uuid} primary key,
  chat_id {uuid} not null references chats (id) on delete cascade,
  purpose {text} not null check (purpose in ('chat', 'compaction', 'title', 'push')),
  provider {text} not null,
  model {text} not null,
  model_config_id {uuid},
  history_version {int} not null,
  generation_attempt {int} not null,
  status {text} not null check (status in ('completed', 'failed', 'cancelled')),
  error {json},
  usage {json} not null,
  status_code {int},
  started_at {int} not null,
  finished_at {int} not null,
  -- Last, so that lists do not walk through the bodies.
  request {json} not null,
  response {json} not null
) {strict};
create index chat_debug_runs_of_chat on chat_debug_runs (chat_id, id);
create index chat_debug_runs_age on chat_debug_runs (finished_at);
