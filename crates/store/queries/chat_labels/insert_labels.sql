insert into chat_labels (chat_id, owner_id, key, value)
select /*p:uuid:$1*/, /*p:uuid:$2*/, w.key, w.value
  from /*pairs:$3*/ as w
