-- A person's list, in its order: a page is read off the index without sorting, and a search
-- reads titles from the index alone.
drop index chats_list;
create index chats_roots on chats (
  owner_id, archived, (pin_order = 0), pin_order, (-updated_at), id, title_folded
) where parent_chat_id is null;

-- With the chat's owner, so that a filter never reads the labels of other people. Until now
-- nothing wrote labels: the table is empty.
drop table chat_labels;
create table chat_labels (
  chat_id {uuid} not null references chats (id) on delete cascade,
  owner_id {uuid} not null,
  key {text} not null,
  value {text} not null,
  primary key (chat_id, key)
) {strict};
create index chat_labels_value on chat_labels (owner_id, key, value, chat_id);
