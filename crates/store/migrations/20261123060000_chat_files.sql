-- Files of conversations: uploads, and plans that an agent proposed.
create table chat_files (
  id {uuid} primary key,
  owner_id {uuid} not null,
  organization_id {uuid} not null,
  -- Null until a message uses the upload.
  chat_id {uuid} references chats (id) on delete cascade,
  name {text} not null,
  mimetype {text} not null,
  size {int} not null,
  effect_id {uuid} unique,
  created_at {int} not null,
  -- When a message last named it: the file that was not named for the longest time makes room.
  used_at {int} not null,
  -- Last, so that SQLite reads the other columns without walking through the bytes.
  data {bytes} not null
) {strict};
create index chat_files_of_chat on chat_files (chat_id, used_at);
create index chat_files_of_owner on chat_files (owner_id, used_at);
