-- What the last turn that ended by itself came to, in one sentence.
alter table chats add column last_turn_summary {text};

-- Who is finding a title for a chat. A row outlives a server that dies at it until it expires;
-- it is neither the chat's owner nor any news of the chat.
create table chat_title_leases (
  chat_id {uuid} primary key references chats (id) on delete cascade,
  holder {uuid} not null,
  expires_at {int} not null
) {strict};
