select id, owner_id, organization_id, chat_id, name, mimetype, size, created_at
  from chat_files
 where chat_id = $1
 order by used_at, id
